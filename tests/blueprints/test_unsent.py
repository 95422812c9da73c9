"""A form that came too late is given back with all that was typed, but only one of our own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from blueprints.edge import Alur
from tests.workflow.factories import City

TYPED = "Antrean daring untuk ibu hamil"
LINES = "di sebelas puskesmas,\r\nsetiap hari"
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
LATE = {"title": TYPED, "note": LINES, "csrf_token": "of a session that is over"}


@pytest.fixture(autouse=True)
def _tokens(app: Alur) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


def test_what_was_typed_is_sent_with_one_more_press(
    desk: Callable[[str], FlaskClient], city: City
) -> None:
    client = desk("operator.dinkes")
    appointment = city.appointments["operator.dinkes@operator.dinkes"]
    sent = {**LATE, "appointment_id": appointment}
    answer = client.post("/proposals/", data=sent, headers=FROM_HERE)
    assert answer.status_code == 400
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', answer.text))
    assert (fields["title"], fields["note"]) == (TYPED, LINES)
    again = client.post("/proposals/", data=fields, headers=FROM_HERE)
    assert again.status_code == 303
    assert "Antrean daring untuk ibu hamil" in client.get(again.location).text


@pytest.mark.parametrize("headers", [FROM_HERE, {"Origin": "http://localhost"}])
def test_whoever_is_no_longer_signed_in_reads_what_they_typed_and_where_to_sign_in(
    anonymous: FlaskClient, headers: dict[str, str]
) -> None:
    answer = anonymous.post("/proposals/", data=LATE, headers=headers)
    assert answer.status_code == 401
    assert "Anda sudah tidak masuk" in answer.text
    assert "ibu hamil" in answer.text
    assert 'href="/sign-in" target="_blank"' in answer.text


def test_a_session_that_ended_while_its_token_still_holds_keeps_the_words_too(
    app: Alur, anonymous: FlaskClient
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    answer = anonymous.post("/proposals/", data=LATE, headers=FROM_HERE)
    assert answer.status_code == 401
    assert "ibu hamil" in answer.text


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {}]
)
def test_a_form_of_another_site_is_not_made_ready_to_send(
    desk: Callable[[str], FlaskClient], headers: dict[str, str]
) -> None:
    answer = desk("operator.dinkes").post("/proposals/", data=LATE, headers=headers)
    assert answer.status_code == 400
    assert "ibu hamil" not in answer.text


def test_a_password_is_never_given_back(anonymous: FlaskClient) -> None:
    form = {"username": "head.dinkes", "password": "sangat rahasia sekali"}
    answer = anonymous.post("/sign-in", data=form, headers=FROM_HERE)
    assert answer.status_code == 400
    assert "sangat rahasia" not in answer.text
