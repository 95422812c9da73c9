"""Addresses that a mail server refuses for good: noted at the person, forgotten when mails arrive.

An address that is changed afterwards no longer bounces: what is noted is the address itself.
"""

from __future__ import annotations

from datetime import datetime
from smtplib import SMTPRecipientsRefused

from sqlalchemy import update
from sqlalchemy.orm import Session

from workflow.models import Person

PERMANENT = range(500, 600)


def refusal(error: Exception) -> tuple[str, str] | None:
    """The address that was refused for good and the server's words; None for any other error."""
    if not isinstance(error, SMTPRecipientsRefused):
        return None
    for address, (code, words) in error.recipients.items():
        if code in PERMANENT:
            said = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
            return address, f"{code} {said}"
    return None


def note(session: Session, address: str, reason: str, now: datetime) -> None:
    """Note at whoever has the address that mails to it come back."""
    noted = update(Person).where(Person.email == address)
    values = {"bounced_address": address, "bounced_at": now, "bounce_reason": reason}
    session.execute(noted.values(**values))


def forget(session: Session, address: str) -> None:
    """Note that a mail to the address was taken."""
    cleared = update(Person).where(Person.bounced_address == address)
    session.execute(cleared.values(bounced_address=None, bounced_at=None, bounce_reason=None))
