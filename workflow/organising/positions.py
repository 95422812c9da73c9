"""Positions: made, renamed, put under others, closed and opened again. Appoints nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow import agency_years, setting_changes
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import Agency, Appointment, FormerTitle, Position, Task
from workflow.models.case import TaskStatus
from workflow.typed import Typed

POST = r"[a-z]+(_[a-z]+)*"
LONGEST_POST, LONGEST_TITLE, LONGEST_DECREE, LONGEST_REASON = 48, 200, 300, 300
MOST_PLACES = 100
DAY = timedelta(days=1)


class Change(StrEnum):
    """What was done to a position."""

    MADE = "made"
    RENAMED = "renamed"
    CORRECTED = "corrected"
    CHANGED = "changed"
    CLOSED = "closed"
    OPENED = "opened"


@dataclass(frozen=True, slots=True)
class TitleView:
    """What a position is called from a day until a day; ever before or after without one."""

    title: str
    valid_from: date | None
    valid_until: date | None


def subject(position_id: int) -> str:
    """By what the journal of settings knows a position."""
    return f"position:{position_id}"


def position(session: Session, position_id: int) -> Position:
    """One position. Raises NotFound."""
    found = session.get(Position, position_id)
    if found is None:
        raise NotFound(f"position {position_id}")
    return found


def titles(session: Session, agency_ids: Iterable[int]) -> dict[int, list[TitleView]]:
    """The titles through time of those positions that had several, the last first."""
    query = (
        select(FormerTitle, Position.title)
        .join(Position, Position.id == FormerTitle.position_id)
        .where(Position.agency_id.in_(list(agency_ids)))
        .order_by(FormerTitle.position_id, FormerTitle.valid_until.desc())
    )
    found: dict[int, list[TitleView]] = {}
    for former, last in session.execute(query):
        held = found.setdefault(former.position_id, [TitleView(last, None, None)])
        held[-1] = replace(held[-1], valid_from=former.valid_until + DAY)
        held.append(TitleView(former.title, None, former.valid_until))
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
    title = form.text("title", most=LONGEST_TITLE)
    superior_id, places = _described(session, form)
    ended_on = agency_years.ended_on(session, agency_id, now.date())
    if ended_on is not None:
        form.wrong("post", "agency_closed", day=ended_on)
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


def rename(
    session: Session, position_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> bool:
    """Let the position bear a new title from a day on; without a day the last one is put right.

    `typed` holds `title`, `valid_from` and `decree`. False when it bears that title already.
    Raises NotFound and Invalid.
    """
    renamed = _lock(session, position_id)
    form = Typed(typed)
    title = form.text("title", most=LONGEST_TITLE)
    valid_from = form.day("valid_from", is_needed=False)
    decree = form.text("decree", most=LONGEST_DECREE)
    since = _titled_since(session, position_id)
    if valid_from is not None and since is not None and valid_from < since:
        form.wrong("valid_from", "before_the_last_name", day=since)
    form.raise_problems()
    if title == renamed.title:
        return False
    what = {"name": title, "before": renamed.title, "decree": decree}
    kind = Change.CORRECTED
    if valid_from is not None and valid_from != since:
        session.add(
            FormerTitle(position_id=position_id, title=renamed.title, valid_until=valid_from - DAY)
        )
        what["from"], kind = valid_from.isoformat(), Change.RENAMED
    renamed.title = title
    setting_changes.note(session, subject(position_id), kind, by, now, what)
    session.flush()
    return True


def change(
    session: Session, position_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> None:
    """Change `superior_id` and `places`. Raises NotFound and Invalid."""
    changed = _lock(session, position_id)
    form = Typed(typed)
    superior_id, places = _described(session, form)
    if superior_id is not None and position_id in line(session, superior_id):
        form.wrong("superior_id", "under_itself")
    form.raise_problems()
    what = {
        name: {"from": before, "to": after}
        for name, before, after in (
            ("superior_id", changed.superior_id, superior_id),
            ("places", changed.places, places),
        )
        if before != after
    }
    if not what:
        return
    changed.superior_id, changed.places = superior_id, places
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
    """Let people be appointed to a closed position again.

    Raises NotFound, and Invalid when its agency is no more.
    """
    opened = _lock(session, position_id)
    if opened.closed_on is None:
        return
    ended_on = agency_years.ended_on(session, opened.agency_id, now.date())
    if ended_on is not None:
        raise Invalid(Problem("position", "agency_closed", {"day": ended_on}))
    opened.closed_on = opened.followed_by_id = None
    setting_changes.note(session, subject(position_id), Change.OPENED, by, now)
    session.flush()


def _titled_since(session: Session, position_id: int) -> date | None:
    """The first day of the last title, if there was one before."""
    last = select(func.max(FormerTitle.valid_until)).where(FormerTitle.position_id == position_id)
    until = session.scalar(last)
    return None if until is None else until + DAY


def _described(session: Session, form: Typed) -> tuple[int | None, int]:
    superior_id = form.number("superior_id", is_needed=False)
    places = form.number("places")
    if superior_id is not None and session.get(Position, superior_id) is None:
        form.wrong("superior_id", "unknown_choice")
    if places is not None and not 1 <= places <= MOST_PLACES:
        form.wrong("places", "out_of_range", least=1, most=MOST_PLACES)
    return superior_id, places or 1


def line(session: Session, position_id: int) -> list[int]:
    """The position and those above it, without going round in a circle."""
    found: list[int] = []
    above: int | None = position_id
    while above is not None and above not in found:
        found.append(above)
        above = session.scalar(select(Position.superior_id).where(Position.id == above))
    return found


def _lock(session: Session, position_id: int) -> Position:
    found = session.get(Position, position_id, with_for_update=True)
    if found is None:
        raise NotFound(f"position {position_id}")
    return found
