"""The pages on which administrators put mails into the city's own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from blueprints import mail_texts as pages
from tests.blueprints.conftest import NOW
from tests.workflow.factories import City
from workflow import mail_texts
from workflow.database import Database
from workflow.messages import own
from workflow.models import MailText, Notification
from workflow.notifications import Told, tell

PLACE = "/admin/mail-texts/received/id"
GOOD = {"subject": "Diterima: {{ title }}", "text": "Nomor {{ receipt }}.\r\n\r\n{{ link }}"}


@pytest.fixture
def admin(desk: Callable[[str], FlaskClient], city_database: Database) -> Iterator[FlaskClient]:
    """An administrator, in a city where nobody was told of anything that never happened."""
    with city_database.sessions.begin() as session:
        session.execute(delete(Notification))
    yield desk("admin")
    with city_database.sessions.begin() as session:
        session.execute(delete(MailText))


@pytest.fixture
def trial(city: City, city_database: Database) -> int:
    """A matter that was told to somebody."""
    values = {**mail_texts.EXAMPLE, "title": "Usulan sungguhan <b>", "receipt": "0042/2026"}
    told = Told(city.people["head.dinkes"], None, "received", "uji", values)
    with city_database.sessions.begin() as session:
        tell(session, [told], NOW)
        query = select(Notification.id).where(Notification.key == "uji")
        return session.scalars(query).one()


def test_every_kind_of_mail_and_every_name_has_words() -> None:
    assert set(pages.KINDS) == set(own.kinds())
    assert set(pages.NAMES) == {name for kind in own.kinds() for name in own.names(kind)}


def test_all_mails_are_listed_and_open(admin: FlaskClient) -> None:
    page = admin.get("/admin/mail-texts/").text
    for kind in own.kinds():
        for language in ("id", "en"):
            address = f"/admin/mail-texts/{kind}/{language}"
            assert f'href="{address}"' in page
            assert "Hasilnya" in admin.get(address).text
    assert "milik kota," not in page


def test_a_text_is_tried_on_a_real_case_before_it_is_kept(
    admin: FlaskClient, trial: int, city_database: Database
) -> None:
    page = admin.post(PLACE, data={**GOOD, "trial": trial, "do": "preview"}).text
    assert "Diterima: Usulan sungguhan &lt;b&gt;" in page
    assert "Nomor 0042/2026." in page
    with city_database.sessions() as session:
        assert mail_texts.own_texts(session) == {}
    assert admin.post(PLACE, data={**GOOD, "do": "save"}).status_code == 303
    kept = admin.get(PLACE).text
    assert "Diterima: {{ title }}" in kept
    assert "Ibu admin" in kept
    assert admin.post(f"{PLACE}/reset").status_code == 303
    after = admin.get(PLACE).text.partition("Siapa mengubah apa")[0]
    assert "Nomor {{ receipt }}." not in after


@pytest.mark.parametrize("do", ["preview", "save"])
def test_everything_wrong_is_told_beside_its_box_and_nothing_typed_is_lost(
    admin: FlaskClient, do: str
) -> None:
    wrong = {"subject": "{{ link }}", "text": "{{ sandi }}", "do": do}
    answer = admin.post(PLACE, data=wrong)
    assert answer.status_code == 422
    for shown in ('id="f-subject-error"', 'id="f-text-error"', "{{ sandi }}"):
        assert shown in answer.text
    unfilled = admin.post(PLACE, data={**GOOD, "text": "{{ title.nothing }}", "do": do})
    assert unfilled.status_code == 422
    assert "tidak dapat diisi" in unfilled.text


def test_a_broken_text_is_told_where_administrators_look(
    admin: FlaskClient, city_database: Database
) -> None:
    admin.post(PLACE, data={**GOOD, "do": "save"})
    with city_database.sessions.begin() as session:
        session.execute(update(MailText).values(broken_at=NOW, error="UndefinedError: reason"))
    assert "1 teks surel milik kota tidak dapat diisi" in admin.get("/admin/").text
    assert "milik kota, tidak dapat diisi" in admin.get("/admin/mail-texts/").text
    assert "UndefinedError: reason" in admin.get(PLACE).text


def test_what_does_not_exist_is_not_found(admin: FlaskClient) -> None:
    for place in ("nothing/id", "received/fr"):
        assert admin.get(f"/admin/mail-texts/{place}").status_code == 404
        assert admin.post(f"/admin/mail-texts/{place}", data=GOOD).status_code == 404
        assert admin.post(f"/admin/mail-texts/{place}/reset").status_code == 404
    answer = admin.post(PLACE, data={**GOOD, "trial": 987654321, "do": "preview"})
    assert answer.status_code == 404
