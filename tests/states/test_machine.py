"""Where a case can go: entering, leaving, coming back, lapsing, and every way to be refused."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest

from states.conditions import Value
from states.definition import DecisionClass, Definition, Duration, Means, Outcome
from states.machine import Machine, machine_for
from states.marking import Marking, Seat, Track
from states.move import Closed, Joined, Move, Opened, Option
from states.reading import read
from states.refusals import (
    AmbiguousAction,
    Endless,
    GuardUnmet,
    NeedsMissing,
    NotHere,
    Refusal,
    UnknownAction,
    UnknownFact,
    WrongPick,
)

TEXT = """\
key: small
subject: proposal
initial: drafting
facts: {lane: [light, heavy], budget: integer, new_app: boolean, agreed: boolean}
parties:
  drafter:  {agency: owner, post: operator}
  head:     {agency: owner, post: head}
  clerk:    {agency: planning, post: clerk}
  planner:  {agency: planning, post: head}
  expert:   {agency: ict, post: reviewer}
  ict:      {agency: ict, post: head}
  ministry: {external: Komdigi, via: clerk}
clocks: {legal: {limit: 5 working days, starts: checking.accept, runs: [review]}}
verbs:
  approve: {means: approve}
  return:  {means: return, needs: [points]}
  reject:
    means: reject
    needs: [reason, criterion]
    class: [{when: lane == heavy, is: strategic}, {is: routine}]
anywhere:
  withdraw: {by: head, to: withdrawn, means: stop, unless: [drafting]}
  remark: {by: clerk, only: [review, revising], times: 1}
  reject: {by: planner, to: rejected, only: [review]}
steps:
  drafting: {party: drafter, edits: all, actions: {forward: checking, save: {}, redo: drafting}}
  checking:
    party: clerk
    within: [{when: lane == heavy, is: 7 working days}, {is: 1 working day}]
    actions:
      accept: {to: review, sets: [lane], snapshot: true, when: agreed}
      return: drafting
  review:
    tracks:
      planning: {steps: {deciding: {party: planner, verdicts: [approve, return, reject]}}}
      ict:
        when: new_app
        steps:
          sharing:  {party: ict, actions: {dispose: {to: studying, picks: studying}}}
          studying:
            seats: {party: expert, count: picked, most: 3}
            verdicts: [done]
            tally: [{outcome: done, to: deciding}]
          deciding:
            party: ict
            within: 2 working days
            on_lapse: {verdict: silent}
            verdicts: [approve, return, reject]
            actions: {back: sharing}
    actions: {stop_waiting: {by: head, closes: true}, abandon: {by: head, to: dormant}}
    tally:
      - {outcome: refused, when: reject >= 1, early: true, to: rejected}
      - {outcome: returned, when: return >= 1 or waiting >= 1 or silent >= 1, to: sending_back}
      - {outcome: passed, to: after_review}
    again: {keep: [approve], after: [returned], unless_changed: true}
  sending_back: {route: [{when: visits(revising) >= 2, to: dormant}, {to: revising}]}
  revising:
    party: drafter
    within: 5 working days
    on_lapse: dormant
    actions:
      resubmit: {to: review, by: [drafter, head], snapshot: true}
      extend: {by: planner, extends: 5 working days, times: 1}
  dormant: {party: head, actions: {resume: revising}}
  after_review: {route: [{when: budget > 1_000, to: asking}, {to: after_again}]}
  after_again: {route: [{when: lane == heavy, to: asking}, {to: approved}]}
  asking:
    party: ministry
    actions:
      write: {letter: out, needs: [number], times: 2}
      reply: {to: second, letter: in}
  second:
    party: planner
    actions: {approve: {to: [{when: actor.acting, to: dormant}, {to: approved}], class: strategic}}
  approved: {final: approved}
  rejected: {final: rejected}
  withdrawn: {final: withdrawn}
"""
FACTS: dict[str, Value] = {
    "lane": "light",
    "budget": 500,
    "new_app": True,
    "agreed": True,
    "actor.acting": False,
}


class Case:
    """A case that is driven by short words: `action` or `track:action`."""

    def __init__(self, **facts: Value) -> None:
        self.machine = machine_for(read(TEXT))
        self.facts: dict[str, Value] = FACTS | facts
        self.move = self.machine.start(self.facts)

    @property
    def marking(self) -> Marking:
        return self.move.marking

    def do(self, *acts: str, picks: int = 2) -> Case:
        for act in acts:
            track, _, action = act.rpartition(":")
            chosen = picks if action == "dispose" else 0
            self.move = self.machine.fire(
                self.marking, action, self.facts, track=track or None, picks=chosen
            )
        return self

    def option(self, action: str, track: str | None = None) -> Option:
        offered = self.machine.available(self.marking, self.facts)
        (found,) = (one for one in offered if (one.action, one.track) == (action, track))
        return found

    def refused(self, action: str, **more: object) -> Refusal:
        before = self.marking.to_json()
        with pytest.raises(Refusal) as refused:
            self.machine.fire(self.marking, action, self.facts, **more)  # type: ignore[arg-type]
        assert self.marking.to_json() == before
        return refused.value


IN_REVIEW = ("forward", "accept")
ICT_STUDIED = ("dispose", "done", "done")


def closed(move: Move) -> list[tuple[str, str]]:
    return [(task.path, task.status) for task in move.closed]


# Beginning and going on


def test_a_case_starts_at_the_initial_step() -> None:
    move = Case().move
    assert (move.action, move.before.step, move.marking.step) == ("start", "", "drafting")
    assert move.opened == (Opened("drafting", 1, 0, "drafter", None, False),)
    assert move.entered == (("drafting", 1),)


def test_an_act_closes_the_task_and_opens_the_next() -> None:
    move = Case(lane="heavy").do("forward").move
    assert move.closed == (Closed("drafting", 1, 0, "done"),)
    assert move.opened == (Opened("checking", 1, 0, "clerk", Duration(7, "working_days"), False),)
    assert (move.left, move.entered) == ((("drafting", 1),), (("checking", 1),))
    assert (move.path, move.visit, move.seat) == ("drafting", 1, 0)


def test_an_act_that_stays_is_the_same_visit() -> None:
    move = Case().do("save").move
    assert (move.closed, move.opened, move.left, move.entered) == ((), (), (), ())
    assert move.marking == move.before


def test_a_self_loop_is_a_new_visit() -> None:
    move = Case().do("redo").move
    assert (move.left, move.entered) == ((("drafting", 1),), (("drafting", 2),))
    assert closed(move) == [("drafting", "done")]


def test_visits_are_counted_by_path_and_never_reset() -> None:
    case = Case().do("forward", "return", "forward", "accept", "planning:return", *ICT_STUDIED)
    case.do("ict:return", "resubmit")
    assert case.marking.visits == {
        "drafting": 2,
        "checking": 2,
        "review": 2,
        "review.planning.deciding": 2,
        "review.ict.sharing": 2,
        "review.ict.studying": 1,
        "review.ict.deciding": 1,
        "revising": 1,
    }


def test_the_move_carries_what_the_engine_writes() -> None:
    move = Case().do(*IN_REVIEW).move
    assert (move.snapshot, move.sets, move.clocks_started) == (True, ("lane",), ("legal",))
    assert move.marking.clocks == ("legal",)
    extended = Case().do(*IN_REVIEW, "abandon", "resume", "extend").move
    assert extended.extends == Duration(5, "working_days")


def test_an_action_records_only_what_is_a_fact() -> None:
    case = Case()
    case.machine = machine_for(read(TEXT.replace("sets: [lane]", "sets: [remarks, lane]")))
    assert case.do("forward").option("accept").sets == ("lane",)


def test_a_fork_has_no_visit_and_nobody_stands_there() -> None:
    move = Case(new_app=False).do(*IN_REVIEW, "approve").move
    assert (move.marking.step, move.outcome) == ("approved", Outcome.APPROVED)
    assert not {"after_review", "after_again"} & set(move.marking.visits)
    assert Case(new_app=False, lane="heavy").do(*IN_REVIEW, "approve").marking.step == "asking"
    assert Case(new_app=False, budget=2_000).do(*IN_REVIEW, "approve").marking.step == "asking"


def test_the_same_action_leads_elsewhere_by_guard() -> None:
    for acting, step in ((True, "dormant"), (False, "approved")):
        case = Case(new_app=False, lane="heavy")
        case.facts["actor.acting"] = acting
        assert case.do(*IN_REVIEW, "approve", "reply", "approve").marking.step == step


def test_finals_stay_final() -> None:
    case = Case().do(*IN_REVIEW, "withdraw")
    assert (case.marking.outcome, case.marking.seats) == (Outcome.WITHDRAWN, {})
    assert case.machine.available(case.marking, case.facts) == ()
    refusal = case.refused("withdraw")
    assert refusal.values == {"action": "withdraw", "present": ("withdrawn",)}


# Who and from where


def test_the_by_hat_acts_without_a_task() -> None:
    case = Case().do(*IN_REVIEW, "abandon", "resume")
    option = case.option("extend")
    assert (option.parties, option.seats) == (("planner",), ())
    assert case.do("extend").move.seat is None


def test_a_hat_beside_the_step_own_may_act_by_right_and_the_task_is_cancelled() -> None:
    case = Case().do(*IN_REVIEW, "abandon", "resume")
    option = case.option("resubmit")
    assert (option.parties, option.seats) == (("drafter", "head"), (0,))
    fire = case.machine.fire
    own = fire(case.marking, "resubmit", case.facts, party="drafter")
    assert (own.seat, closed(own)) == (0, [("revising", "done")])
    other = fire(case.marking, "resubmit", case.facts, party="head")
    assert (other.seat, closed(other)) == (None, [("revising", "cancelled")])
    assert isinstance(case.refused("resubmit", party="clerk"), NotHere)


def test_letters_of_an_external_body_are_written_by_its_via_hat() -> None:
    case = Case(new_app=False, lane="heavy").do(*IN_REVIEW, "approve")
    assert case.marking.seats == {"asking": (Seat("clerk"),)}
    option = case.option("write")
    assert (option.parties, option.letter, option.stays) == (("clerk",), "out", True)
    assert case.do("write").move.letter == "out"


def test_the_class_of_a_decision_depends_on_the_facts() -> None:
    for lane, expected in (("light", DecisionClass.ROUTINE), ("heavy", DecisionClass.STRATEGIC)):
        case = Case(lane=lane).do(*IN_REVIEW)
        assert case.option("reject", "planning").decision_class is expected
        move = case.do("planning:reject").move
        assert (move.decision_class, move.means) == (expected, Means.REJECT)


def test_a_class_that_cannot_be_told_is_taken_for_the_stricter_one() -> None:
    case = Case().do(*IN_REVIEW)
    del case.facts["lane"]
    option = case.option("reject", "planning")
    assert (option.decision_class, option.unmet) == (DecisionClass.STRATEGIC, ("lane",))


# Side by side


def test_a_parallel_step_opens_all_its_tracks() -> None:
    move = Case().do(*IN_REVIEW).move
    assert move.marking.tracks == {
        "planning": Track("deciding", None),
        "ict": Track("sharing", None),
    }
    assert move.entered == (
        ("review", 1),
        ("review.planning.deciding", 1),
        ("review.ict.sharing", 1),
    )
    assert move.marking.standing() == (("review.ict.sharing", 1), ("review.planning.deciding", 1))


def test_the_join_waits_for_all_and_a_return_is_not_early() -> None:
    case = Case().do(*IN_REVIEW, "planning:return")
    assert (case.marking.step, case.move.joined, case.move.verdict) == ("review", (), "return")
    assert case.marking.tracks["planning"] == Track(None, "return")
    case.do(*ICT_STUDIED, "ict:approve")
    verdicts = {"planning": "return", "ict": "approve"}
    assert case.move.joined == (Joined("review", 1, "returned", verdicts),)
    assert (case.marking.step, case.marking.tracks) == ("revising", {})
    assert case.move.left == (("review.ict.deciding", 1), ("review", 1))


def test_a_veto_cancels_the_tasks_on_the_other_tracks() -> None:
    move = Case().do(*IN_REVIEW, "dispose", "planning:reject").move
    assert move.marking.step == "rejected"
    assert closed(move) == [
        ("review.planning.deciding", "done"),
        ("review.ict.studying", "cancelled"),
        ("review.ict.studying", "cancelled"),
    ]
    assert move.joined[0].verdicts == {"planning": "reject"}


def test_a_late_act_on_a_closed_track_is_refused_and_told_where_the_case_is() -> None:
    case = Case().do(*IN_REVIEW, "planning:approve")
    refusal = case.refused("approve", track="planning")
    assert refusal.values["present"] == ("review.ict.sharing",)
    case.do(*ICT_STUDIED, "ict:return")
    assert case.refused("approve", track="ict").values["present"] == ("revising",)


def test_stop_waiting_counts_what_is_there() -> None:
    move = Case().do(*IN_REVIEW, "planning:approve", "stop_waiting").move
    assert (move.joined[0].outcome, move.marking.step) == ("returned", "revising")
    assert closed(move) == [("review.ict.sharing", "cancelled")]


@pytest.mark.parametrize(("act", "step"), [("withdraw", "withdrawn"), ("abandon", "dormant")])
def test_an_act_of_the_main_chart_closes_all_tracks(act: str, step: str) -> None:
    move = Case().do(*IN_REVIEW, "dispose", act).move
    assert (move.marking.step, move.marking.tracks, move.joined) == (step, {}, ())
    assert {status for _, status in closed(move)} == {"cancelled"}
    assert len(move.closed) == 3
    assert ("review", 1) in move.left


def test_a_track_can_go_back_within_itself() -> None:
    case = Case().do(*IN_REVIEW, *ICT_STUDIED, "back")
    assert case.marking.tracks["ict"] == Track("sharing", None)
    assert case.marking.visits["review.ict.sharing"] == 2


def test_an_action_that_fits_two_places_is_refused_with_both_named() -> None:
    case = Case().do(*IN_REVIEW, *ICT_STUDIED)
    refusal = case.refused("reject")
    assert isinstance(refusal, AmbiguousAction)
    assert refusal.choices == ("planning", "ict", "")
    assert case.machine.fire(case.marking, "reject", case.facts, track="ict").track == "ict"
    main = case.machine.fire(case.marking, "reject", case.facts, track="")
    assert (main.track, main.path, main.joined) == (None, "review", ())


def test_a_fork_inside_a_track_leads_to_a_step_or_out_of_the_track() -> None:
    text = TEXT.replace(
        "{steps: {deciding: {party: planner, verdicts: [approve, return, reject]}}}",
        """
        steps:
          sorting: {route: [{when: lane == light, verdict: approve}, {to: deciding}]}
          deciding: {party: planner, verdicts: [approve, return, reject]}""",
    )
    machine = machine_for(read(text))
    for lane, track in (("light", Track(None, "approve")), ("heavy", Track("deciding", None))):
        facts = FACTS | {"lane": lane}
        marking = machine.start(facts).marking
        for action in IN_REVIEW:
            marking = machine.fire(marking, action, facts).marking
        assert marking.tracks["planning"] == track


# Coming back


def back_in_review(**facts: Value) -> Case:
    case = Case().do(*IN_REVIEW, "planning:approve", *ICT_STUDIED, "ict:return")
    case.facts |= facts
    return case.do("resubmit")


def test_a_listed_verdict_stays_valid_after_a_listed_outcome() -> None:
    case = back_in_review()
    assert case.marking.tracks == {
        "planning": Track(None, "approve"),
        "ict": Track("sharing", None),
    }
    assert case.do(*ICT_STUDIED, "ict:approve").marking.outcome is Outcome.APPROVED


def test_a_verdict_falls_when_what_it_covers_has_changed() -> None:
    tracks = back_in_review(**{"changed.planning": True}).marking.tracks
    assert tracks["planning"] == Track("deciding", None)
    assert back_in_review(**{"changed.ict": True}).marking.tracks["planning"].verdict == "approve"


def test_a_kept_verdict_is_kept_again_the_next_time() -> None:
    case = back_in_review().do(*ICT_STUDIED, "ict:return")
    assert case.marking.step == "revising"
    assert case.do("resubmit").marking.tracks["planning"] == Track(None, "approve")


def test_nothing_is_kept_after_the_step_was_left_without_a_join() -> None:
    for text in (TEXT, TEXT.replace("after: [returned], ", "")):
        case = Case()
        case.machine = machine_for(read(text))
        case.do(*IN_REVIEW, "planning:approve", "abandon", "resume", "resubmit")
        assert case.marking.tracks["planning"] == Track("deciding", None)


def test_without_listed_outcomes_a_verdict_is_kept_after_any() -> None:
    case = Case()
    case.machine = machine_for(read(TEXT.replace("after: [returned], ", "")))
    case.do(*IN_REVIEW, "planning:approve", *ICT_STUDIED, "ict:return", "resubmit")
    assert case.marking.tracks["planning"] == Track(None, "approve")


def test_a_track_once_opened_stays_and_one_not_needed_is_asked_again() -> None:
    case = back_in_review(new_app=False)
    assert set(case.marking.tracks) == {"planning", "ict"}
    case = Case(new_app=False).do(*IN_REVIEW)
    assert set(case.marking.tracks) == {"planning"}
    case.facts["new_app"] = True
    assert set(case.marking.tracks) == {"planning"}
    assert set(case.do("planning:return", "resubmit").marking.tracks) == {"planning", "ict"}


def test_the_third_return_takes_the_other_fork() -> None:
    case = Case(new_app=False).do(*IN_REVIEW)
    steps = []
    for _ in range(3):
        steps.append(case.do("planning:return").marking.step)
        case.do("resume" if case.marking.step == "dormant" else "resubmit")
    assert steps == ["revising", "revising", "dormant"]


# Deadlines


def test_a_lapse_closes_the_task_and_goes_where_the_step_says() -> None:
    case = Case().do(*IN_REVIEW, "abandon", "resume")
    move = case.machine.lapse(case.marking, "revising", case.facts)
    assert (move.action, move.seat, move.marking.step) == ("lapse", None, "dormant")
    assert closed(move) == [("revising", "lapsed")]


def test_a_lapse_in_a_track_can_end_it_with_a_verdict() -> None:
    case = Case().do(*IN_REVIEW, "planning:approve", *ICT_STUDIED)
    assert case.move.opened[0].lapses
    move = case.machine.lapse(case.marking, "review.ict.deciding", case.facts)
    assert (move.track, move.verdict, move.joined[0].outcome) == ("ict", "silent", "returned")


@pytest.mark.parametrize("path", ["revising", "drafting", "review", "nowhere"])
def test_a_deadline_that_is_over_or_leads_nowhere_does_nothing(path: str) -> None:
    case = Case()
    with pytest.raises(NotHere):
        case.machine.lapse(case.marking, path, case.facts)


def test_leaving_a_step_forgets_how_often_its_limited_acts_were_used() -> None:
    case = Case().do(*IN_REVIEW, "abandon", "resume", "extend")
    assert case.marking.used == {"revising:1:extend": 1}
    refusal = case.refused("extend")
    assert isinstance(refusal, GuardUnmet)
    assert case.option("extend").unmet == refusal.unmet == ("times <= 1",)
    case.do("resubmit", "abandon", "resume")
    assert case.marking.used == {}
    assert case.option("extend").unmet == ()


def test_limited_acts_of_the_main_chart_are_counted_for_the_visit_too() -> None:
    case = Case().do(*IN_REVIEW, "remark")
    assert isinstance(case.refused("remark"), GuardUnmet)
    assert case.do("abandon").marking.used == {}


# Choosing people


def test_the_chosen_number_of_seats_is_opened() -> None:
    case = Case().do(*IN_REVIEW)
    option = case.option("dispose", "ict")
    assert (option.picks, option.picks_most) == ("review.ict.studying", 3)
    move = case.do("dispose", picks=3).move
    assert [task.seat for task in move.opened] == [0, 1, 2]


@pytest.mark.parametrize("picks", [0, 4, -1])
def test_a_wrong_number_of_people_is_refused(picks: int) -> None:
    refusal = Case().do(*IN_REVIEW).refused("dispose", picks=picks)
    assert isinstance(refusal, WrongPick)
    assert refusal.most == 3


def test_nobody_is_chosen_where_there_is_nothing_to_choose() -> None:
    assert isinstance(Case().refused("forward", picks=1), WrongPick)


# Refusals name what is in the way


def test_an_unknown_action_is_refused_by_name() -> None:
    refusal = Case().refused("approve_all")
    assert isinstance(refusal, UnknownAction)
    assert (refusal.code, refusal.action) == ("unknown_action", "approve_all")


def test_an_action_of_another_step_is_refused_with_the_present_one() -> None:
    refusal = Case().refused("resubmit")
    assert isinstance(refusal, NotHere)
    assert refusal.present == ("drafting",)
    assert isinstance(Case().do(*IN_REVIEW).refused("approve", track="legal"), NotHere)


def test_a_guard_that_does_not_hold_is_named() -> None:
    case = Case(agreed=False).do("forward")
    refusal = case.refused("accept")
    assert isinstance(refusal, GuardUnmet)
    assert case.option("accept").unmet == refusal.unmet == ("agreed",)


@pytest.mark.parametrize("fact", ["agreed", "new_app"])
def test_an_unknown_fact_refuses_the_act_by_name(fact: str) -> None:
    case = Case().do("forward")
    del case.facts[fact]
    refusal = case.refused("accept")
    assert isinstance(refusal, UnknownFact)
    assert refusal.fact == fact
    assert case.option("accept").unmet == (fact,)


def test_missing_needs_are_named_when_they_are_checked() -> None:
    case = Case().do(*IN_REVIEW)
    refusal = case.refused("reject", track="planning", given=frozenset({"reason"}))
    assert isinstance(refusal, NeedsMissing)
    assert refusal.needs == ("criterion",)
    given = frozenset({"reason", "criterion", "more"})
    case.machine.fire(case.marking, "reject", case.facts, track="planning", given=given)


def test_a_circle_without_anybody_in_it_is_refused_at_last() -> None:
    text = TEXT.replace("{when: budget > 1_000, to: asking}", "{when: budget > 1_000, to: review}")
    text = text.replace("after: [returned], unless_changed: true", "after: [passed]")
    machine = machine_for(read(text))
    facts = FACTS | {"new_app": False, "budget": 2_000}
    marking = machine.start(facts).marking
    for action in IN_REVIEW:
        marking = machine.fire(marking, action, facts).marking
    with pytest.raises(Endless):
        machine.fire(marking, "approve", facts)
    unmet = {option.action: option.unmet for option in machine.available(marking, facts)}
    assert unmet["approve"][0].startswith("a circle at")


# What stays as it was


def test_a_fact_that_changes_while_a_step_is_open_moves_nothing() -> None:
    case = Case(lane="heavy").do("forward")
    within = case.move.opened[0].within
    case.facts["lane"] = "light"
    assert within == Duration(7, "working_days")
    assert case.machine.available(case.marking, case.facts)[0].path == "checking"


def test_a_marking_keeps_everything_when_stored() -> None:
    case = Case().do(*IN_REVIEW, "remark", "planning:approve", "dispose", "done")
    document = case.marking.to_json()
    assert document["tracks"] == {"planning": [None, "approve"], "ict": ["studying", None]}
    assert document["used"] == {"review:1:remark": 1}
    assert Marking.from_json(document) == case.marking
    later = back_in_review().marking
    assert later.kept["review"].outcome == "returned"
    assert Marking.from_json(later.to_json()) == later


# The compiled machine


def test_machines_are_shared_by_content() -> None:
    comment = read(f"# the same\n{TEXT}")
    assert machine_for(comment) is machine_for(read(TEXT))
    other = read(TEXT.replace("5 working days", "6 working days"))
    assert machine_for(other) is not machine_for(read(TEXT))


def test_only_the_machines_used_last_are_kept() -> None:
    def numbered(number: int) -> Definition:
        return read(f"key: k{number}\n" + TEXT.partition("\n")[2])

    first = machine_for(numbered(0))
    assert machine_for(numbered(0)) is first
    for number in range(1, 70):
        machine_for(numbered(number))
    assert machine_for(numbered(0)) is not first


def test_a_machine_names_its_steps() -> None:
    machine = machine_for(read(TEXT))
    assert machine.paths()[:5] == (
        "drafting",
        "checking",
        "review",
        "review.planning.deciding",
        "review.ict.sharing",
    )
    assert machine.step("drafting").edits == ("all",)


def test_one_machine_serves_many_threads() -> None:
    machine: Machine = machine_for(read(TEXT))
    wrong: list[str] = []

    def drive(facts: Mapping[str, Value], end: str) -> None:
        for _ in range(200):
            marking = machine.start(facts).marking
            for action in ("forward", "accept", "approve"):
                marking = machine.fire(marking, action, facts).marking
            if marking.step != end:
                wrong.append(marking.step)

    threads = [
        threading.Thread(
            target=drive, args=(FACTS | {"new_app": False, "lane": lane}, end), daemon=True
        )
        for lane, end in (("light", "approved"), ("heavy", "asking")) * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
