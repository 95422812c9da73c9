"""The tasks of a move: whom each is addressed to, by when it is due, and what its timers are.

Writes nothing: tasks and timers are written with their move by `writing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.move import Closed, Opened
from workflow import parties, timers
from workflow.calendar import Due
from workflow.eligibility import Asked, Eligibility
from workflow.models.base import Json
from workflow.models.organisation import TITLE_ON
from workflow.parties import Addressee
from workflow.situations import Surroundings

UNDATED = datetime(9000, 1, 1, tzinfo=UTC)
"""Where a task without a due time stands in a queue: after all others."""


@dataclass(frozen=True, slots=True)
class Open:
    """An open task as its row has it, with whose it is and their working week."""

    id: int
    case_id: int
    path: str
    visit: int
    seat: int
    party: str
    opened_at: datetime
    due_at: datetime | None
    due_explained: Json | None
    week: str
    position_id: int
    position: str


PlaceOf = Callable[[Session, str, Addressee | None], tuple[int, Addressee]]


@dataclass(frozen=True)
class Opening:
    """A task to open, with whom it is addressed to and by when."""

    opened: Opened
    position_id: int
    addressee: Addressee
    due: Due | None
    assignee_id: int | None
    is_attended: bool

    def told(self) -> dict[str, Any]:
        """What the event says of it."""
        return {
            **place(self.opened),
            "party": self.opened.party,
            "position_id": self.position_id,
            "due_at": None if self.due is None else self.due.at,
        }

    def missed(self) -> dict[str, Any]:
        """What the event says when nobody is there to do it."""
        party, position = self.opened.party, self.addressee.title
        return {**place(self.opened), "party": party, "position": position}

    def row(self) -> dict[str, Any]:
        """The task's own columns."""
        return {
            **self.told(),
            "assignee_id": self.assignee_id,
            "due_explained": None if self.due is None else self.due.explained,
            "rank_at": UNDATED if self.due is None else self.due.at,
        }


def waiting(session: Session, case_id: int, now: datetime) -> list[Open]:
    """The open tasks of a case."""
    return [Open(*row) for row in session.execute(_OPEN, {"case_id": case_id, "day": now.date()})]


def place(task: Opened | Closed) -> dict[str, Any]:
    """Which seat of which visit a task is for."""
    return {"path": task.path, "visit": task.visit, "seat": task.seat}


def openings(
    session: Session,
    around: Surroundings,
    opened: Iterable[Opened],
    picks: Iterable[int],
    *,
    place_of: PlaceOf = parties.ensure,
) -> list[Opening]:
    """The tasks to open, each addressed, dated by the case's facts, and attended or not.

    `around` has the case's facts and hats as they are from now on; `picks` are who was chosen for
    picked seats. `place_of` finds the position of an addressee, and makes it where there is none,
    unless it is only foreseen. Raises Refused when an agency that is asked does not exist.
    """
    opened = tuple(opened)
    hats = sorted({one.party for one in opened})
    asked = around.directory.addressees(hats)
    found = {hat: place_of(session, hat, asked.get(hat)) for hat in hats}
    picked = iter(picks)
    return [_opening(around, one, *found[one.party], picked) for one in opened]


def timed(around: Surroundings, openings: Iterable[Opening]) -> list[dict[str, Any]]:
    """The rows of the timers of these tasks, without their case."""
    return [
        {**place(opening.opened), "kind": timer.kind, "due_at": timer.due_at}
        for opening in openings
        for timer in timers.rows(
            around.version.definition,
            opened=opening.opened,
            opened_at=around.now,
            due=opening.due,
            calendar=around.calendar,
            week=opening.addressee.week,
        )
    ]


def _opening(
    around: Surroundings,
    opened: Opened,
    position_id: int,
    addressee: Addressee,
    picked: Iterator[int],
) -> Opening:
    due = None
    facts = around.case.facts
    if opened.within is not None:
        due = around.calendar.due(around.now, opened.within, addressee.week, facts=facts)
    seats = around.version.machine.step(opened.path).seats
    is_picked = seats is not None and seats.count == "picked"
    hat = around.version.definition.hat(opened.party)
    asked = Asked(hat, addressee.agency_id, addressee.agency)
    rules = Eligibility.of(around.case, around.version)
    return Opening(
        opened=opened,
        position_id=position_id,
        addressee=addressee,
        due=due,
        assignee_id=next(picked, None) if is_picked else None,
        is_attended=bool(rules.eligible(addressee.holdings, asked)),
    )


_OPEN = text(f"""
    SELECT tasks.id, tasks.case_id, tasks.path, tasks.visit, tasks.seat, tasks.party,
           tasks.opened_at, tasks.due_at, tasks.due_explained, agencies.week,
           positions.id AS position_id, {TITLE_ON.format(positions="positions", day=":day")}
    FROM tasks JOIN positions ON positions.id = tasks.position_id
    JOIN agencies ON agencies.id = positions.agency_id
    WHERE tasks.case_id = :case_id AND tasks.status = 'open'
    ORDER BY tasks.id
""")  # noqa: S608
