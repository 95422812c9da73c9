"""The one door: every change of a case comes through here, by people and by timers alike.

The order of a decision is always the same: lock the case, see whether the request or somebody else
was there before, ask who may, ask the machine, write the move. Commits nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from workflow import (
    cases,
    journal,
    parties,
    permissions,
    sight,
    situations,
    timelines,
    versions,
)
from workflow.appointments import Actor
from workflow.cases import CaseState, Fact
from workflow.cases import read as state
from workflow.engine import deciding, requests, writing
from workflow.engine.assigning import Choices, choices, claim, give, release
from workflow.engine.cancelling import Mandate, cancel
from workflow.engine.editing import change_facts, may_edit
from workflow.engine.extending import EXTENDED, MOST_DAYS, more_time
from workflow.engine.holders import Holder, holders, holders_of
from workflow.engine.lapsing import lapse
from workflow.engine.moving import move
from workflow.engine.moving import plan as plan_move
from workflow.engine.offers import Offer, available
from workflow.engine.reasons import LONGEST_REASON
from workflow.engine.reasons import wrong as wrong_reason
from workflow.engine.requests import Made, Request
from workflow.engine.routing import Goal, goals, route
from workflow.engine.taking_back import can_take_back, take_back
from workflow.engine.writing import Deed
from workflow.errors import Conflict, MovedMeanwhile, NotFound, Refused

__all__ = [
    "EXTENDED",
    "LONGEST_REASON",
    "MOST_DAYS",
    "CaseState",
    "Choices",
    "Goal",
    "Holder",
    "Made",
    "Mandate",
    "Offer",
    "act",
    "available",
    "can_take_back",
    "cancel",
    "change_facts",
    "choices",
    "claim",
    "give",
    "goals",
    "holders",
    "holders_of",
    "lapse",
    "may_edit",
    "more_time",
    "move",
    "plan_move",
    "record_refusal",
    "release",
    "route",
    "start",
    "state",
    "take_back",
    "wrong_reason",
]


def start(
    session: Session,
    *,
    version_id: int,
    proposal_id: int,
    agency_id: int,
    by: Actor | None,
    facts: Mapping[str, Fact],
    now: datetime,
) -> int:
    """Open a case on a version, with its first tasks; returns its number.

    Raises NotFound for an unknown version, Refused when nobody can be asked.
    """
    version = versions.load(session, version_id)
    line = parties.owner_line(session, agency_id)
    case = cases.insert(session, version_id, proposal_id, agency_id, line, now)
    around = situations.look_around(session, case, version, now, hats=version.counted)
    counts = deciding.counts(around)
    move = version.machine.start(facts, counts)
    asked = around.directory.addressees({opened.party for opened in move.opened})
    worn = [hat for hat, one in asked.items() if by and one.position_id == by.position_id]
    hat = worn[0] if worn else None
    deed = Deed("case_started", "start", by, hat, asked=facts, holders=counts)
    writing.write(session, around, move, deed, facts)
    return case.id


def act(
    session: Session,
    case_id: int,
    action: str,
    *,
    person_id: int,
    appointment_id: int | None = None,
    request_id: str,
    seen_version: int | None,
    now: datetime,
    track: str | None = None,
    data: Mapping[str, object] = {},
) -> Made:
    """Decide: what this person asks for happens once, or is refused with every reason.

    `track` "" is the main chart, None any. A request id that has decided before returns that
    decision. Raises NotFound (no such case, or not for this person to know), Conflict (somebody
    was quicker), Refused (with the attempt, for `record_refusal`), Invalid (words that do not fit).
    """
    request = Request(
        case_id, action, track, person_id, appointment_id, request_id, seen_version, data
    )
    requests.check(request)
    case = cases.lock(session, case_id)
    try:
        return deciding.decide(session, case, request, now)
    except Refused as refused:
        _hide(session, case, person_id, now)
        known = requests.made_before(session, request)
        if known is not None:
            return known
        if isinstance(refused, Conflict) and _is_unheard(session, request, now):
            raise MovedMeanwhile(request.attempt) from refused
        if refused.attempt is None:
            raise Refused(*refused.reasons, attempt=request.attempt) from refused
        raise


def record_refusal(session: Session, refused: Refused, now: datetime) -> None:
    """Write a refused attempt into the journal; the case's version stays. Needs a transaction
    of its own, after the refused one was rolled back."""
    attempt = refused.attempt
    if attempt is None:
        return
    case = cases.lock(session, attempt.case_id)
    who = None
    if attempt.person_id is not None:
        who = permissions.credentials(session, attempt.person_id, now)
    held = {actor.appointment_id for actor in who.actors} if who else set()
    journal.append(
        session,
        case,
        "attempt_refused",
        at=now,
        person_id=attempt.person_id,
        appointment_id=attempt.appointment_id if attempt.appointment_id in held else None,
        payload={
            "action": attempt.action,
            "track": attempt.track,
            "person": None if who is None else who.name,
            "reasons": [
                {"code": reason.code, "values": dict(reason.values)} for reason in refused.reasons
            ],
        },
    )


def _is_unheard(session: Session, request: Request, now: datetime) -> bool:
    """Whether what was quicker is among the reviewers' words that the person has to wait for."""
    told = timelines.timeline(session, request.case_id, request.person_id, now)
    made = (request.seen_version or 0) + 1
    return any(entry.is_hidden and entry.payload.get("version") == made for entry in told)


def _hide(session: Session, case: CaseState, person_id: int, now: datetime) -> None:
    """Raise NotFound when the person may not even know of the case."""
    who = permissions.credentials(session, person_id, now)
    if who is None or (who.is_active and not sight.is_visible(session, who, now, case_id=case.id)):
        raise NotFound(f"case {case.id}")
