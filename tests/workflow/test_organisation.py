"""Agencies under the names of a day, and who holds what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.databases import SEEDED_AT
from tests.workflow.demo import agency_id, person_id
from workflow import agency_years, organisation
from workflow.errors import NotFound
from workflow.models.organisation import Capacity

TODAY = SEEDED_AT.date()
LAST_YEAR = date(2025, 12, 31)


@pytest.mark.parametrize(
    ("day", "name", "short_name"),
    [
        (LAST_YEAR, "Badan Perencanaan Pembangunan Daerah", "Bappeda"),
        (
            TODAY,
            "Badan Perencanaan Pembangunan Daerah, Riset dan Inovasi Daerah",
            "Bapperida",
        ),
    ],
)
def test_an_agency_is_called_by_the_name_of_the_day(
    demo: Session, day: date, name: str, short_name: str
) -> None:
    found = organisation.agency(demo, agency_id(demo, "bapperida"), day)
    assert (found.name, found.short_name, found.functions) == (name, short_name, ("planning",))


def test_an_agency_has_no_name_before_its_first(demo: Session) -> None:
    with pytest.raises(NotFound):
        organisation.agency(demo, agency_id(demo, "dinkes"), date(1990, 1, 1))
    with pytest.raises(NotFound):
        organisation.agency(demo, 0, TODAY)


def test_present_and_former_names_are_listed(demo: Session) -> None:
    names = agency_years.names(demo, agency_id(demo, "diskominfo"))
    assert [name.short_name for name in names] == ["Diskominfo", "Dinas Kominfo"]


def test_parents_come_before_their_units(demo: Session) -> None:
    agencies = organisation.agencies(demo, TODAY)
    seen: set[int] = set()
    for agency in agencies:
        assert agency.parent_id is None or agency.parent_id in seen
        seen.add(agency.id)
    functions = {name for agency in agencies for name in agency.functions}
    assert functions == {
        "city",
        "ict",
        "inspectorate",
        "personnel",
        "planning",
        "secretariat",
        "spbe_team",
    }


def test_appointments_are_told_for_a_day(demo: Session) -> None:
    head = next(
        position
        for position in organisation.positions(demo, TODAY, agency_id(demo, "satpolpp"))
        if position.post == "head"
    )
    ever = organisation.appointments(demo, TODAY, position_id=head.id)
    now = organisation.appointments(demo, TODAY, position_id=head.id, only_then=True)
    assert [(each.username, each.capacity) for each in now] == [("kepala.damkar", Capacity.PLH)]
    assert {each.username for each in ever} == {"kepala.damkar", "kepala.satpolpp"}
    assert now[0].holds(TODAY)
    assert not now[0].holds(TODAY + timedelta(days=27))


def test_appointments_are_told_by_person_and_by_agency(demo: Session) -> None:
    mine = organisation.appointments(
        demo, TODAY, person_id=person_id(demo, "kepala.disperkim"), only_then=True
    )
    assert {each.title for each in mine} == {
        "Kepala Dinas Perumahan dan Kawasan Permukiman",
        "Kepala Dinas Lingkungan Hidup",
    }
    team = organisation.appointments(demo, TODAY, agency_id=agency_id(demo, "spbe"), only_then=True)
    assert sum(each.post == "member" for each in team) == 4


def test_every_superior_is_a_position(demo: Session) -> None:
    positions = {position.id: position for position in organisation.positions(demo, TODAY)}
    without = [each.title for each in positions.values() if each.superior_id is None]
    assert without == ["Wali Kota Metro"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("dinas kesehatn", "Dinas Kesehatan"), ("Kebun Binatang", None)],
)
def test_the_nearest_name_is_offered_only_when_it_is_near(wanted: str, found: str | None) -> None:
    assert organisation.nearest(["Dinas Kesehatan", "Dinas Sosial"], wanted) == found
