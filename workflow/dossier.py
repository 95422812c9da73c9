"""A case's papers, for reading: the document, what changed in it, points, conditions, checklists.

Read in one statement, however old the case is. Judges nothing; whether somebody may read the
reviewers' words before the owner may is said by the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from workflow import clocks
from workflow.clocks import Past
from workflow.errors import NotFound
from workflow.models.organisation import TITLE_ON

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SnapshotNote:
    """That a snapshot exists: its number, its hash, and when it was taken."""

    number: int
    sha256: str
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class PointNote:
    """A numbered point of a return, and the answer that was sent or is being written."""

    number: int
    field: str | None
    text: str
    answer: str | None
    answered_at: datetime | None
    agency: str
    version: int


@dataclass(frozen=True, slots=True)
class ConditionNote:
    """A numbered condition of an approval."""

    number: int
    text: str
    gate: str
    is_blocking: bool
    closed_at: datetime | None
    agency: str
    version: int


@dataclass(frozen=True, slots=True)
class FilledChecklist:
    """What a reviewer answered on one visit."""

    path: str
    visit: int
    by: str
    answers: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that is read on the page of a case, beside what may be done with it."""

    case_id: int
    version: int
    version_id: int
    version_hash: str
    workflow: str
    workflow_number: int
    proposal_id: int
    agency_id: int
    agency: str
    """The owning agency's name of today, or of the day when the case ended."""
    owner_line: tuple[int, ...]
    title: str
    receipt_number: str | None
    step: str
    outcome: str | None
    started_at: datetime
    moved_at: datetime
    ended_at: datetime | None
    marking: Mapping[str, Any]
    facts: Mapping[str, Any]
    draft: Document
    snapshots: tuple[SnapshotNote, ...]
    latest: Document | None
    before: Document | None
    points: tuple[PointNote, ...]
    conditions: tuple[ConditionNote, ...]
    checklists: tuple[FilledChecklist, ...]
    past: Past
    """What the case has been through, for its clocks."""

    def without(self, versions: Collection[int]) -> Dossier:
        """Without what was said by the decisions that made these versions of the case."""
        return replace(
            self,
            points=tuple(one for one in self.points if one.version not in versions),
            conditions=tuple(one for one in self.conditions if one.version not in versions),
        )

    def shown(self, *, to_owner: bool) -> Document:
        """The document to show: the owner's own while it is theirs, else what was submitted."""
        return self.draft if to_owner or self.latest is None else self.latest

    def changes(self, *, to_owner: bool) -> dict[str, object]:
        """The fields that differ from the snapshot before, each with what stood there then."""
        shown = self.shown(to_owner=to_owner)
        earlier = self.latest if to_owner and shown != self.latest else self.before
        if earlier is None:
            return {}
        return {name: earlier.get(name) for name in shown if shown[name] != earlier.get(name)}


def read(session: Session, case_id: int, now: datetime) -> Dossier:
    """The papers of a case. Raises NotFound."""
    asked = {"case_id": case_id, "day": now.date(), "zone": str(now.tzinfo)}
    row = session.execute(_READ, asked).mappings().one_or_none()
    if row is None:
        raise NotFound(f"case {case_id}")
    return _dossier(row, now)


def snapshot(session: Session, case_id: int, number: int) -> tuple[SnapshotNote, Document, str]:
    """One snapshot, its document, and who took it. Raises NotFound."""
    row = session.execute(_SNAPSHOT, {"case_id": case_id, "number": number}).one_or_none()
    if row is None:
        raise NotFound(f"snapshot {number} of case {case_id}")
    return SnapshotNote(number, row.sha256, row.taken_at), row.document, row.name or ""


def explained(
    session: Session, case_id: int, path: str, visit: int, seat: int, now: datetime
) -> tuple[datetime, datetime, Mapping[str, Any], str]:
    """When a task was opened and is due, how that was counted, and whose it is. Raises NotFound."""
    place = {"case_id": case_id, "path": path, "visit": visit, "seat": seat}
    asked = {**place, "day": now.date(), "zone": str(now.tzinfo)}
    row = session.execute(_EXPLAINED, asked).one_or_none()
    if row is None:
        raise NotFound(f"no due time of {path} in case {case_id}")
    return row.opened_at, row.due_at, row.due_explained, row.title


def _dossier(row: RowMapping, now: datetime) -> Dossier:
    snapshots = row["snapshots"] or []
    latest, before = [*(row["documents"] or []), None, None][:2]
    values = {name: row[name] for name in _PLAIN}
    return Dossier(
        **values,
        owner_line=tuple(row["owner_line"]),
        snapshots=tuple(
            SnapshotNote(number, sha256, _moment(at)) for number, sha256, at in snapshots
        ),
        latest=latest,
        before=before,
        points=tuple(
            PointNote(number, field, words, answer, _moment_or_none(at), agency or "", version)
            for number, field, words, answer, at, agency, version in row["points"] or ()
        ),
        conditions=tuple(
            ConditionNote(number, words, gate, blocking, _moment_or_none(at), agency or "", version)
            for number, words, gate, blocking, at, agency, version in row["conditions"] or ()
        ),
        checklists=tuple(
            FilledChecklist(path, visit, by or "", answers)
            for path, visit, by, answers in row["checklists"] or ()
        ),
        past=clocks.past(row["past"], now.tzinfo),
    )


def _moment(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _moment_or_none(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)


_PLAIN = (
    "case_id",
    "version",
    "version_id",
    "version_hash",
    "workflow",
    "workflow_number",
    "proposal_id",
    "agency_id",
    "agency",
    "title",
    "receipt_number",
    "step",
    "outcome",
    "started_at",
    "moved_at",
    "ended_at",
    "marking",
    "facts",
    "draft",
)
_READ = text(f"""
    WITH decided AS (
        SELECT decisions.id, decisions.path, decisions.visit, decisions.data,
               decisions.version,
               people.name AS person,
               (SELECT agency_names.name FROM appointments
                JOIN positions ON positions.id = appointments.position_id
                JOIN agency_names ON agency_names.agency_id = positions.agency_id
                WHERE appointments.id = decisions.appointment_id
                  AND CAST(decisions.made_at AT TIME ZONE :zone AS date)
                      BETWEEN agency_names.valid_from
                      AND coalesce(agency_names.valid_until, 'infinity')
                LIMIT 1) AS agency
        FROM decisions LEFT JOIN people ON people.id = decisions.person_id
        WHERE decisions.case_id = :case_id
    )
    SELECT cases.id AS case_id, cases.version, workflow_versions.id AS version_id,
           workflow_versions.hash AS version_hash,
           workflow_versions.key AS workflow, workflow_versions.number AS workflow_number,
           proposals.id AS proposal_id, cases.agency_id,
           cases.owner_line,
           coalesce((SELECT name FROM agency_names WHERE agency_id = cases.agency_id
                     AND valid_from <= coalesce(CAST(ended_at AT TIME ZONE :zone AS date), :day)
                     AND (valid_until IS NULL OR valid_until >= valid_from)
                     ORDER BY valid_from DESC LIMIT 1), '') AS agency,
           proposals.title, proposals.receipt_number, cases.step, cases.outcome,
           cases.started_at, cases.moved_at, cases.ended_at, cases.marking, cases.facts,
           proposals.document AS draft,
           (SELECT jsonb_agg(jsonb_build_array(number, sha256, taken_at) ORDER BY number DESC)
            FROM snapshots WHERE case_id = cases.id) AS snapshots,
           (SELECT jsonb_agg(document ORDER BY number DESC)
            FROM (SELECT number, document FROM snapshots WHERE case_id = cases.id
                  ORDER BY number DESC LIMIT 2) AS newest) AS documents,
           (SELECT jsonb_agg(jsonb_build_array(number, field, text, answer, answered_at, agency,
                                               version)
                             ORDER BY number)
            FROM points JOIN decided ON decided.id = decision_id
            WHERE case_id = cases.id) AS points,
           (SELECT jsonb_agg(jsonb_build_array(number, text, gate, is_blocking, closed_at, agency,
                                               version)
                             ORDER BY number)
            FROM conditions JOIN decided ON decided.id = decision_id
            WHERE case_id = cases.id) AS conditions,
           (SELECT jsonb_agg(jsonb_build_array(path, visit, person, data -> 'checklist')
                             ORDER BY id)
            FROM decided WHERE jsonb_exists(data, 'checklist')) AS checklists,
           {clocks.PAST} AS past
    FROM cases
    JOIN proposals ON proposals.id = cases.proposal_id
    JOIN workflow_versions ON workflow_versions.id = cases.workflow_version_id
    WHERE cases.id = :case_id
""")  # noqa: S608
_SNAPSHOT = text("""
    SELECT snapshots.sha256, snapshots.taken_at, snapshots.document, people.name
    FROM snapshots LEFT JOIN people ON people.id = snapshots.taken_by
    WHERE snapshots.case_id = :case_id AND snapshots.number = :number
""")
_LAST_DAY = "least(CAST(tasks.closed_at AT TIME ZONE :zone AS date), :day)"
_EXPLAINED = text(f"""
    SELECT tasks.opened_at, tasks.due_at, tasks.due_explained,
           {TITLE_ON.format(positions="positions", day=_LAST_DAY)} AS title
    FROM tasks JOIN positions ON positions.id = tasks.position_id
    WHERE tasks.case_id = :case_id AND tasks.path = :path AND tasks.visit = :visit
      AND tasks.seat = :seat AND tasks.due_explained IS NOT NULL
""")  # noqa: S608
