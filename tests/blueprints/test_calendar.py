"""Administrators change the calendar: shown before it is saved, confirmed by somebody else."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from tests.blueprints.conftest import NOW
from tests.workflow.factories import EVERY_DAY, City
from workflow.database import Database
from workflow.models import (
    CalendarChange,
    CalendarYear,
    ClosedDay,
    OutboxMessage,
    Person,
    Season,
    Task,
    WorkflowVersion,
    WorkWeek,
)

Desk = Callable[[str], FlaskClient]
FLOOD = {"day": "2026-11-25", "kind": "disaster", "name": "Banjir", "decree": "Perwali 5"}
HOURS = {
    f"hours.{day}.{edge}": at
    for day in range(1, 6)
    for edge, at in (("opens", "08:00"), ("closes", "15:00"))
}
RAMADAN = {
    "week": "five",
    "name": "Ramadan",
    "starts_on": "2027-02-08",
    "ends_on": "2027-03-09",
    "decree": "SE 1",
    **HOURS,
}


@pytest.fixture(autouse=True)
def calendar(city: City, city_database: Database) -> Iterator[None]:
    """A second administrator; the calendar is as before when the test ends."""
    with city_database.sessions.begin() as session:
        if "admin2" not in city.people:
            City(session, people=city.people).person("admin2", administers=True)
        session.get_one(Person, city.people["admin2"]).is_active = True
    yield
    with city_database.sessions.begin() as session:
        for table in (CalendarChange, ClosedDay, Season):
            session.execute(delete(table))
        session.execute(delete(CalendarYear).where(CalendarYear.year > NOW.year + 1))
        session.execute(delete(OutboxMessage).where(OutboxMessage.kind == "recount"))
        session.get_one(WorkWeek, "five").hours = EVERY_DAY
        session.get_one(Person, city.people["admin2"]).is_active = False


@pytest.fixture
def task(city: City, city_database: Database) -> Task:
    """A task of the health agency that is due on Wednesday."""
    with city_database.sessions.begin() as session:
        own = City(session, agencies=city.agencies, people=city.people)
        version_id = session.query(WorkflowVersion.id).filter_by(is_default=True).scalar()
        case_id = own.case(version_id, NOW)
        own.act(case_id, "operator.dinkes", "forward", NOW)
        return session.query(Task).filter_by(case_id=case_id, status="open").one()


def stored(database: Database, table: Any) -> list[Any]:
    with database.sessions() as session:
        return list(session.scalars(select(table)))


def entered(client: FlaskClient, change: str, /, **form: str) -> str:
    """Save a change; the address of its page."""
    answer = client.post(f"/admin/calendar/new/{change}", data={**form, "step": "save"})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_the_effect_is_shown_before_anything_is_saved(
    desk: Desk, city_database: Database, task: Task
) -> None:
    page = desk("admin").post("/admin/calendar/new/close_day", data={**FLOOD, "step": "look"})
    words = html.unescape(page.text)
    assert page.status_code == 200
    assert re.search(r"Batas waktu \d+ tugas mundur \(\d+ berkas\), paling jauh \d+ hari", words)
    assert re.search(r"\d+ November 2026 16\.00 WIB → \d+ \w+ 2026 16\.00 WIB", words)
    assert 'value="Banjir"' in page.text
    assert stored(city_database, CalendarChange) == []


def test_a_closed_day_is_entered_by_one_and_confirmed_by_another(
    desk: Desk, city: City, city_database: Database, task: Task
) -> None:
    address = entered(desk("admin"), "close_day", **FLOOD)
    assert stored(city_database, ClosedDay) == []
    own = desk("admin").get(address).text
    assert "orang lain yang menetapkannya" in own
    assert f"{address}/confirm" not in own
    refused = desk("admin").post(f"{address}/confirm")
    assert refused.status_code == 422
    assert "tidak menetapkannya" in refused.text
    assert "Banjir" in desk("admin2").get("/admin/calendar").text
    assert f"{address}/confirm" in desk("admin2").get(address).text
    assert f'href="{address}"' in desk("admin2").get("/").text
    assert desk("admin2").post(f"{address}/confirm").status_code == 303
    assert f'href="{address}"' not in desk("admin2").get("/").text
    (day,) = stored(city_database, ClosedDay)
    assert (day.entered_by, day.confirmed_by) == (city.people["admin"], city.people["admin2"])
    keys = [row.key for row in stored(city_database, OutboxMessage)]
    assert [key for key in keys if key.startswith("recount:")] == ["recount:1"]
    history = html.unescape(desk("admin").get("/admin/calendar/history").text)
    assert "Libur 25 November 2026: Banjir" in history
    assert "Ibu admin2" in history
    assert desk("admin2").post(f"{address}/confirm").status_code == 422


def test_a_form_keeps_what_was_typed_and_shows_all_that_is_wrong(
    desk: Desk, city_database: Database
) -> None:
    form = FLOOD | {"day": "besok", "name": "Banjir besar", "decree": ""}
    page = desk("admin").post("/admin/calendar/new/close_day", data={**form, "step": "save"})
    assert page.status_code == 422
    assert page.text.count('class="field-error"') == page.text.count('<li><a href="#f-') == 2
    assert ">Hari: Ini bukan tanggal." in page.text
    assert ">Dasar hukum: " in page.text
    assert 'value="Banjir besar"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert stored(city_database, CalendarChange) == []


def test_hours_and_seasons_are_set_and_taken_out(desk: Desk, city_database: Database) -> None:
    for kind, form in (
        ("set_hours", {"week": "five", "decree": "Perwali 7", **HOURS}),
        ("set_season", RAMADAN),
    ):
        address = entered(desk("admin"), kind, **form)
        assert desk("admin2").post(f"{address}/confirm").status_code == 303
    (week,) = [week for week in stored(city_database, WorkWeek) if week.code == "five"]
    assert week.hours == {str(day): ["08:00", "15:00"] for day in range(1, 6)}
    (season,) = stored(city_database, Season)
    assert (season.name, season.hours) == ("Ramadan", week.hours)
    page = desk("admin").get("/admin/calendar").text
    assert "8 Februari 2027 – 9 Maret 2027" in page
    again = desk("admin").get("/admin/calendar/new/set_season?week=five&name=Ramadan").text
    assert 'value="2027-02-08"' in again
    assert 'value="15:00"' in again
    address = entered(desk("admin"), "end_season", week="five", name="Ramadan", decree="SE 2")
    desk("admin2").post(f"{address}/confirm")
    assert stored(city_database, Season) == []


def test_a_year_is_loaded_by_one_and_counts_when_another_confirms(
    desk: Desk, city: City, city_database: Database
) -> None:
    answer = desk("admin").post("/admin/calendar/years", data={"year": "2028"})
    assert answer.headers["Location"] == "/admin/calendar?year=2028"
    assert "belum ditetapkan" in desk("admin").get("/admin/calendar?year=2028").text
    (change,) = stored(city_database, CalendarChange)
    address = f"/admin/calendar/changes/{change.id}"
    assert desk("admin").post(f"{address}/confirm").status_code == 422
    desk("admin2").post(f"{address}/confirm", data={"decree": "SKB 1 Tahun 2027"})
    (year,) = [year for year in stored(city_database, CalendarYear) if year.year == 2028]
    assert (year.decree, year.confirmed_by) == ("SKB 1 Tahun 2027", city.people["admin2"])


def test_a_change_can_be_withdrawn(desk: Desk, city_database: Database) -> None:
    address = entered(desk("admin"), "close_day", **FLOOD)
    assert desk("admin").post(f"{address}/withdraw").status_code == 303
    assert desk("admin2").post(f"{address}/confirm").status_code == 422
    assert desk("admin2").post(f"{address}/withdraw").status_code == 422
    assert "dibatalkan" in desk("admin").get("/admin/calendar/history").text
    assert stored(city_database, ClosedDay) == []


@pytest.mark.parametrize("path", ["new/strike", "new/count_year", "changes/999999"])
def test_an_unknown_change_is_not_found(desk: Desk, path: str) -> None:
    assert desk("admin").get(f"/admin/calendar/{path}").status_code == 404
