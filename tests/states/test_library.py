"""The shipped definitions: every step times every action, and the rules of the trade in them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

import pytest

from states import library
from states.conditions import Value
from states.definition import DecisionClass, Definition, Means, Outcome, StepKind
from states.machine import MAIN_CHART, Machine, machine_for
from states.marking import Marking
from states.move import Move, Option
from states.reading import read
from states.refusals import AmbiguousAction, GuardUnmet, NotHere, UnknownAction, WrongPick

PARALLEL, IN_A_ROW = library.names()
USUAL: dict[str, Value] = {
    "lane": "standard",
    "new_application": False,
    "in_master_plan": True,
    "changes_plan": False,
    "mayoral_priority": False,
    "conditions_set": False,
    "planning_blocked": False,
    "ict_blocked": False,
    "total_budget": 400_000_000,
    "actor.acting": False,
}
SUBJECTS: dict[str, dict[str, Value]] = {
    "usual": {},
    "light": {"lane": "light"},
    "strategic": {"lane": "strategic", "mayoral_priority": True},
    "large": {"total_budget": 1_000_000_001},
    "unplanned application": {"in_master_plan": False, "new_application": True},
    "acting secretary": {"in_master_plan": False, "actor.acting": True},
    "changes the plan": {"lane": "strategic", "changes_plan": True, "new_application": True},
    "conditions": {"conditions_set": True, "changed.planning": True},
}


@dataclass
class Walked:
    """Everything that one definition reaches with the facts of one subject."""

    machine: Machine
    facts: dict[str, Value]
    markings: list[Marking] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)


def _same(marking: Marking) -> str:
    """Markings that differ only in how often nobody asks are the same place.

    So are those that differ in earlier verdicts of the step where they stand: leaving writes them
    anew.
    """
    visits = {"revising": min(marking.visits.get("revising", 0), 2)}
    used = {key.split(":")[0] + key.split(":")[2]: n for key, n in marking.used.items()}
    seats = {
        path: tuple(sorted((s.party, s.verdict or "") for s in row))
        for path, row in marking.seats.items()
    }
    kept = {path: one for path, one in marking.kept.items() if path != marking.step}
    tidy = replace(marking, visits=visits, used=used, kept=kept, seats={})
    return f"{tidy.to_json()} {sorted(seats.items())}"


def _acts(walked: Walked, marking: Marking) -> Iterator[Move]:
    machine, facts = walked.machine, walked.facts
    for option in machine.available(marking, facts):
        if option.unmet:
            continue
        hats = {marking.seats[option.path][n].party: n for n in option.seats}
        for seat in hats.values() or (None,):
            for picks in (1, 2) if option.picks else (0,):
                yield _fire(walked, marking, option, seat, picks)
    for path in marking.seats:
        if machine.step(path).on_lapse:
            yield machine.lapse(marking, path, facts)


def _fire(walked: Walked, marking: Marking, option: Option, seat: int | None, picks: int) -> Move:
    track = option.track or MAIN_CHART
    fire = walked.machine.fire
    return fire(marking, option.action, walked.facts, track=track, seat=seat, picks=picks)


@cache
def walked(name: str, subject: str) -> Walked:
    """Walk to every marking that the definition can reach for the subject."""
    found = Walked(machine_for(read(library.text(name))), USUAL | SUBJECTS[subject])
    first = found.machine.start(found.facts).marking
    seen, ahead = {_same(first)}, deque([first])
    while ahead:
        marking = ahead.popleft()
        found.markings.append(marking)
        for move in _acts(found, marking):
            found.moves.append(move)
            if _same(move.marking) not in seen:
                seen.add(_same(move.marking))
                ahead.append(move.marking)
    return found


def offered(definition: Definition, marking: Marking) -> dict[str, list[str]]:
    """Which action is offered in which tracks, read from the document and not the machine."""
    found: dict[str, list[str]] = {}
    step = definition.steps[marking.step]
    for name, track in marking.tracks.items():
        if track.step is not None:
            for action in step.tracks[name].steps[track.step].actions:
                found.setdefault(action, []).append(name)
    for action in step.actions:
        found.setdefault(action, []).append(MAIN_CHART)
    for rule in definition.anywhere.values():
        here = step.name in rule.only if rule.only else step.name not in rule.unless
        if here and step.final is None:
            found.setdefault(rule.name, []).append(MAIN_CHART)
    return found


EVERY = [(name, subject) for name in library.names() for subject in SUBJECTS]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "subject"), EVERY)
def test_every_action_at_every_marking_is_done_or_refused_as_the_document_says(
    name: str, subject: str
) -> None:
    case = walked(name, subject)
    definition = case.machine.definition
    actions = {a for step in definition.every_step() for a in step.actions}
    actions |= set(definition.anywhere)
    for marking in case.markings:
        places = offered(definition, marking)
        options = {
            (option.action, option.track or MAIN_CHART): option
            for option in case.machine.available(marking, case.facts)
        }
        assert set(options) == {(a, place) for a, found in places.items() for place in found}
        for action in sorted(actions):
            _check(case, marking, action, [options[action, p] for p in places.get(action, [])])
        with pytest.raises(UnknownAction):
            case.machine.fire(marking, "approve_everything", case.facts)


def _check(case: Walked, marking: Marking, action: str, options: list[Option]) -> None:
    fire = case.machine.fire
    if not options:
        with pytest.raises(NotHere):
            fire(marking, action, case.facts)
    elif len(options) > 1:
        with pytest.raises(AmbiguousAction) as refused:
            fire(marking, action, case.facts)
        assert refused.value.choices == tuple(option.track or MAIN_CHART for option in options)
    else:
        _check_option(case, marking, action, options[0])


def _check_option(case: Walked, marking: Marking, action: str, option: Option) -> None:
    fire, place = case.machine.fire, option.track or MAIN_CHART
    if option.unmet:
        with pytest.raises(GuardUnmet):
            fire(marking, action, case.facts, track=place)
    elif option.picks:
        with pytest.raises(WrongPick):
            fire(marking, action, case.facts, track=place)
    elif len({marking.seats[option.path][n].party for n in option.seats}) > 1:
        with pytest.raises(AmbiguousAction):
            fire(marking, action, case.facts, track=place)
    else:
        seat = option.seats[0] if option.seats else None
        assert fire(marking, action, case.facts, track=place).seat == seat


@pytest.mark.parametrize("name", library.names())
def test_every_action_of_every_step_is_done_for_some_subject(name: str) -> None:
    done = {
        (move.path, move.action) for subject in SUBJECTS for move in walked(name, subject).moves
    }
    definition = read(library.text(name))
    for step in definition.every_step():
        for action in step.actions:
            assert (step.path, action) in done
        if step.on_lapse:
            assert (step.path, "lapse") in done


@pytest.mark.parametrize(("name", "subject"), EVERY)
def test_nobody_is_ever_stuck(name: str, subject: str) -> None:
    """From every marking a decision can be reached, and from the first one an approval."""
    case = walked(name, subject)
    back: dict[str, set[str]] = {}
    for move in case.moves:
        back.setdefault(_same(move.marking), set()).add(_same(move.before))
    decided = (Outcome.APPROVED, Outcome.REJECTED)
    open_ones = {_same(m) for m in case.markings if m.outcome is None}
    assert open_ones <= _before({_same(m) for m in case.markings if m.outcome in decided}, back)
    approved = {_same(m) for m in case.markings if m.outcome is Outcome.APPROVED}
    assert _same(case.markings[0]) in _before(approved, back)


def _before(ends: set[str], back: dict[str, set[str]]) -> set[str]:
    """All places from which one of the ends can be reached."""
    reached, ahead = set(ends), deque(ends)
    while ahead:
        for before in back.get(ahead.popleft(), set()) - reached:
            reached.add(before)
            ahead.append(before)
    return reached


@pytest.mark.parametrize(("name", "subject"), EVERY)
def test_no_lapse_decides(name: str, subject: str) -> None:
    for move in walked(name, subject).moves:
        if move.action == "lapse":
            assert (move.outcome, move.joined) == (None, ())


@pytest.mark.parametrize("name", library.names())
def test_no_agency_judges_its_own_proposal(name: str) -> None:
    assert read(library.text(name)).judges_of_their_own == frozenset()


@pytest.mark.parametrize("name", library.names())
def test_returns_and_refusals_always_say_why(name: str) -> None:
    definition = read(library.text(name))
    for step in definition.every_step():
        for action in step.actions.values():
            if action.means in (Means.RETURN, Means.REJECT):
                assert action.needs, f"{step.path} {action.name}"


# The way of a proposal


def drive(name: str, acts: str, **facts: Value) -> Marking:
    """Do acts such as `forward` or `ict:approve` one after another."""
    machine, known = machine_for(read(library.text(name))), USUAL | facts
    marking = machine.start(known).marking
    for act in acts.split():
        track, _, action = act.rpartition(":")
        picks = 2 if action == "dispose" else 0
        party = {"owner": "owner_head", "planning": "planning_head", "ict": "ict_head"}.get(track)
        meeting = marking.step == "meeting"
        marking = machine.fire(
            marking,
            action,
            known,
            track=None if meeting else track or None,
            party=party if meeting else None,
            picks=picks,
        ).marking
    return marking


TO_REVIEW = "forward initial submit accept"
STUDIED = "dispose hand_in hand_in ict:recommend"
APPROVED = f"{TO_REVIEW} planning:recommend planning:approve {STUDIED} ict:approve"
ROW = f"{TO_REVIEW} recommend approve dispose hand_in hand_in recommend"


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({}, "issuing"),
        ({"lane": "light"}, "issuing"),
        ({"lane": "strategic"}, "meeting"),
        ({"total_budget": 1_000_000_000}, "issuing"),
        ({"total_budget": 1_000_000_001}, "meeting"),
        ({"in_master_plan": False}, "endorsement"),
        ({"new_application": True}, "national"),
    ],
)
def test_the_lane_decides_what_follows_the_reviews(facts: dict[str, Value], step: str) -> None:
    assert drive(PARALLEL, APPROVED, **facts).step == step
    assert drive(IN_A_ROW, f"{ROW} approve", **facts).step == step


@pytest.mark.parametrize(
    ("planning", "ict", "step"),
    [
        ("approve", "conditions", "issuing"),
        ("return", "approve", "revising"),
        ("return", "return", "revising"),
        ("reject", "approve", "meeting"),
        ("reject", "return", "meeting"),
        ("reject", "reject", "rejected"),
    ],
)
def test_two_agencies_together_decide(planning: str, ict: str, step: str) -> None:
    acts = f"{TO_REVIEW} planning:recommend planning:{planning} {STUDIED} ict:{ict}"
    assert drive(PARALLEL, acts).step == step


def test_in_a_row_planning_alone_may_reject_and_a_split_view_meets() -> None:
    assert drive(IN_A_ROW, f"{TO_REVIEW} recommend reject").outcome is Outcome.REJECTED
    assert drive(IN_A_ROW, f"{ROW} reject").step == "meeting"


def test_the_third_return_leads_to_a_meeting() -> None:
    once = "recommend return resubmit submit"
    assert drive(IN_A_ROW, f"{TO_REVIEW} {once} {once} recommend return").step == "meeting"


def test_an_approval_is_kept_while_the_other_agency_looks_again() -> None:
    first = f"{TO_REVIEW} planning:recommend planning:approve {STUDIED} ict:return"
    marking = drive(PARALLEL, f"{first} resubmit submit")
    assert marking.tracks["planning"].verdict == "approve"
    assert marking.tracks["ict"].step == "assigning"
    again = drive(PARALLEL, f"{first} resubmit submit", **{"changed.planning": True})
    assert again.tracks["planning"].step == "assessing"


@pytest.mark.parametrize(
    ("votes", "step"),
    [
        ("planning:sign ict:sign owner:dissent", "endorsement"),
        ("planning:sign ict:dissent owner:sign", "endorsement"),
        ("planning:dissent ict:dissent owner:sign", "rejected"),
        ("planning:sign ict:sign", "meeting"),
    ],
)
def test_the_owner_alone_can_neither_carry_nor_sink_the_meeting(votes: str, step: str) -> None:
    assert drive(PARALLEL, f"{APPROVED} {votes}", lane="strategic").step == step


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({}, "issuing"),
        ({"actor.acting": True}, "mayor_decides"),
        ({"changes_plan": True}, "mayor_decides"),
        ({"new_application": True}, "national"),
    ],
)
def test_what_an_acting_secretary_endorses_needs_a_second_signature(
    facts: dict[str, Value], step: str
) -> None:
    for act in ("endorse", "conditions"):
        marking = drive(PARALLEL, f"{APPROVED} {act}", in_master_plan=False, **facts)
        assert marking.step == step


def test_only_refusals_are_kept_from_acting_officers() -> None:
    for name in library.names():
        for subject in SUBJECTS:
            for move in walked(name, subject).moves:
                if move.decision_class is DecisionClass.STRATEGIC:
                    assert move.means is Means.REJECT


def test_the_clocks_start_when_the_proposal_is_complete() -> None:
    starts = {
        (move.path, move.action)
        for name in library.names()
        for move in walked(name, "usual").moves
        if move.clocks_started
    }
    assert starts == {("checking", "accept")}


def test_the_ministry_answers_by_letter_through_the_ict_clerk() -> None:
    definition = read(library.text(PARALLEL))
    step = definition.steps["national"]
    assert definition.parties[str(step.party)].external
    assert step.kind is StepKind.PLAIN
    marking = drive(PARALLEL, f"{APPROVED} send_letter send_letter", new_application=True)
    assert [seat.party for seat in marking.seats["national"]] == ["ict_clerk"]


def test_other_names_are_not_in_the_library() -> None:
    with pytest.raises(KeyError):
        library.text("../machine")
