"""What a text has to be before it is submitted, and again before it is published.

It can be read and is sound, asks no fact in vain, finds its people today, and keeps the examples.
The page that offers to submit it asks the same question as the door.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from states.definition import Definition
from states.examining import Examination, examine
from workflow import definitions, manning, scenarios
from workflow.errors import Invalid, Problem
from workflow.untold import untold


def pass_through(session: Session, source: str, now: datetime) -> None:
    """Let a text pass only without an error, and if it says anything new. Raises Invalid."""
    if found := obstacles(session, examine(source), now):
        raise Invalid(*found)


def obstacles(session: Session, known: Examination, now: datetime) -> list[Problem]:
    """Everything that stands against submitting a text; first of all that it can be read."""
    if known.definition is None:
        return [Problem("source", "unreadable", {"number": len(known.problems)})]
    if known.errors:
        return [Problem("source", "unsound", {"number": len(known.errors)})]
    return list(_against(session, known.definition, now))


def _against(session: Session, definition: Definition, now: datetime) -> Iterator[Problem]:
    """What stands against a definition that is sound."""
    if definitions.known(session, definition) is not None:
        yield Problem("source", "nothing_new")
    if names := tuple(one.fact for one in untold(definition)):
        yield Problem("source", "untold", {"facts": names})
    missing = manning.missing(session, definition, now.date())
    if empty := tuple(one.hat for one in missing.unmanned if not one.owners):
        yield Problem("source", "unmanned", {"hat": empty})
    broken = [one for one in scenarios.results(session, definition) if one.failure]
    if broken:
        names = tuple(one.scenario.name for one in broken)
        yield Problem("source", "scenarios_fail", {"names": names})
