"""Every route, one by one: what it declares, who is let in, and that reading never writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from blueprints import access
from blueprints.access import UndeclaredAccess
from blueprints.edge import Alur
from tests.blueprints.conftest import NOW
from tests.workflow.factories import City
from workflow.database import Database
from workflow.permissions import Permission

ROLES = ("admin", "head.dinkes", "head.bapperida", "former", "head.inspektorat")
FAR_AWAY = 987_654_321


@pytest.fixture(scope="module")
def case_id(city: City, city_database: Database) -> int:
    """A case that the health agency is drafting."""
    with city_database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people, city.appointments)
        version_id = session.connection().exec_driver_sql(
            "SELECT id FROM workflow_versions WHERE is_default"
        )
        return own.case(version_id.scalar_one(), NOW)


def rules(app: Flask, method: str) -> Iterator[Rule]:
    """The routes that answer to `method`, files apart."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.endpoint not in {"static", "assets.bootstrap"}:
            yield rule


def address(app: Flask, rule: Rule, **ids: int) -> str:
    """An address of the route, with these numbers where it names something."""
    values = {name: ids.get(name, ids.get("other", FAR_AWAY)) for name in rule.arguments}
    with app.test_request_context():
        return url_for(rule.endpoint, **values)


def test_every_route_declares_who_may_open_it(app: Alur) -> None:
    for rule in app.url_map.iter_rules():
        assert access.declaration(app, rule.endpoint) is not None, rule


def test_only_these_are_open_to_everybody(app: Alur) -> None:
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if (declared := access.declaration(app, rule.endpoint)) and declared.is_public
    }
    assert public - {"api.openapi", "api.index"} == {
        "assets.bootstrap",
        "assets.favicon",
        "auth.sign_in",
        "auth.submit_sign_in",
        "health.healthz",
        "health.metrics",
        "health.readyz",
        "passwords.ask",
        "passwords.choose",
        "passwords.forgotten",
        "passwords.submit",
        "static",
    }


def test_an_undeclared_page_keeps_the_application_from_starting() -> None:
    app = Flask("undeclared")
    app.add_url_rule("/open", "open", lambda: "anybody")
    with pytest.raises(UndeclaredAccess, match="open"):
        access.require_declarations(app)


def test_all_settings_need_an_administrator(app: Alur) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("admin."):
            declared = access.declaration(app, rule.endpoint)
            assert declared is not None
            assert declared.permission is Permission.ADMINISTER


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
def test_nobody_gets_anywhere_without_signing_in(
    app: Alur, anonymous: FlaskClient, method: str
) -> None:
    for rule in rules(app, method):
        declared = access.declaration(app, rule.endpoint)
        if declared is None or declared.is_public:
            continue
        answer = anonymous.open(address(app, rule), method=method)
        if rule.rule.startswith("/api/"):
            assert answer.status_code == 401, rule
            assert answer.mimetype == "application/problem+json"
        else:
            assert answer.status_code == 303, rule
            assert answer.location.startswith("/sign-in"), rule


def test_settings_are_closed_to_those_who_decide(
    app: Alur, desk: Callable[[str], FlaskClient]
) -> None:
    client = desk("head.bapperida")
    for rule in rules(app, "GET"):
        if rule.endpoint.startswith("admin."):
            answer = client.get(address(app, rule))
            assert answer.status_code == 403, rule
            assert "tidak terbuka" in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_there_is_not_found(
    app: Alur, desk: Callable[[str], FlaskClient], method: str
) -> None:
    client = desk("head.dinkes")
    for rule in rules(app, method):
        if rule.arguments and not rule.rule.startswith(("/api/", "/admin/")):
            assert client.open(address(app, rule), method=method).status_code == 404, rule


@pytest.mark.parametrize("username", ROLES)
def test_no_page_that_is_read_writes(
    app: Alur, desk: Callable[[str], FlaskClient], case_id: int, city: City, username: str
) -> None:
    client = desk(username)
    for rule in rules(app, "GET"):
        if rule.rule.startswith("/api/"):
            continue
        ids = {"case_id": case_id, "agency_id": city.agencies["dinkes"], "other": 1}
        answer = client.get(address(app, rule, **ids))
        assert answer.status_code < 500, f"{rule}: {answer.text}"


def test_a_session_opens_nothing_for_scripts(desk: Callable[[str], FlaskClient]) -> None:
    answer = desk("head.dinkes").get("/api/v1/me")
    assert answer.status_code in {401, 404}
