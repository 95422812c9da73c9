"""A late task goes to its position's superior, or to the officer who acts for the holder.

Nothing is decided by it: the task, its due time and its timers stay as they are. Where nobody is
there who may do the task, it stays where it is and those above are told.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from workflow import cases, journal, parties, reading, timers, versions
from workflow.cases import CaseState
from workflow.due_timers import DueTimer
from workflow.eligibility import Asked, Eligibility
from workflow.models.base import Json
from workflow.models.organisation import TITLE_ON
from workflow.parties import Holding
from workflow.versions import Version


class Goal(NamedTuple):
    """Whose the task becomes: a position, or one person of the position that it has."""

    position_id: int
    title: str
    person_id: int | None


def reassign(session: Session, timer: DueTimer, now: datetime) -> None:
    """Move a late task as the definition says, or escalate it where it cannot go."""
    case = cases.lock(session, timer.case_id)
    version = versions.of(session, case)
    found = goal(session, case, version, timer, now.date())
    payload: Json = {**timer.told(), "to": _to(version, timer)}
    kind = timers.ESCALATED
    if found is not None:
        kind = timers.REASSIGNED
        payload |= {"position_id": found.position_id, "position": found.title}
        payload |= {"from_position_id": timer.position_id, "from_position": timer.position}
        payload["assignee_id"] = found.person_id
        place = {"case_id": case.id, "path": timer.path, "visit": timer.visit, "seat": timer.seat}
        given = {"position_id": found.position_id, "assignee_id": found.person_id}
        session.execute(_GIVE, {**place, **given})
    journal.announce(session, case, kind, payload, now)


def goal(
    session: Session, case: CaseState, version: Version, timer: DueTimer, day: date
) -> Goal | None:
    """Whose the task becomes when this timer fires; None: it stays where it is. Reads only."""
    find = _superior if _to(version, timer) == "superior" else _acting
    return find(session, case, version, timer, day)


def _to(version: Version, timer: DueTimer) -> str:
    return version.definition.escalations[int(timer.kind.rpartition(".")[2])].to


def _superior(
    session: Session, case: CaseState, version: Version, timer: DueTimer, day: date
) -> Goal | None:
    """The position above, when somebody there may do the task."""
    row = _above(session, timer.position_id, day)
    if row is None:
        return None
    held = _held(session, row.id, day)
    asked = Asked(version.definition.hat(timer.party), row.agency_id, row.title)
    able = Eligibility.of(case, version).eligible(held, asked)
    return Goal(row.id, row.title, None) if able else None


def _acting(
    session: Session, case: CaseState, version: Version, timer: DueTimer, day: date
) -> Goal | None:
    """The officer who acts at the position itself, when there is one who may do the task."""
    held = _held(session, timer.position_id, day)
    acting = [one for one in held if one.capacity.is_acting]
    agency_id = _agency(session, timer.position_id)
    asked = Asked(version.definition.hat(timer.party), agency_id, timer.position)
    able = Eligibility.of(case, version).eligible(acting, asked)
    return Goal(timer.position_id, timer.position, able[-1].person_id) if able else None


def _above(session: Session, position_id: int, day: date) -> Row[Any] | None:
    asked = {"position_id": position_id, "day": day}
    return reading.once(
        session,
        ("superior", position_id, day),
        lambda: session.execute(_SUPERIOR, asked).one_or_none(),
    )


def _agency(session: Session, position_id: int) -> int:
    def ask() -> int:
        agency_id: int = session.execute(_AGENCY, {"position_id": position_id}).scalar_one()
        return agency_id

    return reading.once(session, ("agency", position_id), ask)


def _held(session: Session, position_id: int, day: date) -> list[Holding]:
    return reading.once(
        session,
        ("holdings", position_id, day),
        lambda: parties.holdings(session, [position_id], day)[position_id],
    )


_SUPERIOR = text(f"""
    SELECT above.id, {TITLE_ON.format(positions="above", day=":day")} AS title, above.agency_id
    FROM positions JOIN positions AS above ON above.id = positions.superior_id
    WHERE positions.id = :position_id
""")  # noqa: S608
_AGENCY = text("SELECT agency_id FROM positions WHERE id = :position_id")
_GIVE = text("""
    UPDATE tasks SET position_id = :position_id, assignee_id = :assignee_id
    WHERE case_id = :case_id AND path = :path AND visit = :visit AND seat = :seat
      AND status = 'open'
""")
