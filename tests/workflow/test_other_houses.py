"""Processes of other houses run through the engine as they are written, by the people they name."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.workflow.factories import City, words
from tests.workflow.sweeping import fire_due
from workflow import cases, clocks, engine, timers, versions
from workflow.clocks import ClockState

DEFINITIONS = Path(__file__).parents[1] / "states" / "definitions"
POSTS = {
    "budget": ("reviewer", "head"),
    "legal": ("reviewer",),
    "grants": ("reviewer", "head"),
    "executive": ("head",),
    "licensing": ("clerk", "reviewer", "head"),
}
OFFICES = (
    "secretary.dinkes",
    "reviewer.budget",
    "head.dinkes",
    "head.budget",
    "reviewer.legal",
    "reviewer.grants",
    "head.grants",
    "head.executive",
)


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    """The small city with the offices of both houses."""
    city = City.founded(session, now)
    for function, posts in POSTS.items():
        city.agency(function, function)
        for post in posts:
            appoint(city, post, function)
    appoint(city, "applicant", "dinkes")
    return city


def appoint(city: City, post: str, agency: str) -> None:
    city.position(agency, post)
    city.person(f"{post}.{agency}")
    city.appoint(f"{post}.{agency}", f"{post}.{agency}")


def begun(city: City, name: str, now: datetime, **facts: object) -> int:
    source = (DEFINITIONS / f"{name}.yaml").read_text(encoding="utf-8")
    return city.case(city.publish(source), now, **facts)


def step(session: Session, case_id: int) -> str:
    return engine.state(session, case_id).marking.step


def test_eight_offices_decide_one_after_the_other_and_the_seventh_sends_it_back_once(
    session: Session, city: City, now: datetime
) -> None:
    case_id = begun(city, "award-review", now)
    for round_, approving in enumerate((OFFICES[:6], OFFICES)):
        city.act(case_id, "operator.dinkes", "submit", now)
        for who in approving:
            city.act(case_id, who, "approve", now)
        if round_ == 0:
            city.act(case_id, "head.grants", "return", now, **words(("points",), None))
            assert step(session, case_id) == "preparing"
    assert engine.state(session, case_id).outcome == "approved"
    made = [decision.action for decision in city.decisions(case_id)]
    assert made == ["submit", *["approve"] * 6, "return", "submit", *["approve"] * 8]


def test_comments_are_taken_for_two_weeks_and_then_the_statutory_clock_runs(
    session: Session, city: City, now: datetime
) -> None:
    case_id = begun(city, "municipal-permit", now, objections=0, near_water=False)
    definition = versions.load(session, cases.read(session, case_id).workflow_version_id).definition
    city.act(case_id, "applicant.dinkes", "apply", now)
    city.act(case_id, "clerk.licensing", "complete", now)
    heard = {"name": "Tetangga", "text": "Terlalu tinggi", "objections": 1}
    city.act(case_id, "clerk.licensing", "record_comment", now, **heard)
    (before,) = clocks.read(session, case_id, definition, now + timedelta(days=13))
    assert before.state is ClockState.WAITING
    over = now + timedelta(days=15)
    assert timers.LAPSE in fire_due(session, case_id, over)
    assert step(session, case_id) == "assessing"
    (running,) = clocks.read(session, case_id, definition, over + timedelta(days=2))
    assert (running.state, running.used) == (ClockState.RUNNING, 2)
    city.act(case_id, "reviewer.licensing", "report", over, report="Dapat dibangun")
    assert step(session, case_id) == "hearing"
    city.act(case_id, "reviewer.licensing", "minute", over, minutes="Sudah didengar")
    answer = {"answer_to_objections": "Diturunkan satu lantai"}
    city.act(case_id, "head.licensing", "grant_over_objections", over, **answer)
    assert engine.state(session, case_id).outcome == "approved"
    (ended,) = clocks.read(session, case_id, definition, over + timedelta(days=2))
    assert ended.state is ClockState.STOPPED
