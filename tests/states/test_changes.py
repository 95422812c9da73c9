"""Whatever differs between two definitions is told, and nothing else."""

from __future__ import annotations

from itertools import pairwise

import pytest

from states.changes import Change, compare
from states.library import names, text
from states.reading import read
from states.wording import Words
from tests.states.seeded import seeds

BEFORE = text("program-proposal")
EDITS = [
    ("    within: 1 working day", "    within: 2 working days", "step", "within"),
    ("within: 2 working days\n    actions: {initial", "actions: {initial", "step", "within"),
    ("apart: all", "apart: [[drafter, owner_head]]", "workflow", "apart"),
    ("discard: cancelled}", "discard: cancelled, hold: {}}", "action", ""),
    ("initial: endorsing, ", "initial: {to: endorsing, needs: [comment]}, ", "action", "needs"),
    ("endorse:    {means: approve}", "endorse:    {means: forward}", "action", "means"),
    ("limit: 5 working days", "limit: 6 working days", "clock", "limit"),
    ("drafter:          {agency: owner, post: operator}", "drafter: {agency: owner, post: clerk}",
     "party", "place"),
    ("unless: [issuing]", "unless: [issuing, drafting]", "action", "unless"),
]  # fmt: skip


@pytest.mark.parametrize("name", names())
def test_a_definition_differs_in_nothing_from_itself(name: str) -> None:
    assert compare(read(text(name)), read(f"# a remark\n{text(name)}")) == ()


@pytest.mark.parametrize(("old", "new", "thing", "aspect"), EDITS)
def test_an_edit_is_the_change_that_is_told(old: str, new: str, thing: str, aspect: str) -> None:
    assert old in BEFORE
    found = compare(read(BEFORE), read(BEFORE.replace(old, new, 1)))
    assert {(change.thing, change.aspect) for change in found} == {(thing, aspect)}


def test_a_step_that_is_put_in_is_new_and_ways_lead_to_it() -> None:
    put_in = BEFORE.replace("forward: verifying", "forward: looking", 1).replace(
        "  verifying:\n",
        "  looking: {party: owner_secretary, actions: {go: verifying}}\n  verifying:\n",
        1,
    )
    told = {(c.thing, c.names, c.aspect) for c in compare(read(BEFORE), read(put_in))}
    assert told == {
        ("step", ("looking",), ""),
        ("action", ("drafting", "forward"), "to"),
    }
    gone = compare(read(put_in), read(BEFORE))
    assert [c.names for c in gone if c.after is None] == [("looking",)]


def test_another_order_alone_is_told_as_such() -> None:
    swapped = BEFORE.replace("  in_master_plan: boolean\n", "", 1).replace(
        "  new_application: boolean", "  in_master_plan: boolean\n  new_application: boolean", 1
    )
    (change,) = compare(read(BEFORE), read(swapped))
    assert (change.thing, change.aspect) == ("workflow", "order")
    assert isinstance(change, Change)


def test_any_two_definitions_of_different_content_differ_in_something() -> None:
    definitions = [read(case.text) for case in seeds("sound")]
    for before, after in pairwise(definitions):
        assert bool(compare(before, after)) is (before.hash != after.hash)


def test_other_words_are_told_for_what_stays() -> None:
    worded = f"{BEFORE}\nwording:\n  steps: {{checking: {{id: Cek, en: Check}}}}\n"
    (change,) = compare(read(BEFORE), read(worded))
    assert change == Change("wording", ("step", "checking"), "", None, Words("Cek", "Check"))
    named = worded + "  workflow: {id: Usul}\n"
    (change,) = compare(read(worded), read(named))
    assert (change.names, change.after) == (("definition", "program-proposal"), Words("Usul"))
    without = BEFORE.replace("key: program-proposal", "key: other", 1)
    assert {c.thing for c in compare(read(without), read(named))} == {"workflow", "wording"}
