"""Counting verdicts: votes, quorums, vetoes and joins are one construct."""

from __future__ import annotations

import pytest

from states.document import write
from states.machine import Machine, machine_for
from states.marking import Marking
from states.move import Move
from states.reading import read
from states.refusals import NotHere
from states.tally import count, decide

COUNCIL = """\
key: council
subject: motion
initial: voting
parties:
  member: {agency: council, post: member}
  chair:  {agency: council, post: chair}
  clerk:  {agency: council, post: clerk}
steps:
  voting:
    seats: {party: member, count: 5}
    within: 10 working days
    on_lapse: short
    actions:
      aye:  {verdict: aye, means: approve}
      nay:  {verdict: nay, means: reject}
      veto: {verdict: veto, means: reject}
      note: {}
      close: {by: chair, closes: true}
      drop: {by: clerk, to: short}
    tally:
      - {outcome: vetoed, when: veto >= 1, early: true, to: rejected}
      - {outcome: settled, when: aye >= 3, early: true, to: approved}
      - {outcome: no_quorum, when: cast < 3, to: short}
      - {outcome: carried, when: aye > nay, to: approved}
      - {outcome: lost, to: rejected}
  short: {party: chair, actions: {again: voting}}
  approved: {final: approved}
  rejected: {final: rejected}
"""


def council() -> tuple[Machine, Marking]:
    machine = machine_for(read(COUNCIL))
    return machine, machine.start({}).marking


def vote(machine: Machine, marking: Marking, words: str) -> Move:
    for word in words.split():
        move = machine.fire(marking, word, {})
        marking = move.marking
    return move


def statuses(move: Move) -> dict[int, str]:
    return {task.seat: task.status for task in move.closed}


def test_every_word_is_counted_with_cast_waiting_and_seats() -> None:
    assert count(("aye", "nay"), ["aye", None, "aye", "stay"]) == {
        "aye": 2,
        "nay": 0,
        "stay": 1,
        "cast": 3,
        "waiting": 1,
        "seats": 4,
    }


@pytest.mark.parametrize(
    ("verdicts", "closing", "outcome"),
    [
        ([None] * 5, False, None),
        (["aye", None, None, None, None], False, None),
        # a veto does not wait, and comes before everything else
        (["veto", None, None, None, None], False, "vetoed"),
        (["aye", "aye", "aye", "nay", "veto"], False, "vetoed"),
        # neither does a majority that nothing can change
        (["aye", "aye", "aye", None, None], False, "settled"),
        # the other rules wait for the last voice, or for somebody who closes
        (["nay", "nay", "nay", "nay", None], False, None),
        (["nay", "nay", "nay", "nay", "aye"], False, "lost"),
        (["nay", "nay", None, None, None], True, "no_quorum"),
        ([None] * 5, True, "no_quorum"),
        (["aye", "aye", "nay", None, None], True, "carried"),
        (["aye", "nay", "nay", None, None], True, "lost"),
    ],
)
def test_the_first_rule_that_holds_decides(
    verdicts: list[str | None], closing: bool, outcome: str | None
) -> None:
    rules = read(COUNCIL).steps["voting"].tally
    number = decide(rules, count(("aye", "nay", "veto"), verdicts), closing=closing)
    assert (None if number is None else rules[number].outcome) == outcome


def test_a_vote_closes_its_own_seat_and_the_others_stay_open() -> None:
    machine, marking = council()
    move = machine.fire(marking, "nay", {}, seat=3)
    assert statuses(move) == {3: "done"}
    assert (move.verdict, move.seat, move.joined) == ("nay", 3, ())
    assert [seat.verdict for seat in move.marking.seats["voting"]] == [
        None,
        None,
        None,
        "nay",
        None,
    ]


def test_nobody_votes_twice_from_one_seat() -> None:
    machine, marking = council()
    marking = machine.fire(marking, "aye", {}, seat=3).marking
    with pytest.raises(NotHere):
        machine.fire(marking, "nay", {}, seat=3)
    with pytest.raises(NotHere):
        machine.fire(marking, "note", {}, seat=3)
    with pytest.raises(NotHere):
        machine.fire(marking, "nay", {}, seat=5)


def test_when_the_vote_is_settled_the_seats_not_heard_are_outvoted() -> None:
    move = vote(*council(), "nay aye aye aye")
    assert move.marking.step == "approved"
    assert statuses(move) == {3: "done", 4: "outvoted"}
    assert move.joined[0].outcome == "settled"
    assert move.joined[0].verdicts == {"0": "nay", "1": "aye", "2": "aye", "3": "aye"}


def test_the_chair_closes_the_vote_without_a_seat_of_its_own() -> None:
    machine, marking = council()
    marking = vote(machine, marking, "aye aye nay").marking
    move = machine.fire(marking, "close", {}, party="chair")
    assert (move.seat, move.marking.step) == (None, "approved")
    assert statuses(move) == {3: "outvoted", 4: "outvoted"}
    with pytest.raises(NotHere):
        machine.fire(marking, "close", {}, party="member")


def test_an_act_that_leaves_the_vote_cancels_it() -> None:
    machine, marking = council()
    move = machine.fire(vote(machine, marking, "aye").marking, "drop", {})
    assert (move.marking.step, move.joined) == ("short", ())
    assert statuses(move) == dict.fromkeys(range(1, 5), "cancelled")


def test_a_vote_that_nobody_finishes_lapses_and_a_new_one_begins_empty() -> None:
    machine, marking = council()
    lapsed = machine.lapse(vote(machine, marking, "aye nay").marking, "voting", {})
    assert statuses(lapsed) == {2: "lapsed", 3: "lapsed", 4: "lapsed"}
    again = machine.fire(lapsed.marking, "again", {})
    assert again.marking.visits == {"voting": 2, "short": 1}
    assert [seat.verdict for seat in again.marking.seats["voting"]] == [None] * 5


def test_acts_that_are_no_votes_leave_the_seat_open() -> None:
    machine, marking = council()
    move = machine.fire(marking, "note", {}, seat=2)
    assert move.marking == marking
    assert move.closed == ()


@pytest.mark.parametrize(("held", "seats"), [({}, 1), ({"member": 0}, 1), ({"member": 3}, 3)])
def test_there_are_as_many_seats_as_holders_but_never_none(
    held: dict[str, int], seats: int
) -> None:
    text = COUNCIL.replace("count: 5", "count: holders")
    machine = machine_for(read(text))
    assert len(machine.start({}, held).opened) == seats


def test_holders_are_bounded_by_most() -> None:
    text = COUNCIL.replace("count: 5", "count: holders, most: 2")
    assert len(machine_for(read(text)).start({}, {"member": 9}).opened) == 2


def test_seats_of_different_hats_are_told_apart() -> None:
    document = COUNCIL.replace("{party: member, count: 5}", "{each: [member, chair, clerk]}")
    machine = machine_for(read(document))
    marking = machine.start({}).marking
    move = machine.fire(marking, "aye", {}, party="clerk")
    assert move.seat == 2
    (option,) = [o for o in machine.available(move.marking, {}) if o.action == "aye"]
    assert (option.parties, option.seats) == (("member", "chair"), (0, 1))


def test_a_tally_inside_a_track_may_end_the_track() -> None:
    inner = {
        "seats": {"party": "member", "count": 2},
        "verdicts": ["aye", "nay"],
        "tally": [
            {"outcome": "for", "when": "aye == 2", "verdict": "approve"},
            {"outcome": "against", "verdict": "reject"},
        ],
    }
    text = write(
        {
            "key": "two",
            "subject": "motion",
            "initial": "both",
            "parties": {"member": {"agency": "council", "post": "member"}},
            "steps": {
                "both": {
                    "tracks": {"left": {"steps": {"v": inner}}, "right": {"steps": {"v": inner}}},
                    "tally": [
                        {"outcome": "no", "when": "reject >= 1", "early": True, "to": "rejected"},
                        {"outcome": "yes", "to": "approved"},
                    ],
                },
                "approved": {"final": "approved"},
                "rejected": {"final": "rejected"},
            },
        }
    )
    machine = machine_for(read(text))
    marking = machine.start({}).marking
    for track in ("left", "left", "right"):
        marking = machine.fire(marking, "aye", {}, track=track).marking
    assert marking.tracks["left"].verdict == "approve"
    assert machine.fire(marking, "aye", {}).marking.step == "approved"
    lost = machine.fire(marking, "nay", {})
    assert [(join.path, join.outcome) for join in lost.joined] == [
        ("both.right.v", "against"),
        ("both", "no"),
    ]
