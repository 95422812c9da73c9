"""A task that nobody can do, routed to another position by an administrator, with a reason.

Nothing is decided by it, and no rule is lifted: who holds the other position is weighed at the
decision as always. Never down: work above a position is not given to those who answer to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflow import cases, journal, outbox, parties, permissions, timers, versions
from workflow.cases import CaseState
from workflow.eligibility import Asked, Eligibility
from workflow.engine.holders import Holder, holders_of
from workflow.errors import Invalid, NotFound, Problem, Reason, Refused
from workflow.models.base import Json
from workflow.permissions import Permission
from workflow.versions import Version

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Goal:
    """A position where somebody can do the task."""

    position_id: int
    title: str
    people: tuple[str, ...]


def goals(session: Session, case_id: int, task_id: int, now: datetime) -> list[Goal]:
    """The positions to which a task may be routed: none while somebody can do it.

    Raises NotFound when the task is not open.
    """
    case = cases.read(session, case_id)
    version, holder = _found(session, case, task_id, now)
    return [] if holder.people else _goals(session, case, version, holder, now)


def route(
    session: Session,
    case_id: int,
    task_id: int,
    to: int | None,
    reason: str,
    *,
    person_id: int,
    now: datetime,
) -> None:
    """Address the task to another position; its due time stays, its new holders are told.

    Raises NotFound, Refused when somebody can do it where it is, Invalid for a position that
    cannot have it or without a reason.
    """
    case = cases.lock(session, case_id)
    permissions.demand(session, person_id, Permission.TEND_CASE, now, case_id=case_id)
    version, holder = _found(session, case, task_id, now)
    if holder.people:
        names = [one.name for one in holder.people]
        raise Refused(Reason("somebody_is_there", {"holders": names}))
    possible = {one.position_id: one for one in _goals(session, case, version, holder, now)}
    words = " ".join(reason.split())
    problems = list(_problems(possible.keys(), to, words))
    if problems or to is None:
        raise Invalid(*problems)
    _write(session, case, holder, possible[to], words, person_id, now)


def _problems(possible: Iterable[int], to: int | None, words: str) -> Iterable[Problem]:
    if to is None:
        yield Problem("position_id", "required")
    elif to not in possible:
        yield Problem("position_id", "unknown")
    if not words:
        yield Problem("reason", "required")
    elif len(words) > LONGEST_REASON:
        yield Problem("reason", "too_long", {"most": LONGEST_REASON})


def _found(
    session: Session, case: CaseState, task_id: int, now: datetime
) -> tuple[Version, Holder]:
    version = versions.load(session, case.workflow_version_id, case.workflow_hash)
    rules = {case.id: Eligibility.of(case, version)}
    for holder in holders_of(session, rules, now)[case.id]:
        if holder.task_id == task_id:
            return version, holder
    raise NotFound(f"task {task_id} of case {case.id}")


def _goals(
    session: Session, case: CaseState, version: Version, holder: Holder, now: datetime
) -> list[Goal]:
    rules = Eligibility.of(case, version)
    hat = version.definition.hat(holder.party)
    rows = session.execute(_AROUND, {"position_id": holder.position_id}).all()
    held = parties.holdings(session, [row.id for row in rows], now.date())
    found = []
    for row in rows:
        able = rules.eligible(held[row.id], Asked(hat, row.agency_id, row.title))
        if able:
            found.append(Goal(row.id, row.title, tuple(one.name for one in able)))
    return found


def _write(
    session: Session,
    case: CaseState,
    holder: Holder,
    goal: Goal,
    reason: str,
    person_id: int,
    now: datetime,
) -> None:
    who = permissions.credentials(session, person_id, now)
    session.execute(_ROUTE, {"task_id": holder.task_id, "position_id": goal.position_id})
    payload: Json = {
        "path": holder.path,
        "visit": holder.visit,
        "seat": holder.seat,
        "party": holder.party,
        "position_id": goal.position_id,
        "position": goal.title,
        "from_position_id": holder.position_id,
        "from_position": holder.title,
        "assignee_id": None,
        "due_at": holder.due_at,
        "reason": reason,
        "by": None if who is None else who.name,
    }
    seq = journal.append(
        session,
        case,
        timers.REASSIGNED,
        at=now,
        person_id=person_id,
        appointment_id=None,
        payload=payload,
    )
    about = {"case_id": case.id, "seq": seq}
    outbox.post(session, [outbox.row("announce", f"announce:{case.id}:{seq}", about, now)])


_AROUND = text("""
    WITH RECURSIVE below (id) AS (
        SELECT CAST(:position_id AS bigint)
        UNION
        SELECT positions.id FROM positions JOIN below ON positions.superior_id = below.id
    )
    SELECT other.id, other.title, other.agency_id
    FROM positions AS own
    JOIN positions AS other ON other.agency_id = own.agency_id OR other.id = own.superior_id
    WHERE own.id = :position_id AND other.id NOT IN (SELECT id FROM below)
    ORDER BY other.id = own.superior_id DESC, other.id
""")
_ROUTE = text("UPDATE tasks SET position_id = :position_id, assignee_id = NULL WHERE id = :task_id")
