"""Agencies: founded, renamed from a day on, put under others, closed.

A name holds from a day until the day before the next one, so that what happened keeps the name of
its day. Rows are locked before they are judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from workflow import parties, setting_changes
from workflow.errors import NotFound
from workflow.models import (
    Agency,
    AgencyFunction,
    AgencyName,
    Appointment,
    Case,
    Position,
    Succession,
    Task,
    WorkWeek,
)
from workflow.models.case import TaskStatus
from workflow.models.succession import goes_to, waiting
from workflow.organisation import valid_on
from workflow.typed import Typed

CODE = r"[a-z0-9]+([.-][a-z0-9]+)*"
LONGEST_CODE, LONGEST_NAME, LONGEST_SHORT, LONGEST_DECREE = 48, 200, 60, 300
RESERVED = frozenset({"owner"})
"""A code that definitions give another meaning."""
DAY = timedelta(days=1)


class Change(StrEnum):
    """What was done to an agency."""

    FOUNDED = "founded"
    RENAMED = "renamed"
    CORRECTED = "corrected"
    MOVED = "moved"
    FUNCTION_GIVEN = "function_given"
    WEEK_CHANGED = "week_changed"
    CLOSED = "closed"
    SUCCEEDED = "succeeded"


def subject(agency_id: int) -> str:
    """By what the journal of settings knows an agency."""
    return f"agency:{agency_id}"


def found(session: Session, typed: Mapping[str, str], *, by: int, now: datetime) -> int:
    """Add an agency under its first name; returns its number.

    `typed` holds `code`, `name`, `short_name`, `valid_from`, `parent_id`, `week` and `decree`.
    Raises Invalid with everything that is wrong with them.
    """
    form = Typed(typed)
    code = form.word("code", CODE, most=LONGEST_CODE)
    name, short_name = _names(form)
    valid_from = form.day("valid_from")
    parent_id = form.number("parent_id", is_needed=False)
    week = form.text("week")
    decree = form.text("decree", most=LONGEST_DECREE)
    if code and _is_taken(session, code):
        form.wrong("code", "code_taken")
    if week and session.get(WorkWeek, week) is None:
        form.wrong("week", "unknown_choice")
    if parent_id is not None and session.get(Agency, parent_id) is None:
        form.wrong("parent_id", "unknown_choice")
    if valid_from is not None:
        _refuse_same_name(session, form, name, valid_from)
    form.raise_problems()
    assert valid_from is not None
    agency = Agency(code=code, parent_id=parent_id, week=week)
    session.add(agency)
    session.flush()  # its number is needed for its name
    session.add(
        AgencyName(agency_id=agency.id, name=name, short_name=short_name, valid_from=valid_from)
    )
    what = {"name": name, "from": valid_from.isoformat(), "decree": decree}
    setting_changes.note(session, subject(agency.id), Change.FOUNDED, by, now, what)
    session.flush()
    return agency.id


def rename(
    session: Session, agency_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> None:
    """Let the agency bear a new name from a day on; the very first day of the last one corrects it.

    `typed` holds `name`, `short_name`, `valid_from` and `decree`. Raises NotFound and Invalid.
    """
    lock(session, agency_id)
    form = Typed(typed)
    name, short_name = _names(form)
    valid_from = form.day("valid_from")
    decree = form.text("decree", most=LONGEST_DECREE)
    last = _last_name(session, agency_id)
    if valid_from is not None and valid_from < last.valid_from:
        form.wrong("valid_from", "before_the_last_name", day=last.valid_from)
    if last.valid_until is not None:
        form.wrong("valid_from", "agency_closed", day=last.valid_until)
    if valid_from is not None:
        _refuse_same_name(session, form, name, valid_from, besides=agency_id)
    form.raise_problems()
    assert valid_from is not None
    what = {"name": name, "before": last.name, "from": valid_from.isoformat(), "decree": decree}
    if valid_from == last.valid_from:
        last.name, last.short_name = name, short_name
    else:
        last.valid_until = valid_from - DAY
        session.add(
            AgencyName(agency_id=agency_id, name=name, short_name=short_name, valid_from=valid_from)
        )
    kind = Change.CORRECTED if valid_from == last.valid_from else Change.RENAMED
    setting_changes.note(session, subject(agency_id), kind, by, now, what)
    session.flush()


def move(
    session: Session, agency_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> None:
    """Put the agency under another (`parent_id`), or under none. Raises NotFound and Invalid.

    Cases that run keep the line of agencies that they began with.
    """
    agency = lock(session, agency_id)
    form = Typed(typed)
    parent_id = form.number("parent_id", is_needed=False)
    decree = form.text("decree", most=LONGEST_DECREE)
    if parent_id is not None:
        if session.get(Agency, parent_id) is None:
            form.wrong("parent_id", "unknown_choice")
        elif agency_id in parties.owner_line(session, parent_id):
            form.wrong("parent_id", "under_itself")
    form.raise_problems()
    what = {"from": agency.parent_id, "to": parent_id, "decree": decree}
    agency.parent_id = parent_id
    setting_changes.note(session, subject(agency_id), Change.MOVED, by, now, what)
    session.flush()


def close(
    session: Session, agency_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> None:
    """Let the agency be no more from today on, when nothing hangs on it. Raises NotFound, Invalid.

    `typed` holds `decree`. An agency with cases, tasks or people is merged or split instead.
    """
    lock(session, agency_id)
    form = Typed(typed)
    decree = form.text("decree", most=LONGEST_DECREE)
    today = now.date()
    for code, count in _what_hangs_on(session, agency_id, today):
        if count:
            form.wrong("decree", code, number=count)
    last = _last_name(session, agency_id)
    if last.valid_until is not None and last.valid_until < today:
        form.wrong("decree", "agency_closed", day=last.valid_until)
    form.raise_problems()
    end_names(session, agency_id, today - DAY)
    for position in session.scalars(_open_positions(agency_id, today)):
        position.closed_on = today - DAY
    setting_changes.note(session, subject(agency_id), Change.CLOSED, by, now, {"decree": decree})
    session.flush()


def end_names(session: Session, agency_id: int, last_day: date) -> None:
    """Let no name of the agency hold after the day; one that was to come never held."""
    for name in session.scalars(select(AgencyName).where(AgencyName.agency_id == agency_id)):
        if name.valid_until is None or name.valid_until > last_day:
            name.valid_until = max(last_day, name.valid_from - DAY)


def _what_hangs_on(session: Session, agency_id: int, today: date) -> list[tuple[str, int]]:
    """What keeps an agency from being closed, as codes with how many there are."""
    tasks = (
        select(func.count(Task.id))
        .join(Position, Position.id == Task.position_id)
        .where(Position.agency_id == agency_id, Task.status == TaskStatus.OPEN)
    )
    held = (
        select(func.count(Appointment.id))
        .join(Position, Position.id == Appointment.position_id)
        .where(Position.agency_id == agency_id, _not_over(today))
    )
    functions = select(func.count(AgencyFunction.id)).where(
        AgencyFunction.agency_id == agency_id,
        AgencyFunction.valid_until.is_(None) | (AgencyFunction.valid_until >= today),
    )
    children = (
        select(func.count(Agency.id))
        .join(AgencyName, AgencyName.agency_id == Agency.id)
        .where(
            Agency.parent_id == agency_id,
            valid_on(today, AgencyName.valid_from, AgencyName.valid_until),
        )
    )
    successions = select(func.count(Succession.id)).where(
        waiting(), or_(Succession.agency_id == agency_id, goes_to(agency_id))
    )
    cases = select(func.count(Case.id)).where(Case.agency_id == agency_id, Case.outcome.is_(None))
    asked = {
        "has_cases": cases,
        "has_tasks": tasks,
        "has_holders": held,
        "has_functions": functions,
        "has_children": children,
        "has_successions": successions,
    }
    return [(code, session.scalar(query) or 0) for code, query in asked.items()]


def _not_over(today: date) -> ColumnElement[bool]:
    return Appointment.ends_on.is_(None) | (Appointment.ends_on >= today)


def _open_positions(agency_id: int, today: date) -> Select[Position]:
    return select(Position).where(
        Position.agency_id == agency_id,
        Position.closed_on.is_(None) | (Position.closed_on >= today),
    )


def lock(session: Session, agency_id: int) -> Agency:
    """The agency, which nobody else changes until the transaction ends. Raises NotFound."""
    agency = session.get(Agency, agency_id, with_for_update=True)
    if agency is None:
        raise NotFound(f"agency {agency_id}")
    return agency


def _last_name(session: Session, agency_id: int) -> AgencyName:
    return session.scalars(
        select(AgencyName)
        .where(AgencyName.agency_id == agency_id)
        .order_by(AgencyName.valid_from.desc())
        .limit(1)
    ).one()


def _names(form: Typed) -> tuple[str, str]:
    return (
        form.text("name", most=LONGEST_NAME),
        form.text("short_name", most=LONGEST_SHORT),
    )


def _is_taken(session: Session, code: str) -> bool:
    """Whether definitions would not know whom the code means."""
    known = select(Agency.id).where(Agency.code == code)
    function = select(AgencyFunction.id).where(AgencyFunction.function == code)
    return code in RESERVED or session.scalar(known.union_all(function).limit(1)) is not None


def _refuse_same_name(
    session: Session, form: Typed, name: str, day: date, *, besides: int | None = None
) -> None:
    same = select(AgencyName.id).where(
        func.lower(AgencyName.name) == name.lower(),
        AgencyName.valid_until.is_(None) | (AgencyName.valid_until >= day),
        AgencyName.agency_id != (besides or 0),
    )
    if name and session.scalar(same.limit(1)) is not None:
        form.wrong("name", "name_taken")
