"""Counts the deadlines of open tasks again after the calendar has changed, or after an outage.

A deadline moves later or stays: a day that became closed gives its time back, and nobody becomes
late because somebody else edited the calendar. Closed tasks stay as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.orm import Session, sessionmaker

from workflow import cases, journal, notifications, organisation, outages, versions
from workflow.calendar import Calendar, Due
from workflow.cases import CaseState
from workflow.engine import postponing
from workflow.engine.postponing import Dated
from workflow.models import Outage, Position, Task
from workflow.models.base import Json
from workflow.models.case import TaskStatus
from workflow.notifications import Told, audience
from workflow.organisation import AgencyView

MOVED = "deadlines_moved"
"""The kind of event that a case's journal gets."""

WEEK_CHANGED = "week_changed"
"""The kind of matter that holders are told when their agency works by another week."""

REWEEK = "reweek"
"""The kind of message that asks for an agency's deadlines to be counted over its new week."""

RECOUNT = "recount"
"""The kind of message in the outbox that asks for all deadlines to be counted again."""


BATCH = 200
"""Cases that one message counts: a few seconds of work, far from the time limit of a delivery."""


class Recounted(NamedTuple):
    """How many tasks have more time now, and after which case to go on, if any may be left."""

    moved: int
    after_case_id: int | None


@dataclass(frozen=True, slots=True)
class _Moved:
    task: Dated
    due: Due

    def told(self) -> Json:
        """What the event says of it."""
        return {
            "path": self.task.path,
            "visit": self.task.visit,
            "seat": self.task.seat,
            "party": self.task.party,
            "from": self.task.due_at,
            "to": self.due.at,
        }


@dataclass(frozen=True, slots=True)
class _Cause:
    """Why deadlines move: the matter of which holders are told (kind, key, values), what the event
    says of it besides, and who did it.
    """

    matter: tuple[str, str, Json]
    told: Json = field(default_factory=dict)
    person_id: int | None = None


def recount(sessions: sessionmaker[Session], now: datetime, *, after_case_id: int = 0) -> Recounted:
    """Count the open deadlines of the next cases again, no more than a batch of them.

    Commits after each case, so that decisions wait for none but their own.
    """
    with sessions() as session:
        calendar = Calendar.load(session)

    def count(session: Session, case_id: int) -> int:
        return recount_case(session, case_id, calendar, now)

    return _batch(sessions, count, after_case_id)


def reweek(
    sessions: sessionmaker[Session], now: datetime, *, agency_id: int, after_case_id: int = 0
) -> Recounted:
    """Count the open deadlines of an agency again, over the week that it works by now.

    A batch of cases at most; commits after each. Done twice, it changes nothing more.
    """
    with sessions() as session:
        calendar = Calendar.load(session)
        agency = organisation.agency(session, agency_id, now.date())

    def count(session: Session, case_id: int) -> int:
        return reweek_case(session, case_id, agency, calendar, now)

    return _batch(sessions, count, after_case_id, agency_id)


def reweek_case(
    session: Session, case_id: int, agency: AgencyView, calendar: Calendar, now: datetime
) -> int:
    """Count an agency's deadlines of one case over its week; returns how many moved.

    Locks the case.
    """
    case = cases.lock(session, case_id)
    own = set(session.scalars(_OWN_TASKS, {"case": case_id, "agency": agency.id}))
    counted = [
        _Moved(task, in_week(calendar, task.due_explained, agency.week, now.tzinfo))
        for task in postponing.dated(session, case_id)
        if task.id in own
    ]
    moved = [one for one in counted if one.due.at > one.task.due_at]
    key = f"{WEEK_CHANGED}:{agency.id}:{agency.week}:{now.date().isoformat()}"
    cause = _Cause(
        (WEEK_CHANGED, key, {"agency": agency.name}),
        {"week": {"agency": agency.name, "week": agency.week}},
    )
    return _postpone(session, case, calendar, moved, cause, now)


def in_week(calendar: Calendar, explained: Json, week: str, zone: tzinfo | None) -> Due:
    """The due time from the same start by the same durations, in the hours of another week."""
    return postponing.counted_again(calendar, _reweeked(explained, week), zone)


def _reweeked(explained: Json, week: str) -> Json:
    earlier = explained.get("earlier")
    changed = {**explained, "week": week}
    return changed if earlier is None else {**changed, "earlier": _reweeked(earlier, week)}


def recount_case(session: Session, case_id: int, calendar: Calendar, now: datetime) -> int:
    """Count the open deadlines of one case again; returns how many moved. Locks the case."""
    case = cases.lock(session, case_id)
    counted = [
        _Moved(task, postponing.counted_again(calendar, task.due_explained, now.tzinfo))
        for task in postponing.dated(session, case_id)
    ]
    moved = [one for one in counted if one.due.at > one.task.due_at]
    for one in counted:
        if one.due.at == one.task.due_at and one.due.explained != one.task.due_explained:
            postponing.explain(session, one.task, one.due)
    cause = _Cause((MOVED, f"{MOVED}:{calendar.version}", {"version": calendar.version}))
    return _postpone(session, case, calendar, moved, cause, now)


def give_back(
    sessions: sessionmaker[Session], now: datetime, *, outage_id: int, after_case_id: int = 0
) -> Recounted:
    """Move the open deadlines of the next cases that fell in an outage, a batch of them at most.

    Commits after each case. Done twice, it changes nothing more.
    """
    with sessions() as session:
        calendar = Calendar.load(session)
        outage = session.get_one(Outage, outage_id)

    def give(session: Session, case_id: int) -> int:
        return give_back_to(session, case_id, outage, calendar, now)

    return _batch(sessions, give, after_case_id)


def give_back_to(
    session: Session, case_id: int, outage: Outage, calendar: Calendar, now: datetime
) -> int:
    """Move the deadlines of one case that fell in an outage; returns how many. Locks the case."""
    case = cases.lock(session, case_id)
    named = outages.told(outage)
    moved = []
    for task in postponing.dated(session, case_id):
        was = Due(task.due_at.astimezone(now.tzinfo), task.due_explained, provisional=False)
        due = postponing.after_outage(calendar, was, task.week, named, now.tzinfo)
        if due.at > was.at:
            moved.append(_Moved(task, due))
    matter = ("outage", f"outage:{outage.id}", {"reason": outage.reason})
    cause = _Cause(matter, {"outage": named}, outage.declared_by)
    return _postpone(session, case, calendar, moved, cause, now)


def _batch(
    sessions: sessionmaker[Session],
    count: Callable[[Session, int], int],
    after_case_id: int,
    agency_id: int | None = None,
) -> Recounted:
    """Count the next cases with open deadlines, of all agencies or of one's tasks, one by one."""
    asked = {"after": after_case_id, "most": BATCH, "agency": agency_id}
    with sessions() as session:
        case_ids = session.scalars(_CASES, asked).all()
    moved = 0
    for case_id in case_ids:
        with sessions.begin() as session:
            moved += count(session, case_id)
    return Recounted(moved, case_ids[-1] if len(case_ids) == BATCH else None)


def _postpone(
    session: Session,
    case: CaseState,
    calendar: Calendar,
    moved: list[_Moved],
    cause: _Cause,
    now: datetime,
) -> int:
    """Give the tasks their later due times, write down why, and tell; returns how many."""
    if not moved:
        return 0
    version = versions.of(session, case)
    for one in moved:
        postponing.postpone(session, version, calendar, one.task, one.due, now)
    journal.append(
        session,
        case,
        MOVED,
        at=now,
        person_id=cause.person_id,
        appointment_id=None,
        payload={"moved": [one.told() for one in moved], **cause.told},
    )
    _tell(session, case.id, moved, cause.matter, now)
    return len(moved)


def _tell(
    session: Session,
    case_id: int,
    moved: list[_Moved],
    matter: tuple[str, str, Json],
    now: datetime,
) -> None:
    """Tell the holders: each once of one matter, however many tasks moved."""
    places = {(one.task.path, one.task.visit, one.task.seat) for one in moved}
    waiting = cases.open_tasks(session, case_id, now)
    tasks = [task for place, task in waiting.items() if place in places]
    people = {person for held in audience.holders(session, case_id, tasks, now) for person in held}
    told = [Told(person_id, None, *matter) for person_id in sorted(people)]
    notifications.tell(session, told, now)


_agency = bindparam("agency", type_=BigInteger)
_OWN_TASKS = (
    select(Task.id)
    .join(Position, Position.id == Task.position_id)
    .where(Task.case_id == bindparam("case"), Position.agency_id == bindparam("agency"))
)
_CASES = (
    select(Task.case_id)
    .join(Position, Position.id == Task.position_id)
    .where(
        Task.status == TaskStatus.OPEN,
        Task.due_at.is_not(None),
        Task.case_id > bindparam("after"),
        _agency.is_(None) | (Position.agency_id == _agency),
    )
    .group_by(Task.case_id)
    .order_by(Task.case_id)
    .limit(bindparam("most"))
)
