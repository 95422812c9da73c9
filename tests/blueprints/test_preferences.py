"""What a person chooses about mails: kept, refused where it may not be, shown as it is."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.blueprints.conftest import NOW
from tests.workflow.factories import City
from workflow.database import Database
from workflow.models import Notification, Person

CHOSEN = {
    "task_given": "digest",
    "returned": "at_once",
    "reminded": "off",
    "received": "digest",
    "ended": "at_once",
    "quiet_hours": "true",
    "language": "en",
}


def _checked(page: str) -> set[tuple[str, str]]:
    boxes = re.findall(r"<input class=\"form-check-input\"[^>]*checked[^>]*>", page)
    return {
        (named[1], worth[1])
        for box in boxes
        if (named := re.search(r'name="([^"]+)"', box))
        and (worth := re.search(r'value="([^"]+)"', box))
    }


def test_what_is_chosen_is_kept_and_shown(
    desk: Callable[[str], FlaskClient], hire: Callable[..., str], city_database: Database
) -> None:
    client = desk(hire("pilih", "head"))
    assert ("ended", "at_once") in _checked(client.get("/notifications/preferences").text)
    assert client.post("/notifications/preferences", data=CHOSEN).status_code == 303
    page = client.get("/notifications/preferences").text
    boxes = {name: value for name, value in CHOSEN.items() if name != "language"}
    assert _checked(page) == set(boxes.items())
    assert "What mails tell you</h1>" in page
    with city_database.sessions() as session:
        person = session.scalars(select(Person).where(Person.username == "pilih")).one()
    assert (person.language, person.quiet_hours) == ("en", True)


def test_a_task_cannot_be_switched_off_and_what_was_typed_stays(
    desk: Callable[[str], FlaskClient], hire: Callable[..., str]
) -> None:
    client = desk(hire("bandel", "head"))
    wrong = CHOSEN | {"task_given": "off", "language": "xx"}
    answer = client.post("/notifications/preferences", data=wrong)
    assert answer.status_code == 422
    assert answer.text.count("Ini tidak ada dalam pilihan.") == 4  # on top, and beside each field
    assert ("reminded", "off") in _checked(answer.text)
    assert ("ended", "at_once") in _checked(client.get("/notifications/preferences").text)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"unsent": "not_in_office"}, "Anda tidak lagi memegang jabatannya"),
        ({"unsent": "task_closed"}, "tugasnya sudah selesai atau ditutup"),
        ({"digest_at": NOW}, "dalam ringkasan Anda"),
        ({"mailed_at": NOW}, "Pemberitahuan"),
    ],
)
def test_the_bell_says_what_became_of_a_mail(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    city: City,
    city_database: Database,
    values: dict[str, object],
    shown: str,
) -> None:
    client = desk(hire(f"nasib{shown[:3]}{len(shown)}".lower(), "head"))
    with city_database.sessions.begin() as session:
        line = Notification(
            person_id=max(city.people.values()),
            case_id=None,
            kind="ended",
            key="fate",
            values={"title": "A", "agency": "B", "outcome": "approved"},
            created_at=NOW,
            **values,
        )
        session.add(line)
    page = client.get("/notifications/").text
    assert shown in page
    assert ("Tidak ada surel" in page) == ("unsent" in values)
