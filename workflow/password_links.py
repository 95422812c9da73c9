"""Links with which somebody gives themselves a password: made once, good for three days, used once.

The row holds a salt; the token in the link is made of it and the installation's key, so that a
copy of the database opens nothing. A new link, a new password and a switched-off account end it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from workflow import accounts, setting_changes
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import Person
from workflow.organising import people

LASTS = timedelta(days=3)


class Change(StrEnum):
    """What was done about a password."""

    LINK_MADE = "password_link_made"
    PASSWORD_SET = "password_set"  # noqa: S105 - the name of an event


def make(session: Session, person_id: int, key: str, *, by: int, now: datetime) -> str:
    """A new link's token for a person; any before it opens nothing from now on.

    Raises NotFound for somebody unknown or switched off.
    """
    person = _active(session, person_id, is_changed=True)
    person.password_link_salt = secrets.token_hex(16)
    person.password_link_until = now + LASTS
    what = {"until": person.password_link_until.isoformat()}
    setting_changes.note(session, people.subject(person_id), Change.LINK_MADE, by, now, what)
    return _token(person, key)


def holder(session: Session, person_id: int, token: str, key: str, now: datetime) -> Person:
    """Whose password the link sets. Raises NotFound when it is not, or no longer, a link."""
    return _holder(_active(session, person_id), token, key, now)


def spend(
    session: Session,
    person_id: int,
    token: str,
    key: str,
    typed: Mapping[str, str],
    now: datetime,
) -> None:
    """Set the password typed twice, as `password` and `again`; the link is used up.

    Sessions that the password before began end. Raises NotFound as `holder` does, and Invalid.
    """
    person = _holder(_active(session, person_id, is_changed=True), token, key, now)
    problems = accounts.password_problems(typed["password"])
    if typed["password"] != typed["again"]:
        problems.append(Problem("again", "differs"))
    if problems:
        raise Invalid(*problems)
    accounts.set_password(session, person.username, typed["password"])
    setting_changes.note(session, people.subject(person_id), Change.PASSWORD_SET, person_id, now)


def _holder(person: Person, token: str, key: str, now: datetime) -> Person:
    until = person.password_link_until
    is_link = hmac.compare_digest(_token(person, key).encode(), token.encode())
    if until is None or now >= until or not is_link:
        raise NotFound("link")
    return person


def _active(session: Session, person_id: int, *, is_changed: bool = False) -> Person:
    found = session.get(Person, person_id, with_for_update=is_changed or None)
    if found is None or not found.is_active:
        raise NotFound(f"person {person_id}")
    return found


def _token(person: Person, key: str) -> str:
    said = f"password link {person.id} {person.password_link_salt}"
    made = hmac.digest(key.encode(), said.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
