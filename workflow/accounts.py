"""Who somebody is: passwords and bearer tokens. What they may do is asked of `permissions`."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from workflow import appointments
from workflow.appointments import Credentials
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import ApiToken, Person

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
PEOPLE_A_PAGE = 100
HASHER = PasswordHasher()


def authenticate(session: Session, username: str, password: str) -> Person | None:
    """The active person of that name and password, or None.

    An unknown name costs as much work as a wrong password, so that the time tells nothing. A hash
    made with older costs is renewed.
    """
    person = session.scalar(select(Person).where(Person.username == username.strip().lower()))
    matches = len(password) <= LONGEST_PASSWORD and _matches(
        person.password_hash if person else _decoy(), password
    )
    if person is None or not matches or not person.is_active:
        return None
    if HASHER.check_needs_rehash(person.password_hash):
        person.password_hash = hash_password(password)
        session.flush()  # the session that begins now is sealed with it
    return person


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with a salt of its own."""
    return HASHER.hash(password)


def set_password(session: Session, username: str, password: str) -> None:
    """Give a person a new password; a link with which to set one opens nothing any more.

    Raises NotFound; Invalid when it is too short or too long.
    """
    if problems := password_problems(password):
        raise Invalid(*problems)
    person = named(session, username)
    person.password_hash = hash_password(password)
    person.password_link_salt = person.password_link_until = None


def password_problems(password: str) -> list[Problem]:
    """What keeps these words from being a password, of the field `password`."""
    if len(password) < SHORTEST_PASSWORD:
        return [Problem("password", "too_short", {"least": SHORTEST_PASSWORD})]
    if len(password) > LONGEST_PASSWORD:
        return [Problem("password", "too_long", {"most": LONGEST_PASSWORD})]
    return []


def create_token(session: Session, username: str, now: datetime) -> str:
    """A new bearer token of a person, shown this once: only its digest is kept.

    Raises NotFound for an unknown or inactive person.
    """
    person = named(session, username)
    if not person.is_active:
        raise NotFound(f"person {username!r}")
    token = f"alur_{secrets.token_urlsafe(32)}"
    session.add(
        ApiToken(person_id=person.id, digest=_digest(token), created_at=now, revoked_at=None)
    )
    return token


def by_token(session: Session, token: str, now: datetime) -> Credentials | None:
    """Who the active person is at this instant whose token this is, unless it was revoked."""
    asked = {"digest": _digest(token), "day": now.date()}
    found = session.connection().exec_driver_sql(_BY_TOKEN, asked).scalar()
    return None if found is None else appointments.read(session, found, now)


def revoke_tokens(session: Session, username: str, now: datetime) -> int:
    """Take all tokens of a person back; returns how many there were. Raises NotFound."""
    held = (ApiToken.person_id == named(session, username).id, ApiToken.revoked_at.is_(None))
    statement = update(ApiToken).where(*held).values(revoked_at=now).returning(ApiToken.id)
    return len(session.scalars(statement).all())


def person(session: Session, person_id: int) -> Person | None:
    """The active person of that number; None when there is none or they were switched off."""
    found = session.get(Person, person_id)
    return found if found is not None and found.is_active else None


def people(session: Session) -> list[Person]:
    """Everybody who has an account, by user name."""
    return list(session.scalars(select(Person).order_by(Person.username)))


class PeoplePage(NamedTuple):
    """Some accounts by user name; `next_cursor` is the last one's where there are more."""

    people: list[Person]
    next_cursor: str | None


def page(session: Session, *, search: str = "", after: str = "") -> PeoplePage:
    """At most PEOPLE_A_PAGE accounts after a user name, each with every word of the search in it.

    Words are looked for in the user name, the name and the mail address.
    """
    query = select(Person).where(Person.username > after)
    whole = func.lower(func.concat_ws(" ", Person.username, Person.name, Person.email))
    for word in search.lower().split():
        query = query.where(func.strpos(whole, word) > 0)
    found = list(session.scalars(query.order_by(Person.username).limit(PEOPLE_A_PAGE + 1)))
    shown = found[:PEOPLE_A_PAGE]
    return PeoplePage(shown, shown[-1].username if len(found) > len(shown) else None)


def names(session: Session, person_ids: Iterable[int | None]) -> dict[int | None, str]:
    """The names of these people; of nobody, none."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(set(person_ids))))
    return {row.id: row.name for row in rows}


def named(session: Session, username: str) -> Person:
    """The person of that user name. Raises NotFound."""
    found = session.scalar(select(Person).where(Person.username == username.strip().lower()))
    if found is None:
        raise NotFound(f"person {username!r}")
    return found


def _matches(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    return HASHER.hash(secrets.token_urlsafe(16))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


_BY_TOKEN = f"""
    SELECT {appointments.PERSON}
    FROM api_tokens JOIN people ON people.id = api_tokens.person_id
    WHERE digest = %(digest)s AND revoked_at IS NULL AND people.is_active
"""  # noqa: S608
