"""What goes wrong is told in words: to people as a page, to scripts as a problem document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import InternalError, OperationalError
from werkzeug.test import TestResponse

from blueprints import create_app, identity
from blueprints.access import public
from blueprints.edge import Alur, database_session
from config import Environment
from tests.blueprints.conftest import NOW, settings
from tests.workflow.factories import City
from workflow import engine
from workflow.database import Database, create_database
from workflow.errors import Altered, Attempt, Conflict, Invalid, NotFound, Problem, Reason, Refused
from workflow.models import Person

ATTEMPT = Attempt(1, "approve", None, 1, None)
FAULTS: dict[str, Exception] = {
    "conflict": Conflict(
        decided_by="Kepala Bapperida", decided_at=NOW, action="approve", version=4, attempt=ATTEMPT
    ),
    "refused": Refused(Reason("acting_officer"), Reason("own_agency")),
    "invalid": Invalid(
        Problem("title", "too_long", {"most": 200}), Problem("year", "not_a_number")
    ),
    "not-found": NotFound("case 5"),
    "altered": Altered("workflow version 1: its content does not fit its hash"),
    "database": OperationalError("SELECT 1", {}, Exception("server closed the connection")),
    "bug": RuntimeError("a secret detail"),
}


class Reader(FlaskClient):
    """Reads every answer to its end, so that files are closed."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send the request and read the answer."""
        response = super().open(*args, **kwargs)
        response.get_data()
        response.close()
        return response


@pytest.fixture(scope="module")
def faulty(city_database: Database, city: City, tmp_path_factory: pytest.TempPathFactory) -> Alur:
    """The application with pages that go wrong."""
    pages = Blueprint("faults", __name__)

    @public
    def fail(kind: str) -> str:
        database_session().add(_person(f"left.behind.{kind}"))
        database_session().flush()
        raise FAULTS[kind]

    @public
    def write(name: str) -> str:
        database_session().add(_person(name))
        return "written"

    pages.add_url_rule("/fail/<kind>", "fail", fail, methods=["POST"])
    pages.add_url_rule("/api/fail/<kind>", "api", fail, methods=["POST"])
    pages.add_url_rule("/write/<name>", "write", write, methods=["GET", "POST"])
    app = create_app(settings(tmp_path_factory.mktemp("data")), city_database)
    app.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    app.register_blueprint(pages)
    app.test_client_class = Reader
    return app


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Refused]]:
    """The refused attempts that were handed to the journal."""
    handed: list[Refused] = []
    monkeypatch.setattr(
        engine, "record_refusal", lambda session, refused, now: handed.append(refused)
    )
    return handed  # type: ignore[return-value]


def _person(username: str) -> Person:
    return Person(username=username, name=username, email="", password_hash="-", created_at=NOW)


def _exists(database: Database, username: str) -> bool:
    with database.sessions() as session:
        return session.scalar(select(Person.id).where(Person.username == username)) is not None


@pytest.mark.parametrize(
    ("kind", "status", "sentence"),
    [
        ("conflict", 409, "Kepala Bapperida lebih dahulu: Disetujui, 23 November 2026 09.00 WIB."),
        ("refused", 403, "Keputusan strategis tidak boleh diambil oleh pejabat Plt. atau Plh."),
        ("invalid", 422, "Paling banyak 200 karakter."),
        ("not-found", 404, "Halaman tidak ditemukan"),
        ("altered", 500, "Alur kerja ini diubah di dalam basis data"),
        ("database", 503, "Basis data tidak menjawab"),
        ("bug", 500, "Terjadi gangguan di sini"),
    ],
)
def test_each_fault_is_told_in_words_and_leaves_nothing_behind(
    faulty: Alur, city_database: Database, kind: str, status: int, sentence: str
) -> None:
    answer = faulty.test_client().post(f"/fail/{kind}")
    assert answer.status_code == status
    assert sentence in answer.text
    assert "a secret detail" not in answer.text
    assert not _exists(city_database, f"left.behind.{kind}")


@pytest.mark.parametrize(
    ("kind", "status", "codes"),
    [
        ("conflict", 409, ["already_decided"]),
        ("refused", 403, ["acting_officer", "own_agency"]),
        ("invalid", 422, ["too_long", "not_a_number"]),
        ("not-found", 404, []),
        ("altered", 500, []),
        ("bug", 500, []),
    ],
)
def test_scripts_get_a_problem_document(
    faulty: Alur, kind: str, status: int, codes: list[str]
) -> None:
    answer = faulty.test_client().post(f"/api/fail/{kind}")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    document: dict[str, Any] = answer.get_json()
    assert document["status"] == status
    assert [reason["code"] for reason in document["reasons"]] == codes


def test_a_refused_attempt_is_handed_to_the_journal(faulty: Alur, recorded: list[Refused]) -> None:
    faulty.test_client().post("/fail/conflict")
    faulty.test_client().post("/fail/refused")
    assert [refused.attempt for refused in recorded] == [ATTEMPT]


def test_what_a_page_changes_is_kept(faulty: Alur, city_database: Database) -> None:
    assert faulty.test_client().post("/write/kept").text == "written"
    assert _exists(city_database, "kept")


def test_the_database_refuses_to_write_for_a_page_that_is_read(
    faulty: Alur, city_database: Database
) -> None:
    faulty.config["PROPAGATE_EXCEPTIONS"] = True
    try:
        with pytest.raises(InternalError, match="read-only"):
            faulty.test_client().get("/write/unwanted")
    finally:
        faulty.config["PROPAGATE_EXCEPTIONS"] = False
    assert not _exists(city_database, "unwanted")


def test_an_unknown_address_and_a_wrong_method_are_pages_too(faulty: Alur) -> None:
    client = faulty.test_client()
    assert "Halaman tidak ditemukan" in client.get("/nowhere").text
    wrong = client.get("/sign-out")
    assert wrong.status_code == 405
    assert "Tidak dapat dilakukan dengan cara ini" in wrong.text
    assert client.get("/api/nowhere").mimetype == "application/problem+json"


def test_every_answer_carries_the_policy(faulty: Alur) -> None:
    for path in ("/sign-in", "/nowhere", "/healthz", "/static/css/alur.css"):
        headers = faulty.test_client().get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_pages_hold_no_inline_script_or_style() -> None:
    templates = Path(__file__).resolve().parents[2] / "blueprints" / "templates"
    for path in templates.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert " onclick=" not in text, path
        assert all("src=" in tag for tag in text.split("<script")[1:]), path


def test_health_is_told_without_signing_in(faulty: Alur) -> None:
    client = faulty.test_client()
    assert client.get("/healthz").get_json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.get_json()["checks"] == {"database": True, "migrations": True, "broker": True}
    figures = client.get("/metrics").text
    assert 'alur_requests_total{endpoint="health.healthz",method="GET",status="200"}' in figures
    assert "alur_open_tasks" in figures


def test_who_is_signed_in_when_the_database_goes_is_told_so(city: City, tmp_path: Path) -> None:
    nowhere = create_database("postgresql://nobody@127.0.0.1:1/nothing")
    app = create_app(settings(tmp_path), nowhere)
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = str(city.people["head.dinkes"])
        session[identity.SINCE] = NOW.timestamp()
    for address in ("/", "/queue/", "/cases/1"):
        answer = client.get(address)
        assert answer.status_code == 503, address
        assert "Basis data tidak menjawab" in answer.text
    nowhere.close()


def test_a_missing_broker_or_database_is_not_ready(
    city_database: Database, city: City, tmp_path: Path
) -> None:
    nobody = settings(tmp_path, broker_url="amqp://127.0.0.1:1")
    answer = create_app(nobody, city_database).test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["broker"] is False
    assert answer.get_json()["why"] == {
        "broker": "127.0.0.1:1 does not answer: Connection refused."
    }


def test_only_bootstraps_own_style_is_served_from_the_library(faulty: Alur) -> None:
    client = faulty.test_client()
    assert client.get("/bootstrap/css/bootstrap.min.css").status_code == 200
    assert client.get("/bootstrap/js/bootstrap.min.js").status_code == 404
    assert client.get("/bootstrap/../__init__.py").status_code == 404


def test_a_city_behind_https_gets_strict_cookies_and_transport(
    city_database: Database, city: City, tmp_path: Path
) -> None:
    production = settings(
        tmp_path, environment=Environment.PRODUCTION, base_url="https://alur.example"
    )
    client = create_app(production, city_database).test_client()
    answer = client.get("/sign-in?lang=en", headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["Set-Cookie"].startswith("__Host-alur=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age=" in answer.headers["Strict-Transport-Security"]


def test_without_its_database_the_application_is_not_ready(city: City, tmp_path: Path) -> None:
    nowhere = create_database("postgresql://nobody@127.0.0.1:1/nothing")
    client = create_app(settings(tmp_path), nowhere).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {"database": False, "migrations": False, "broker": True}
    assert answer.get_json()["why"]["database"] == "The database takes no connection."
    nowhere.close()
