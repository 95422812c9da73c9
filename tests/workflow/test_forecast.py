"""What is foreseen for a month is what the sweep then does, moment by moment."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.databases import statements
from tests.workflow.factories import City
from tests.workflow.test_lapsing import COUNCIL, NO_ANCHOR, STUCK, USUAL
from tests.workflow.test_reassigning import TEXT as REASSIGNED
from tests.workflow.test_sweep import sent_back
from workflow import forecast, journal, reading, sweep, timers
from workflow.database import Database
from workflow.errors import NotFound
from workflow.models import Agency, Case, Event, OutboxMessage, Person, Timer

pytestmark = pytest.mark.postgres15

MONTH = timedelta(days=30)
What = tuple[datetime, int, str, int, str]


@pytest.fixture
def now() -> datetime:
    """The first Monday of a month with holidays, collective leave and a change of year in it."""
    return datetime.fromisoformat("2026-12-07T09:00+07:00")


@pytest.fixture
def city(sessions: sessionmaker[Session], now: datetime) -> list[int]:
    """Cases at many places: reminded, late, returned, in a vote, stuck, going from hand to hand."""
    with sessions.begin() as session:
        city = City.founded(session, now)
        superior = {"clerk": city.positions["clerk.bapperida"]}
        superior["by"] = city.positions["secretary.bapperida"]
        session.execute(text("UPDATE positions SET superior_id = :by WHERE id = :clerk"), superior)
        proposals = city.publish(library.text("program-proposal"))
        ids = [city.case(proposals, now + timedelta(hours=n)) for n in range(6)]
        for number, case_id in enumerate(ids):
            city.act(case_id, "operator.dinkes", "forward", now)
            if number:
                city.act(case_id, "secretary.dinkes", "initial", now + timedelta(days=number))
        for case_id in ids[3:]:
            sent_back(city, case_id, now + timedelta(days=5))
        others = (
            COUNCIL,
            STUCK.format(**USUAL),
            STUCK.format(**{**USUAL, **NO_ANCHOR}).replace("key: stuck", "key: anchored"),
            REASSIGNED.format(to="superior"),
        )
        later = now + timedelta(days=5)
        return [*ids, *(city.case(city.publish(source), later) for source in others)]


def facts(session: Session, since: datetime) -> Counter[What]:
    """What the sweep did, as the journal tells it."""
    found: Counter[What] = Counter()
    kinds = (timers.REMINDED, timers.ESCALATED, timers.REASSIGNED, "lapsed")
    for event in session.scalars(select(Event).where(Event.kind.in_(kinds), Event.at > since)):
        told = event.payload
        kind = told.get("timer", timers.LAPSE)
        found[event.at, event.case_id, told["path"], told["visit"], kind] += 1
    return found


def counted(found: list[forecast.Foreseen]) -> Counter[What]:
    return Counter((one.at, one.case_id, one.path, one.visit, one.kind) for one in found)


def sweep_the_month(sessions: sessionmaker[Session], now: datetime) -> None:
    """Sweep at each moment at which anything waits, until the month is over."""
    moment, end = now, now + MONTH
    while True:
        sweep.run(sessions, moment)
        with sessions() as session:
            waits = select(func.min(Timer.due_at)).where(
                Timer.status == "waiting", Timer.due_at > moment
            )
            at = session.scalar(waits)
        if at is None or at > end:
            return
        moment = at.astimezone(now.tzinfo)


def test_a_month_of_sweeping_does_what_was_foreseen(
    sessions: sessionmaker[Session], city: list[int], now: datetime
) -> None:
    start = now + timedelta(days=5, hours=1)
    with sessions() as session:
        expected = counted(forecast.of_city(session, start))
        one_by_one = [one for case_id in city for one in forecast.of_case(session, case_id, start)]
    assert counted(one_by_one) == expected
    sweep_the_month(sessions, start)
    with sessions() as session:
        assert facts(session, now) == expected
        kinds = {kind for *_, kind in expected}
        assert {"reminder.0", "reminder.1", "escalation.2", "reassign.0", timers.LAPSE} <= kinds
        lapsed = {path for _, _, path, _, kind in expected if kind == timers.LAPSE}
        assert lapsed == {"revising", "voting", "asking"}
        assert list(journal.verify(session)) == []


def test_looking_ahead_writes_nothing(
    sessions: sessionmaker[Session], city: list[int], now: datetime
) -> None:
    counts = [select(func.count()).select_from(table) for table in (Event, OutboxMessage, Timer)]
    with sessions.begin() as session:
        before = [session.scalar(count) for count in counts]
        assert forecast.of_city(session, now)
    with sessions() as session:
        assert [session.scalar(count) for count in counts] == before


def test_statements_do_not_grow_with_the_cases_that_move(
    database: Database, city: list[int], now: datetime
) -> None:
    def asked() -> int:
        with statements(database) as said, database.sessions() as session:
            reading.begin(session)
            forecast.of_city(session, now + timedelta(days=5, hours=1))
        return len(said)

    before = asked()
    with database.sessions.begin() as session:
        people = session.execute(select(Person.username, Person.id))
        again = City(session, people={row.username: row.id for row in people})
        owner = session.scalars(select(Agency).where(Agency.code == "dinkes")).one()
        again.agencies["dinkes"] = owner.id
        version_id = session.get_one(Case, city[0]).workflow_version_id
        for _ in range(3):
            case_id = again.case(version_id, now)
            again.act(case_id, "operator.dinkes", "forward", now)
            again.act(case_id, "secretary.dinkes", "initial", now)
            sent_back(again, case_id, now + timedelta(days=5))
    assert asked() == before


def test_no_more_days_are_told_than_were_asked_for(
    sessions: sessionmaker[Session], city: list[int], now: datetime
) -> None:
    with sessions() as session:
        week = forecast.of_city(session, now, days=7)
        assert week
        assert all(now <= one.at <= now + timedelta(days=7) for one in week)
        assert len(week) < len(forecast.of_city(session, now))


def test_an_unknown_case_has_no_days_to_come(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        forecast.of_case(session, 1, now)
