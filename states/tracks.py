"""The graph of one track, explored alone while the other tracks stand as they were opened.

It is the part of an exploration that a parallel step repeats for each of its tracks, and knows
nothing of the main chart around it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from states.attempts import LAPSE, Act, Attempt, Circle, Trials, is_definitive
from states.definition import Means
from states.fingerprints import Fingerprints, Key, track_key
from states.marking import Marking
from states.move import Move

Item = TypeVar("Item")


@dataclass(eq=False)
class Part:
    """Where a track can be, in the marking in which it was found; `distances` by verdict."""

    marking: Marking
    key: Key
    found_by: Passage | None = None
    distances: dict[str, int] = field(default_factory=dict)

    def path(self) -> tuple[Act, ...]:
        """The acts from the opening of the track to here."""
        acts = []
        part = self
        while part.found_by is not None:
            acts.append(part.found_by.act)
            part = part.found_by.source
        return tuple(reversed(acts))


@dataclass(eq=False)
class Passage:
    """A way from one part of a track to the next, or (`target` None) to its verdict.

    `definitive` says that no acting officer can take it.
    """

    source: Part
    target: Part | None
    act: Act
    attempt: Attempt
    approvals: int | None
    verdict: str | None
    definitive: bool = False

    @property
    def only_hat(self) -> str | None:
        """The one hat that can take it."""
        return self.attempt.only_hat

    @property
    def lapse(self) -> bool:
        """Whether a deadline takes this way, and no person."""
        return self.act.action == LAPSE


@dataclass(frozen=True, eq=False)
class TrackWay:
    """The way through a track to one verdict that asks for the fewest approvals."""

    track: str
    verdict: str
    part: Part
    attempt: Attempt
    approvals: int | None


class TrackGraph:
    """All parts of a track that was opened in one way, and the verdicts to which they lead."""

    def __init__(
        self, trials: Trials, fingerprints: Fingerprints, marking: Marking, track: str
    ) -> None:
        self.track = track
        self.parallel = marking.step
        self._trials = trials
        self._fingerprints = fingerprints
        self._prefix = f"{marking.step}.{track}."
        self.start = Part(marking, track_key(marking, track))
        self.parts: dict[Key, Part] = {self.start.key: self.start}
        self.passages: list[Passage] = []
        self.ways: dict[str, TrackWay] = {}

    def transplant(self, marking: Marking, donor: Marking) -> Marking:
        """The marking with this track as it stands in the donor."""
        tracks = {**marking.tracks, self.track: donor.tracks[self.track]}
        return replace(
            marking,
            tracks=dict(sorted(tracks.items())),
            visits=self._grafted(marking.visits, donor.visits),
            seats=self._grafted(marking.seats, donor.seats),
            used=self._grafted(marking.used, donor.used),
        )

    def _grafted(self, own: Mapping[str, Item], other: Mapping[str, Item]) -> dict[str, Item]:
        kept = {k: v for k, v in own.items() if not k.startswith(self._prefix)}
        given = {k: v for k, v in other.items() if k.startswith(self._prefix)}
        return dict(sorted({**kept, **given}.items()))

    def explore(self, note: Callable[[Act, Move], None], count: Callable[[], None]) -> None:
        """Find every part, telling each move and counting each part."""
        waiting = deque([self.start])
        while waiting:
            count()
            part = waiting.popleft()
            try:
                self._expand(part, note, waiting)
            except Circle as circle:
                raise Circle(circle.step, (*part.path(), *circle.acts)) from None
        self._measure()

    def _expand(self, part: Part, note: Callable[[Act, Move], None], waiting: deque[Part]) -> None:
        left = False
        for attempt in self._attempts(part.marking):
            for act, move in self._trials.outcomes(part.marking, attempt):
                note(act, move)
                approvals: int | None = int(move.means is Means.APPROVE)
                if attempt.option is None:
                    approvals = None if left else 0
                elif not attempt.option.stays:
                    left = True
                self._take(part, act, attempt, move, approvals, waiting)

    def _attempts(self, marking: Marking) -> list[Attempt]:
        found = (*self._trials.offered(marking), *self._trials.lapses(marking))
        return [attempt for attempt in found if attempt.act.track == self.track]

    def _take(
        self,
        part: Part,
        act: Act,
        attempt: Attempt,
        move: Move,
        approvals: int | None,
        waiting: deque[Part],
    ) -> None:
        verdict = verdict_of(move, self.track)
        target = None
        if verdict is None:
            marking = self._fingerprints.canonical(move.marking)
            key = track_key(marking, self.track)
            if key not in self.parts:
                target = self.parts[key] = Part(marking, key)
                waiting.append(target)
            target = self.parts[key]
        step = Passage(part, target, act, attempt, approvals, verdict, is_definitive(act, move))
        if target is not None and target is not self.start and target.found_by is None:
            target.found_by = step
        self.passages.append(step)

    def _measure(self) -> None:
        """Find for each part the fewest approvals to each verdict, and the best way to each."""
        into: dict[Part, list[Passage]] = {part: [] for part in self.parts.values()}
        ends: dict[str, list[Passage]] = {}
        for step in self.passages:
            if step.target is not None:
                into[step.target].append(step)
            elif step.verdict is not None:
                ends.setdefault(step.verdict, []).append(step)
        for verdict, last in ends.items():
            self._spread(verdict, last, into)
            self.ways[verdict] = self._best(verdict, last)

    def _spread(
        self, verdict: str, last: list[Passage], into: Mapping[Part, list[Passage]]
    ) -> None:
        queue: deque[tuple[Part, int]] = deque()
        for step in sorted(last, key=lambda s: s.approvals or 0, reverse=True):
            if step.approvals is not None:
                queue.appendleft((step.source, step.approvals))
        while queue:
            part, cost = queue.popleft()
            if verdict in part.distances:
                continue
            part.distances[verdict] = cost
            for step in into[part]:
                if step.approvals is not None:
                    further = (step.source, cost + step.approvals)
                    (queue.append if step.approvals else queue.appendleft)(further)

    def _best(self, verdict: str, last: list[Passage]) -> TrackWay:
        """The last step that people can count on, nearest to the opening of the track."""
        from_start = self._from_start()

        def cost(step: Passage) -> tuple[bool, int]:
            before = from_start.get(step.source)
            if before is None or step.approvals is None:
                return True, 0
            return False, before + step.approvals

        best = min(last, key=cost)
        never, approvals = cost(best)
        return TrackWay(
            self.track, verdict, best.source, best.attempt, None if never else approvals
        )

    def _from_start(self) -> dict[Part, int]:
        out: dict[Part, list[Passage]] = {}
        for step in self.passages:
            if step.target is not None and step.approvals is not None:
                out.setdefault(step.source, []).append(step)
        found: dict[Part, int] = {}
        queue = deque([(self.start, 0)])
        while queue:
            part, cost = queue.popleft()
            if part in found:
                continue
            found[part] = cost
            for step in out.get(part, ()):
                assert step.target is not None
                assert step.approvals is not None
                further = (step.target, cost + step.approvals)
                (queue.append if step.approvals else queue.appendleft)(further)
        return found


def verdict_of(move: Move, track: str) -> str | None:
    """The verdict that a track had after the move, also when its parallel step was left by it."""
    before = move.before.step
    for joined in move.joined:
        if joined.path == before and track in joined.verdicts:
            return joined.verdicts[track]
    now = move.marking.tracks.get(track)
    if move.marking.step == before and now is not None:
        return now.verdict
    return move.action
