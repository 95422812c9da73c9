"""Timers fire once, each alone, and only tell or lapse."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.workflow.factories import City, checklist
from tests.workflow.sweeping import fire_due
from workflow import attention, due_timers, journal, sweep, timers
from workflow.engine import firing
from workflow.models import Case, Event, OutboxMessage, Task, Timer
from workflow.models.case import TaskStatus, TimerStatus
from workflow.sweep import Swept

pytestmark = pytest.mark.postgres15

DUE_DAY = timedelta(days=2)
WEEK = timedelta(days=14)


def _endorsing(session: Session, now: datetime, cases: int = 1) -> tuple[City, list[int]]:
    """Cases that wait for the agency's head for two working days, from Monday at nine."""
    city = City.founded(session, now)
    version_id = city.publish(library.text("program-proposal"))
    ids = [city.case(version_id, now) for _ in range(cases)]
    for case_id in ids:
        city.act(case_id, "operator.dinkes", "forward", now)
        city.act(case_id, "secretary.dinkes", "initial", now)
    return city, ids


@pytest.fixture
def committed(sessions: sessionmaker[Session], now: datetime) -> list[int]:
    with sessions.begin() as session:
        return _endorsing(session, now, cases=3)[1]


def _timers(session: Session, case_id: int) -> dict[str, str]:
    query = select(Timer).where(Timer.case_id == case_id, Timer.path == "endorsing")
    return {timer.kind: timer.status for timer in session.scalars(query)}


def _events(session: Session, case_id: int, kind: str) -> list[dict[str, Any]]:
    query = select(Event.payload).where(Event.case_id == case_id, Event.kind == kind)
    return list(session.scalars(query.order_by(Event.seq)))


def test_a_reminder_leaves_an_event_and_a_message_once(
    sessions: sessionmaker[Session], committed: list[int], now: datetime
) -> None:
    half_way = now.replace(hour=7, minute=30) + timedelta(days=1)
    assert sweep.run(sessions, half_way) == Swept(fired=3, left=0, failed=0)
    assert sweep.run(sessions, half_way) == Swept(fired=0, left=0, failed=0)
    with sessions() as session:
        (payload,) = _events(session, committed[0], timers.REMINDED)
        assert payload["path"] == "endorsing"
        assert payload["position"] == "head dinkes"
        assert payload["timer"] == "reminder.0"
        assert _timers(session, committed[0])["reminder.0"] == TimerStatus.FIRED
        case = session.get_one(Case, committed[0])
        key = f"announce:{case.id}:{case.journal_seq}"
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.key == key)).one()
        assert message.arguments == {"case_id": case.id, "seq": case.journal_seq}
        assert list(journal.verify(session)) == []


def test_nothing_fires_before_its_moment(
    sessions: sessionmaker[Session], committed: list[int], now: datetime
) -> None:
    assert sweep.run(sessions, now) == Swept(fired=0, left=0, failed=0)


def test_an_escalation_says_to_whom(
    sessions: sessionmaker[Session], committed: list[int], now: datetime
) -> None:
    sweep.run(sessions, now + WEEK)
    with sessions() as session:
        escalated = _events(session, committed[0], timers.ESCALATED)
        assert [event["to"] for event in escalated] == ["superior", "head", "secretariat"]


def test_reminders_that_were_slept_through_are_not_told_all_at_once(
    sessions: sessionmaker[Session], committed: list[int], now: datetime
) -> None:
    sweep.run(sessions, now + DUE_DAY)
    with sessions() as session:
        found = _timers(session, committed[0])
        assert found["reminder.0"] == TimerStatus.VOID
        assert found["reminder.1"] == TimerStatus.FIRED
        assert len(_events(session, committed[0], timers.REMINDED)) == 1


def test_leaving_the_step_ends_its_timers(session: Session, now: datetime) -> None:
    city, (case_id,) = _endorsing(session, now)
    city.act(case_id, "head.dinkes", "submit", now)
    assert set(_timers(session, case_id).values()) == {TimerStatus.VOID}


def test_a_timer_that_was_seen_due_is_void_once_the_step_is_left(
    session: Session, now: datetime
) -> None:
    city, (case_id,) = _endorsing(session, now)
    later = now + DUE_DAY
    (seen, *_) = due_timers.of_cases(session, [case_id], later, later.date())[case_id]
    city.act(case_id, "head.dinkes", "submit", later)
    assert firing.fire(session, seen, later) is None
    assert _events(session, case_id, timers.REMINDED) == []


def test_a_case_that_is_being_decided_is_left_for_the_next_round(
    sessions: sessionmaker[Session], committed: list[int], now: datetime
) -> None:
    with sessions() as deciding:
        deciding.execute(select(Case.id).where(Case.id == committed[0]).with_for_update())
        swept = sweep.run(sessions, now + DUE_DAY)
    assert swept.fired == 2
    assert sweep.run(sessions, now + DUE_DAY).fired == 1


def test_a_bad_timer_stops_no_other_and_is_counted(
    sessions: sessionmaker[Session], committed: list[int], now: datetime
) -> None:
    with sessions.begin() as session:
        bad = update(Timer).where(Timer.case_id == committed[0], Timer.kind == "escalation.0")
        session.execute(bad.values(kind="escalation.99"))
    later = now + WEEK
    swept = sweep.run(sessions, later)
    assert swept.failed == 1
    with sessions() as session:
        assert _timers(session, committed[0])["escalation.99"] == TimerStatus.WAITING
        assert _timers(session, committed[0])["escalation.1"] == TimerStatus.FIRED
        assert _timers(session, committed[1])["escalation.0"] == TimerStatus.FIRED
        (failing,) = attention.attention(session, later).failing_timers
        assert (failing.case_id, failing.kind, failing.failures) == (
            committed[0],
            "escalation.99",
            1,
        )
        assert list(journal.verify(session)) == []


def test_what_fails_is_tried_again_after_pauses_that_grow(
    sessions: sessionmaker[Session], committed: list[int], now: datetime
) -> None:
    with sessions.begin() as session:
        bad = update(Timer).where(Timer.case_id == committed[0], Timer.kind == "escalation.0")
        session.execute(bad.values(kind="escalation.99"))
    moment, tried = now + WEEK, []
    for _ in range(60 * 24):
        if sweep.run(sessions, moment).failed:
            tried.append(int((moment - now - WEEK).total_seconds() // 60))
        moment += timedelta(minutes=1)
    assert tried == [0, 1, 5, 21, 85, 341, 701, 1061, 1421]


def test_more_timers_than_a_batch_holds_fire_in_one_run(
    sessions: sessionmaker[Session],
    committed: list[int],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweep, "BATCH", 2)
    swept = sweep.run(sessions, now + WEEK)
    assert (swept.fired, swept.failed) == (3 * 3, 0)


def test_two_sweepers_side_by_side_never_fire_twice(
    sessions: sessionmaker[Session], committed: list[int], now: datetime
) -> None:
    barrier = threading.Barrier(4)
    swept: list[Swept] = []

    def sweep_along() -> None:
        barrier.wait()
        swept.append(sweep.run(sessions, now + WEEK))

    threads = [threading.Thread(target=sweep_along) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    swept.append(sweep.run(sessions, now + WEEK))
    assert sum(one.fired for one in swept) == 3 * 3
    assert sum(one.failed for one in swept) == 0
    with sessions() as session:
        for case_id in committed:
            assert len(_events(session, case_id, timers.ESCALATED)) == 3
        assert list(journal.verify(session)) == []


def sent_back(city: City, case_id: int, now: datetime) -> None:
    """Submitted, and returned by the planning agency while the ICT agency approves."""
    city.act(case_id, "head.dinkes", "submit", now)
    city.act(case_id, "clerk.bapperida", "accept", now, lane="standard")
    city.act(case_id, "reviewer.bapperida", "recommend", now, checklist=checklist("planning"))
    points = [{"field": "budget", "text": "Rincian belum ada"}]
    city.act(case_id, "head.bapperida", "return", now, track="planning", points=points)
    picks = [city.people["reviewer.diskominfo"]]
    city.act(case_id, "secretary.diskominfo", "dispose", now, picks=picks)
    city.act(case_id, "reviewer.diskominfo", "hand_in", now, checklist=checklist("ict"))
    city.act(case_id, "lead_reviewer.diskominfo", "recommend", now)
    city.act(case_id, "head.diskominfo", "approve", now)


def test_a_lapse_goes_through_the_engine_and_approves_nothing(
    session: Session, now: datetime
) -> None:
    city, (case_id,) = _endorsing(session, now)
    sent_back(city, case_id, now)
    assert fire_due(session, case_id, now + WEEK)[-1] == timers.LAPSE
    assert fire_due(session, case_id, now + WEEK) == []
    case = session.get_one(Case, case_id, populate_existing=True)
    assert (case.step, case.outcome) == ("dormant", None)
    (payload,) = _events(session, case_id, "lapsed")
    assert payload["from"] == "revising"
    query = select(Task.status).where(Task.case_id == case_id, Task.path == "revising")
    assert session.scalars(query).all() == [TaskStatus.LAPSED]


def test_an_extension_moves_the_due_time_and_the_timers(session: Session, now: datetime) -> None:
    city, (case_id,) = _endorsing(session, now)
    sent_back(city, case_id, now)
    task = session.scalars(select(Task).where(Task.path == "revising")).one()
    assert task.due_at == datetime.fromisoformat("2026-11-30T16:00+07:00")
    city.act(case_id, "reviewer.bapperida", "extend", now, reason="Menunggu data")
    session.expire_all()
    assert task.due_at == datetime.fromisoformat("2026-12-07T16:00+07:00")
    lapse = select(Timer).where(Timer.path == "revising", Timer.kind == timers.LAPSE)
    assert session.scalars(lapse).one().due_at == task.due_at
