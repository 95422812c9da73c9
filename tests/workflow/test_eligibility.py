"""Who may work on a case besides holding the position: asked alike wherever people are named."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from states import library
from tests.workflow.factories import City, checklist
from workflow import attention, candidates, engine, journal, queue
from workflow.errors import Invalid, Refused
from workflow.models import Person
from workflow.notifications import announcements, audience, matters
from workflow.queue import Whose

pytestmark = pytest.mark.postgres15

STARTS, ENDS = date(2026, 11, 1), date(2026, 12, 31)
REVIEWER, OTHER = "reviewer.diskominfo", "other"


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    city = City.founded(session, now)
    city.person("admin", administers=True)
    return city


@pytest.fixture
def case_id(city: City, now: datetime) -> int:
    return city.case(city.publish(library.text("program-proposal")), now)


def leave(city: City, username: str) -> None:
    """Somebody is no longer active."""
    person_id = city.people[username]
    city.session.execute(update(Person).where(Person.id == person_id).values(is_active=False))


def administer(city: City, username: str) -> None:
    person_id = city.people[username]
    query = update(Person).where(Person.id == person_id).values(is_administrator=True)
    city.session.execute(query)


def take_over(city: City, username: str, position: str) -> None:
    """Somebody else is the only holder of a position from now on."""
    leave(city, position)
    city.appoint(username, position, "plh", STARTS, ENDS)


def to_review(city: City, case_id: int, now: datetime, clerk: str = "clerk.bapperida") -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    city.act(case_id, "secretary.dinkes", "initial", now)
    city.act(case_id, "head.dinkes", "submit", now)
    city.act(case_id, clerk, "accept", now, lane="standard")


def missed(city: City, case_id: int) -> list[str]:
    """The positions that the last event tells to be unattended."""
    told = journal.events(city.session, case_id)[-1].payload["unattended"]
    return [one["position"] for one in told]


def alarmed(city: City, case_id: int, now: datetime) -> set[str]:
    """Who is told what of the last event."""
    seq = engine.state(city.session, case_id).journal_seq
    matter = announcements._matter(city.session, case_id, seq, now)
    told = announcements.moved(city.session, matter)
    names = {number: name for name, number in city.people.items()}
    return {f"{names[one.person_id]}: {one.kind}" for one in told}


def test_a_step_whose_only_holder_took_part_before_is_told_to_be_unattended(
    city: City, case_id: int, now: datetime
) -> None:
    take_over(city, "operator.dinkes", "secretary.dinkes")
    city.act(case_id, "operator.dinkes", "forward", now)
    assert missed(city, case_id) == ["secretary dinkes"]
    assert alarmed(city, case_id, now) == {"admin: unattended"}
    (holder,) = engine.holders(city.session, case_id, now)
    assert (holder.people, holder.is_held) == ((), True)


@pytest.mark.parametrize("barred", ["own agency", "administrator", "inactive"])
def test_a_step_whose_only_holder_is_barred_is_told_to_be_unattended(
    city: City, case_id: int, now: datetime, barred: str
) -> None:
    to_review(city, case_id, now)
    if barred == "own agency":
        city.appoint("head.bapperida", "head.dinkes", "plt", STARTS, ENDS)
    elif barred == "administrator":
        administer(city, "head.bapperida")
    else:
        leave(city, "head.bapperida")
    city.act(case_id, "reviewer.bapperida", "recommend", now, checklist=checklist("planning"))
    assert missed(city, case_id) == ["head bapperida"]
    assert "admin: unattended" in alarmed(city, case_id, now)
    assert "head.bapperida: task_given" not in alarmed(city, case_id, now)
    [found] = attention.unattended(city.session, now)
    assert (found.title, found.open_tasks) == ("head bapperida", 1)
    assert found.is_held is (barred != "inactive")


def test_one_eligible_holder_is_enough(city: City, case_id: int, now: datetime) -> None:
    city.appoint("operator.dinkes", "secretary.dinkes", "plt", STARTS, ENDS)
    city.act(case_id, "operator.dinkes", "forward", now)
    assert missed(city, case_id) == []
    assert alarmed(city, case_id, now) == {"secretary.dinkes: task_given"}
    assert attention.unattended(city.session, now) == ()


def test_whoever_wore_the_same_hat_is_eligible_again(
    city: City, case_id: int, now: datetime
) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    city.act(case_id, "secretary.dinkes", "return", now, comment="Perbaiki")
    assert missed(city, case_id) == []
    assert attention.unattended(city.session, now) == ()


@pytest.mark.parametrize("barred", ["own_agency", "administrators_do_not_decide", "apart"])
def test_a_barred_holder_is_neither_offered_for_a_seat_nor_taken(
    city: City, case_id: int, now: datetime, barred: str
) -> None:
    city.person(OTHER)
    city.appoint(OTHER, REVIEWER)
    clerk = REVIEWER if barred == "apart" else "clerk.bapperida"
    if barred == "apart":
        city.appoint(REVIEWER, "clerk.bapperida", "plh", STARTS, ENDS)
    to_review(city, case_id, now, clerk)
    if barred == "own_agency":
        city.appoint(REVIEWER, "operator.dinkes", "plh", STARTS, ENDS)
    elif barred == "administrators_do_not_decide":
        administer(city, REVIEWER)
    offered = candidates.of(city.session, case_id, "review.ict.studying", now)
    assert [one.id for one in offered] == [city.people[OTHER]]
    picks = [city.people[OTHER], city.people[REVIEWER]]
    with pytest.raises(Invalid) as invalid:
        city.act(case_id, "secretary.diskominfo", "dispose", now, picks=picks)
    assert [(one.field, one.code) for one in invalid.value.problems] == [("picks.1", "barred")]


def test_nobody_names_themselves_for_a_seat_of_another_hat(
    city: City, case_id: int, now: datetime
) -> None:
    city.appoint("secretary.diskominfo", REVIEWER, "plh", STARTS, ENDS)
    to_review(city, case_id, now)
    picks = [city.people["secretary.diskominfo"]]
    with pytest.raises(Invalid) as invalid:
        city.act(case_id, "secretary.diskominfo", "dispose", now, picks=picks)
    assert [one.code for one in invalid.value.problems] == ["barred"]


@pytest.mark.parametrize("why", ["inactive", "administrator", "no longer appointed"])
def test_a_task_goes_back_to_its_position_when_its_assignee_cannot_do_it(
    city: City, case_id: int, now: datetime, why: str
) -> None:
    city.person(OTHER)
    city.appoint(OTHER, REVIEWER)
    city.person("guest")
    city.appoint("guest", REVIEWER, "plh", STARTS, now.date())
    to_review(city, case_id, now)
    city.act(case_id, "secretary.diskominfo", "dispose", now, picks=[city.people["guest"]])
    assert theirs(city, OTHER, now) == 0
    later = now
    if why == "inactive":
        leave(city, "guest")
    elif why == "administrator":
        administer(city, "guest")
    else:
        later = now + timedelta(days=1)
    assert theirs(city, OTHER, later) == 1
    assert names(city, case_id, later) == {f"Ibu {REVIEWER}", "Ibu other"}
    [ball] = queue.where_is_the_ball(city.session, [city.agencies["dinkes"]], later)
    assert {one.name for held in ball.holders if "ict" in held.path for one in held.people} == {
        f"Ibu {REVIEWER}",
        "Ibu other",
    }
    city.act(case_id, OTHER, "hand_in", later, checklist=checklist("ict"))


def test_an_assignee_who_is_barred_meanwhile_does_not_block_the_others(
    city: City, case_id: int, now: datetime
) -> None:
    city.person(OTHER)
    city.appoint(OTHER, REVIEWER)
    to_review(city, case_id, now)
    city.act(case_id, "secretary.diskominfo", "dispose", now, picks=[city.people[REVIEWER]])
    with pytest.raises(Refused):
        city.act(case_id, OTHER, "hand_in", now, checklist=checklist("ict"))
    assert [theirs(city, who, now) for who in (OTHER, REVIEWER)] == [0, 1]
    city.appoint(REVIEWER, "operator.dinkes", "plh", STARTS, ENDS)
    assert names(city, case_id, now) == {"Ibu other"}
    assert theirs(city, OTHER, now) == 1
    assert theirs(city, OTHER, now, Whose.ANYBODYS) == 1
    assert theirs(city, OTHER, now, Whose.OTHERS) == 0
    tasks = matters.waiting(
        city.session,
        announcements._matter(
            city.session, case_id, engine.state(city.session, case_id).journal_seq, now
        ),
    )
    assert audience.holders(city.session, case_id, tasks, now) == [[city.people[OTHER]]]
    city.act(case_id, OTHER, "hand_in", now, checklist=checklist("ict"))


def test_a_task_whose_assignee_wore_another_hat_since_is_in_a_colleagues_queue(
    city: City, case_id: int, now: datetime
) -> None:
    city.person(OTHER)
    city.appoint(OTHER, REVIEWER)
    city.appoint(REVIEWER, "reviewer.bapperida")
    to_review(city, case_id, now)
    city.act(case_id, "secretary.diskominfo", "dispose", now, picks=[city.people[REVIEWER]])
    assert theirs(city, OTHER, now) == 0
    city.act(case_id, REVIEWER, "recommend", now, checklist=checklist("planning"))
    assert names(city, case_id, now) == {"Ibu other"}
    assert theirs(city, OTHER, now) == 1


def theirs(city: City, username: str, now: datetime, whose: Whose | None = None) -> int:
    return len(queue.page(city.session, city.people[username], now, whose=whose).rows)


def names(city: City, case_id: int, now: datetime) -> set[str]:
    """Who can do the study."""
    return {
        one.name
        for holder in engine.holders(city.session, case_id, now)
        if holder.path == "review.ict.studying"
        for one in holder.people
    }
