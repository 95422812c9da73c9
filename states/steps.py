"""The values of one step: what can be done there, by whom, by when, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from states.conditions import Condition
from states.wording import Words


class Means(StrEnum):
    """What an action means for the case, whatever it is called."""

    FORWARD = "forward"
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    STOP = "stop"


class Outcome(StrEnum):
    """How a case can end."""

    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class DecisionClass(StrEnum):
    """Who may decide: a strategic decision is not for an acting officer."""

    ROUTINE = "routine"
    STRATEGIC = "strategic"


class StepKind(StrEnum):
    """What a step is: one hat, several seats, several tracks, a fork, or an end."""

    PLAIN = "plain"
    VOTED = "voted"
    PARALLEL = "parallel"
    ROUTE = "route"
    FINAL = "final"


@dataclass(frozen=True)
class Duration:
    """A length of time; with `after`, counted from a date of the subject and not from entry."""

    amount: int
    unit: Literal["working_days", "working_hours", "days", "hours"]
    after: str | None = None


@dataclass(frozen=True)
class Branch:
    """One way on: to a step of the same chart, or out of the track with a verdict."""

    when: Condition | None
    to: str | None = None
    verdict: str | None = None


@dataclass(frozen=True)
class ClassRule:
    """The class of a decision while the guard holds."""

    when: Condition | None
    decision_class: DecisionClass


@dataclass(frozen=True)
class Limit:
    """The time that a visit may take if the guard holds when the step is entered."""

    when: Condition | None
    duration: Duration


@dataclass(frozen=True)
class Action:
    """One thing that can be done at a step, with its verb's defaults filled in.

    Without `to` and `verdict` the visit goes on. `by` empty: the hats of the step.
    `unless` and `only` are for actions of `anywhere`.
    """

    name: str
    line: int
    means: Means = Means.FORWARD
    needs: tuple[str, ...] = ()
    classes: tuple[ClassRule, ...] = ()
    by: tuple[str, ...] = ()
    when: Condition | None = None
    to: tuple[Branch, ...] = ()
    verdict: str | None = None
    sets: tuple[str, ...] = ()
    snapshot: bool = False
    extends: Duration | None = None
    times: int | None = None
    letter: Literal["in", "out"] | None = None
    picks: str | None = None
    closes: bool = False
    unless: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    @property
    def stays(self) -> bool:
        """Whether the visit goes on after it."""
        return not self.to and self.verdict is None and not self.closes


@dataclass(frozen=True)
class Seats:
    """Several people on one step: `count` times one hat, or one seat for `each` hat.

    `count` is a number, "picked" (an action of the case chose) or "holders" (as many as hold
    the post), the last two at most `most`.
    """

    party: str | None
    each: tuple[str, ...]
    count: int | Literal["picked", "holders"]
    most: int

    @property
    def parties(self) -> tuple[str, ...]:
        """The hats that sit here, each once."""
        return self.each if self.party is None else (self.party,)


@dataclass(frozen=True)
class TallyRule:
    """What the verdicts together lead to while the guard over their counts holds."""

    outcome: str
    when: Condition | None
    early: bool
    to: str | None = None
    verdict: str | None = None


@dataclass(frozen=True)
class Again:
    """Which verdicts stay valid when a case comes back to a parallel step."""

    keep: tuple[str, ...]
    after: tuple[str, ...]
    unless_changed: bool


@dataclass(frozen=True)
class Step:
    """A place where a case can stand (or, for a route, be sent on).

    `path` names it in the whole definition; steps of a track are `review.ict.deciding`.
    """

    name: str
    path: str
    kind: StepKind
    line: int
    party: str | None = None
    seats: Seats | None = None
    within: tuple[Limit, ...] = ()
    on_lapse: tuple[Branch, ...] = ()
    edits: tuple[str, ...] = ()
    checklist: str | None = None
    form: str | None = None
    pauses: tuple[str, ...] = ()
    owner_sees: Words | None = None
    hidden_from: tuple[str, ...] = ()
    actions: Mapping[str, Action] = field(default_factory=dict)
    tally: tuple[TallyRule, ...] = ()
    tracks: Mapping[str, TrackChart] = field(default_factory=dict)
    again: Again | None = None
    route: tuple[Branch, ...] = ()
    final: Outcome | None = None

    @property
    def parties(self) -> tuple[str, ...]:
        """The hats to whom a visit's tasks are addressed."""
        if self.seats is not None:
            return self.seats.parties
        return () if self.party is None else (self.party,)


@dataclass(frozen=True)
class TrackChart:
    """One agency's own chain of steps within a parallel step."""

    name: str
    when: Condition | None
    initial: str
    steps: Mapping[str, Step]
