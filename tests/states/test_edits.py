"""What an administrator asks for in a form: the text says it, nothing else changes, it is sound."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from states.changes import compare
from states.definition import Definition, Place, StepKind
from states.edit_ends import AddEnd, Begin
from states.edit_forks import AddFork, AddSideBySide, AddStep
from states.edit_parallel import MakeParallel, neighbours
from states.edit_reviews import AddReview, AddTrack, Reviewer
from states.edit_seats import SetSeats
from states.edit_steps import OpenTracks, RemoveAction, SetAction, SetStep
from states.edit_whole import RemoveEntry, RemoveStep, RenameStep, SetEntry, SetFact, SetWhole
from states.edit_words import SetWords, Together
from states.edits import Edit, Misfit, Way, edited
from states.examining import examine
from states.problems import DefinitionError
from states.reading import read
from states.wording import Words

TEXT = Path("states/library/program-proposal.yaml").read_text()
ROW = Path("states/library/program-proposal-sequential.yaml").read_text()
TRANSPORT = Reviewer("transport_head", Place("dishub", "head"), Place("secretariat", "assistant"))
REVIEW = AddReview("transport", "review", TRANSPORT, "3 working days", "drafting", "rejected")


def lines(before: str, after: str) -> list[str]:
    """The lines that went and came."""
    different = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in list(different)[2:] if line[0] in "+-"]


def sound(text: str) -> Definition:
    """What the text says, in which nothing is wrong."""
    known = examine(text)
    assert known.definition is not None, known.problems
    assert known.findings == ()
    return known.definition


def test_a_deadline_changes_in_its_line_alone() -> None:
    after = edited(TEXT, SetStep("checking", {"within": "5 working days"}))
    assert lines(TEXT, after) == ["-    within: 1 working day", "+    within: 5 working days"]
    after = edited(TEXT, SetStep("review.ict.merging", {"within": "5 working days"}))
    assert len(lines(TEXT, after)) == 2


def test_what_is_said_already_is_not_written_again() -> None:
    same = SetStep("revising", {"edits": ["returned_points"], "on_lapse": {"to": "dormant"}})
    assert edited(TEXT, same) == TEXT
    by_verb = {"means": "return", "needs": ["points"], "to": "drafting", "by": None}
    assert edited(TEXT, SetAction("checking", "return", by_verb)) == TEXT
    listed = {"verdict": "reject", "to": None, "means": "reject"}
    assert edited(TEXT, SetAction("review.planning.deciding", "reject", listed)) == TEXT


def test_a_guard_on_the_budget_is_written_at_its_action() -> None:
    ways = [{"when": "total_budget > 5_000_000_000", "to": "meeting"}, {"to": "review"}]
    after = edited(TEXT, SetAction("checking", "accept", {"to": ways}))
    assert len(lines(TEXT, after)) == 2
    assert [str(way.when) for way in sound(after).steps["checking"].actions["accept"].to] == [
        "total_budget > 5_000_000_000",
        "None",
    ]


def test_an_action_without_what_its_verb_asks_says_so() -> None:
    after = edited(TEXT, SetAction("checking", "return", {"needs": None}))
    assert "return: {to: drafting, needs: []}" in after
    assert read(after).steps["checking"].actions["return"].needs == ()


def test_an_action_says_only_what_its_verb_does_not() -> None:
    strategic = edited(TEXT, SetAction("endorsement", "return", {"class": "strategic"}))
    assert "      return: {to: sending_back, class: strategic}" in strategic
    assert edited(strategic, SetAction("endorsement", "return", {"class": "routine"})) == (
        TEXT.replace(
            "      return: sending_back\n      refuse: rejected",
            "      return: {to: sending_back}\n      refuse: rejected",
        )
    )
    routine = edited(TEXT, SetAction("endorsement", "refuse", {"class": "routine"}))
    assert "refuse: {to: rejected, class: routine}" in routine
    same = edited(TEXT, SetAction("mayor_decides", "refuse", {"class": "strategic"}))
    assert "      refuse: {to: rejected}" in same


def test_what_a_verb_says_changes_in_its_line() -> None:
    rules = [{"when": "mayoral_priority", "is": "strategic"}, {"is": "routine"}]
    by_verb = {"means": "reject", "needs": ["criterion", "reason"], "class": rules}
    assert edited(TEXT, SetEntry("verbs", "reject", by_verb)) == TEXT
    after = edited(
        TEXT, SetEntry("verbs", "reject", {**by_verb, "class": "routine", "needs": ["reason"]})
    )
    assert lines(TEXT, after)[1:] == ["+  reject:     {means: reject, needs: [reason]}"]
    added = edited(TEXT, SetEntry("verbs", "issue", {"means": "forward", "needs": ["number"]}))
    assert lines(TEXT, added) == ["+  issue: {needs: [number]}"]
    assert edited(added, RemoveEntry("verbs", "issue")) == TEXT


def test_where_an_action_of_any_time_can_be_done_changes_in_its_line() -> None:
    only = {"unless": None, "only": ["dormant", "revising"], "times": None}
    after = edited(TEXT, SetAction("", "withdraw", only))
    assert lines(TEXT, after)[1:] == [
        "+  withdraw: {by: owner_head, to: withdrawn, only: [dormant, revising]}"
    ]
    assert sound(after).anywhere["withdraw"].only == ("dormant", "revising")


def test_a_vote_that_gets_a_condition_leaves_the_list() -> None:
    after = edited(TEXT, SetAction("review.ict.deciding", "reject", {"when": "ict_blocked"}))
    step = read(after).steps["review"].tracks["ict"].steps["deciding"]
    assert str(step.actions["reject"].when) == "ict_blocked"
    assert step.actions["reject"].verdict == "reject"
    assert step.actions["return"].verdict == "return"
    both = edited(after, RemoveAction("review.ict.deciding", "return"))
    assert "verdicts" not in both.split("ict_head\n")[1].split("tally")[0]


def test_an_action_is_added_and_taken_away() -> None:
    after = edited(TEXT, SetAction("dormant", "give_up", {"to": "withdrawn", "means": "stop"}))
    assert sound(after).steps["dormant"].actions["give_up"].means == "stop"
    assert edited(after, RemoveAction("dormant", "give_up")) == TEXT
    everywhere = edited(TEXT, SetAction("", "suspend", {"to": "dormant", "by": ["city_secretary"]}))
    assert "suspend" in read(everywhere).anywhere
    assert edited(everywhere, RemoveAction("", "suspend")) == TEXT


def test_a_third_agency_reviews_before_the_others() -> None:
    after = edited(TEXT, REVIEW)
    definition = sound(after)
    assert examine(after).approvals_needed == examine(TEXT).approvals_needed + 1
    assert definition.steps["checking"].actions["accept"].to[0].to == "transport"
    assert definition.steps["resubmitting"].actions["submit"].to[0].to == "transport"
    assert definition.steps["transport"].actions["approve"].to[0].to == "review"
    assert definition.parties["transport_head"].place == Place("dishub", "head")
    assert sum(line[0] == "-" for line in lines(TEXT, after)) == 2


def test_the_review_becomes_parallel_to_the_others() -> None:
    before = edited(TEXT, REVIEW)
    after = edited(before, MakeParallel("transport", "review"))
    definition = sound(after)
    assert list(definition.steps["review"].tracks) == ["planning", "ict", "transport"]
    assert definition.steps["checking"].actions["accept"].to[0].to == "review"
    assert "transport" not in definition.steps
    assert definition.steps["review"].tally[0].when.text == "reject >= 2"  # type: ignore[union-attr]
    assert edited(before, MakeParallel("review", "transport")) == after


def test_a_fork_stands_before_a_step_and_goes_again() -> None:
    after = edited(TEXT, AddFork("big", "meeting", Way("endorsement", when="total_budget > 5")))
    definition = sound(after)
    assert [way.to for way in definition.steps["big"].route] == ["endorsement", "meeting"]
    assert definition.steps["after_review"].route[0].to == "big"
    assert {rule.to for rule in definition.steps["review"].tally} >= {"big"}
    assert edited(after, RemoveStep("big", "meeting")) == TEXT
    inside = Way(verdict="reject", when="visits(revising) >= 2")
    after = edited(TEXT, AddFork("review.ict.big", "review.ict.deciding", inside))
    assert lines(TEXT, after) == [
        "-            actions: {recommend: deciding}",
        "+            actions: {recommend: big}",
        "+          big:",
        "+            route:",
        "+              - {when: visits(revising) >= 2, verdict: reject}",
        "+              - {to: deciding}",
    ]
    assert [step.path for step in sound(after).every_step() if step.name == "big"] == [
        "review.ict.big"
    ]


def test_a_step_is_put_before_another_in_the_main_chart_and_in_a_track() -> None:
    after = edited(TEXT, AddStep("noting", "checking", TRANSPORT, "", "forward"))
    assert sound(after).steps["endorsing"].actions["submit"].to[0].to == "noting"
    assert "  noting: {party: transport_head, actions: {forward: checking}}" in after
    clerk = Reviewer("planning_clerk")
    path, first = "review.planning.reading", "review.planning.assessing"
    after = edited(TEXT, AddStep(path, first, clerk, "2 working days", "forward"))
    track = sound(after).steps["review"].tracks["planning"]
    assert (track.initial, track.steps["reading"].actions["forward"].to[0].to) == (
        "reading",
        "assessing",
    )
    assert track.steps["deciding"].actions["back"].to[0].to == "assessing"
    begun = edited(TEXT, Begin({"review.ict": "merging"}))
    after = edited(begun, AddStep("review.ict.noting", "review.ict.merging", clerk, "", "forward"))
    assert read(after).steps["review"].tracks["ict"].initial == "noting"


@pytest.mark.parametrize("before", ["endorsing", "checking", "issuing", "approved"])
def test_several_agencies_review_side_by_side_before_any_step(before: str) -> None:
    both = {"planning": Reviewer("planning_head"), "dishub": TRANSPORT}
    after = edited(
        TEXT, AddSideBySide("both", before, both, "3 working days", "drafting", "rejected")
    )
    definition = sound(after)
    step = definition.steps["both"]
    assert list(step.tracks) == ["planning", "dishub"]
    assert [rule.to for rule in step.tally] == ["rejected", "drafting", before]
    assert definition.parties["transport_head"].instead is not None
    gone = definition.steps[before]
    assert gone.line > step.line
    alone = sound(edited(TEXT, AddSideBySide("both", before, both, "", "", "")))
    assert [(rule.outcome, rule.to) for rule in alone.steps["both"].tally] == [("approved", before)]


def test_a_track_is_opened_beside_the_others() -> None:
    after = edited(TEXT, AddTrack("review", "transport", TRANSPORT, "3 working days"))
    track = sound(after).steps["review"].tracks["transport"]
    assert set(track.steps["deciding"].actions) == {"approve", "conditions", "return", "reject"}
    assert [line for line in lines(TEXT, after) if line[0] == "-"] == [
        "-      - {outcome: both_refuse, when: reject == 2, to: rejected}"
    ]


def test_two_steps_in_a_row_become_tracks_and_names_follow_them() -> None:
    before = edited(ROW, SetStep("checking", {"within": "4 working days"}))
    definition = read(before)
    assert neighbours(definition, "drafting") == ()
    known = {step: neighbours(definition, step) for step in definition.steps}
    pairs = [(step, other) for step, others in known.items() for other in others]
    assert pairs
    for step, other in pairs:
        assert step in known[other]
        after = edited(before, MakeParallel(step, other, "both"))
        read(after)


def test_a_step_that_follows_a_parallel_one_joins_it() -> None:
    text = edited(TEXT, SetAction("issuing", "issue", {"to": "approved"}))
    text = edited(text, AddReview("late", "after_review", TRANSPORT, "", "drafting", "rejected"))
    definition = read(edited(text, MakeParallel("late", "review")))
    assert "late" in definition.steps["review"].tracks
    assert {rule.to for rule in definition.steps["review"].tally} == {
        rule.to for rule in read(TEXT).steps["review"].tally
    }


def test_conditions_behind_the_second_step_become_a_fork() -> None:
    ways = [{"when": "total_budget > 5", "to": "meeting"}, {"to": "review"}]
    text = edited(TEXT, SetAction("checking", "accept", {"to": ways, "sets": ["lane"]}))
    text = edited(text, AddReview("before", "checking", TRANSPORT, "", "drafting", "rejected"))
    after = read(edited(text, MakeParallel("before", "checking", "both")))
    assert [way.to for way in after.steps["after_both"].route] == ["meeting", "review"]
    assert after.clocks["planning"].starts == ("both.checking.checking", "accept")


def test_a_step_goes_and_what_led_to_it_leads_elsewhere() -> None:
    definition = sound(edited(TEXT, RemoveStep("verifying", "endorsing")))
    assert "verifying" not in definition.steps
    assert definition.steps["drafting"].actions["forward"].to[0].to == "endorsing"
    assert definition.anywhere["withdraw"].unless == ("drafting", "endorsing", "issuing")
    definition = read(edited(TEXT, RemoveStep("review.ict.merging", "deciding")))
    assert "review.ict.merging" not in definition.clocks["ict"].runs
    moved = edited(TEXT, RemoveStep("drafting", "verifying"))
    assert moved.splitlines()[4] == "initial: verifying"


def test_a_chart_begins_elsewhere_in_its_line() -> None:
    after = edited(TEXT, Begin({"": "verifying", "review.ict": "assigning"}))
    assert lines(TEXT, after) == ["-initial: drafting", "+initial: verifying"]
    after = edited(TEXT, Begin({"review.ict": "merging"}))
    assert lines(TEXT, after) == ["+        initial: merging"]
    assert edited(after, Begin({"review.ict": "assigning"})) == TEXT
    gone = read(edited(after, RemoveStep("review.ict.merging", "deciding")))
    assert gone.steps["review"].tracks["ict"].initial == "deciding"


def test_an_end_comes_and_goes_without_another_in_its_stead() -> None:
    after = edited(TEXT, AddEnd("frozen", "closed"))
    assert lines(TEXT, after) == ["+  frozen: {final: closed}"]
    assert edited(after, RemoveStep("frozen", "")) == TEXT
    used = edited(after, SetAction("dormant", "freeze", {"to": "frozen"}))
    for path in ("frozen", "drafting", "cancelled", "review.ict.assigning"):
        with pytest.raises(Misfit):
            edited(used, RemoveStep(path, ""))


def test_the_last_step_of_a_track_takes_the_track() -> None:
    text = edited(TEXT, AddTrack("review", "transport", TRANSPORT, "3 working days"))
    after = edited(text, RemoveStep("review.transport.deciding", ""))
    assert list(read(after).steps["review"].tracks) == ["planning", "ict"]


@pytest.mark.parametrize("path", [step.path for step in read(TEXT).every_step()])
def test_a_step_gets_another_name_wherever_it_is_named(path: str) -> None:
    prefix, _dot, name = path.rpartition(".")
    after = edited(TEXT, RenameStep(path, "something_else"))
    renamed = f"{prefix}.something_else" if prefix else "something_else"
    assert [step.path for step in read(after).every_step()] == [
        renamed + step.path.removeprefix(path)
        if f"{step.path}.".startswith(f"{path}.")
        else step.path
        for step in read(TEXT).every_step()
    ]
    assert edited(after, RenameStep(renamed, name)) == TEXT


def test_a_name_in_a_track_is_found_in_its_guards_too() -> None:
    guarded = SetAction("review.planning.deciding", "approve", {"when": "visits(assessing) >= 2"})
    after = edited(edited(TEXT, guarded), RenameStep("review.planning.assessing", "reading"))
    assert "when: visits(reading) >= 2" in after
    read(after)


def test_a_party_gets_another_post_in_its_line() -> None:
    place = {"agency": "dishub", "post": "head"}
    instead = {"agency": "secretariat", "post": "assistant"}
    after = edited(TEXT, SetEntry("parties", "planning_head", {**place, "instead": instead}))
    assert len(lines(TEXT, after)) == 2
    assert read(after).parties["planning_head"].place == Place("dishub", "head")
    before = {"agency": "planning", "post": "head", "instead": instead}
    assert edited(after, SetEntry("parties", "planning_head", before)) == TEXT
    nobody = dict.fromkeys(("instead", "external", "via"))
    added = edited(TEXT, SetEntry("parties", "transport", {**place, **nobody}))
    assert lines(TEXT, added) == ["+  transport: {agency: dishub, post: head}"]


def test_a_body_outside_changes_in_its_line() -> None:
    said = {"agency": None, "post": None, "external": "BSSN", "via": "ict_clerk"}
    after = edited(TEXT, SetEntry("parties", "ministry", said))
    assert lines(TEXT, after)[1:] == ["+  ministry:         {external: BSSN, via: ict_clerk}"]


def test_a_clock_changes_in_its_line_and_comes_and_goes() -> None:
    runs = {"runs": ["review.planning.deciding", "review.planning.assessing"]}
    after = edited(TEXT, SetEntry("clocks", "planning", {"limit": "10 working days", **runs}))
    assert lines(TEXT, after) == ["-    limit: 5 working days", "+    limit: 10 working days"]
    said = {"limit": "3 working days", "starts": "revising.lapse", "runs": None, "basis": None}
    added = edited(TEXT, SetEntry("clocks", "waiting", said))
    assert read(added).clocks["waiting"].starts == ("revising", "lapse")
    assert edited(added, RemoveEntry("clocks", "waiting")) == TEXT
    with pytest.raises(DefinitionError) as refused:
        read(edited(TEXT, RemoveEntry("clocks", "ict")))
    assert [one.step for one in refused.value.problems] == ["revising", "resubmitting", "dormant"]


def test_reminders_and_escalation_change_where_they_stand() -> None:
    late = [{"after": "1 working day", "to": "superior"}, {"after": "2 working days", "to": "head"}]
    words = ["half way", "1 working day before"]
    after = edited(TEXT, SetWhole({"reminders": words, "escalate": late}))
    assert lines(TEXT, after) == [
        "-reminders: [half way, on the due day]",
        "+reminders: [half way, 1 working day before]",
        "-  - {after: 3 working days, to: secretariat}",
    ]
    nothing = read(edited(TEXT, SetWhole({"reminders": None, "escalate": None})))
    assert (nothing.reminders, nothing.escalations) == ((), ())


def test_what_one_could_do_becomes_votes_of_several_and_back() -> None:
    three = {"party": "planning_clerk", "each": None, "count": 3, "most": None}
    voted = edited(TEXT, SetSeats("checking", three))
    assert lines(TEXT, voted) == [
        "-    party: planning_clerk",
        "+    seats: {party: planning_clerk, count: 3}",
        "-      accept: {to: review, sets: [lane]}",
        "-      return: drafting",
        "+      accept: {verdict: accept, sets: [lane]}",
        "+      return: {verdict: return}",
        "+    tally:",
        "+      - {outcome: returned, when: return >= 1, to: drafting}",
        "+      - {outcome: approved, to: review}",
    ]
    alone = edited(voted, SetSeats("checking", None, "planning_clerk"))
    assert alone.replace("{to: drafting}", "drafting") == TEXT


@pytest.mark.parametrize("text", [TEXT, ROW])
def test_every_step_where_one_is_asked_can_be_voted_on_and_back(text: str) -> None:
    before = read(text)
    for step in before.every_step():
        if step.kind is not StepKind.PLAIN or step.party == "ministry":
            continue
        each = {"party": None, "each": [step.party, "city_secretary"], "count": 1, "most": None}
        voted = edited(text, SetSeats(step.path, each))
        after = read(edited(voted, SetSeats(step.path, None, step.party or "")))
        forks = any(action.to[1:] for action in step.actions.values())
        by = any(action.by and not action.stays for action in step.actions.values())
        assert forks or by or compare(before, after) == (), step.path


def test_back_from_a_vote_each_act_leads_where_all_led_with_it() -> None:
    alone = read(edited(TEXT, SetSeats("meeting", None, "planning_head"))).steps["meeting"]
    assert alone.party == "planning_head"
    assert {name: [way.to for way in one.to] for name, one in alone.actions.items()} == {
        "schedule": [],
        "sign": ["after_meeting"],
        "dissent": ["rejected"],
    }
    text = Path("tests/states/definitions/council-motion.yaml").read_text()
    voted = next(step for step in read(text).every_step() if step.kind is StepKind.VOTED)
    step = read(edited(text, SetSeats(voted.path, None, "chair"))).steps[voted.path]
    assert not any(action.closes or action.verdict for action in step.actions.values())


def test_who_chooses_those_who_sit_changes_with_them() -> None:
    path = "review.ict.studying"
    two = {"party": "ict_reviewer", "each": None, "count": 2, "most": None}
    fixed = edited(TEXT, SetSeats(path, two))
    assert "seats: {party: ict_reviewer, count: 2}" in fixed
    assert (
        read(fixed).steps["review"].tracks["ict"].steps["assigning"].actions["dispose"].picks
        is None
    )
    picked = {**two, "count": "picked", "most": 4}
    assert edited(fixed, SetSeats(path, picked, picker="review.ict.assigning.dispose")) == TEXT
    other = edited(TEXT, SetSeats(path, picked, picker="review.ict.deciding.back"))
    actions = read(other).steps["review"].tracks["ict"].steps["deciding"].actions
    assert actions["back"].picks == "studying"
    assert other.count("picks:") == 1
    both = edited(TEXT, SetAction("review.ict.deciding", "back", {"picks": "studying"}))
    assert edited(both, SetSeats(path, picked, picker="review.ict.assigning.dispose")) == both


def test_when_a_track_is_opened_is_said_at_the_track() -> None:
    after = edited(TEXT, OpenTracks("review", {"planning": None, "ict": "new_application"}))
    assert lines(TEXT, after) == ["+        when: new_application"]
    assert edited(after, OpenTracks("review", {"planning": None, "ict": None})) == TEXT


def test_who_has_to_be_different_people_changes_in_its_line() -> None:
    after = edited(TEXT, SetWhole({"apart": [["drafter", "owner_head"]]}))
    assert len(lines(TEXT, after)) == 2
    assert read(after).apart == (frozenset({"drafter", "owner_head"}),)
    assert "apart" not in edited(TEXT, SetWhole({"apart": None}))


def test_a_fact_changes_in_its_line_and_comes_and_goes() -> None:
    after = edited(TEXT, SetFact("lane", ("light", "strategic", "urgent")))
    assert len(lines(TEXT, after)) == 2
    assert "# proposed by the system" in after
    added = edited(TEXT, SetFact("persons", "integer"))
    assert lines(TEXT, added) == ["+  persons: integer"]
    assert edited(added, RemoveEntry("facts", "persons")) == TEXT
    text = Path("tests/states/definitions/award-review.yaml").read_text()
    first = edited(text, SetFact("amount", "integer"))
    assert "initial: preparing\nfacts: {amount: integer}\n\nparties:" in first
    assert edited(first, RemoveEntry("facts", "amount")) == text


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (AddReview("review", "issuing", TRANSPORT, "", "", ""), "known_already"),
        (AddTrack("review", "ict", TRANSPORT, ""), "known_already"),
        (AddTrack("review", "x", Reviewer("mayor", Place("a", "head")), ""), "known_already"),
        (MakeParallel("drafting", "verifying"), "not_side_by_side"),
        (RemoveStep("checking", ""), "required"),
        (AddEnd("checking", "closed"), "known_already"),
        (AddFork("review", "meeting", Way("endorsement", when="lane == light")), "known_already"),
        (AddSideBySide("review", "meeting", {}, "", "", ""), "known_already"),
        (RemoveStep("checking", "checking"), "required"),
        (RenameStep("checking", "review"), "known_already"),
        (RemoveEntry("facts", "lane"), "recorded_by"),
        (MakeParallel("nowhere", "verifying"), "not_side_by_side"),
    ],
)
def test_what_does_not_fit_is_refused(edit: Edit, code: str) -> None:
    with pytest.raises(Misfit) as refused:
        edited(TEXT, edit)
    assert refused.value.code == code


def test_a_track_says_only_what_is_counted() -> None:
    stops = {"to": "withdrawn", "means": "stop"}
    text = edited(edited(TEXT, REVIEW), SetAction("transport", "give_up", stops))
    with pytest.raises(Misfit) as refused:
        edited(text, MakeParallel("transport", "review"))
    assert (refused.value.code, refused.value.values) == ("no_such_verdict", {"action": "give_up"})


def test_an_edit_is_told_as_the_difference_that_it_is() -> None:
    after = read(edited(TEXT, SetStep("checking", {"within": "5 working days"})))
    assert [(c.thing, c.names, c.aspect) for c in compare(read(TEXT), after)] == [
        ("step", ("checking",), "within")
    ]


def worded(text: str, **steps: Words) -> str:
    """The text with words for steps of the main chart."""
    return edited(text, SetWords({("step", name): words for name, words in steps.items()}))


def test_words_are_written_changed_and_taken_away_where_they_stand() -> None:
    given = {("action", "accept"): Words("Lengkap", "Complete"), ("definition", ""): Words("Usul")}
    after = edited(worded(TEXT, checking=Words("Cek")), SetWords(given))
    assert lines(TEXT, after) == [
        "+wording:",
        "+  workflow: {id: Usul}",
        "+  steps: {checking: {id: Cek}}",
        "+  actions: {accept: {id: Lengkap, en: Complete}}",
    ]
    assert sound(after).wording.find("definition", "program-proposal") == Words("Usul")
    assert edited(after, SetWords(given)) == after
    bare = edited(after, SetWords(dict.fromkeys([*given, ("step", "checking")])))
    assert read(bare).hash == read(TEXT).hash


def test_a_step_keeps_its_words_under_another_name() -> None:
    edits = Together(
        (RenameStep("checking", "cek"), SetWords({("step", "cek"): Words("Periksa", "Check")}))
    )
    after = edited(worded(TEXT, checking=Words("Cek"), revising=Words("Perbaiki")), edits)
    assert read(after).wording.words["step"] == {
        "cek": Words("Periksa", "Check"),
        "revising": Words("Perbaiki"),
    }
    inside = SetWords({("step", "review.ict.studying"): Words("Telaah")})
    moved = edited(edited(TEXT, inside), RenameStep("review", "bersama"))
    assert list(read(moved).wording.words["step"]) == ["bersama.ict.studying"]


def test_what_is_taken_away_takes_its_words_along() -> None:
    before = worded(TEXT, checking=Words("Cek"), dormant=Words("Tidur"))
    before = edited(before, SetWords({("action", "resume"): Words("Lanjut")}))
    after = read(edited(before, RemoveStep("dormant", "cancelled")))
    assert after.wording.words == {"step": {"checking": Words("Cek")}}
    assert read(edited(before, RemoveAction("checking", "return"))).wording == read(before).wording


def test_steps_put_side_by_side_keep_their_words_and_lend_them_to_their_tracks() -> None:
    one, *_others = (n for n in read(ROW).steps if neighbours(read(ROW), n))
    other = neighbours(read(ROW), one)[0]
    before = worded(ROW, **{one: Words("Satu"), other: Words("Dua")})
    wording = read(edited(before, MakeParallel(one, other, "both"))).wording
    assert wording.find("step", f"both.{one}.{one}") == Words("Satu")
    assert wording.find("step", f"both.{other}") == wording.find("track", other) == Words("Dua")
    assert wording.find("step", one) is None
