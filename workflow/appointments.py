"""Who somebody is at an instant: the person, and the appointments that hold on that day.

Reads only, and knows nothing of cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflow import absences, reading
from workflow.models.organisation import TITLE_ON, Capacity


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in one appointment: who, at which position, in what right, until when."""

    person_id: int
    name: str
    appointment_id: int
    capacity: Capacity
    letter_number: str
    starts_on: date
    ends_on: date | None
    position_id: int
    post: str
    title: str
    agency_id: int
    agency: str
    """The agency's name of the day."""
    deputy: str | None = None
    """The Plh who does the work meanwhile, so that one's own right rests."""
    deputy_until: date | None = None

    def told(self) -> dict[str, str]:
        """What an event says of who acted, and in what right."""
        return {
            "position": self.title,
            "agency": self.agency,
            "person": self.name,
            "capacity": self.capacity.value,
            "letter": self.letter_number,
        }


@dataclass(frozen=True, slots=True)
class Credentials:
    """A person with all appointments that hold at the instant; none for an inactive person."""

    person_id: int
    name: str
    is_active: bool
    is_administrator: bool
    actors: tuple[Actor, ...]
    agency_ids: list[int]
    """The agencies in which the person holds a position."""
    seal: str
    """Changes with the password, and tells nothing of it."""
    ended: tuple[str, date] | None = None
    """The title and the last day of an appointment that has ended, if none holds."""

    @property
    def position_ids(self) -> list[int]:
        """The positions that the person holds."""
        return sorted({actor.position_id for actor in self.actors})


def described(name: str, capacity: Capacity | str, title: str) -> str:
    """A person as documents name them: the name, and the post with the capacity before it."""
    if Capacity(capacity) is Capacity.DEFINITIVE:
        return f"{name}, {title}"
    return f"{name}, {Capacity(capacity).capitalize()}. {title}"


def credentials(session: Session, person_id: int, now: datetime) -> Credentials | None:
    """Who the person is at this instant, in one statement; None when there is no such person."""
    return reading.once(
        session, ("credentials", person_id, now), lambda: _credentials(session, person_id, now)
    )


def several(session: Session, person_ids: Iterable[int], now: datetime) -> dict[int, Credentials]:
    """Who these people are at this instant, by number; those who do not exist are left out."""
    asked = {"people": sorted(set(person_ids)), "day": now.date()}
    found = session.connection().exec_driver_sql(_SEVERAL, asked).scalar()
    return {one["id"]: read(session, one, now) for one in found or ()}


def read(session: Session, document: Mapping[str, Any], now: datetime) -> Credentials:
    """Make credentials of what PERSON selects, for callers that read it along with more."""
    person_id, name, is_active = document["id"], document["name"], document["is_active"]
    held = {row["id"]: row for row in document["held"] or ()} if is_active else {}
    actors = tuple(_actor(person_id, name, row) for row in held.values())
    agency_ids = sorted({actor.agency_id for actor in actors})
    ended = None if actors else _ended(session, person_id, None, now)
    is_administrator, seal = document["is_administrator"], document["seal"]
    return Credentials(
        person_id, name, is_active, is_administrator, actors, agency_ids, seal, ended
    )


def _credentials(session: Session, person_id: int, now: datetime) -> Credentials | None:
    asked = {"person_id": person_id, "day": now.date()}
    found = session.connection().exec_driver_sql(_CREDENTIALS, asked).scalar()
    return None if found is None else read(session, found, now)


def only(session: Session, who: Credentials, appointment_id: int, now: datetime) -> Credentials:
    """The same person in this one appointment, or in none if it does not hold."""
    actors = tuple(actor for actor in who.actors if actor.appointment_id == appointment_id)
    ended = None if actors else _ended(session, who.person_id, appointment_id, now)
    return replace(who, actors=actors, ended=ended)


def _actor(person_id: int, name: str, row: Mapping[str, Any]) -> Actor:
    return Actor(
        person_id=person_id,
        name=name,
        appointment_id=row["id"],
        capacity=Capacity(row["capacity"]),
        letter_number=row["letter_number"],
        starts_on=date.fromisoformat(row["starts_on"]),
        ends_on=_day(row["ends_on"]),
        position_id=row["position_id"],
        post=row["post"],
        title=row["title"],
        agency_id=row["agency_id"],
        agency=row["agency"] or "",
        deputy=row["deputy"],
        deputy_until=_day(row["deputy_until"]),
    )


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)


def actors(session: Session, person_id: int, now: datetime) -> list[Actor]:
    """The person's appointments that hold at this instant; none for an inactive person."""
    who = credentials(session, person_id, now)
    return [] if who is None else list(who.actors)


def _ended(
    session: Session, person_id: int, appointment_id: int | None, now: datetime
) -> tuple[str, date] | None:
    values = {"person_id": person_id, "appointment_id": appointment_id, "day": now.date()}
    row = session.execute(_ENDED, values).first()
    return None if row is None else (row.title, row.ends_on)


_TITLE = TITLE_ON.format(positions="positions", day="%(day)s")
_STANDING_IN = absences.STANDING_IN.format(appointments="appointments", day="%(day)s")
PERSON = f"""
    json_build_object(
        'id', people.id, 'name', people.name, 'is_active', people.is_active,
        'is_administrator', people.is_administrator, 'seal', md5(people.password_hash),
        'held', (
            SELECT json_agg(held) FROM (
                SELECT appointments.id, appointments.capacity, appointments.letter_number,
                       appointments.starts_on, appointments.ends_on, appointments.position_id,
                       post, {_TITLE} AS title, positions.agency_id, agency_names.name AS agency,
                       standing_in.name AS deputy, standing_in.ends_on AS deputy_until
                FROM appointments
                JOIN positions ON positions.id = appointments.position_id
                LEFT JOIN agency_names ON agency_names.agency_id = positions.agency_id
                  AND agency_names.valid_from <= %(day)s
                  AND (agency_names.valid_until IS NULL OR agency_names.valid_until >= %(day)s)
                LEFT JOIN LATERAL (
                    SELECT deputy.name, plh.ends_on {_STANDING_IN} ORDER BY plh.id LIMIT 1
                ) AS standing_in ON true
                WHERE appointments.person_id = people.id AND appointments.starts_on <= %(day)s
                  AND (appointments.ends_on IS NULL OR appointments.ends_on >= %(day)s)
                ORDER BY appointments.id
            ) AS held
        )
    )
"""  # noqa: S608
"""One of `people` with the appointments that hold on a day, as one column."""

WHO = f"(SELECT {PERSON} FROM people WHERE people.id = %(person_id)s)"  # noqa: S608
"""The same of the person of a number, to be selected alone or beside other columns."""

_CREDENTIALS = f"SELECT {WHO}"
_SEVERAL = f"SELECT json_agg({PERSON}) FROM people WHERE people.id = ANY (%(people)s)"  # noqa: S608
_ENDED = text(f"""
    SELECT {TITLE_ON.format(positions="positions", day="appointments.ends_on")} AS title,
           appointments.ends_on
    FROM appointments JOIN positions ON positions.id = appointments.position_id
    WHERE appointments.person_id = :person_id AND appointments.ends_on < :day
      AND appointments.id = coalesce(CAST(:appointment_id AS bigint), appointments.id)
    ORDER BY appointments.ends_on DESC LIMIT 1
""")  # noqa: S608
