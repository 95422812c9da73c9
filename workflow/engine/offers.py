"""What somebody may do on a case now, and what not and why: drawn as buttons, asked at the act.

`judge` is the one judgement that both the page and the decision go by. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from states.definition import DecisionClass, Means
from states.move import Move, Option
from states.refusals import Refusal
from workflow import cases, permissions, sight, situations, versions
from workflow.appointments import Actor, Credentials
from workflow.authority import Authority, check_decision, who_can
from workflow.cases import CaseState, Fact
from workflow.errors import Reason, Refused
from workflow.parties import Directory
from workflow.situations import Situation
from workflow.versions import Version


@dataclass(frozen=True, slots=True)
class Offer:
    """One action that the case offers now, for one person: allowed, or with every reason not."""

    action: str
    track: str | None
    path: str
    visit: int
    means: Means
    needs: tuple[str, ...]
    decision_class: DecisionClass
    allowed: bool
    why_not: tuple[Reason, ...]
    who_can: tuple[str, ...]
    appointment_id: int | None
    """The appointment in which the person may."""
    picks: str | None
    picks_most: int | None
    letter: Literal["in", "out"] | None
    sets: tuple[str, ...]
    leads_to: tuple[str, ...]
    """The steps that are entered, or the end that is reached, if the act succeeds now."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An option with the authority by which it would be taken."""

    option: Option
    authority: Authority


def asked_with(case: CaseState, actor: Actor | None) -> dict[str, Fact]:
    """The facts that guards are asked with when this actor decides."""
    return {**case.facts, "actor.acting": actor is not None and actor.capacity.is_acting}


def available(session: Session, case_id: int, person_id: int, now: datetime) -> list[Offer]:
    """Every action that the case offers, with whether this person may and why not.

    Raises NotFound when there is no such case.
    """
    case = cases.read(session, case_id)
    who = permissions.credentials(session, person_id, now)
    if who is None:
        return []
    version = versions.of(session, case)
    offered = version.machine.available(case.marking, asked_with(case, None))
    tasks = cases.open_tasks(session, case.id, now)
    directory = Directory(session, version.definition, case, now.date())
    situation = situations.gather(session, case, version, offered, tasks, directory)
    situation = situations.with_names(session, situation, offered, now.date())
    chairs = who.actors or (None,)
    by_chair = [
        version.machine.available(case.marking, asked_with(case, chair)) for chair in chairs
    ]
    return [
        _offer(who, situation, judge(who, list(zip(chairs, options, strict=True)), situation))
        for options in zip(*by_chair, strict=True)
    ]


def judge(
    who: Credentials,
    chairs: Iterable[tuple[Actor | None, Option]],
    situation: Situation,
) -> Judgement:
    """The appointment in which the person may take the option, or comes nearest to it.

    `chairs` are the appointments, each with the option as it is for it. Of several that may, the
    first counts.
    """
    judged = [
        Judgement(option, check_decision(who, actor, option, situation)) for actor, option in chairs
    ]
    return min(judged, key=_distance)


def trial(
    version: Version,
    case: CaseState,
    judgement: Judgement,
    *,
    facts: Mapping[str, Fact],
    picks: int,
    given: frozenset[str] | None,
    holders: Mapping[str, int],
) -> Move | Reason:
    """What the machine makes of the act, or why it refuses. Changes nothing."""
    option, way = judgement.option, judgement.authority.way
    try:
        return version.machine.fire(
            case.marking,
            option.action,
            facts,
            track=option.track or "",
            seat=_seat(option) if way is None else way.seat,
            party=_hat(option) if way is None else way.hat,
            picks=picks,
            given=given,
            holders=holders,
        )
    except Refusal as refusal:
        return refused_by_machine(refusal)


def refused_by_machine(refusal: Refusal) -> Reason:
    """A refusal of the machine as a reason for people."""
    values = refusal.values
    match refusal.code:
        case "guard_unmet":
            guard = " and ".join(map(str, values["unmet"]))  # type: ignore[call-overload]
            is_spent = guard.startswith("times <=")
            return Reason("times_used" if is_spent else "guard_unmet", {"guard": guard})
        case "unknown_fact":
            return Reason("fact_unknown", values)
        case "ambiguous_action":
            return Reason("ambiguous", {"action": values["action"], "choices": values["choices"]})
        case "not_here":
            return Reason("not_here", {"action": values["action"], "steps": values["present"]})
        case _:
            return Reason(refusal.code, values)


def find(
    version: Version, case: CaseState, action: str, track: str | None, actor: Actor | None
) -> Option:
    """The option that an action's name means; `track` "" is the main chart, None any.

    Raises Refused when the case has ended, when it is not offered here, or offered twice.
    """
    if case.outcome is not None:
        raise Refused(Reason("case_ended", {"outcome": case.outcome}))
    offered = version.machine.available(case.marking, asked_with(case, actor), action)
    found = [option for option in offered if track in (None, option.track or "")]
    if not found:
        steps = tuple(path for path, _ in case.marking.standing())
        raise Refused(Reason("not_here", {"action": action, "steps": steps}))
    if len(found) > 1:
        choices = tuple(sorted(option.track or "" for option in found))
        raise Refused(Reason("ambiguous", {"action": action, "choices": choices}))
    return found[0]


def must_wait(who: Credentials, judgement: Judgement, case: CaseState) -> bool:
    """Whether the person may not hear what the machine would make of this act.

    Where it leads, and which guards hold, would tell the owner what the reviewers have said.
    """
    return bool(judgement.authority.reasons) and sight.is_owner(who, case.owner_line)


def _offer(who: Credentials, situation: Situation, judgement: Judgement) -> Offer:
    option, authority = judgement.option, judgement.authority
    version, case = situation.version, situation.case
    made = trial(
        version,
        case,
        judgement,
        facts=asked_with(case, authority.actor),
        picks=0 if option.picks is None else 1,
        given=None,
        holders={},
    )
    reasons = authority.reasons
    leads_to: tuple[str, ...] = ()
    if not must_wait(who, judgement, case):
        if isinstance(made, Move):
            leads_to = tuple(path for path, _ in made.entered)
        else:
            reasons = (*reasons, made)
    is_allowed = not reasons and authority.actor is not None
    return Offer(
        action=option.action,
        track=option.track,
        path=option.path,
        visit=option.visit,
        means=option.means,
        needs=option.needs,
        decision_class=option.decision_class,
        allowed=is_allowed,
        why_not=reasons,
        who_can=who_can(situation.ways(option), situation),
        appointment_id=authority.actor.appointment_id if is_allowed and authority.actor else None,
        picks=option.picks,
        picks_most=option.picks_most,
        letter=option.letter,
        sets=option.sets,
        leads_to=leads_to,
    )


def _distance(judgement: Judgement) -> tuple[bool, bool, int]:
    """How far a person is from an option: allowed, at the right position, by how many rules."""
    authority = judgement.authority
    return bool(authority.reasons), authority.way is None, len(authority.reasons)


def _seat(option: Option) -> int | None:
    return option.seats[0] if option.seats else None


def _hat(option: Option) -> str | None:
    """In which hat nobody in particular would act by right; from a seat, its own."""
    return option.parties[0] if option.parties and not option.seats else None
