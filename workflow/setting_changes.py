"""The journal of settings: who changed what, when. Only adds. Knows no setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.models import Person, SettingChange
from workflow.models.base import Json


@dataclass(frozen=True, slots=True)
class Change:
    """One change as it is shown; without a name the system did it."""

    kind: str
    name: str | None
    at: datetime
    what: Json


def note(
    session: Session,
    subject: str,
    kind: str,
    by: int | None,
    now: datetime,
    what: Mapping[str, object] | None = None,
) -> None:
    """Write down a change, in the transaction that makes it."""
    session.add(
        SettingChange(subject=subject, kind=kind, person_id=by, at=now, what=dict(what or {}))
    )


def history(session: Session, *subjects: str, limit: int = 50) -> list[Change]:
    """What was done to these settings, the newest first."""
    query = (
        select(SettingChange, Person.name)
        .outerjoin(Person, Person.id == SettingChange.person_id)
        .where(SettingChange.subject.in_(subjects))
        .order_by(SettingChange.id.desc())
        .limit(limit)
    )
    return [Change(row.kind, name, row.at, row.what) for row, name in session.execute(query)]
