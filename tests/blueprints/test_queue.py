"""The queue: what is in it, in what order, at what cost."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from states.marking import Marking
from tests.blueprints.conftest import NOW
from tests.databases import statements
from tests.workflow.factories import City
from workflow.database import Database
from workflow.models import Agency, Case, Proposal, Task, WorkflowVersion, WorkWeek

Fill = Callable[..., None]
_numbers = itertools.count(1)


@pytest.fixture
def fill(city: City, city_database: Database) -> Fill:
    """Put open tasks into the queue of a position (`post.agency`): title and due time of each."""

    def filled(position: str, *works: tuple[str, datetime | None]) -> None:
        with city_database.sessions.begin() as session:
            version_id = session.query(WorkflowVersion.id).limit(1).scalar()
            for title, due_at in works:
                proposal = Proposal(
                    agency_id=city.agencies["dinkes"],
                    title=title,
                    document={},
                    receipt_number=f"UJI/2026/{next(_numbers):04d}",
                    created_at=NOW,
                    updated_at=NOW,
                )
                session.add(proposal)
                session.flush()
                case = Case(
                    workflow_version_id=version_id,
                    proposal_id=proposal.id,
                    agency_id=proposal.agency_id,
                    owner_line=[proposal.agency_id],
                    marking=Marking("review", visits={"review": 1}).to_json(),
                    facts={},
                    hats={},
                    version=1,
                    journal_seq=0,
                    journal_hash="",
                    step="review",
                    started_at=NOW,
                    moved_at=NOW,
                )
                session.add(case)
                session.flush()
                session.add(
                    Task(
                        case_id=case.id,
                        path="review.planning.deciding",
                        visit=1,
                        seat=0,
                        party="planning_head",
                        position_id=city.positions[position],
                        opened_at=NOW - timedelta(days=1),
                        due_at=due_at,
                        rank_at=due_at or NOW + timedelta(days=9999),
                    )
                )

    return filled


def titles(page: str) -> list[str]:
    """The titles of the rows, in order."""
    return re.findall(r'class="row-title"[^>]*>([^<]*)<', page)


def test_the_nearest_deadline_stands_first(
    desk: Callable[[str], FlaskClient], hire: Callable[..., str], fill: Fill
) -> None:
    name = hire("urut", "head")
    fill(
        "head.urut",
        ("Tanpa batas", None),
        ("Rabu", NOW + timedelta(days=2, hours=7)),
        ("Hari ini", NOW + timedelta(hours=7)),
        ("Terlambat", NOW - timedelta(days=3, hours=17)),
    )
    page = desk(name).get("/queue/").text
    assert titles(page) == ["Terlambat", "Hari ini", "Rabu", "Tanpa batas"]


def test_a_deadline_is_told_by_word_and_shape(
    desk: Callable[[str], FlaskClient], hire: Callable[..., str], fill: Fill
) -> None:
    name = hire("kata", "head")
    fill(
        "head.kata",
        ("Terlambat", NOW - timedelta(days=3, hours=17)),
        ("Rabu", NOW + timedelta(days=2, hours=7)),
    )
    page = desk(name).get("/queue/").text
    assert re.search(
        r'due-late" title="19 November 2026 16\.00 WIB"><svg.*?lewat 2 hari kerja', page
    )
    assert re.search(
        r'due-calm" title="25 November 2026 16\.00 WIB"><svg.*?2 hari kerja lagi', page
    )


def test_others_work_is_not_shown(
    desk: Callable[[str], FlaskClient], hire: Callable[..., str], fill: Fill
) -> None:
    mine, theirs = hire("milik", "head"), hire("orang", "head")
    fill("head.orang", ("Bukan milik saya", NOW))
    assert titles(desk(mine).get("/queue/").text) == []
    assert titles(desk(theirs).get("/queue/").text) == ["Bukan milik saya"]


def test_an_empty_queue_says_so(
    desk: Callable[[str], FlaskClient], hire: Callable[..., str]
) -> None:
    assert "Tidak ada yang menunggu Anda" in desk(hire("kosong", "head")).get("/queue/").text


def test_a_search_is_in_the_address_and_finds_beginnings_of_words(
    desk: Callable[[str], FlaskClient], hire: Callable[..., str], fill: Fill
) -> None:
    name = hire("cari", "head")
    fill("head.cari", ("Kualitas air sungai", NOW), ("Lampu jalan", NOW))
    client = desk(name)
    assert titles(client.get("/queue/?q=kualit").text) == ["Kualitas air sungai"]
    nothing = client.get("/queue/?q=<b>zzz</b>").text
    assert "&lt;b&gt;zzz&lt;/b&gt;" in nothing
    assert "<b>zzz</b>" not in nothing


def test_pages_follow_each_other_without_gap_or_repeat(
    desk: Callable[[str], FlaskClient], hire: Callable[..., str], fill: Fill
) -> None:
    name = hire("banyak", "head")
    wanted = [f"Usulan {number:03d}" for number in range(120)]
    fill(
        "head.banyak", *((title, NOW + timedelta(minutes=n // 3)) for n, title in enumerate(wanted))
    )
    client, address, seen = desk(name), "/queue/", []
    while address:
        page = client.get(address).text
        seen += titles(page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert seen == wanted
    assert 'rel="first"' in page


def test_a_made_up_place_in_the_list_is_refused_politely(
    desk: Callable[[str], FlaskClient],
) -> None:
    answer = desk("head.dinkes").get("/queue/?after=elsewhere")
    assert answer.status_code == 422
    assert "Halaman daftar ini sudah tidak ada." in answer.text


def test_the_queue_takes_at_most_six_statements(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    fill: Fill,
    city_database: Database,
) -> None:
    name = hire("hemat", "head", "secretary")
    fill("head.hemat", *((f"Usulan {n}", NOW + timedelta(days=n)) for n in range(60)))
    client = desk(name)
    with statements(city_database) as said:
        assert client.get("/queue/").status_code == 200
    assert len(said) <= 6, said


def test_whoever_holds_several_positions_sees_which_is_asked(
    desk: Callable[[str], FlaskClient], hire: Callable[..., str], fill: Fill
) -> None:
    name = hire("rangkap", "head", "secretary")
    fill("secretary.rangkap", ("Untuk sekretaris", NOW))
    assert "secretary rangkap" in desk(name).get("/queue/").text


def test_days_left_are_counted_over_the_week_of_the_agency_that_works(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    fill: Fill,
    city: City,
    city_database: Database,
) -> None:
    name = hire("enam", "head")
    hours = {str(day): ["07:30", "14:00"] for day in range(1, 7)}
    with city_database.sessions.begin() as session:
        session.merge(WorkWeek(code="six", name="Enam hari", hours=hours))
        session.query(Agency).filter_by(id=city.agencies["enam"]).update({"week": "six"})
    saturday = NOW + timedelta(days=5, hours=5)
    fill("head.enam", ("Sabtu pun bekerja", saturday))
    assert "5 hari kerja lagi" in desk(name).get("/queue/").text


def test_a_due_time_over_an_unconfirmed_year_is_marked_provisional(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    city_database: Database,
    city: City,
) -> None:
    name = hire("tentative", "operator", "secretary", "head")
    with city_database.sessions.begin() as session:
        own = City(session, agencies=city.agencies, people=city.people)
        version_id = session.query(WorkflowVersion.id).filter_by(is_default=True).scalar()
        case_id = own.case(version_id, NOW, owner=name)
        own.act(case_id, name, "forward", NOW)
        task = session.query(Task).filter_by(case_id=case_id, status="open").one()
    for is_provisional in (False, True):
        with city_database.sessions.begin() as session:
            explained = {**task.due_explained, "provisional": is_provisional}
            session.get_one(Task, task.id).due_explained = explained
        for path in ("/queue/", f"/cases/{case_id}"):
            assert ("sementara</span>" in desk(name).get(path).text) is is_provisional
        address = f"/cases/{case_id}/due/{task.path}/{task.visit}/{task.seat}"
        assert ("Sementara: " in desk(name).get(address).text) is is_provisional
