"""What must hold of every case whatever happened: checked over the whole database, read only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from workflow import attention, cases, journal
from workflow.models import Case, Decision, Event, OutboxMessage, Task, Timer
from workflow.models.case import TaskStatus, TimerStatus


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that does not hold, where, and what was found instead."""

    rule: str
    case_id: int | None
    detail: str


RULES = (
    "every open case is in somebody's hands",
    "the journal's chains hold",
    "the journal played again gives the marking",
    "tasks are open for the standing steps and for no others",
    "each version of a case was made by one decision or one move",
    "timers wait only for open tasks",
    "no message was given up",
)


def check(session: Session, now: datetime) -> Iterator[Broken]:
    """Every rule that does not hold, with the case."""
    yield from _in_hands(session, now)
    for flaw in journal.verify(session):
        yield Broken(RULES[1], flaw.case_id, f"event {flaw.seq}: {flaw.detail}")
    for case_id in session.scalars(select(Case.id).order_by(Case.id)).all():
        yield from _stands_as_told(session, case_id)
    yield from _versions(session)
    yield from _timers(session)
    yield from _messages(session)


def undelivered(session: Session, now: datetime) -> int:
    """How many messages are due and not delivered."""
    return (
        session.scalar(
            select(func.count())
            .select_from(OutboxMessage)
            .where(
                OutboxMessage.done_at.is_(None),
                OutboxMessage.dead_at.is_(None),
                OutboxMessage.due_at <= now,
            )
        )
        or 0
    )


def _in_hands(session: Session, now: datetime) -> Iterator[Broken]:
    has_task = exists().where(Task.case_id == Case.id, Task.status == TaskStatus.OPEN)
    lost = select(Case.id).where(Case.outcome.is_(None), ~has_task)
    for case_id in session.scalars(lost):
        yield Broken(RULES[0], case_id, "no task is open and there is no outcome")
    for found in attention.unattended(session, now):
        yield Broken(RULES[0], None, f"nobody may work for {found.title}")


def _stands_as_told(session: Session, case_id: int) -> Iterator[Broken]:
    marking = cases.read(session, case_id).marking
    if journal.replay(session, case_id).to_json() != marking.to_json():
        yield Broken(RULES[2], case_id, "the marking is another one")
    waiting = {
        (path, visit, number)
        for path, visit in marking.standing()
        for number, seat in enumerate(marking.seats.get(path, ()))
        if seat.verdict is None
    }
    tasks = select(Task.path, Task.visit, Task.seat).where(
        Task.case_id == case_id, Task.status == TaskStatus.OPEN
    )
    opened = {(path, visit, seat) for path, visit, seat in session.execute(tasks)}
    if waiting != opened:
        yield Broken(RULES[3], case_id, f"waiting {sorted(waiting)}, open {sorted(opened)}")


def _versions(session: Session) -> Iterator[Broken]:
    shifted = select(Event.case_id, Event.payload["version"].as_integer()).where(
        Event.kind.in_(journal.WITHOUT_DECIDING)
    )
    each = select(Decision.case_id, Decision.version).union_all(shifted).subquery()
    first, last = func.min(each.c.version), func.max(each.c.version)
    made = (
        select(Case.id, Case.version, func.count(), first, last)
        .join(each, each.c.case_id == Case.id)
        .group_by(Case.id)
    )
    for case_id, version, count, lowest, highest in session.execute(made):
        if highest != version or highest - lowest + 1 != count:
            found = f"version {version}, {count} made from {lowest} to {highest}"
            yield Broken(RULES[4], case_id, found)


def _timers(session: Session) -> Iterator[Broken]:
    waiting_for_nothing = (
        select(Timer.case_id, Timer.path)
        .join(
            Task,
            and_(
                Task.case_id == Timer.case_id,
                Task.path == Timer.path,
                Task.visit == Timer.visit,
                Task.seat == Timer.seat,
            ),
        )
        .where(Timer.status == TimerStatus.WAITING, Task.status != TaskStatus.OPEN)
    )
    for case_id, path in session.execute(waiting_for_nothing):
        yield Broken(RULES[5], case_id, f"a timer waits at {path}, which is over")


def _messages(session: Session) -> Iterator[Broken]:
    given_up = select(OutboxMessage.key, OutboxMessage.error).where(
        OutboxMessage.dead_at.is_not(None)
    )
    for key, error in session.execute(given_up):
        yield Broken(RULES[6], None, f"{key}: {error}")
