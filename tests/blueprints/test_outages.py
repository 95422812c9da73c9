"""An administrator declares an outage; what was typed wrongly comes back beside its box."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from workflow.database import Database
from workflow.models import Outage, OutboxMessage

TYPED = {"day": "2020-03-02", "from_time": "08.00", "until_time": "15.30"}


def token(client: FlaskClient) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/admin/outages/").text)
    assert found is not None
    return {"csrf_token": found[1]}


def test_an_outage_is_declared_once_it_is_complete(
    desk: Callable[[str], FlaskClient], city_database: Database
) -> None:
    client = desk("admin")
    answer = client.post("/admin/outages/", data={**token(client), **TYPED, "reason": "mati"})
    assert answer.status_code == 422
    assert "Sedikitnya 10 karakter." in answer.text
    assert "2020-03-02" in answer.text
    reason = {"reason": "Jaringan pusat data terputus"}
    answer = client.post("/admin/outages/", data={**token(client), **TYPED, **reason})
    assert answer.status_code == 303
    assert "Jaringan pusat data terputus" in client.get("/admin/outages/").text
    with city_database.sessions() as session:
        outage = session.scalars(select(Outage)).one()
        kinds = session.scalars(
            select(OutboxMessage.kind).where(OutboxMessage.key == f"outage:{outage.id}")
        )
        assert kinds.all() == ["outage"]


def test_those_who_decide_declare_no_outage(desk: Callable[[str], FlaskClient]) -> None:
    assert desk("head.bapperida").get("/admin/outages/").status_code == 403
