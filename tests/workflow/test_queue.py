"""The queue: what waits for a person, by due time, at the same price for any number of tasks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.orm import Session

from tests.databases import SEEDED_AT
from tests.workflow.demo import agency_id, case_of, person_id
from workflow import organisation, queue
from workflow.errors import Invalid
from workflow.models import Appointment, Person, Proposal, Task

pytestmark = pytest.mark.postgres15

NOW = SEEDED_AT


def titles(session: Session, username: str, **options: str) -> list[str]:
    found = queue.page(session, person_id(session, username), NOW, **options)
    return [row.title for row in found.rows]


def flood(session: Session, position_id: int, count: int) -> None:
    """Many more open tasks at a position."""
    case = case_of(session, "dinsos")
    rows = [
        {
            "case_id": case.id,
            "path": "flood",
            "visit": number,
            "seat": 0,
            "party": "planning_head",
            "position_id": position_id,
            "status": "open",
            "opened_at": NOW,
            "due_at": NOW + timedelta(hours=number // 3),
            "rank_at": NOW + timedelta(hours=number // 3),
        }
        for number in range(count)
    ]
    session.execute(insert(Task), rows)


def position_of(session: Session, username: str) -> int:
    held = organisation.appointments(session, NOW.date(), person_id=person_id(session, username))
    return held[0].position_id


def test_the_queue_holds_the_tasks_of_the_persons_positions(demo: Session) -> None:
    page = queue.page(demo, person_id(demo, "telaah.bapperida"), NOW)
    assert {row.agency_short for row in page.rows} == {"Dinsos PM", "Disporapar"}
    assert {row.path for row in page.rows} == {"review.planning.assessing"}
    assert page.next_cursor is None
    assert [row.rank_at for row in page.rows] == sorted(row.rank_at for row in page.rows)


def test_who_holds_two_positions_sees_both_queues(demo: Session) -> None:
    for code in ("dlh", "disperkim"):
        other = case_of(demo, "dishub") if code == "disperkim" else case_of(demo, "dlh")
        head = next(
            position.id
            for position in organisation.positions(demo, NOW.date(), agency_id(demo, code))
            if position.post == "head"
        )
        demo.execute(
            update(Task)
            .where(Task.case_id == other.id, Task.status == "open")
            .values(position_id=head)
        )
    assert len(titles(demo, "kepala.disperkim")) == 2


def test_a_task_given_to_somebody_is_not_in_a_colleagues_queue(demo: Session) -> None:
    case = case_of(demo, "diskominfo")
    tasks = demo.scalars(select(Task).where(Task.case_id == case.id, Task.status == "open")).all()
    picked = next(task for task in tasks if task.assignee_id is not None)
    for member in ("anggota.spbe", "anggota2.spbe", "anggota3.spbe", "anggota4.spbe"):
        found = queue.page(demo, person_id(demo, member), NOW).rows
        mine = {row.task_id for row in found}
        assert (picked.id in mine) == (person_id(demo, member) == picked.assignee_id)


def test_an_ended_appointment_or_a_person_switched_off_has_no_queue(demo: Session) -> None:
    who = person_id(demo, "telaah.bapperida")
    assert queue.page(demo, who, NOW).rows
    demo.execute(
        update(Appointment)
        .where(Appointment.person_id == who)
        .values(ends_on=NOW.date() - timedelta(days=1))
    )
    assert queue.page(demo, who, NOW).rows == ()
    other = person_id(demo, "telaah2.bapperida")
    demo.execute(update(Person).where(Person.id == other).values(is_active=False))
    assert queue.page(demo, other, NOW).rows == ()


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("layanan", ["Pusat layanan warga rentan satu pintu"]),
        ("rent sat", ["Pusat layanan warga rentan satu pintu"]),
        ("kalen", ["Kalender wisata dan pertunjukan kota"]),
        ("tidak ada", []),
        ("& | !", []),
        ("'); drop", []),
    ],
)
def test_the_queue_is_searched_by_beginnings_of_words(
    demo: Session, search: str, found: list[str]
) -> None:
    assert titles(demo, "telaah.bapperida", search=search) == found


def test_the_queue_is_searched_by_receipt_number(demo: Session) -> None:
    number = demo.scalars(
        select(Proposal.receipt_number).where(
            Proposal.id == case_of(demo, "disporapar").proposal_id
        )
    ).one()
    assert number is not None
    assert titles(demo, "telaah.bapperida", search=number.lower()) == [
        "Kalender wisata dan pertunjukan kota"
    ]


def test_pages_follow_each_other_without_gap_or_repetition(demo: Session) -> None:
    flood(demo, position_of(demo, "kepala.bapperida"), 120)
    who, seen, after = person_id(demo, "kepala.bapperida"), [], None
    while True:
        page = queue.page(demo, who, NOW, after=after, limit=25)
        seen += [row.task_id for row in page.rows]
        after = page.next_cursor
        if after is None:
            break
    assert len(seen) == len(set(seen))
    assert seen == [row.task_id for row in queue.page(demo, who, NOW, limit=500).rows]
    assert len(seen) >= 120


@pytest.mark.parametrize("cursor", ["x", "1", "1.2.3", "999999999999999999.1", "-.1"])
def test_a_cursor_that_no_page_gave_is_refused(demo: Session, cursor: str) -> None:
    with pytest.raises(Invalid, match="bad_cursor"):
        queue.page(demo, person_id(demo, "sekda"), NOW, after=cursor)


def test_a_page_is_one_statement_and_who_has_the_ball_two(demo: Session) -> None:
    who, said = person_id(demo, "kepala.bapperida"), []
    ids = [agency_id(demo, "dinsos")]

    def note(_c: object, _u: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    engine = demo.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        queue.page(demo, who, NOW, search="layanan")
        queue.where_is_the_ball(demo, ids, NOW)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len([statement for statement in said if "SAVEPOINT" not in statement]) == 3


def test_a_page_walks_along_the_queues_index(demo: Session) -> None:
    position_id = position_of(demo, "kepala.bapperida")
    flood(demo, position_id, 5_000)
    demo.execute(text("ANALYZE tasks"))
    said: list[tuple[str, object]] = []

    def note(_c: object, _u: object, statement: str, values: object, *_rest: object) -> None:
        said.append((statement, values))

    engine = demo.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    queue.page(demo, person_id(demo, "kepala.bapperida"), NOW, limit=10)
    event.remove(engine, "before_cursor_execute", note)
    statement, values = said[-1]
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
    (explained,) = demo.connection().exec_driver_sql(explain, values).scalar_one()  # type: ignore[arg-type]
    scans = [node for node in _nodes(explained["Plan"]) if node.get("Relation Name") == "tasks"]
    assert {node.get("Index Name") for node in scans} == {"ix_tasks_queue"}
    assert max(node["Actual Rows"] for node in scans) <= 11


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All nodes of a plan."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def test_the_agency_sees_who_has_each_of_its_proposals(demo: Session) -> None:
    [ball] = queue.where_is_the_ball(demo, [agency_id(demo, "dinsos")], NOW)
    assert (ball.step, ball.outcome, ball.agency) == (
        "review",
        None,
        "Dinas Sosial dan Pemberdayaan Masyarakat",
    )
    planning, ict = sorted(ball.holders, key=lambda holder: holder.path, reverse=True)
    assert planning.title == "Perencana Ahli Bapperida"
    assert planning.agency == "Badan Perencanaan Pembangunan Daerah, Riset dan Inovasi Daerah"
    assert len(planning.people) == 2
    assert [one.name for one in ict.people] == ["Sekretaris Diskominfo"]
    assert isinstance(ict.since, datetime)
    assert ict.due_at is not None


def test_an_ended_case_is_in_nobodys_hands_and_comes_last(demo: Session) -> None:
    ids = [agency_id(demo, code) for code in ("dispusda", "dlh")]
    running, ended = queue.where_is_the_ball(demo, ids, NOW)
    assert (running.outcome, ended.outcome, ended.holders) == (None, "approved", ())
    assert running.holders[0].due_at is not None


def test_a_position_that_nobody_holds_shows_no_people(demo: Session) -> None:
    demo.execute(
        update(Appointment)
        .where(Appointment.person_id == person_id(demo, "operator.dinkes"))
        .values(ends_on=NOW.date() - timedelta(days=1))
    )
    balls = queue.where_is_the_ball(demo, [agency_id(demo, "dinkes")], NOW)
    ball = next(ball for ball in balls if ball.step == "drafting")
    assert ball.holders[0].people == ()
    assert ball.holders[0].due_at is None
