"""The demo city, written once: Kota Metro's agencies, posts, people, calendar and workflows.

Every date counts from the day of the seed, so that the demo does not age. Never for production.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from workflow import accounts, closed_days, definitions
from workflow.city import beginning, demo_cases, reading
from workflow.city.founding import MAIL_DOMAIN, Charter, found, letter_number
from workflow.models import Agency, Appointment, Person, Position
from workflow.models.organisation import Capacity

PASSWORD = "metro-demo"  # noqa: S105 - printed for everybody who tries the demo
APPOINTED_BEFORE = timedelta(days=430)


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was written; nothing when a city was there already."""

    agencies: int = 0
    people: int = 0
    proposals: int = 0


def ensure_demo(session: Session, now: datetime) -> Seeded:
    """Write the demo city unless there are people already. All or nothing, in one transaction."""
    if beginning.has_people(session):
        return Seeded()
    beginning.found_weeks(session)
    charter = Charter(
        since=now.date() - APPOINTED_BEFORE,
        password_hash=accounts.hash_password(PASSWORD),
        now=now,
        mail_domain=MAIL_DOMAIN,
    )
    agencies = found(session, reading.units(charter.since), charter)
    administrator = _administrators(session, charter)
    _acting_officers(session, now.date())
    _calendar(session, administrator, now)
    definitions.publish_shipped(
        session, by=administrator.id, now=now - APPOINTED_BEFORE, default=beginning.DEFAULT_WORKFLOW
    )
    people = session.scalar(select(func.count()).select_from(Person)) or 0
    return Seeded(len(agencies), people, demo_cases.begin_all(session, now))


def has_demo_people(session: Session) -> bool:
    """Whether anybody of the demo can still sign in: production refuses to start with them."""
    return bool(
        session.scalar(
            select(exists().where(Person.email.endswith(f"@{MAIL_DOMAIN}"), Person.is_active))
        )
    )


def _administrators(session: Session, charter: Charter) -> Person:
    people = [
        Person(
            username=row["user"],
            name=row["name"],
            email=f"{row['user']}@{MAIL_DOMAIN}",
            password_hash=charter.password_hash,
            is_administrator=True,
            created_at=charter.now,
        )
        for row in reading.city()["administrators"]
    ]
    session.add_all(people)
    session.flush()
    return people[0]


def _acting_officers(session: Session, today: date) -> None:
    positions = {
        f"{code}:{position.post}": position
        for code, position in session.execute(
            select(Agency.code, Position).join(Position, Position.agency_id == Agency.id)
        )
    }
    for row in reading.city()["acting"]:
        person = accounts.named(session, row["user"])
        appointment = _held(session, person, positions[row["post"]], today)
        _act(appointment, row, today)
    session.flush()


def _held(session: Session, person: Person, position: Position, today: date) -> Appointment:
    """The person's appointment to the position: the one they have, or one besides their others."""
    appointment = session.scalar(
        select(Appointment).where(
            Appointment.person_id == person.id, Appointment.position_id == position.id
        )
    )
    if appointment is None:
        appointment = Appointment(person_id=person.id, position_id=position.id)
        session.add(appointment)
    appointment.letter_number = letter_number(person, position, today.year)
    return appointment


def _act(appointment: Appointment, row: Mapping[str, Any], today: date) -> None:
    appointment.capacity = Capacity(row["capacity"])
    appointment.starts_on = today + timedelta(days=row["from"])
    appointment.ends_on = today + timedelta(days=row["until"])
    appointment.letter_date = appointment.starts_on


def _calendar(session: Session, administrator: Person, now: datetime) -> None:
    """Last year and this one count; next year is loaded and waits for its decree."""
    for year in (now.year - 1, now.year, now.year + 1):
        closed_days.load(session, year, now, by=None)
    for year in (now.year - 1, now.year):
        closed_days.confirm(session, year, now, by=administrator.id)
