"""A case as it stands, read as a value: locked before a decision, unlocked for showing.

Judges nothing and writes nothing. All that a decision is judged by stands in the case's own row;
what lies in other tables is read after the lock, in statements of its own, because a statement
that waited for the lock still sees those tables as they were before the wait.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, text
from sqlalchemy import insert as insert_into
from sqlalchemy.orm import Session

from states.marking import Marking
from workflow import reading
from workflow.errors import NotFound
from workflow.models import Case, Decision
from workflow.models.organisation import TITLE_ON

Fact = str | int | bool

GENESIS = "0" * 64
"""The head of a journal without events."""


@dataclass(frozen=True, slots=True)
class CaseState:
    """The row of a case, with what names its version."""

    id: int
    workflow_version_id: int
    workflow_key: str
    workflow_number: int
    workflow_hash: str
    proposal_id: int
    agency_id: int
    owner_line: list[int]
    marking: Marking
    facts: dict[str, Fact]
    hats: dict[str, list[str]]
    version: int
    journal_seq: int
    journal_hash: str
    step: str
    outcome: str | None
    started_at: datetime
    moved_at: datetime
    ended_at: datetime | None

    def worn_by(self, person_id: int) -> list[str]:
        """The hats that a person has worn in this case."""
        return self.hats.get(str(person_id), [])

    def worn_with(self, person_id: int, *hats: str) -> dict[str, list[str]]:
        """The hats of all, when this person wears these too."""
        return {**self.hats, str(person_id): sorted({*self.worn_by(person_id), *hats})}


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that waits, with the position that it is addressed to."""

    path: str
    visit: int
    seat: int
    party: str
    position_id: int
    assignee_id: int | None
    opened_at: datetime
    due_at: datetime | None
    agency_id: int
    post: str
    title: str


@dataclass(frozen=True, slots=True)
class Head:
    """As much of a locked case as it takes to add to its journal."""

    id: int
    workflow_version_id: int
    workflow_hash: str
    journal_seq: int
    journal_hash: str


def lock(session: Session, case_id: int) -> CaseState:
    """The case, which nobody else can change until this transaction ends. Raises NotFound.

    A case that was moved to another workflow version while it was waited for fits the join no more
    and has to be looked for once again.
    """
    try:
        return _one(session, _LOCK, case_id)
    except NotFound:
        return _one(session, _LOCK, case_id)


def lock_free(session: Session, case_ids: Sequence[int]) -> list[Head]:
    """Those of these cases that nobody else has locked, locked now, in the order asked for."""
    rows = session.execute(_LOCK_FREE, {"cases": list(case_ids)})
    heads = {row.id: Head(*row) for row in rows}
    return [heads[case_id] for case_id in case_ids if case_id in heads]


def versions_of(session: Session, case_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """By case: the workflow version that it runs on, and that version's hash."""
    rows = session.execute(_VERSIONS, {"cases": list(case_ids)})
    return {row.id: (row.workflow_version_id, row.hash) for row in rows}


def read(session: Session, case_id: int) -> CaseState:
    """The case as it stands, for showing. Raises NotFound."""
    return reading.once(session, ("case", case_id), lambda: _one(session, _ROW, case_id))


def read_all(session: Session, case_ids: Sequence[int]) -> dict[int, CaseState]:
    """These cases as they stand, for showing, by case; one that does not exist is left out."""
    rows = session.connection().exec_driver_sql(_ROWS, {"cases": list(case_ids)}).scalars()
    return {values["id"]: _state(values) for values in rows}


def insert(
    session: Session,
    version_id: int,
    proposal_id: int,
    agency_id: int,
    owner_line: list[int],
    now: datetime,
) -> CaseState:
    """A new case that stands nowhere yet, for its first move to be written over."""
    values = {
        "workflow_version_id": version_id,
        "proposal_id": proposal_id,
        "agency_id": agency_id,
        "owner_line": owner_line,
        "marking": Marking("").to_json() | {"step": ""},
        "facts": {},
        "hats": {},
        "version": 0,
        "journal_seq": 0,
        "journal_hash": GENESIS,
        "step": "",
        "started_at": now,
        "moved_at": now,
    }
    return lock(session, session.execute(_INSERT, values).scalar_one())


def open_tasks(
    session: Session, case_id: int, now: datetime
) -> dict[tuple[str, int, int], OpenTask]:
    """The tasks that wait, by path, visit and seat."""
    day = now.date()
    return reading.once(
        session, ("open tasks", case_id, day), lambda: _open_tasks(session, case_id, day)
    )


def tasks_of(rows: list[dict[str, Any]] | None) -> dict[tuple[str, int, int], OpenTask]:
    """Make tasks of what OPEN_TASKS selects, for callers that read it along with more."""
    tasks = {}
    for row in rows or ():
        row["opened_at"], row["due_at"] = _moment(row["opened_at"]), _moment(row["due_at"])
        tasks[row["path"], row["visit"], row["seat"]] = OpenTask(**row)
    return tasks


def _open_tasks(session: Session, case_id: int, day: date) -> dict[tuple[str, int, int], OpenTask]:
    asked = {"case_id": case_id, "day": day}
    return tasks_of(session.connection().exec_driver_sql(_TASKS, asked).scalar())


def seated(session: Session, case_id: int, path: str, visit: int) -> Mapping[int, int]:
    """Who has spoken from a seat of this visit: person id -> seat."""
    rows = session.execute(_SEATED, {"case_id": case_id, "path": path, "visit": visit})
    return {row.person_id: row.seat for row in rows}


def _one(session: Session, statement: str, case_id: int) -> CaseState:
    values = session.connection().exec_driver_sql(statement, {"case_id": case_id}).scalar()
    if values is None:
        raise NotFound(f"case {case_id}")
    return _state(values)


def _state(values: dict[str, Any]) -> CaseState:
    values["marking"] = Marking.from_json(values["marking"])
    for name in ("started_at", "moved_at", "ended_at"):
        values[name] = _moment(values[name])
    return CaseState(**values)


def _moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)


_case, _decision = Case.__table__.c, Decision.__table__.c

# One column of JSON costs the driver much less than nineteen columns.
_STATE = """
    SELECT json_build_object(
        'id', cases.id, 'workflow_version_id', workflow_version_id, 'workflow_key', key,
        'workflow_number', number, 'workflow_hash', workflow_versions.hash,
        'proposal_id', proposal_id, 'agency_id', agency_id, 'owner_line', owner_line,
        'marking', marking, 'facts', facts, 'hats', hats, 'version', version,
        'journal_seq', journal_seq, 'journal_hash', journal_hash, 'step', step,
        'outcome', outcome, 'started_at', started_at, 'moved_at', moved_at, 'ended_at', ended_at
    )
    FROM cases JOIN workflow_versions ON workflow_versions.id = workflow_version_id
"""
_ROW = f"{_STATE} WHERE cases.id = %(case_id)s"
_ROWS = f"{_STATE} WHERE cases.id = ANY (%(cases)s)"
_LOCK = f"{_ROW} FOR UPDATE OF cases"
_VERSIONS = text("""
    SELECT cases.id, workflow_version_id, workflow_versions.hash
    FROM cases JOIN workflow_versions ON workflow_versions.id = workflow_version_id
    WHERE cases.id = ANY (CAST(:cases AS bigint[]))
""")
_LOCK_FREE = text("""
    SELECT cases.id, workflow_version_id, workflow_versions.hash, journal_seq, journal_hash
    FROM cases JOIN workflow_versions ON workflow_versions.id = workflow_version_id
    WHERE cases.id = ANY (CAST(:cases AS bigint[]))
    FOR UPDATE OF cases SKIP LOCKED
""")
_INSERT = insert_into(cast("Table", Case.__table__)).returning(_case.id)
_TITLE = TITLE_ON.format(positions="positions", day="%(day)s")
OPEN_TASKS = f"""(
    SELECT json_agg(task) FROM (
        SELECT path, visit, seat, party, position_id, assignee_id, opened_at, due_at,
               agency_id, post, {_TITLE} AS title
        FROM tasks JOIN positions ON positions.id = tasks.position_id
        WHERE tasks.case_id = %(case_id)s AND tasks.status = 'open'
        ORDER BY tasks.id
    ) AS task
)"""  # noqa: S608
"""The open tasks of a case as one column, to be selected alone or beside other columns."""

_TASKS = f"SELECT {OPEN_TASKS}"
_SEATED = select(_decision.person_id, _decision.seat).where(
    _decision.case_id == bindparam("case_id"),
    _decision.path == bindparam("path"),
    _decision.visit == bindparam("visit"),
    _decision.seat.is_not(None),
    _decision.verdict.is_not(None),
    _decision.person_id.is_not(None),
)
