"""Claiming, releasing and giving a task among those who hold its position."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from threading import Barrier

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from tests.waiting import PATIENCE
from tests.workflow.factories import City
from workflow import engine, journal, queue
from workflow.engine import Holder
from workflow.errors import NotFound, Refused
from workflow.models import Event, Notification, OutboxMessage, Task
from workflow.notifications import announcements
from workflow.queue import Whose

STUDY = """
key: study
subject: proposal
initial: studying
facts: {}
parties:
  student: {agency: planning, post: reviewer}
  head: {agency: planning, post: head}
steps:
  studying: {party: student, actions: {done: deciding}}
  deciding: {party: head, actions: {close: closed}}
  closed: {final: closed}
"""
ONE, TWO, HEAD = "reviewer.bapperida", "second", "head.bapperida"


def founded(session: Session, now: datetime) -> City:
    """The small city, in which two people hold the reviewer's post."""
    city = City.founded(session, now)
    session.execute(text("UPDATE positions SET places = 2 WHERE post = 'reviewer'"))
    city.person(TWO)
    city.appoint(TWO, ONE)
    return city


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    return founded(session, now)


@pytest.fixture
def case_id(city: City, now: datetime) -> int:
    return city.case(city.publish(STUDY), now)


def task(city: City, case_id: int, now: datetime) -> Holder:
    """The only open task."""
    (one,) = engine.holders(city.session, case_id, now)
    return one


def claim(city: City, case_id: int, who: str, now: datetime) -> None:
    number = task(city, case_id, now).task_id
    engine.claim(city.session, case_id, number, person_id=city.people[who], now=now)


def release(city: City, case_id: int, who: str, now: datetime) -> None:
    number = task(city, case_id, now).task_id
    engine.release(city.session, case_id, number, person_id=city.people[who], now=now)


def give(city: City, case_id: int, who: str, to: str, now: datetime) -> None:
    number, goal = task(city, case_id, now).task_id, city.people[to]
    engine.give(city.session, case_id, number, goal, person_id=city.people[who], now=now)


def events(city: City, case_id: int) -> list[Event]:
    query = select(Event).where(Event.case_id == case_id, Event.seq > 1).order_by(Event.seq)
    return list(city.session.scalars(query))


def parts(city: City, who: str, now: datetime) -> dict[str, int]:
    """How many tasks each part of somebody's queue has."""
    person_id = city.people[who]
    return {
        part.value: len(queue.page(city.session, person_id, now, whose=part).rows) for part in Whose
    }


def test_a_claimed_task_is_its_claimants_alone(city: City, case_id: int, now: datetime) -> None:
    assert parts(city, ONE, now) == {"mine": 0, "anybodys": 1, "others": 0}
    claim(city, case_id, ONE, now)
    assert parts(city, ONE, now) == {"mine": 1, "anybodys": 0, "others": 0}
    assert parts(city, TWO, now) == {"mine": 0, "anybodys": 0, "others": 1}
    assert queue.page(city.session, city.people[TWO], now).rows == ()
    with pytest.raises(Refused, match="assigned_to_other"):
        city.act(case_id, TWO, "done", now)
    city.act(case_id, ONE, "done", now)


def test_a_claim_is_journalled_and_leaves_the_case_at_its_version(
    city: City, case_id: int, now: datetime
) -> None:
    before = engine.state(city.session, case_id).version
    claim(city, case_id, ONE, now)
    (event,) = events(city, case_id)
    assert (event.kind, event.person_id) == ("task_claimed", city.people[ONE])
    assert event.payload["assignee_id"] == city.people[ONE]
    assert event.payload["position"] == "reviewer bapperida"
    assert engine.state(city.session, case_id).version == before
    assert list(journal.verify(city.session, case_id)) == []


def test_claiming_again_changes_nothing(city: City, case_id: int, now: datetime) -> None:
    claim(city, case_id, ONE, now)
    claim(city, case_id, ONE, now)
    assert len(events(city, case_id)) == 1


def test_the_later_one_is_told_who_has_it(city: City, case_id: int, now: datetime) -> None:
    claim(city, case_id, ONE, now)
    with pytest.raises(Refused) as refused:
        claim(city, case_id, TWO, now)
    (reason,) = refused.value.reasons
    assert (reason.code, reason.values) == ("assigned_to_other", {"name": f"Ibu {ONE}"})


def test_a_released_task_is_everybodys(city: City, case_id: int, now: datetime) -> None:
    claim(city, case_id, ONE, now)
    with pytest.raises(Refused, match="assigned_to_other"):
        release(city, case_id, TWO, now)
    release(city, case_id, ONE, now)
    assert task(city, case_id, now).assignee_id is None
    claim(city, case_id, TWO, now)
    assert [event.kind for event in events(city, case_id)] == [
        "task_claimed",
        "task_released",
        "task_claimed",
    ]


def test_a_task_is_passed_on_to_a_colleague_who_is_told(
    city: City, case_id: int, now: datetime
) -> None:
    give(city, case_id, ONE, TWO, now)
    assert task(city, case_id, now).assignee_id == city.people[TWO]
    key = f"announce:{case_id}:2"
    assert city.session.scalar(select(OutboxMessage.id).where(OutboxMessage.key == key))
    announcements.announce(city.session, case_id, 2, now)
    told = city.session.scalars(select(Notification)).all()
    assert [(one.person_id, one.kind) for one in told] == [(city.people[TWO], "task_given")]


def test_nobody_is_told_of_a_task_that_was_taken_from_them_meanwhile(
    city: City, case_id: int, now: datetime
) -> None:
    give(city, case_id, ONE, TWO, now)
    give(city, case_id, HEAD, ONE, now)
    announcements.announce(city.session, case_id, 2, now)
    assert city.session.scalar(select(Notification.id)) is None


def test_the_head_gives_a_task_to_named_staff_whoever_has_it(
    city: City, case_id: int, now: datetime
) -> None:
    claim(city, case_id, ONE, now)
    give(city, case_id, HEAD, TWO, now)
    assert task(city, case_id, now).assignee_id == city.people[TWO]
    told = events(city, case_id)[-1].payload
    assert (told["person"], told["position"]) == (f"Ibu {HEAD}", "head bapperida")
    assert (told["was_assignee_id"], told["assignee"]) == (city.people[ONE], f"Ibu {TWO}")
    release(city, case_id, HEAD, now)
    assert task(city, case_id, now).assignee_id is None


def test_who_holds_the_position_above_gives_it_too(city: City, case_id: int, now: datetime) -> None:
    city.session.execute(
        text("UPDATE positions SET superior_id = :above WHERE id = :id"),
        {"above": city.positions["clerk.bapperida"], "id": city.positions[ONE]},
    )
    give(city, case_id, "clerk.bapperida", TWO, now)
    assert task(city, case_id, now).assignee_id == city.people[TWO]


@pytest.mark.parametrize("who", ["head.diskominfo", "clerk.bapperida", "operator.dinkes", "admin"])
def test_nobody_else_says_whose_a_task_is(
    city: City, case_id: int, now: datetime, who: str
) -> None:
    city.person("admin", administers=True)
    for attempt in (
        lambda: claim(city, case_id, who, now),
        lambda: release(city, case_id, who, now),
        lambda: give(city, case_id, who, TWO, now),
    ):
        with pytest.raises(Refused, match="not_for_you"):
            attempt()
    assert events(city, case_id) == []


@pytest.mark.parametrize("to", [HEAD, "head.diskominfo", "leaver"])
def test_a_task_goes_only_to_those_who_may_do_it(
    city: City, case_id: int, now: datetime, to: str
) -> None:
    city.person("leaver")
    city.appoint("leaver", ONE, "plt", date(2026, 1, 1), date(2026, 11, 22))
    with pytest.raises(Refused, match="not_for_this_task"):
        give(city, case_id, HEAD, to, now)


def test_a_task_of_somebody_who_left_is_everybodys_again(
    city: City, case_id: int, now: datetime
) -> None:
    claim(city, case_id, ONE, now)
    city.session.execute(
        text("UPDATE people SET is_active = false WHERE id = :id"), {"id": city.people[ONE]}
    )
    assert parts(city, TWO, now) == {"mine": 0, "anybodys": 1, "others": 0}
    claim(city, case_id, TWO, now)


def test_a_task_that_is_done_cannot_be_claimed(city: City, case_id: int, now: datetime) -> None:
    number = task(city, case_id, now).task_id
    city.act(case_id, ONE, "done", now)
    with pytest.raises(NotFound):
        engine.claim(city.session, case_id, number, person_id=city.people[TWO], now=now)


def test_of_two_who_claim_at_once_one_has_it_and_the_other_is_told_who(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        city = founded(session, now)
        version_id = city.publish(STUDY)
        cases = [city.case(version_id, now) for _ in range(10)]
        numbers = {one: task(city, one, now).task_id for one in cases}
    for case_id in cases:
        barrier = Barrier(2)

        def attempt(who: str) -> str:
            barrier.wait(timeout=PATIENCE)  # noqa: B023 - both threads end before the next round
            try:
                with sessions.begin() as session:
                    engine.claim(
                        session,
                        case_id,  # noqa: B023
                        numbers[case_id],  # noqa: B023
                        person_id=city.people[who],
                        now=now,
                    )
            except Refused as refused:
                return str(refused.reasons[0].values["name"])
            return "won"

        claimants: list[Callable[[], str]] = [lambda: attempt(ONE), lambda: attempt(TWO)]
        with ThreadPoolExecutor(2) as pool:
            ends = list(pool.map(lambda claimant: claimant(), claimants))
        winner = (ONE, TWO)[ends.index("won")]
        assert sorted(ends) == sorted(["won", f"Ibu {winner}"])
        with sessions() as session:
            query = select(Task.assignee_id).where(Task.case_id == case_id)
            assert session.scalar(query) == city.people[winner]
            assert list(journal.verify(session, case_id)) == []
