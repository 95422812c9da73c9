"""The pages on which administrators set up webhooks and look at what came of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from blueprints import webhooks as pages
from tests.blueprints.conftest import NOW
from workflow import outbox, setting_changes, webhooks
from workflow.database import Database
from workflow.models import OutboxMessage, WebhookDelivery
from workflow.webhooks import KINDS, State, endpoints

GOOD = {"url": "https://data.metro.example/hooks", "kinds": ["case.decided", "case.lapsed"]}


@pytest.fixture
def admin(desk: Callable[[str], FlaskClient]) -> FlaskClient:
    return desk("admin")


@pytest.fixture
def place(admin: FlaskClient) -> str:
    """The address of the page of a new endpoint."""
    answer = admin.post("/admin/webhooks/", data=GOOD)
    assert answer.status_code == 303
    return answer.location


def number(place: str) -> int:
    return int(place.rpartition("/")[2])


def test_every_kind_state_and_change_has_words() -> None:
    assert set(pages.KINDS) == set(KINDS.values())
    assert set(pages.STATES) == set(State)
    assert set(pages.CHANGES) == {
        getattr(endpoints, name)
        for name in (
            "ENTERED",
            "CHANGED",
            "ROTATED",
            "SECRET_SHOWN",
            "SWITCHED_ON",
            "SWITCHED_OFF",
        )
    }


def test_everything_wrong_is_told_beside_its_box_and_what_was_typed_is_kept(
    admin: FlaskClient,
) -> None:
    answer = admin.post("/admin/webhooks/", data={"url": "https://10.0.0.1/hooks"})
    assert answer.status_code == 422
    assert 'id="f-url-error"' in answer.text
    assert 'id="f-kinds-error"' in answer.text
    assert '<a href="#f-url">Alamat: ' in answer.text
    assert 'value="https://10.0.0.1/hooks"' in answer.text


def test_a_webhook_is_entered_listed_and_changed(admin: FlaskClient, place: str) -> None:
    assert GOOD["url"] in admin.get("/admin/webhooks/").text
    form = admin.get(f"{place}/edit").text
    assert len(re.findall("checked", form)) == 2
    changed = {"url": "https://lain.example/", "kinds": ["case.started"]}
    assert admin.post(place, data=changed).status_code == 303
    page = admin.get(place).text
    assert "https://lain.example/" in page
    assert "case.started" in page
    assert "case.lapsed" not in page
    assert admin.post(place, data={"url": "x"}).status_code == 422


def test_the_secret_is_shown_once_and_a_new_one_can_be_made(admin: FlaskClient, place: str) -> None:
    assert "whsec_" not in admin.get(place).text
    first = re.findall(r"whsec_[\w+/=]+", admin.post(f"{place}/secret").text)
    assert len(first) == 1
    assert "whsec_" not in admin.post(f"{place}/secret").text
    assert admin.post(f"{place}/rotate").status_code == 303
    assert "Rahasia sebelumnya ikut menandatangani" in admin.get(place).text
    second = re.findall(r"whsec_[\w+/=]+", admin.post(f"{place}/secret").text)
    assert second != first


def test_an_endpoint_is_tested_switched_and_its_log_read(
    admin: FlaskClient, place: str, city_database: Database
) -> None:
    assert admin.post(f"{place}/test").status_code == 303
    with city_database.sessions.begin() as session:
        (delivery,) = endpoints.deliveries(session, number(place))
        stored = session.get_one(WebhookDelivery, delivery.id)
        stored.state, stored.status, stored.answer = State.FAILED, 500, "<b>Galat</b>"
        stored.attempts, stored.attempted_at, stored.milliseconds = 10, NOW, 1234
        message = session.scalars(
            select(OutboxMessage).where(OutboxMessage.key == f"webhook:{delivery.id}")
        ).one()
        outbox.done(session, message.id, NOW)
    page = admin.get(place).text
    for shown in ("<strong>500</strong>", "&lt;b&gt;Galat", "1.234 md", "tidak diterima"):
        assert shown in page
    again = f"{place}/deliveries/{delivery.id}"
    for told in ("Pesan dikirim ulang", "sudah dalam pengiriman"):
        assert admin.post(again).status_code == 303
        assert told in admin.get(place).text
    assert admin.post(f"{place}/switch", data={"on": "0"}).status_code == 303
    assert "dimatikan" in admin.get(place).text
    assert admin.post(f"{place}/switch", data={"on": "1"}).status_code == 303
    with city_database.sessions() as session:
        kinds = [one.kind for one in setting_changes.history(session, f"webhook:{number(place)}")]
    assert kinds == [endpoints.SWITCHED_ON, endpoints.SWITCHED_OFF, endpoints.ENTERED]


def test_a_long_log_is_read_page_by_page(
    admin: FlaskClient, place: str, city_database: Database
) -> None:
    with city_database.sessions.begin() as session:
        for _ in range(pages.DELIVERIES_A_PAGE + 1):
            webhooks.send_test(session, number(place), NOW)
    first = admin.get(place).text
    assert first.count("<strong>test</strong>") == pages.DELIVERIES_A_PAGE
    further = re.findall(r'href="([^"]+before=\d+)"', first)[0]
    assert admin.get(further).text.count("<strong>test</strong>") == 1


def test_what_does_not_exist_is_not_found(admin: FlaskClient) -> None:
    for path in ("", "/secret", "/rotate", "/switch", "/test", "/deliveries/999999"):
        assert admin.post(f"/admin/webhooks/999999{path}", data=GOOD).status_code == 404
    assert admin.get("/admin/webhooks/999999").status_code == 404
