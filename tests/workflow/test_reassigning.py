"""A late task goes to who may do it; nothing is decided, and queue and holders follow."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.workflow.factories import City
from tests.workflow.sweeping import fire_due
from workflow import engine, journal, queue, timers
from workflow.models import Case, Event, Notification, Person, Task
from workflow.models.case import TaskStatus
from workflow.notifications import announcements

pytestmark = pytest.mark.postgres15

TEXT = """
key: reassigned
subject: proposal
initial: checking
parties:
  clerk: {{agency: planning, post: clerk, instead: {{agency: secretariat, post: clerk}}}}
  head: {{agency: planning, post: head, instead: {{agency: secretariat, post: assistant}}}}
verbs: {{approve: {{means: approve}}}}
apart: all
steps:
  checking: {{party: clerk, within: 1 working day, actions: {{accept: deciding, approve: done}}}}
  deciding: {{party: head, actions: {{approve: done}}}}
  done: {{final: approved}}
escalate: [{{after: 1 working day, to: {to}, reassign: true}}]
"""
LATE = timedelta(days=2, hours=7)
"""From Monday at nine until Wednesday at closing time, a working day after the due time."""


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    city = City.founded(session, now)
    city.person("admin", administers=True)
    return city


def above(city: City, superior: str) -> None:
    values = {"head": city.positions["clerk.bapperida"], "by": city.positions[superior]}
    city.session.execute(text("UPDATE positions SET superior_id = :by WHERE id = :head"), values)


def waiting(session: Session, case_id: int) -> Task:
    session.expire_all()
    return session.scalars(select(Task).where(Task.case_id == case_id, Task.status == "open")).one()


def last(session: Session, case_id: int) -> tuple[str, dict[str, Any]]:
    query = select(Event).where(Event.case_id == case_id).order_by(Event.seq.desc()).limit(1)
    event = session.scalars(query).one()
    return event.kind, event.payload


def told(session: Session, case_id: int, now: datetime) -> dict[str, str]:
    announcements.announce(session, case_id, session.get_one(Case, case_id).journal_seq, now)
    query = select(Person.username, Notification.kind).join(
        Notification, Notification.person_id == Person.id
    )
    return {row.username: row.kind for row in session.execute(query)}


def test_a_late_task_goes_to_the_superior_who_can_do_it(
    session: Session, city: City, now: datetime
) -> None:
    above(city, "secretary.bapperida")
    case_id = city.case(city.publish(TEXT.format(to="superior")), now)
    before = waiting(session, case_id)
    was = (before.id, before.due_at, before.party)
    assert fire_due(session, case_id, now + LATE) == ["reassign.0"]
    task = waiting(session, case_id)
    assert (task.id, task.due_at, task.party) == was
    assert task.position_id == city.positions["secretary.bapperida"]
    kind, payload = last(session, case_id)
    assert (kind, payload["from_position"], payload["position"]) == (
        timers.REASSIGNED,
        "clerk bapperida",
        "secretary bapperida",
    )
    (holder,) = engine.holders(session, case_id, now + LATE)
    assert [one.name for one in holder.people] == ["Ibu secretary.bapperida"]
    case = session.get_one(Case, case_id)
    assert (case.step, case.version, case.outcome) == ("checking", 1, None)
    assert told(session, case_id, now + LATE) == {
        "secretary.bapperida": "task_given",
        "clerk.bapperida": "task_moved",
    }
    city.act(case_id, "secretary.bapperida", "accept", now + LATE)
    assert list(journal.verify(session)) == []
    assert journal.replay(session, case_id).step == "deciding"


def test_a_moved_task_is_in_the_queue_of_its_new_holder_only(
    session: Session, city: City, now: datetime
) -> None:
    above(city, "secretary.bapperida")
    case_id = city.case(city.publish(TEXT.format(to="superior")), now)
    fire_due(session, case_id, now + LATE)
    for username, there in (("secretary.bapperida", [case_id]), ("clerk.bapperida", [])):
        page = queue.page(session, city.people[username], now + LATE)
        assert [row.case_id for row in page.rows] == there


@pytest.mark.parametrize("why", ["no superior", "nobody there", "own agency", "apart"])
def test_a_late_task_stays_where_nobody_above_may_do_it(
    session: Session, city: City, now: datetime, why: str
) -> None:
    if why != "no superior":
        above(city, "head.dinkes" if why == "own agency" else "secretary.bapperida")
    case_id = city.case(city.publish(TEXT.format(to="superior")), now)
    if why == "nobody there":
        gone = {"person": city.people["secretary.bapperida"]}
        session.execute(text("UPDATE people SET is_active = false WHERE id = :person"), gone)
    if why == "apart":
        worn = {"case": case_id, "person": str(city.people["secretary.bapperida"])}
        hats = "jsonb_build_object(CAST(:person AS text), jsonb_build_array('head'))"
        session.execute(text(f"UPDATE cases SET hats = {hats} WHERE id = :case"), worn)
    fire_due(session, case_id, now + LATE)
    task = waiting(session, case_id)
    assert task.position_id == city.positions["clerk.bapperida"]
    assert last(session, case_id)[0] == timers.ESCALATED


def test_a_late_task_is_named_to_the_officer_who_acts(
    session: Session, city: City, now: datetime
) -> None:
    city.person("plh.bapperida")
    city.appoint("plh.bapperida", "clerk.bapperida", "plh", date(2026, 11, 24), date(2026, 11, 30))
    case_id = city.case(city.publish(TEXT.format(to="acting")), now)
    fire_due(session, case_id, now + LATE)
    task = waiting(session, case_id)
    assert task.position_id == city.positions["clerk.bapperida"]
    assert task.assignee_id == city.people["plh.bapperida"]
    assert told(session, case_id, now + LATE)["plh.bapperida"] == "task_given"


def test_without_an_acting_officer_the_administrators_are_told(
    session: Session, city: City, now: datetime
) -> None:
    case_id = city.case(city.publish(TEXT.format(to="acting")), now)
    fire_due(session, case_id, now + LATE)
    assert waiting(session, case_id).assignee_id is None
    assert told(session, case_id, now + LATE) == {"admin": "escalated"}


def test_leaving_the_step_keeps_a_task_from_moving(
    session: Session, city: City, now: datetime
) -> None:
    above(city, "secretary.bapperida")
    case_id = city.case(city.publish(TEXT.format(to="superior")), now)
    city.act(case_id, "clerk.bapperida", "accept", now)
    assert fire_due(session, case_id, now + LATE) == []
    query = select(Task.status).where(Task.case_id == case_id, Task.path == "checking")
    assert session.scalars(query).all() == [TaskStatus.DONE]


def test_a_late_task_does_not_go_to_a_superior_who_administers(
    session: Session, city: City, now: datetime
) -> None:
    above(city, "head.bapperida")
    case_id = city.case(city.publish(TEXT.format(to="superior")), now)
    session.execute(
        text("UPDATE people SET is_administrator = true WHERE id = :id"),
        {"id": city.people["head.bapperida"]},
    )
    fire_due(session, case_id, now + LATE)
    assert last(session, case_id)[0] == timers.ESCALATED
    assert waiting(session, case_id).position_id == city.positions["clerk.bapperida"]
