"""Whether somebody may take an option of a case, by which way, and every rule against it.

The rules of permission over decisions: the page draws its buttons by them, the engine decides by
them. Asks no table; what they look at was gathered in a `Situation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from states.definition import DecisionClass
from states.move import Option
from workflow.appointments import Actor, Credentials
from workflow.eligibility import Asked
from workflow.errors import Reason
from workflow.situations import Situation, Way


@dataclass(frozen=True, slots=True)
class Authority:
    """In which appointment and by which way an option would be taken; allowed without reasons."""

    actor: Actor | None
    way: Way | None
    reasons: tuple[Reason, ...]


def check_decision(
    who: Credentials, actor: Actor | None, option: Option, situation: Situation
) -> Authority:
    """Whether this person may take the option in this appointment, and every rule against it.

    `actor` None asks for a person without any appointment that holds.
    """
    ways = situation.ways(option)
    if actor is None:
        return Authority(None, None, tuple(_no_right(who)))
    here = [way for way in ways if way.position_id == actor.position_id]
    if not here:
        return Authority(actor, None, tuple(_elsewhere(who, actor, ways, situation)))
    judged = [
        Authority(actor, way, tuple(_bars(who, actor, way, option, situation))) for way in here
    ]
    return min(judged, key=lambda authority: len(authority.reasons))


def _no_right(who: Credentials) -> Iterator[Reason]:
    if not who.is_active:
        yield Reason("inactive")
    elif who.is_administrator:
        yield Reason("administrators_do_not_decide")
    elif who.ended is not None:
        title, ends_on = who.ended
        yield Reason("appointment_expired", {"title": title, "ends_on": ends_on.isoformat()})
    else:
        yield Reason("no_appointment")


def _elsewhere(
    who: Credentials, actor: Actor, ways: tuple[Way, ...], situation: Situation
) -> Iterator[Reason]:
    """Why somebody whose position is not asked may not."""
    yield Reason("not_your_position", {"holders": who_can(ways, situation)})
    if ways and actor.agency_id not in {way.agency_id for way in ways}:
        yield Reason("not_your_agency", {"agency": actor.agency})
    asked = [Asked(way.hat, way.agency_id, actor.agency) for way in ways]
    if ways and all(situation.eligibility.is_own(who, one) for one in asked):
        yield Reason("own_agency", {"agency": actor.agency})


def _bars(
    who: Credentials, actor: Actor, way: Way, option: Option, situation: Situation
) -> Iterator[Reason]:
    """Every rule that keeps the holder of the position from taking this way."""
    asked = Asked(way.hat, way.agency_id, actor.agency)
    yield from situation.eligibility.bars(who, asked)
    if actor.deputy is not None:
        yield Reason("absent", {"deputy": actor.deputy, "until": actor.deputy_until})
    seat = situation.seated.get((option.path, option.visit), {}).get(who.person_id)
    if seat is not None and way.seat is not None and seat != way.seat:
        yield Reason("seat_taken", {"seat": seat + 1})
    if way.assignee_id is not None and way.assignee_id != who.person_id:
        yield Reason("assigned_to_other", {"name": situation.name(way.assignee_id)})
    yield from class_bars(actor, option.decision_class)


def class_bars(actor: Actor, decision_class: DecisionClass) -> Iterator[Reason]:
    """Why somebody may not take a decision of this class in this appointment."""
    if actor.capacity.is_acting and decision_class is DecisionClass.STRATEGIC:
        yield Reason("acting_officer", {"capacity": actor.capacity.value, "title": actor.title})


def who_can(ways: tuple[Way, ...], situation: Situation) -> tuple[str, ...]:
    """The positions that may, each once, with the names of those who hold them where gathered."""
    return tuple(dict.fromkeys(_described(way, situation) for way in ways))


def _described(way: Way, situation: Situation) -> str:
    held = situation.holdings.get(way.position_id, []) if way.position_id is not None else []
    names = ", ".join(holding.name for holding in held)
    return f"{way.title} ({names})" if names else way.title
