"""The page on which an administrator helps a case by hand: what it offers, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.blueprints.conftest import NOW
from tests.blueprints.test_moves import WHY, Scene
from tests.databases import statements
from tests.workflow.factories import City
from tests.workflow.test_moving import LONGER
from workflow import engine, journal
from workflow.database import Database
from workflow.models import Case


@pytest.fixture
def scene(city: City, city_database: Database) -> Scene:
    """A case at the check, on the older of two versions."""
    return Scene(city, city_database, LONGER, 2)


def address(scene: Scene) -> str:
    return f"/cases/{scene.cases[1]}/help/"


def task(scene: Scene) -> engine.Holder:
    with scene.database.sessions() as session:
        (one,) = engine.holders(session, scene.cases[1], NOW)
        return one


def test_the_case_leads_an_administrator_to_it_and_nobody_else(
    scene: Scene, desk: Callable[[str], FlaskClient]
) -> None:
    assert address(scene) in desk("admin").get(f"/cases/{scene.cases[1]}").text
    for username in ("clerk.bapperida", "head.dinkes"):
        client = desk(username)
        assert address(scene) not in client.get(f"/cases/{scene.cases[1]}").text
        assert client.get(address(scene)).status_code == 404
        assert client.post(f"{address(scene)}cancel", data={}).status_code == 404


def test_a_task_gets_more_time_and_the_case_says_so(
    scene: Scene, desk: Callable[[str], FlaskClient]
) -> None:
    client, one = desk("admin"), task(scene)
    path, box = f"{address(scene)}tasks/{one.task_id}/more-time", f"time-{one.task_id}"
    wrong = client.post(path, data={f"{box}-days": "banyak", f"{box}-reason": ""})
    assert wrong.status_code == 422
    assert f'id="f-{box}-days-error"' in wrong.text
    assert 'value="banyak"' in wrong.text
    answer = client.post(path, data={f"{box}-days": "3", f"{box}-reason": "Menunggu data"})
    assert answer.status_code == 303
    page = client.get(f"/cases/{scene.cases[1]}").text
    assert "Menunggu data" in page
    after = task(scene)
    assert one.due_at is not None
    assert after.due_at is not None
    assert after.due_at > one.due_at


def test_a_case_is_cancelled_by_a_document_and_its_history_names_it(
    scene: Scene, desk: Callable[[str], FlaskClient]
) -> None:
    client, path = desk("admin"), f"{address(scene)}cancel"
    wrong = client.post(path, data={"cancel-number": "12/2026"})
    assert wrong.status_code == 422
    for name in ("authority", "dated", "reason"):
        assert f'id="f-cancel-{name}-error"' in wrong.text
    assert 'value="12/2026"' in wrong.text
    typed = {
        "cancel-authority": "Wali Kota",
        "cancel-number": "12/2026",
        "cancel-dated": "2026-11-20",
        "cancel-reason": "Program digabung",
    }
    assert client.post(path, data=typed).status_code == 303
    page = desk("head.dinkes").get(f"/cases/{scene.cases[1]}").text
    for words in ("Wali Kota", "12/2026", "Program digabung"):
        assert words in page
    assert "sudah selesai" in client.get(address(scene)).text
    with scene.database.sessions() as session:
        outcome = session.scalar(select(Case.outcome).where(Case.id == scene.cases[1]))
        assert outcome == "cancelled"
        assert list(journal.verify(session, scene.cases[1])) == []


def test_one_case_is_moved_from_its_page_and_taken_back(
    scene: Scene, desk: Callable[[str], FlaskClient]
) -> None:
    client = desk("admin")
    page = client.get(address(scene)).text
    assert f"{scene.address}/preview?case={scene.cases[1]}" in page
    assert f"{address(scene)}take-back" not in page
    client.post(f"{scene.address}/move", data={"case": f"{scene.cases[1]}:2", "reason": WHY})
    assert scene.on()[1] == scene.new
    assert f"{address(scene)}take-back" in client.get(address(scene)).text
    empty = client.post(f"{address(scene)}take-back", data={})
    assert empty.status_code == 422
    answer = client.post(f"{address(scene)}take-back", data={"back-reason": "Keliru"})
    assert answer.status_code == 303
    assert scene.on()[1] == scene.old


def test_the_page_costs_few_statements(scene: Scene, desk: Callable[[str], FlaskClient]) -> None:
    client = desk("admin")
    client.get(address(scene))
    with statements(scene.database) as said:
        client.get(address(scene))
    assert len(said) <= 16, said
