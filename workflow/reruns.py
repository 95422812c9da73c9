"""Cases that are over, and those that run, played through a draft: which would have gone otherwise.

Reads journals, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from states.definition import Definition
from states.machine import Machine, machine_for
from states.reruns import Deed, Difference, first_difference
from workflow import versions

MOST = 1_000
"""Cases that are played at once."""


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A case that would have gone otherwise, from which event on, and how."""

    case_id: int
    title: str
    seq: int
    at: datetime
    action: str
    is_running: bool
    difference: Difference


@dataclass(frozen=True, slots=True)
class Run:
    """How many cases were played, those that went otherwise, and where older ones go on."""

    played: int
    otherwise: tuple[Otherwise, ...]
    further: int | None


def run(session: Session, definition: Definition, *, before: int | None = None) -> Run:
    """Play the newest cases of the definition's key through it; with `before`, older ones."""
    asked = {"key": definition.key, "before": before, "most": MOST}
    rows = session.execute(_EVENTS, asked).all()
    cases = [list(events) for _, events in groupby(rows, key=attrgetter("case_id"))]
    machine = machine_for(definition)
    found = (_otherwise(session, machine, events) for events in cases)
    further = min((row.case_id for row in rows), default=None)
    return Run(
        played=len(cases),
        otherwise=tuple(one for one in found if one is not None),
        further=further if len(cases) == MOST else None,
    )


def _otherwise(session: Session, machine: Machine, events: list[Row[Any]]) -> Otherwise | None:
    started = versions.by_hash(session, events[0].payload["workflow_hash"])
    deeds = [row for row in events if row.kind in _KINDS]
    difference = first_difference(started.definition, machine, map(_deed, deeds))
    if difference is None:
        return None
    row = deeds[difference.number]
    return Otherwise(
        case_id=row.case_id,
        title=row.title,
        seq=row.seq,
        at=row.at,
        action=row.payload["action"],
        is_running=row.outcome is None,
        difference=difference,
    )


def _deed(row: Row[Any]) -> Deed:
    told: Mapping[str, Any] = row.payload
    return Deed(
        kind=_KINDS[row.kind],
        action=told["action"],
        path=told["path"],
        track=told["track"] or "",
        seat=told["seat"],
        party=told["party"],
        picks=len(told["data"].get("picks", ())),
        facts=told["facts"],
        holders=told.get("holders", {}),
        to=told["to"],
        opened=tuple((one["path"], one["party"]) for one in told["opened"]),
        outcome=told["outcome"],
    )


_KINDS: Mapping[str, Any] = {"case_started": "start", "decided": "act", "lapsed": "lapse"}
_EVENTS = text("""
    WITH newest AS (
        SELECT cases.id, cases.outcome, proposals.title
        FROM cases JOIN workflow_versions ON workflow_versions.id = cases.workflow_version_id
        JOIN proposals ON proposals.id = cases.proposal_id
        WHERE workflow_versions.key = :key
          AND (CAST(:before AS bigint) IS NULL OR cases.id < :before)
        ORDER BY cases.id DESC LIMIT :most
    )
    SELECT newest.id AS case_id, newest.title, newest.outcome, events.seq, events.kind, events.at,
           events.payload
    FROM newest JOIN events ON events.case_id = newest.id
    WHERE events.kind IN ('case_started', 'decided', 'lapsed')
    ORDER BY newest.id DESC, events.seq
""")
