"""Several processes at once: one save wins, nothing is imported twice, one city is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from tests.databases import Databases, opened
from tests.waiting import PATIENCE
from tests.workflow.demo import case_of, person_id
from workflow import importing, proposals
from workflow.city import seed
from workflow.errors import Conflict
from workflow.importing.spreadsheets import SourceRow
from workflow.models import Event, Person, Proposal

pytestmark = pytest.mark.postgres15

AT_ONCE = 4


@pytest.fixture(scope="module")
def city(databases: Databases) -> Iterator[sessionmaker[Session]]:
    """A demo city that several connections may really change."""
    for database in opened(databases, "rush", "demo"):
        yield database.sessions


def together(
    sessions: sessionmaker[Session], work: Callable[[Session, int], object]
) -> list[object]:
    """Let several connections do the work at the same moment; what each returned or raised."""
    barrier = Barrier(AT_ONCE)

    def run(number: int) -> object:
        try:
            with sessions.begin() as session:
                barrier.wait(PATIENCE)
                return work(session, number)
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_of_several_seeds_one_writes_the_city(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    written = together(sessions, lambda session, _: seed.ensure_demo(session, now))
    assert sorted(done.people > 0 for done in written if isinstance(done, seed.Seeded)) == [
        False,
        False,
        False,
        True,
    ]
    with sessions() as session:
        assert session.scalar(select(func.count()).where(Person.username == "sekda")) == 1


def test_of_several_saves_one_stays(city: sessionmaker[Session], now: datetime) -> None:
    with city() as session:
        held = proposals.read(session, case_of(session, "dinkes").proposal_id)
        drafter = person_id(session, "operator.dinkes")

    def save(session: Session, number: int) -> object:
        document = {**held.document, "short_name": f"Nama {number}"}
        return proposals.save(
            session, held.id, document, person_id=drafter, revision=held.revision, now=now
        )

    results = together(city, save)
    won = [result for result in results if isinstance(result, proposals.Saved)]
    lost = [result for result in results if isinstance(result, Conflict)]
    assert (len(won), len(lost)) == (1, AT_ONCE - 1)
    assert {conflict.decided_by for conflict in lost} == {"Operator Dinas Kesehatan"}
    with city() as session:
        kept = proposals.read(session, held.id)
        saves = select(func.count()).where(
            Event.case_id == held.case_id, Event.kind == "proposal_saved"
        )
        assert (kept.revision, session.scalar(saves)) == (held.revision + 1, 1)


def test_of_several_imports_one_takes_the_rows(city: sessionmaker[Session], now: datetime) -> None:
    rows = [
        SourceRow(number, {"judul": f"Usulan {number}", "perangkat_daerah": "SD Negeri 50"})
        for number in range(2, 7)
    ]
    options = importing.Options(create_units=True)

    def take(session: Session, _: int) -> object:
        return importing.import_proposals(session, rows, importing.columns([]), now, options)

    results = together(city, take)
    reports = [report for report in results if isinstance(report, importing.Report)]
    assert sorted(len(report.imported) for report in reports) == [0, 0, 0, 5]
    with city() as session:
        count = select(func.count()).where(Proposal.import_key.is_not(None))
        assert session.scalar(count) == 5
