"""What a person chooses about mails: when one tells of a matter, quiet hours, the language.

The bell always tells. What cannot wait passes through, whatever was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from workflow import messages
from workflow.errors import Invalid, Problem
from workflow.models import Person


class Choice(StrEnum):
    """When a mail tells of a kind of matter."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    OFF = "off"


_NEVER_OFF = (Choice.AT_ONCE, Choice.DIGEST)
_ANY = (*_NEVER_OFF, Choice.OFF)
CHOICES: Mapping[str, tuple[Choice, ...]] = {
    "task_given": _NEVER_OFF,
    "returned": _NEVER_OFF,
    "reminded": _ANY,
    "received": _ANY,
    "ended": _ANY,
}
"""What may be chosen for a kind of matter; whatever gives somebody work is never off. Kinds that
are not named here are told at once.
"""

URGENT = frozenset({"escalated", "unattended", "vacated", "lapse_failed", "queue_grown"})
"""Kinds of matter that wait for no office to open."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What one person has chosen."""

    choices: Mapping[str, Choice]
    """For each kind of CHOICES."""
    quiet_hours: bool
    language: str


def of(person: Person) -> Preferences:
    """What the person has chosen; what they never chose is told at once."""
    choices = {kind: choice(person.mail_choices, kind) for kind in CHOICES}
    return Preferences(choices, person.quiet_hours, person.language)


def choice(chosen: Mapping[str, str], kind: str) -> Choice:
    """When a mail tells this kind of matter to somebody who has chosen so."""
    wanted = chosen.get(kind, Choice.AT_ONCE)
    return Choice(wanted) if wanted in CHOICES.get(kind, ()) else Choice.AT_ONCE


def save(
    session: Session,
    person_id: int,
    choices: Mapping[str, str],
    language: str,
    *,
    quiet_hours: bool,
) -> None:
    """Keep what a person chose. Raises Invalid for a kind that may not be told so."""
    problems = [
        Problem(kind, "unknown")
        for kind, allowed in CHOICES.items()
        if choices.get(kind) not in allowed
    ]
    if language not in messages.MONTHS:
        problems.append(Problem("language", "unknown"))
    if problems:
        raise Invalid(*problems)
    person = session.get_one(Person, person_id)
    person.mail_choices = {kind: choices[kind] for kind in CHOICES}
    person.quiet_hours = quiet_hours
    person.language = language
