"""Administrators see how the city is set up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from blueprints import admin, words
from states.wording import NO_WORDING
from tests.blueprints.conftest import NOW
from tests.workflow.factories import City
from workflow import delivery, forecast
from workflow.database import Database
from workflow.forecast import Foreseen
from workflow.models import KeptMail, WorkflowVersion


def test_a_version_is_shown_as_picture_table_and_text(
    desk: Callable[[str], FlaskClient], city_database: Database
) -> None:
    with city_database.sessions() as session:
        version_id = session.query(WorkflowVersion.id).limit(1).scalar()
    page = desk("admin").get(f"/admin/workflows/{version_id}").text
    assert "<svg" in page.partition('class="picture"')[2]
    assert "Keputusan perencanaan" in page
    assert "Kepala badan perencanaan" in page
    assert "3 hari kerja" in page
    assert "key: program-proposal" in page


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/admin/", "tugas terbuka"),
        ("/admin/workflows", "Usulan program"),
        ("/admin/agencies", "Dinas dinkes"),
        ("/admin/appointments", "head dinkes"),
        ("/admin/users", "head.dinkes@metro.example"),
        ("/admin/calendar?year=1999", "Belum ada hari libur untuk tahun 1999"),
        ("/admin/forecast", "tidak ada yang bertindak"),
        ("/admin/outbox", "Antrean keluar"),
        ("/admin/operation", "Tidak ada pekerja yang berjalan"),
    ],
)
def test_every_page_of_the_settings_shows_its_matter(
    desk: Callable[[str], FlaskClient], path: str, shown: str
) -> None:
    assert shown in desk("admin").get(path).text


def test_what_moves_by_itself_is_told_page_by_page(
    desk: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    moving = [
        Foreseen(NOW, 1, "revising", 1, 0, "lapse", f"operator {number}", None, NO_WORDING)
        for number in range(3)
    ]
    monkeypatch.setattr(forecast, "of_city", lambda *_: moving)
    monkeypatch.setattr(admin, "MOVES_A_PAGE", 2)
    first = desk("admin").get("/admin/forecast").text
    assert ["operator 0" in first, "operator 1" in first, "operator 2" in first] == [1, 1, 0]
    assert 'href="/admin/forecast?after=2"' in first
    second = desk("admin").get("/admin/forecast?after=2").text
    assert ["operator 1" in second, "operator 2" in second] == [0, 1]
    assert "after=" not in second


def test_an_agency_shows_its_positions_and_who_holds_them(
    desk: Callable[[str], FlaskClient], city: City
) -> None:
    page = desk("admin").get(f"/admin/agencies/{city.agencies['dinkes']}").text
    assert "Ibu head.dinkes" in page
    assert "Lima hari kerja" in page


def test_appointments_that_ended_are_shown_on_request(
    desk: Callable[[str], FlaskClient],
) -> None:
    client = desk("admin")
    assert "Ibu former" not in client.get("/admin/appointments").text
    assert "Ibu former" in client.get("/admin/appointments?all=1").text


def test_the_register_is_searched_by_all_words_in_any_of_its_columns(
    desk: Callable[[str], FlaskClient],
) -> None:
    client = desk("admin")
    found = client.get("/admin/appointments?q=HEAD+dinkes").text
    assert "head dinkes" in found
    assert "operator dinkes" not in found
    assert "head dinsos" not in found
    assert 'value="HEAD dinkes"' in found
    nothing = client.get("/admin/appointments?q=tidak+ada").text
    assert "Tidak ada penugasan yang cocok" in nothing


def test_kept_mails_can_be_read(
    desk: Callable[[str], FlaskClient], city_database: Database
) -> None:
    with city_database.sessions.begin() as session:
        mails = [
            KeptMail(
                message_id=f"<{number}@metro>",
                recipient="kepala@metro.example",
                subject=f"Perihal {number}",
                body="<script>alert(1)</script>",
                kept_at=NOW,
            )
            for number in range(60)
        ]
        session.add_all(mails)
    client = desk("admin")
    first = client.get("/admin/mails").text
    assert "Perihal 59" in first
    assert "Perihal 3<" not in first
    assert "Perihal 3<" in client.get(f"/admin/mails?before={mails[10].id}").text
    page = client.get(f"/admin/mails/{mails[0].id}").text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "path", ["/admin/workflows/999999", "/admin/agencies/999999", "/admin/mails/999999"]
)
def test_what_does_not_exist_is_not_found(desk: Callable[[str], FlaskClient], path: str) -> None:
    assert desk("admin").get(path).status_code == 404


def test_every_kind_of_message_has_words() -> None:
    assert set(words.MESSAGE_KINDS) == set(delivery.CARRIERS)
