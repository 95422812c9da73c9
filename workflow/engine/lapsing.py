"""A deadline that passes: the visit goes where the definition leads, or it is told why it cannot.

Silence never approves: a definition in which a lapse would is refused before it is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from states.move import Move
from states.refusals import NotHere, Refusal
from workflow import cases, journal, situations, timers, versions
from workflow.cases import Fact
from workflow.due_timers import DueTimer
from workflow.engine import deciding, writing
from workflow.engine.requests import Made
from workflow.engine.writing import Deed
from workflow.errors import Reason, Refused
from workflow.situations import Surroundings


@dataclass(frozen=True)
class Passing:
    """What a passed deadline leads to, before it is written."""

    around: Surroundings
    move: Move
    asked: Mapping[str, Fact]
    counts: Mapping[str, int]


def passing(around: Surroundings, path: str, visit: int) -> Passing | None:
    """What follows when a visit's time is over; None when the visit is. Reads only.

    Raises Refusal or Refused when the way on needs something that is not there.
    """
    case = around.case
    if case.outcome is not None or (path, visit) not in case.marking.standing():
        return None
    counts = deciding.counts(around)
    asked = {**case.facts, "actor.acting": False}
    try:
        move = around.version.machine.lapse(case.marking, path, asked, counts)
    except NotHere:
        return None
    return Passing(around, move, asked, counts)


def lapse(session: Session, case_id: int, path: str, visit: int, now: datetime) -> Made | None:
    """Let a visit's deadline pass; None when the visit is over already. Never approves.

    Raises Refusal or Refused when the way on needs something that is not there.
    """
    case = cases.lock(session, case_id)
    version = versions.of(session, case)
    around = situations.look_around(session, case, version, now, hats=version.counted)
    led = passing(around, path, visit)
    if led is None:
        return None
    deed = Deed("lapsed", f"lapse:{path}:{visit}", asked=led.asked, holders=led.counts)
    decision_id = writing.write(session, led.around, led.move, deed, case.facts)
    return None if decision_id is None else deciding.made(case, decision_id, led.move)


def record_failure(session: Session, timer: DueTimer, error: Exception, now: datetime) -> None:
    """Say in the journal why a lapse could not move its case, and tell the administrators.

    Needs a transaction of its own, after the one that failed was rolled back.
    """
    case = cases.lock(session, timer.case_id)
    told = {
        "path": timer.path,
        "visit": timer.visit,
        "seat": timer.seat,
        "party": timer.party,
        "position_id": timer.position_id,
        "position": timer.position,
        "due_at": timer.task_due_at,
        "reasons": [
            {"code": reason.code, "values": dict(reason.values)} for reason in reasons(error)
        ],
    }
    journal.announce(session, case, timers.LAPSE_FAILED, told, now)


def reasons(error: Exception) -> tuple[Reason, ...]:
    """Why something could not be done, as far as it is one of the domain's own reasons."""
    if isinstance(error, Refused):
        return error.reasons
    if isinstance(error, Refusal):
        return (Reason(error.code, error.values),)
    return (Reason("unexpected", {"error": type(error).__name__}),)
