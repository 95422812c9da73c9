"""The tasks of a move: whom each is addressed to, by when it is due, and what its timers are.

Writes only what an extension changes; new tasks are written with their move by `writing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.move import Closed, Move, Opened
from workflow import journal, parties, timers
from workflow.calendar import Due
from workflow.cases import Fact
from workflow.parties import Addressee
from workflow.situations import Surroundings
from workflow.timers import TimerRow

UNDATED = datetime(9000, 1, 1, tzinfo=UTC)
"""Where a task without a due time stands in a queue: after all others."""


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


def place(task: Opened | Closed) -> dict[str, Any]:
    """Which seat of which visit a task is for."""
    return {"path": task.path, "visit": task.visit, "seat": task.seat}


def openings(
    session: Session,
    around: Surroundings,
    opened: Iterable[Opened],
    facts: Mapping[str, Fact],
    picks: Iterable[int],
) -> list[Opening]:
    """The tasks to open, each addressed, and dated by the case's facts from now on.

    `picks` are who was chosen for picked seats. Raises Refused when an agency that is asked does
    not exist.
    """
    opened = tuple(opened)
    hats = sorted({one.party for one in opened})
    asked = around.directory.addressees(hats)
    found = {hat: parties.ensure(session, hat, asked.get(hat)) for hat in hats}
    picked = iter(picks)
    return [_opening(around, one, facts, *found[one.party], picked) for one in opened]


def timed(around: Surroundings, openings: Iterable[Opening]) -> list[dict[str, Any]]:
    """The rows of the timers of these tasks, without their case."""
    return [
        {**place(opening.opened), "kind": timer.kind, "due_at": timer.due_at}
        for opening in openings
        for timer in _timers(
            around, opening.opened, around.now, opening.due, opening.addressee.week
        )
    ]


def extend(session: Session, around: Surroundings, move: Move, facts: Mapping[str, Fact]) -> None:
    """Give the tasks of a visit more time, and their timers new moments."""
    more = move.extends
    if more is None:
        return
    lapses = bool(around.version.machine.step(move.path).on_lapse)
    visit = {"case_id": around.case.id, "path": move.path, "visit": move.visit}
    for task in session.execute(_DATED, visit).all():
        was_due = task.due_at.astimezone(around.now.tzinfo)
        due = around.calendar.due(was_due, more, task.week, facts=facts)
        values = {"id": task.id, "due_at": due.at, "explained": journal.canonical(due.explained)}
        session.execute(_POSTPONE, values)
        opened = Opened(move.path, move.visit, task.seat, task.party, more, lapses)
        moved = [
            {**visit, "seat": task.seat, "kind": timer.kind, "due_at": timer.due_at}
            for timer in _timers(around, opened, task.opened_at, due, task.week)
            if timer.due_at > around.now
        ]
        if moved:
            session.execute(_RETIME, moved)


def _opening(
    around: Surroundings,
    opened: Opened,
    facts: Mapping[str, Fact],
    position_id: int,
    addressee: Addressee,
    picked: Iterator[int],
) -> Opening:
    due = None
    if opened.within is not None:
        due = around.calendar.due(around.now, opened.within, addressee.week, facts=facts)
    seats = around.version.machine.step(opened.path).seats
    is_picked = seats is not None and seats.count == "picked"
    is_judged = opened.party in around.version.judging
    is_own = is_judged and addressee.agency_id in around.case.owner_line
    return Opening(
        opened=opened,
        position_id=position_id,
        addressee=addressee,
        due=due,
        assignee_id=next(picked, None) if is_picked else None,
        is_attended=addressee.is_attended and not is_own,
    )


def _timers(
    around: Surroundings, opened: Opened, opened_at: datetime, due: Due | None, week: str
) -> list[TimerRow]:
    return timers.rows(
        around.version.definition,
        opened=opened,
        opened_at=opened_at,
        due=due,
        calendar=around.calendar,
        week=week,
    )


_DATED = text("""
    SELECT tasks.id, tasks.seat, tasks.party, tasks.opened_at, tasks.due_at, agencies.week
    FROM tasks JOIN positions ON positions.id = tasks.position_id
    JOIN agencies ON agencies.id = positions.agency_id
    WHERE tasks.case_id = :case_id AND tasks.path = :path AND tasks.visit = :visit
      AND tasks.status = 'open' AND tasks.due_at IS NOT NULL
""")
_POSTPONE = text("""
    UPDATE tasks SET due_at = :due_at, rank_at = :due_at, due_explained = CAST(:explained AS jsonb)
    WHERE id = :id
""")
_RETIME = text("""
    INSERT INTO timers (case_id, path, visit, seat, kind, due_at, status)
    VALUES (:case_id, :path, :visit, :seat, :kind, :due_at, 'waiting')
    ON CONFLICT (case_id, path, visit, seat, kind)
    DO UPDATE SET due_at = excluded.due_at, status = 'waiting', fired_at = NULL
""")
