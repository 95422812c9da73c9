"""What a text has to be before it is submitted, and again before it is published.

It can be read and is sound, asks no fact in vain, finds its people today, and keeps the examples.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from states.examining import examine
from workflow import definitions, manning, scenarios
from workflow.errors import Invalid, Problem
from workflow.untold import untold


def pass_through(session: Session, source: str, now: datetime) -> None:
    """Let a text pass only without an error, and if it says anything new. Raises Invalid."""
    known = examine(source)
    if known.definition is None:
        raise Invalid(Problem("source", "unreadable", {"number": len(known.problems)}))
    if known.errors:
        raise Invalid(Problem("source", "unsound", {"number": len(known.errors)}))
    if definitions.known(session, known.definition) is not None:
        raise Invalid(Problem("source", "nothing_new"))
    if asked_in_vain := untold(known.definition):
        names = tuple(one.fact for one in asked_in_vain)
        raise Invalid(Problem("source", "untold", {"facts": names}))
    missing = manning.missing(session, known.definition, now.date())
    empty = [one.hat for one in missing.unmanned if not one.owners]
    if empty:
        raise Invalid(Problem("source", "unmanned", {"hat": tuple(empty)}))
    broken = [one for one in scenarios.results(session, known.definition) if one.failure]
    if broken:
        names = tuple(one.scenario.name for one in broken)
        raise Invalid(Problem("source", "scenarios_fail", {"names": names}))
