"""What the machine offers and what an act brings about: plain values for the engine to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from states.definition import DecisionClass, Duration, Means, Outcome
from states.marking import Marking


@dataclass(frozen=True)
class Option:
    """One action that the marking offers, whether it would be accepted or not.

    `track` is None for the main chart. `parties` may do it; from the open `seats` (their
    numbers), or, if there are none, by the hat's right and without a task. `unmet` has what
    stands in the way; when it is empty, the machine accepts the act. `picks` is the path of the
    step whose seats it chooses, `sets` has the facts that it records, `stays` says that it has no
    target. `asks` has the hats that get tasks if the act is made by the facts of now.
    """

    action: str
    track: str | None
    path: str
    visit: int
    parties: tuple[str, ...]
    seats: tuple[int, ...]
    means: Means
    needs: tuple[str, ...]
    decision_class: DecisionClass
    unmet: tuple[str, ...]
    picks: str | None
    picks_most: int | None
    letter: Literal["in", "out"] | None
    sets: tuple[str, ...]
    stays: bool
    closes: bool
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opened:
    """A task to open for a hat's seat; `lapses`: passing its deadline moves the case."""

    path: str
    visit: int
    seat: int
    party: str
    within: Duration | None
    lapses: bool


@dataclass(frozen=True)
class Closed:
    """A task to close, and how it ended; `moved`: by no act, its case goes on elsewhere."""

    path: str
    visit: int
    seat: int
    status: Literal["done", "outvoted", "cancelled", "lapsed", "moved"]


@dataclass(frozen=True)
class Joined:
    """A tally that was decided; `verdicts` by track, or by seat number of a voted step."""

    path: str
    visit: int
    outcome: str
    verdicts: Mapping[str, str]


@dataclass(frozen=True)
class Move:
    """Everything that one act, lapse or start changes; `before` and `marking` frame it.

    A clock in `clocks_started` starts to run, anew if it ran before.
    """

    action: str
    track: str | None
    path: str
    visit: int
    seat: int | None
    means: Means
    decision_class: DecisionClass
    verdict: str | None
    before: Marking
    marking: Marking
    opened: tuple[Opened, ...]
    closed: tuple[Closed, ...]
    left: tuple[tuple[str, int], ...]
    entered: tuple[tuple[str, int], ...]
    joined: tuple[Joined, ...]
    outcome: Outcome | None
    snapshot: bool
    sets: tuple[str, ...]
    letter: Literal["in", "out"] | None
    extends: Duration | None
    clocks_started: tuple[str, ...]
