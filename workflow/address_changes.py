"""A mail address that was somebody's is told that it no longer is: whoever reads a person's mails
can set a password in their name, so that a change that they did not wish must not pass unseen.

Sends no link, and not where mails go now: the former address may have been a stranger's by mistake.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workflow import outbox
from workflow.models import Person

ADDRESS_CHANGED = "address_changed"
"""The kind of message by which a former address is told."""


def tell(session: Session, person: Person, former: str, now: datetime) -> None:
    """Let the former address know, in the language of the person."""
    about = {"person": person.id, "address": former, "at": now.isoformat()}
    key = f"{ADDRESS_CHANGED}:{person.id}:{now.isoformat()}"
    outbox.post(session, [outbox.row(ADDRESS_CHANGED, key, about, now)])
