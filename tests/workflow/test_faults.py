"""Faults of comparable systems that no rule of a single module would catch; the list is in docs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from states import library
from tests.workflow.factories import City
from workflow import actors, engine, notifications, outbox, timelines
from workflow.errors import NotFound, Refused
from workflow.models import Case, Notification, Timer, WorkflowVersion
from workflow.notifications import announcements


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    return City.founded(session, now)


def _announce(session: Session, case_id: int, now: datetime) -> None:
    session.expire_all()
    announcements.announce(session, case_id, session.get_one(Case, case_id).journal_seq, now)


def test_each_visit_of_a_step_is_told_and_reminded_anew_also_after_the_first_was_read(
    session: Session, city: City, now: datetime
) -> None:
    case_id = city.case(city.publish(library.text("program-proposal")), now)
    secretary = city.people["secretary.dinkes"]
    for visit in range(1, 4):
        city.act(case_id, "operator.dinkes", "forward", now)
        _announce(session, case_id, now)
        notifications.mark_read(session, secretary, now)
        told = select(Notification.kind).where(Notification.person_id == secretary)
        assert session.scalars(told).all() == ["task_given"] * visit
        waiting = select(Timer.visit).where(
            Timer.case_id == case_id, Timer.path == "verifying", Timer.status == "waiting"
        )
        assert set(session.scalars(waiting)) == {visit}
        city.act(case_id, "secretary.dinkes", "return", now, comment="Lengkapi")


def test_no_attempt_may_last_until_its_message_is_handed_on_again() -> None:
    longest = timedelta(milliseconds=actors.LONGEST_DELIVERY + actors.LONGEST_SHUTDOWN)
    assert longest < outbox.LEASE


def test_a_running_case_keeps_the_version_that_it_began_with(
    session: Session, city: City, now: datetime
) -> None:
    began = city.publish(library.text("program-proposal"))
    case_id = city.case(began, now)
    changed = library.text("program-proposal").replace(
        "actions: {forward: verifying,", "actions: {forward: endorsing,"
    )
    newer = city.publish(changed)
    session.execute(update(WorkflowVersion).values(is_default=WorkflowVersion.id == newer))
    assert city.act(case_id, "operator.dinkes", "forward", now).step == "verifying"
    assert city.act(city.case(newer, now), "operator.dinkes", "forward", now).step == "endorsing"
    session.expire_all()
    assert session.get_one(Case, case_id).workflow_version_id == began


def test_after_every_step_back_the_way_forward_is_open_again(
    session: Session, city: City, now: datetime
) -> None:
    case_id = city.case(city.publish(library.text("program-proposal")), now)

    def asked() -> list[str]:
        return [person.name for one in engine.holders(session, case_id, now) for person in one.able]

    for _ in range(5):
        city.act(case_id, "operator.dinkes", "forward", now)
        assert asked() == ["Ibu secretary.dinkes"]
        city.act(case_id, "secretary.dinkes", "return", now, comment="Lengkapi")
        assert asked() == ["Ibu operator.dinkes"]
    city.act(case_id, "operator.dinkes", "forward", now)
    assert city.act(case_id, "secretary.dinkes", "initial", now).step == "endorsing"


def test_a_name_of_another_process_decides_nothing_here(
    session: Session, city: City, now: datetime
) -> None:
    case_id = city.case(city.publish(library.text("program-proposal-sequential")), now)
    version = engine.state(session, case_id).version
    # Steps and actions of the process with parallel tracks, and a step of this one in a track.
    for action, track in (
        ("recommend", "review.planning"),
        ("hand_in", "review.ict"),
        ("forward", "review"),
    ):
        with pytest.raises(Refused):
            city.act(case_id, "operator.dinkes", action, now, track=track)
    assert engine.state(session, case_id).version == version


def test_the_number_of_another_cases_task_takes_nothing_here(
    session: Session, city: City, now: datetime
) -> None:
    version_id = city.publish(library.text("program-proposal"))
    here, elsewhere = city.case(version_id, now), city.case(version_id, now)
    (task,) = engine.holders(session, elsewhere, now)
    with pytest.raises(NotFound):
        engine.claim(session, here, task.task_id, person_id=city.people["operator.dinkes"], now=now)


def test_a_refused_attempt_in_a_track_does_not_keep_the_owner_from_reading_on(
    session: Session, city: City, now: datetime
) -> None:
    case_id = city.case(city.publish(library.text("program-proposal")), now)
    for post, action in (("operator", "forward"), ("secretary", "initial"), ("head", "submit")):
        city.act(case_id, f"{post}.dinkes", action, now)
    city.act(case_id, "clerk.bapperida", "accept", now, lane="standard")
    with pytest.raises(Refused) as refused:
        city.act(case_id, "reviewer.diskominfo", "approve", now, track="ict")
    engine.record_refusal(session, refused.value, now)
    told = timelines.timeline(session, case_id, city.people["head.dinkes"], now)
    assert [entry.kind for entry in told if not entry.is_hidden][-1] == "decided"
