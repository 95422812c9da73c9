"""Whom somebody may choose for the seats of a step, for showing. Reads only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workflow import cases, versions
from workflow.eligibility import Eligibility
from workflow.engine.picking import Candidate, candidates
from workflow.parties import Directory

__all__ = ["Candidate", "of"]


def of(session: Session, case_id: int, path: str, now: datetime) -> list[Candidate]:
    """Everybody who holds a position that the step's seats are for and may do the work, by name."""
    case = cases.read(session, case_id)
    version = versions.of(session, case)
    directory = Directory(session, version.definition, case, now.date())
    found = candidates(directory, Eligibility.of(case, version), path)
    return [candidate for candidate in found if candidate.is_eligible]
