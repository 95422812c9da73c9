"""A passed deadline moves its case, waits for who has time, or says why it cannot move."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from tests.workflow.factories import City
from tests.workflow.sweeping import fire_due
from workflow import attention, due_timers, journal, sweep, timers
from workflow.delivery import Delivery
from workflow.models import Case, Event, Notification, OutboxMessage, Person, Task, Timer
from workflow.models.case import TaskStatus, TimerStatus

pytestmark = pytest.mark.postgres15

STUCK = """
key: stuck
subject: proposal
initial: asking
facts: {{urgent: boolean}}
parties:
  asked: {{agency: owner, post: operator}}
  next: {{agency: {agency}, post: operator}}
steps:
  asking:
    party: asked
    within: 1 working day
    on_lapse: {on_lapse}
    actions: {{answer: going, leave: quietly}}
  going:
    party: next
    within: {within}
    actions: {{go: done}}
  quietly: {{party: asked, actions: {{go: done}}}}
  done: {{final: closed}}
"""
UNKNOWN_FACT = {"on_lapse": "[{when: urgent, to: going}, {to: quietly}]"}
NO_ANCHOR = {"within": "2 working days after period_end"}
NO_AGENCY = {"agency": "bkad"}
USUAL = {"agency": "owner", "on_lapse": "going", "within": "1 working day"}

COUNCIL = """
key: council
subject: proposal
initial: voting
parties:
  health: {agency: owner, post: head}
  planning: {agency: planning, post: head}
steps:
  voting:
    seats: {each: [health, planning]}
    within: 2 working days
    on_lapse: late
    actions: {yes: {verdict: for}, no: {verdict: against}}
    tally:
      - {outcome: carried, when: for == 2, to: late}
      - {outcome: lost, to: late}
  late: {party: health, actions: {go: done}}
  done: {final: closed}
"""


@pytest.fixture
def stuck(
    sessions: sessionmaker[Session], now: datetime, request: pytest.FixtureRequest
) -> tuple[City, int]:
    """A case whose deadline of Tuesday cannot lead on."""
    with sessions.begin() as session:
        city = City.founded(session, now)
        city.person("admin", administers=True)
        return city, city.case(city.publish(STUCK.format(**{**USUAL, **request.param})), now)


def events(session: Session, case_id: int, kind: str) -> list[dict[str, Any]]:
    query = select(Event.payload).where(Event.case_id == case_id, Event.kind == kind)
    return list(session.scalars(query.order_by(Event.seq)))


def lapse_of(session: Session, case_id: int) -> Timer:
    query = select(Timer).where(Timer.case_id == case_id, Timer.kind == timers.LAPSE)
    return session.scalars(query).one()


@pytest.mark.parametrize(
    ("stuck", "reason"),
    [
        (UNKNOWN_FACT, {"code": "unknown_fact", "values": {"fact": "urgent"}}),
        (NO_ANCHOR, {"code": "fact_unknown", "values": {"fact": "period_end"}}),
        (NO_AGENCY, {"code": "no_agency", "values": {"party": "next"}}),
    ],
    indirect=["stuck"],
)
def test_a_lapse_that_cannot_move_is_said_once_and_tried_with_pauses(
    sessions: sessionmaker[Session], stuck: tuple[City, int], reason: Any, now: datetime
) -> None:
    _, case_id = stuck
    moment, failed = now + timedelta(days=1, hours=7), 0
    for _ in range(30):
        failed += sweep.run(sessions, moment).failed
        moment += timedelta(minutes=1)
    assert failed == 4
    with sessions() as session:
        (payload,) = events(session, case_id, timers.LAPSE_FAILED)
        assert (payload["path"], payload["reasons"]) == ("asking", [reason])
        timer = lapse_of(session, case_id)
        assert (timer.status, timer.failures) == (TimerStatus.WAITING, 4)
        assert timer.error is not None
        assert session.get_one(Case, case_id).step == "asking"
        (shown,) = attention.failing_timers(session)
        assert (shown.case_id, shown.path, shown.failures) == (case_id, "asking", 4)
        assert list(journal.verify(session)) == []
    _deliver(sessions, moment)
    with sessions() as session:
        query = select(Person.username).join(Notification, Notification.person_id == Person.id)
        told = session.scalars(query.where(Notification.kind == timers.LAPSE_FAILED)).all()
        assert told == ["admin"]


def _deliver(sessions: sessionmaker[Session], moment: datetime) -> None:
    delivery = Delivery(sessions, lambda: moment, "https://alur.example")
    with sessions() as session:
        waiting = session.scalars(select(OutboxMessage.id).order_by(OutboxMessage.id)).all()
    for message_id in waiting:
        delivery.deliver(message_id)


@pytest.mark.parametrize("stuck", [NO_AGENCY], indirect=True)
def test_a_lapse_moves_once_what_was_in_its_way_is_put_right(
    sessions: sessionmaker[Session], stuck: tuple[City, int], now: datetime
) -> None:
    _, case_id = stuck
    moment = now + timedelta(days=1, hours=7)
    assert sweep.run(sessions, moment).failed == 1
    with sessions.begin() as session:
        City(session).agency("bkad")
    assert sweep.run(sessions, moment).fired == 0
    assert sweep.run(sessions, moment + timedelta(minutes=1)).fired == 1
    with sessions() as session:
        assert session.get_one(Case, case_id).step == "going"
        assert attention.failing_timers(session) == ()


@pytest.mark.parametrize("stuck", [NO_ANCHOR], indirect=True)
def test_what_else_is_due_is_fired_while_a_lapse_cannot_move(
    sessions: sessionmaker[Session], stuck: tuple[City, int], now: datetime
) -> None:
    with sessions.begin() as session:
        soon = now + timedelta(hours=1)
        session.execute(update(Task).values(due_at=soon))
        session.execute(update(Timer).where(Timer.kind == timers.LAPSE).values(due_at=soon))
        session.add(
            Timer(
                case_id=stuck[1],
                path="asking",
                visit=1,
                seat=0,
                kind="reminder.0",
                due_at=now + timedelta(hours=2),
            )
        )
    swept = sweep.run(sessions, now + timedelta(hours=3))
    assert (swept.fired, swept.failed) == (1, 1)


@pytest.fixture
def council(session: Session, now: datetime) -> tuple[City, int]:
    """Two heads vote until Wednesday; planning, where Tuesday is closed, until Thursday."""
    city = City.founded(session, now)
    case_id = city.case(city.publish(COUNCIL), now)
    later = now + timedelta(days=3)
    own = Task.position_id == city.positions["head.bapperida"]
    session.execute(update(Task).where(own).values(due_at=later))
    seat = select(Task.seat).where(own).scalar_subquery()
    session.execute(
        update(Timer).where(Timer.kind == timers.LAPSE, Timer.seat == seat).values(due_at=later)
    )
    return city, case_id


def test_a_vote_does_not_lapse_while_a_seat_has_time(
    session: Session, council: tuple[City, int], now: datetime
) -> None:
    _, case_id = council
    assert fire_due(session, case_id, now + timedelta(days=2, hours=8)) == []
    assert sorted(seats(session, case_id)) == ["open", "open"]
    assert fire_due(session, case_id, now + timedelta(days=3)) == [timers.LAPSE]
    assert seats(session, case_id) == [TaskStatus.LAPSED, TaskStatus.LAPSED]


def test_a_vote_lapses_as_soon_as_those_who_had_time_have_voted(
    session: Session, council: tuple[City, int], now: datetime
) -> None:
    city, case_id = council
    wednesday = now + timedelta(days=2, hours=8)
    city.act(case_id, "head.bapperida", "yes", wednesday)
    assert fire_due(session, case_id, wednesday) == [timers.LAPSE]
    assert sorted(seats(session, case_id)) == [TaskStatus.DONE, TaskStatus.LAPSED]


def test_a_case_whose_lapse_waits_for_a_seat_is_not_looked_at_again_and_again(
    session: Session, council: tuple[City, int], now: datetime
) -> None:
    moment = now + timedelta(days=2, hours=8)
    assert due_timers.cases(session, moment, 10) == []
    assert due_timers.count_overdue(session, moment) == 0
    assert len(due_timers.cases(session, now + timedelta(days=3), 10)) == 1
    assert due_timers.count_overdue(session, now + timedelta(days=3)) == 2


def seats(session: Session, case_id: int) -> list[str]:
    query = select(Task.status).where(Task.case_id == case_id, Task.path == "voting")
    return list(session.scalars(query))
