"""The page that says who may do what today, and why not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.databases import statements
from tests.workflow.factories import City
from workflow.database import Database
from workflow.models import WorkflowVersion

DEED = "review.planning.deciding|approve"


@pytest.fixture
def version_id(city_database: Database) -> int:
    with city_database.sessions() as session:
        found = session.query(WorkflowVersion.id).filter_by(is_default=True).scalar()
    assert isinstance(found, int)
    return found


def page(client: FlaskClient, city: City, **asked: object) -> str:
    query = {"agency": city.agencies["dinkes"], "deed": DEED, **asked}
    answer = client.get("/admin/rights", query_string=query)
    assert answer.status_code == 200
    return answer.text


def test_an_administrator_is_told_who_may_and_by_which_letter(
    desk: Callable[[str], FlaskClient], city: City
) -> None:
    shown = page(desk("admin"), city)
    assert "Ibu head.bapperida" in shown
    assert "800/1/2026" in shown
    assert "Kepala badan perencanaan" in shown


def test_the_reasons_against_somebody_are_told_in_words(
    desk: Callable[[str], FlaskClient], city: City
) -> None:
    shown = page(desk("admin"), city, person=city.people["head.dinsos"])
    assert "Ini wewenang head bapperida (Ibu head.bapperida)." in shown
    assert "tidak boleh" in shown


def test_a_workflow_that_is_not_there_asks_the_one_that_new_cases_start_on(
    desk: Callable[[str], FlaskClient], city: City, version_id: int
) -> None:
    shown = page(desk("admin"), city, version=999_999, deed="nowhere|nothing")
    assert f'<option value="{version_id}" selected>' in shown
    assert 'id="step-12"' in shown


def test_the_whole_overview_takes_few_statements(
    desk: Callable[[str], FlaskClient], city: City, city_database: Database
) -> None:
    client = desk("admin")
    page(client, city, deed="")
    with statements(city_database) as said:
        page(client, city, deed="")
    assert len(said) <= 14, said


def test_only_administrators_ask(desk: Callable[[str], FlaskClient]) -> None:
    assert desk("head.bapperida").get("/admin/rights").status_code == 403
