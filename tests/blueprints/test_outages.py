"""An administrator declares an outage; what was typed wrongly comes back beside its box."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import select

from tests.blueprints import papers
from tests.workflow.factories import City
from workflow.database import Database
from workflow.models import Outage, OutboxMessage, Task

TYPED = {"day": "2020-03-02", "from_time": "08.00", "until_time": "15.30"}
TUESDAY = datetime.fromisoformat("2026-12-15T16:00+07:00")


def typed(boxes: dict[str, str], **more: str) -> dict[str, str]:
    return {"reason": "Jaringan pusat data terputus", **boxes, **more}


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found is not None
    return unescape(found[1])


def test_what_is_wrong_with_an_outage_stands_beside_its_boxes(
    desk: Callable[[str], FlaskClient],
) -> None:
    client = desk("admin")
    answer = client.post("/admin/outages/", data=typed(TYPED, reason="mati"))
    assert answer.status_code == 422
    assert "Sedikitnya 10 karakter." in answer.text
    assert "2020-03-02" in answer.text


def test_an_outage_is_saved_only_as_its_effect_was_shown(
    desk: Callable[[str], FlaskClient], city: City, city_database: Database
) -> None:
    client = desk("admin")
    title = due_on(TUESDAY, city, city_database)
    boxes = {"day": "2026-12-15", "from_time": "08.00", "until_time": "17.00"}
    shown = client.post("/admin/outages/", data=typed(boxes, step="look"))
    assert "Batas waktu 1 tugas mundur" in shown.text
    assert title in shown.text
    save = {**boxes, "step": "save"}
    for unseen in ({}, {"seen": seen(shown.text), "from_time": "09.00"}):
        answer = client.post("/admin/outages/", data=typed(save, **unseen))
        assert (answer.status_code, title in answer.text) == (200, True)
    assert declared(city_database) == []
    answer = client.post("/admin/outages/", data=typed(save, seen=seen(shown.text)))
    assert answer.status_code == 303
    assert "Jaringan pusat data terputus" in client.get("/admin/outages/").text
    assert declared(city_database) == ["outage"]


def due_on(moment: datetime, city: City, database: Database) -> str:
    """The title of a case whose task alone is due at a moment."""
    title = "Antrean yang terputus"
    found = papers.begun(city, database, title=title)
    papers.brought(city, database, found, papers.TO_REVIEW[:1])
    with database.sessions.begin() as session:
        query = select(Task).where(Task.case_id == found.case_id, Task.status == "open")
        session.scalars(query).one().due_at = moment
    return title


def declared(database: Database) -> list[str]:
    """The messages that the outages so far have led to."""
    with database.sessions() as session:
        keys = [f"outage:{number}" for number in session.scalars(select(Outage.id))]
        kinds = select(OutboxMessage.kind).where(OutboxMessage.key.in_(keys))
        return list(session.scalars(kinds))


def test_those_who_decide_declare_no_outage(desk: Callable[[str], FlaskClient]) -> None:
    assert desk("head.bapperida").get("/admin/outages/").status_code == 403
