"""Appointments are entered and ended on letters, by who may, and end by themselves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.workflow.factories import City
from workflow import appointable, appointing, permissions
from workflow.errors import Invalid, NotFound
from workflow.models import Appointment, AppointmentChange


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    """The small city, with administrators, a personnel agency and people without posts."""
    city = City.founded(session, now)
    city.agency("bkpsdm", "personnel")
    city.position("bkpsdm", "operator")
    for name in ("operator.bkpsdm", "newcomer"):
        city.person(name)
    city.appoint("operator.bkpsdm", "operator.bkpsdm")
    city.person("admin", administers=True)
    return city


def letter(city: City, **changes: Any) -> dict[str, str]:
    """What is typed to make the newcomer Plh of the health agency's head for a week."""
    typed = {
        "position_id": city.positions["head.dinkes"],
        "person_id": city.people["newcomer"],
        "capacity": "plh",
        "starts_on": "2026-11-23",
        "ends_on": "2026-11-29",
        "letter_number": "800/12/BKPSDM/2026",
        "letter_date": "2026-11-20",
    }
    return {name: str(value) for name, value in (typed | changes).items()}


def problems(error: pytest.ExceptionInfo[Invalid]) -> set[tuple[str, str]]:
    """What was wrong, as pairs of field and code."""
    return {(problem.field, problem.code) for problem in error.value.problems}


@pytest.mark.parametrize("by", ["admin", "secretary.dinkes", "operator.bkpsdm"])
def test_administrators_the_own_secretary_and_personnel_enter_appointments(
    city: City, session: Session, now: datetime, by: str
) -> None:
    number = appointing.enter(session, letter(city), by=city.people[by], now=now)
    (actor,) = permissions.actors(session, city.people["newcomer"], now)
    assert (actor.appointment_id, actor.title, actor.capacity) == (number, "head dinkes", "plh")
    (trace,) = appointing.history(session, number)
    assert (trace.kind, trace.by, trace.at) == ("entered", f"Ibu {by}", now)


@pytest.mark.parametrize("by", ["secretary.dinsos", "head.dinkes", "operator.dinkes", "former"])
def test_nobody_else_fills_the_position(
    city: City, session: Session, now: datetime, by: str
) -> None:
    city.person("former")
    with pytest.raises(Invalid) as error:
        appointing.enter(session, letter(city), by=city.people[by], now=now)
    assert ("position_id", "unknown") in problems(error)
    assert not permissions.actors(session, city.people["newcomer"], now)


def test_nobody_appoints_themselves(city: City, session: Session, now: datetime) -> None:
    oneself = city.people["secretary.dinkes"]
    with pytest.raises(Invalid) as error:
        appointing.enter(session, letter(city, person_id=oneself), by=oneself, now=now)
    assert problems(error) == {("person_id", "oneself")}


def test_nobody_ends_their_own_appointment(city: City, session: Session, now: datetime) -> None:
    own = city.appointments["secretary.dinkes@secretary.dinkes"]
    with pytest.raises(NotFound):
        appointing.end(session, own, letter(city), by=city.people["secretary.dinkes"], now=now)


def test_all_mistakes_are_told_at_once(city: City, session: Session, now: datetime) -> None:
    typed = letter(
        city,
        position_id="",
        person_id="987654321",
        capacity="chief",
        starts_on="2026-02-30",
        ends_on="soon",
        letter_number="x" * 101,
        letter_date="2026-11-24",
    )
    with pytest.raises(Invalid) as error:
        appointing.enter(session, typed, by=city.people["admin"], now=now)
    assert problems(error) == {
        ("position_id", "required"),
        ("person_id", "unknown"),
        ("capacity", "unknown"),
        ("starts_on", "not_a_date"),
        ("ends_on", "not_a_date"),
        ("letter_number", "too_long"),
        ("letter_date", "letter_to_come"),
    }


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"ends_on": ""}, "ends_on", "required"),
        ({"ends_on": "2026-11-22"}, "ends_on", "ends_before_start"),
        ({"starts_on": "2026-11-01", "ends_on": "2026-11-22"}, "ends_on", "day_is_over"),
        ({"letter_number": "  "}, "letter_number", "required"),
        ({"person_id": "9" * 30}, "person_id", "unknown"),
    ],
)
def test_what_the_letter_must_say(
    city: City, session: Session, now: datetime, changes: dict[str, str], field: str, code: str
) -> None:
    with pytest.raises(Invalid) as error:
        appointing.enter(session, letter(city, **changes), by=city.people["admin"], now=now)
    assert problems(error) == {(field, code)}


def test_a_definitive_holder_needs_no_last_day(city: City, session: Session, now: datetime) -> None:
    typed = letter(city, capacity="definitive", ends_on="")
    number = appointing.enter(session, typed, by=city.people["admin"], now=now)
    assert session.get_one(Appointment, number).ends_on is None


@pytest.mark.parametrize("who", ["admin2", "gone"])
def test_administrators_and_people_who_left_are_not_appointed(
    city: City, session: Session, now: datetime, who: str
) -> None:
    city.person("admin2", administers=True)
    city.person("gone")
    session.execute(text("UPDATE people SET is_active = false WHERE username = 'gone'"))
    with pytest.raises(Invalid) as error:
        appointing.enter(
            session, letter(city, person_id=city.people[who]), by=city.people["admin"], now=now
        )
    assert problems(error) == {("person_id", "unknown")}


def test_one_person_does_not_hold_a_position_twice_on_a_day(
    city: City, session: Session, now: datetime
) -> None:
    by = city.people["admin"]
    appointing.enter(session, letter(city), by=by, now=now)
    later = letter(city, starts_on="2026-11-29", ends_on="2026-12-05")
    with pytest.raises(Invalid) as error:
        appointing.enter(session, later, by=by, now=now)
    assert problems(error) == {("person_id", "holds_it_already")}
    appointing.enter(session, later | {"starts_on": "2026-11-30"}, by=by, now=now)


def test_an_appointment_ends_at_once_on_yesterday_as_its_last_day(
    city: City, session: Session, now: datetime
) -> None:
    number = appointing.enter(session, letter(city), by=city.people["admin"], now=now)
    typed = letter(city, ends_on="2026-11-22", letter_number="800/13/2026")
    appointing.end(session, number, typed, by=city.people["secretary.dinkes"], now=now)
    assert not permissions.actors(session, city.people["newcomer"], now)
    ended = appointing.history(session, number)[-1]
    assert (ended.kind, ended.by, ended.ends_on, ended.letter_number) == (
        "ended",
        "Ibu secretary.dinkes",
        date(2026, 11, 22),
        "800/13/2026",
    )
    assert session.get_one(Appointment, number).letter_number == "800/12/BKPSDM/2026"


@pytest.mark.parametrize(
    ("ends_on", "code"), [("2026-11-21", "ends_too_early"), ("2026-11-29", "ends_no_earlier")]
)
def test_an_end_neither_rewrites_the_past_nor_prolongs(
    city: City, session: Session, now: datetime, ends_on: str, code: str
) -> None:
    by = city.people["admin"]
    number = appointing.enter(session, letter(city, starts_on="2026-11-01"), by=by, now=now)
    with pytest.raises(Invalid) as error:
        appointing.end(session, number, letter(city, ends_on=ends_on), by=by, now=now)
    assert problems(error) == {("ends_on", code)}


def test_who_entered_an_appointment_cannot_be_changed(
    city: City, session: Session, now: datetime
) -> None:
    appointing.enter(session, letter(city), by=city.people["admin"], now=now)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("UPDATE appointment_changes SET person_id = 1"))


def test_a_refused_entry_leaves_no_trace(city: City, session: Session, now: datetime) -> None:
    with pytest.raises(Invalid):
        appointing.enter(session, letter(city, capacity=""), by=city.people["admin"], now=now)
    assert session.scalar(select(AppointmentChange.id)) is None


def test_the_lists_offer_what_would_be_taken(city: City, session: Session, now: datetime) -> None:
    secretary = city.people["secretary.dinkes"]
    offered = {choice.words for choice in appointable.positions(session, secretary, now)}
    assert offered == {"operator dinkes", "secretary dinkes", "head dinkes"}
    names = {choice.id for choice in appointable.people(session, secretary)}
    assert secretary not in names
    assert city.people["admin"] not in names
    assert len(appointable.positions(session, city.people["admin"], now)) == len(city.positions)


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
def test_the_right_lasts_to_the_end_of_the_last_day_where_the_city_is(
    city: City, session: Session, now: datetime, zone: str
) -> None:
    appointing.enter(session, letter(city), by=city.people["admin"], now=now)
    midnight = datetime(2026, 11, 30, tzinfo=ZoneInfo(zone))
    newcomer = city.people["newcomer"]
    assert permissions.actors(session, newcomer, midnight - timedelta(microseconds=1))
    assert not permissions.actors(session, newcomer, midnight)
    first = datetime(2026, 11, 23, tzinfo=ZoneInfo(zone))
    assert not permissions.actors(session, newcomer, first - timedelta(microseconds=1))
    assert permissions.actors(session, newcomer, first)
