"""An administrator helps a case by hand, for a reason in its journal, and decides nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.workflow.factories import City
from tests.workflow.test_moving import LONGER, OLD, checking, holds, take_back
from workflow import cases, engine, journal, sweep
from workflow.engine import Mandate
from workflow.errors import Invalid, NotFound, Refused
from workflow.models import Decision, Notification, OutboxMessage, Task, Timer
from workflow.notifications import announcements

WHY = "Pejabat sakit"
LETTER = Mandate("Wali Kota", "800/17/2026", "2026-11-20")


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    city = City.founded(session, now)
    city.person("admin", administers=True)
    return city


@pytest.fixture
def case_id(city: City, now: datetime) -> int:
    return checking(city, city.publish(OLD), now)


def more_time(
    city: City, case_id: int, days: int | None, now: datetime, *, who: str = "admin", why: str = WHY
) -> datetime:
    (task,) = engine.holders(city.session, case_id, now)
    return engine.more_time(
        city.session, case_id, task.task_id, days, why, person_id=city.people[who], now=now
    )


def cancel(
    city: City,
    case_id: int,
    now: datetime,
    letter: Mandate = LETTER,
    *,
    who: str = "admin",
    why: str = WHY,
) -> bool:
    return engine.cancel(city.session, case_id, letter, why, person_id=city.people[who], now=now)


def test_more_time_is_counted_from_the_due_time_and_moves_the_timers(
    city: City, case_id: int, now: datetime
) -> None:
    (before,) = engine.holders(city.session, case_id, now)
    due_at = more_time(city, case_id, 2, now)
    (after,) = engine.holders(city.session, case_id, now)
    assert before.due_at is not None
    assert (before.due_at.date(), due_at.date()) == (date(2026, 11, 27), date(2026, 12, 1))
    assert after.due_at == due_at
    city.session.expire_all()
    waiting = city.session.scalars(
        select(Timer.due_at).where(Timer.case_id == case_id, Timer.kind == "escalation.0")
    ).one()
    assert waiting > due_at
    event = journal.events(city.session, case_id)[-1]
    assert (event.payload["reason"], event.payload["by"]) == (WHY, "Ibu admin")
    holds(city, case_id, now)


def test_whoever_has_the_task_is_told_once_of_more_time(
    city: City, case_id: int, now: datetime
) -> None:
    due_at = more_time(city, case_id, 2, now)
    seq = cases.read(city.session, case_id).journal_seq
    asked = select(OutboxMessage.arguments).where(OutboxMessage.key == f"announce:{case_id}:{seq}")
    about = city.session.execute(asked).scalar_one()
    for _ in range(2):
        announcements.announce(city.session, **about, now=now)
    (line,) = city.session.scalars(select(Notification).where(Notification.kind == "more_time"))
    assert line.person_id == city.people["clerk.bapperida"]
    assert (line.values["reason"], line.values["by"]) == (WHY, "Ibu admin")
    assert datetime.fromisoformat(line.values["tasks"][0]["due_at"]) == due_at


@pytest.mark.parametrize(("days", "why"), [(0, WHY), (31, WHY), (None, WHY), (1, " ")])
def test_more_time_needs_days_and_a_reason(
    city: City, case_id: int, now: datetime, days: int | None, why: str
) -> None:
    with pytest.raises(Invalid):
        more_time(city, case_id, days, now, why=why)


def test_more_time_that_leaves_a_task_late_is_none(city: City, case_id: int, now: datetime) -> None:
    with pytest.raises(Invalid) as error:
        more_time(city, case_id, 1, now + timedelta(days=30))
    assert [one.code for one in error.value.problems] == ["still_over"]


def test_a_step_without_a_limit_gets_no_more_time(city: City, now: datetime) -> None:
    case_id = city.case(city.publish(OLD), now)
    with pytest.raises(NotFound):
        more_time(city, case_id, 1, now)


def test_time_that_was_added_is_kept_when_a_case_is_moved(
    city: City, case_id: int, now: datetime
) -> None:
    more_time(city, case_id, 2, now)
    admin = city.people["admin"]
    engine.move(city.session, case_id, city.publish(LONGER), {}, WHY, person_id=admin, now=now)
    (after,) = engine.holders(city.session, case_id, now)
    assert after.due_at is not None
    assert after.due_at.astimezone(now.tzinfo).date() == date(2026, 12, 3)
    take_back(city, case_id, now)
    (back,) = engine.holders(city.session, case_id, now)
    assert back.due_at is not None
    assert back.due_at.astimezone(now.tzinfo).date() == date(2026, 12, 1)
    holds(city, case_id, now)


def test_a_cancelled_case_ends_where_it_stands_with_the_document_in_its_journal(
    city: City, case_id: int, now: datetime
) -> None:
    before = len(city.decisions(case_id))
    assert cancel(city, case_id, now, replace(LETTER, dated="20261120"))
    case = cases.read(city.session, case_id)
    assert (case.outcome, case.step, case.ended_at) == ("cancelled", "checking", now)
    event = journal.events(city.session, case_id)[-1]
    assert (event.kind, event.payload["data"]) == (
        "case_cancelled",
        {
            "reason": WHY,
            "authority": "Wali Kota",
            "letter_number": "800/17/2026",
            "letter_date": "2026-11-20",
        },
    )
    city.session.expire_all()
    found = select(Task.status).where(Task.case_id == case_id).order_by(Task.id)
    tasks = city.session.scalars(found).all()
    assert tasks == ["done", "cancelled"]
    timers = city.session.scalars(select(Timer.status).where(Timer.case_id == case_id)).all()
    assert set(timers) == {"void"}
    assert len(city.session.scalars(select(Decision)).all()) == before
    holds(city, case_id, now)
    assert not cancel(city, case_id, now)


def test_the_owner_is_told_of_the_end(city: City, case_id: int, now: datetime) -> None:
    cancel(city, case_id, now)
    seq = cases.read(city.session, case_id).journal_seq
    announcements.announce(city.session, case_id, seq, now)
    told = city.session.scalars(select(Notification).where(Notification.key == f"{case_id}:{seq}"))
    assert {(one.person_id, one.kind, one.values["reason"]) for one in told} == {
        (city.people[name], "ended", WHY) for name in ("operator.dinkes", "head.dinkes")
    }


@pytest.mark.parametrize(
    ("letter", "why", "wrong"),
    [
        (
            Mandate(" ", "", ""),
            "",
            {
                ("authority", "required"),
                ("number", "required"),
                ("dated", "not_a_date"),
                ("reason", "required"),
            },
        ),
        (Mandate("Wali Kota", "1", "2026-11-24"), WHY, {("dated", "letter_to_come")}),
        (Mandate("x" * 201, "1", "2026-11-20"), WHY, {("authority", "too_long")}),
    ],
)
def test_a_case_is_cancelled_only_on_a_whole_document(
    city: City,
    case_id: int,
    now: datetime,
    letter: Mandate,
    why: str,
    wrong: set[tuple[str, str]],
) -> None:
    with pytest.raises(Invalid) as error:
        cancel(city, case_id, now, letter, why=why)
    assert {(one.field, one.code) for one in error.value.problems} == wrong
    assert cases.read(city.session, case_id).outcome is None


def test_what_ended_otherwise_is_not_cancelled(city: City, case_id: int, now: datetime) -> None:
    city.act(case_id, "clerk.bapperida", "accept", now)
    city.act(case_id, "head.bapperida", "reject", now, track="planning")
    city.act(case_id, "head.diskominfo", "approve", now, track="ict")
    with pytest.raises(Refused, match="case_ended"):
        cancel(city, case_id, now)


@pytest.mark.parametrize("who", ["head.setda", "clerk.bapperida", "head.dinkes"])
def test_only_administrators_help_by_hand(
    city: City, case_id: int, now: datetime, who: str
) -> None:
    with pytest.raises(NotFound):
        more_time(city, case_id, 1, now, who=who)
    with pytest.raises(NotFound):
        cancel(city, case_id, now, who=who)


def test_an_administrator_who_holds_a_post_decides_nothing_either(
    city: City, case_id: int, now: datetime
) -> None:
    city.appoint("admin", "clerk.bapperida")
    with pytest.raises(Refused, match="administrators_do_not_decide"):
        city.act(case_id, "admin", "accept", now)


def test_nothing_fires_for_a_cancelled_case(sessions: sessionmaker[Session], now: datetime) -> None:
    with sessions.begin() as session:
        city = City.founded(session, now)
        city.person("admin", administers=True)
        case_id = checking(city, city.publish(OLD), now)
        cancel(city, case_id, now)
    swept = sweep.run(sessions, now + timedelta(days=60))
    assert (swept.fired, swept.failed) == (0, 0)
