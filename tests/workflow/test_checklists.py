"""The reviewers' checklists as data, and what may be handed in."""

import pytest

from workflow import checklists


@pytest.mark.parametrize(("name", "count"), [("planning", 18), ("ict", 22)])
def test_every_item_is_worded_in_both_languages_and_keyed_once(name: str, count: int) -> None:
    items = checklists.load(name).items
    assert [item.key for item in items] == [str(number) for number in range(1, count + 1)]
    assert all(item.text["id"] and item.text["en"] for item in items)


def test_the_killer_items_are_those_that_stand_in_the_way_of_approval() -> None:
    killers = {
        name: [item.key for item in checklists.load(name).items if item.is_killer]
        for name in checklists.names()
    }
    assert killers == {
        "planning": ["1", "2", "3", "7", "8", "10"],
        "ict": ["2", "3", "5", "6", "10", "17"],
    }


def test_a_checklist_without_answers_names_every_item() -> None:
    codes = {problem.code for problem in checklists.problems("planning", {})}
    assert len(checklists.problems("planning", {})) == 18
    assert codes == {"checklist_unanswered"}


@pytest.mark.parametrize("answer", ["partly", "no", "n/a"])
def test_everything_but_yes_asks_for_a_note(answer: str) -> None:
    answers = _all_yes("ict") | {"4": {"answer": answer, "note": " "}}
    (problem,) = checklists.problems("ict", answers)
    assert (problem.field, problem.code) == ("checklist.4", "checklist_note_missing")


def test_a_note_has_a_bounded_length() -> None:
    answers = _all_yes("ict") | {"4": {"answer": "no", "note": "x" * 1001}}
    (problem,) = checklists.problems("ict", answers)
    assert problem.code == "too_long"


def test_a_killer_item_answered_no_blocks() -> None:
    answers = _all_yes("planning") | {
        "2": {"answer": "no", "note": "Urusan provinsi."},
        "4": {"answer": "no", "note": "Tidak ada di Renja."},
    }
    assert [item.key for item in checklists.blocking("planning", answers)] == ["2"]


def _all_yes(name: str) -> dict[str, dict[str, str]]:
    return {item.key: {"answer": "yes"} for item in checklists.load(name).items}
