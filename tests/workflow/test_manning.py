"""For every party somebody can work today, whichever agency proposes, or it is told."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from states.examining import examine
from tests.workflow.factories import City
from workflow import drafts, manning
from workflow.drafts import FRAME
from workflow.errors import Invalid
from workflow.manning import Crowded, Unmanned

DEFINITION = examine(FRAME).definition
assert DEFINITION is not None


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    city = City.founded(session, now)
    city.person("author", administers=True)
    city.position("spbe", "operator")
    city.person("operator.spbe")
    city.appoint("operator.spbe", "operator.spbe")
    return city


def vacate(city: City, position: str) -> None:
    """Nobody holds the position from now on."""
    city.session.execute(
        text("DELETE FROM appointments WHERE position_id = :id"), {"id": city.positions[position]}
    )


def told(city: City, now: datetime) -> list[Unmanned]:
    assert DEFINITION is not None
    return manning.missing(city.session, DEFINITION, now.date()).unmanned


def test_a_city_in_which_every_post_is_held_lacks_nobody(city: City, now: datetime) -> None:
    assert told(city, now) == []


def test_an_empty_post_of_one_agency_is_told_for_its_own_cases(city: City, now: datetime) -> None:
    vacate(city, "operator.dinkes")
    (found,) = told(city, now)
    assert (found.hat, found.place.post, found.owners) == ("asker", "operator", ("Dinas dinkes",))


def test_who_stands_in_for_an_agencys_own_cases_is_needed_too(city: City, now: datetime) -> None:
    vacate(city, "assistant.setda")
    (found,) = told(city, now)
    assert (found.hat, found.place.agency) == ("decider", "secretariat")
    assert found.owners == ("Dinas bapperida",)


def test_both_empty_posts_are_told_with_their_cases(city: City, now: datetime) -> None:
    vacate(city, "head.bapperida")
    vacate(city, "assistant.setda")
    found = {one.place.agency: one.owners for one in told(city, now)}
    assert found["planning"] == ()
    assert found["secretariat"] == ("Dinas bapperida",)


def test_what_nobody_can_do_in_any_case_is_not_submitted(city: City, now: datetime) -> None:
    author = city.people["author"]
    nowhere = FRAME.replace("{agency: planning, post: head, ", "{agency: spbe_team, post: head, ")
    draft = drafts.begin(city.session, by=author, now=now)
    drafts.save(city.session, draft.id, nowhere, seen=1, by=author, now=now)
    with pytest.raises(Invalid) as refused:
        drafts.submit(city.session, draft.id, seen=2, by=author, now=now)
    (problem,) = refused.value.problems
    assert (problem.code, problem.values) == ("unmanned", {"hat": ("decider",)})


def test_a_city_without_anybody_who_proposes_is_told_nothing(city: City, now: datetime) -> None:
    city.session.execute(text("DELETE FROM appointments"))
    assert told(city, now) == []


# enough people


READ_AND_CHECKED = """
key: two-readers
subject: proposal
initial: asking
parties:
  asker: {agency: owner, post: operator}
  checker: {agency: planning, post: clerk}
  reader: {agency: planning, post: reviewer}
apart: all
steps:
  asking: {party: asker, edits: all, actions: {submit: checking}}
  checking: {party: checker, actions: {pass: reading}}
  reading: {party: reader, actions: {close: closed}}
  closed: {final: closed}
"""


def crowded(city: City, source: str, now: datetime) -> list[Crowded]:
    definition = examine(source).definition
    assert definition is not None
    return manning.missing(city.session, definition, now.date()).crowded


def test_two_hats_apart_for_which_there_is_one_person_today_are_told(
    city: City, now: datetime
) -> None:
    assert crowded(city, READ_AND_CHECKED, now) == []
    vacate(city, "reviewer.bapperida")
    city.appoint("clerk.bapperida", "reviewer.bapperida")
    (found,) = crowded(city, READ_AND_CHECKED, now)
    assert (found.hats, found.needed, found.people) == (("checker", "reader"), 2, 1)
    assert "Dinas dinkes" in found.owners
    assert crowded(city, READ_AND_CHECKED.replace("apart: all", ""), now) == []


def test_fewer_people_than_seats_are_told(city: City, now: datetime) -> None:
    seats = """seats: {party: reader, count: 2}
    actions: {agree: {verdict: agree}}
    tally: [{outcome: read, to: closed}]"""
    source = READ_AND_CHECKED.replace(
        "reading: {party: reader, actions: {close: closed}}", f"reading:\n    {seats}"
    )
    (found,) = crowded(city, source, now)
    assert (found.hats, found.needed, found.people) == (("reader",), 2, 1)
    assert crowded(city, source.replace("count: 2", "count: 1"), now) == []


def test_an_empty_post_is_told_once_and_not_as_too_few(city: City, now: datetime) -> None:
    vacate(city, "reviewer.bapperida")
    assert crowded(city, READ_AND_CHECKED, now) == []
