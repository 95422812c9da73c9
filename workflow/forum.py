"""What is so late that the definition lists it for the forum, as long as it waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.wording import Wording
from workflow import timers, versions
from workflow.models.organisation import TITLE_ON


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


def listed(session: Session, now: datetime, limit: int) -> list[Listed]:
    """The open tasks whose escalation to the forum has fired, the longest due first.

    No more than `limit` of them.
    """
    used = {row.id: versions.load(session, row.id, row.hash) for row in session.execute(_USED)}
    kinds = [
        (version_id, f"{timers.ESCALATION}.{number}")
        for version_id, version in used.items()
        for number, escalation in enumerate(version.definition.escalations)
        if escalation.to == "forum"
    ]
    if not kinds:
        return []
    version_ids, names = zip(*kinds, strict=True)
    asked = {"versions": list(version_ids), "kinds": list(names), "limit": limit, "day": now.date()}
    return [
        Listed(
            case_id=row.case_id,
            title=row.title,
            path=row.path,
            position=row.position,
            due_at=row.due_at,
            wording=used[row.workflow_version_id].definition.wording,
        )
        for row in session.execute(_ESCALATED, asked)
    ]


_USED = text("""
    SELECT id, hash FROM workflow_versions
    WHERE EXISTS (SELECT FROM cases WHERE workflow_version_id = workflow_versions.id)
    ORDER BY id
""")
_ESCALATED = text(f"""
    SELECT cases.workflow_version_id, tasks.case_id, proposals.title, tasks.path,
           {TITLE_ON.format(positions="positions", day=":day")} AS position, tasks.due_at
    FROM tasks
    JOIN positions ON positions.id = tasks.position_id
    JOIN cases ON cases.id = tasks.case_id
    JOIN proposals ON proposals.id = cases.proposal_id
    WHERE tasks.status = 'open' AND EXISTS (
        SELECT FROM timers
        JOIN unnest(CAST(:versions AS bigint[]), CAST(:kinds AS text[])) AS named (version_id, kind)
          ON named.kind = timers.kind AND named.version_id = cases.workflow_version_id
        WHERE timers.case_id = tasks.case_id AND timers.path = tasks.path
          AND timers.visit = tasks.visit AND timers.seat = tasks.seat AND timers.status = 'fired'
    )
    ORDER BY tasks.due_at, tasks.id LIMIT :limit
""")  # noqa: S608
