"""The working days of each agency: from "complete" on, and not while the ball is elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from states import library
from tests.workflow.factories import City, checklist
from workflow import cases, clocks, versions
from workflow.clocks import ClockReading, ClockState

DONE = {"checklist": checklist("planning")}


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    return City.founded(session, now)


@pytest.fixture
def case_id(city: City, now: datetime) -> int:
    """A case that was submitted on Monday morning and waits for the check of completeness."""
    case_id = city.case(city.publish(library.text("program-proposal")), now)
    city.act(case_id, "operator.dinkes", "forward", now)
    city.act(case_id, "secretary.dinkes", "initial", now)
    city.act(case_id, "head.dinkes", "submit", now)
    return case_id


def readings(session: Session, case_id: int, at: datetime) -> dict[str, ClockReading]:
    case = cases.read(session, case_id)
    definition = versions.load(session, case.workflow_version_id, case.workflow_hash).definition
    return {each.name: each for each in clocks.read(session, case_id, definition, at)}


def accept(city: City, case_id: int, at: datetime) -> None:
    """Find the proposal complete."""
    city.act(case_id, "clerk.bapperida", "accept", at, lane="standard")


def test_no_day_counts_before_the_proposal_was_found_complete(
    session: Session, case_id: int, now: datetime
) -> None:
    for reading in readings(session, case_id, now + timedelta(days=2)).values():
        assert (reading.state, reading.used, reading.left) == (ClockState.WAITING, 0, 5)
        assert reading.started_at is None


def test_days_count_from_complete_for_each_agency_over_its_steps(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    tuesday, thursday = now + timedelta(days=1), now + timedelta(days=3)
    accept(city, case_id, tuesday)
    planning = readings(session, case_id, thursday)["planning"]
    assert planning == ClockReading(
        "planning",
        "Dinas bapperida",
        "uu_30_2014_pasal_53",
        limit=5,
        used=2,
        state=ClockState.RUNNING,
        started_at=tuesday,
        due_at=datetime.fromisoformat("2026-12-01T16:00+07:00"),
    )
    city.act(case_id, "reviewer.bapperida", "recommend", thursday, **DONE)
    friday = now + timedelta(days=4)
    passed_on = readings(session, case_id, friday)["planning"]
    assert (passed_on.used, passed_on.due_at) == (3, planning.due_at)


def test_the_clock_stands_still_while_the_owner_answers_and_goes_on_after(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    day = timedelta(days=1)
    accept(city, case_id, now)
    city.act(case_id, "reviewer.bapperida", "ask", now + day, question="Untuk siapa?")
    still = readings(session, case_id, now + 3 * day)
    assert (still["planning"].state, still["planning"].used) == (ClockState.PAUSED, 1)
    assert still["planning"].due_at is None
    assert (still["ict"].state, still["ict"].used) == (ClockState.RUNNING, 3)
    city.act(case_id, "operator.dinkes", "answer", now + 3 * day, comment="Untuk semua.")
    again = readings(session, case_id, now + 4 * day)["planning"]
    assert (again.state, again.used) == (ClockState.RUNNING, 2)
    # One day was used; four more follow the day of the answer.
    assert again.due_at == datetime.fromisoformat("2026-12-02T16:00+07:00")


def test_a_limit_that_was_passed_shows_by_how_much(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    accept(city, case_id, now)
    reading = readings(session, case_id, now + timedelta(days=14))["planning"]
    assert (reading.used, reading.left) == (10, -5)


def test_a_clock_stops_when_the_agency_has_spoken(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    accept(city, case_id, now)
    city.act(case_id, "reviewer.bapperida", "recommend", now, **DONE)
    city.act(case_id, "head.bapperida", "approve", now + timedelta(days=1))
    later = readings(session, case_id, now + timedelta(days=8))
    assert (later["planning"].state, later["planning"].used) == (ClockState.STOPPED, 1)
    assert later["ict"].state is ClockState.RUNNING


def test_a_clock_over_side_by_side_work_stands_still_while_one_of_its_steps_pauses_it(
    session: Session, city: City, now: datetime
) -> None:
    day = timedelta(days=1)
    source = library.text("program-proposal").replace(
        "runs: [review.planning.assessing, review.planning.deciding]", "runs: [review]"
    )
    case_id = city.case(city.publish(source), now)
    for username, action in (("operator", "forward"), ("secretary", "initial"), ("head", "submit")):
        city.act(case_id, f"{username}.dinkes", action, now)
    accept(city, case_id, now)
    city.act(case_id, "reviewer.bapperida", "ask", now + day, question="Untuk siapa?")
    still = readings(session, case_id, now + 3 * day)["planning"]
    assert (still.state, still.used) == (ClockState.PAUSED, 1)
    city.act(case_id, "operator.dinkes", "answer", now + 3 * day, comment="Untuk semua.")
    again = readings(session, case_id, now + 4 * day)["planning"]
    assert (again.state, again.used) == (ClockState.RUNNING, 2)
