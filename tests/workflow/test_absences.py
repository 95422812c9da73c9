"""A Plh takes the holder's work for the days of the letter, and hands it back after them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from tests.workflow.factories import City
from workflow import attention, engine, permissions, queue
from workflow.engine import Holder
from workflow.errors import Refused
from workflow.models import Decision, Event, Task
from workflow.notifications import announcements

ONE_STEP = """
key: one-step
subject: proposal
initial: asking
facts: {}
verbs: {big: {means: approve, class: strategic}}
parties: {chair: {agency: planning, post: head}}
steps:
  asking: {party: chair, actions: {yes: answered, big: answered}}
  answered: {party: chair, actions: {close: closed}}
  closed: {final: closed}
"""
HEAD, DEPUTY = "head.bapperida", "deputy"
FIRST, LAST = date(2026, 11, 23), date(2026, 11, 25)


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    """The small city, in which a Plh stands in for the planning agency's head for three days."""
    city = City.founded(session, now)
    city.person("admin", administers=True)
    city.person(DEPUTY)
    city.appoint(DEPUTY, HEAD, "plh", FIRST, LAST)
    return city


@pytest.fixture
def case_id(city: City, now: datetime) -> int:
    return city.case(city.publish(ONE_STEP), now - timedelta(days=1))


def holder(city: City, case_id: int, now: datetime) -> Holder:
    """The only open task."""
    (one,) = engine.holders(city.session, case_id, now)
    return one


def queued(city: City, username: str, now: datetime) -> list[int]:
    page = queue.page(city.session, city.people[username], now)
    return [row.case_id for row in page.rows]


def test_the_work_is_the_plhs_in_the_window_and_the_holders_before_and_after(
    city: City, case_id: int, now: datetime
) -> None:
    zone = ZoneInfo("Asia/Jakarta")
    for day, who, other in (
        (FIRST - timedelta(days=1), HEAD, DEPUTY),
        (FIRST, DEPUTY, HEAD),
        (LAST, DEPUTY, HEAD),
        (LAST + timedelta(days=1), HEAD, DEPUTY),
    ):
        at = datetime(day.year, day.month, day.day, 10, tzinfo=zone)
        assert queued(city, who, at) == [case_id]
        assert queued(city, other, at) == []
        assert [one.name for one in holder(city, case_id, at).people] == [f"Ibu {who}"]


def test_the_absent_holder_does_not_decide_and_is_told_why(
    city: City, case_id: int, now: datetime
) -> None:
    with pytest.raises(Refused) as refused:
        city.act(case_id, HEAD, "yes", now)
    (reason,) = refused.value.reasons
    assert (reason.code, reason.values) == ("absent", {"deputy": "Ibu deputy", "until": LAST})


def test_the_plh_decides_as_plh_on_the_letter(city: City, case_id: int, now: datetime) -> None:
    made = city.act(case_id, DEPUTY, "yes", now)
    decision = city.session.get_one(Decision, made.decision_id)
    assert decision.appointment_id == city.appointments[f"{DEPUTY}@{HEAD}"]
    assert decision.capacity == "plh"
    told = city.session.get_one(Event, (case_id, 2)).payload
    assert (told["person"], told["position"]) == ("Ibu deputy", "head bapperida")
    assert (told["capacity"], told["letter"]) == ("plh", "800/1/2026")


def test_what_only_a_full_holder_may_decide_waits_for_the_return(
    city: City, case_id: int, now: datetime
) -> None:
    with pytest.raises(Refused, match="acting_officer"):
        city.act(case_id, DEPUTY, "big", now)
    with pytest.raises(Refused, match="absent"):
        city.act(case_id, HEAD, "big", now)
    city.act(case_id, HEAD, "big", now + timedelta(days=3))


def test_the_holder_is_back_when_the_plhs_letter_is_ended(
    city: City, case_id: int, now: datetime
) -> None:
    city.session.execute(
        text("UPDATE appointments SET ends_on = :day WHERE capacity = 'plh'"),
        {"day": FIRST - timedelta(days=1)},
    )
    city.act(case_id, HEAD, "yes", now)


def test_a_task_of_the_holder_by_name_is_the_plhs_meanwhile_and_theirs_again(
    city: City, case_id: int, now: datetime
) -> None:
    city.session.execute(update(Task).values(assignee_id=city.people[HEAD]))
    assert queued(city, DEPUTY, now) == [case_id]
    assert [one.name for one in holder(city, case_id, now).people] == ["Ibu deputy"]
    after = now + timedelta(days=3)
    assert holder(city, case_id, after).assignee_id == city.people[HEAD]
    city.act(case_id, DEPUTY, "yes", now)


def test_the_absent_holder_keeps_looking_and_keeps_the_own_agency_rule(
    city: City, case_id: int, now: datetime
) -> None:
    who = permissions.credentials(city.session, city.people[HEAD], now)
    assert who is not None
    assert who.agency_ids == [city.agencies["bapperida"]]
    assert permissions.may(
        city.session, city.people[HEAD], permissions.Permission.VIEW_CASE, now, case_id=case_id
    )


def test_the_plh_is_told_of_new_work_and_the_absent_holder_is_not(
    city: City, case_id: int, now: datetime
) -> None:
    city.act(case_id, DEPUTY, "yes", now)
    city.session.execute(update(Task).values(assignee_id=None))
    other = city.case(city.publish(ONE_STEP.replace("one-step", "other")), now)
    announcements.announce(city.session, other, 1, now)
    told = city.session.execute(text("SELECT DISTINCT person_id FROM notifications")).scalars()
    assert set(told) == {city.people[DEPUTY]}


def test_a_post_with_several_places_goes_on_beside_a_plh(
    city: City, case_id: int, now: datetime
) -> None:
    city.session.execute(text("UPDATE positions SET places = 2"))
    assert queued(city, HEAD, now) == [case_id]
    city.act(case_id, HEAD, "yes", now)


@pytest.mark.parametrize("change", ["is_active = false", "is_administrator = true"])
def test_a_plh_who_cannot_work_replaces_nobody(
    city: City, case_id: int, now: datetime, change: str
) -> None:
    city.session.execute(text(f"UPDATE people SET {change} WHERE username = 'deputy'"))
    city.act(case_id, HEAD, "yes", now)


def test_a_plt_beside_the_holder_takes_nothing(city: City, case_id: int, now: datetime) -> None:
    city.session.execute(text("UPDATE appointments SET capacity = 'plt' WHERE capacity = 'plh'"))
    city.act(case_id, HEAD, "yes", now)


def test_an_alarm_is_there_when_the_plh_may_not_and_the_holder_is_away(
    city: City, case_id: int, now: datetime
) -> None:
    assert attention.unattended(city.session, now) == ()
    city.appoint(DEPUTY, "operator.dinkes")
    (alarm,) = attention.unattended(city.session, now)
    assert (alarm.title, alarm.open_tasks) == ("head bapperida", 1)


def test_a_mail_signs_as_the_decision_was_signed(city: City, case_id: int, now: datetime) -> None:
    other = city.publish(
        ONE_STEP.replace("answered: {party: chair", "answered: {party: desk").replace(
            "post: head}}", "post: head}, desk: {agency: ict, post: clerk}}"
        )
    )
    case_id = city.case(other, now)
    city.act(case_id, DEPUTY, "yes", now)
    announcements.announce(city.session, case_id, 2, now)
    [by] = city.session.execute(
        text("SELECT DISTINCT values ->> 'by' FROM notifications")
    ).scalars()
    assert by == "Plh. head bapperida"
