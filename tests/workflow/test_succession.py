"""Agencies merged or split: who follows whom, what goes over on the day, and what stays."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.waiting import PATIENCE
from tests.workflow.factories import City
from tests.workflow.test_races import at_once
from workflow import (
    cases,
    dossier,
    engine,
    journal,
    organisation,
    parties,
    permissions,
    succession,
    timers,
)
from workflow.delivery import Delivery
from workflow.errors import Invalid, NotFound
from workflow.models import (
    Agency,
    Appointment,
    AppointmentChange,
    Case,
    Event,
    OutboxMessage,
    Position,
    Proposal,
    Succession,
    Task,
)
from workflow.notifications import announcements
from workflow.organising import agencies
from workflow.succession.under_way import OWNER_CHANGED

ZONE = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
TODAY = date(2026, 11, 23)
LATER = date(2026, 12, 1)
ON_THE_DAY = datetime(2026, 12, 1, 0, 0, tzinfo=ZONE)
DAY = timedelta(days=1)


@pytest.fixture
def city(session: Session) -> City:
    return founded(session)


def founded(session: Session) -> City:
    city = City.founded(session, NOW)
    city.person("admin", administers=True)
    return city


def planned(
    city: City, agency: str = "dinkes", heir: str = "dinsos", **changes: str
) -> dict[str, str]:
    """Everything of an agency goes to the same posts of another, and nobody follows."""
    heir_id = city.agencies[heir]
    typed = {
        "happens_on": TODAY.isoformat(),
        "ends": "yes",
        "decree": "Perda 9/2026",
        "decree_on": "2026-11-20",
        "heir_1": str(heir_id),
    }
    agency_id = city.agencies[agency]
    for position in organisation.positions(city.session, NOW.date(), agency_id):
        typed[f"place.{position.id}"] = f"{heir_id}:{position.post}"
    for proposal_id in city.session.scalars(
        select(Proposal.id).where(Proposal.agency_id == agency_id)
    ):
        typed[f"proposal.{proposal_id}"] = str(heir_id)
    return {**typed, **changes}


def enter(city: City, typed: dict[str, str], agency: str = "dinkes", now: datetime = NOW) -> int:
    by = city.people["admin"]
    return succession.enter(city.session, city.agencies[agency], typed, by=by, now=now)


def task_of(session: Session, case_id: int) -> Task:
    query = select(Task).where(Task.case_id == case_id, Task.status == "open")
    return session.scalars(query.execution_options(populate_existing=True)).one()


@pytest.fixture
def case_id(city: City) -> int:
    """A proposal of the health agency that its operator is drafting."""
    return city.case(city.publish(library.text("program-proposal")), NOW)


def test_open_tasks_and_the_proposal_go_to_the_heir_and_can_be_done_there(
    city: City, case_id: int
) -> None:
    enter(city, planned(city))
    session = city.session
    assert task_of(session, case_id).position_id == city.positions["operator.dinsos"]
    case = engine.state(session, case_id)
    assert case.agency_id == city.agencies["dinsos"]
    assert case.owner_line == [city.agencies["dinsos"]]
    assert session.get_one(Proposal, case.proposal_id).agency_id == city.agencies["dinsos"]
    city.act(case_id, "operator.dinsos", "forward", NOW)
    assert list(journal.verify(session, case_id)) == []
    assert journal.replay(session, case_id) == engine.state(session, case_id).marking


def test_who_had_the_task_before_may_not_do_it_any_more(city: City, case_id: int) -> None:
    enter(city, planned(city))
    with pytest.raises(NotFound):  # who has no position there may not even know of it
        city.act(case_id, "operator.dinkes", "forward", NOW)
    assert city.decisions(case_id) == []


def test_the_cases_history_tells_who_it_belonged_to_under_the_names_of_the_day(
    city: City, case_id: int
) -> None:
    enter(city, planned(city))
    events = city.session.scalars(
        select(Event).where(Event.case_id == case_id).order_by(Event.seq)
    ).all()
    assert [event.kind for event in events] == [
        "case_started",
        OWNER_CHANGED,
        timers.REASSIGNED,
    ]
    owner, task = events[1].payload, events[2].payload
    assert (owner["from_agency"], owner["agency"]) == ("Dinas dinkes", "Dinas dinsos")
    assert (task["from_position"], task["position"]) == ("operator dinkes", "operator dinsos")
    assert owner["reason"] == task["reason"] == "Perda 9/2026"
    assert owner["by"] == task["by"] == "Ibu admin"
    told = announcements.recipients(city.session, case_id, events[2].seq, NOW)
    assert [one.person_id for one in told] == [city.people["operator.dinsos"]]


def test_a_case_that_ended_stays_with_its_agency_under_the_name_of_its_day(
    city: City, case_id: int
) -> None:
    city.act(case_id, "operator.dinkes", "discard", NOW)
    enter(city, planned(city, happens_on=LATER.isoformat()))
    succession.carry_out(city.session, only(city.session).id, ON_THE_DAY)
    read = dossier.read(city.session, case_id, ON_THE_DAY + 30 * DAY)
    assert (read.agency_id, read.agency) == (city.agencies["dinkes"], "Dinas dinkes")
    kinds = city.session.scalars(select(Event.kind).where(Event.case_id == case_id)).all()
    assert OWNER_CHANGED not in kinds


def only(session: Session) -> Succession:
    return session.scalars(select(Succession)).one()


def test_the_agency_its_positions_and_appointments_end_on_the_day_before(city: City) -> None:
    enter(city, planned(city))
    session = city.session
    session.expire_all()
    assert organisation.agency(session, city.agencies["dinkes"], TODAY - DAY)
    with pytest.raises(NotFound):
        organisation.agency(session, city.agencies["dinkes"], TODAY)
    assert session.get_one(Position, city.positions["head.dinkes"]).closed_on == TODAY - DAY
    held = session.get_one(Appointment, city.appointments["head.dinkes@head.dinkes"])
    assert held.ends_on == TODAY - DAY
    assert permissions.actors(session, city.people["head.dinkes"], NOW) == []
    (trace,) = session.scalars(
        select(AppointmentChange).where(AppointmentChange.appointment_id == held.id)
    )
    assert (trace.kind, trace.letter_number) == ("ended", "Perda 9/2026")


def test_holders_who_follow_have_the_other_position_on_the_decree(city: City) -> None:
    position_id = city.positions["head.dinkes"]
    typed = planned(city, **{f"follow.{position_id}": "yes"})
    enter(city, typed)
    (actor,) = permissions.actors(city.session, city.people["head.dinkes"], NOW)
    assert actor.position_id == city.positions["head.dinsos"]
    assert (actor.starts_on, actor.ends_on) == (TODAY, None)
    assert actor.letter_number == "Perda 9/2026"


def test_a_post_that_the_heir_does_not_have_is_made(city: City) -> None:
    position_id = city.position("dinkes", "analyst")
    city.person("analis")
    city.appoint("analis", "analyst.dinkes")
    typed = planned(city, **{f"follow.{position_id}": "yes"})
    enter(city, typed)
    (actor,) = permissions.actors(city.session, city.people["analis"], NOW)
    assert (actor.agency_id, actor.post) == (city.agencies["dinsos"], "analyst")


def test_functions_parts_and_those_who_answered_go_to_the_heir(city: City) -> None:
    part = city.agency("puskesmas", parent="bapperida")
    below = city.position("dinkes", "analyst")
    city.session.get_one(Position, below).superior_id = city.positions["head.bapperida"]
    city.session.flush()
    enter(city, planned(city, "bapperida", "diskominfo"), "bapperida")
    session = city.session
    session.expire_all()
    held = organisation.agency(session, city.agencies["diskominfo"], TODAY).functions
    assert held == ("ict", "planning")
    assert session.get_one(Agency, part).parent_id == city.agencies["diskominfo"]
    assert session.get_one(Position, below).superior_id == city.positions["head.diskominfo"]


def test_an_agency_that_is_split_gives_away_what_is_named_and_goes_on(
    city: City, case_id: int
) -> None:
    stays = city.case(engine.state(city.session, case_id).workflow_version_id, NOW)
    goes_id = engine.state(city.session, case_id).proposal_id
    typed = {
        **planned(city),
        "ends": "",
        "heir_2": str(city.agencies["inspektorat"]),
        f"place.{city.positions['operator.dinkes']}": "",
        f"place.{city.positions['head.dinkes']}": "",
        f"place.{city.positions['secretary.dinkes']}": f"{city.agencies['inspektorat']}:analyst",
        f"proposal.{goes_id}": str(city.agencies["inspektorat"]),
        f"proposal.{engine.state(city.session, stays).proposal_id}": "",
    }
    enter(city, typed)
    session = city.session
    assert engine.state(session, case_id).agency_id == city.agencies["inspektorat"]
    assert engine.state(session, stays).agency_id == city.agencies["dinkes"]
    assert organisation.agency(session, city.agencies["dinkes"], TODAY).name == "Dinas dinkes"
    assert permissions.actors(session, city.people["head.dinkes"], NOW)
    posts = {
        one.post
        for one in organisation.positions(session, NOW.date(), city.agencies["inspektorat"])
    }
    assert "analyst" in posts


def test_what_is_to_come_waits_for_its_day_and_can_be_withdrawn(city: City, case_id: int) -> None:
    enter(city, planned(city, happens_on=LATER.isoformat()))
    session, waiting = city.session, only(city.session)
    assert engine.state(session, case_id).agency_id == city.agencies["dinkes"]
    message = session.scalars(
        select(OutboxMessage).where(OutboxMessage.kind == succession.SUCCEED)
    ).one()
    assert message.due_at == ON_THE_DAY
    with pytest.raises(Invalid) as found:
        enter(city, planned(city))
    assert [one.code for one in found.value.problems] == ["succession_waits"]
    by = city.people["admin"]
    succession.withdraw(session, waiting.id, by=by, now=NOW)
    succession.carry_out(session, waiting.id, ON_THE_DAY)
    assert engine.state(session, case_id).agency_id == city.agencies["dinkes"]
    with pytest.raises(Invalid):
        succession.withdraw(session, waiting.id, by=by, now=NOW)


def test_carried_out_twice_it_is_done_once(city: City, case_id: int) -> None:
    enter(city, planned(city))
    first = only(city.session).outcome
    again = succession.carry_out(city.session, only(city.session).id, NOW)
    assert first is not None
    assert (again.tasks, again.proposals) == (first["tasks"], first["proposals"]) == (1, 1)
    count = select(func.count()).select_from(Event).where(Event.case_id == case_id)
    assert city.session.scalar(count) == 3


def test_what_came_after_the_plan_goes_to_the_first_heir(city: City, case_id: int) -> None:
    enter(city, planned(city, happens_on=LATER.isoformat()))
    later = city.case(engine.state(city.session, case_id).workflow_version_id, NOW)
    city.position("dinkes", "analyst")
    succession.carry_out(city.session, only(city.session).id, ON_THE_DAY)
    assert engine.state(city.session, later).agency_id == city.agencies["dinsos"]
    posts = {
        one.post
        for one in organisation.positions(city.session, NOW.date(), city.agencies["dinsos"])
    }
    assert "analyst" in posts


def test_the_effect_that_is_shown_is_what_comes_about_and_keeps_nothing(
    city: City, case_id: int
) -> None:
    position_id = city.positions["head.dinkes"]
    typed = planned(city, **{f"follow.{position_id}": "yes"})
    by = city.people["admin"]
    effect = succession.preview(city.session, city.agencies["dinkes"], typed, by=by, now=NOW)
    assert (effect.outcome.positions, effect.outcome.tasks, effect.outcome.proposals) == (3, 1, 1)
    assert [one.title for one in effect.crowded] == ["head dinsos"]
    assert engine.state(city.session, case_id).agency_id == city.agencies["dinkes"]
    assert city.session.scalars(select(Succession)).all() == []
    enter(city, typed)
    assert only(city.session).outcome == {
        "positions": 3,
        "made": 0,
        "appointments": 1,
        "tasks": 1,
        "proposals": 1,
        "functions": 0,
        "children": 0,
    }


def test_everything_wrong_is_told_at_once(city: City, case_id: int) -> None:
    typed = {
        "happens_on": "2026-11-22",
        "ends": "yes",
        "decree": "",
        "decree_on": "2026-12-24",
        "heir_1": str(city.agencies["dinkes"]),
        "heir_2": "999999",
        f"place.{city.positions['head.dinkes']}": "999999:head",
    }
    with pytest.raises(Invalid) as found:
        enter(city, typed)
    told = {one.field: one.code for one in found.value.problems}
    proposal_id = engine.state(city.session, case_id).proposal_id
    assert told == {
        "happens_on": "day_is_over",
        "decree": "required",
        "decree_on": "letter_to_come",
        "heir_1": "itself",
        "heir_2": "not_there_then",
        f"place.{city.positions['head.dinkes']}": "unknown_choice",
        f"place.{city.positions['secretary.dinkes']}": "required",
        f"place.{city.positions['operator.dinkes']}": "required",
        f"proposal.{proposal_id}": "required",
    }


def test_two_agencies_become_a_new_one(city: City, case_id: int) -> None:
    typed = {
        "code": "dinkessos",
        "name": "Dinas Kesehatan dan Sosial",
        "short_name": "Dinkessos",
        "valid_from": LATER.isoformat(),
        "parent_id": "",
        "week": "five",
        "decree": "Perda 9/2026",
    }
    by = city.people["admin"]
    new = agencies.found(city.session, typed, by=by, now=NOW)
    city.agencies["dinkessos"] = new
    for name in ("dinkes", "dinsos"):
        follow = {f"follow.{city.positions[f'operator.{name}']}": "yes"}
        enter(city, planned(city, name, "dinkessos", happens_on=LATER.isoformat(), **follow), name)
    for waiting in city.session.scalars(select(Succession).order_by(Succession.id)).all():
        succession.carry_out(city.session, waiting.id, ON_THE_DAY)
    assert engine.state(city.session, case_id).agency_id == new
    operators = parties.holdings(city.session, [task_of(city.session, case_id).position_id], LATER)
    names = {one.name for held in operators.values() for one in held}
    assert names == {"Ibu operator.dinkes", "Ibu operator.dinsos"}


def test_on_its_day_the_message_carries_it_out(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        city = founded(session)
        case_id = city.case(city.publish(library.text("program-proposal")), NOW)
        enter(city, planned(city, happens_on=LATER.isoformat()))
        message_id = session.scalar(
            select(OutboxMessage.id).where(OutboxMessage.kind == succession.SUCCEED)
        )
    assert message_id is not None
    delivery = Delivery(sessions, lambda: ON_THE_DAY, "http://localhost")
    for _ in range(2):
        delivery.deliver(message_id)
    with sessions() as session:
        assert session.get_one(Case, case_id).agency_id == city.agencies["dinsos"]
        assert only(session).carried_out_at == ON_THE_DAY


ROUTED = """
key: routed
subject: proposal
initial: drafting
facts: {}
parties: {drafter: {agency: owner, post: operator}, checker: {agency: planning, post: clerk}}
steps:
  drafting: {party: drafter, actions: {submit: checking}}
  checking: {party: checker, actions: {accept: deciding}}
  deciding: {party: checker, actions: {close: closed}}
  closed: {final: closed}
"""


@pytest.mark.postgres15
def test_a_merger_and_decisions_at_the_same_moment_lose_neither(
    sessions: sessionmaker[Session],
) -> None:
    """Some cases come to the agency, some are decided there, some were its own, all at once."""
    with sessions.begin() as session:
        city = founded(session)
        version_id = city.publish(ROUTED)
        mine = [city.case(version_id, NOW, owner="dinsos") for _ in range(12)]
        own = [city.case(version_id, NOW, owner="bapperida") for _ in range(4)]
        for case_id in mine[6:]:
            city.act(case_id, "operator.dinsos", "submit", NOW)
        typed = planned(city, "bapperida", "diskominfo")
    doers = [("operator.dinsos", "submit", 1)] * 6 + [("clerk.bapperida", "accept", 2)] * 6
    doers += [("operator.bapperida", "submit", 1)] * 4
    wanted = list(zip([*mine, *own], doers, strict=True))

    def deciding(case_id: int, who: str, action: str, seen: int) -> Callable[[Session], object]:
        def run(session: Session) -> object:
            made = engine.act(
                session,
                case_id,
                action,
                person_id=city.people[who],
                request_id="r",
                seen_version=seen,
                now=NOW,
            )
            session.connection().exec_driver_sql("SELECT pg_sleep(0.05)")
            return made

        return run

    def merging(session: Session) -> object:
        by, agency_id = city.people["admin"], city.agencies["bapperida"]
        return succession.enter(session, agency_id, typed, by=by, now=NOW)

    tries = [deciding(case_id, *doer) for case_id, doer in wanted]
    answers = at_once(sessions, [*tries[::2], merging, *tries[1::2]])
    assert not [one for one in answers if isinstance(one, DBAPIError)]
    with sessions.begin() as session:
        message = session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == succession.LOOK_AGAIN)
        ).one()
        assert message.due_at > NOW
        succession.look_again(session, **message.arguments, now=NOW)
    with sessions.begin() as session:
        city.session = session
        made = [one for one in answers if isinstance(one, engine.Made)]
        decided = [one for case_id, _ in wanted for one in city.decisions(case_id)]
        assert len(decided) == len(made) + 6
        closed = set(session.scalars(select(Position.id).where(Position.closed_on.is_not(None))))
        for case_id, _ in wanted:
            assert task_of(session, case_id).position_id not in closed
            assert list(journal.verify(session, case_id)) == []
            case = engine.state(session, case_id)
            assert journal.replay(session, case_id) == case.marking
            assert case.agency_id != city.agencies["bapperida"]


def test_what_was_being_decided_during_a_merger_goes_over_a_moment_later(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        city = founded(session)
        case_id = city.case(city.publish(ROUTED), NOW, owner="dinsos")
        typed = planned(city, "bapperida", "diskominfo")
    with sessions.begin() as slow:
        city.session = slow
        city.act(case_id, "operator.dinsos", "submit", NOW)
        with sessions.begin() as session:
            city.session = session
            enter(city, typed, "bapperida")
    with sessions.begin() as session:
        city.session = session
        assert task_of(session, case_id).position_id == city.positions["clerk.bapperida"]
    moment = NOW + timedelta(minutes=2)
    delivery = Delivery(sessions, lambda: moment, "https://alur.example")
    with sessions() as session:
        again = session.scalars(
            select(OutboxMessage.id).where(OutboxMessage.kind == succession.LOOK_AGAIN)
        ).one()
    delivery.deliver(again)
    with sessions.begin() as session:
        city.session = session
        assert task_of(session, case_id).position_id == city.positions["clerk.diskominfo"]
        city.act(case_id, "clerk.diskominfo", "accept", moment)


def test_a_decision_that_makes_a_position_and_a_merger_do_not_wait_for_each_other(
    sessions: sessionmaker[Session],
) -> None:
    made_up = ROUTED.replace("planning, post: clerk", "planning, post: archivist")
    with sessions.begin() as session:
        city = founded(session)
        case_id = city.case(city.publish(made_up), NOW, owner="bapperida")
        typed = planned(city, "bapperida", "diskominfo")
        by, agency_id = city.people["admin"], city.agencies["bapperida"]

    def merge() -> None:
        with sessions.begin() as session:
            succession.enter(session, agency_id, typed, by=by, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with sessions.begin() as slow:
            cases.lock(slow, case_id)
            merging = pool.submit(merge)
            with sessions() as watching:
                while not watching.scalar(_WAITS):
                    time.sleep(0.02)
                    watching.rollback()
            city.session = slow
            city.act(case_id, "operator.bapperida", "submit", NOW)
        merging.result(timeout=PATIENCE)
    with sessions.begin() as session:
        message = session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == succession.LOOK_AGAIN)
        ).one()
        succession.look_again(session, **message.arguments, now=NOW)
    with sessions() as session:
        holder = session.get_one(Position, task_of(session, case_id).position_id)
        assert (holder.agency_id, holder.post) == (city.agencies["diskominfo"], "archivist")
        assert list(journal.verify(session, case_id)) == []


_WAITS = text("""
    SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
                   WHERE NOT granted AND datname = current_database())
""")
