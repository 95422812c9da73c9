"""Requests that nobody sends by mistake: none of them is a fault, none of them gets further."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from blueprints.edge import Alur
from blueprints.security import remote_network
from tests.blueprints import papers
from tests.blueprints.conftest import NOW, PASSWORD
from tests.workflow.factories import City
from workflow import accounts
from workflow.database import Database

HUGE = "9" * 30
TOO_LONG = "9" * 5000
"""More digits than Python reads as a number."""
_keys = itertools.count(1)


@pytest.fixture
def post(app: Alur, city_database: Database) -> Callable[[str, bytes], TestResponse]:
    """What a script of the health agency's operator is answered to these bytes."""

    def posted(path: str, body: bytes) -> TestResponse:
        with city_database.sessions.begin() as session:
            token = accounts.create_token(session, "operator.dinkes", NOW)
        headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": f"jahat-{next(_keys):05}",
            "Content-Type": "application/json",
        }
        return app.test_client().post(f"/api/v1{path}", data=body, headers=headers)

    return posted


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/cases/{HUGE}", 404),
        (f"/cases/1/decisions/{HUGE}", 404),
        (f"/cases/1/due/drafting/{HUGE}/0", 404),
        (f"/proposals/{HUGE}", 404),
        (f"/proposals/?after={HUGE}", 422),
        (f"/notifications/?before={HUGE}", 422),
        ("/queue/?q=%00", 400),
        ("/queue/?%00=q", 400),
        ("/proposals/?q=%00", 400),
        ("/cases/1/due/a%00b/1/0", 400),
        ("/queue/?q=%27%26%7C%21%3A%2A%28", 200),
        ("/queue/?q=%ed%a0%80", 200),
        (f"/queue/?q={'a' * 3000}", 200),
        (f"/proposals/?q={'a' * 3000}", 200),
    ],
)
def test_no_address_is_a_fault(desk: Callable[[str], FlaskClient], path: str, status: int) -> None:
    assert desk("operator.dinkes").get(path).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"a":' * 50_000,
        b'{"agency": "din\\u0000kes", "title": "ab"}',
        b'{"agency": "\\ud800", "title": "ab"}',
        b'{"agency": "dinkes", "title": "ab", "document": {"\\u0000": [["\\ud800"]]}}',
        b'{"agency": "dinkes", "title": "ab", "document": {"year_start": 1e400}}',
        b"\xff\xfe",
    ],
)
def test_no_body_is_a_fault(post: Callable[[str, bytes], TestResponse], body: bytes) -> None:
    answer = post("/proposals", body)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["/tasks?limit=", "/cases/1/events?cursor="])
@pytest.mark.parametrize("number", [TOO_LONG, HUGE, "²", "-1"])
def test_no_number_of_a_script_is_a_fault(script: Any, path: str, number: str) -> None:
    answer = script("head.inspektorat")("GET", path + number)
    assert answer.status_code in {404, 422}
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("conditions", {"conditions": [{"text": "Walidata", "gate": ["rka"]}]}),
        ("conditions", {"conditions": [{"text": "Walidata", "gate": {}}]}),
        ("recommend", {"checklist": {"1": {"answer": ["yes"]}}}),
        ("recommend", {"checklist": {"1": {"answer": {}}}}),
        ("recommend", {"checklist": {"1": "yes"}}),
        ("return", {"points": [{"text": "Data", "field": 7}]}),
        ("return", {"points": "semua"}),
    ],
)
def test_no_shape_of_the_words_of_a_decision_is_a_fault(
    case: Any, script: Any, action: str, data: dict[str, Any]
) -> None:
    found = case(papers.TO_REVIEW if action == "recommend" else papers.TO_PLANNING_HEAD)
    who = "reviewer.bapperida" if action == "recommend" else "head.bapperida"
    send, path = script(who), f"/cases/{found.case_id}"
    version = send("GET", path).json["version"]
    body = {"action": action, "track": "planning", "version": version, "data": data}
    assert send(
        "POST", f"{path}/actions", json=body, key=f"bentuk-{found.case_id}"
    ).status_code == (422)
    stranger = script("secretary.diskominfo")
    refused = stranger("POST", f"{path}/actions", json=body, key=f"lain-{found.case_id:05}")
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("name", "status"),
    [("version", 403), (f"points-{TOO_LONG}-text", 400), ("points-²-text", 400)],
)
def test_no_box_of_a_decision_is_a_fault(
    case: Any, desk: Callable[[str], FlaskClient], name: str, status: int
) -> None:
    found = case(papers.TO_PLANNING_HEAD)
    form = {
        "action": "reject",
        "track": "planning",
        "reason": "Bukan urusan kota",
        "criterion": "x",
    }
    form |= {"version": "6", "request_id": "kotak-00001", name: TOO_LONG}
    answer = desk("head.bapperida").post(f"/cases/{found.case_id}/actions", data=form)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("name", "status"),
    [("revision", 422), (f"budget-{TOO_LONG}-amount", 400), ("outputs-²-name", 400)],
)
def test_no_box_of_a_proposal_is_a_fault(
    case: Any, desk: Callable[[str], FlaskClient], name: str, status: int
) -> None:
    form = {"revision": "1", "title": "Layanan keliling", name: TOO_LONG}
    path = f"/proposals/{case().proposal_id}/edit"
    assert desk("operator.dinkes").post(path, data=form).status_code == status


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31", "2200-01-01"])
def test_no_day_of_a_form_is_so_far_away_that_nothing_can_be_counted_from_it(
    desk: Callable[[str], FlaskClient], city: City, day: str
) -> None:
    client = desk("admin")
    position_id = city.positions["head.dinsos"]
    form = {
        "position_id": position_id,
        "person_id": city.people["operator.dinsos"],
        "capacity": "definitive",
        "starts_on": "2026-12-01",
        "ends_on": day,
        "letter_number": "800/9/2026",
        "letter_date": "2026-11-01",
    }
    answer = client.post("/appointments/", data=form)
    assert answer.status_code == 422
    assert "1900" in answer.text
    assert client.get("/appointments/register").status_code == 200
    title = {"title": "Kepala Dinas", "valid_from": day, "decree": "Perwali 9/2026"}
    assert client.post(f"/admin/positions/{position_id}/title", data=title).status_code == 422


@pytest.mark.parametrize(
    "form",
    [
        {"username": "head.dinkes\x00", "password": PASSWORD},
        {"username": "head.dinkes", "password": "\x00"},
    ],
)
def test_nobody_signs_in_with_a_character_that_cannot_be_stored(
    anonymous: FlaskClient, form: dict[str, str]
) -> None:
    assert anonymous.post("/sign-in", data=form).status_code == 400


def test_a_line_that_cannot_be_is_not_marked_as_read(desk: Callable[[str], FlaskClient]) -> None:
    client = desk("operator.dinkes")
    assert client.post("/notifications/read", data={"id": HUGE}).status_code == 422


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("", "127.0.0.1"),
    ],
)
def test_limits_count_a_subscriber_and_not_each_of_their_addresses(
    app: Alur, address: str, counted: str
) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert remote_network() == counted


@pytest.mark.usefixtures("same_minute")
def test_whoever_changes_their_address_within_ipv6_is_still_limited(app: Alur) -> None:
    form = {"username": "head.dinkes", "password": "salah sekali"}

    def tried(number: int) -> int:
        place: dict[str, Any] = {"REMOTE_ADDR": f"2001:db8::{number:x}"}
        return app.test_client().post("/sign-in", data=form, environ_base=place).status_code

    assert [tried(number) for number in range(1, 7)] == [422] * 5 + [429]


def test_methods_that_a_caller_made_up_are_one_figure(anonymous: FlaskClient) -> None:
    for number in range(3):
        anonymous.open("/sign-in", method=f"MADEUP{number}")
    figures = anonymous.get("/metrics").text
    assert "MADEUP" not in figures
    assert 'method="other"' in figures


def test_a_fault_does_not_tell_the_log_what_was_typed(app: Alur) -> None:
    assert app.database.engine.hide_parameters
