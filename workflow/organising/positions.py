"""Positions: made, renamed, put under others, closed and opened again. Appoints nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow import setting_changes
from workflow.errors import NotFound
from workflow.models import Agency, Appointment, Position, Task
from workflow.models.case import TaskStatus
from workflow.typed import Typed

POST = r"[a-z]+(_[a-z]+)*"
LONGEST_POST, LONGEST_TITLE, LONGEST_REASON, MOST_PLACES = 48, 200, 300, 100
DAY = timedelta(days=1)


class Change(StrEnum):
    """What was done to a position."""

    MADE = "made"
    CHANGED = "changed"
    CLOSED = "closed"
    OPENED = "opened"


def subject(position_id: int) -> str:
    """By what the journal of settings knows a position."""
    return f"position:{position_id}"


def position(session: Session, position_id: int) -> Position:
    """One position. Raises NotFound."""
    found = session.get(Position, position_id)
    if found is None:
        raise NotFound(f"position {position_id}")
    return found


def make(
    session: Session, agency_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> int:
    """Add a position to an agency; returns its number.

    `typed` holds `post`, `title`, `superior_id` and `places`. Raises NotFound and Invalid.
    """
    if session.get(Agency, agency_id, with_for_update=True) is None:
        raise NotFound(f"agency {agency_id}")
    form = Typed(typed)
    post = form.word("post", POST, most=LONGEST_POST)
    title, superior_id, places = _described(session, form)
    taken = select(Position.id).where(Position.agency_id == agency_id, Position.post == post)
    if post and session.scalar(taken) is not None:
        form.wrong("post", "post_taken")
    form.raise_problems()
    made = Position(
        agency_id=agency_id, post=post, title=title, superior_id=superior_id, places=places
    )
    session.add(made)
    session.flush()  # its number is asked for
    setting_changes.note(session, subject(made.id), Change.MADE, by, now, {"title": title})
    return made.id


def change(
    session: Session, position_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> None:
    """Change `title`, `superior_id` and `places`. Raises NotFound and Invalid.

    What was decided keeps the title of its day: the journal holds it.
    """
    changed = _lock(session, position_id)
    form = Typed(typed)
    title, superior_id, places = _described(session, form)
    if superior_id is not None and position_id in _above(session, superior_id):
        form.wrong("superior_id", "under_itself")
    form.raise_problems()
    what = {
        name: {"from": before, "to": after}
        for name, before, after in (
            ("title", changed.title, title),
            ("superior_id", changed.superior_id, superior_id),
            ("places", changed.places, places),
        )
        if before != after
    }
    if not what:
        return
    changed.title, changed.superior_id, changed.places = title, superior_id, places
    setting_changes.note(session, subject(position_id), Change.CHANGED, by, now, what)
    session.flush()


def close(
    session: Session, position_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> None:
    """Let nobody be appointed to the position from today on. Raises NotFound and Invalid.

    `typed` holds `reason`. Refused while somebody holds it, or while work waits at it.
    """
    closed = _lock(session, position_id)
    form = Typed(typed)
    reason = form.text("reason", most=LONGEST_REASON)
    held = select(func.count(Appointment.id)).where(
        Appointment.position_id == position_id,
        Appointment.ends_on.is_(None) | (Appointment.ends_on >= now.date()),
    )
    tasks = select(func.count(Task.id)).where(
        Task.position_id == position_id, Task.status == TaskStatus.OPEN
    )
    for code, query in (("has_holders", held), ("has_tasks", tasks)):
        if count := session.scalar(query):
            form.wrong("reason", code, number=count)
    if not closed.is_open(now.date()):
        form.wrong("reason", "position_closed")
    form.raise_problems()
    closed.closed_on = now.date() - DAY
    setting_changes.note(session, subject(position_id), Change.CLOSED, by, now, {"reason": reason})
    session.flush()


def reopen(session: Session, position_id: int, *, by: int, now: datetime) -> None:
    """Let people be appointed to a closed position again. Raises NotFound."""
    opened = _lock(session, position_id)
    if opened.closed_on is None:
        return
    opened.closed_on = None
    setting_changes.note(session, subject(position_id), Change.OPENED, by, now)
    session.flush()


def _described(session: Session, form: Typed) -> tuple[str, int | None, int]:
    title = form.text("title", most=LONGEST_TITLE)
    superior_id = form.number("superior_id", is_needed=False)
    places = form.number("places")
    if superior_id is not None and session.get(Position, superior_id) is None:
        form.wrong("superior_id", "unknown_choice")
    if places is not None and not 1 <= places <= MOST_PLACES:
        form.wrong("places", "out_of_range", least=1, most=MOST_PLACES)
    return title, superior_id, places or 1


def _above(session: Session, position_id: int) -> list[int]:
    """The position and those above it, without going round in a circle."""
    line: list[int] = []
    above: int | None = position_id
    while above is not None and above not in line:
        line.append(above)
        above = session.scalar(select(Position.superior_id).where(Position.id == above))
    return line


def _lock(session: Session, position_id: int) -> Position:
    found = session.get(Position, position_id, with_for_update=True)
    if found is None:
        raise NotFound(f"position {position_id}")
    return found
