"""Examples are kept with a workflow; what breaks one is neither submitted nor published."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from states.examining import examine
from tests.workflow.factories import City
from workflow import drafts, scenarios, setting_changes
from workflow.drafts import FRAME
from workflow.errors import Invalid, NotFound
from workflow.models import Draft
from workflow.scenarios import TypedScenario

TEXT = FRAME.replace(
    "initial: asking\n", "initial: asking\nfacts: {budget: integer, urgent: boolean}\n"
)
SHORTER = TEXT.replace("submit: {to: deciding,", "take: approved, submit: {to: deciding,").replace(
    "verbs:", "verbs:\n  take: {means: approve}"
)
DEFINITION = examine(TEXT).definition
assert DEFINITION is not None
NEEDS_A_DECISION = TypedScenario(
    name="Usulan besar diputuskan Bappeda",
    owner="planning",
    outcome="approved",
    facts={"budget": "2.000.000.000", "urgent": ""},
    passes=("deciding",),
    asks="deciding",
    asked="assistant|secretariat",
)


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    city = City.founded(session, now)
    city.person("author", administers=True)
    city.person("approver", administers=True)
    return city


def record(city: City, now: datetime, typed: TypedScenario = NEEDS_A_DECISION) -> int:
    assert DEFINITION is not None
    return scenarios.add(city.session, DEFINITION, typed, by=city.people["author"], now=now).id


def begun(city: City, now: datetime, source: str) -> Draft:
    author = city.people["author"]
    found = drafts.begin(city.session, by=author, now=now)
    return drafts.save(city.session, found.id, source, seen=1, by=author, now=now)


def test_an_example_is_kept_as_it_was_meant(city: City, now: datetime) -> None:
    assert DEFINITION is not None
    record(city, now)
    (result,) = scenarios.results(city.session, DEFINITION)
    assert result.failure is None
    assert result.example.facts == (("budget", 2_000_000_000),)
    assert (result.example.owner, result.example.passes) == ("planning", ("deciding",))
    told = setting_changes.history(city.session, scenarios.subject("new-workflow"))
    assert [(change.kind, change.name) for change in told] == [("scenario_recorded", "Ibu author")]


def test_what_breaks_an_example_is_not_submitted(city: City, now: datetime) -> None:
    record(city, now)
    found = begun(city, now, SHORTER)
    assert examine(SHORTER).sound
    with pytest.raises(Invalid) as refused:
        drafts.submit(city.session, found.id, seen=2, by=city.people["author"], now=now)
    (problem,) = refused.value.problems
    assert (problem.code, problem.values["names"]) == ("scenarios_fail", (NEEDS_A_DECISION.name,))


def test_an_example_recorded_meanwhile_bars_publication(city: City, now: datetime) -> None:
    found = begun(city, now, SHORTER)
    drafts.submit(city.session, found.id, seen=2, by=city.people["author"], now=now)
    record(city, now)
    with pytest.raises(Invalid):
        drafts.publish(city.session, found.id, seen=2, by=city.people["approver"], now=now)
    assert found.version_id is None


def test_an_example_that_was_removed_bars_nothing(city: City, now: datetime) -> None:
    assert DEFINITION is not None
    scenario_id = record(city, now)
    scenarios.remove(city.session, scenario_id, by=city.people["author"], now=now)
    assert scenarios.results(city.session, DEFINITION) == []
    with pytest.raises(NotFound):
        scenarios.remove(city.session, scenario_id, by=city.people["author"], now=now)
    found = begun(city, now, SHORTER)
    drafts.submit(city.session, found.id, seen=2, by=city.people["author"], now=now)
    told = setting_changes.history(city.session, scenarios.subject("new-workflow"))
    assert [change.kind for change in told] == ["scenario_removed", "scenario_recorded"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (replace(NEEDS_A_DECISION, name=" "), "name"),
        (replace(NEEDS_A_DECISION, name="x" * 201), "name"),
        (replace(NEEDS_A_DECISION, owner="nowhere"), "owner"),
        (replace(NEEDS_A_DECISION, outcome="closed"), "outcome"),
        (replace(NEEDS_A_DECISION, passes=("approved",)), "passes"),
        (replace(NEEDS_A_DECISION, asks="nowhere"), "asks"),
        (replace(NEEDS_A_DECISION, asks=""), "asks"),
        (replace(NEEDS_A_DECISION, asked=""), "asked"),
        (replace(NEEDS_A_DECISION, asked="mayor|city"), "asked"),
        (replace(NEEDS_A_DECISION, facts={"budget": "-1"}), "facts.budget"),
        (replace(NEEDS_A_DECISION, facts={"budget": "9" * 30}), "facts.budget"),
        (replace(NEEDS_A_DECISION, facts={"urgent": "perhaps"}), "facts.urgent"),
        (replace(NEEDS_A_DECISION, facts={"lane": "x"}), "facts.lane"),
    ],
)
def test_what_is_no_example_of_the_workflow_is_refused(
    city: City, now: datetime, typed: TypedScenario, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        record(city, now, typed)
    assert [problem.field for problem in refused.value.problems] == [field]
