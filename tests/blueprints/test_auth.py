"""Signing in: who gets in, what is rotated, where one lands, how often one may try."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from blueprints.auth import own_path
from blueprints.edge import Alur
from tests.blueprints.conftest import NOW, PASSWORD, StoppedClock
from tests.workflow.factories import City
from workflow import accounts
from workflow.database import Database
from workflow.models import Person

SIGN_IN = "/sign-in"


def _enter(client: FlaskClient, username: str, password: str = PASSWORD, query: str = "") -> int:
    form = {"username": username, "password": password}
    return client.post(SIGN_IN + query, data=form).status_code


def test_name_and_password_open_the_start_page(anonymous: FlaskClient) -> None:
    answer = anonymous.post(SIGN_IN, data={"username": "head.dinkes", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Ibu head.dinkes" in anonymous.get("/").text


@pytest.mark.parametrize("username", ["head.dinkes", "nobody.at.all"])
def test_a_wrong_password_does_not_tell_whether_the_name_exists(
    anonymous: FlaskClient, username: str
) -> None:
    answer = anonymous.post(SIGN_IN, data={"username": username, "password": "salah"})
    assert answer.status_code == 422
    assert "Nama pengguna dan kata sandi tidak cocok." in answer.text
    assert f'value="{username}"' in answer.text
    assert "salah" not in answer.text.replace("Ada yang salah", "")


def test_missing_fields_are_listed_and_tied_to_their_fields(anonymous: FlaskClient) -> None:
    page = anonymous.post(SIGN_IN, data={}).text
    assert '<a href="#f-username">' in page
    assert '<a href="#f-password">' in page
    assert 'aria-describedby="f-username-error" aria-invalid="true"' in page


def test_the_session_is_a_new_one_after_signing_in(anonymous: FlaskClient) -> None:
    with anonymous.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["csrf_token"] = "known to somebody else"
        session["language"] = "en"
    assert _enter(anonymous, "head.dinkes") == 303
    with anonymous.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != "known to somebody else"
        assert session["language"] == "en"


def test_whoever_signs_in_stays_so_though_their_hash_is_renewed(
    anonymous: FlaskClient, city: City, city_database: Database
) -> None:
    older = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with city_database.sessions.begin() as session:
        person = session.get_one(Person, city.people["member.spbe"])
        before, person.password_hash = person.password_hash, older
    assert _enter(anonymous, "member.spbe") == 303
    assert anonymous.get("/").status_code == 200
    with city_database.sessions.begin() as session:
        person = session.get_one(Person, city.people["member.spbe"])
        assert person.password_hash not in (older, before)


def test_signing_out_ends_the_session_and_only_by_post(
    desk: Callable[[str], FlaskClient],
) -> None:
    client = desk("head.dinkes")
    assert client.get("/sign-out").status_code == 405
    assert client.get("/").status_code == 200
    assert client.post("/sign-out").status_code == 303
    assert client.get("/").status_code == 303


def test_a_reader_comes_back_to_the_page_that_asked(anonymous: FlaskClient) -> None:
    answer = anonymous.get("/queue/?q=air")
    assert answer.location == "/sign-in?next=/queue/?q%3Dair"
    form = {"username": "head.dinkes", "password": PASSWORD}
    assert anonymous.post(answer.location, data=form).location == "/queue/?q=air"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "javascript:alert(1)",
        "queue",
        "",
        None,
    ],
)
def test_only_own_paths_are_led_to(app: Alur, wanted: str | None) -> None:
    with app.test_request_context():
        assert own_path(wanted) == "/"


@pytest.mark.usefixtures("same_minute")
def test_the_sixth_attempt_on_an_account_within_a_minute_is_refused(
    anonymous: FlaskClient,
) -> None:
    tried = [_enter(anonymous, "head.dinsos", "salah") for _ in range(6)]
    assert tried == [422] * 5 + [429]
    assert _enter(anonymous, "operator.dinsos") == 303, "colleagues behind the address still get in"


@pytest.mark.usefixtures("same_minute")
def test_many_addresses_together_guess_no_faster_on_one_account(app: Alur) -> None:
    def tried(number: int, password: str) -> int:
        place = {"REMOTE_ADDR": f"203.0.113.{number}"}
        form = {"username": "secretary.dinsos", "password": password}
        return app.test_client().post(SIGN_IN, data=form, environ_base=place).status_code

    assert [tried(number, "salah") for number in range(30)] == [422] * 30
    assert tried(31, "salah") == 429


def test_somebody_switched_off_is_out_at_once(
    desk: Callable[[str], FlaskClient], hire: Callable[..., str], city_database: Database
) -> None:
    client = desk(hire("leaver", "operator"))
    assert client.get("/").status_code == 200
    with city_database.sessions.begin() as session:
        session.query(Person).filter_by(username="leaver").update({"is_active": False})
    assert client.get("/").status_code == 303


def test_a_form_without_its_token_is_not_taken(app: Alur, anonymous: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert _enter(anonymous, "head.dinkes") == 400
        page = anonymous.get(SIGN_IN).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        form = {"username": "head.dinkes", "password": PASSWORD, "csrf_token": token[1]}
        assert anonymous.post(SIGN_IN, data=form).status_code == 303
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_cookies_are_for_this_site_alone(anonymous: FlaskClient) -> None:
    cookie = anonymous.get(SIGN_IN + "?lang=en").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_demo_users_are_shown_in_a_demo_only(anonymous: FlaskClient, app: Alur) -> None:
    assert "metro-demo" not in anonymous.get(SIGN_IN).text


def test_the_clock_of_these_tests_stands_still(app: Alur) -> None:
    assert isinstance(app.settings, StoppedClock)
    assert app.settings.now() == NOW


def test_fields_tell_browsers_what_belongs_in_them(anonymous: FlaskClient) -> None:
    page = anonymous.get(SIGN_IN).text
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_a_new_password_ends_the_sessions_that_the_old_one_began(
    anonymous: FlaskClient, hire: Callable[..., str], city_database: Database
) -> None:
    name = hire("robbed", "operator")
    with city_database.sessions.begin() as session:
        accounts.set_password(session, name, PASSWORD)
    assert _enter(anonymous, name) == 303
    assert anonymous.get("/").status_code == 200
    with city_database.sessions.begin() as session:
        accounts.set_password(session, name, PASSWORD)
    assert anonymous.get("/").status_code == 303


def test_a_session_ends_after_a_working_day_however_often_it_is_used(
    anonymous: FlaskClient,
) -> None:
    assert _enter(anonymous, "head.dinkes") == 303
    with anonymous.session_transaction() as session:
        session["since"] -= 10 * 3600
    assert anonymous.get("/").status_code == 200
    with anonymous.session_transaction() as session:
        session["since"] -= 1
    assert anonymous.get("/").status_code == 303
