"""A forgotten password: a link goes to one's own mail address, and nobody learns who has a name."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from blueprints import create_app
from tests.blueprints.conftest import PASSWORD, Client, settings
from tests.workflow.factories import City
from workflow.database import Database
from workflow.models import OutboxMessage


@pytest.fixture
def posted(city: City, city_database: Database, tmp_path: Path) -> FlaskClient:
    """A browser before an installation with a mail server."""
    app = create_app(settings(tmp_path, mail_url="smtp://127.0.0.1:1"), city_database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.test_client_class = Client
    return app.test_client()


def _links(database: Database) -> int:
    query = select(OutboxMessage.id).where(OutboxMessage.kind == "password_link")
    with database.sessions() as session:
        return len(session.scalars(query).all())


def test_a_link_is_asked_for_by_name_and_the_answer_tells_nobody_who_has_it(
    posted: FlaskClient, city_database: Database
) -> None:
    assert 'href="/password"' in posted.get("/sign-in").text
    assert posted.post("/password", data={"username": " "}).status_code == 422
    before, answers = _links(city_database), []
    for name in ("head.dinsos", "tidak.ada"):
        assert posted.post("/password", data={"username": name}).location == "/sign-in"
        answers.append(posted.get("/sign-in").text)
    assert "Bila ada akun dengan nama ini" in answers[0]
    assert answers[0] == answers[1]
    assert _links(city_database) == before + 1


def test_nobodys_mailbox_is_filled(posted: FlaskClient, city_database: Database) -> None:
    before = _links(city_database)
    tried = [posted.post("/password", data={"username": "Head.Dinsos"}) for _ in range(4)]
    assert [one.status_code for one in tried] == [303] * 3 + [429]
    assert _links(city_database) == before + 3


def test_an_administrator_sends_a_link_that_only_its_person_sees(
    posted: FlaskClient, city: City, city_database: Database
) -> None:
    posted.post("/sign-in", data={"username": "admin", "password": PASSWORD})
    path, before = f"/admin/users/{city.people['head.dinsos']}", _links(city_database)
    assert "head.dinsos@" in posted.get(path).text
    assert posted.post(f"{path}/password-link").location == path
    shown = posted.get(path).text
    assert "tidak ada orang lain yang melihatnya" in shown
    assert "/password/" not in shown
    assert _links(city_database) == before + 1


def test_without_a_mail_server_nothing_is_promised(anonymous: FlaskClient) -> None:
    assert 'href="/password"' not in anonymous.get("/sign-in").text
    assert anonymous.get("/password").status_code == 404
    assert anonymous.post("/password", data={"username": "head.dinsos"}).status_code == 404
