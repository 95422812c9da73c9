"""What a decision by the API and pages of administrators cost; that asking once lets nobody in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from blueprints import access
from blueprints.edge import Alur
from tests.blueprints.conftest import NOW
from tests.databases import statements
from tests.workflow.factories import City
from workflow import accounts, journal
from workflow.database import Database
from workflow.permissions import Permission


@pytest.fixture
def case_id(city: City, city_database: Database) -> int:
    with city_database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people, city.appointments)
        version_id = session.connection().exec_driver_sql(
            "SELECT id FROM workflow_versions WHERE is_default"
        )
        return own.case(version_id.scalar_one(), NOW)


def forward(app: Alur, username: str, case_id: int) -> TestResponse:
    """Let somebody's script forward the case."""
    with app.database.sessions.begin() as session:
        token = accounts.create_token(session, username, NOW)
    client: FlaskClient = app.test_client()
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"{username}-{case_id}"}
    body = {"action": "forward", "version": 1}
    client.get("/api/v1/me", headers=headers)  # what a process reads once is read
    return client.post(f"/api/v1/cases/{case_id}/actions", json=body, headers=headers)


def test_a_decision_by_the_api_costs_four_statements(app: Alur, case_id: int) -> None:
    with statements(app.database) as said:
        assert forward(app, "operator.dinkes", case_id).status_code == 200
    locked = next(number for number, one in enumerate(said) if "FOR UPDATE" in one)
    assert len(said[locked - 1 :]) == 4, said
    assert "api_tokens" in said[locked - 1]


def test_only_deciding_by_the_api_leaves_the_question_to_the_engine(app: Alur) -> None:
    declared = {name: access.declaration(app, name) for name in app.view_functions}
    left = {name: one for name, one in declared.items() if one and one.is_asked_by_engine}
    assert {name: one.permission for name, one in left.items()} == {"api.act": Permission.DECIDE}


@pytest.mark.parametrize("username", ["head.dinsos", "reviewer.bapperida", "head.inspektorat"])
def test_who_may_not_know_of_a_case_finds_nothing_there_to_decide(
    app: Alur, city_database: Database, case_id: int, username: str
) -> None:
    hidden, absent = forward(app, username, case_id), forward(app, username, 987_654_321)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json == absent.json
    with city_database.sessions() as session:
        assert [one.kind for one in journal.events(session, case_id)] == ["case_started"]


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/admin/users", 5),
        ("/admin/users/{person}", 11),
        ("/admin/users/{person}/edit", 4),
        ("/admin/users/{person}/switch", 8),
        ("/admin/positions/{position}/title", 6),
        ("/admin/workbook", 3),
        ("/admin/workbook/file", 12),
    ],
)
def test_pages_of_accounts_and_the_file_cost_the_same_in_a_large_city(
    app: Alur,
    city: City,
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    path: str,
    most: int,
) -> None:
    asked = path.format(person=city.people["head.dinsos"], position=city.positions["head.dinsos"])
    admin, counts = desk("admin"), []
    for size in ("few", "many"):
        admin.get(asked)
        with statements(app.database) as said:
            assert admin.get(asked).status_code == 200
        counts.append(len(said))
        if size == "few":
            for number in range(3):
                hire(f"kantor.{len(path)}.{number}", "head", "operator")
    assert counts[0] == counts[1] <= most, said
