"""The pages on which administrators merge and split agencies."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.blueprints.conftest import NOW
from tests.databases import statements
from tests.workflow.factories import City
from workflow import engine, organisation
from workflow.database import Database
from workflow.models import Position, Proposal, Succession, WorkflowVersion

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Office:
    """An agency with people and a proposal under way, and one to follow it."""

    agency: int
    heir: int
    head: int
    operator: int
    case_id: int
    proposal_id: int


@pytest.fixture
def office(city: City, city_database: Database) -> Office:
    """Agencies of one test alone, because what is merged is no more."""
    number = next(_numbers)
    old, new = f"lama{number}", f"baru{number}"
    with city_database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people, city.appointments)
        for code in (old, new):
            own.agency(code)
            for post in ("head", "operator"):
                own.position(code, post)
                own.person(f"{post}.{code}")
                own.appoint(f"{post}.{code}", f"{post}.{code}")
        version_id = session.query(WorkflowVersion.id).filter_by(is_default=True).scalar()
        case_id = own.case(version_id, NOW, owner=old)
        proposal_id = engine.state(session, case_id).proposal_id
    return Office(
        city.agencies[old],
        city.agencies[new],
        city.positions[f"head.{old}"],
        city.positions[f"operator.{old}"],
        case_id,
        proposal_id,
    )


@pytest.fixture
def admin(desk: Callable[[str], FlaskClient]) -> FlaskClient:
    return desk("admin")


def typed(office: Office, **changes: str) -> dict[str, str]:
    """Everything goes to the same posts of the heir."""
    return {
        "happens_on": "2027-01-04",
        "ends": "yes",
        "decree": "Perda 9/2026",
        "decree_on": "2026-11-20",
        "heir_1": str(office.heir),
        f"place.{office.head}": f"{office.heir}:head",
        f"place.{office.operator}": f"{office.heir}:operator",
        f"proposal.{office.proposal_id}": str(office.heir),
        **changes,
    }


def test_where_everything_goes_is_offered_first(office: Office, admin: FlaskClient) -> None:
    path = f"/admin/agencies/{office.agency}/succession"
    assert "Penerus" in admin.get(path).text
    nobody = admin.post(path, data={"ends": "yes", "step": "heirs"})
    assert nobody.status_code == 422
    assert '<a href="#f-heir_1">Penerus: Ini harus diisi.</a>' in nobody.text
    chosen = {"heir_1": str(office.heir), "ends": "yes", "step": "heirs"}
    offered = admin.post(path, data=chosen)
    assert offered.status_code == 200
    assert f'<option value="{office.heir}:head" selected>' in offered.text
    assert f'name="proposal.{office.proposal_id}"' in offered.text


def test_what_it_does_is_shown_entered_and_withdrawn(
    office: Office, admin: FlaskClient, city_database: Database
) -> None:
    agency = f"/admin/agencies/{office.agency}"
    own = select(Succession.id).where(Succession.agency_id == office.agency)
    said = typed(office, **{f"follow.{office.head}": "yes"})
    shown = admin.post(f"{agency}/succession", data={**said, "step": "look"})
    assert "Terlalu banyak yang akan menduduki head baru" in shown.text
    with city_database.sessions() as session:
        assert session.scalars(own).all() == []
    entered = admin.post(f"{agency}/succession", data={**said, "step": "save"})
    assert entered.status_code == 303
    assert "Dilaksanakan dengan sendirinya pada hari itu." in admin.get(agency).text
    with city_database.sessions() as session:
        waiting = session.scalars(own).one()
    path = f"{agency}/succession/{waiting}/withdraw"
    assert admin.post(path).status_code == 303
    assert admin.post(path).status_code == 422
    assert "Dilaksanakan dengan sendirinya" not in admin.get(agency).text


def test_what_is_wrong_stands_beside_its_box_and_nothing_typed_is_lost(
    office: Office, admin: FlaskClient
) -> None:
    wrong = {f"place.{office.head}": "1:2", "decree": "", "happens_on": "2020-01-01"}
    said = typed(office, step="save", **wrong)
    answer = admin.post(f"/admin/agencies/{office.agency}/succession", data=said)
    assert answer.status_code == 422
    for name in ("decree", "happens_on", f"place-{office.head}"):
        assert f'id="f-{name}-error"' in answer.text
    assert 'value="2020-01-01"' in answer.text


def test_of_today_the_case_tells_whose_it_was(office: Office, admin: FlaskClient) -> None:
    agency = f"/admin/agencies/{office.agency}"
    said = typed(office, step="save", happens_on="2026-11-23")
    assert admin.post(f"{agency}/succession", data=said).status_code == 303
    assert "Dilaksanakan 23 November 2026" in admin.get(agency).text
    page = admin.get(f"/cases/{office.case_id}").text
    assert "Usulan ini sekarang milik Dinas baru" in page
    assert "Perda 9/2026" in page


def test_an_heir_that_is_no_more_is_shown_by_its_last_name(
    office: Office, admin: FlaskClient, city: City, city_database: Database
) -> None:
    said = typed(office, step="save", happens_on="2026-11-23")
    assert admin.post(f"/admin/agencies/{office.agency}/succession", data=said).status_code == 303
    last, page = city.agencies["inspektorat"], f"/admin/agencies/{office.heir}"
    with city_database.sessions() as session:
        own = session.scalars(select(Position).where(Position.agency_id == office.heir)).all()
        name = organisation.agency(session, office.heir, NOW.date()).name
    heirs = {f"place.{one.id}": f"{last}:{one.post}" for one in own}
    heirs |= {"heir_1": str(last), f"proposal.{office.proposal_id}": str(last)}
    answer = admin.post(f"{page}/succession", data={**said, **heirs})
    assert answer.status_code == 303, answer.text
    shown = admin.get(f"/admin/agencies/{office.agency}").text
    assert f'<a href="{page}">{name}</a>' in shown


def test_the_effect_names_workflows_that_would_lack_people(
    office: Office, admin: FlaskClient, city: City, city_database: Database
) -> None:
    """Planning and ICT have a head each; as one agency they would have one for both."""
    planning, ict = (city.agencies[code] for code in ("bapperida", "diskominfo"))
    with city_database.sessions() as session:
        own = session.scalars(select(Position).where(Position.agency_id == planning)).all()
        theirs = select(Proposal.id).where(Proposal.agency_id == planning)
        proposals = {f"proposal.{one}": str(ict) for one in session.scalars(theirs)}
    places = {f"place.{one.id}": f"{ict}:{one.post}" for one in own}
    said = {**typed(office), **places, **proposals, "heir_1": str(ict), "step": "look"}
    shown = admin.post(f"/admin/agencies/{planning}/succession", data=said)
    assert shown.status_code == 200, shown.text
    assert "terlalu sedikit orang yang dapat menjadi" in shown.text


def test_the_form_takes_few_statements(
    office: Office, admin: FlaskClient, city_database: Database
) -> None:
    path = f"/admin/agencies/{office.agency}/succession"
    chosen = {"heir_1": str(office.heir), "step": "heirs"}
    admin.post(path, data=chosen)
    with statements(city_database) as said:
        admin.post(path, data=chosen)
    assert len(said) <= 18, said


def test_only_administrators_merge_and_split(
    office: Office, desk: Callable[[str], FlaskClient]
) -> None:
    path = f"/admin/agencies/{office.agency}/succession"
    client = desk("head.dinsos")
    assert client.get(path).status_code == 403
    assert client.post(path).status_code == 403
    assert client.post(f"{path}/1/withdraw").status_code == 403
