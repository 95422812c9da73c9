"""A task routed to another position, or another holder, by an administrator, with a reason.

Nothing is decided by it, and no rule is lifted: who holds the other position is weighed at the
decision as always. Never down: work above a position is not given to those who answer to it. While
somebody can do the task, it goes to another holder of the position or up to the superior, no
further: an administrator does not choose freely who decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflow import cases, journal, parties, permissions, timers, versions
from workflow.cases import CaseState
from workflow.eligibility import Asked, Eligibility
from workflow.engine import reasons
from workflow.engine.holders import Holder, of_case
from workflow.errors import Invalid, NotFound, Problem
from workflow.models.base import Json
from workflow.permissions import Credentials, Permission


@dataclass(frozen=True, slots=True)
class Goal:
    """A position where somebody can do the task, or with a person, one holder of its own."""

    position_id: int
    title: str
    people: tuple[str, ...]
    person_id: int | None = None

    @property
    def key(self) -> str:
        """What names it in a form."""
        return (
            f"{self.position_id}"
            if self.person_id is None
            else f"{self.position_id}:{self.person_id}"
        )


def goals(session: Session, case_id: int, task_id: int, now: datetime) -> list[Goal]:
    """To whom a task may be routed.

    Raises NotFound when the task is not open.
    """
    case = cases.read(session, case_id)
    holder = _found(session, case, task_id, now)
    return _goals(session, case, holder, now)


def route(
    session: Session,
    case_id: int,
    task_id: int,
    to: str | None,
    reason: str,
    *,
    person_id: int,
    now: datetime,
) -> None:
    """Address the task to a goal by its key; its due time stays, its new holders are told.

    Raises NotFound, Invalid for a goal that cannot have it or without a reason.
    """
    case = cases.lock(session, case_id)
    who = permissions.demand(session, person_id, Permission.TEND_CASE, now, case_id=case_id)
    holder = _found(session, case, task_id, now)
    possible = {one.key: one for one in _goals(session, case, holder, now)}
    words = " ".join(reason.split())
    problems = list(_problems(possible.keys(), to, words))
    if problems or to is None:
        raise Invalid(*problems)
    _write(session, case, holder, possible[to], words, who, now)


def _problems(possible: Iterable[str], to: str | None, words: str) -> Iterable[Problem]:
    if not to:
        yield Problem("position_id", "required")
    elif to not in possible:
        yield Problem("position_id", "unknown")
    yield from reasons.wrong(words)


def _found(session: Session, case: CaseState, task_id: int, now: datetime) -> Holder:
    for holder in of_case(session, case, now):
        if holder.task_id == task_id:
            return holder
    raise NotFound(f"task {task_id} of case {case.id}")


def _goals(session: Session, case: CaseState, holder: Holder, now: datetime) -> list[Goal]:
    version = versions.of(session, case)
    rules = Eligibility.of(case, version)
    hat = version.definition.hat(holder.party)
    rows = session.execute(_AROUND, {"position_id": holder.position_id}).all()
    held = parties.holdings(session, [row.id for row in rows], now.date())
    found = _others(holder)
    for row in rows:
        able = rules.eligible(held[row.id], Asked(hat, row.agency_id, row.title))
        if able and (row.is_superior or not holder.people):
            found.append(Goal(row.id, row.title, tuple(one.name for one in able)))
    return found


def _others(holder: Holder) -> list[Goal]:
    """The holders of the task's own position who may do it and do not have it alone."""
    alone = {one.person_id for one in holder.people} if len(holder.people) == 1 else set()
    return [
        Goal(holder.position_id, holder.title, (one.name,), one.person_id)
        for one in holder.able
        if one.person_id not in alone
    ]


def _write(
    session: Session,
    case: CaseState,
    holder: Holder,
    goal: Goal,
    reason: str,
    who: Credentials,
    now: datetime,
) -> None:
    session.execute(
        _ROUTE,
        {"task_id": holder.task_id, "position_id": goal.position_id, "assignee_id": goal.person_id},
    )
    payload: Json = {
        "path": holder.path,
        "visit": holder.visit,
        "seat": holder.seat,
        "party": holder.party,
        "position_id": goal.position_id,
        "position": goal.title,
        "from_position_id": holder.position_id,
        "from_position": holder.title,
        "assignee_id": goal.person_id,
        "assignee": None if goal.person_id is None else goal.people[0],
        "due_at": holder.due_at,
        "reason": reason,
        "by": who.name,
    }
    journal.announce(session, case, timers.REASSIGNED, payload, now, person_id=who.person_id)


_AROUND = text("""
    WITH RECURSIVE below (id) AS (
        SELECT CAST(:position_id AS bigint)
        UNION
        SELECT positions.id FROM positions JOIN below ON positions.superior_id = below.id
    )
    SELECT other.id, other.title, other.agency_id,
           coalesce(other.id = own.superior_id, false) AS is_superior
    FROM positions AS own
    JOIN positions AS other ON other.agency_id = own.agency_id OR other.id = own.superior_id
    WHERE own.id = :position_id AND other.id NOT IN (SELECT id FROM below)
    ORDER BY other.id = own.superior_id DESC, other.id
""")
_ROUTE = text("""
    UPDATE tasks SET position_id = :position_id, assignee_id = :assignee_id WHERE id = :task_id
""")
