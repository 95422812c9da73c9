"""Who could decide what today: answered by the rules that decisions are judged by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from states import library
from tests.workflow.factories import City
from workflow import engine, rights
from workflow.errors import NotFound
from workflow.rights import Finding, Question

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
TODAY = date(2026, 11, 23)


@pytest.fixture
def city(session: Session) -> City:
    return City.founded(session, NOW)


@pytest.fixture
def question(city: City) -> Question:
    version_id = city.publish(library.text("program-proposal"))
    return Question(version_id=version_id, agency_id=city.agencies["dinkes"])


def only(city: City, question: Question) -> Finding:
    """The one deed that the question is about."""
    (found,) = rights.ask(city.session, question, NOW)
    return found


def deed(question: Question, path: str, action: str, **more: int) -> Question:
    return replace(question, path=path, action=action, **more)


def test_what_is_answered_of_a_new_case_is_what_its_page_offers(
    city: City, question: Question
) -> None:
    case_id = city.case(question.version_id, NOW)
    for username, person_id in city.people.items():
        offered = {
            one.action: (one.allowed, [reason.code for reason in one.why_not])
            for one in engine.available(city.session, case_id, person_id, NOW)
        }
        asked = replace(question, person_id=person_id)
        answered = {
            one.deed.action.name: one.answers[0]
            for one in rights.ask(city.session, asked, NOW)
            if one.deed.path in ("drafting", rights.ANYWHERE) and one.deed.action.name in offered
        }
        assert set(answered) == set(offered), username
        for action, (allowed, codes) in offered.items():
            answer = answered[action]
            assert answer.is_allowed is allowed, (username, action)
            assert [reason.code for reason in answer.reasons] == codes


def test_the_holders_of_the_asked_position_may(city: City, question: Question) -> None:
    found = only(city, deed(question, "review.planning.assessing", "recommend"))
    assert found.asked == ("reviewer bapperida (Ibu reviewer.bapperida)",)
    (answer,) = found.answers
    assert answer.is_allowed
    assert answer.actor is not None
    assert answer.actor.title == "reviewer bapperida"


def test_who_does_not_hold_it_is_told_whose_it_is(city: City, question: Question) -> None:
    asked = deed(
        question,
        "review.planning.assessing",
        "recommend",
        person_id=city.people["reviewer.diskominfo"],
    )
    (answer,) = only(city, asked).answers
    assert [reason.code for reason in answer.reasons] == ["not_your_position", "not_your_agency"]


def test_an_agency_does_not_judge_its_own_proposal(city: City, question: Question) -> None:
    own = replace(question, agency_id=city.agencies["bapperida"])
    found = only(city, deed(own, "review.planning.deciding", "approve"))
    assert found.not_asked == ("Dinas bapperida",)
    assert found.asked == ("assistant setda (Ibu assistant.setda)",)
    asked = deed(
        own, "review.planning.deciding", "approve", person_id=city.people["head.bapperida"]
    )
    (answer,) = only(city, asked).answers
    assert "own_agency" in {reason.code for reason in answer.reasons}


def test_an_acting_officer_may_unless_the_decision_is_strategic(
    city: City, question: Question
) -> None:
    city.person("pengganti")
    city.appoint("pengganti", "head.bapperida", "plt", ends_on=TODAY + timedelta(days=30))
    asked = deed(question, "review.planning.deciding", "reject", person_id=city.people["pengganti"])
    (answer,) = only(city, asked).answers
    assert answer.is_allowed
    assert [one.reasons[0].code for one in answer.unless] == ["acting_officer"]
    assert answer.unless[0].guard


def test_a_position_that_nobody_holds_has_no_answer(city: City, question: Question) -> None:
    city.position("dinsos", "clerk")
    asked = replace(question, path="drafting", position_id=city.positions["clerk.dinsos"])
    assert {one.answers for one in rights.ask(city.session, asked, NOW)} == {()}


def test_hats_that_one_person_may_not_wear_together_are_named(
    city: City, question: Question
) -> None:
    city.appoint("operator.dinkes", "head.dinkes")
    asked = deed(question, "drafting", "forward", person_id=city.people["operator.dinkes"])
    (answer,) = only(city, asked).answers
    assert answer.is_allowed
    assert "owner_head" in answer.not_after


def test_neither_administrators_nor_those_without_a_position_may(
    city: City, question: Question
) -> None:
    for username, code, administers in (
        ("pengelola", "administrators_do_not_decide", True),
        ("tamu", "no_appointment", False),
    ):
        person_id = city.person(username, administers=administers)
        for found in rights.ask(city.session, replace(question, person_id=person_id), NOW):
            assert [reason.code for reason in found.answers[0].reasons] == [code]


def test_an_unknown_version_or_agency_is_not_found(city: City, question: Question) -> None:
    for wrong in (replace(question, version_id=987), replace(question, agency_id=987)):
        with pytest.raises(NotFound):
            rights.ask(city.session, wrong, NOW)
