"""A newcomer builds a workflow from an empty page, publishes it with a colleague, runs a case."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text as sql

from tests.blueprints.test_cases import form_of
from tests.blueprints.test_designer import Browser
from tests.workflow.factories import City
from workflow.database import Database

Desk = Callable[[str], FlaskClient]
KEY = "permintaan-subdomain"


@pytest.fixture(autouse=True)
def _colleague(city: City, city_database: Database) -> Iterator[None]:
    """A second administrator; what is built is not offered to others' tests."""
    with city_database.sessions.begin() as session:
        if "admin2" not in city.people:
            City(session, people=city.people).person("admin2", administers=True)
        session.execute(sql("UPDATE people SET is_active = true WHERE username = 'admin2'"))
    yield
    with city_database.sessions.begin() as session:
        session.execute(sql("UPDATE workflow_versions SET is_offered = false"))
        session.execute(sql("UPDATE people SET is_active = false WHERE username = 'admin2'"))


def built(desk: Desk) -> Browser:
    """The draft: the agency asks, the ICT agency checks, its head decides within three days."""
    admin = desk("admin")
    draft = Browser(admin, admin.post("/admin/drafts/").location)
    draft.follow("edit/name")
    draft.send(name="Permintaan subdomain", name_en="Subdomain request")
    draft.follow("party=decider")
    draft.send(place="ict|head", instead="secretariat|assistant_two")
    draft.follow("edit/review")
    draft.send(
        place="ict|reviewer",
        instead="spbe_team|member",
        within__amount="3",
        name="Pemeriksaan",
        name_en="Technical check",
    )
    return draft


def sent(client: FlaskClient, address: str, action: str, **typed: str) -> str:
    """Press the button of a draft's page; where it leads."""
    page = client.get(address).text
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision is not None
    answer = client.post(f"{address}/{action}", data={"revision": revision[1], **typed})
    assert answer.status_code == 303, answer.text
    return answer.location


def published(desk: Desk, city_database: Database) -> int:
    """The number of the version that the second administrator publishes."""
    draft = built(desk)
    sent(draft.client, draft.address, "submit")
    assert draft.client.post(f"{draft.address}/approve", data={"revision": 4}).status_code == 403
    sent(desk("admin2"), draft.address, "approve")
    with city_database.sessions() as session:
        query = sql("SELECT max(id) FROM workflow_versions WHERE key = :key")
        return int(session.execute(query, {"key": KEY}).scalar_one())


def decided(client: FlaskClient, case: str, action: str, **typed: str) -> None:
    hidden = form_of(client.get(case), action)
    answer = client.post(f"{case}/actions", data={**hidden, **typed})
    assert answer.status_code == 303, answer.text


def test_a_newcomer_builds_publishes_and_runs_a_workflow(
    desk: Desk, city: City, city_database: Database
) -> None:
    version_id = published(desk, city_database)
    operator = desk("operator.dinkes")
    assert f'value="{KEY}"' not in operator.get("/proposals/new").text
    version = f"/admin/workflows/{version_id}"
    assert desk("admin").post(f"{version}/offer", data={"offered": "yes"}).status_code == 303
    assert "ditawarkan untuk usulan baru" in desk("admin").get(version).text

    new = operator.get("/proposals/new").text
    assert f'value="{KEY}"' in new
    appointment = re.search(r'name="appointment_id" value="(\d+)"', new)
    assert appointment is not None
    typed = {"title": "Subdomain antrean puskesmas", "workflow": KEY}
    begun = operator.post("/proposals/", data={**typed, "appointment_id": appointment[1]})
    with city_database.sessions() as session:
        query = sql("SELECT max(id) FROM cases WHERE workflow_version_id = :version")
        number = session.execute(query, {"version": version_id}).scalar_one()
    assert begun.status_code == 303
    case = f"/cases/{number}"

    decided(operator, case, "submit")
    assert "Subdomain request" in operator.get("/proposals/new?lang=en").text
    assert "Technical check" in desk("reviewer.diskominfo").get("/queue/?lang=en").text
    assert "Pemeriksaan" in desk("reviewer.diskominfo").get("/queue/").text
    assert "reviewer diskominfo" in operator.get(case).text
    decided(desk("reviewer.diskominfo"), case, "approve")
    decided(desk("head.diskominfo"), case, "approve")
    with city_database.sessions() as session:
        query = sql("SELECT outcome FROM cases WHERE id = :id")
        assert session.execute(query, {"id": number}).scalar_one() == "approved"


def test_a_workflow_that_is_not_offered_is_not_begun(desk: Desk, city_database: Database) -> None:
    operator = desk("operator.dinkes")
    found = re.search(r'name="appointment_id" value="(\d+)"', operator.get("/proposals/new").text)
    assert found is not None
    typed = {"title": "Subdomain antrean puskesmas", "workflow": "tidak-ada"}
    answer = operator.post("/proposals/", data={**typed, "appointment_id": found[1]})
    assert answer.status_code == 422
    assert "Subdomain antrean puskesmas" in answer.text
