"""The values that a workflow definition is made of. Knows nothing of YAML or of machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Literal

from states.steps import (
    Action,
    Again,
    Branch,
    ClassRule,
    DecisionClass,
    Duration,
    Limit,
    Means,
    Outcome,
    Seats,
    Step,
    StepKind,
    TallyRule,
    TrackChart,
)
from states.wording import NO_WORDING, Wording, Words

__all__ = [
    "Action",
    "Again",
    "Branch",
    "ClassRule",
    "Clock",
    "DecisionClass",
    "Definition",
    "Duration",
    "Escalation",
    "Fact",
    "FactKind",
    "Limit",
    "Means",
    "Outcome",
    "Party",
    "Place",
    "Reminder",
    "Seats",
    "Step",
    "StepKind",
    "TallyRule",
    "TrackChart",
    "Verb",
]


class FactKind(StrEnum):
    """The type of a fact of the subject."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    ENUMERATION = "enumeration"


@dataclass(frozen=True)
class Fact:
    """Something about the subject that guards may ask; `values` only for an enumeration."""

    name: str
    kind: FactKind
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A post of an agency; the agency is `owner`, a function, or a code."""

    agency: str
    post: str


@dataclass(frozen=True)
class Party:
    """A hat: who is asked, and who instead when the owner is that very agency.

    A party with `external` has no login: the hat `via` records its letters.
    """

    name: str
    place: Place | None = None
    instead: Place | None = None
    external: Words | None = None
    via: str | None = None

    def place_for(self, owner: str | None) -> Place | None:
        """Where the hat is looked for when an agency of this function owns the case."""
        if self.instead is not None and self.place is not None and self.place.agency == owner:
            return self.instead
        return self.place


@dataclass(frozen=True)
class Verb:
    """What an action's name means everywhere in the definition."""

    means: Means = Means.FORWARD
    needs: tuple[str, ...] = ()
    classes: tuple[ClassRule, ...] = ()


@dataclass(frozen=True)
class Clock:
    """A limit over several steps; it starts with an action of a step and runs on `runs`."""

    name: str
    limit: Duration
    starts: tuple[str, str]
    runs: tuple[str, ...]
    basis: str | None


@dataclass(frozen=True)
class Reminder:
    """When to remind; `amount` and `unit` only for "before" the due time."""

    kind: Literal["half_way", "on_due_day", "before"]
    amount: int | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Escalation:
    """To whom a late task goes how long after the due time: it is told, or the task is moved.

    `to` is "superior", "head" or "acting" (of its position), "forum" (only listed), or a function;
    with `post`, one post of it.
    """

    after: Duration
    to: str
    reassign: bool = False
    post: str | None = None


@dataclass(frozen=True)
class Definition:
    """A whole workflow as it was read; `hash` names its content, `source` is its text."""

    key: str
    subject: str
    initial: str
    facts: Mapping[str, Fact]
    parties: Mapping[str, Party]
    apart: tuple[frozenset[str], ...] | None
    clocks: Mapping[str, Clock]
    verbs: Mapping[str, Verb]
    anywhere: Mapping[str, Action]
    steps: Mapping[str, Step]
    reminders: tuple[Reminder, ...]
    escalations: tuple[Escalation, ...]
    source: str
    hash: str
    wording: Wording = NO_WORDING

    def every_step(self) -> Iterator[Step]:
        """All steps in document order, those of a track right after its parallel step."""
        for step in self.steps.values():
            yield step
            for track in step.tracks.values():
                yield from track.steps.values()

    def every_action(self) -> Iterator[tuple[str, Action]]:
        """All actions with the path of their step; that of an action of `anywhere` is empty."""
        for step in self.every_step():
            yield from ((step.path, action) for action in step.actions.values())
        yield from (("", action) for action in self.anywhere.values())

    def hat(self, party: str) -> str:
        """The hat that does the work of a party: its own, or the one that writes the letters."""
        return self.parties[party].via or party

    def hats(self, step: Step, action: Action) -> tuple[str, ...]:
        """The hats that may do an action of a step, each once."""
        return tuple(dict.fromkeys(self.hat(name) for name in action.by or step.parties))

    def actions_by_hats(self) -> Iterator[tuple[Action, tuple[str, ...]]]:
        """All actions with the hats that may do them, those of `anywhere` last."""
        for step in self.every_step():
            yield from ((action, self.hats(step, action)) for action in step.actions.values())
        yield from ((action, action.by) for action in self.anywhere.values())

    @property
    def worn(self) -> tuple[str, ...]:
        """The hats that somebody wears in a case at all."""
        worn = {hat for _, hats in self.actions_by_hats() for hat in hats}
        return tuple(name for name in self.parties if name in worn)

    @property
    def apart_pairs(self) -> frozenset[frozenset[str]]:
        """Pairs of hats that one person may not wear in one case; external bodies wear none."""
        if self.apart is not None:
            return frozenset(self.apart)
        inside = [party.name for party in self.parties.values() if party.external is None]
        return frozenset(frozenset(pair) for pair in combinations(inside, 2))

    @property
    def deciding_parties(self) -> frozenset[str]:
        """Hats with an action that approves or rejects."""
        judging = (Means.APPROVE, Means.REJECT)
        found = (hats for action, hats in self.actions_by_hats() if action.means in judging)
        return frozenset().union(*found)

    @property
    def judges_of_their_own(self) -> frozenset[str]:
        """Deciding hats without `instead` whose agency may itself be the owner of a case.

        The owner's hats always belong to the owner, and the `city` (the mayor) owns no case.
        """
        return frozenset(
            name
            for name in self.deciding_parties
            if (place := self.parties[name].place) is not None
            and place.agency not in ("owner", "city")
            and self.parties[name].instead is None
        )
