"""What a proposal lacks before it may be submitted, and what its facts say of it."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.document import ProposalDocument, parse
from workflow.document.facts import facts, lane
from workflow.document.gaps import gaps
from workflow.rehearsal import plausible

ICT = {
    "kinds": ["device"],
    "new_application": False,
    "hosting": "city",
    "personal_data": "none",
}
WHOLE: dict[str, Any] = {
    **plausible.complete({"title": "Layanan warga rentan", "year_end": 2027}, Random(1), 2027),
    "plan_item": "Butir 1",
    "off_plan_reason": "",
    "quick_win": False,
    "changes_plan": False,
    "mayoral_priority": False,
    "budget": [{"year": 2027, "source": "PAD", "amount": 60_000_000}],
    "ict_involved": True,
    "ict": ICT,
}


def found(**changes: Any) -> set[tuple[str, str]]:
    return {(gap.field, gap.code) for gap in gaps(parse({**WHOLE, **changes}))}


def test_a_whole_proposal_has_no_gap() -> None:
    assert found() == set()


@given(st.integers(), st.text(max_size=300).filter(str.isprintable))
def test_what_is_made_up_for_rehearsals_is_whole(seed: int, title: str) -> None:
    assert gaps(parse(plausible.complete({"title": title}, Random(seed), 2027))) == ()


def test_an_empty_draft_lacks_every_required_field_in_the_order_of_the_form() -> None:
    missing = [gap.field for gap in gaps(ProposalDocument())]
    order = list(ProposalDocument.model_fields)
    assert missing == sorted(missing, key=order.index)
    assert {"title", "dimension", "budget", "outcomes", "off_plan_reason"} <= set(missing)


INDICATOR: dict[str, Any] = WHOLE["outputs"][0]
OUTCOME: dict[str, Any] = WHOLE["outcomes"][0]
ROW: dict[str, Any] = WHOLE["budget"][0]


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        ({"title": "Pendek"}, ("title", "too_short")),
        ({"title": "x" * 201}, ("title", "too_long")),
        ({"short_name": "x" * 61}, ("short_name", "too_long")),
        ({"dimension": "GOV", "sub_dimension": "waste"}, ("sub_dimension", "not_of_dimension")),
        ({"plan_item": ""}, ("off_plan_reason", "missing")),
        ({"plan_item": "", "off_plan_reason": "x"}, ("off_plan_reason", "too_short")),
        ({"year_end": 2026}, ("year_end", "before_start")),
        ({"year_end": 2037}, ("year_end", "too_many_years")),
        ({"budget": [{**ROW, "source": None}]}, ("budget.0.source", "missing")),
        ({"budget": [{**ROW, "year": 2030}]}, ("budget.0.year", "outside_years")),
        ({"budget": [{**ROW, "year": 2030}]}, ("budget", "years_without_budget")),
        ({"budget": [ROW, ROW]}, ("budget.1.source", "repeated")),
        ({"budget": [{**ROW, "amount": 0}]}, ("budget", "no_money")),
        ({"outputs": []}, ("outputs", "no_rows")),
        ({"outputs": [{**INDICATOR, "unit": ""}]}, ("outputs.0.unit", "missing")),
        ({"outputs": [{**INDICATOR, "targets": {}}]}, ("outputs.0.targets.2027", "missing")),
        (
            {"outputs": [{**INDICATOR, "targets": {"2027": "1", "2031": "2"}}]},
            ("outputs.0.targets.2031", "outside_years"),
        ),
        (
            {"outcomes": [{**OUTCOME, "name": INDICATOR["name"].upper()}]},
            ("outcomes.0.name", "same_as_output"),
        ),
        ({"supporting_agencies": [{"role": "Data"}]}, ("supporting_agencies.0.code", "missing")),
        (
            {"supporting_agencies": 2 * [{"code": "dlh", "role": "Penyedia data"}]},
            ("supporting_agencies.1.code", "repeated"),
        ),
        (
            {"supporting_agencies": [{"code": "dlh", "role": "x"}]},
            ("supporting_agencies.0.role", "too_short"),
        ),
        ({"ict": {**ICT, "kinds": []}}, ("ict.kinds", "no_rows")),
        ({"ict": {**ICT, "hosting": None}}, ("ict.hosting", "missing")),
        ({"ict": {**ICT, "new_application": True}}, ("ict.application_name", "missing")),
        ({"ict": {**ICT, "new_application": True}}, ("ict.existing_check", "missing")),
        (
            {"ict": {**ICT, "personal_data": "general"}},
            ("ict.personal_data_subjects", "missing"),
        ),
    ],
)
def test_each_rule_tells_its_gap_beside_the_field(
    changes: dict[str, Any], gap: tuple[str, str]
) -> None:
    assert gap in found(**changes)


def test_targets_of_no_year_are_no_gap() -> None:
    kept = {"outputs": [{**INDICATOR, "targets": {"2027": "1", "2031": None}}]}
    assert found(**kept) == set()
    assert not any(
        code == "outside_years" for _, code in found(year_start=None, year_end=None, **kept)
    )


def test_without_ict_nothing_of_it_is_asked() -> None:
    assert found(ict_involved=False, ict={}) == set()


PEOPLE = {**ICT, "personal_data": "general", "personal_data_subjects": 1_000}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "standard"),
        ({"budget": [{**ROW, "amount": 50_000_000}]}, "light"),
        ({"budget": [{**ROW, "amount": 50_000_001}]}, "standard"),
        ({"budget": [{**ROW, "amount": 1_000_000_000}]}, "standard"),
        ({"budget": [{**ROW, "amount": 1_000_000_001}]}, "strategic"),
        ({"budget": [{**ROW, "amount": 1}], "ict": PEOPLE}, "standard"),
        ({"ict": {**PEOPLE, "personal_data_subjects": 1_001}}, "strategic"),
        ({"ict": {**PEOPLE, "personal_data": "specific"}}, "strategic"),
        ({"ict": {**ICT, "new_application": True}}, "strategic"),
        ({"ict": {**ICT, "new_application": True}, "ict_involved": False}, "standard"),
        ({"year_end": 2028}, "strategic"),
        ({"supporting_agencies": [{"code": "dlh", "role": "Data"}]}, "strategic"),
        ({"plan_item": ""}, "strategic"),
        ({"quick_win": True}, "strategic"),
    ],
)
def test_the_lane_follows_from_the_document(changes: dict[str, Any], expected: str) -> None:
    assert lane(parse({**WHOLE, **changes})) == expected


def test_the_facts_are_those_that_the_document_tells() -> None:
    assert facts(parse(WHOLE)) == {
        "lane": "standard",
        "total_budget": 60_000_000,
        "new_application": False,
        "in_master_plan": True,
        "changes_plan": False,
        "mayoral_priority": False,
        "complete": True,
    }
    assert facts(ProposalDocument())["complete"] is False
