"""Whether a case may go on under another version, and where: for one case and for thousands.

A case may if the marking to which it is taken over is among those that the version can reach, and
if no approval is spared by it that is still needed. Pure; moves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from states.conditions import Facts
from states.crossing import CannotMove, Carried, Crossing, Obstacle
from states.definition import Definition
from states.fingerprints import Fingerprints, key_of
from states.machine import Machine, machine_for
from states.marking import Marking
from states.soundness import Report, check

__all__ = ["CannotMove", "Carried", "Fate", "Obstacle", "Passage", "Verdict", "between"]

_NOBODY: Mapping[str, int] = {}


class Fate(StrEnum):
    """What a new version can do for a case."""

    MOVES = "moves"
    NEEDS_MAPPING = "needs_mapping"
    STAYS = "stays"
    """No step of the new version can take it."""


@dataclass(frozen=True)
class Verdict:
    """What can be done with a case: where it would stand, or why not and what could be named.

    `choices` has for each step where the case stands the steps that can be named instead.
    """

    fate: Fate
    carried: Carried | None = None
    obstacles: tuple[Obstacle, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@lru_cache(maxsize=8)
def explored(machine: Machine) -> Report:
    """All that a definition can reach, remembered for those asked last."""
    return check(machine.definition)


@lru_cache(maxsize=16)
def between(before: Machine, after: Machine) -> Passage:
    """The way from one version to another, remembered for those asked last."""
    return Passage(before.definition, after.definition)


class Passage:
    """The way from one version to another; explores both when it is first asked."""

    def __init__(self, before: Definition, after: Definition) -> None:
        self._crossing = Crossing(before, machine_for(after))
        self._from, self._to = explored(machine_for(before)), explored(machine_for(after))
        self._fingerprints = Fingerprints(after)
        self._choices: dict[object, Mapping[str, tuple[str, ...]]] = {}

    def carry(
        self,
        marking: Marking,
        mapping: Mapping[str, str],
        facts: Facts,
        holders: Mapping[str, int] = _NOBODY,
    ) -> Carried:
        """Take a case over as it is, or where it cannot go on so, as it is mapped.

        Raises CannotMove when it could never stand so, with everything that is in the way.
        """
        named = {path: mapping[path] for path in _asked(marking) if path in mapping}
        try:
            return self._carried(marking, {}, facts, holders)
        except CannotMove:
            if not named:
                raise
        return self._carried(marking, named, facts, holders)

    def _carried(
        self,
        marking: Marking,
        mapping: Mapping[str, str],
        facts: Facts,
        holders: Mapping[str, int],
    ) -> Carried:
        if marking.outcome is not None:
            raise CannotMove(Obstacle("case_ended", {"outcome": marking.outcome.value}))
        carried = self._crossing.carry(marking, mapping, facts, holders)
        needed = self._to.approvals_from(carried.marking)
        if needed is None:  # no approved end is ahead, or no case ever comes to stand so
            if not self._to.contains(carried.marking):
                raise CannotMove(Obstacle("never_stands_so", {"step": carried.marking.step}))
            return carried
        least = self._least(marking)
        if needed < least:
            values = {"step": carried.marking.step, "least": least, "needed": needed}
            raise CannotMove(Obstacle("spares_approvals", values))
        return carried

    def judge(
        self,
        marking: Marking,
        mapping: Mapping[str, str],
        facts: Facts,
        holders: Mapping[str, int] = _NOBODY,
    ) -> Verdict:
        """What can be done with a case that stands like this."""
        try:
            carried = self.carry(marking, mapping, facts, holders)
        except CannotMove as error:
            choices = self._named(marking, error.obstacles, facts, holders)
            fate = Fate.NEEDS_MAPPING if choices else Fate.STAYS
            return Verdict(fate, None, error.obstacles, choices)
        return Verdict(Fate.MOVES, carried)

    def _least(self, marking: Marking) -> int:
        """How many approvals must still be asked for: what was given counts, what was not stays."""
        before, after = self._from.approvals_needed, self._to.approvals_needed
        left = self._from.approvals_from(marking)
        return after if left is None else min(left, after - (before - left))

    def _named(
        self,
        marking: Marking,
        obstacles: tuple[Obstacle, ...],
        facts: Facts,
        holders: Mapping[str, int],
    ) -> Mapping[str, tuple[str, ...]]:
        """The choices, tried out once for all cases that are alike to the new version."""
        base = self._fingerprints.canonical(self._crossing.base(marking))
        stands = tuple((path, tuple(seats)) for path, seats in sorted(marking.seats.items()))
        least = self._least(marking)
        key = (key_of(base), tuple(marking.tracks.items()), stands, least, _words(obstacles))
        if key not in self._choices:
            found = {
                path: self._possible(marking, path, facts, holders) for path in _asked(marking)
            }
            self._choices[key] = {path: targets for path, targets in found.items() if targets}
        return self._choices[key]

    def _possible(
        self, marking: Marking, path: str, facts: Facts, holders: Mapping[str, int]
    ) -> tuple[str, ...]:
        """The steps that can be named for one step while the others stay as they are."""
        return tuple(
            target
            for target in self._crossing.targets(path)
            if self._helps(marking, path, target, facts, holders)
        )

    def _helps(
        self,
        marking: Marking,
        path: str,
        target: str,
        facts: Facts,
        holders: Mapping[str, int],
    ) -> bool:
        """Whether naming it leaves nothing in the way but other steps that have to be named too."""
        try:
            self._carried(marking, {path: target}, facts, holders)
        except CannotMove as error:
            others = set(marking.seats) - {path}
            return path != marking.step and all(
                one.values.get("step") in others for one in error.obstacles
            )
        return True


def _words(obstacles: tuple[Obstacle, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((one.code, repr(sorted(one.values.items()))) for one in obstacles)


def _asked(marking: Marking) -> tuple[str, ...]:
    """The steps of a case for which others can be named: the main chart's, and those of tracks."""
    return tuple(dict.fromkeys((marking.step, *sorted(marking.seats))))
