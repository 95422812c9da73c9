"""Enters and ends appointments on their letters, and keeps who did so. Grants no right by itself.

Whoever has a right asks `permissions`: a decision looks at the appointments of its own instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import appointable, given_rights, permissions
from workflow.errors import NotFound
from workflow.models import Appointment, AppointmentChange, Person, Position
from workflow.models.organisation import Capacity
from workflow.permissions import Permission
from workflow.typed import Typed

LONGEST_NUMBER = 100
DAY = timedelta(days=1)


class Change(StrEnum):
    """What was done to an appointment."""

    ENTERED = "entered"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Trace:
    """One entry of an appointment's history: what was done, by whom, on which letter."""

    kind: Change
    by: str
    at: datetime
    ends_on: date | None
    letter_number: str
    letter_date: date


def enter(session: Session, typed: Mapping[str, str], *, by: int, now: datetime) -> int:
    """Appoint somebody on a letter; returns the appointment's number.

    `typed` holds `position_id`, `person_id`, `capacity`, `starts_on`, `ends_on`, `letter_number`
    and `letter_date` as they were written. Whoever should know is told of it. Raises Invalid with
    everything that is wrong.
    """
    form = _Form(typed)
    position_id = form.number("position_id")
    person_id = form.number("person_id")
    capacity = form.capacity()
    starts_on = form.day("starts_on")
    ends_on = form.day("ends_on", is_needed=capacity not in (None, Capacity.DEFINITIVE))
    number, letter_date = form.letter(now.date())
    if starts_on and ends_on and ends_on < starts_on:
        form.wrong("ends_on", "ends_before_start")
    elif ends_on and ends_on < now.date():
        form.wrong("ends_on", "day_is_over")
    if position_id is not None:
        _check_position(session, form, position_id, by, now)
    if person_id is not None:
        _check_person(session, form, person_id, position_id, starts_on, ends_on, by)
    form.raise_problems()
    assert letter_date is not None
    appointment = Appointment(
        person_id=person_id,
        position_id=position_id,
        capacity=capacity,
        starts_on=starts_on,
        ends_on=ends_on,
        letter_number=number,
        letter_date=letter_date,
    )
    session.add(appointment)
    session.flush()  # its number is needed for the trace, and for the caller
    session.add(_trace(appointment, Change.ENTERED, number, letter_date, by, now))
    given_rights.note_appointment(session, by, now)
    return appointment.id


def end(
    session: Session, appointment_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> None:
    """Let an appointment end on the day `ends_on`; only ever earlier than it would have.

    Raises NotFound, or Invalid with everything that is wrong with what was typed.
    """
    permissions.demand(session, by, Permission.END_APPOINTMENT, now, appointment_id=appointment_id)
    appointment = session.get(Appointment, appointment_id, with_for_update=True)
    if appointment is None:
        raise NotFound(f"appointment {appointment_id}")
    form = _Form(typed)
    ends_on = form.day("ends_on", is_needed=True)
    number, letter_date = form.letter(now.date())
    earliest = earliest_end(appointment.starts_on, now.date())
    if ends_on is not None and ends_on < earliest:
        form.wrong("ends_on", "ends_too_early", earliest=earliest)
    elif ends_on and appointment.ends_on and ends_on >= appointment.ends_on:
        form.wrong("ends_on", "ends_no_earlier", ends_on=appointment.ends_on)
    form.raise_problems()
    assert letter_date is not None
    appointment.ends_on = ends_on
    session.add(_trace(appointment, Change.ENDED, number, letter_date, by, now))
    session.flush()  # who asks for rights in the same transaction asks past the session


def hand_over(
    session: Session,
    held: Appointment,
    position_id: int | None,
    day: date,
    letter: tuple[str, date],
    *,
    by: int,
    now: datetime,
) -> None:
    """Let an appointment end before the day, because its position goes over to another.

    The holder has the other position from the day on, in the same right and for as long, apart
    from days on which they have it already; without a position they have none. `held` is locked;
    `letter` is the number and the day of what says so.
    """
    number, letter_date = letter
    first, until = max(held.starts_on, day), held.ends_on
    free = [] if position_id is None else _free(session, held.person_id, position_id, first, until)
    for starts_on, ends_on in free:
        new = Appointment(
            person_id=held.person_id,
            position_id=position_id,
            capacity=held.capacity,
            starts_on=starts_on,
            ends_on=ends_on,
            letter_number=number,
            letter_date=letter_date,
        )
        session.add(new)
        session.flush()  # its number is needed for the trace
        session.add(_trace(new, Change.ENTERED, number, letter_date, by, now))
    held.ends_on = first - DAY
    session.add(_trace(held, Change.ENDED, number, letter_date, by, now))
    session.flush()


def _free(
    session: Session, person_id: int, position_id: int, first: date, last: date | None
) -> list[tuple[date, date | None]]:
    """The stretches of these days on which the person does not have the position."""
    query = (
        select(Appointment.starts_on, Appointment.ends_on)
        .where(
            Appointment.person_id == person_id,
            Appointment.position_id == position_id,
            Appointment.ends_on.is_(None) | (Appointment.ends_on >= Appointment.starts_on),
            Appointment.ends_on.is_(None) | (Appointment.ends_on >= first),
        )
        .order_by(Appointment.starts_on)
    )
    free: list[tuple[date, date | None]] = []
    for starts_on, ends_on in session.execute(query):
        if last is not None and starts_on > last:
            break
        if starts_on > first:
            free.append((first, starts_on - DAY))
        if ends_on is None:
            return free
        first = max(first, ends_on + DAY)
    if last is None or first <= last:
        free.append((first, last))
    return free


def earliest_end(starts_on: date, today: date) -> date:
    """The earliest last day: yesterday, so that it ends at once, or before it has begun.

    What somebody decided until now was decided while they might.
    """
    return max(starts_on, today) - DAY


def history(session: Session, appointment_id: int) -> list[Trace]:
    """Who entered and ended the appointment, the oldest first; nothing for a founding one."""
    query = (
        select(
            AppointmentChange.kind,
            Person.name,
            AppointmentChange.at,
            AppointmentChange.ends_on,
            AppointmentChange.letter_number,
            AppointmentChange.letter_date,
        )
        .join(Person, Person.id == AppointmentChange.person_id)
        .where(AppointmentChange.appointment_id == appointment_id)
        .order_by(AppointmentChange.id)
    )
    return [
        Trace(Change(row.kind), row.name, row.at, row.ends_on, row.letter_number, row.letter_date)
        for row in session.execute(query)
    ]


class _Form(Typed):
    """What a form about an appointment says."""

    def capacity(self) -> Capacity | None:
        """In what right."""
        words = self.text("capacity")
        if words in set(Capacity):
            return Capacity(words)
        if words:
            self.wrong("capacity", "unknown")
        return None

    def letter(self, today: date) -> tuple[str, date | None]:
        """The number and the day of a letter that has been written."""
        number = self.text("letter_number", most=LONGEST_NUMBER)
        day = self.day("letter_date")
        if day is not None and day > today:
            self.wrong("letter_date", "letter_to_come")
        return number, day


def _check_position(
    session: Session, form: _Form, position_id: int, by: int, now: datetime
) -> None:
    """Whether there is such a position, and this person may fill it. Locks it."""
    position = session.get(Position, position_id, with_for_update=True)
    if (
        position is None
        or not position.is_open(now.date())
        or not permissions.may(session, by, Permission.APPOINT, now, agency_id=position.agency_id)
    ):
        form.wrong("position_id", "unknown")


def _check_person(
    session: Session,
    form: _Form,
    person_id: int,
    position_id: int | None,
    starts_on: date | None,
    ends_on: date | None,
    by: int,
) -> None:
    """Whether this person can be appointed there for these days."""
    if person_id == by:
        form.wrong("person_id", "oneself")
    elif session.scalar(select(Person.id).where(appointable.open_to(by), Person.id == person_id)):
        if starts_on is None:
            return
        held = select(Appointment.id).where(
            Appointment.person_id == person_id,
            Appointment.position_id == position_id,
            Appointment.ends_on.is_(None) | (Appointment.ends_on >= starts_on),
        )
        if ends_on is not None:
            held = held.where(Appointment.starts_on <= ends_on)
        if session.scalar(held.limit(1)) is not None:
            form.wrong("person_id", "holds_it_already")
    else:
        form.wrong("person_id", "unknown")


def _trace(
    appointment: Appointment,
    kind: Change,
    letter_number: str,
    letter_date: date,
    by: int,
    now: datetime,
) -> AppointmentChange:
    return AppointmentChange(
        appointment_id=appointment.id,
        kind=kind,
        person_id=by,
        at=now,
        ends_on=appointment.ends_on,
        letter_number=letter_number,
        letter_date=letter_date,
    )
