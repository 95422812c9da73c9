"""Whose a task is, on the page of the case, in the queue and for scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.blueprints.conftest import NOW
from tests.workflow.factories import City
from tests.workflow.test_assigning import HEAD, ONE, STUDY, TWO
from workflow import accounts, engine
from workflow.database import Database


@pytest.fixture(scope="module")
def pair(city: City, city_database: Database) -> City:
    """Two people at the planning reviewer's post."""
    with city_database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people, city.appointments)
        own.person(TWO)
        own.appoint(TWO, ONE)
    return city


@pytest.fixture
def case_id(pair: City, city_database: Database) -> int:
    """A case at the two reviewers."""
    with city_database.sessions.begin() as session:
        own = City(session, pair.agencies, pair.positions, pair.people, pair.appointments)
        found = session.execute(text("SELECT id FROM workflow_versions WHERE key = 'study'"))
        return own.case(found.scalar() or own.publish(STUDY), NOW)


def task_id(city_database: Database, case_id: int) -> int:
    with city_database.sessions() as session:
        return engine.holders(session, case_id, NOW)[0].task_id


def assignee(city_database: Database, case_id: int) -> int | None:
    with city_database.sessions() as session:
        return engine.holders(session, case_id, NOW)[0].assignee_id


def test_the_page_offers_to_take_a_shared_task_and_then_to_release_it(
    pair: City, case_id: int, desk: Callable[[str], FlaskClient], city_database: Database
) -> None:
    client, path = desk(ONE), f"/cases/{case_id}/tasks/{task_id(city_database, case_id)}"
    page = client.get(f"/cases/{case_id}").text
    assert f'action="{path}/claim"' in page
    assert f'action="{path}/release"' not in page
    assert client.post(f"{path}/claim").status_code == 303
    assert assignee(city_database, case_id) == pair.people[ONE]
    page = client.get(f"/cases/{case_id}").text
    assert f'action="{path}/claim"' not in page
    assert f'action="{path}/release"' in page
    assert "Mengambil tugas" in page
    other = desk(TWO)
    assert f'action="{path}/claim"' not in other.get(f"/cases/{case_id}").text
    late = other.post(f"{path}/claim")
    assert late.status_code == 403
    assert f"Ibu {ONE}" in late.text
    assert client.post(f"{path}/release").status_code == 303
    assert assignee(city_database, case_id) is None


def test_a_task_is_passed_on_to_a_colleague_of_the_list(
    pair: City, case_id: int, desk: Callable[[str], FlaskClient], city_database: Database
) -> None:
    client, path = desk(ONE), f"/cases/{case_id}/tasks/{task_id(city_database, case_id)}"
    page = client.get(f"/cases/{case_id}").text
    assert f'<option value="{pair.people[TWO]}">Ibu {TWO}</option>' in page
    given = client.post(f"{path}/give", data={"person_id": pair.people[TWO]})
    assert given.status_code == 303
    assert assignee(city_database, case_id) == pair.people[TWO]
    assert f"Tugas diberikan kepada Ibu {TWO}" in client.get(f"/cases/{case_id}").text


def test_the_queue_tells_mine_from_anybodys_and_from_others(
    pair: City, case_id: int, desk: Callable[[str], FlaskClient], city_database: Database
) -> None:
    link = f'href="/cases/{case_id}"'
    assert link in desk(ONE).get("/queue/?whose=anybodys").text
    assert link not in desk(ONE).get("/queue/?whose=mine").text
    desk(ONE).post(f"/cases/{case_id}/tasks/{task_id(city_database, case_id)}/claim")
    assert link in desk(ONE).get("/queue/?whose=mine").text
    assert link not in desk(TWO).get("/queue/").text
    others = desk(TWO).get("/queue/?whose=others").text
    assert link in others
    assert f"Ibu {ONE}" in others


def test_scripts_claim_give_and_release(
    pair: City, case_id: int, anonymous: FlaskClient, city_database: Database
) -> None:
    with city_database.sessions.begin() as session:
        tokens = {who: accounts.create_token(session, who, NOW) for who in (ONE, TWO)}
    address = f"/api/v1/cases/{case_id}/tasks/{task_id(city_database, case_id)}"

    def send(who: str, **wanted: Any) -> Any:
        headers = {"Authorization": f"Bearer {tokens[who]}"}
        return anonymous.post(address, json=wanted, headers=headers)

    assert send(ONE, do="claim").get_json()["people"] == [f"Ibu {ONE}"]
    late = send(TWO, do="claim")
    assert late.status_code == 403
    assert late.get_json()["code"] == "assigned_to_other"
    listed = anonymous.get(
        "/api/v1/tasks?whose=others", headers={"Authorization": f"Bearer {tokens[TWO]}"}
    ).get_json()["tasks"]
    assert [row["assignee"] for row in listed if row["case_id"] == case_id] == [f"Ibu {ONE}"]
    assert send(ONE, do="give", to=TWO).get_json()["people"] == [f"Ibu {TWO}"]
    assert len(send(TWO, do="release").get_json()["people"]) == 2
    assert send(ONE, do="give", to="nobody").status_code == 404
    assert send(ONE, do="steal").status_code == 422


def test_an_administrator_routes_a_stuck_task_from_the_page(
    pair: City, case_id: int, desk: Callable[[str], FlaskClient], city_database: Database
) -> None:
    client, number = desk("admin"), task_id(city_database, case_id)
    path = f"/cases/{case_id}/help/tasks/{number}/route"
    assert "Alihkan tugas" not in client.get(f"/cases/{case_id}").text
    gone = (pair.people[ONE], pair.people[TWO])
    with city_database.sessions.begin() as session:
        session.execute(
            text("UPDATE people SET is_active = false WHERE id = ANY (:ids)"), {"ids": [*gone]}
        )
    try:
        assert f'href="/cases/{case_id}/help/"' in client.get(f"/cases/{case_id}").text
        wrong = client.post(path, data={})
        assert wrong.status_code == 422
        assert f'id="f-route-{number}-position_id-error"' in wrong.text
        assert f'id="f-route-{number}-reason-error"' in wrong.text
        box = f"route-{number}"
        typed = {
            f"{box}-position_id": pair.positions[HEAD],
            f"{box}-reason": "Penelaah pindah tugas",
        }
        assert client.post(path, data=typed).status_code == 303
        page = client.get(f"/cases/{case_id}").text
        assert "Penelaah pindah tugas" in page
        assert f"Tugas dialihkan ke {HEAD.replace('.', ' ')}" in page
        assert desk(HEAD).get(f"/cases/{case_id}/help/").status_code == 404
    finally:
        with city_database.sessions.begin() as session:
            session.execute(
                text("UPDATE people SET is_active = true WHERE id = ANY (:ids)"), {"ids": [*gone]}
            )


def test_an_absent_holder_is_told_on_the_page_who_acts(
    pair: City, case_id: int, desk: Callable[[str], FlaskClient], city_database: Database
) -> None:
    with city_database.sessions.begin() as session:
        own = City(session, pair.agencies, pair.positions, pair.people, pair.appointments)
        own.act(case_id, ONE, "done", NOW)
        own.person("pelaksana")
        number = own.appoint("pelaksana", HEAD, "plh", NOW.date(), NOW.date())
    try:
        page = desk(HEAD).get(f"/cases/{case_id}").text
        assert "Ibu pelaksana bertindak untuk Anda (Plh.)" in page
        page = desk("pelaksana").get(f"/cases/{case_id}").text
        assert "Plh. head bapperida" in page
        assert f'href="/cases/{case_id}"' in desk("pelaksana").get("/queue/").text
    finally:
        with city_database.sessions.begin() as session:
            session.execute(
                text("UPDATE appointments SET ends_on = starts_on - 1 WHERE id = :id"),
                {"id": number},
            )


def test_a_plhs_decision_is_stamped_on_receipt_history_and_for_scripts(
    pair: City, case_id: int, desk: Callable[[str], FlaskClient], city_database: Database
) -> None:
    with city_database.sessions.begin() as session:
        own = City(session, pair.agencies, pair.positions, pair.people, pair.appointments)
        own.act(case_id, ONE, "done", NOW)
        own.person("plh")
        number = own.appoint("plh", HEAD, "plh", NOW.date(), NOW.date())
        made = own.act(case_id, "plh", "close", NOW)
        token = accounts.create_token(session, "plh", NOW)
    try:
        client = desk("plh")
        for path in (f"/cases/{case_id}/decisions/{made.version}", f"/cases/{case_id}"):
            page = client.get(path).text
            assert "Plh. head bapperida" in page
            assert "800/1/2026" in page
        headers = {"Authorization": f"Bearer {token}"}
        events = client.get(f"/api/v1/cases/{case_id}/events", headers=headers).get_json()["events"]
        told = events[-1]["payload"]
        assert (told["person"], told["capacity"], told["letter"]) == (
            "Ibu plh",
            "plh",
            "800/1/2026",
        )
    finally:
        with city_database.sessions.begin() as session:
            session.execute(
                text("UPDATE appointments SET ends_on = starts_on - 1 WHERE id = :id"),
                {"id": number},
            )
