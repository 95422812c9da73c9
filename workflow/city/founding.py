"""Setting up agencies: names, functions, posts, and the people who are appointed to the posts.

Serves the demo city and imports. People are named for their posts and share one password hash,
because hashing a password for each of hundreds would take a minute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.models import (
    Agency,
    AgencyFunction,
    AgencyName,
    Appointment,
    Person,
    Position,
)
from workflow.models.organisation import Capacity

MAIL_DOMAIN = "metro.example"


@dataclass(frozen=True, slots=True)
class Name:
    """What an agency is called from a day until a day."""

    name: str
    short_name: str
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A post: its title, who sits there, and to whom it answers.

    `superior` is a post of the same agency, `code:post` of another, `^post` of the parent.
    """

    post: str
    title: str
    usernames: tuple[str, ...]
    superior: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """An agency to be founded."""

    code: str
    names: tuple[Name, ...]
    posts: tuple[Post, ...]
    parent: str | None = None
    week: str = "five"
    functions: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Charter:
    """The day from which everything founded together holds, and how its people sign in."""

    since: date
    password_hash: str
    now: datetime
    mail_domain: str | None = None
    """Without one, people have no address until an administrator enters it."""


def found(session: Session, units: Sequence[Unit], charter: Charter) -> dict[str, Agency]:
    """Add the agencies, parents first in `units` or known before; returns them by code."""
    agencies = _agencies(session, units, charter)
    positions = _positions(session, units, agencies)
    people = {
        username: _person(username, post.title, number, charter)
        for unit in units
        for post in unit.posts
        for number, username in enumerate(post.usernames, start=1)
    }
    session.add_all(people.values())
    session.flush()  # appointments need the numbers of people and positions
    session.add_all(
        _appointment(people[username], positions[unit.code, post.post], charter)
        for unit in units
        for post in unit.posts
        for username in post.usernames
    )
    session.flush()
    return agencies


def letter_number(person: Person, position: Position, year: int) -> str:
    """A letter's number in the form that appointments carry: class, running number, year."""
    return f"821.2/{position.id:03d}.{person.id:03d}/SK/{year}"


def standard_posts(
    name: str, usernames: Mapping[str, str], titles: Mapping[str, str], superior: str
) -> tuple[Post, ...]:
    """Head, secretary and operator: what every agency that proposes needs."""
    return (
        Post("head", titles["head"].format(name), (usernames["head"],), superior),
        Post("secretary", titles["secretary"].format(name), (usernames["secretary"],), "head"),
        Post("operator", titles["operator"].format(name), (usernames["operator"],), "secretary"),
    )


def _agencies(session: Session, units: Sequence[Unit], charter: Charter) -> dict[str, Agency]:
    known = {agency.code: agency for agency in session.scalars(select(Agency))}
    added: dict[str, Agency] = {}
    for unit in units:
        if unit.parent in added:
            session.flush()  # a parent of the same list gets its number before its children
        parent = known[unit.parent] if unit.parent else None
        agency = Agency(code=unit.code, parent_id=parent.id if parent else None, week=unit.week)
        session.add(agency)
        known[unit.code] = added[unit.code] = agency
    session.flush()
    for unit in units:
        agency_id = added[unit.code].id
        session.add_all(
            AgencyName(
                agency_id=agency_id,
                name=name.name,
                short_name=name.short_name,
                valid_from=name.valid_from,
                valid_until=name.valid_until,
            )
            for name in unit.names
        )
        session.add_all(
            AgencyFunction(
                agency_id=agency_id, function=function, valid_from=charter.since, valid_until=None
            )
            for function in unit.functions
        )
    return added


def _positions(
    session: Session, units: Sequence[Unit], agencies: Mapping[str, Agency]
) -> dict[tuple[str, str], Position]:
    positions: dict[tuple[str, str], Position] = {
        (code, position.post): position
        for code, position in session.execute(
            select(Agency.code, Position).join(Position, Position.agency_id == Agency.id)
        )
    }
    for unit in units:
        for post in unit.posts:
            positions[unit.code, post.post] = Position(
                agency_id=agencies[unit.code].id,
                post=post.post,
                title=post.title,
                places=max(1, len(post.usernames)),
            )
    session.add_all(positions.values())
    session.flush()
    for unit in units:
        for post in unit.posts:
            superior = positions.get(_superior(unit, post.superior)) if post.superior else None
            positions[unit.code, post.post].superior_id = superior.id if superior else None
    return positions


def _superior(unit: Unit, written: str) -> tuple[str, str]:
    if written.startswith("^"):
        return unit.parent or "", written[1:]
    code, colon, post = written.rpartition(":")
    return (code, post) if colon else (unit.code, written)


def _person(username: str, title: str, number: int, charter: Charter) -> Person:
    return Person(
        username=username,
        name=title if number == 1 else f"{title} ({number})",
        email=f"{username}@{charter.mail_domain}" if charter.mail_domain else "",
        password_hash=charter.password_hash,
        created_at=charter.now,
    )


def _appointment(person: Person, position: Position, charter: Charter) -> Appointment:
    return Appointment(
        person_id=person.id,
        position_id=position.id,
        capacity=Capacity.DEFINITIVE,
        starts_on=charter.since,
        ends_on=None,
        letter_number=letter_number(person, position, charter.since.year),
        letter_date=charter.since,
    )
