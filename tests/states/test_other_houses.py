"""Processes of other houses, said without code: they are sound, and their routes lead on."""

from __future__ import annotations

from pathlib import Path

import pytest

from states.conditions import Value
from states.definition import Definition, Outcome
from states.machine import Machine, machine_for
from states.marking import Marking
from states.reading import read
from states.refusals import GuardUnmet, NotHere, Refusal
from states.soundness import check

DEFINITIONS = Path(__file__).with_name("definitions")
NEEDED = {"award-review": 8, "council-motion": 1, "municipal-permit": 1, "two-stage-grant": 3}
WARNED = {"council-motion": ["own_agency", "lapse_reopens"]}
OFFICES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def definition(name: str) -> Definition:
    return read((DEFINITIONS / f"{name}.yaml").read_text(encoding="utf-8"))


class Case:
    """A case of one house; acts are `action`, `track:action`, `~path` for a passed deadline."""

    def __init__(self, name: str, **facts: Value) -> None:
        self.machine: Machine = machine_for(definition(name))
        self.facts: dict[str, Value] = {"actor.acting": False, **facts}
        self.holders = {"adviser": 3}
        self.marking: Marking = self.machine.start(self.facts, self.holders).marking
        self.started: list[str] = []

    def do(self, acts: str, *, picks: int = 2, **facts: Value) -> Case:
        """Do acts one after another."""
        self.facts.update(facts)
        for act in acts.split():
            if act.startswith("~"):
                move = self.machine.lapse(self.marking, act[1:], self.facts, self.holders)
            else:
                track, _, action = act.rpartition(":")
                options = self.machine.available(self.marking, self.facts, action)
                chosen = min(picks, max((o.picks_most or 0 for o in options), default=0))
                place = {"track": track} if track else {}
                move = self.machine.fire(
                    self.marking, action, self.facts, picks=chosen, holders=self.holders, **place
                )
            self.marking = move.marking
            self.started += move.clocks_started
        return self

    @property
    def at(self) -> str:
        """The step, or `step.track.step` of the tracks under way."""
        under_way = [path for path in self.marking.seats if path != self.marking.step]
        return " ".join(sorted(under_way)) or self.marking.step


@pytest.mark.parametrize("name", NEEDED)
def test_the_gate_lets_the_process_pass(name: str) -> None:
    report = check(definition(name))
    assert not [str(finding) for finding in report.findings if finding.severity == "error"]
    assert [finding.code for finding in report.findings] == WARNED.get(name, [])
    assert report.approvals_needed == NEEDED[name]


# An award review: eight approvals in a row


def test_eight_offices_approve_in_a_row() -> None:
    case = Case("award-review").do("submit")
    for office in OFFICES:
        assert case.at == office
        case.do("approve")
    assert case.marking.outcome is Outcome.APPROVED


@pytest.mark.parametrize("number", range(8))
def test_each_office_may_send_it_back_and_all_look_again(number: int) -> None:
    case = Case("award-review").do(f"submit {'approve ' * number}return")
    assert case.at == "preparing"
    case.do("submit")
    assert case.at == "first"
    assert case.do("approve " * 8).marking.outcome is Outcome.APPROVED
    assert case.marking.visits["eighth"] == (2 if number == 7 else 1)


@pytest.mark.parametrize("number", range(1, 8))
def test_each_office_but_the_first_may_ask_the_one_before(number: int) -> None:
    case = Case("award-review").do(f"submit {'approve ' * number}back")
    assert case.at == OFFICES[number - 1]


def test_the_last_office_declines_and_the_owner_withdraws() -> None:
    case = Case("award-review").do(f"submit {'approve ' * 7}")
    assert case.do("decline").marking.outcome is Outcome.REJECTED
    with pytest.raises(NotHere):
        Case("award-review").do("withdraw")
    assert Case("award-review").do("submit withdraw").marking.outcome is Outcome.WITHDRAWN


# A grant in two stages


CONCEPT = "submit pass support doubt invite"
PROPOSAL = f"{CONCEPT} hand_on submit"
SMALL: dict[str, Value] = {"amount": 10_000, "needs_outside": False}
LARGE: dict[str, Value] = {"amount": 900_000, "needs_outside": False}


def test_a_small_grant_is_read_inside_only() -> None:
    case = Case("two-stage-grant", **SMALL).do(PROPOSAL)
    assert case.at == "review.inside.assigning"
    case.do("assign support support")
    assert case.do("accept accept").marking.outcome is Outcome.APPROVED


def test_a_large_grant_is_read_inside_and_outside() -> None:
    case = Case("two-stage-grant", **LARGE).do(f"{PROPOSAL} assign")
    assert case.at == "review.inside.reading review.outside.advising"
    case.do("inside:support inside:oppose outside:oppose outside:oppose outside:support")
    assert case.at == "final_determination"
    assert case.do("accept back accept accept").marking.outcome is Outcome.APPROVED


def test_advisers_who_do_not_answer_are_told_and_not_taken_for_consent() -> None:
    case = Case("two-stage-grant", **LARGE)
    case.do(f"{PROPOSAL} assign inside:support inside:support ~review.outside.advising")
    assert case.at == "without_advice"
    case.do("ask_again")
    assert case.at == "review.inside.assigning review.outside.advising"


def test_the_lead_need_not_wait_for_all_readers_but_for_one() -> None:
    case = Case("two-stage-grant", **SMALL).do(PROPOSAL).do("assign", picks=4).do("enough")
    assert case.at == "review.inside.assigning"
    assert case.do("assign support enough").at == "final_determination"


@pytest.mark.parametrize("readers", [1, 2, 3])
def test_as_many_read_the_concept_as_were_chosen(readers: int) -> None:
    case = Case("two-stage-grant", **SMALL).do("submit pass", picks=readers)
    assert len(case.marking.seats["reading"]) == readers
    assert case.do("support " * readers).at == "determining"


@pytest.mark.parametrize(
    ("acts", "at"),
    [
        ("submit more_info", "concept"),
        ("submit dismiss", "dismissed"),
        ("submit pass ~reading", "determining"),
        ("submit pass support support more_info", "concept"),
        (f"{CONCEPT} ~proposal", "resting"),
        (f"{CONCEPT} ~proposal resume", "proposal"),
        (f"{PROPOSAL} assign support support more_info", "proposal"),
        (f"{PROPOSAL} withdraw", "withdrawn"),
    ],
)
def test_the_grant_comes_back_rests_or_ends(acts: str, at: str) -> None:
    assert Case("two-stage-grant", **SMALL).do(acts).at == at


# A municipal permit


DRY: dict[str, Value] = {"objections": 0, "near_water": False}


def test_the_statutory_clock_starts_when_the_time_for_comments_is_over() -> None:
    case = Case("municipal-permit", **DRY).do("apply complete")
    assert case.started == []
    case.do("record_comment", objections=1)
    assert case.at == "commenting"
    case.do("~commenting")
    assert case.started == ["statutory"]
    assert case.marking.clocks == ("statutory",)


def test_nobody_can_shorten_the_time_for_comments() -> None:
    case = Case("municipal-permit", **DRY).do("apply complete")
    for option in case.machine.available(case.marking, case.facts):
        assert option.stays or option.action == "withdraw"


def test_objections_are_heard_and_answered_before_a_permit_is_granted() -> None:
    case = Case("municipal-permit", **DRY).do("apply complete ~commenting report", objections=2)
    assert case.at == "hearing"
    case.do("minute")
    with pytest.raises(GuardUnmet):
        case.do("grant")
    assert case.do("grant_over_objections").marking.outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    ("acts", "at"),
    [
        ("write answer", "assessing"),
        ("write ~advice", "advice_silent"),
        ("write ~advice ask_again write write answer", "assessing"),
        ("write ~advice go_on_without ask ~answering report grant", "granted"),
        ("answer report back report refuse", "refused"),
        ("withdraw", "withdrawn"),
    ],
)
def test_a_permit_near_water_asks_the_water_board(acts: str, at: str) -> None:
    case = Case("municipal-permit", objections=0, near_water=True)
    assert case.do("apply complete ~commenting").at == "advice"
    assert case.do(acts).at == at


def test_the_water_board_is_written_to_twice_at_most() -> None:
    case = Case("municipal-permit", objections=0, near_water=True)
    with pytest.raises(Refusal):
        case.do("apply complete ~commenting write write write")


# A council of nine


def voted(votes: str) -> Case:
    return Case("council-motion").do(f"table open {votes}")


@pytest.mark.parametrize(
    ("votes", "at"),
    [
        ("aye " * 9, "carried"),
        ("aye " * 5 + "nay " * 4, "carried"),
        ("aye " * 4 + "nay " * 4 + "abstain", "lost"),
        ("aye " * 3 + "abstain " * 2 + "close", "carried"),
        ("aye " * 4 + "close", "calling_again"),
        ("aye " * 4 + "~session", "calling_again"),
        ("aye " * 8 + "veto", "answering_veto"),
        ("veto", "answering_veto"),
    ],
)
def test_a_council_needs_a_quorum_and_no_veto(votes: str, at: str) -> None:
    assert voted(votes).at == at


def test_a_vote_is_called_again_once_and_then_tabled_anew() -> None:
    case = voted("aye aye close call_again")
    assert len(case.marking.seats["session"]) == 9
    assert case.do("aye close").at == "tabling"


def test_a_veto_falls_at_once_and_outvotes_who_has_not_spoken() -> None:
    case = voted("aye nay")
    move = case.machine.fire(case.marking, "veto", case.facts)
    assert sum(closed.status == "outvoted" for closed in move.closed) == 6
    assert [one.outcome for one in move.joined] == ["vetoed"]


def test_the_third_vote_is_the_last_that_a_veto_sends_back() -> None:
    case = voted("veto table open veto")
    assert case.at == "answering_veto"
    assert case.do("table open veto").marking.outcome is Outcome.REJECTED
