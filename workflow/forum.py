"""What is so late that the definition lists it for the forum, as long as it waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.wording import Wording
from workflow import versions


@dataclass(frozen=True, slots=True)
class Listed:
    """A late task on the forum's list."""

    case_id: int
    title: str
    path: str
    position: str
    due_at: datetime
    wording: Wording
    """What the case's definition calls its steps."""


def listed(session: Session) -> list[Listed]:
    """The open tasks whose escalation to the forum has fired, the longest due first."""
    found: dict[int, Listed] = {}
    for row in session.execute(_ESCALATED):
        definition = versions.load(session, row.version_id, row.hash).definition
        number = int(row.kind.rpartition(".")[2])
        if definition.escalations[number].to == "forum":
            told = (row.case_id, row.title, row.path, row.position, row.due_at)
            found[row.task_id] = Listed(*told, definition.wording)
    return list(found.values())


_ESCALATED = text("""
    SELECT tasks.id AS task_id, tasks.case_id, proposals.title, tasks.path,
           positions.title AS position, tasks.due_at, timers.kind,
           cases.workflow_version_id AS version_id, workflow_versions.hash
    FROM tasks
    JOIN timers ON timers.case_id = tasks.case_id AND timers.path = tasks.path
     AND timers.visit = tasks.visit AND timers.seat = tasks.seat
    JOIN positions ON positions.id = tasks.position_id
    JOIN cases ON cases.id = tasks.case_id
    JOIN workflow_versions ON workflow_versions.id = cases.workflow_version_id
    JOIN proposals ON proposals.id = cases.proposal_id
    WHERE tasks.status = 'open' AND timers.status = 'fired' AND timers.kind LIKE 'escalation.%'
    ORDER BY tasks.due_at, tasks.id
""")
