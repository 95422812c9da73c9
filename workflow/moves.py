"""What a version means for the cases that run on others, and moving many of them at once.

The engine moves each case, under its own lock and rules; here they are weighed, chosen, counted.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.definition import Definition
from states.machine import machine_for
from states.marking import Marking
from states.moving import Fate, Obstacle, Verdict, between
from workflow import engine, journal, setting_changes, versions
from workflow.errors import DomainError, Invalid, NotFound, Problem, Reason, Refused
from workflow.models import WorkflowVersion
from workflow.models.definition import VersionStatus

MOST_AT_ONCE = 500
"""Cases that are moved by one request: some seconds of work."""

MOVED, TAKEN_BACK = "cases_moved", "moves_taken_back"
"""What the journal of settings calls it when many were moved, or taken back."""


@dataclass(frozen=True, slots=True)
class Affected:
    """A case that runs on another version: its number, and its version as it was seen."""

    id: int
    version: int


@dataclass
class Group:
    """Cases for which the version means the same: where they stand, and where they would."""

    version_id: int
    steps: tuple[str, ...]
    fate: Fate
    to: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]
    choices: Mapping[str, tuple[str, ...]]
    lost: tuple[str, ...]
    cases: list[Affected] = field(default_factory=list)

    @cached_property
    def key(self) -> str:
        """A name that stays the same as long as the group says the same."""
        codes = [(one.code, repr(sorted(one.values.items()))) for one in self.obstacles]
        return journal.digest_of([self.version_id, self.steps, self.to, codes, self.lost])[:12]


@dataclass(frozen=True, slots=True)
class Failed:
    """A case that could not be moved, or taken back, and why."""

    case_id: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the cases of one request; `same` were so already."""

    done: int
    same: int
    failed: tuple[Failed, ...]


def impact(
    session: Session,
    definition: Definition,
    mapping: Mapping[str, str] = {},
    *,
    version_id: int | None = None,
) -> list[Group]:
    """What a definition means for every running case of its key on other versions.

    The groups with most cases first. `version_id` names the definition's own version, if it has
    one. Writes nothing, and asks the machine once for all cases that stand alike.
    """
    asked = {"key": definition.key, "version_id": version_id}
    weigh = _Scales(session, definition, mapping)
    groups: dict[object, Group] = {}
    for row in session.execute(_RUNNING, asked):
        group = weigh.group(row.workflow_version_id, row.marking, row.facts)
        found = groups.setdefault(group.key, group)
        found.cases.append(Affected(row.id, row.version))
    return sorted(groups.values(), key=lambda group: (-len(group.cases), group.steps))


class _Scales:
    """Weighs cases, each kind of them once."""

    def __init__(
        self, session: Session, definition: Definition, mapping: Mapping[str, str]
    ) -> None:
        self._session, self._mapping = session, mapping
        self._after = machine_for(definition)
        self._known: dict[tuple[int, str, str], Group] = {}

    def group(self, version_id: int, marking: str, facts: str) -> Group:
        """The group of a case, without cases."""
        alike = (version_id, marking, "")
        for key in (alike, (version_id, marking, facts)):
            if key in self._known:
                return self._known[key]
        before = versions.machine(self._session, version_id)
        stands = Marking.from_json(json.loads(marking))
        known = {**json.loads(facts), "actor.acting": False}
        verdict = between(before, self._after).judge(stands, self._mapping, known)
        is_for_all = verdict.carried is not None and not verdict.carried.opened
        key = alike if is_for_all else (version_id, marking, facts)
        self._known[key] = _group(version_id, stands, verdict)
        return self._known[key]


def _group(version_id: int, marking: Marking, verdict: Verdict) -> Group:
    carried = verdict.carried
    return Group(
        version_id=version_id,
        steps=_stands(marking),
        fate=verdict.fate,
        to=() if carried is None else _stands(carried.marking),
        obstacles=verdict.obstacles,
        choices=verdict.choices,
        lost=() if carried is None else carried.lost,
    )


def _stands(marking: Marking) -> tuple[str, ...]:
    return tuple(path for path, _ in marking.standing())


def chosen(groups: Iterable[Group], keys: Iterable[str], case_ids: Iterable[int]) -> list[Affected]:
    """The cases that can move among the groups and the single cases that were chosen."""
    wanted, single = set(keys), set(case_ids)
    return [
        case
        for group in groups
        if group.fate is Fate.MOVES
        for case in group.cases
        if group.key in wanted or case.id in single
    ]


def move(
    session: Session,
    version: WorkflowVersion,
    cases: Iterable[Affected],
    mapping: Mapping[str, str],
    reason: str,
    *,
    by: int,
    now: datetime,
) -> Result:
    """Move these cases, each in a savepoint of its own, and note who did it and why.

    Raises Refused for a version that newer ones have replaced, Invalid without cases or reason.
    """
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

    result = _each(session, [(case.id, lambda c=case: one(c)) for case in wanted])  # type: ignore[misc]
    _note(session, version, MOVED, batch, reason, result, by, now)
    return result


def take_back(
    session: Session, version: WorkflowVersion, batch: str, reason: str, *, by: int, now: datetime
) -> Result:
    """Take back what one request moved, as far as nobody has acted on it since.

    Raises NotFound when nothing of it is left, Invalid without a reason.
    """
    asked = {"version_id": version.id, "batch": batch, "most": MOST_AT_ONCE}
    case_ids = session.scalars(_OF_BATCH, asked).all()
    if not case_ids:
        raise NotFound(f"moves {batch}")
    _check(len(case_ids), reason)

    def one(case_id: int) -> bool:
        return engine.take_back(session, case_id, reason, person_id=by, now=now)

    result = _each(session, [(case_id, lambda c=case_id: one(c)) for case_id in case_ids])  # type: ignore[misc]
    _note(session, version, TAKEN_BACK, batch, reason, result, by, now)
    return result


def titles(session: Session, case_ids: Iterable[int]) -> dict[int, str]:
    """What cases are about, by case."""
    rows = session.execute(_TITLES, {"cases": list(case_ids)})
    return {row.id: row.title for row in rows}


def history(session: Session, version: WorkflowVersion) -> list[setting_changes.Change]:
    """What was moved to this version and taken back, the newest first."""
    return setting_changes.history(session, _subject(version))


def _check(count: int, reason: str) -> None:
    problems = [Problem("cases", "required")] if not count else []
    if count > MOST_AT_ONCE:
        problems.append(Problem("cases", "too_many", {"most": MOST_AT_ONCE}))
    problems += engine.wrong_reason(" ".join(reason.split()))
    if problems:
        raise Invalid(*problems)


def _each(session: Session, work: Iterable[tuple[int, Callable[[], bool]]]) -> Result:
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
    return Result(done, same, tuple(failed))


def _reasons(error: DomainError) -> tuple[Reason, ...]:
    if isinstance(error, Refused):
        return error.reasons
    return (Reason("unexpected", {"error": type(error).__name__}),)


def _note(
    session: Session,
    version: WorkflowVersion,
    kind: str,
    batch: str,
    reason: str,
    result: Result,
    by: int,
    now: datetime,
) -> None:
    what = {
        "batch": batch,
        "reason": " ".join(reason.split()),
        "count": result.done,
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


_RUNNING = text("""
    SELECT cases.id, cases.version, cases.workflow_version_id,
           CAST(cases.marking AS text) AS marking, CAST(cases.facts AS text) AS facts
    FROM cases JOIN workflow_versions ON workflow_versions.id = cases.workflow_version_id
    WHERE workflow_versions.key = :key AND cases.outcome IS NULL
      AND cases.workflow_version_id IS DISTINCT FROM :version_id
    ORDER BY cases.id
""")
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
