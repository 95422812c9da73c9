"""Tells who can help that a post with open tasks has become empty, or that a stand-in's days end.

Asked again and again: each matter is told once. What a move finds empty is told with the move.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from states.wording import Wording
from workflow import engine, labels, notifications, versions
from workflow.eligibility import Eligibility
from workflow.engine import Holder
from workflow.models import Appointment, Person, Position
from workflow.models.base import Json
from workflow.models.organisation import Capacity, title_on
from workflow.notifications import Told, audience

SOON = timedelta(days=14)
"""How long before its end an acting appointment is told of."""


def tell(session: Session, now: datetime) -> None:
    """Tell administrators and the agency's secretary what has become empty, and what will."""
    notifications.tell(session, [*_vacated(session, now), *_ending(session, now)], now)


def _vacated(session: Session, now: datetime) -> Iterator[Told]:
    """Positions with tasks that somebody could do when they were opened, and nobody can today."""
    asked = {"day": now.date(), "zone": str(now.tzinfo)}
    left = {row.task_id: row for row in session.execute(_LEFT, asked)}
    rules = {
        row.case_id: Eligibility(
            versions.load(session, row.version_id, row.hash), row.owner_line, row.hats
        )
        for row in left.values()
    }
    stuck: dict[int, list[tuple[Holder, Row[Any]]]] = {}
    for holders in engine.holders_of(session, rules, now).values():
        for holder in holders:
            if holder.task_id in left and not holder.people:
                stuck.setdefault(holder.position_id, []).append((holder, left[holder.task_id]))
    for position_id, tasks in stuck.items():
        key = f"vacated:{position_id}:{max(row.gone_id for _, row in tasks)}"
        values: Json = {
            "position": tasks[0][0].title,
            "tasks": [
                _said(holder, row, rules[row.case_id].version.definition.wording)
                for holder, row in tasks
            ],
        }
        people = _helpers(session, tasks[0][0].agency_id, now)
        yield from _told(people, tasks[0][1].case_id, "vacated", key, values)


def _said(holder: Holder, row: Row[Any], wording: Wording) -> Json:
    due_at = None if holder.due_at is None else holder.due_at.isoformat()
    path = labels.kept("step", holder.path, wording)
    return {"title": " ".join(row.title.split()), "path": path, "due_at": due_at}


def _ending(session: Session, now: datetime) -> Iterator[Told]:
    """Acting appointments that end within two weeks."""
    query = (
        select(
            Appointment.id,
            Appointment.capacity,
            Appointment.ends_on,
            Person.name,
            title_on(now.date()).label("title"),
            Position.agency_id,
        )
        .join(Person, Person.id == Appointment.person_id)
        .join(Position, Position.id == Appointment.position_id)
        .where(
            Appointment.capacity != Capacity.DEFINITIVE,
            Appointment.starts_on <= now.date(),
            Appointment.ends_on >= now.date(),
            Appointment.ends_on <= now.date() + SOON,
            Person.is_active,
        )
        .order_by(Appointment.ends_on, Appointment.id)
    )
    for row in session.execute(query).all():
        day = row.ends_on.isoformat()
        values: Json = {
            "person": row.name,
            "position": f"{Capacity(row.capacity).capitalize()}. {row.title}",
            "ends_on": day,
        }
        people = _helpers(session, row.agency_id, now)
        key = f"appointment_ending:{row.id}:{day}"
        yield from _told(people, None, "appointment_ending", key, values)


def _helpers(session: Session, agency_id: int, now: datetime) -> list[int]:
    """Who can enter an appointment: administrators, and the agency's secretary."""
    secretaries = audience.secretaries(session, agency_id, now.date())
    return sorted({*audience.administrators(session), *secretaries})


def _told(
    people: Iterable[int], case_id: int | None, kind: str, key: str, values: Json
) -> Iterator[Told]:
    return (Told(person_id, case_id, kind, key, values) for person_id in people)


_LEFT = text("""
    SELECT tasks.id AS task_id, cases.id AS case_id, max(gone.id) AS gone_id,
           workflow_versions.id AS version_id, workflow_versions.hash, cases.owner_line,
           cases.hats, proposals.title
    FROM appointments AS gone JOIN people ON people.id = gone.person_id
    JOIN tasks ON tasks.position_id = gone.position_id AND tasks.status = 'open'
    JOIN cases ON cases.id = tasks.case_id
    JOIN workflow_versions ON workflow_versions.id = cases.workflow_version_id
    JOIN proposals ON proposals.id = cases.proposal_id
    WHERE gone.starts_on <= :day AND (gone.ends_on < :day OR NOT people.is_active)
      AND (gone.ends_on IS NULL
           OR gone.ends_on >= CAST(tasks.opened_at AT TIME ZONE :zone AS date))
    GROUP BY tasks.id, cases.id, workflow_versions.id, proposals.id
    ORDER BY tasks.id
""")
