"""What holds for every definition and every order of acts."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from states.conditions import Value
from states.definition import Definition, StepKind
from states.machine import machine_for
from states.marking import Marking
from states.move import Joined
from states.refusals import Endless, NotHere, Refusal
from tests.states.strategies import VERDICTS, Walk, definitions, facts, walks

relaxed = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(walks())
def test_visits_only_grow(case: Walk) -> None:
    for move in case.moves:
        for path, visit in move.before.visits.items():
            assert move.marking.visits[path] >= visit
        for path, visit in move.entered:
            assert move.before.visits.get(path, 0) < visit <= move.marking.visits[path]


@relaxed
@given(walks())
def test_finals_stay_final(case: Walk) -> None:
    ends = [move for move in case.moves if move.outcome is not None]
    assert len(ends) <= 1
    if ends:
        assert ends[0] is case.moves[-1]
        assert case.machine.available(case.marking, case.facts) == ()
        assert case.marking.standing() == ()
        for action in ("go", "quit", "approve", "aye", "enough"):
            with pytest.raises(NotHere):
                case.machine.fire(case.marking, action, case.facts)


@relaxed
@given(walks())
def test_a_marking_survives_storing(case: Walk) -> None:
    for move in case.moves:
        assert Marking.from_json(move.marking.to_json()) == move.marking


@relaxed
@given(walks())
def test_tasks_are_opened_once_and_closed_once_and_the_rest_are_the_open_seats(case: Walk) -> None:
    open_now: set[tuple[str, int, int]] = set()
    for move in case.moves:
        opened = {(task.path, task.visit, task.seat) for task in move.opened}
        closed = {(task.path, task.visit, task.seat) for task in move.closed}
        assert len(opened) == len(move.opened)
        assert len(closed) == len(move.closed)
        assert not opened & open_now
        assert closed <= open_now | opened
        open_now = (open_now | opened) - closed
        seats = move.marking.seats.items()
        assert open_now == {
            (path, move.marking.visits[path], number)
            for path, row in seats
            for number, seat in enumerate(row)
            if seat.verdict is None
        }


@relaxed
@given(walks())
def test_a_visit_is_joined_at_most_once(case: Walk) -> None:
    joined = [(join.path, join.visit) for move in case.moves for join in move.joined]
    assert len(joined) == len(set(joined))


@relaxed
@given(walks())
def test_an_open_case_has_somebody_to_wait_for(case: Walk) -> None:
    for move in case.moves:
        assert bool(move.marking.standing()) is (move.outcome is None)


@relaxed
@given(walks())
def test_what_is_offered_is_what_is_accepted(case: Walk) -> None:
    for option in case.machine.available(case.marking, case.facts):
        seat = option.seats[0] if option.seats else None
        try:
            case.machine.fire(
                case.marking, option.action, case.facts, track=option.track or "", seat=seat
            )
            accepted = True
        except Refusal:
            accepted = False
        assert accepted is (not option.unmet), option


@relaxed
@given(walks())
def test_an_act_leaves_the_marking_that_it_was_given(case: Walk) -> None:
    stored = case.marking.to_json()
    for option in case.options():
        case.do(option, option.seats[0] if option.seats else None)
        assert case.moves.pop().before.to_json() == stored
    assert case.marking.to_json() == stored


@relaxed
@given(definitions(), facts, st.lists(st.sampled_from(VERDICTS), min_size=3, max_size=3))
def test_the_order_of_parallel_decisions_does_not_matter(
    definition: Definition, known: dict[str, Value], verdicts: list[str]
) -> None:
    machine = machine_for(definition)
    step = definition.steps["side"]
    chosen = dict(zip(step.tracks, verdicts, strict=False))
    try:
        start = _at_side(definition, known)
    except Endless:
        return
    results: list[tuple[Joined, str]] = []
    for order in permutations(start.tracks):
        marking, joins = start, list[Joined]()
        for track in order:
            if joins:
                break
            if marking.tracks[track].step == "looking":
                marking = machine.fire(marking, "pass", known, track=track).marking
            try:
                move = machine.fire(marking, chosen[track], known, track=track)
            except Endless:
                return
            marking, joins = move.marking, [j for j in move.joined if j.path == "side"]
        results.append((joins[0], marking.step))
    assert len({(join.outcome, at) for join, at in results}) == 1


def _at_side(definition: Definition, known: dict[str, Value]) -> Marking:
    """A case that stands in the parallel step for the first time."""
    moved = replace(definition, initial="side", hash=f"{definition.hash} from side")
    marking = machine_for(moved).start(known).marking
    assert definition.steps["side"].kind is StepKind.PARALLEL
    return marking
