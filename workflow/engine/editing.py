"""Who may edit the subject of a case now, and the facts that a saved change brings.

Editing is judged by the same rules as deciding: it is the work of the hat whose task is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.definition import DecisionClass, Means
from states.move import Option
from workflow import (
    appointments,
    cases,
    journal,
    permissions,
    situations,
    versions,
)
from workflow.appointments import Actor, Credentials
from workflow.cases import CaseState, Fact
from workflow.engine import offers
from workflow.engine.offers import Judgement
from workflow.errors import Attempt, NotFound, Reason, Refused
from workflow.parties import Directory
from workflow.situations import Situation
from workflow.versions import Version

EDIT = "save"


def may_edit(
    session: Session, case_id: int, person_id: int, now: datetime
) -> tuple[str, ...] | None:
    """The sections that this person may edit at this instant ("all" is every one), or None."""
    case = cases.read(session, case_id)
    who = permissions.credentials(session, person_id, now)
    if who is None:
        return None
    version, situation = _situation(session, case, now)
    for judgement in _judgements(version, situation, who):
        if not judgement.authority.reasons:
            return version.machine.step(judgement.option.path).edits
    return None


def change_facts(
    session: Session,
    case_id: int,
    facts: Mapping[str, Fact],
    *,
    person_id: int,
    appointment_id: int | None,
    now: datetime,
    kind: str = "proposal_saved",
    payload: Mapping[str, Any],
) -> None:
    """Take over what a saved change of the subject tells, and journal it.

    The case's version stays: nothing was decided. Raises NotFound, or Refused with the attempt when
    the step does not open the subject to this person.
    """
    case = cases.lock(session, case_id)
    actor, hat = _editor(session, case, person_id, appointment_id, now)
    journal.append(
        session,
        case,
        kind,
        at=now,
        person_id=person_id,
        appointment_id=actor.appointment_id,
        payload={
            **payload,
            "person": actor.name,
            "position": actor.title,
            "agency": actor.agency,
            "party": hat,
            "facts": dict(facts),
        },
    )
    values = {
        "case_id": case_id,
        "facts": journal.canonical({**case.facts, **facts}),
        "hats": journal.canonical(case.worn_with(person_id, hat)),
    }
    session.execute(_CHANGE, values)


def _editor(
    session: Session, case: CaseState, person_id: int, appointment_id: int | None, now: datetime
) -> tuple[Actor, str]:
    """In which appointment and in which hat somebody edits. Raises NotFound or Refused."""
    who = permissions.credentials(session, person_id, now)
    if who is None:
        raise NotFound(f"case {case.id}")
    if appointment_id is not None:
        who = appointments.only(session, who, appointment_id, now)
    version, situation = _situation(session, case, now)
    judged = list(_judgements(version, situation, who))
    for judgement in judged:
        actor, way = judgement.authority.actor, judgement.authority.way
        if not judgement.authority.reasons and actor is not None and way is not None:
            return actor, way.hat
    attempt = Attempt(case.id, EDIT, None, person_id, appointment_id)
    raise Refused(*_reasons(case, judged), attempt=attempt)


def _situation(session: Session, case: CaseState, now: datetime) -> tuple[Version, Situation]:
    version = versions.of(session, case)
    options = list(_edits(version, case))
    tasks = cases.open_tasks(session, case.id, now)
    directory = Directory(session, version.definition, case, now.date())
    situation = situations.gather(session, case, version, options, tasks, directory)
    return version, situation


def _edits(version: Version, case: CaseState) -> Iterator[Option]:
    """Editing as an option of every open step that allows it."""
    for path, visit in case.marking.standing():
        step, seats = version.machine.step(path), case.marking.seats[path]
        if step.edits:
            yield Option(
                action=EDIT,
                track=path.split(".")[1] if "." in path else None,
                path=path,
                visit=visit,
                parties=tuple(dict.fromkeys(seat.party for seat in seats)),
                seats=tuple(number for number, seat in enumerate(seats) if seat.verdict is None),
                means=Means.FORWARD,
                needs=(),
                decision_class=DecisionClass.ROUTINE,
                unmet=(),
                picks=None,
                picks_most=None,
                letter=None,
                sets=(),
                stays=True,
                closes=False,
            )


def _judgements(version: Version, situation: Situation, who: Credentials) -> Iterator[Judgement]:
    for option in _edits(version, situation.case):
        yield offers.judge(who, [(actor, option) for actor in who.actors or (None,)], situation)


def _reasons(case: CaseState, judged: list[Judgement]) -> tuple[Reason, ...]:
    if case.outcome is not None:
        return (Reason("case_ended", {"outcome": case.outcome}),)
    if not judged:
        steps = tuple(path for path, _ in case.marking.standing())
        return (Reason("not_here", {"action": EDIT, "steps": steps}),)
    return judged[0].authority.reasons


_CHANGE = text("""
    UPDATE cases SET facts = CAST(:facts AS jsonb), hats = CAST(:hats AS jsonb) WHERE id = :case_id
""")
