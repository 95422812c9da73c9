"""One decision on a case that is locked: judged by all rules at once, then written.

Only the engine comes here; it has locked the case and turns refusals into attempts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from states.move import Move, Option
from workflow import appointments, checklists, situations, timelines, versions
from workflow.appointments import Actor, Credentials
from workflow.authority import class_bars
from workflow.cases import CaseState, Fact
from workflow.eligibility import Eligibility
from workflow.engine import inputs, offers, picking, remarks, requests, snapshots, writing
from workflow.engine.inputs import Inputs
from workflow.engine.offers import Judgement
from workflow.engine.requests import Made, Request
from workflow.engine.writing import Deed
from workflow.errors import Invalid, Problem, Reason, Refused
from workflow.situations import Situation, Surroundings
from workflow.versions import Version


@dataclass(frozen=True)
class _Accepted:
    """A request that every rule allows, with what the machine makes of it."""

    move: Move
    deed: Deed
    facts: dict[str, Fact]


def decide(session: Session, case: CaseState, request: Request, now: datetime) -> Made:
    """Judge and write a request on a locked case. Raises Refused, Conflict or Invalid."""
    if request.seen_version != case.version:
        raise requests.passed_by(session, case, request)
    version = versions.of(session, case)
    usual = _usual(version, case, request)
    hats = () if usual is None else _foreseen(version, case, usual)
    around = situations.look_around(
        session, case, version, now, hats=hats, person_id=request.person_id
    )
    accepted = _accept(session, around, request, usual)
    if accepted.move.snapshot:
        accepted = _with_snapshot(session, around, request, accepted)
    move, deed = accepted.move, accepted.deed
    _check_class(deed.actor, move)
    decision_id = writing.write(session, around, move, deed, accepted.facts)
    if decision_id is None:
        raise Refused(Reason("already_decided"))
    remarks.keep(session, case.id, decision_id, deed.words, now)
    return made(case, decision_id, move)


def made(case: CaseState, decision_id: int, move: Move) -> Made:
    """What the caller is told of a decision that was written."""
    outcome = None if move.outcome is None else move.outcome.value
    return Made(decision_id, case.id, case.version + 1, False, outcome, move.marking.step, move)


def counts(around: Surroundings) -> dict[str, int]:
    """How many people hold each post of which a step seats all."""
    asked = around.directory.addressees(around.version.counted)
    return {
        hat: len({holding.person_id for holding in one.holdings})
        for hat, one in asked.items()
        if one.position_id is not None
    }


def _usual(version: Version, case: CaseState, request: Request) -> Option | None:
    """The option as it is for everybody who is not acting for somebody else, if it is offered."""
    try:
        return offers.find(version, case, request.action, request.track, None)
    except Refused:
        return None


def _foreseen(version: Version, case: CaseState, option: Option) -> set[str]:
    """The hats that will be asked for, if no fact changes. Spares statements, judges nothing."""
    sitting = {seat.party for seat in case.marking.seats.get(option.path, ())}
    return {*option.parties, *version.counted} - sitting | {*option.asks}


def _accept(
    session: Session, around: Surroundings, request: Request, usual: Option | None
) -> _Accepted:
    case, version, who = around.case, around.version, around.who
    if who is None:
        raise Refused(Reason("not_signed_in"))
    if request.appointment_id is not None:
        who = appointments.only(session, who, request.appointment_id, around.now)
    chairs = _chairs(version, case, who, request, usual)
    options = [option for _, option in chairs]
    situation = situations.gather(session, case, version, options, around.tasks, around.directory)
    judgement = offers.judge(who, chairs, situation)
    option, actor = judgement.option, judgement.authority.actor
    step, definition = version.machine.step(option.path), version.definition
    given = inputs.read(request.data, option, step, definition.facts)
    new_facts = _new_facts(version, case, option, given)
    asked = offers.asked_with(case, actor) | new_facts
    holders = counts(around)
    needs = given.given | ({"complete"} if case.facts.get("complete") is True else set())
    move = offers.trial(
        version,
        case,
        judgement,
        facts=asked,
        picks=len(given.picks),
        given=needs,
        holders=holders,
    )
    if judgement.authority.reasons:
        raise _refused(session, situation, who, chairs, move, around.now)
    if given.problems:
        raise Invalid(*given.problems)
    if isinstance(move, Reason):
        raise Refused(move)
    _check_words(session, around, judgement, given)
    way = judgement.authority.way
    hat = None if way is None else way.hat
    deed = Deed("decided", request.request_id, actor, hat, given.words, asked, holders)
    return _Accepted(move, deed, case.facts | new_facts)


def _chairs(
    version: Version, case: CaseState, who: Credentials, request: Request, usual: Option | None
) -> list[tuple[Actor | None, Option]]:
    """The person's appointments, each with the option as it is for it."""
    found = {} if usual is None else {False: usual}
    chairs: list[tuple[Actor | None, Option]] = []
    for actor in who.actors or (None,):
        is_acting = actor is not None and actor.capacity.is_acting
        if is_acting not in found:
            found[is_acting] = offers.find(version, case, request.action, request.track, actor)
        chairs.append((actor, found[is_acting]))
    return chairs


def _new_facts(version: Version, case: CaseState, option: Option, given: Inputs) -> dict[str, Fact]:
    """What the decision makes true, as far as the definition asks for it.

    These are the facts that it sets, that there are conditions, and whether the checklist that it
    hands in bars an approval (`NAME_blocked`); of one visit's several checklists, any does.
    """
    facts = dict(given.facts)
    if given.words.get("conditions"):
        facts["conditions_set"] = True
    name = version.machine.step(option.path).checklist
    if name in checklists.names() and "checklist" in given.words:
        others_spoke = any(seat.verdict for seat in case.marking.seats[option.path])
        was_blocked = others_spoke and case.facts.get(f"{name}_blocked") is True
        is_blocked = bool(checklists.blocking(name, given.words["checklist"]))
        facts[f"{name}_blocked"] = was_blocked or is_blocked
    return {fact: value for fact, value in facts.items() if fact in version.definition.facts}


def _check_class(actor: Actor | None, move: Move) -> None:
    """The facts that an act makes true may make it strategic. Raises Refused."""
    reasons = tuple(class_bars(actor, move.decision_class)) if actor else ()
    if reasons:
        raise Refused(*reasons)


def _refused(
    session: Session,
    situation: Situation,
    who: Credentials,
    chairs: list[tuple[Actor | None, Option]],
    move: Move | Reason,
    now: datetime,
) -> Refused:
    """Every reason at once, with the names of those who can."""
    options = [option for _, option in chairs]
    named = situations.with_names(session, situation, options, now.date())
    judgement = offers.judge(who, chairs, named)
    reasons = judgement.authority.reasons
    if isinstance(move, Reason) and not offers.must_wait(who, judgement, situation.case):
        reasons = (*reasons, move)
    return Refused(*reasons)


def _check_words(
    session: Session, around: Surroundings, judgement: Judgement, given: Inputs
) -> None:
    """Raises Invalid for wrong people picked, or answers from somebody who is not the owner."""
    case, version = around.case, around.version
    way = judgement.authority.way
    place = version.definition.parties[way.hat].place if way is not None else None
    if "answers" in given.words:
        step, needs = version.machine.step(judgement.option.path), judgement.option.needs
        if place is None or place.agency != "owner" or not remarks.are_asked(step, needs):
            raise Invalid(Problem("answers", "not_asked"))
        actor = judgement.authority.actor
        unheard = timelines.unheard(session, case.id, actor.person_id, around.now) if actor else ()
        unknown = remarks.unknown_answers(session, case.id, given.words, unheard)
        if unknown:
            raise Invalid(*unknown)
    if not given.picks or judgement.option.picks is None:
        return
    rules = Eligibility(version, case.owner_line, _worn(case, judgement))
    known = picking.candidates(around.directory, rules, judgement.option.picks)
    problems = tuple(picking.problems(known, given.picks))
    if problems:
        raise Invalid(*problems)


def _worn(case: CaseState, judgement: Judgement) -> Mapping[str, list[str]]:
    """The hats that people will have worn when the decision is made."""
    actor, way = judgement.authority.actor, judgement.authority.way
    if actor is None or way is None:
        return case.hats
    return case.worn_with(actor.person_id, way.hat)


def _with_snapshot(
    session: Session, around: Surroundings, request: Request, accepted: _Accepted
) -> _Accepted:
    """Take the snapshot that the move asks for, and make the move with what it shows as changed."""
    case, version = around.case, around.version
    if requests.made_before(session, request) is not None:
        raise Refused(Reason("already_decided"))
    move, deed = accepted.move, accepted.deed
    tracks = {name for step in version.definition.every_step() for name in step.tracks}
    taken = snapshots.take(session, case, sorted(tracks), request.person_id, around.now)
    changed = {f"changed.{track}": is_changed for track, is_changed in taken.changed.items()}
    asked = {**deed.asked, **changed}
    return _Accepted(
        version.machine.fire(
            case.marking,
            move.action,
            asked,
            track=move.track or "",
            seat=move.seat,
            party=deed.hat,
            picks=len(deed.words.get("picks", ())),
            holders=deed.holders,
        ),
        replace(deed, asked=asked, snapshot=taken.told()),
        {**accepted.facts, **changed},
    )
