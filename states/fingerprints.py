"""Tells which markings are the same for all that can still happen.

Ballots count, not who cast them; visits count as far as guards ask; started clocks only inform.
It knows definitions and markings, and neither runs a machine nor judges what it sees.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping

from states.conditions import Atom, Condition, Visits
from states.definition import Action, Branch, Definition, Step, StepKind
from states.marking import Kept, Marking, Seat

Key = tuple[Hashable, ...]
_COUNTED_AGAINST_A_FACT = 10


def guards_of(step: Step) -> Iterator[Condition]:
    """Every guard that is asked while a case stands at a step, or enters or leaves it."""
    for action in step.actions.values():
        yield from guards_of_action(action)
    parts: tuple[object, ...] = (*step.within, *step.on_lapse, *step.tally, *step.route)
    for part in (*parts, *step.tracks.values()):
        when = getattr(part, "when", None)
        if isinstance(when, Condition):
            yield when


def guards_of_action(action: Action) -> Iterator[Condition]:
    """The guards of one action: its own, those of its class, and those of its ways on."""
    for when in (action.when, *(r.when for r in action.classes), *(b.when for b in action.to)):
        if when is not None:
            yield when


def branches_of(step: Step) -> Iterator[Branch]:
    """Every way on from a step except those of its tally."""
    for action in step.actions.values():
        yield from action.to
    yield from step.on_lapse
    yield from step.route


class Fingerprints:
    """The equivalence of markings under one definition."""

    def __init__(self, definition: Definition) -> None:
        self._steps = {step.path: step for step in definition.every_step()}
        self.counted = _counted(definition)
        self._remembered_picks = _remembered_picks(definition)
        self._optional = _optional_tracks(definition)
        self.foldable = frozenset(
            step.path
            for step in definition.steps.values()
            if step.kind is StepKind.PARALLEL
            and not any(
                path.startswith(f"{step.path}.")
                for path in {*self.counted, *self._remembered_picks}
            )
        )

    def canonical(self, marking: Marking) -> Marking:
        """The one marking that stands for all that are equal to it."""
        if marking.outcome is not None:
            return Marking(step=marking.step, outcome=marking.outcome)
        visits = self._visits(marking)
        return Marking(
            step=marking.step,
            tracks={name: marking.tracks[name] for name in sorted(marking.tracks)},
            visits=visits,
            seats={path: _ballots(marking.seats[path]) for path in sorted(marking.seats)},
            used=_used(marking, visits),
            kept=self._kept(marking),
            picked={
                path: marking.picked[path]
                for path in sorted(marking.picked)
                if path in self._remembered_picks
            },
        )

    def _visits(self, marking: Marking) -> dict[str, int]:
        here = {marking.step, *marking.seats}
        found = {}
        for path in marking.visits:
            if path in self.counted:
                found[path] = min(marking.visits[path], self.counted[path])
            elif path in here:
                found[path] = 1
        for prefix, first in self._optional.items():
            if any(path.startswith(prefix) for path in marking.visits):
                found.setdefault(first, 1)
        return dict(sorted(found.items()))

    def _kept(self, marking: Marking) -> dict[str, Kept]:
        """Earlier verdicts as far as they can still stay valid or keep a track in the join.

        Those of the step where the case stands are written anew whenever it is left.
        """
        found = {}
        for path in sorted(marking.kept.keys() - {marking.step}):
            kept, again = marking.kept[path], self._steps[path].again
            keep: tuple[str, ...] = ()
            if again is not None and kept.outcome in (again.after or (kept.outcome,)):
                keep = () if kept.outcome is None else again.keep
            verdicts = {}
            for track in sorted(kept.verdicts):
                if kept.verdicts[track] in keep:
                    verdicts[track] = kept.verdicts[track]
                elif f"{path}.{track}." in self._optional:
                    verdicts[track] = ""
            if verdicts:
                found[path] = Kept(kept.outcome if keep else None, verdicts)
        return found


def key_of(marking: Marking) -> Key:
    """A hashable form of a canonical marking."""
    return (
        marking.step,
        marking.outcome,
        tuple(marking.tracks.items()),
        tuple(marking.visits.items()),
        tuple(marking.seats.items()),
        tuple(marking.used.items()),
        tuple((path, k.outcome, tuple(k.verdicts.items())) for path, k in marking.kept.items()),
        tuple(marking.picked.items()),
    )


def track_key(marking: Marking, track: str) -> Key:
    """A hashable form of one track's part of a canonical marking."""
    prefix = f"{marking.step}.{track}."
    parts: Iterable[Mapping[str, Hashable]] = (marking.visits, marking.seats, marking.used)
    return (
        marking.tracks[track],
        *(tuple(item for item in part.items() if item[0].startswith(prefix)) for part in parts),
    )


def _ballots(seats: tuple[Seat, ...]) -> tuple[Seat, ...]:
    """The seats with the votes of each hat in one order; every hat keeps its places."""
    if len(seats) < 2:
        return seats
    votes: dict[str, list[str | None]] = {}
    for seat in seats:
        votes.setdefault(seat.party, []).append(seat.verdict)
    for cast in votes.values():
        cast.sort(key=lambda verdict: (verdict is None, verdict or ""), reverse=True)
    return tuple(Seat(seat.party, votes[seat.party].pop()) for seat in seats)


def _used(marking: Marking, visits: Mapping[str, int]) -> dict[str, int]:
    """Uses of limited actions in visits that are open, under the visit's canonical number."""
    found = {}
    for name in sorted(marking.used):
        path, visit, action = name.split(":", 2)
        open_here = path == marking.step or path in marking.seats
        if open_here and int(visit) == marking.visits.get(path):
            found[f"{path}:{visits[path]}:{action}"] = marking.used[name]
    return found


def _counted(definition: Definition) -> dict[str, int]:
    """The steps whose visits guards ask, each with the number from which all are the same."""
    anywhere = (g for action in definition.anywhere.values() for g in guards_of_action(action))
    inside = (guard for step in definition.every_step() for guard in guards_of(step))
    found: dict[str, int] = {}
    for guard in (*anywhere, *inside):
        for atom in guard.atoms():
            for path in atom.visited():
                found[path] = max(found.get(path, 0), _limit(atom))
    return found


def _limit(atom: Atom) -> int:
    if atom.names():
        return _COUNTED_AGAINST_A_FACT
    right = atom.right if isinstance(atom.right, tuple) else (atom.right,)
    numbers = [t for t in (atom.left, *right) if isinstance(t, int) and not isinstance(t, Visits)]
    return max(numbers, default=_COUNTED_AGAINST_A_FACT) + 1


def _optional_tracks(definition: Definition) -> dict[str, str]:
    """For each track that may be absent what its paths begin with, and one to remember it by."""
    return {
        f"{step.path}.{name}.": next(inner.path for inner in track.steps.values())
        for step in definition.steps.values()
        for name, track in step.tracks.items()
        if track.when is not None
    }


def _remembered_picks(definition: Definition) -> frozenset[str]:
    """Steps whose seats were picked some acts before they open, so that the number matters."""
    picked = {
        step.path: step
        for step in definition.every_step()
        if step.seats is not None and step.seats.count == "picked"
    }
    late = set()
    for path, step in picked.items():
        chart, _, _ = path.rpartition(".")
        for other in definition.every_step():
            if other.path.rpartition(".")[0] == chart and _leads_unpicked(other, step):
                late.add(path)
    return frozenset(late)


def _leads_unpicked(step: Step, target: Step) -> bool:
    for action in step.actions.values():
        goes = any(branch.to == target.name for branch in action.to)
        if goes and action.picks != target.name:
            return True
    ways = [branch.to for branch in (*step.on_lapse, *step.route)]
    return target.name in (*ways, *(rule.to for rule in step.tally))
