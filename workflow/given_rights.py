"""Tells who should know when somebody is given a right, so that none is given in silence.

An appointment opens decisions and an administrator's account opens the settings. Neither waits for
a second person, as an office must go on when one is away; but others hear of it the same day.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from workflow import notifications, outbox
from workflow.appointments import described
from workflow.models import Appointment, AppointmentChange, Person, Position
from workflow.models.base import Json
from workflow.models.organisation import title_on
from workflow.notifications import Told, audience

APPOINTED = "appointed"
"""The kind of message that tells of appointments, and of the line that it leaves."""

ADMINISTRATOR_MADE = "administrator_made"
MOST_TOLD = 20
"""Appointments that a line names; of the others it says how many."""


def note_appointment(session: Session, by: int, now: datetime) -> None:
    """Let people be told of what this person enters at this moment, of all of it at once."""
    key = f"{APPOINTED}:{by}:{now.isoformat()}"
    about = {"by": by, "at": now.isoformat()}
    outbox.post(session, [outbox.row(APPOINTED, key, about, now)])


def tell_appointments(session: Session, by: int, at: datetime, now: datetime) -> None:
    """Tell of the appointments that this person entered at that moment.

    Each is told to the one appointed, to head and secretary of the agency, and to administrators,
    but never to whoever entered it.
    """
    administrators = audience.administrators(session)
    concerned: dict[int, list[Row[Any]]] = {}
    agencies: dict[int, list[int]] = {}
    for row in session.execute(_entered(by, at, now.date())):
        if row.agency_id not in agencies:
            agencies[row.agency_id] = audience.leaders(session, row.agency_id, now.date())
        for person_id in {row.person_id, *agencies[row.agency_id], *administrators} - {by}:
            concerned.setdefault(person_id, []).append(row)
    entered_by = session.get_one(Person, by).name
    key = f"{APPOINTED}:{by}:{at.isoformat()}"
    told = [
        Told(person_id, None, APPOINTED, key, _values(rows, entered_by))
        for person_id, rows in sorted(concerned.items())
    ]
    notifications.tell(session, told, now)


def tell_administrator(session: Session, made: Person, by: int, now: datetime) -> None:
    """Tell every other administrator that there is a new one."""
    entered_by = session.get_one(Person, by).name
    values: Json = {"person": made.name, "username": made.username, "entered_by": entered_by}
    others = set(audience.administrators(session)) - {by, made.id}
    key = f"{ADMINISTRATOR_MADE}:{made.id}"
    told = [Told(person, None, ADMINISTRATOR_MADE, key, values) for person in sorted(others)]
    notifications.tell(session, told, now)


def _values(rows: list[Row[Any]], entered_by: str) -> Json:
    named = [
        {
            "holder": described(row.name, row.capacity, row.title),
            "starts_on": row.starts_on.isoformat(),
            "ends_on": None if row.ends_on is None else row.ends_on.isoformat(),
            "letter": row.letter_number,
        }
        for row in rows[:MOST_TOLD]
    ]
    return {"entered_by": entered_by, "count": len(rows), "appointments": named}


def _entered(by: int, at: datetime, day: date) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Appointment.person_id,
            Appointment.capacity,
            Appointment.starts_on,
            Appointment.ends_on,
            Appointment.letter_number,
            Person.name,
            Position.agency_id,
            title_on(day).label("title"),
        )
        .join(AppointmentChange, AppointmentChange.appointment_id == Appointment.id)
        .join(Person, Person.id == Appointment.person_id)
        .join(Position, Position.id == Appointment.position_id)
        .where(
            AppointmentChange.kind == "entered",
            AppointmentChange.person_id == by,
            AppointmentChange.at == at,
        )
        .order_by(Appointment.id)
    )
