"""Hours in which the system could not be used: declared by an administrator, with a reason.

What follows for deadlines is left to a message, in the same commit: `deadlines.give_back`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import outbox
from workflow.errors import Invalid, Problem
from workflow.models import Outage
from workflow.models.base import Json

OUTAGE = "outage"
"""The kind of message that moves the deadlines of an outage."""

SHORTEST_REASON = 10


def read(typed: Mapping[str, str], *, by: int, now: datetime) -> Outage:
    """The outage that was typed: `day`, `from_time`, `until_time` and `reason`. Writes nothing.

    Raises Invalid with everything that is wrong with it.
    """
    problems: list[Problem] = []
    day = _day(typed, problems)
    begins = _time(typed, "from_time", problems)
    ends = _time(typed, "until_time", problems)
    reason = typed.get("reason", "").strip()
    if len(reason) < SHORTEST_REASON:
        problems.append(Problem("reason", "too_short", {"least": SHORTEST_REASON}))
    if begins is not None and ends is not None and ends <= begins:
        problems.append(Problem("until_time", "until_before_from"))
    if problems or day is None or begins is None or ends is None:
        raise Invalid(*problems)
    return Outage(
        starts_at=_moment(day, begins, now.tzinfo),
        ends_at=_moment(day, ends, now.tzinfo),
        reason=reason,
        declared_at=now,
        declared_by=by,
    )


def declare(session: Session, outage: Outage) -> Outage:
    """Write down an outage that was read; the deadlines that fell in it move after the commit."""
    session.add(outage)
    session.flush()  # its number names the message
    about, key = {"outage_id": outage.id}, f"{OUTAGE}:{outage.id}"
    outbox.post(session, [outbox.row(OUTAGE, key, about, outage.declared_at)])
    return outage


def listed(session: Session) -> list[Outage]:
    """All outages, the latest first."""
    return list(session.scalars(select(Outage).order_by(Outage.starts_at.desc(), Outage.id.desc())))


def told(outage: Outage) -> Json:
    """What an event and an explained due time say of it."""
    return {
        "id": outage.id,
        "starts_at": outage.starts_at.isoformat(),
        "ends_at": outage.ends_at.isoformat(),
        "reason": outage.reason,
    }


def _day(typed: Mapping[str, str], problems: list[Problem]) -> date | None:
    try:
        return date.fromisoformat(typed.get("day", "").strip())
    except ValueError:
        problems.append(Problem("day", "not_a_date"))
        return None


def _time(typed: Mapping[str, str], name: str, problems: list[Problem]) -> time | None:
    """A time of the day, written with a colon or, as here, with a full stop."""
    try:
        return time.fromisoformat(typed.get(name, "").strip().replace(".", ":"))
    except ValueError:
        problems.append(Problem(name, "not_a_time"))
        return None


def _moment(day: date, at: time, zone: tzinfo | None) -> datetime:
    return datetime.combine(day, at.replace(tzinfo=None), zone)
