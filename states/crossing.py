"""A case taken over to another definition: where it stands there, and what becomes of its tasks.

Where a step is the same in both, its visit goes on; where only its name stayed, or where the
mapping says so, a visit begins. Pure, and without judgement: whether a case may stand so is asked
of `moving`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from states.conditions import Facts
from states.definition import Definition, Step, StepKind
from states.machine import Machine
from states.marking import Kept, Marking
from states.move import Closed, Opened
from states.reading_steps import verdicts_of
from states.refusals import Refusal

STANDABLE = frozenset({StepKind.PLAIN, StepKind.VOTED, StepKind.PARALLEL})
"""The kinds of step at which a case can be put."""


@dataclass(frozen=True)
class Obstacle:
    """One thing that keeps a case from being taken over; `code` names it."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


class CannotMove(Exception):
    """A case cannot be taken over like this; carries everything that is in the way."""

    def __init__(self, *obstacles: Obstacle) -> None:
        super().__init__(", ".join(one.code for one in obstacles))
        self.obstacles = obstacles


@dataclass(frozen=True)
class Carried:
    """A case under the other definition.

    Tasks that were open either go on (`kept`, with the limit that the other definition gives), or
    are closed while others open. `lost` names the steps whose verdicts do not count any more,
    `mapping` what was named otherwise.
    """

    mapping: Mapping[str, str]
    marking: Marking
    kept: tuple[Opened, ...]
    opened: tuple[Opened, ...]
    closed: tuple[Closed, ...]
    lost: tuple[str, ...]


@dataclass
class _Plan:
    """What is done with a marking: visits that go on, steps to stand at, and what is in the way."""

    kept: list[str] = field(default_factory=list)
    stand: list[str] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)


class Crossing:
    """The way from one definition to another."""

    def __init__(self, before: Definition, after: Machine) -> None:
        self._before, self._after = before, after
        self._old = {step.path: step for step in before.every_step()}
        self._new = {step.path: step for step in after.definition.every_step()}

    def carry(
        self,
        marking: Marking,
        mapping: Mapping[str, str],
        facts: Facts,
        holders: Mapping[str, int],
    ) -> Carried:
        """Take a marking over. `mapping` names another step for some of those where it stands.

        A step of the main chart that is mapped is left with all its tracks. Raises CannotMove.
        """
        is_left = marking.step in mapping
        plan = self._left(marking, mapping) if is_left else self._as_it_is(marking, mapping)
        if plan.obstacles:
            raise CannotMove(*plan.obstacles)
        base = self.base(marking) if is_left else self._base_with(marking, plan.kept)
        try:
            move = self._after.stand(base, plan.stand, facts, holders)
            kept = tuple(self._going_on(marking, plan.kept, facts))
        except Refusal as refusal:
            raise CannotMove(Obstacle(refusal.code, refusal.values)) from refusal
        if move.joined or move.outcome is not None:
            raise CannotMove(Obstacle("moving_decides", {"step": move.marking.step}))
        return Carried(
            mapping=mapping,
            marking=move.marking,
            kept=kept,
            opened=move.opened,
            closed=tuple(_closed(marking, plan.kept)),
            lost=tuple(_lost(marking, is_left=is_left, kept=plan.kept)),
        )

    def base(self, marking: Marking) -> Marking:
        """The marking without all that the other definition does not know, standing nowhere."""
        return Marking(
            step=marking.step,
            visits=marking.visits,
            kept={path: kept for path, kept in marking.kept.items() if self._knows(path, kept)},
            picked={path: n for path, n in marking.picked.items() if path in self._new},
            clocks=tuple(c for c in marking.clocks if c in self._after.definition.clocks),
        )

    def targets(self, path: str) -> Iterator[str]:
        """The steps that can be named for one where a case stands: of its chart, in order."""
        chart = path.rpartition(".")[0]
        for step in self._new.values():
            if step.path.rpartition(".")[0] == chart and step.kind in STANDABLE:
                yield step.path

    def _left(self, marking: Marking, mapping: Mapping[str, str]) -> _Plan:
        target = mapping[marking.step]
        if target in self.targets(marking.step):
            return _Plan(stand=[target])
        return _Plan(obstacles=[Obstacle("no_such_step", {"step": target})])

    def _as_it_is(self, marking: Marking, mapping: Mapping[str, str]) -> _Plan:
        plan = _Plan()
        if self._old[marking.step].kind is StepKind.PARALLEL:
            plan.obstacles += self._parallel(marking)
            if plan.obstacles:
                return plan
        for path in marking.seats:
            if path in mapping:
                self._named(mapping[path], path, plan)
            else:
                self._same(marking, path, plan)
        return plan

    def _named(self, target: str, path: str, plan: _Plan) -> None:
        if target in self.targets(path):
            plan.stand.append(target)
        else:
            plan.obstacles.append(Obstacle("no_such_step", {"step": target}))

    def _same(self, marking: Marking, path: str, plan: _Plan) -> None:
        old, new = self._old[path], self._new.get(path)
        if new is None:
            plan.obstacles.append(Obstacle("step_gone", {"step": path}))
        elif new.kind is not old.kind:
            plan.obstacles.append(Obstacle("step_other", {"step": path}))
        elif self._is_same_work(marking, old, new):
            plan.kept.append(path)
        elif any(seat.verdict for seat in marking.seats[path]):
            plan.obstacles.append(Obstacle("votes_lost", {"step": path}))
        else:
            plan.stand.append(path)

    def _is_same_work(self, marking: Marking, old: Step, new: Step) -> bool:
        """Whether the same people are asked in the same seats, and their words still count."""
        hats = {seat.party for seat in marking.seats[old.path]}
        parties = self._after.definition.parties
        words = {action.verdict for action in new.actions.values()}
        given = {seat.verdict for seat in marking.seats[old.path]} - {None}
        return (
            (old.party, old.seats) == (new.party, new.seats)
            and all(self._before.parties[hat] == parties.get(hat) for hat in hats)
            and given <= words
        )

    def _parallel(self, marking: Marking) -> Iterator[Obstacle]:
        """What is in the way of a parallel step with the tracks and verdicts that it has."""
        new = self._new.get(marking.step)
        if new is None:
            yield Obstacle("step_gone", {"step": marking.step})
            return
        if new.kind is not StepKind.PARALLEL:
            yield Obstacle("step_other", {"step": marking.step})
            return
        for name, track in marking.tracks.items():
            chart = new.tracks.get(name)
            if chart is None:
                yield Obstacle("track_gone", {"track": name})
            elif track.verdict is not None and track.verdict not in verdicts_of(chart):
                values = {"track": name, "verdict": track.verdict}
                yield Obstacle("verdict_gone", values)

    def _base_with(self, marking: Marking, kept: list[str]) -> Marking:
        base = self.base(marking)
        open_visits = {f"{path}:{marking.visits[path]}" for path in (*kept, marking.step)}
        return Marking(
            step=base.step,
            tracks=marking.tracks,
            visits=base.visits,
            seats={path: marking.seats[path] for path in kept},
            used={k: n for k, n in marking.used.items() if k.rpartition(":")[0] in open_visits},
            kept=base.kept,
            picked=base.picked,
            clocks=base.clocks,
        )

    def _going_on(self, marking: Marking, kept: list[str], facts: Facts) -> Iterator[Opened]:
        for path in kept:
            within = self._after.within(marking, path, facts)
            lapses = bool(self._new[path].on_lapse)
            for number, seat in enumerate(marking.seats[path]):
                if seat.verdict is None:
                    visit = marking.visits[path]
                    yield Opened(path, visit, number, seat.party, within, lapses)

    def _knows(self, path: str, kept: Kept) -> bool:
        """Whether verdicts of an earlier visit can still be looked at."""
        step = self._new.get(path)
        return (
            step is not None and step.again is not None and set(kept.verdicts) <= set(step.tracks)
        )


def _closed(marking: Marking, kept: list[str]) -> Iterator[Closed]:
    for path, visit in marking.standing():
        if path not in kept:
            for number, seat in enumerate(marking.seats[path]):
                if seat.verdict is None:
                    yield Closed(path, visit, number, "moved")


def _lost(marking: Marking, *, is_left: bool, kept: list[str]) -> Iterator[str]:
    """Where verdicts were given that count no more: in tracks, or by votes."""
    if is_left:
        for name, track in marking.tracks.items():
            if track.verdict is not None:
                yield f"{marking.step}.{name}"
    for path, seats in marking.seats.items():
        if path not in kept and any(seat.verdict for seat in seats):
            yield path
