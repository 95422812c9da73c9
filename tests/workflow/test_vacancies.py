"""An alarm when a post with open tasks becomes empty, and a notice before a stand-in's days end."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from tests.workflow.factories import City
from tests.workflow.test_routing import GONE, STEP
from workflow import attention, messages, vacancies
from workflow.models import Notification, OutboxMessage
from workflow.notifications import announcements
from workflow.organising import positions


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    """The small city with an administrator."""
    city = City.founded(session, now)
    city.person("admin", administers=True)
    return city


@pytest.fixture
def case_id(city: City, now: datetime) -> int:
    return city.case(city.publish(STEP), now)


def leave(city: City, username: str, last_day: date) -> None:
    """Somebody's appointment ends."""
    city.session.execute(
        text("UPDATE appointments SET ends_on = :day WHERE id = :id"),
        {"day": last_day, "id": city.appointments[f"{username}@{username}"]},
    )


def told(city: City) -> list[Notification]:
    return list(city.session.scalars(select(Notification).order_by(Notification.id)))


def test_an_emptied_post_is_told_to_who_can_fill_it_and_names_the_cases(
    city: City, case_id: int, now: datetime
) -> None:
    other = city.case(city.publish(STEP.replace("key: step", "key: other")), now)
    leave(city, GONE, now.date())
    vacancies.tell(city.session, now)
    assert told(city) == []
    next_day = now + timedelta(days=1)
    vacancies.tell(city.session, next_day)
    lines = told(city)
    assert {line.person_id for line in lines} == {
        city.people["admin"],
        city.people["secretary.bapperida"],
    }
    assert {line.kind for line in lines} == {"vacated"}
    assert len(lines[0].values["tasks"]) == len({case_id, other})
    (alarm,) = attention.unattended(city.session, next_day)
    assert {task.case_id for task in alarm.tasks} == {case_id, other}


def test_the_alarm_comes_with_the_first_instant_after_the_last_day(
    city: City, case_id: int, now: datetime
) -> None:
    leave(city, GONE, now.date())
    midnight = datetime(2026, 11, 24, tzinfo=ZoneInfo("Asia/Jakarta"))
    vacancies.tell(city.session, midnight - timedelta(microseconds=1))
    assert told(city) == []
    vacancies.tell(city.session, midnight)
    assert told(city)


def test_one_vacancy_is_told_once_and_a_new_one_again(
    city: City, case_id: int, now: datetime
) -> None:
    leave(city, GONE, now.date() - timedelta(days=1))
    city.session.execute(text("UPDATE tasks SET opened_at = :at"), {"at": now - timedelta(days=2)})
    for _ in range(3):
        vacancies.tell(city.session, now)
    assert len(told(city)) == len({"admin", "secretary"})
    mails = select(OutboxMessage.id).where(OutboxMessage.kind == "mail")
    assert len(city.session.scalars(mails).all()) == len({"admin", "secretary"})
    city.session.execute(delete(Notification))
    city.person("next")
    city.appoint("next", GONE, "plt", now.date(), now.date())
    vacancies.tell(city.session, now)
    assert [line.kind for line in told(city) if line.kind == "vacated"] == []
    vacancies.tell(city.session, now + timedelta(days=1))
    assert {line.kind for line in told(city)} == {"vacated", "appointment_ending"}


def test_a_person_who_left_empties_a_post_too(city: City, case_id: int, now: datetime) -> None:
    city.session.execute(
        text("UPDATE people SET is_active = false WHERE id = :id"), {"id": city.people[GONE]}
    )
    vacancies.tell(city.session, now)
    assert {line.kind for line in told(city)} == {"vacated"}


def test_a_colleague_who_stays_keeps_the_alarm_silent(
    city: City, case_id: int, now: datetime
) -> None:
    city.person("second")
    city.appoint("second", GONE)
    leave(city, GONE, now.date())
    vacancies.tell(city.session, now + timedelta(days=1))
    assert told(city) == []


def test_what_a_move_found_empty_is_told_by_the_move_alone(city: City, now: datetime) -> None:
    leave(city, GONE, now.date() - timedelta(days=1))
    case_id = city.case(city.publish(STEP), now)
    announcements.announce(city.session, case_id, 1, now)
    vacancies.tell(city.session, now)
    assert [line.kind for line in told(city)] == ["unattended"]


@pytest.mark.parametrize(("days", "count"), [(15, 0), (14, 2), (0, 2)])
def test_the_end_of_an_acting_appointment_is_told_two_weeks_before(
    city: City, now: datetime, days: int, count: int
) -> None:
    city.person("deputy")
    last = now.date() + timedelta(days=days)
    city.appoint("deputy", "head.dinkes", "plh", now.date(), last)
    for _ in range(2):
        vacancies.tell(city.session, now)
    lines = told(city)
    assert len(lines) == count
    assert {line.person_id for line in lines} <= {
        city.people["admin"],
        city.people["secretary.dinkes"],
    }
    for line in lines:
        assert line.values["ends_on"] == last.isoformat()


def test_a_definitive_holders_last_day_is_not_a_warning(city: City, now: datetime) -> None:
    leave(city, "head.dinkes", now.date() + timedelta(days=3))
    vacancies.tell(city.session, now)
    assert told(city) == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_words_name_post_cases_and_day(
    city: City, case_id: int, now: datetime, language: str
) -> None:
    city.person("deputy")
    city.appoint("deputy", "head.dinkes", "plh", now.date(), date(2026, 11, 30))
    leave(city, GONE, now.date())
    vacancies.tell(city.session, now + timedelta(days=1))
    said = {
        line.kind: messages.write(
            line.kind, language, line.values, zone=now.tzinfo, link="https://alur.example"
        )
        for line in told(city)
    }
    assert "reviewer bapperida" in said["vacated"].subject
    assert "Antrean puskesmas" in said["vacated"].text
    assert "30 November 2026" in said["appointment_ending"].subject
    assert "Plh. head dinkes" in said["appointment_ending"].text


@pytest.mark.parametrize(("days", "shown"), [(0, "Penelaah Utama"), (1, "reviewer bapperida")])
def test_a_post_is_told_of_by_its_title_of_the_day(
    city: City, case_id: int, now: datetime, days: int, shown: str
) -> None:
    """The first day of the new title is the day of telling, or the day after it."""
    told_at = datetime(2026, 11, 24, tzinfo=ZoneInfo("Asia/Jakarta"))
    since = told_at.date() + timedelta(days=days)
    titled = {"title": "Penelaah Utama", "valid_from": since.isoformat(), "decree": "Perwali 1"}
    admin = city.people["admin"]
    positions.rename(city.session, city.positions[GONE], titled, by=admin, now=now)
    leave(city, GONE, now.date())
    city.person("deputy")
    city.appoint("deputy", GONE, "plt", since + timedelta(days=2), since + timedelta(days=2))
    vacancies.tell(city.session, told_at)
    assert {line.values["position"] for line in told(city)} == {shown}
    city.session.execute(delete(Notification))
    vacancies.tell(city.session, told_at + timedelta(days=days + 2))
    ending = {line.values["position"] for line in told(city) if line.kind == "appointment_ending"}
    assert ending == {"Plt. Penelaah Utama"}
