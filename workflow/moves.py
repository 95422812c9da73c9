"""Moving many cases to another version at once, and taking that back.

The engine moves each case, under its own lock and rules; what was weighed before is in `impact`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from workflow import engine, setting_changes
from workflow.errors import DomainError, Invalid, NotFound, Problem, Reason, Refused
from workflow.impact import Affected
from workflow.models import SettingChange, WorkflowVersion
from workflow.models.definition import VersionStatus

MOST_AT_ONCE = 500
"""Cases that are moved by one request: some seconds of work."""

MOVED, TAKEN_BACK = "cases_moved", "moves_taken_back"
"""What the journal of settings calls it when many were moved, or taken back."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A case that could not be moved, or taken back, and why."""

    case_id: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the cases of one request; `same` were so already."""

    batch: str
    """By what the move is known when it is to be taken back."""
    done: int
    same: int
    failed: tuple[Failed, ...]
    replayed: bool = False
    """Whether this request had done it before."""


def move(
    session: Session,
    version: WorkflowVersion,
    cases: Iterable[Affected],
    mapping: Mapping[str, str],
    reason: str,
    *,
    by: int,
    now: datetime,
    request_id: str | None = None,
) -> Result:
    """Move these cases, each in a savepoint of its own, and note who did it and why.

    The same `request_id` of the same person is the same move, however often it is asked for.
    Raises Refused for a version that newer ones have replaced, Invalid without cases or reason.
    """
    if (made := _made_before(session, version, MOVED, request_id, by)) is not None:
        return made
    if version.status != VersionStatus.PUBLISHED:
        raise Refused(Reason("version_replaced"))
    wanted = sorted(cases, key=lambda case: case.id)  # one order for all: nobody waits in a circle
    _check(len(wanted), reason)
    batch = secrets.token_hex(8)

    def one(case: Affected) -> bool:
        return engine.move(
            session,
            case.id,
            version.id,
            mapping,
            reason,
            person_id=by,
            now=now,
            seen_version=case.version,
            batch=batch,
        )

    result = _each(session, batch, [(case.id, partial(one, case)) for case in wanted])
    _note(session, version, MOVED, reason, result, request_id, by, now)
    return result


def take_back(
    session: Session,
    version: WorkflowVersion,
    batch: str,
    reason: str,
    *,
    by: int,
    now: datetime,
    request_id: str | None = None,
) -> Result:
    """Take back what one request moved, as far as nobody has acted on it since.

    The same `request_id` of the same person is the same taking back.
    Raises NotFound when nothing of it is left, Invalid without a reason.
    """
    if (made := _made_before(session, version, TAKEN_BACK, request_id, by)) is not None:
        return made
    asked = {"version_id": version.id, "batch": batch, "most": MOST_AT_ONCE}
    case_ids = session.scalars(_OF_BATCH, asked).all()
    if not case_ids:
        raise NotFound(f"move {batch}")
    _check(len(case_ids), reason)

    def one(case_id: int) -> bool:
        return engine.take_back(session, case_id, reason, person_id=by, now=now)

    work = [(case_id, lambda c=case_id: one(c)) for case_id in case_ids]
    result = _each(session, batch, work)
    _note(session, version, TAKEN_BACK, reason, result, request_id, by, now)
    return result


def titles(session: Session, case_ids: Iterable[int]) -> dict[int, str]:
    """What cases are about, by case."""
    rows = session.execute(_TITLES, {"cases": list(case_ids)})
    return {row.id: row.title for row in rows}


def history(session: Session, version: WorkflowVersion) -> list[setting_changes.Change]:
    """What was moved to this version and taken back, the newest first."""
    return setting_changes.history(session, _subject(version))


def _made_before(
    session: Session, version: WorkflowVersion, kind: str, request_id: str | None, by: int
) -> Result | None:
    """What this request came to, if it was made; two of them at once wait for each other."""
    if request_id is None:
        return None
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{kind}:{by}:{request_id}"))))
    what = session.scalar(
        select(SettingChange.what).where(
            SettingChange.subject == _subject(version),
            SettingChange.kind == kind,
            SettingChange.person_id == by,
            SettingChange.what["request_id"].astext == request_id,
        )
    )
    if what is None:
        return None
    failed = tuple(
        Failed(one["case_id"], tuple(Reason(**reason) for reason in one["reasons"]))
        for one in what["failed"]
    )
    return Result(what["batch"], what["count"], what["same"], failed, replayed=True)


def _check(count: int, reason: str) -> None:
    problems = [Problem("cases", "required")] if not count else []
    if count > MOST_AT_ONCE:
        problems.append(Problem("cases", "too_many", {"most": MOST_AT_ONCE}))
    problems += engine.wrong_reason(" ".join(reason.split()))
    if problems:
        raise Invalid(*problems)


def _each(session: Session, batch: str, work: Iterable[tuple[int, Callable[[], bool]]]) -> Result:
    """Do each in a savepoint, so that one that fails leaves the others."""
    done = same = 0
    failed: list[Failed] = []
    for case_id, do in work:
        try:
            with session.begin_nested():
                changed = do()
        except DomainError as error:
            failed.append(Failed(case_id, _reasons(error)))
            continue
        done, same = done + changed, same + (not changed)
    return Result(batch, done, same, tuple(failed))


def _reasons(error: DomainError) -> tuple[Reason, ...]:
    if isinstance(error, Refused):
        return error.reasons
    if isinstance(error, NotFound):
        return (Reason("no_such_case"),)
    return (Reason("unexpected", {"error": type(error).__name__}),)


def _note(
    session: Session,
    version: WorkflowVersion,
    kind: str,
    reason: str,
    result: Result,
    request_id: str | None,
    by: int,
    now: datetime,
) -> None:
    what = {
        "batch": result.batch,
        "request_id": request_id,
        "reason": " ".join(reason.split()),
        "count": result.done,
        "same": result.same,
        "failed": [
            {
                "case_id": one.case_id,
                "reasons": [
                    {"code": reason.code, "values": dict(reason.values)} for reason in one.reasons
                ],
            }
            for one in result.failed
        ],
    }
    setting_changes.note(session, _subject(version), kind, by, now, what)


def _subject(version: WorkflowVersion) -> str:
    return f"moves:{version.id}"


_TITLES = text("""
    SELECT cases.id, proposals.title
    FROM cases JOIN proposals ON proposals.id = cases.proposal_id
    WHERE cases.id = ANY (CAST(:cases AS bigint[]))
""")
_OF_BATCH = text("""
    SELECT DISTINCT cases.id
    FROM cases JOIN events ON events.case_id = cases.id
    WHERE cases.workflow_version_id = :version_id AND cases.outcome IS NULL
      AND events.kind = 'case_moved' AND events.payload ->> 'batch' = :batch
    ORDER BY cases.id LIMIT :most
""")
