"""A task that nobody can do is routed to another position, and no rule is lifted by it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.workflow.factories import City
from workflow import engine, journal
from workflow.engine import Holder
from workflow.errors import Invalid, NotFound, Refused
from workflow.models import Event, Notification
from workflow.notifications import announcements

STEP = """
key: step
subject: proposal
initial: studying
facts: {}
verbs: {approve: {means: approve}}
parties:
  student: {agency: planning, post: reviewer}
  other: {agency: planning, post: clerk}
apart: [[other, student]]
steps:
  studying: {party: student, within: 2 working days, actions: {approve: closing}}
  closing: {party: other, actions: {close: closed}}
  closed: {final: closed}
"""
GONE, CLERK, HEAD = "reviewer.bapperida", "clerk.bapperida", "head.bapperida"


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    """The small city with an administrator; reviewer and clerk answer to the planning head."""
    city = City.founded(session, now)
    city.person("admin", administers=True)
    for post, above in ((GONE, HEAD), (CLERK, HEAD), (HEAD, "head.setda")):
        session.execute(
            text("UPDATE positions SET superior_id = :above WHERE id = :id"),
            {"above": city.positions[above], "id": city.positions[post]},
        )
    return city


@pytest.fixture
def case_id(city: City, now: datetime) -> int:
    return city.case(city.publish(STEP), now)


def leave(city: City, username: str) -> None:
    city.session.execute(
        text("UPDATE people SET is_active = false WHERE id = :id"), {"id": city.people[username]}
    )


def task(city: City, case_id: int, now: datetime) -> Holder:
    (one,) = engine.holders(city.session, case_id, now)
    return one


def route(
    city: City, case_id: int, to: str | None, now: datetime, *, who: str = "admin", why: str = "x"
) -> None:
    engine.route(
        city.session,
        case_id,
        task(city, case_id, now).task_id,
        None if to is None else str(city.positions[to]),
        why,
        person_id=city.people[who],
        now=now,
    )


def give(city: City, case_id: int, key: str, now: datetime) -> None:
    number = task(city, case_id, now).task_id
    engine.route(city.session, case_id, number, key, "x", person_id=city.people["admin"], now=now)


def test_the_superior_and_positions_beside_it_are_offered_never_those_below(
    city: City, case_id: int, now: datetime
) -> None:
    number = task(city, case_id, now).task_id
    leave(city, GONE)
    titles = [goal.title for goal in engine.goals(city.session, case_id, number, now)]
    assert titles[0] == "head bapperida"
    assert set(titles) == {
        f"{post} bapperida" for post in ("head", "operator", "secretary", "clerk")
    }
    city.session.execute(
        text("UPDATE positions SET superior_id = :above WHERE id = :id"),
        {"above": city.positions[GONE], "id": city.positions[CLERK]},
    )
    titles = [goal.title for goal in engine.goals(city.session, case_id, number, now)]
    assert "clerk bapperida" not in titles


def test_a_routed_task_is_journalled_with_the_reason_and_its_new_holders_are_told(
    city: City, case_id: int, now: datetime
) -> None:
    due_at = task(city, case_id, now).due_at
    leave(city, GONE)
    route(city, case_id, HEAD, now, why="  Penelaah pindah  tugas ")
    moved = task(city, case_id, now)
    assert (moved.title, moved.due_at) == ("head bapperida", due_at)
    event = city.session.get(Event, (case_id, 2))
    assert event is not None
    assert (event.kind, event.person_id, event.appointment_id) == (
        "reassigned",
        city.people["admin"],
        None,
    )
    assert event.payload["reason"] == "Penelaah pindah tugas"
    assert event.payload["from_position"] == "reviewer bapperida"
    announcements.announce(city.session, case_id, 2, now)
    told = {(one.person_id, one.kind) for one in city.session.scalars(select(Notification))}
    assert told == {(city.people[HEAD], "task_given")}
    city.act(case_id, HEAD, "approve", now)
    assert list(journal.verify(city.session, case_id)) == []


def test_while_somebody_can_do_it_a_task_goes_up_or_to_another_holder_and_no_further(
    city: City, case_id: int, now: datetime
) -> None:
    city.person("second")
    city.appoint("second", GONE)
    number = task(city, case_id, now).task_id
    offered = engine.goals(city.session, case_id, number, now)
    assert [(one.title, one.people) for one in offered] == [
        ("reviewer bapperida", (f"Ibu {GONE}",)),
        ("reviewer bapperida", ("Ibu second",)),
        ("head bapperida", (f"Ibu {HEAD}",)),
    ]
    with pytest.raises(Invalid):
        route(city, case_id, CLERK, now)
    give(city, case_id, offered[1].key, now)
    assert [one.name for one in task(city, case_id, now).people] == ["Ibu second"]
    event = journal.events(city.session, case_id)[-1]
    assert (event.kind, event.payload["assignee"]) == ("reassigned", "Ibu second")
    left = engine.goals(city.session, case_id, number, now)
    assert [one.people for one in left] == [(f"Ibu {GONE}",), (f"Ibu {HEAD}",)]
    route(city, case_id, HEAD, now)
    assert task(city, case_id, now).title == "head bapperida"
    city.act(case_id, HEAD, "approve", now)
    assert list(journal.verify(city.session, case_id)) == []


@pytest.mark.parametrize(
    ("to", "why", "wrong"),
    [
        (None, " ", {("position_id", "required"), ("reason", "required")}),
        ("head.setda", "x", {("position_id", "unknown")}),
        (GONE, "x", {("position_id", "unknown")}),
        (HEAD, "x" * 501, {("reason", "too_long")}),
    ],
)
def test_a_route_needs_a_position_in_reach_and_a_reason(
    city: City, case_id: int, now: datetime, to: str | None, why: str, wrong: set[tuple[str, str]]
) -> None:
    leave(city, GONE)
    with pytest.raises(Invalid) as error:
        route(city, case_id, to, now, why=why)
    assert {(one.field, one.code) for one in error.value.problems} == wrong
    assert task(city, case_id, now).title == "reviewer bapperida"


@pytest.mark.parametrize("who", [HEAD, "head.setda", CLERK])
def test_only_administrators_route(city: City, case_id: int, now: datetime, who: str) -> None:
    leave(city, GONE)
    with pytest.raises(NotFound):
        route(city, case_id, HEAD, now, who=who)


def test_four_eyes_hold_at_a_routed_task(city: City, case_id: int, now: datetime) -> None:
    leave(city, GONE)
    route(city, case_id, CLERK, now)
    city.act(case_id, CLERK, "approve", now)
    with pytest.raises(Refused, match="apart"):
        city.act(case_id, CLERK, "close", now)


def test_no_task_is_routed_into_the_agency_whose_proposal_is_judged(
    city: City, now: datetime
) -> None:
    case_id = city.case(city.publish(STEP), now, owner="bapperida")
    number = task(city, case_id, now).task_id
    assert task(city, case_id, now).people == ()
    assert engine.goals(city.session, case_id, number, now) == []


def test_an_administrator_decides_nothing_by_routing(
    city: City, case_id: int, now: datetime
) -> None:
    leave(city, GONE)
    route(city, case_id, HEAD, now)
    with pytest.raises(Refused, match="administrators_do_not_decide"):
        city.act(case_id, "admin", "approve", now)
    assert city.decisions(case_id) == []


def test_the_mail_of_a_routed_task_names_who_routed_it(
    city: City, case_id: int, now: datetime
) -> None:
    leave(city, GONE)
    route(city, case_id, HEAD, now)
    announcements.announce(city.session, case_id, 2, now)
    [line] = city.session.scalars(select(Notification))
    assert line.values["by"] == "Ibu admin"
