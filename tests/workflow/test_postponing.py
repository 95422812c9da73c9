"""More time rests on the time before it, and what was told already is not told again in vain."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from states import library
from tests.workflow.factories import City
from tests.workflow.sweeping import fire_due
from tests.workflow.test_sweep import sent_back
from workflow import deadlines, journal, timers
from workflow.calendar import Calendar
from workflow.errors import Refused
from workflow.models import ClosedDay, Task, Timer
from workflow.models.case import TimerStatus

pytestmark = pytest.mark.postgres15


def at(written: str) -> datetime:
    return datetime.fromisoformat(f"{written}+07:00")


@pytest.fixture
def returned(session: Session, now: datetime) -> tuple[City, int]:
    """A case that its agency has to revise until Monday in a week."""
    city = City.founded(session, now)
    case_id = city.case(city.publish(library.text("program-proposal")), now)
    city.act(case_id, "operator.dinkes", "forward", now)
    city.act(case_id, "secretary.dinkes", "initial", now)
    sent_back(city, case_id, now)
    return city, case_id


def revising(session: Session) -> Task:
    session.expire_all()
    return session.scalars(select(Task).where(Task.path == "revising")).one()


def timer(session: Session, kind: str) -> Timer:
    session.expire_all()
    query = select(Timer).where(Timer.path == "revising", Timer.kind == kind)
    return session.scalars(query).one()


def test_an_extension_keeps_how_the_time_before_it_was_counted(
    session: Session, now: datetime, returned: tuple[City, int]
) -> None:
    city, case_id = returned
    first = revising(session)
    told = first.due_explained
    city.act(case_id, "reviewer.bapperida", "extend", now, reason="Menunggu data")
    task = revising(session)
    assert task.due_at == at("2026-12-07T16:00")
    assert task.due_explained is not None
    assert task.due_explained["earlier"] == told
    assert task.due_explained["start"] == "2026-11-30T16:00:00+07:00"


def test_closed_days_in_both_parts_give_their_time_back(
    session: Session, now: datetime, returned: tuple[City, int]
) -> None:
    city, case_id = returned
    city.act(case_id, "reviewer.bapperida", "extend", now, reason="Menunggu data")
    for day in (date(2026, 11, 25), date(2026, 12, 2)):
        session.add(ClosedDay(day=day, kind="disaster", name="Banjir", decree="Perwali 5"))
    session.flush()
    calendar = Calendar.load(session)
    assert deadlines.recount_case(session, case_id, calendar, now) == 1
    task = revising(session)
    assert task.due_at == task.rank_at == at("2026-12-09T16:00")
    assert timer(session, timers.LAPSE).due_at == task.due_at
    assert task.due_explained is not None
    assert task.due_explained["start"] == "2026-12-01T16:00:00+07:00"
    assert deadlines.recount_case(session, case_id, calendar, now) == 0
    assert list(journal.verify(session)) == []


def test_half_way_is_told_once_and_the_due_day_again_when_it_is_another(
    session: Session, now: datetime, returned: tuple[City, int]
) -> None:
    city, case_id = returned
    half_way, due_day = at("2026-11-26T07:30"), at("2026-11-30T07:30")
    assert fire_due(session, case_id, half_way) == ["reminder.0"]
    assert fire_due(session, case_id, due_day) == ["reminder.1"]
    city.act(case_id, "reviewer.bapperida", "extend", due_day, reason="Menunggu data")
    assert timer(session, "reminder.0").status == TimerStatus.FIRED
    assert timer(session, "reminder.0").due_at == half_way
    again = timer(session, "reminder.1")
    assert (again.status, again.due_at) == (TimerStatus.WAITING, at("2026-12-07T07:30"))
    assert again.fired_at is None


def test_what_has_fired_and_does_not_move_stays_fired(
    session: Session, now: datetime, returned: tuple[City, int]
) -> None:
    _, case_id = returned
    due_day = at("2026-11-30T07:30")
    assert fire_due(session, case_id, due_day) == ["reminder.1"]
    session.add(ClosedDay(day=date(2026, 12, 2), kind="city_day", name="Kota", decree="Perwali 5"))
    session.flush()
    deadlines.recount_case(session, case_id, Calendar.load(session), due_day)
    assert timer(session, "reminder.1").status == TimerStatus.FIRED
    assert timer(session, "escalation.1").status == TimerStatus.WAITING


def test_more_time_needs_a_reason_and_is_granted_once(
    session: Session, now: datetime, returned: tuple[City, int]
) -> None:
    city, case_id = returned
    with pytest.raises(Refused) as unexplained:
        city.act(case_id, "reviewer.bapperida", "extend", now)
    assert [reason.code for reason in unexplained.value.reasons] == ["needs_missing"]
    with pytest.raises(Refused) as elsewhere:
        city.act(case_id, "operator.dinkes", "extend", now, reason="Menunggu data")
    assert "not_your_position" in {reason.code for reason in elsewhere.value.reasons}
    city.act(case_id, "reviewer.bapperida", "extend", now, reason="Menunggu data")
    with pytest.raises(Refused) as again:
        city.act(case_id, "reviewer.bapperida", "extend", now, reason="Masih menunggu")
    assert [reason.code for reason in again.value.reasons] == ["times_used"]
