"""Mails in words: which matters there are, when one may be told of them, and why one was not."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import formatting
from blueprints.edge import application
from workflow.models import Notification
from workflow.notifications.preferences import CHOICES, Choice

KINDS: Mapping[str, object] = {
    "task_given": _l("A task was given to you"),
    "returned": _l("A proposal came back to be revised"),
    "reminded": _l("Reminder of a deadline"),
    "received": _l("A proposal was received and has its number"),
    "ended": _l("A proposal has its outcome"),
}
"""The kinds of matter that a person may choose for."""

WHEN: Mapping[Choice, object] = {
    Choice.AT_ONCE: _l("At once"),
    Choice.DIGEST: _l("In a daily digest"),
    Choice.OFF: _l("Not by mail"),
}

UNSENT: Mapping[str, object] = {
    "account_closed": _l("No mail was sent: the account is not active."),
    "no_address": _l("No mail was sent: the account has no e-mail address."),
    "not_in_office": _l("No mail was sent: you no longer held the position."),
    "task_closed": _l("No mail was sent: the task had been done or closed by then."),
    "switched_off": _l("No mail was sent: you switched mails of this kind off."),
}
"""Why no mail told of a line."""


def options(kind: str) -> list[tuple[str, str]]:
    """What may be chosen for a kind of matter: value and label."""
    return [(choice.value, str(WHEN[choice])) for choice in CHOICES[kind]]


def fate(line: Notification) -> str:
    """What became of a line's mail, where that is worth a sentence."""
    if line.unsent is not None:
        return str(UNSENT.get(line.unsent, ""))
    if line.digest_at is not None:
        at = formatting.moment(line.digest_at, application().settings.zone)
        return _("A mail tells of this in your digest, %(at)s.", at=at)
    return ""


FAULTS: tuple[tuple[str, object], ...] = (
    ("SMTPRecipientsRefused", _l("The mail server refuses the address.")),
    ("SMTPAuthenticationError", _l("The mail server does not accept the user name or password.")),
    ("SMTPSenderRefused", _l("The mail server refuses the sender's address.")),
    ("SMTPDataError", _l("The mail server refused the mail.")),
    ("SMTP", _l("The mail server broke off.")),
    ("SSL", _l("The connection to the mail server could not be encrypted.")),
    ("ConnectionRefusedError", _l("No mail server answered at its address.")),
    ("TimeoutError", _l("The mail server did not answer in time.")),
    ("gaierror", _l("The name of the mail server is not known.")),
    ("Each attempt", _l("Each attempt ended together with its worker process.")),
)
"""How an error begins, and what it means."""


def fault(error: str | None) -> str:
    """Why a message could not be delivered, in words."""
    for beginning, sentence in FAULTS:
        if (error or "").startswith(beginning):
            return str(sentence)
    return _("An unexpected fault. Its words help whoever looks after the system.")
