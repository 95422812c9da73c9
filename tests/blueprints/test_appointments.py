"""The pages on which appointments are entered, ended and looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.blueprints.conftest import NOW
from tests.workflow.factories import City
from workflow import permissions
from workflow.database import Database
from workflow.models import Appointment


@pytest.fixture(scope="module")
def office(city: City, city_database: Database) -> City:
    """An agency of its own, with a secretary, an empty head's post and somebody to appoint."""
    with city_database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people, city.appointments)
        own.agency("kantor")
        for post in ("secretary", "head"):
            own.position("kantor", post)
        for name in ("secretary.kantor", "calon"):
            own.person(name)
        own.appoint("secretary.kantor", "secretary.kantor")
    return city


def letter(office: City, **changes: object) -> dict[str, object]:
    """What is typed on the form."""
    return {
        "position_id": office.positions["head.kantor"],
        "person_id": office.people["calon"],
        "capacity": "plt",
        "starts_on": "2026-11-23",
        "ends_on": "2027-02-22",
        "letter_number": "821/7/BKPSDM/2026",
        "letter_date": "2026-11-20",
        **changes,
    }


def test_the_secretary_sees_the_gap_and_is_led_to_the_filled_form(
    office: City, desk: Callable[[str], FlaskClient]
) -> None:
    client = desk("secretary.kantor")
    assert "/appointments/register" in client.get("/appointments/").text
    page = client.get("/appointments/register").text
    assert "Tidak ada yang menduduki jabatan ini" in page
    assert "head dinkes" not in page
    link = f"/appointments/new?position_id={office.positions['head.kantor']}"
    assert link in page
    form = client.get(f"{link}&starts_on=2026-11-23").text
    assert f'<option value="{office.positions["head.kantor"]}" selected>' in form
    assert 'value="2026-11-23"' in form


def test_everything_wrong_is_told_beside_its_box_and_nothing_typed_is_lost(
    office: City, desk: Callable[[str], FlaskClient]
) -> None:
    typed = letter(office, ends_on="2026-11-01", letter_date="", capacity="")
    answer = desk("secretary.kantor").post("/appointments/", data=typed)
    assert answer.status_code == 422
    for name in ("ends_on", "letter_date", "capacity"):
        assert f'id="f-{name}-error"' in answer.text
    assert 'value="821/7/BKPSDM/2026"' in answer.text
    assert f'<option value="{office.people["calon"]}" selected>' in answer.text


def test_an_appointment_is_entered_shown_and_ended(
    office: City, desk: Callable[[str], FlaskClient], city_database: Database
) -> None:
    client = desk("secretary.kantor")
    assert client.post("/appointments/", data=letter(office)).status_code == 303
    with city_database.sessions() as session:
        number = session.scalar(
            select(Appointment.id).where(Appointment.person_id == office.people["calon"])
        )
        assert permissions.actors(session, office.people["calon"], NOW)
    assert "Ibu calon" in client.get("/appointments/register").text
    page = client.get(f"/appointments/{number}/end").text
    assert "Ibu secretary.kantor" in page
    wrong = client.post(f"/appointments/{number}/end", data={"ends_on": "2026-11-01"})
    assert wrong.status_code == 422
    assert 'id="f-ends_on-error"' in wrong.text
    assert 'id="f-letter_number-error"' in wrong.text
    typed = letter(office, ends_on="2026-11-22")
    assert client.post(f"/appointments/{number}/end", data=typed).status_code == 303
    with city_database.sessions() as session:
        assert not permissions.actors(session, office.people["calon"], NOW)


def test_others_neither_look_nor_enter(office: City, desk: Callable[[str], FlaskClient]) -> None:
    client = desk("head.dinkes")
    assert "/appointments/register" not in client.get("/appointments/").text
    assert client.get("/appointments/register").status_code == 403
    assert client.get("/appointments/new").status_code == 403
    assert client.post("/appointments/", data=letter(office)).status_code == 403
    other = office.appointments["head.dinsos@head.dinsos"]
    assert client.get(f"/appointments/{other}/end").status_code == 404
    assert client.post(f"/appointments/{other}/end", data={}).status_code == 404


def test_administrators_see_misfits_on_the_agencys_page_and_on_the_list(
    office: City, desk: Callable[[str], FlaskClient]
) -> None:
    client = desk("admin")
    for path in (f"/admin/agencies/{office.agencies['kantor']}", "/admin/appointments"):
        assert "Kekosongan dan tumpang tindih" in client.get(path).text
