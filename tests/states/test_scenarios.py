"""An example holds of every case that agrees with it, or the first difference is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from states.definition import Outcome, Place
from states.library import text
from states.machine import Machine
from states.reading import read
from states.scenarios import Failure, Scenario, failure
from tests.states.seeded import document, replay

PROPOSAL = Machine(read(text("program-proposal")))
COSTLY = Scenario((("total_budget", 2_000_000_000),), "ict", Outcome.APPROVED)


def said(machine: Machine, scenario: Scenario) -> str | None:
    """The code of the first difference."""
    found = failure(machine, scenario)
    return None if found is None else found.code


def test_a_costly_proposal_of_the_ict_agency_goes_to_the_assistant_and_the_secretary() -> None:
    needs = replace(
        COSTLY,
        passes=("meeting", "endorsement", "review.planning.deciding"),
        asks="review.ict.deciding",
        asked=Place("secretariat", "assistant_two"),
    )
    assert failure(PROPOSAL, needs) is None
    other = replace(needs, owner=None)
    assert failure(PROPOSAL, other) == Failure(
        "asks_other",
        {
            "step": "review.ict.deciding",
            "post": "assistant_two",
            "agency": "secretariat",
            "found_post": "head",
            "found_agency": "ict",
        },
    )


def test_a_cheap_one_can_pass_by_the_meeting_and_the_way_is_shown() -> None:
    cheap = Scenario(
        (("total_budget", 5), ("lane", "standard")), None, Outcome.APPROVED, ("meeting",)
    )
    found = failure(PROPOSAL, cheap)
    assert found is not None
    assert (found.code, found.values["step"]) == ("passes_by", "meeting")
    assert replay(PROPOSAL.definition, found.acts).outcome is Outcome.APPROVED
    assert not [act for act in found.acts if act.path == "meeting"]


def test_a_step_of_a_track_that_a_verdict_can_go_round_is_passed_by() -> None:
    machine = Machine(
        read(
            document("""
drafting: {party: drafter, edits: all, actions: {submit: review}}
review:
  tracks:
    planning:
      steps:
        deciding: {party: planner, verdicts: [approve, reject], actions: {ask: studying}}
        studying: {party: clerk, actions: {go: deciding}}
    ict: {steps: {deciding: {party: ict, verdicts: [approve, reject]}}}
  tally:
    - {outcome: refused, when: reject >= 1, to: rejected}
    - {outcome: passed, to: approved}
""")
        )
    )
    any_case = Scenario((), None, Outcome.APPROVED)
    assert said(machine, replace(any_case, passes=("review.planning.studying",))) == "passes_by"
    assert said(machine, replace(any_case, passes=("review.planning.deciding", "review"))) is None


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (replace(COSTLY, facts=(("budget", 5),)), "no_fact"),
        (replace(COSTLY, facts=(("lane", "fast"),)), "no_value"),
        (replace(COSTLY, facts=(("total_budget", True),)), "no_value"),
        (replace(COSTLY, passes=("nowhere",)), "no_step"),
        (replace(COSTLY, passes=("after_review",)), "no_step"),
        (replace(COSTLY, outcome=Outcome.CLOSED), "never_ends_so"),
    ],
)
def test_what_the_definition_does_not_have_is_the_first_difference(
    scenario: Scenario, code: str
) -> None:
    assert said(PROPOSAL, scenario) == code


def test_a_fact_that_is_given_is_never_otherwise() -> None:
    machine = Machine(
        read(
            document("""
drafting:
  party: drafter
  edits: all
  actions: {submit: {to: [{when: budget > 10, to: deciding}, {to: checking}]}}
checking: {party: clerk, actions: {go: deciding}}
deciding: {party: planner, actions: {approve: approved, reject: rejected}}
""")
        )
    )
    cheap = Scenario((("budget", 10),), None, Outcome.APPROVED, ("checking", "deciding"))
    assert said(machine, cheap) is None
    assert said(machine, replace(cheap, facts=(("budget", 11),))) == "passes_by"
    assert said(machine, replace(cheap, facts=())) == "passes_by"
