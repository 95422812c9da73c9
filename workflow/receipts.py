"""The receipt of a decision: the event that recorded it. Reads only."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.errors import NotFound
from workflow.models import Event


def of(session: Session, case_id: int, version: int, person_id: int) -> Event:
    """The event of the decision with which this person made that version of the case.

    Raises NotFound for everybody else, and when there is none.
    """
    event = session.scalars(
        select(Event).where(
            Event.case_id == case_id,
            Event.kind == "decided",
            Event.person_id == person_id,
            Event.payload["version"].as_integer() == version,
        )
    ).one_or_none()
    if event is None:
        raise NotFound(f"decision {version} of case {case_id}")
    return event
