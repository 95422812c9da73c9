"""Whom somebody may choose for the seats of a step: the holders of its position today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from workflow import cases, parties, versions
from workflow.models.organisation import Capacity


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may be chosen, in the capacity in which they hold the position."""

    id: int
    name: str
    capacity: Capacity
    title: str


def of(session: Session, case_id: int, path: str, now: datetime) -> list[Candidate]:
    """Everybody who holds a position that the step's seats are for, each once, by name."""
    case = cases.read(session, case_id)
    version = versions.load(session, case.workflow_version_id, case.workflow_hash)
    hats = version.machine.step(path).parties
    asked = parties.addressees(session, version.definition, case, hats, now.date())
    titles = {one.position_id: one.title for one in asked.values() if one.position_id is not None}
    held = parties.holdings(session, titles, now.date())
    found = {
        holding.person_id: Candidate(
            holding.person_id, holding.name, holding.capacity, titles[position_id]
        )
        for position_id, holdings in held.items()
        for holding in holdings
    }
    return sorted(found.values(), key=lambda candidate: candidate.name)
