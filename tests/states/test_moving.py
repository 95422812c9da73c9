"""A case is taken over where it can stand under another version; nothing is decided by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

import pytest

from states import library
from states.conditions import Value
from states.definition import Fact, FactKind
from states.machine import Machine, machine_for
from states.marking import Marking
from states.moving import CannotMove, Fate, Passage
from states.reading import read

BASE = """
key: small
subject: proposal
initial: drafting
facts: {big: boolean}
verbs: {approve: {means: approve}, reject: {means: reject}}
parties:
  drafter: {agency: owner, post: operator}
  checker: {agency: planning, post: clerk}
  planner: {agency: planning, post: head, instead: {agency: secretariat, post: assistant}}
  ict: {agency: ict, post: head, instead: {agency: secretariat, post: assistant_two}}
  judge: {agency: secretariat, post: head}
steps:
  drafting: {party: drafter, actions: {submit: checking}}
  checking: {party: checker, within: 2 working days, actions: {accept: review, back: drafting}}
  review:
    tracks:
      planning: {steps: {deciding: {party: planner, verdicts: [approve, reject]}}}
      ict:
        steps:
          studying: {party: ict, actions: {pass_on: deciding}}
          deciding: {party: ict, verdicts: [approve, reject]}
    tally:
      - {outcome: reject, when: reject >= 1, to: rejected}
      - {outcome: approve, to: endorsing}
  endorsing: {party: judge, actions: {approve: approved, reject: rejected}}
  approved: {final: approved}
  rejected: {final: rejected}
"""
FACTS: Mapping[str, bool] = {"big": False, "actor.acting": False}


def changed(*edits: tuple[str, str]) -> str:
    text = BASE
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


def passage(after: str) -> Passage:
    return Passage(read(BASE), read(after))


def at(*acts: tuple[str, str | None]) -> Marking:
    machine = machine_for(read(BASE))
    marking = machine.start(FACTS).marking
    for action, track in acts:
        marking = machine.fire(marking, action, FACTS, track=track or "").marking
    return marking


AT_DRAFTING = at()
AT_CHECKING = at(("submit", None))
AT_REVIEW = at(("submit", None), ("accept", None))
AT_SECOND_HALF = at(("submit", None), ("accept", None), ("approve", "planning"))
TO_ENDORSING = (
    ("submit", None),
    ("accept", None),
    ("approve", "planning"),
    ("pass_on", "ict"),
    ("approve", "ict"),
)
AT_ENDORSING = at(*TO_ENDORSING)


def test_a_step_that_is_the_same_keeps_its_visit_under_the_new_limit() -> None:
    way = passage(changed(("within: 2 working days", "within: 5 working days")))
    carried = way.carry(AT_CHECKING, {}, FACTS)
    assert carried.marking == AT_CHECKING
    assert [(one.path, one.visit, one.within and one.within.amount) for one in carried.kept] == [
        ("checking", 1, 5)
    ]
    assert (carried.opened, carried.closed) == ((), ())


@pytest.mark.parametrize(
    "edit",
    [
        ("checker: {agency: planning, post: clerk}", "checker: {agency: ict, post: clerk}"),
        ("checking: {party: checker", "checking: {party: judge"),
    ],
)
def test_where_somebody_else_is_asked_a_new_visit_begins(edit: tuple[str, str]) -> None:
    carried = passage(changed(edit)).carry(AT_CHECKING, {}, FACTS)
    assert carried.kept == ()
    assert [(one.path, one.visit, one.status) for one in carried.closed] == [
        ("checking", 1, "moved")
    ]
    assert [(one.path, one.visit) for one in carried.opened] == [("checking", 2)]
    assert carried.marking.standing() == (("checking", 2),)


def test_a_step_that_is_gone_needs_a_mapping_and_tells_what_can_be_named() -> None:
    way = passage(changed(("checking", "screening")))
    found = way.judge(AT_CHECKING, {}, FACTS)
    assert found.fate is Fate.NEEDS_MAPPING
    assert [(one.code, dict(one.values)) for one in found.obstacles] == [
        ("step_gone", {"step": "checking"})
    ]
    assert found.choices == {"checking": ("drafting", "screening", "review")}
    named = way.judge(AT_CHECKING, {"checking": "screening"}, FACTS)
    assert named.fate is Fate.MOVES
    assert named.carried is not None
    assert named.carried.marking.step == "screening"


def test_a_mapping_is_for_cases_that_cannot_go_on_as_they_are() -> None:
    way = passage(changed(("2 working days", "3 working days")))
    carried = way.carry(AT_CHECKING, {"checking": "drafting"}, FACTS)
    assert (carried.marking.step, carried.mapping) == ("checking", {})


def test_no_approval_is_spared_that_is_still_needed() -> None:
    way = passage(changed(("checking", "screening")))
    with pytest.raises(CannotMove) as error:
        way.carry(AT_CHECKING, {"checking": "endorsing"}, FACTS)
    assert [one.code for one in error.value.obstacles] == ["spares_approvals"]
    assert error.value.obstacles[0].values == {"step": "endorsing", "least": 3, "needed": 1}


def test_a_version_that_asks_for_fewer_approvals_takes_over_what_was_given() -> None:
    after = changed(
        ("      - {outcome: approve, to: endorsing}", "      - {outcome: approve, to: approved}"),
        ("  endorsing: {party: judge, actions: {approve: approved, reject: rejected}}\n", ""),
    )
    carried = passage(after).carry(AT_SECOND_HALF, {}, FACTS)
    assert carried.marking.tracks["planning"].verdict == "approve"
    assert passage(after).judge(AT_ENDORSING, {}, FACTS).choices == {
        "endorsing": ("drafting", "checking", "review")
    }


def test_a_step_of_a_track_is_named_within_its_track_and_the_other_keeps_its_verdict() -> None:
    way = passage(changed(("studying", "reading")))
    found = way.judge(AT_SECOND_HALF, {}, FACTS)
    assert found.choices["review.ict.studying"] == ("review.ict.reading", "review.ict.deciding")
    carried = way.carry(AT_SECOND_HALF, {"review.ict.studying": "review.ict.reading"}, FACTS)
    assert carried.marking.tracks["planning"].verdict == "approve"
    assert carried.marking.standing() == (("review.ict.reading", 1),)
    assert carried.lost == ()


def test_leaving_a_parallel_step_tells_which_verdicts_are_lost() -> None:
    way = passage(changed(("      ict:\n", "      digital:\n")))
    found = way.judge(AT_SECOND_HALF, {}, FACTS)
    assert [one.code for one in found.obstacles] == ["track_gone"]
    carried = way.carry(AT_SECOND_HALF, {"review": "review"}, FACTS)
    assert carried.lost == ("review.planning",)
    assert carried.marking.visits["review"] == 2
    assert carried.marking.visits["review.planning.deciding"] == 2


def test_a_new_track_that_always_opens_keeps_cases_in_review_from_going_on_as_they_are() -> None:
    after = changed(
        (
            "      ict:\n",
            "      law: {steps: {deciding: {party: judge, verdicts: [approve, reject]}}}\n"
            "      ict:\n",
        )
    )
    found = passage(after).judge(AT_REVIEW, {}, FACTS)
    assert [one.code for one in found.obstacles] == ["never_stands_so"]
    assert found.choices["review"] == ("drafting", "checking", "review")


def test_a_verdict_that_no_longer_exists_is_told() -> None:
    after = changed(
        (
            "planning: {steps: {deciding: {party: planner, verdicts: [approve, reject]}}}",
            "planning: {steps: {deciding: {party: planner, actions: "
            "{agree: {verdict: agree, means: approve}, reject: {verdict: reject}}}}}",
        ),
    )
    found = passage(after).judge(AT_SECOND_HALF, {}, FACTS)
    assert [one.code for one in found.obstacles] == ["verdict_gone"]


def test_an_ended_case_is_not_moved() -> None:
    ended = at(*TO_ENDORSING, ("reject", None))
    found = passage(BASE).judge(ended, {}, FACTS)
    assert (found.fate, found.obstacles[0].code) == (Fate.STAYS, "case_ended")


def test_a_step_of_another_kind_is_not_the_same_step() -> None:
    after = changed(
        (
            "endorsing: {party: judge, actions: {approve: approved, reject: rejected}}",
            "endorsing: {seats: {party: judge, count: 2}, verdicts: [approve, reject], "
            "tally: [{outcome: approve, when: approve >= 1, to: approved}, "
            "{outcome: reject, to: rejected}]}",
        )
    )
    found = passage(after).judge(AT_ENDORSING, {}, FACTS)
    assert [one.code for one in found.obstacles] == ["step_other"]


def walk(machine: Machine, facts: Mapping[str, Value], rng: Random) -> Marking:
    """Where a case stands after some acts chosen at random."""
    marking = machine.start(facts).marking
    for _ in range(rng.randrange(25)):
        going = [one for one in machine.available(marking, facts) if not one.unmet]
        one = rng.choice(going)
        after = machine.fire(
            marking,
            one.action,
            facts,
            track=one.track or "",
            seat=one.seats[0] if one.seats else None,
            picks=int(one.picks is not None),
        ).marking
        if after.outcome is None:
            marking = after
    return marking


def some(fact: Fact) -> Value:
    """A value that the fact can have."""
    if fact.kind is FactKind.BOOLEAN:
        return False
    return fact.values[0] if fact.values else 1


@pytest.mark.parametrize("name", library.names())
def test_wherever_a_case_can_stand_it_goes_on_when_only_a_deadline_changes(name: str) -> None:
    text = library.text(name)
    machine = machine_for(read(text))
    after = read(re.sub(r"\b2 working days", "3 working days", text))
    known = {fact.name: some(fact) for fact in machine.definition.facts.values()}
    facts = {**known, "actor.acting": False}
    way, rng = Passage(machine.definition, after), Random(7)
    for _ in range(60):
        marking = walk(machine, facts, rng)
        carried = way.carry(marking, {}, facts)
        assert carried.marking == marking
        assert (carried.opened, carried.closed, carried.lost) == ((), (), ())
