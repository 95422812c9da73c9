"""What an operator watches: counted from the database, by agency and by kind."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from states import library
from tests.workflow.factories import City
from workflow import operation, outbox
from workflow.models import OutboxMessage, Timer
from workflow.operation import Deliveries, Load

pytestmark = pytest.mark.postgres15


def _case_in_two_hands(session: Session, now: datetime) -> City:
    city = City.founded(session, now)
    version_id = city.publish(library.text("program-proposal"))
    city.act(city.case(version_id, now), "operator.dinkes", "forward", now)
    city.case(version_id, now)
    return city


def test_open_and_late_tasks_are_counted_for_the_agency_that_has_them(
    session: Session, now: datetime
) -> None:
    _case_in_two_hands(session, now)
    assert operation.figures(session, now).loads == (Load("dinkes", "dinkes", 2, 0),)
    later = operation.figures(session, now + timedelta(days=30))
    assert later.loads[0].late_tasks == later.late_tasks == 1
    assert later.open_tasks == 2


def test_messages_are_counted_by_kind_and_what_became_of_them(
    session: Session, now: datetime
) -> None:
    rows = [outbox.row("mail", f"mail:{number}", {}, now) for number in range(6)]
    outbox.post(session, rows)
    hour = timedelta(hours=1)
    for number, values in enumerate(
        (
            {"done_at": now},
            {"done_at": now - 2 * hour},
            {"dead_at": now, "error": "no such mailbox"},
            {"error": "greylisted", "due_at": now + hour},
        )
    ):
        statement = update(OutboxMessage).where(OutboxMessage.key == f"mail:{number}")
        session.execute(statement.values(values))
    figures = operation.figures(session, now)
    assert figures.deliveries == (Deliveries("mail", delivered=1, waiting=3, failing=1, parked=1),)
    assert (figures.waiting, figures.parked) == (3, 1)


def test_a_message_that_is_due_grows_old_and_one_for_later_does_not(
    session: Session, now: datetime
) -> None:
    assert operation.figures(session, now).oldest_message == timedelta()
    later = now + timedelta(hours=1)
    outbox.post(session, [outbox.row("mail", "mail:1", {}, now, due_at=later)])
    assert operation.figures(session, now).oldest_message == timedelta()
    minutes = timedelta(minutes=7)
    assert operation.figures(session, later + minutes).oldest_message == minutes


def test_a_timer_is_late_when_several_sweeps_have_passed(session: Session, now: datetime) -> None:
    _case_in_two_hands(session, now)
    session.execute(update(Timer).values(due_at=now))
    assert operation.figures(session, now + operation.LATE_AFTER).timers_late == 0
    late = now + operation.LATE_AFTER + timedelta(seconds=1)
    assert operation.figures(session, late).timers_late > 0


def test_a_worker_counts_while_it_was_heard_of_and_is_forgotten_after_a_day(
    session: Session, now: datetime
) -> None:
    operation.report_alive(session, "one:1", now, now)
    operation.report_alive(session, "one:1", now, now + timedelta(seconds=50))
    operation.report_alive(session, "two:1", now, now + timedelta(seconds=100))
    after = now + timedelta(seconds=109)
    assert [worker.name for worker in operation.workers(session, after)] == ["one:1", "two:1"]
    after += timedelta(seconds=1)
    assert [worker.name for worker in operation.workers(session, after)] == ["two:1"]
    operation.report_alive(session, "two:1", now, now + timedelta(days=2))
    assert session.get(operation.WorkerProcess, "one:1", populate_existing=True) is None
