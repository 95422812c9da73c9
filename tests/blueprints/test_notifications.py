"""The bell: one's own lines, a capped count, read when one says so."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask.testing import FlaskClient

from tests.blueprints.conftest import NOW
from tests.workflow.factories import City
from workflow.database import Database
from workflow.models import Notification

VALUES = {
    "title": "Antrean puskesmas",
    "agency": "Dinas Kesehatan",
    "number": None,
    "outcome": "approved",
    "step": "approved",
    "tasks": [],
}


def _tell(database: Database, person_id: int, count: int) -> list[int]:
    with database.sessions.begin() as session:
        lines = [
            Notification(
                person_id=person_id,
                case_id=None,
                kind="ended",
                key=f"test:{person_id}:{number}",
                values=VALUES,
                created_at=NOW,
            )
            for number in range(count)
        ]
        session.add_all(lines)
        session.flush()
        return [line.id for line in lines]


def _bell(client: FlaskClient) -> str:
    found = re.search(r'class="bar-count">([^<]*)<', client.get("/").text)
    return found[1] if found else ""


def test_the_bell_counts_what_is_unread(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    city: City,
    city_database: Database,
) -> None:
    client = desk(hire("lonceng", "head"))
    assert _bell(client) == ""
    first, *_ = _tell(city_database, city.people["lonceng"], 3)
    assert _bell(client) == "3"
    assert client.post("/notifications/read", data={"id": first}).status_code == 303
    assert _bell(client) == "2"
    assert client.post("/notifications/read").status_code == 303
    assert _bell(client) == ""


def test_looking_alone_marks_nothing_as_read(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    city: City,
    city_database: Database,
) -> None:
    client = desk(hire("lihat", "head"))
    _tell(city_database, city.people["lihat"], 1)
    assert "Antrean puskesmas" in client.get("/notifications/").text
    assert _bell(client) == "1"


def test_others_lines_can_neither_be_seen_nor_marked(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    city: City,
    city_database: Database,
) -> None:
    client, other = desk(hire("saya", "head")), desk(hire("dia", "head"))
    (line,) = _tell(city_database, city.people["dia"], 1)
    assert "Antrean puskesmas" not in client.get("/notifications/").text
    client.post("/notifications/read", data={"id": line})
    assert _bell(other) == "1"


def test_the_count_is_capped_and_the_list_is_paged(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    city: City,
    city_database: Database,
) -> None:
    client = desk(hire("ramai", "head"))
    _tell(city_database, city.people["ramai"], 120)
    assert _bell(client) == "99+"
    page = client.get("/notifications/").text
    assert page.count("told-words") == 50
    further = re.search(r'href="([^"]+)" rel="next"', page)
    assert further is not None
    assert client.get(further[1]).text.count("told-words") == 50


def test_everybody_reads_in_their_own_language(
    desk: Callable[[str], FlaskClient],
    hire: Callable[..., str],
    city: City,
    city_database: Database,
) -> None:
    client = desk(hire("bahasa", "head"))
    _tell(city_database, city.people["bahasa"], 1)
    indonesian = client.get("/notifications/").text
    english = client.get("/notifications/?lang=en").text
    assert "Pemberitahuan</h1>" in indonesian
    assert "Notifications</h1>" in english
    assert "Notifications</h1>" in client.get("/notifications/").text
