"""The proposal's document: drafts may have gaps, and only what no field can hold is refused."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.document import MOST_RUPIAH, ProposalDocument, parse
from workflow.document.choices import choices
from workflow.errors import Invalid
from workflow.rehearsal import plausible

CHOICES = (
    "dimension",
    "sub_dimension",
    "kind",
    "action_groups",
    "origin",
    "source",
    "direction",
    "ict_kinds",
    "hosting",
    "personal_data",
    "locations",
)


def test_an_empty_draft_can_be_stored() -> None:
    assert parse({}) == ProposalDocument()
    assert parse(parse({}).stored()) == parse({})


@given(st.integers())
def test_a_stored_document_reads_as_itself(seed: int) -> None:
    document = parse(plausible.complete({"title": "Layanan warga"}, Random(seed), 2027))
    assert parse(document.stored()) == document


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("Rp 1.234.567.890", 1_234_567_890),
        ("rp.50.000", 50_000),
        ("1.500.000,00", 1_500_000),
        ("0", 0),
        (" 75000 ", 75_000),
        (10**13, MOST_RUPIAH),
        ("", None),
        (None, None),
    ],
)
def test_rupiah_are_read_as_people_write_them(written: object, amount: int | None) -> None:
    assert parse({"budget": [{"amount": written}]}).budget[0].amount == amount


@pytest.mark.parametrize(
    ("written", "figure", "stored"),
    [("12,5", Decimal("12.5"), "12.5"), ("100", Decimal(100), "100"), ("-3", Decimal(-3), "-3")],
)
def test_figures_are_read_with_a_comma_and_kept_exactly(
    written: str, figure: Decimal, stored: str
) -> None:
    document = parse({"outputs": [{"targets": {"2027": written}}]})
    assert document.outputs[0].targets == {2027: figure}
    assert document.stored()["outputs"][0]["targets"] == {"2027": stored}


@pytest.mark.parametrize(
    ("document", "field", "code"),
    [
        ({"title": 5}, "title", "not_text"),
        ({"title": "x" * 2_001}, "title", "too_long"),
        ({"problem": "a\x00b"}, "problem", "control_character"),
        ({"title": "a\x00b"}, "title", "control_character"),
        ({"kind": "free"}, "kind", "unknown_choice"),
        ({"locations": ["jakarta"]}, "locations.0", "unknown_choice"),
        ({"quick_win": "maybe"}, "quick_win", "not_yes_or_no"),
        ({"year_start": 1_999}, "year_start", "too_small"),
        ({"year_end": 2_101}, "year_end", "too_large"),
        ({"year_start": True}, "year_start", "not_a_number"),
        ({"budget": [{"amount": -1}]}, "budget.0.amount", "too_small"),
        ({"budget": [{"amount": MOST_RUPIAH + 1}]}, "budget.0.amount", "too_large"),
        ({"budget": [{"amount": 1.5}]}, "budget.0.amount", "not_a_whole_number"),
        ({"budget": [{"amount": "banyak"}]}, "budget.0.amount", "not_a_number"),
        ({"budget": [{"amount": True}]}, "budget.0.amount", "not_a_number"),
        ({"budget": [{}] * 101}, "budget", "too_many"),
        ({"outputs": [{"baseline": "1,234"}]}, "outputs.0.baseline", "too_many_decimals"),
        ({"outputs": [{"baseline": True}]}, "outputs.0.baseline", "not_a_number"),
        ({"outputs": [{"targets": {"later": 1}}]}, "outputs.0.targets.later", "not_a_number"),
        ({"ict": {"colour": "red"}}, "ict.colour", "unknown_field"),
        ({"total_budget": 1}, "total_budget", "unknown_field"),
        ({"ict": "yes"}, "ict", "not_understood"),
        ({"title": "\ud800"}, "title", "not_understood"),
    ],
)
def test_what_no_field_can_hold_is_refused_beside_it(
    document: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        parse(document)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [(field, code)]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        parse({"kind": "free", "year_start": 1, "nope": 1})
    assert {problem.field for problem in refused.value.problems} == {"kind", "year_start", "nope"}
    assert refused.value.problems[1].values == {"least": 2_000}


def test_a_title_is_one_line() -> None:
    assert parse({"title": " Satu\n data \r\n kota "}).title == "Satu data kota"
    assert parse({"problem": " satu\r\ndua "}).problem == "satu\ndua"


def test_the_total_is_computed_from_the_rows() -> None:
    rows = [{"amount": 5}, {"amount": None}, {"amount": 7}]
    assert parse({"budget": rows}).total_budget == 12


def test_a_programme_that_ends_before_it_begins_has_no_years() -> None:
    assert list(parse({"year_start": 2028, "year_end": 2027}).years) == []
    assert list(parse({"year_start": 2027, "year_end": 2028}).years) == [2027, 2028]


@pytest.mark.parametrize("field", CHOICES)
def test_everything_that_may_be_chosen_has_words_in_both_languages(field: str) -> None:
    for code, choice in choices(field).items():
        assert choice.code == code
        assert choice.indonesian.strip()
        assert choice.english.strip()


def test_there_are_six_dimensions_of_three_each() -> None:
    under = [choice.under for choice in choices("sub_dimension").values()]
    assert sorted(under) == sorted(3 * list(choices("dimension")))
