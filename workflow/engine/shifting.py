"""A case changed by an administrator, who decides nothing: written with its event and message.

The case must be locked and the change judged. Nothing here is a decision, so none is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from states.marking import Marking
from states.move import Closed
from workflow import journal
from workflow.cases import CaseState
from workflow.engine import writing
from workflow.engine.tasks import Opening
from workflow.models.base import Json


@dataclass(frozen=True)
class Shift:
    """What is changed, by whom, and what the event says besides."""

    kind: str
    marking: Marking
    person_id: int
    told: Mapping[str, Any]
    hats: Mapping[str, Sequence[str]]
    closed: Sequence[Closed] = ()
    openings: Sequence[Opening] = ()
    timed: Sequence[Json] = field(default=())


def write(session: Session, case: CaseState, shift: Shift, now: datetime) -> None:
    """Write it. The case's version grows, as with a decision."""
    payload = _payload(case, shift)
    values = {
        **writing.case_values(case, shift.marking),
        **writing.event_values(
            case, shift.kind, payload, now, person_id=shift.person_id, appointment_id=None
        ),
        "case_id": case.id,
        "now": now,
        "hats": journal.canonical(shift.hats),
        "closed": journal.canonical([writing.told_of_closed(one) for one in shift.closed]),
        "opened": journal.canonical([opening.row() for opening in shift.openings]),
        "timed": journal.canonical(list(shift.timed)),
    }
    session.connection().exec_driver_sql(_SHIFT, values)


def _payload(case: CaseState, shift: Shift) -> Json:
    """What the event says, in the same words as an event of a decision where they are the same."""
    openings = shift.openings
    return {
        "from": case.step,
        "to": shift.marking.step,
        "track": None,
        "version": case.version + 1,
        "marking_hash": journal.digest_of(shift.marking.to_json()),
        "outcome": shift.marking.outcome,
        "joined": [],
        "opened": [opening.told() for opening in openings],
        "closed": [writing.told_of_closed(one) for one in shift.closed],
        "unattended": [opening.missed() for opening in openings if not opening.is_attended],
        "data": {},
        **shift.told,
    }


# Only the parts of `writing` are put together here.
_SHIFT = f"WITH moved AS ({writing.CASE} RETURNING id), {writing.REST} SELECT id FROM moved"  # noqa: S608
