"""What passes the gate never gets stuck: whatever people decide, whoever is away, whatever lapses.

A few examples run with the suite. `HYPOTHESIS_PROFILE=long` runs ten thousand of them.
"""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, event, given, reject, settings
from hypothesis import strategies as st

from states.conditions import Value
from states.definition import Means
from states.examining import examine
from states.marking import Marking
from states.move import Move
from tests.states.processes import HATS, LANES, Situation, known_facts, processes

RUNS = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 30
EVERY_SUBJECT: list[dict[str, Value]] = [
    {"a": a, "b": b, "budget": budget, "lane": lane}
    for a in (False, True)
    for b in (False, True)
    for budget in (100, 101)
    for lane in LANES
]
MOST_PLACES = 5_000
UNHURRIED = (Means.RETURN, Means.REJECT)


def walk(case: Situation, data: st.DataObject) -> None:
    """Let things happen to a case: acts, absences, deputies, deadlines, other facts."""
    for _ in range(data.draw(st.integers(0, 25), label="acts")):
        if case.marking.outcome is not None:
            return
        case.away = frozenset(data.draw(st.sets(st.sampled_from(HATS), max_size=3)))
        case.acting = frozenset(data.draw(st.sets(st.sampled_from(HATS), max_size=2)))
        if case.may_be_edited(case.marking):
            case.facts = data.draw(known_facts)
        moves = list(case.moves(case.marking, case.facts))
        if moves:
            case.marking = data.draw(st.sampled_from(moves)).marking


def can_end(case: Situation) -> bool:
    """Whether people and deadlines can bring the case to an end, nobody having to give up.

    Facts become others only where the process lets somebody edit the subject. While an officer
    acts, to give up counts as an end as well.
    """
    given_up = set() if case.acting else set(case.machine.definition.anywhere)
    seen = {place_of(case.marking, case.facts)}
    ahead = [(case.marking, case.facts)]
    while ahead:
        marking, facts = ahead.pop()
        if marking.outcome is not None:
            return True
        for subject in EVERY_SUBJECT if case.may_be_edited(marking) else [facts]:
            moves = [one for one in case.moves(marking, subject) if one.action not in given_up]
            for move in sorted(moves, key=promising):
                place = place_of(move.marking, subject)
                if place not in seen:
                    seen.add(place)
                    ahead.append((move.marking, subject))
        if len(seen) > MOST_PLACES:
            reject()
    return False


def promising(move: Move) -> bool:
    return move.means not in UNHURRIED and move.action != "lapse"


def place_of(marking: Marking, facts: dict[str, Value]) -> str:
    """Where a case stands, as far as the guards of these processes tell places apart."""
    visits = {
        path: min(number, 2 if path == "s0" else 1)
        for path, number in marking.visits.items()
        if path == "s0" or "." in path
    }
    used = {":".join(key.split(":")[::2]): number for key, number in marking.used.items()}
    told = replace(marking, visits=visits, used=used, picked={}, clocks=())
    return f"{told} {sorted(facts.items())}"


@pytest.mark.slow
@settings(max_examples=RUNS, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=processes(), facts=known_facts, data=st.data())
def test_what_passes_the_gate_always_ends_or_can_end(
    text: str, facts: dict[str, Value], data: st.DataObject
) -> None:
    known = examine.__wrapped__(text)
    event("sound" if known.sound else "refused")
    assume(known.sound)
    assert known.definition is not None
    case = Situation.begun(known.definition, facts)
    walk(case, data)
    case.away = frozenset()
    case.acting = frozenset(data.draw(st.sets(st.sampled_from(HATS), max_size=1), label="acting"))
    assert can_end(case), place_of(case.marking, case.facts)
