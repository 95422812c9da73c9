"""Reading definitions: what an author may write, and every problem with its code and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from states import library
from states.definition import (
    Branch,
    ClassRule,
    DecisionClass,
    Duration,
    Escalation,
    Means,
    Outcome,
    Place,
    Reminder,
    StepKind,
)
from states.document import Plain, parse, plain, write
from states.problems import WORDS, DefinitionError, Problem
from states.reading import read
from states.wording import Words

SHARED = Path(__file__).resolve().parents[3] / "shared" / "definitions"
SMALL = """\
key: small-one
subject: proposal
initial: drafting
facts: {lane: [light, heavy], budget: integer, urgent: boolean}
parties:
  drafter:  {agency: owner, post: operator}
  checker:  {agency: planning, post: clerk, instead: {agency: secretariat, post: clerk}}
  decider:  {agency: planning, post: head}
  ministry: {external: Komdigi, via: checker}
apart: [[drafter, decider], [checking, decider]]
clocks: {legal: {limit: 5 working days, starts: checking.accept, runs: [review], basis: law}}
verbs:
  approve: {means: approve}
  return: {means: return, needs: [points]}
  reject:
    means: reject
    needs: [reason]
    class: [{when: lane == heavy, is: strategic}, {is: routine}]
anywhere:
  withdraw: {by: drafter, to: withdrawn, means: stop, unless: [drafting]}
steps:
  drafting: {party: drafter, edits: all, actions: {forward: checking, save: {}}}
  checking:
    party: checker
    within: [{when: lane == heavy, is: 7 working days}, {is: 30 days after period_end}]
    on_lapse: sending
    actions:
      accept: {to: review, sets: [lane], snapshot: true}
      return: {to: drafting, needs: [comment]}
      extend: {by: decider, extends: 2 working hours, times: 1}
  sending: {route: [{when: visits(checking) >= 3, to: rejected}, {to: asking}]}
  asking:
    party: ministry
    owner_sees: Menunggu
    actions: {ask: {letter: out}, answer: {to: review, letter: in}}
  review:
    tracks:
      one:
        steps:
          choosing: {party: checker, actions: {choose: {to: studying, picks: studying}}}
          studying:
            seats: {party: checker, count: picked, most: 3}
            verdicts: [done]
            tally:
              - {outcome: none, when: cast == 0, to: choosing}
              - {outcome: done, to: deciding}
          deciding:
            party: decider
            within: 1 hour
            on_lapse: {verdict: silent}
            verdicts: [approve, return, reject]
      two:
        when: urgent
        steps:
          looking: {party: checker, hidden_from: [drafter], actions: {ok: {verdict: approve}}}
    actions: {stop_waiting: {by: decider, closes: true}}
    tally:
      - {outcome: refused, when: reject >= 1, early: true, to: rejected}
      - {outcome: back, when: return >= 1 or silent >= 1, to: drafting}
      - {outcome: good, to: voting}
    again: {keep: [approve], after: [back], unless_changed: true}
  voting:
    seats: {each: [checker, decider]}
    actions: {aye: {verdict: aye}, nay: {verdict: nay}, close: {by: drafter, closes: true}}
    tally: [{outcome: won, when: aye > nay, to: approved}, {outcome: lost, to: rejected}]
  approved: {final: approved}
  rejected: {final: rejected}
  withdrawn: {final: withdrawn}
reminders: [half way, on the due day, 1 working day before]
escalate: [{after: 1 working day, to: superior}]
"""


def test_the_small_one_has_nothing_wrong() -> None:
    assert read(SMALL).key == "small-one"


@pytest.mark.parametrize("name", library.names())
def test_shipped_definitions_are_read(name: str) -> None:
    assert read(library.text(name)).key == name


@pytest.mark.data
@pytest.mark.parametrize("path", sorted(SHARED.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_tried_processes_are_read(path: Path) -> None:
    assert read(path.read_text(encoding="utf-8")).steps


# What an author may write


def test_shorthands_mean_what_the_long_forms_say() -> None:
    steps = read(SMALL).steps
    forward, save = steps["drafting"].actions["forward"], steps["drafting"].actions["save"]
    assert forward.to == (Branch(None, "checking"),)
    assert save.stays
    assert not forward.stays
    assert steps["drafting"].edits == ("all",)
    deciding = steps["review"].tracks["one"].steps["deciding"]
    assert [action.verdict for action in deciding.actions.values()] == [
        "approve",
        "return",
        "reject",
    ]


def test_a_verb_gives_what_the_action_does_not_say() -> None:
    steps = read(SMALL).steps
    returned = steps["checking"].actions["return"]
    assert (returned.means, returned.needs) == (Means.RETURN, ("comment",))
    rejected = steps["review"].tracks["one"].steps["deciding"].actions["reject"]
    assert (rejected.means, rejected.needs) == (Means.REJECT, ("reason",))
    assert [(str(rule.when), rule.decision_class) for rule in rejected.classes] == [
        ("lane == heavy", DecisionClass.STRATEGIC),
        ("None", DecisionClass.ROUTINE),
    ]
    assert steps["checking"].actions["accept"].means is Means.FORWARD


def test_limits_depend_on_guards_or_count_from_a_date() -> None:
    first, last = read(SMALL).steps["checking"].within
    assert (str(first.when), first.duration) == ("lane == heavy", Duration(7, "working_days"))
    assert (last.when, last.duration) == (None, Duration(30, "days", "period_end"))


def test_steps_know_their_kind_and_their_path() -> None:
    definition = read(SMALL)
    kinds = {step.path: step.kind for step in definition.every_step()}
    assert kinds["sending"] is StepKind.ROUTE
    assert kinds["review"] is StepKind.PARALLEL
    assert kinds["review.one.studying"] is StepKind.VOTED
    assert kinds["review.two.looking"] is StepKind.PLAIN
    assert definition.steps["approved"].final is Outcome.APPROVED


def test_steps_in_guards_are_found_in_the_own_chart_first() -> None:
    text = SMALL.replace("{verdict: approve}}}", "{verdict: approve, when: visits(looking) < 3}}}")
    action = read(text).steps["review"].tracks["two"].steps["looking"].actions["ok"]
    assert action.when is not None
    assert action.when.visited() == {"review.two.looking"}


def test_parties_reminders_and_escalations_are_values() -> None:
    definition = read(SMALL)
    assert definition.parties["checker"].instead == Place("secretariat", "clerk")
    assert definition.hat("ministry") == "checker"
    assert definition.reminders == (
        Reminder("half_way"),
        Reminder("on_due_day"),
        Reminder("before", 1, "working_days"),
    )
    assert definition.escalations == (Escalation(Duration(1, "working_days"), "superior"),)


def test_apart_names_pairs_of_hats_and_a_step_stands_for_its_hat() -> None:
    assert read(SMALL).apart_pairs == {
        frozenset({"drafter", "decider"}),
        frozenset({"checker", "decider"}),
    }


def test_apart_all_means_every_pair_of_persons() -> None:
    text = SMALL.replace("apart: [[drafter, decider], [checking, decider]]", "apart: all")
    assert read(text).apart_pairs == {
        frozenset({"drafter", "decider"}),
        frozenset({"checker", "decider"}),
        frozenset({"checker", "drafter"}),
    }


def test_hats_that_may_judge_their_own_agency_are_known() -> None:
    definition = read(SMALL)
    assert definition.deciding_parties == {"decider"}
    assert definition.judges_of_their_own == {"decider"}


def test_hats_that_decide_anywhere_decide_too() -> None:
    text = SMALL.replace("means: stop, unless", "means: reject, unless")
    assert read(text).deciding_parties == {"decider", "drafter"}


def test_a_class_without_a_list_holds_always() -> None:
    text = SMALL.replace("accept: {to: review,", "accept: {to: review, class: strategic,")
    rules = read(text).steps["checking"].actions["accept"].classes
    assert rules == (ClassRule(None, DecisionClass.STRATEGIC),)


# The content's name


def test_the_hash_is_of_the_content_and_not_of_its_layout() -> None:
    loose = SMALL.replace("subject: proposal", "subject:   'proposal'  # a comment")
    assert read(loose).hash == read(SMALL).hash


def test_the_hash_knows_the_order() -> None:
    swapped = SMALL.replace(
        "key: small-one\nsubject: proposal", "subject: proposal\nkey: small-one"
    )
    assert read(swapped).hash != read(SMALL).hash


@pytest.mark.parametrize("name", library.names())
def test_what_is_written_reads_back_as_the_same(name: str) -> None:
    text = library.text(name)
    assert read(write(plain(parse(text)))).hash == read(text).hash


def test_words_that_yaml_takes_for_something_else_stay_words() -> None:
    document: Plain = {"no": "on", "time": "12:30", "off": ["yes", True, 7, "7", "true", "~"]}
    assert plain(parse(write(document))) == document
    assert plain(parse("a: no\nb: 12:30\nc: 1_000\nd: 0x10\ne: null")) == {
        "a": "no",
        "b": "12:30",
        "c": 1000,
        "d": "0x10",
        "e": "null",
    }


def test_what_is_used_twice_is_written_twice() -> None:
    shared: Plain = {"to": "x"}
    assert plain(parse(write({"a": shared, "b": shared}))) == {"a": shared, "b": shared}


# Everything that can be wrong: (old text, new text, code). The line is where the new text begins.

BROKEN = [
    ("key: small-one", "key: Small One", "bad_name"),
    ("key: small-one\n", "key: small-one\nkey: other\n", "duplicate_key"),
    ("subject: proposal\n", "subject: [proposal]\n", "wrong_type"),
    ("initial: drafting", "initial: approved", "initial_final"),
    ("initial: drafting", "initial: nowhere", "unknown_step"),
    ("initial: drafting", "initial: drafting\nversion: 3", "unknown_key"),
    ("initial: drafting", "initial: &here drafting", "anchor"),
    ("initial: drafting", "initial: *here", "alias"),
    ("initial: drafting", "initial: !!str drafting", "tag"),
    ("budget: integer", "budget: float", "wrong_type"),
    ("lane: [light, heavy]", "lane: [light, light]", "wrong_type"),
    ("lane: [light, heavy]", "lane: [light, Heavy]", "bad_name"),
    ("urgent: boolean", "and: boolean", "reserved_name"),
    ("post: operator}", "posts: operator}", "unknown_key"),
    ("  decider:  {agency: planning, post: head}", "  decider:  {agency: planning}", "no_place"),
    ("{external: Komdigi, via: checker}", "{external: Komdigi}", "no_place"),
    ("via: checker", "via: nobody", "unknown_party"),
    ("via: checker", "via: ministry", "no_person"),
    ("[[drafter, decider],", "[[drafter, drafter],", "apart_pair"),
    ("[[drafter, decider],", "[[drafter, nobody],", "unknown_party"),
    ("limit: 5 working days", "limit: 5 weeks", "bad_duration"),
    ("limit: 5 working days", "limit: 0 working days", "bad_duration"),
    ("limit: 5 working days", "limit: 5 days after period_end", "bad_duration"),
    ("runs: [review]", "runs: [reviewing]", "unknown_step"),
    ("means: approve}", "means: agree}", "not_one_of"),
    ("is: strategic}", "is: urgent}", "not_one_of"),
    (
        "{when: lane == heavy, is: strategic}, {is: routine}",
        "{is: routine}, {is: strategic}",
        "guard_missing",
    ),
    ("unless: [drafting]", "unless: [drawing]", "unknown_step"),
    ("unless: [drafting]", "unless: [drafting], only: [checking]", "unless_and_only"),
    ("{by: drafter, to: withdrawn,", "{to: withdrawn,", "by_missing"),
    ("unless: [drafting]}", "unless: [drafting], closes: true}", "closes_nothing"),
    ("  drafting: {party: drafter, edits: all,", "  drafting: {edits: all,", "no_kind"),
    ("  drafting: {party: drafter,", "  drafting: {party: nobody,", "unknown_party"),
    ("  drafting: {party: drafter,", "  drafting: {party: drafter, final: closed,", "two_kinds"),
    ("actions: {forward: checking, save: {}}", "actions: {}", "no_actions"),
    ("{forward: checking, save: {}}", "{forward: chekcing, save: {}}", "unknown_step"),
    ("save: {}", "save: {times: 0}", "wrong_type"),
    ("save: {}", "save: {snapshot: maybe}", "wrong_type"),
    ("save: {}", "save: {verdict: done}", "verdict_outside"),
    ("save: {}", "save: {closes: true}", "closes_nothing"),
    ("save: {}", "save: {extends: 1 day}", "extends_nothing"),
    ("save: {}", "save: {to: checking, times: 2}", "times_leaves"),
    ("save: {}", "save: {by: nobody}", "unknown_party"),
    ("save: {}", "save: {by: ministry}", "no_person"),
    ("save: {}", "save: {letter: sideways}", "not_one_of"),
    ("save: {}", "save: {picks: checking}", "picks_nothing"),
    ("save: {}", "save: {when: colour == red}", "unknown_name"),
    ("save: {}", "save: {when: budget >}", "bad_condition"),
    ("save: {}", "save: {when: lane == green}", "unknown_value"),
    ("save: {}", "save: {when: lane in [light]}", "quote_guard"),
    ("save: {}", "save: {when: budget == urgent}", "wrong_comparison"),
    ("save: {}", "save: {when: visits(nowhere) > 1}", "unknown_step"),
    ("save: {}", "save: {when: [urgent]}", "wrong_type"),
    ("save: {}", "save: {when: visits(sending) > 1}", "never_visited"),
    ("save: {}", "save: {to: [{when: urgent, to: checking}]}", "last_guarded"),
    ("save: {}", "save: {to: [{to: checking}, {to: sending}]}", "guard_missing"),
    ("save: {}", "save: {to: {verdict: done}}", "verdict_outside"),
    ("save: {}", "save: {to: {when: urgent}}", "track_ways"),
    ("owner_sees: Menunggu", "hidden_from: [nobody]", "unknown_party"),
    ("    on_lapse: sending\n", "    on_lapse: nowhere\n", "unknown_step"),
    ("    on_lapse: sending\n", "    on_lapse: sending\n    pauses: [tea]\n", "unknown_clock"),
    ("limit: 5 working days", "limit: 5 days", "clock_unit"),
    (
        "[{when: lane == heavy, is: 7 working days}, {is: 30 days after period_end}]",
        "1 day before",
        "bad_duration",
    ),
    (
        "{when: visits(checking) >= 3, to: rejected}, {to: asking}",
        "{when: urgent, to: asking}",
        "last_guarded",
    ),
    ("picks: studying}", "picks: deciding}", "picks_nothing"),
    ("looking: {party: checker,", "looking: {party: checker, edits: all,", "edits_in_track"),
    ("count: picked, most: 3", "count: 26", "too_many_seats"),
    ("count: picked, most: 3", "count: some", "wrong_type"),
    ("{party: checker, count: picked, most: 3}", "{count: 3}", "wrong_type"),
    ("{party: checker, count: picked, most: 3}", "{party: ministry}", "no_person"),
    ("            verdicts: [done]\n", "            verdicts: [done, done]\n", "action_twice"),
    (
        "            verdicts: [done]\n",
        "            actions: {done: {verdict: done, by: checker}}\n",
        "vote_by",
    ),
    (
        "            verdicts: [done]\n",
        "            verdicts: [done, seats]\n            checklist: ict\n",
        "reserved_name",
    ),
    ("{outcome: done, to: deciding}", "{outcome: done, to: nowhere}", "unknown_step"),
    ("{outcome: done, to: deciding}", "{outcome: done}", "track_ways"),
    ("{outcome: done, to: deciding}", "{to: deciding}", "missing_key"),
    ("{outcome: none, when: cast == 0,", "{outcome: none, when: votes == 0,", "unknown_name"),
    ("choosing: {party: checker,", "choosing: {tracks: {},", "nested"),
    ("        when: urgent\n", "        when: urgent\n        initial: seeking\n", "unknown_step"),
    ("{ok: {verdict: approve}}", "{ok: {verdict: approve, to: looking}}", "target_twice"),
    ("stop_waiting: {by: decider,", "stop_waiting: {", "by_missing"),
    (
        "stop_waiting: {by: decider, closes: true}",
        "stop: {by: decider, verdict: no_go}",
        "verdict_outside",
    ),
    ("when: reject >= 1, early: true,", "early: true,", "early_unguarded"),
    ("{outcome: good, to: voting}", "{outcome: good, when: cast > 1, to: voting}", "last_guarded"),
    ("{outcome: good, to: voting}", "{outcome: good, verdict: fine}", "verdict_outside"),
    (
        "stop_waiting: {by: decider, closes: true}",
        "longer: {by: decider, extends: 1 day}",
        "extends_nothing",
    ),
    (
        "            verdicts: [approve, return, reject]\n",
        "            verdicts: [approve, return, reject]\n            actions: {approve: {}}\n",
        "action_twice",
    ),
    (
        "tally: [{outcome: won, when: aye > nay, to: approved}, {outcome: lost, to: rejected}]",
        "tally: []",
        "empty",
    ),
    ("keep: [approve]", "keep: [applaud]", "unknown_verdict"),
    ("after: [back]", "after: [front]", "unknown_outcome"),
    ("{aye: {verdict: aye}, nay: {verdict: nay},", "{aye: {to: approved},", "no_verdict"),
    ("{final: withdrawn}", "{final: lost}", "not_one_of"),
    ("half way, ", "now and then, ", "bad_reminder"),
    ("to: superior}", "to: head, reassign: true}", "bad_reassign"),
    ("to: superior}", "to: superior, post: head}", "post_of_nobody"),
    ("{after: 1 working day, to: superior}", "{after: 1 working day}", "missing_key"),
    *(
        ("subject: proposal\n", f"subject: proposal\nwording: {{{wording}}}\n", code)
        for wording, code in [
            ("steps: {drawing: {id: Gambar}}", "unknown_worded"),
            ("steps: {deciding: {en: Decision}}", "unknown_worded"),
            ("actions: {forward: {en: Forward}}", "missing_key"),
            ("actions: {forward: Teruskan}", "wrong_type"),
            ("actions: [forward]", "wrong_type"),
            ("actions: {forward: {id: ''}}", "wrong_type"),
            ("actions: {forward: {id: T, de: W}}", "unknown_key"),
            ('actions: {forward: {id: "T\\n"}}', "wording_unprintable"),
            ('actions: {forward: {id: T, en: "\\u202E"}}', "wording_unprintable"),
            (f"parties: {{drafter: {{id: {'P' * 81}}}}}", "wording_long"),
            ("posts: {head: {id: Kepala}}", "unknown_key"),
            ("workflow: {en: Proposal}", "missing_key"),
        ]
    ),
]


def test_a_definition_says_what_it_calls_its_things() -> None:
    said = """wording:
  workflow: {id: Usulan kecil, en: Small proposal}
  steps: {drafting: {id: Penyusunan, en: Drafting}, REVIEW.one.looking: {id: Lihat}}
  tracks: {one: {id: Pertama, en: First}}
  actions: {approve: {id: Setuju}}
  facts: {lane: {id: Jalur}, heavy: {id: Berat, en: Heavy}}
  clocks: {legal: {id: Batas}}
"""
    track = read(SMALL).steps["review"].tracks
    name, chart = next(iter(track.items()))
    path = next(iter(chart.steps.values())).path
    said = said.replace("REVIEW.one.looking", path).replace("{one:", f"{{{name}:")
    definition = read(SMALL + said)
    wording = definition.wording
    assert definition.hash != read(SMALL).hash
    assert wording.find("definition", "small-one") == Words("Usulan kecil", "Small proposal")
    assert wording.find("step", "drafting") == Words("Penyusunan", "Drafting")
    assert wording.find("step", path) == Words("Lihat")
    assert wording.find("step", f"review.{name}") == Words("Pertama", "First")
    assert wording.find("verdict", "approve") == Words("Setuju")
    assert wording.find("fact", "heavy") == Words("Berat", "Heavy")
    assert wording.find("clock", "legal") == Words("Batas")
    assert wording.find("step", "checking") is None
    assert (Words("Lihat").spoken("en"), Words("A", "B").spoken("en")) == ("Lihat", "B")
    assert Words("A", "B").spoken("id") == "A"


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionError) as refused:
        read(text)
    return refused.value.problems


@pytest.mark.parametrize(("old", "new", "code"), BROKEN, ids=lambda value: str(value)[:40])
def test_a_broken_document_is_refused_with_code_and_line(old: str, new: str, code: str) -> None:
    assert old in SMALL, "the table must change something"
    text = SMALL.replace(old, new, 1)
    found = problems(text)
    same = text[: text.index(new)]
    first = same.count("\n") + 1
    lines = set(range(first, first + new.count("\n") + 1)) | {first - 1, None}
    assert any(one.code == code and one.line in lines for one in found), [*map(str, found)]
    assert all(str(one) for one in found)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", {"missing_key"}),
        ("- a list", {"wrong_type", "missing_key"}),
        ("? [a, b]\n: 3", {"bad_name"}),
        ("steps: {}", {"missing_key", "empty"}),
        ("a: " + "[" * 30, {"too_deep"}),
        ("a: \x00", {"bad_yaml"}),
        ("a: 1\n--- \nb: 2", {"bad_yaml"}),
        ("initial: {a\n", {"bad_yaml"}),
        ("x" * 200_001, {"too_large"}),
    ],
)
def test_what_is_no_definition_at_all_is_refused(text: str, codes: set[str]) -> None:
    assert {one.code for one in problems(text)} == codes


def test_a_track_and_its_steps_must_have_something_in_them() -> None:
    head, tail = SMALL.split("    tracks:\n")
    text = head + "    tracks: {one: {steps: {}}}\n" + tail[tail.index("    actions: {stop") :]
    assert "empty" in {one.code for one in problems(text)}


def test_a_lapse_needs_a_limit() -> None:
    text = SMALL.replace("            within: 1 hour\n", "")
    assert [one.code for one in problems(text)] == ["lapse_without_limit"]


def test_seats_that_are_picked_need_somebody_who_picks() -> None:
    text = SMALL.replace(", picks: studying", "")
    (only,) = problems(text)
    assert (only.code, only.step) == ("never_picked", "review.one.studying")


def test_a_clock_starts_with_an_action_that_exists() -> None:
    """Or with a deadline that leads on, as that of checking does."""
    wrong = {
        "checking.agree": "unknown_action",
        "drafting.lapse": "unknown_action",
        "nowhere.accept": "unknown_step",
    }
    for starts, code in wrong.items():
        found = problems(SMALL.replace("checking.accept", starts))
        assert [one.code for one in found] == [code]


def test_forks_must_not_lead_round_in_a_circle() -> None:
    text = SMALL.replace("to: rejected}, {to: asking}", "to: turning}, {to: asking}").replace(
        "  asking:", "  turning: {route: [{when: urgent, to: sending}, {to: asking}]}\n  asking:"
    )
    assert [one.code for one in problems(text)] == ["route_circle"]


def test_an_action_of_anywhere_must_not_share_a_name_with_a_step_where_it_is_offered() -> None:
    text = SMALL.replace("ask: {letter: out}", "withdraw: {letter: out}")
    (only,) = problems(text)
    assert (only.code, only.step) == ("action_twice", "asking")
    read(SMALL.replace("save: {}", "withdraw: withdrawn"))  # `unless` keeps it away from there


def test_a_chart_has_at_most_a_hundred_steps() -> None:
    many = "".join(f"  more_{n}: {{final: closed}}\n" for n in range(101))
    text = SMALL.replace(
        "  approved: {final: approved}\n", many + "  approved: {final: approved}\n"
    )
    assert "too_many_steps" in {one.code for one in problems(text)}


def test_all_problems_are_reported_at_once_in_the_order_of_lines() -> None:
    text = (
        SMALL.replace("budget: integer", "budget: float")
        .replace("save: {}", "save: {to: nowhere}")
        .replace("half way", "sometimes")
    )
    found = problems(text)
    assert [one.code for one in found] == ["wrong_type", "unknown_step", "bad_reminder"]
    assert str(found[1]) == "line 22, drafting: there is no step nowhere here"
    with pytest.raises(DefinitionError, match="there is no step nowhere here"):
        read(text)


def test_every_code_that_is_used_has_words() -> None:
    used = {code for _, _, code in BROKEN}
    assert used <= set(WORDS)


_VALUES: st.SearchStrategy[Plain] = st.sampled_from(
    [
        "",
        "x",
        "drafting",
        "all",
        0,
        7,
        True,
        [],
        {},
        [[]],
        {"to": "x"},
        {"when": "x"},
        ["x", 1],
        [{}],
    ]
)


def _spots(document: Plain, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path]
    if isinstance(document, dict):
        for key, child in document.items():
            found += _spots(child, (*path, key))
    elif isinstance(document, list):
        for number, child in enumerate(document):
            found += _spots(child, (*path, number))
    return found


def _put(document: Plain, path: tuple[str | int, ...], value: Plain) -> Plain:
    if not path:
        return value
    here, rest = path[0], path[1:]
    if isinstance(document, dict):
        return {k: _put(v, rest, value) if k == here else v for k, v in document.items()}
    assert isinstance(document, list)
    return [_put(v, rest, value) if n == here else v for n, v in enumerate(document)]


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_document_is_read_or_refused(data: st.DataObject) -> None:
    document = plain(parse(SMALL))
    for _ in range(data.draw(st.integers(1, 3))):
        spot = data.draw(st.sampled_from(_spots(document)))
        document = _put(document, spot, data.draw(_VALUES))
    try:
        read(write(document))
    except DefinitionError as error:
        words = [str(problem) for problem in error.problems]
    else:
        words = ["nothing wrong"]
    assert all(words)
    assert words


def test_an_extension_needs_a_reason_and_is_granted_once() -> None:
    text = SMALL.replace(", times: 1}", "}")
    (extend,) = [
        action
        for step in read(text).every_step()
        for action in step.actions.values()
        if action.extends is not None
    ]
    assert (extend.needs, extend.times) == (("reason",), 1)


def test_an_escalation_may_move_the_task_or_name_one_post_of_a_function() -> None:
    text = SMALL.replace("to: superior}", "to: superior, reassign: true}")
    assert read(text).escalations[0].reassign
    text = SMALL.replace("to: superior}", "to: secretariat, post: head}")
    assert read(text).escalations[0].post == "head"
