"""Links with which somebody gives themselves a password: made once, good for three days, used once.

The row holds a salt; the token in the link is made of it and the installation's key, so that a
copy of the database opens nothing. A new link, a new password and a switched-off account end it.
It goes by mail to its person alone; where there is no mail server, an administrator hands it on.
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

from workflow import accounts, outbox, setting_changes
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import Person
from workflow.organising import people

LASTS = timedelta(days=3)


PASSWORD_LINK = "password_link"  # noqa: S105 - a kind of message
"""The kind of message by which a link goes to its person."""


class Change(StrEnum):
    """What was done about a password."""

    LINK_MADE = "password_link_made"
    LINK_SENT = "password_link_sent"
    LINK_ASKED = "password_link_asked"
    PASSWORD_SET = "password_set"  # noqa: S105 - the name of an event


def make(session: Session, person_id: int, key: str, *, by: int, now: datetime) -> str:
    """A new link's token for a person; any before it opens nothing from now on.

    Raises NotFound for somebody unknown or switched off.
    """
    return token_of(_renewed(session, person_id, Change.LINK_MADE, by, now), key)


def send(session: Session, person_id: int, *, by: int | None, now: datetime) -> None:
    """Let a new link go to the person's mail address, where nobody else sees it.

    `by` None: they asked for it themselves, signed out. Raises NotFound as `make` does.
    """
    change = Change.LINK_ASKED if by is None else Change.LINK_SENT
    person = _renewed(session, person_id, change, by, now)
    about = {"person": person_id, "salt": person.password_link_salt}
    key = f"{PASSWORD_LINK}:{person_id}:{person.password_link_salt}"
    outbox.post(session, [outbox.row(PASSWORD_LINK, key, about, now)])


def ask(session: Session, username: str, now: datetime) -> None:
    """Send a link to whoever has this name; nothing tells whether anybody has."""
    try:
        send(session, accounts.named(session, username).id, by=None, now=now)
    except NotFound:
        return


def still_sent(session: Session, person_id: int, salt: str, now: datetime) -> Person | None:
    """Whose link leaves by mail now; None when it is over, or another was made after it."""
    person = session.get(Person, person_id)
    if person is None or not person.is_active or person.password_link_salt != salt:
        return None
    until = person.password_link_until
    return person if until is not None and now < until else None


def _renewed(
    session: Session, person_id: int, change: Change, by: int | None, now: datetime
) -> Person:
    person = _active(session, person_id, is_changed=True)
    person.password_link_salt = secrets.token_hex(16)
    person.password_link_until = now + LASTS
    what = {"until": person.password_link_until.isoformat()}
    setting_changes.note(session, people.subject(person_id), change, by, now, what)
    return person


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
    is_link = hmac.compare_digest(token_of(person, key).encode(), token.encode())
    if until is None or now >= until or not is_link:
        raise NotFound("link")
    return person


def _active(session: Session, person_id: int, *, is_changed: bool = False) -> Person:
    found = session.get(Person, person_id, with_for_update=is_changed or None)
    if found is None or not found.is_active:
        raise NotFound(f"person {person_id}")
    return found


def token_of(person: Person, key: str) -> str:
    """What the link of a person ends with."""
    said = f"password link {person.id} {person.password_link_salt}"
    made = hmac.digest(key.encode(), said.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
