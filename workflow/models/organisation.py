"""Agencies, positions, people and the dated appointments that bind them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, Id, Json, reference


class Capacity(StrEnum):
    """In what right a person holds a position (UU 30/2014 art. 14; DOMAIN 2.6)."""

    DEFINITIVE = "definitive"
    PLT = "plt"
    PLH = "plh"
    PJ = "pj"
    PJS = "pjs"

    @property
    def is_acting(self) -> bool:
        """Whether the law bars this capacity from strategic decisions: Plt and Plh."""
        return self in (Capacity.PLT, Capacity.PLH)


class Agency(Base):
    """A unit of the city government. Its names and functions are dated and live beside it."""

    __tablename__ = "agencies"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[int | None] = reference("agencies.id", index=True)
    week: Mapped[str] = mapped_column(ForeignKey("work_weeks.code"), default="five")
    followed_by_id: Mapped[int | None] = reference("agencies.id", index=True)
    """The first of its heirs once it is no more: whoever names its code means that one."""


class AgencyName(Base):
    """What an agency is called from a day until a day (inclusive; open when null)."""

    __tablename__ = "agency_names"
    __table_args__ = (UniqueConstraint("agency_id", "valid_from"),)

    id: Mapped[Id]
    agency_id: Mapped[int] = reference("agencies.id")
    name: Mapped[str]
    short_name: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]


class AgencyFunction(Base):
    """What an agency is for (`planning`, `ict` …), so that no agency's name is in the code."""

    __tablename__ = "agency_functions"
    __table_args__ = (UniqueConstraint("function", "valid_from"),)

    id: Mapped[Id]
    agency_id: Mapped[int] = reference("agencies.id", index=True)
    function: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]


class Position(Base):
    """A post of an agency. Work is addressed here, never to a person."""

    __tablename__ = "positions"
    __table_args__ = (UniqueConstraint("agency_id", "post"),)

    id: Mapped[Id]
    agency_id: Mapped[int] = reference("agencies.id")
    post: Mapped[str]
    title: Mapped[str]
    """The last of its titles, which may be still to come: `title_on` a day is what it is called."""
    superior_id: Mapped[int | None] = reference("positions.id", index=True)
    places: Mapped[int] = mapped_column(default=1, server_default="1")
    """How many people may hold it side by side, each in full right."""
    closed_on: Mapped[date | None]
    """The last day on which it is there; nobody is appointed to it afterwards."""
    followed_by_id: Mapped[int | None] = reference("positions.id", index=True)
    """Which position has its work since it went to an heir; without a meaning while it is open."""

    def is_open(self, day: date) -> bool:
        """Whether it is there on the day."""
        return self.closed_on is None or day <= self.closed_on


class FormerTitle(Base):
    """What a position was called before its next title, until a day (inclusive)."""

    __tablename__ = "former_titles"
    __table_args__ = (UniqueConstraint("position_id", "valid_until"),)

    id: Mapped[Id]
    position_id: Mapped[int] = reference("positions.id")
    title: Mapped[str]
    valid_until: Mapped[date]


def title_on(day: date | ColumnElement[date]) -> ColumnElement[str]:
    """What a row of Position is called on a day, to be selected beside its columns."""
    former = (
        select(FormerTitle.title)
        .where(FormerTitle.position_id == Position.id, FormerTitle.valid_until >= day)
        .order_by(FormerTitle.valid_until)
        .limit(1)
        .correlate_except(FormerTitle)
        .scalar_subquery()
    )
    return func.coalesce(former, Position.title)


TITLE_ON = """coalesce((
    SELECT former_titles.title FROM former_titles
    WHERE former_titles.position_id = {positions}.id AND former_titles.valid_until >= {day}
    ORDER BY former_titles.valid_until LIMIT 1
), {positions}.title)"""
"""The same in the words of the database, of a row of `{positions}` on `{day}`."""


class Person(Base):
    """Somebody who signs in. Holds no right by themselves except, maybe, to administer."""

    __tablename__ = "people"

    id: Mapped[Id]
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str]
    password_hash: Mapped[str]
    password_link_salt: Mapped[str | None]
    """What the link with which a new password is set is made of, beside the installation's key."""
    password_link_until: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    is_administrator: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(default="id")
    mail_choices: Mapped[Json] = mapped_column(default=dict, server_default="{}")
    """Kind of matter -> when a mail tells of it; what is not named is told at once."""
    quiet_hours: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether mails wait until the person's offices open."""
    bounced_address: Mapped[str | None]
    """The address that a mail server refused for good; it counts while it is still the address."""
    bounced_at: Mapped[datetime | None]
    bounce_reason: Mapped[str | None]
    created_at: Mapped[datetime]

    @property
    def is_bouncing(self) -> bool:
        """Whether mails to the present address come back."""
        return self.bounced_address is not None and self.bounced_address == self.email


class Appointment(Base):
    """A person holds a position from a day until the end of a day, in a capacity, on a letter.

    One that ends on the day before its first was taken back before it held.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on - 1", name="ends_after_start"),
        CheckConstraint("capacity = 'definitive' OR ends_on IS NOT NULL", name="acting_has_an_end"),
        Index("ix_appointments_position_id_starts_on", "position_id", "starts_on"),
    )

    id: Mapped[Id]
    person_id: Mapped[int] = reference("people.id", index=True)
    position_id: Mapped[int] = reference("positions.id")
    capacity: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    letter_number: Mapped[str]
    letter_date: Mapped[date]


class AppointmentChange(Base):
    """Who entered or ended an appointment, when, on which letter. Kept from change by a trigger."""

    __tablename__ = "appointment_changes"

    id: Mapped[Id]
    appointment_id: Mapped[int] = reference("appointments.id", index=True)
    kind: Mapped[str]
    person_id: Mapped[int] = reference("people.id", index=True)
    """Who did it."""
    at: Mapped[datetime]
    ends_on: Mapped[date | None]
    """The last day from then on."""
    letter_number: Mapped[str]
    letter_date: Mapped[date]


class ApiToken(Base):
    """A bearer token of a person; only its SHA-256 is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[Id]
    person_id: Mapped[int] = reference("people.id", index=True)
    digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
