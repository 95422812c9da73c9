"""A request to decide, and what became of it: made before, passed by, or free to be made.

The case must be locked: what is found here is what counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from states.move import Move
from workflow.appointments import described
from workflow.cases import CaseState
from workflow.errors import Attempt, Conflict, Invalid, Problem, Reason, Refused

SYSTEM = "Alur"
"""Who decided when a deadline passed."""

LONGEST_NAME = 200


@dataclass(frozen=True)
class Request:
    """What somebody asks for: the action, the version of the case that was seen, the words."""

    case_id: int
    action: str
    track: str | None
    person_id: int
    appointment_id: int | None
    request_id: str
    seen_version: int | None
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def attempt(self) -> Attempt:
        """What goes into the journal if it is refused."""
        return Attempt(
            self.case_id, self.action, self.track or None, self.person_id, self.appointment_id
        )


@dataclass(frozen=True)
class Made:
    """A decision that stands; `replayed` when this request had made it before."""

    decision_id: int
    case_id: int
    version: int
    replayed: bool
    outcome: str | None
    step: str
    move: Move | None


def check(request: Request) -> None:
    """Raises Invalid for names that no decision can have."""
    names = {
        "action": request.action,
        "track": request.track or "-",
        "request_id": request.request_id,
    }
    problems = [
        Problem(name, "wrong_value")
        for name, value in names.items()
        if not 0 < len(value) <= LONGEST_NAME or not value.isprintable()
    ]
    if problems:
        raise Invalid(*problems)


def made_before(session: Session, request: Request) -> Made | None:
    """The decision that this request has made already, as it was then.

    Raises Invalid when somebody else has used the request's id on this case.
    """
    values = {"case_id": request.case_id, "request_id": request.request_id}
    row = session.execute(_MADE, values).one_or_none()
    if row is None:
        return None
    if row.person_id != request.person_id:
        raise Invalid(Problem("request_id", "taken"))
    return Made(row.id, request.case_id, row.version, True, row.outcome, row.step, None)


def passed_by(session: Session, case: CaseState, request: Request) -> Refused:
    """Why a request that saw another version of the case cannot be made: who was quicker."""
    if request.seen_version is None:
        return Refused(Reason("version_not_seen", {"version": case.version}))
    values = {"case_id": case.id, "version": request.seen_version + 1}
    row = session.execute(_QUICKER, values).one_or_none()
    if row is None:
        return Refused(Reason("version_not_seen", {"version": case.version}))
    return Conflict(
        decided_by=_by(row),
        decided_at=row.made_at,
        action=row.action,
        version=case.version,
        attempt=request.attempt,
    )


def _by(row: Row[Any]) -> str:
    if row.name is None:
        return SYSTEM
    return row.name if row.capacity is None else described(row.name, row.capacity, row.title)


_MADE = text("""
    SELECT decisions.id, decisions.version, decisions.person_id,
           events.payload ->> 'outcome' AS outcome, events.payload ->> 'to' AS step
    FROM decisions JOIN events ON events.case_id = decisions.case_id
        AND events.kind IN ('decided', 'lapsed')
        AND CAST(events.payload ->> 'version' AS bigint) = decisions.version
    WHERE decisions.case_id = :case_id AND decisions.request_id = :request_id
""")
# Who moved a case to another version decided nothing; the case is not as it was seen all the same.
_QUICKER = text("""
    SELECT people.name, decisions.capacity, events.payload ->> 'position' AS title,
           decisions.action, decisions.made_at
    FROM decisions
    LEFT JOIN people ON people.id = decisions.person_id
    LEFT JOIN events ON events.case_id = decisions.case_id AND events.kind = 'decided'
        AND CAST(events.payload ->> 'version' AS bigint) = decisions.version
    WHERE decisions.case_id = :case_id AND decisions.version = :version
    UNION ALL
    SELECT events.payload ->> 'by', NULL, NULL, events.kind, events.at
    FROM events
    WHERE events.case_id = :case_id
      AND events.kind IN ('case_moved', 'move_taken_back', 'case_cancelled')
      AND CAST(events.payload ->> 'version' AS bigint) = :version
""")
