"""The start page answers: what is this, and what do I do now."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask.testing import FlaskClient

from tests.blueprints.conftest import NOW
from tests.workflow.factories import City
from workflow.database import Database
from workflow.models import OutboxMessage, WorkflowVersion


def _draft(city: City, database: Database, agency: str) -> int:
    with database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people, city.appointments)
        version_id = session.query(WorkflowVersion.id).limit(1).scalar()
        assert version_id is not None
        return own.case(version_id, NOW, owner=agency)


def test_an_agencys_head_sees_who_has_each_proposal(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    city: City,
    city_database: Database,
) -> None:
    name = hire("bola", "head", "operator")
    _draft(city, city_database, "bola")
    page = desk(name).get("/").text
    row = re.search(r"Di tangan siapa.*?<tbody>(.*?)</tbody>", page, re.DOTALL)
    assert row is not None
    assert "Antrean puskesmas" in row[1]
    assert "Penyusunan usulan" in row[1]
    assert "operator bola" in row[1]
    assert "23 Nov 2026" in row[1]


def test_a_position_without_a_holder_is_pointed_out(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    city: City,
    city_database: Database,
) -> None:
    name = hire("lowong", "head")
    with city_database.sessions.begin() as session:
        City(session, city.agencies, city.positions).position("lowong", "operator")
    _draft(city, city_database, "lowong")
    assert "jabatan kosong" in desk(name).get("/").text
    alarm = desk("admin").get("/").text
    assert "operator lowong" in alarm
    assert "Tidak ada pejabatnya, dan 1 tugas menunggu di sini." in alarm


def test_the_top_of_the_queue_stands_first(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    city: City,
    city_database: Database,
) -> None:
    name = hire("atas", "operator")
    for _ in range(7):
        _draft(city, city_database, "atas")
    page = desk(name).get("/").text
    assert "Menunggu tindakan Anda" in page
    first_table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert first_table.count('class="row-title"') == 5
    assert "Seluruh antrean" in page


def test_an_administrator_sees_what_needs_attention(
    desk: Callable[[str], FlaskClient], city_database: Database
) -> None:
    with city_database.sessions.begin() as session:
        session.add(
            OutboxMessage(
                kind="mail",
                key="parked:home",
                arguments={},
                created_at=NOW,
                due_at=NOW,
                attempts=10,
                error="550 no such mailbox",
                dead_at=NOW,
            )
        )
    page = desk("admin").get("/").text
    assert "pesan tidak dapat dikirim" in page
    outbox = desk("admin").get("/admin/outbox").text
    assert "550 no such mailbox" in outbox
    assert "<strong>Surel</strong>" in outbox


def test_somebody_without_a_position_is_told_what_to_do(
    desk: Callable[[str], FlaskClient],
) -> None:
    page = desk("former").get("/").text
    assert "Hari ini Anda tidak memegang jabatan" in page
    assert "Tanpa jabatan hari ini" in page


def test_the_capacity_is_in_plain_sight_and_can_be_switched(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    city: City,
    city_database: Database,
) -> None:
    name = hire("ganti", "head")
    with city_database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people)
        own.position("ganti", "secretary")
        acting = own.appoint(name, "secretary.ganti", "plh", ends_on=NOW.date())
    client = desk(name)
    assert _capacity(client) == "head ganti"
    assert client.post("/appointments/acting", data={"appointment_id": acting}).location == "/"
    page = client.get("/").text
    assert "Anda sekarang bertindak sebagai Plh. secretary ganti." in page
    assert _capacity(client) == "Plh. secretary ganti"


def test_nobody_acts_in_anothers_appointment(
    desk: Callable[[str], FlaskClient], city: City
) -> None:
    client = desk("head.dinkes")
    other = city.appointments["head.dinsos@head.dinsos"]
    answer = client.post("/appointments/acting", data={"appointment_id": other})
    assert answer.status_code == 422
    assert _capacity(client) == "head dinkes"


def test_ended_appointments_are_shown_as_ended(desk: Callable[[str], FlaskClient]) -> None:
    page = desk("former").get("/appointments/").text
    assert "Plt. operator dinsos" in page
    assert "14 Nov 2026" in page
    assert "berakhir" in page


def _capacity(client: FlaskClient) -> str:
    found = re.search(r'class="bar-person-capacity">([^<]*)<', client.get("/").text)
    assert found is not None
    return found[1].strip()


def test_the_bar_says_in_which_place_a_page_lies(
    desk: Callable[[str], FlaskClient], city: City
) -> None:
    admin = desk("admin")
    agency = city.agencies["dinkes"]
    for path, place in (
        ("/", "/"),
        ("/queue/", "/queue/"),
        ("/proposals/", "/proposals/"),
        ("/admin/", "/admin/"),
        ("/admin/outages", "/admin/"),
        ("/admin/users", "/admin/"),
        (f"/admin/agencies/{agency}", "/admin/"),
        ("/notifications/", None),
    ):
        places = admin.get(path, follow_redirects=True).text.partition("bar-places")[2]
        marked = re.findall(r'href="([^"]*)" aria-current="page"', places.partition("</nav>")[0])
        assert marked == ([place] if place else []), path
