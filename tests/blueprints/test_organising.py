"""The pages on which administrators change agencies, positions and accounts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blueprints import access, setting_words
from blueprints.edge import Alur
from tests.blueprints.conftest import NOW
from tests.databases import statements
from tests.workflow.factories import City
from workflow import organisation, password_links, permissions
from workflow.database import Database
from workflow.models import Agency, OutboxMessage, Person, Position, WorkWeek
from workflow.organising import agencies, people, positions
from workflow.permissions import Permission

DECREE = {"decree": "Perda 1/2026"}


@pytest.fixture(scope="module")
def office(city: City, city_database: Database) -> City:
    """An agency, a position and a person of its own, that may be changed."""
    with city_database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people, city.appointments)
        own.agency("dukcapil")
        for post in ("head", "secretary"):
            own.position("dukcapil", post)
        own.person("head.dukcapil")
        own.appoint("head.dukcapil", "head.dukcapil")
        if session.get(WorkWeek, "six") is None:
            session.add(WorkWeek(code="six", name="Enam hari", hours={"1": ["07:30", "14:00"]}))
    return city


@pytest.fixture
def admin(desk: Callable[[str], FlaskClient]) -> FlaskClient:
    return desk("admin")


def test_an_agency_is_entered_and_shown_as_part_of_another(
    office: City, admin: FlaskClient, city_database: Database
) -> None:
    typed = {
        "code": "pkm.satu",
        "name": "Puskesmas Satu",
        "short_name": "Puskesmas Satu",
        "valid_from": "2026-11-23",
        "parent_id": str(office.agencies["dukcapil"]),
        "week": "five",
        **DECREE,
    }
    assert admin.get("/admin/agencies/new").status_code == 200
    assert admin.post("/admin/agencies", data=typed).status_code == 303
    assert "Puskesmas Satu" in admin.get("/admin/agencies").text
    with city_database.sessions() as session:
        agency_id = session.scalar(select(Agency.id).where(Agency.code == "pkm.satu"))
    page = admin.get(f"/admin/agencies/{agency_id}").text
    assert "Dinas dukcapil" in page
    assert "Perda 1/2026" in page


def test_what_is_wrong_stands_beside_its_box_and_nothing_typed_is_lost(
    office: City, admin: FlaskClient
) -> None:
    typed = {"code": "Bukan Kode", "name": "Dinas <Baru>", "week": "six", "valid_from": ""}
    answer = admin.post("/admin/agencies", data=typed)
    assert answer.status_code == 422
    for name in ("code", "short_name", "valid_from", "decree"):
        assert f'id="f-{name}-error"' in answer.text
    told = re.findall(r'<li><a href="#f-(\w+)">', answer.text)
    assert told == ["short_name", "valid_from", "code", "decree"], "as they stand on the page"
    assert "Dinas &lt;Baru&gt;" in answer.text
    assert '<option value="six" selected>' in answer.text


def test_a_name_is_entered_and_the_old_one_stays_listed(office: City, admin: FlaskClient) -> None:
    path = f"/admin/agencies/{office.agencies['dukcapil']}"
    assert 'value="Dinas dukcapil"' in admin.get(f"{path}/name").text
    typed = {"name": "Dinas Warga", "short_name": "Warga", "valid_from": "2026-12-01", **DECREE}
    assert admin.post(f"{path}/name", data=typed).status_code == 303
    page = admin.get(path).text
    assert "Dinas Warga" in page
    assert "Dinas dukcapil" in page
    assert "Berganti nama dari Dinas dukcapil menjadi Dinas Warga" in page


@pytest.mark.parametrize("act", ["parent", "function", "close"])
def test_every_act_shows_its_form_and_what_is_wrong(
    office: City, admin: FlaskClient, act: str
) -> None:
    path = f"/admin/agencies/{office.agencies['dukcapil']}/{act}"
    assert admin.get(path).status_code == 200
    answer = admin.post(path, data={})
    assert answer.status_code == 422
    assert 'id="f-decree-error"' in answer.text
    assert admin.get(f"{path}s").status_code == 404


def test_a_week_is_saved_after_its_effect_was_shown(
    office: City, admin: FlaskClient, city_database: Database
) -> None:
    agency_id = office.agencies["dukcapil"]
    path = f"/admin/agencies/{agency_id}/week"
    looked = admin.post(path, data={"week": "six", "step": "look", **DECREE})
    assert "Akibatnya pada batas waktu" in looked.text or "batas waktu" in looked.text
    assert 'value="save"' in looked.text
    with city_database.sessions() as session:
        assert session.get_one(Agency, agency_id).week == "five"
    assert admin.post(path, data={"week": "six", "step": "save", **DECREE}).status_code == 303
    with city_database.sessions() as session:
        assert session.get_one(Agency, agency_id).week == "six"
        kinds = session.scalars(select(OutboxMessage.kind)).all()
    assert "reweek" in kinds
    assert admin.post(path, data={"week": "six", **DECREE}).status_code == 422


def test_a_position_is_made_changed_closed_and_opened_again(
    office: City, admin: FlaskClient, city_database: Database
) -> None:
    agency = f"/admin/agencies/{office.agencies['dukcapil']}"
    typed = {"post": "clerk", "title": "Petugas", "superior_id": "", "places": "2"}
    titled = {"title": "Petugas loket", "valid_from": "2026-12-01", **DECREE}
    assert admin.get(f"{agency}/positions/new").status_code == 200
    assert admin.post(f"{agency}/positions", data={**typed, "post": "head"}).status_code == 422
    assert admin.post(f"{agency}/positions", data=typed).status_code == 303
    with city_database.sessions() as session:
        made = session.scalars(select(Position).where(Position.title == "Petugas")).one()
    path = f"/admin/positions/{made.id}"
    assert admin.post(path, data={**typed, "places": "none"}).status_code == 422
    assert admin.post(path, data={**typed, "places": "3"}).status_code == 303
    assert 'value="Petugas"' in admin.get(f"{path}/title").text
    wrong = admin.post(f"{path}/title", data={"title": "", "valid_from": "besok"})
    assert wrong.status_code == 422
    for name in ("title", "valid_from", "decree"):
        assert f'id="f-{name}-error"' in wrong.text
    assert admin.post(f"{path}/title", data=titled).status_code == 303
    assert "<strong>Petugas</strong>" in admin.get(agency).text
    assert "Petugas loket sejak 1 Desember 2026" in admin.get(agency).text
    assert admin.get(f"{path}/close").status_code == 200
    assert admin.post(f"{path}/close", data={"reason": ""}).status_code == 422
    assert admin.post(f"{path}/close", data={"reason": "Perwali 2"}).status_code == 303
    assert "Buka kembali" in admin.get(agency).text
    assert admin.post(f"{path}/open").status_code == 303
    page = admin.get(agency).text
    assert "jumlah pejabat (2 → 3)" in page
    assert "Berganti nama dari Petugas menjadi Petugas loket" in page


def test_a_link_is_shown_once_and_sets_a_password_that_ends_other_sessions(
    office: City, admin: FlaskClient, app: Alur, desk: Callable[[str], FlaskClient]
) -> None:
    path = f"/admin/users/{office.people['head.dukcapil']}"
    theirs = desk("head.dukcapil")
    page = admin.post(f"{path}/password-link").text
    made = re.search(rf"{app.settings.base_url}(/password/\d+/[\w-]+)", page)
    assert made is not None
    shown_again = admin.get(path).text
    assert made[1] not in shown_again
    assert "Tautan penetapan kata sandi ditampilkan" in shown_again
    browser = app.test_client()
    assert "Ibu head.dukcapil" in browser.get(made[1]).text
    wrong = browser.post(made[1], data={"password": "pendek", "again": "lain"})
    assert wrong.status_code == 422
    for name in ("password", "again"):
        assert f'id="f-{name}-error"' in wrong.text
    assert theirs.get("/queue/").status_code == 200
    words = "empat kata tidak berhubungan"
    taken = browser.post(made[1], data={"password": words, "again": words})
    assert taken.location == "/sign-in"
    assert theirs.get("/queue/").status_code == 303
    typed = {"username": "head.dukcapil", "password": words}
    assert browser.post("/sign-in", data=typed).status_code == 303
    for over in (browser.get(made[1]), browser.post(made[1], data={})):
        assert over.status_code == 404
        assert "Tautan ini tidak berlaku" in over.text


@pytest.mark.usefixtures("same_minute")
def test_a_link_is_not_tried_without_end(office: City, app: Alur) -> None:
    path = f"/password/{office.people['head.dukcapil']}/nothing"
    tried = [app.test_client().post(path).status_code for _ in range(11)]
    assert tried == [404] * 10 + [429]


def test_an_account_is_made_and_shows_that_it_has_no_password(
    office: City, admin: FlaskClient
) -> None:
    typed = {"username": "baru.dukcapil", "name": "Staf Baru", "email": "baru@metro.example"}
    assert admin.get("/admin/users/new").status_code == 200
    assert admin.post("/admin/users", data={**typed, "email": "baru"}).status_code == 422
    answer = admin.post("/admin/users", data=typed)
    assert answer.status_code == 303
    page = admin.get(answer.location).text
    assert "belum ada" in page
    assert "Buat tautan kata sandi" in page
    assert "Staf Baru" in admin.get("/admin/users?q=BARU").text
    assert "Tidak ada akun yang cocok" in admin.get("/admin/users?q=tidak.ada").text
    change = {"name": "Staf Lama", "email": "lama@metro.example"}
    assert 'value="Staf Baru"' in admin.get(f"{answer.location}/edit").text
    assert admin.post(answer.location, data={**change, "name": ""}).status_code == 422
    assert admin.post(answer.location, data=change).status_code == 303
    assert "surel (baru@metro.example → lama@metro.example)" in admin.get(answer.location).text


def test_switching_off_shows_what_is_held_asks_why_and_ends_the_session(
    office: City,
    admin: FlaskClient,
    desk: Callable[[str], FlaskClient],
    city_database: Database,
) -> None:
    person_id = office.people["head.dukcapil"]
    theirs = desk("head.dukcapil")
    assert theirs.get("/queue/").status_code == 200
    path = f"/admin/users/{person_id}/switch"
    assert "head dukcapil" in admin.get(path).text
    assert admin.post(path, data={"reason": ""}).status_code == 422
    assert admin.post(path, data={"reason": "Pensiun"}).status_code == 303
    assert theirs.get("/queue/").status_code == 303
    page = admin.get(f"/admin/users/{person_id}").text
    assert "Pensiun" in page
    assert "800/1/2026" in page
    assert admin.post(path, data={"reason": "Keliru"}).status_code == 303
    with city_database.sessions() as session:
        assert session.get_one(Person, person_id).is_active
        assert permissions.actors(session, person_id, NOW)


def test_nobody_switches_off_themselves(office: City, admin: FlaskClient) -> None:
    answer = admin.post(f"/admin/users/{office.people['admin']}/switch", data={"reason": "Coba"})
    assert answer.status_code == 422
    assert "akunnya sendiri" in answer.text


def test_an_agency_that_is_no_more_can_still_be_read(
    office: City, admin: FlaskClient, city_database: Database
) -> None:
    with city_database.sessions.begin() as session:
        own = City(session, office.agencies, office.positions, office.people, office.appointments)
        agency_id = own.agency("kearsipan")
    assert admin.post(f"/admin/agencies/{agency_id}/close", data=DECREE).status_code == 303
    assert "Dinas kearsipan" in admin.get("/admin/agencies").text
    page = admin.get(f"/admin/agencies/{agency_id}").text
    assert "Perangkat daerah ini tidak ada hari ini." in page
    with city_database.sessions() as session:
        names = {one.name for one in organisation.agencies(session, NOW.date())}
    assert "Dinas kearsipan" not in names


def test_the_page_of_an_agency_takes_few_statements(
    office: City, admin: FlaskClient, city_database: Database
) -> None:
    for path in ("/admin/agencies", f"/admin/agencies/{office.agencies['dukcapil']}"):
        admin.get(path)
        with statements(city_database) as said:
            admin.get(path)
        assert len(said) <= 14, said


def test_only_administrators_change_the_organisation(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("agencies.", "positions.", "people.", "rights.")):
            declared = access.declaration(app, rule.endpoint)
            assert declared is not None
            assert declared.permission is Permission.ADMINISTER, rule


def test_every_kind_of_change_has_words() -> None:
    kinds = {*agencies.Change, *positions.Change, *people.Change, *password_links.Change}
    assert kinds <= set(setting_words.SENTENCES)
