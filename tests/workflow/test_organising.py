"""Agencies, positions, accounts and working weeks as administrators change them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from states import library
from tests.workflow.factories import City
from workflow import (
    accounts,
    agency_years,
    appointable,
    deadlines,
    dossier,
    occupancy,
    organisation,
    parties,
    permissions,
    setting_changes,
)
from workflow.calendar import Calendar
from workflow.errors import Invalid, NotFound
from workflow.models import (
    Agency,
    AgencyName,
    Appointment,
    Case,
    Event,
    Notification,
    OutboxMessage,
    Person,
    Position,
    Task,
    WorkWeek,
)
from workflow.organising import agencies, functions, people, positions, weeks

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
NEW = {
    "code": "damkar",
    "name": "Dinas Pemadam Kebakaran",
    "short_name": "Damkar",
    "valid_from": "2026-11-23",
    "parent_id": "",
    "week": "five",
    "decree": "Perda 1/2026",
}
POST = {"post": "clerk", "title": "Petugas Dinkes", "superior_id": "", "places": "1"}
ACCOUNT = {"username": "petugas.dinkes", "name": "Petugas Dinkes", "email": "petugas@metro.example"}


@pytest.fixture
def city(session: Session) -> City:
    city = City.founded(session, NOW)
    city.person("admin", administers=True)
    city.person("admin2", administers=True)
    return city


@pytest.fixture
def admin(city: City) -> int:
    return city.people["admin"]


def codes(found: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    """The problems by field."""
    return {problem.field: problem.code for problem in found.value.problems}


def what_was_noted(session: Session, subject: str) -> list[str]:
    return [change.kind for change in setting_changes.history(session, subject)]


# --- agencies ---------------------------------------------------------------------------------


def test_an_agency_is_founded_under_a_name_from_a_day_on(city: City, admin: int) -> None:
    typed = {**NEW, "parent_id": str(city.agencies["setda"]), "valid_from": "2026-12-01"}
    agency_id = agencies.found(city.session, typed, by=admin, now=NOW)
    with pytest.raises(NotFound):
        organisation.agency(city.session, agency_id, TODAY)
    view = organisation.agency(city.session, agency_id, date(2026, 12, 1))
    assert (view.code, view.name, view.short_name) == ("damkar", NEW["name"], "Damkar")
    assert view.parent_id == city.agencies["setda"]
    assert what_was_noted(city.session, agencies.subject(agency_id)) == ["founded"]


def test_everything_wrong_with_a_new_agency_is_told_at_once(city: City, admin: int) -> None:
    typed = {
        "code": "Dinas Kesehatan",
        "name": "dinas DINKES",
        "short_name": "x" * 61,
        "valid_from": "besok",
        "parent_id": "999999",
        "week": "seven",
        "decree": "",
    }
    with pytest.raises(Invalid) as found:
        agencies.found(city.session, typed, by=admin, now=NOW)
    assert codes(found) == {
        "code": "not_a_code",
        "short_name": "too_long",
        "valid_from": "not_a_date",
        "parent_id": "unknown_choice",
        "week": "unknown_choice",
        "decree": "required",
    }


@pytest.mark.parametrize("code", ["dinkes", "planning", "owner"])
def test_no_code_means_two_agencies_to_a_workflow(city: City, admin: int, code: str) -> None:
    with pytest.raises(Invalid) as found:
        agencies.found(city.session, {**NEW, "code": code}, by=admin, now=NOW)
    assert codes(found) == {"code": "code_taken"}


def test_two_agencies_do_not_bear_one_name(city: City, admin: int) -> None:
    with pytest.raises(Invalid) as found:
        agencies.found(city.session, {**NEW, "name": "DINAS dinkes"}, by=admin, now=NOW)
    assert codes(found) == {"name": "name_taken"}


def rename(city: City, admin: int, valid_from: str, name: str = "Dinas Sehat") -> None:
    typed = {"name": name, "short_name": "Sehat", "valid_from": valid_from, "decree": "Perda 2"}
    agencies.rename(city.session, city.agencies["dinkes"], typed, by=admin, now=NOW)


def test_a_new_name_holds_from_its_day_and_the_old_one_until_the_day_before(
    city: City, admin: int
) -> None:
    rename(city, admin, "2026-12-01")
    dinkes = city.agencies["dinkes"]
    assert organisation.agency(city.session, dinkes, date(2026, 11, 30)).name == "Dinas dinkes"
    assert organisation.agency(city.session, dinkes, date(2026, 12, 1)).name == "Dinas Sehat"


def test_a_name_from_the_day_of_the_last_one_corrects_it(city: City, admin: int) -> None:
    rename(city, admin, "2026-12-01")
    rename(city, admin, "2026-12-01", "Dinas Kesehatan Kota")
    names = agency_years.names(city.session, city.agencies["dinkes"])
    assert [name.name for name in names] == ["Dinas Kesehatan Kota", "Dinas dinkes"]
    noted = what_was_noted(city.session, agencies.subject(city.agencies["dinkes"]))
    assert noted == ["corrected", "renamed"]


def test_no_name_begins_before_the_last_one(city: City, admin: int) -> None:
    rename(city, admin, "2026-12-01")
    with pytest.raises(Invalid) as found:
        rename(city, admin, "2026-11-30")
    assert codes(found) == {"valid_from": "before_the_last_name"}


def test_a_case_that_ended_keeps_the_name_of_its_day(city: City, admin: int) -> None:
    version_id = city.publish(library.text("program-proposal"))
    ended, running = (city.case(version_id, NOW) for _ in range(2))
    city.act(ended, "operator.dinkes", "discard", NOW)
    rename(city, admin, "2026-12-01")
    later = NOW + timedelta(days=20)
    assert dossier.read(city.session, ended, later).agency == "Dinas dinkes"
    assert dossier.read(city.session, running, later).agency == "Dinas Sehat"


def test_agencies_are_named_by_code_as_on_a_day_and_by_their_last_name_afterwards(
    city: City, admin: int
) -> None:
    rename(city, admin, "2026-12-01")
    agency_id = city.agency("arsip")
    agencies.close(city.session, agency_id, {"decree": "Perda 5"}, by=admin, now=NOW)
    for day, name in ((date(2026, 11, 30), "Dinas dinkes"), (date(2026, 12, 1), "Dinas Sehat")):
        names = agency_years.names_by_code(city.session, day)
        assert (names["dinkes"], names["arsip"]) == (name, "Dinas arsip")


def test_an_agency_is_put_under_another_but_never_under_itself(city: City, admin: int) -> None:
    dinkes, setda = city.agencies["dinkes"], city.agencies["setda"]
    typed = {"parent_id": str(setda), "decree": "Perwali 3"}
    agencies.move(city.session, dinkes, typed, by=admin, now=NOW)
    assert parties.owner_line(city.session, dinkes) == [dinkes, setda]
    for parent_id in (dinkes, setda):
        with pytest.raises(Invalid) as found:
            agencies.move(
                city.session, setda, {**typed, "parent_id": str(parent_id)}, by=admin, now=NOW
            )
        assert codes(found) == {"parent_id": "under_itself"}


def test_a_function_goes_from_one_agency_to_another_on_a_day(city: City, admin: int) -> None:
    dinkes, bapperida = city.agencies["dinkes"], city.agencies["bapperida"]
    typed = {"function": "planning", "valid_from": "2026-12-01", "decree": "Perda 4"}
    functions.give(city.session, dinkes, typed, by=admin, now=NOW)
    for day, holder in ((date(2026, 11, 30), bapperida), (date(2026, 12, 1), dinkes)):
        held = [
            one.id
            for one in organisation.agencies(city.session, day)
            if "planning" in one.functions
        ]
        assert held == [holder]


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"function": "ict"}, {"function": "has_it_already"}),
        ({"function": "dinkes"}, {"function": "code_taken"}),
        ({"function": "planning", "valid_from": "2026-11-22"}, {"valid_from": "day_is_over"}),
        ({"function": "", "valid_from": "", "decree": ""},
         {"function": "required", "valid_from": "required", "decree": "required"}),
    ],
)  # fmt: skip
def test_a_function_is_given_once_and_not_for_days_that_are_over(
    city: City, admin: int, changes: Mapping[str, str], problems: Mapping[str, str]
) -> None:
    typed = {"function": "legal", "valid_from": "2026-11-23", "decree": "Perda 4", **changes}
    with pytest.raises(Invalid) as found:
        functions.give(city.session, city.agencies["diskominfo"], typed, by=admin, now=NOW)
    assert codes(found) == problems


def test_an_agency_on_which_something_hangs_is_not_closed(city: City, admin: int) -> None:
    version_id = city.publish(library.text("program-proposal"))
    city.case(version_id, NOW)
    with pytest.raises(Invalid) as found:
        agencies.close(
            city.session, city.agencies["dinkes"], {"decree": "Perda 5"}, by=admin, now=NOW
        )
    assert [problem.code for problem in found.value.problems] == [
        "has_cases",
        "has_tasks",
        "has_holders",
    ]


def test_a_closed_agency_is_gone_from_today_and_its_past_stays(city: City, admin: int) -> None:
    agency_id = city.agency("arsip")
    position_id = city.position("arsip", "head")
    agencies.close(city.session, agency_id, {"decree": "Perda 5"}, by=admin, now=NOW)
    assert organisation.agency(city.session, agency_id, TODAY - DAY).name == "Dinas arsip"
    with pytest.raises(NotFound):
        organisation.agency(city.session, agency_id, TODAY)
    assert city.session.get_one(Position, position_id).closed_on == TODAY - DAY
    with pytest.raises(Invalid) as found:
        agencies.close(city.session, agency_id, {"decree": "Perda 5"}, by=admin, now=NOW)
    assert codes(found) == {"decree": "agency_closed"}


# --- positions --------------------------------------------------------------------------------


def test_a_position_is_made_and_can_be_filled(city: City, admin: int) -> None:
    made = positions.make(city.session, city.agencies["dinkes"], POST, by=admin, now=NOW)
    assert made in {one.id for one in appointable.positions(city.session, admin, NOW)}
    assert what_was_noted(city.session, positions.subject(made)) == ["made"]


def test_everything_wrong_with_a_position_is_told_at_once(city: City, admin: int) -> None:
    typed = {"post": "head", "title": "", "superior_id": "999999", "places": "0"}
    with pytest.raises(Invalid) as found:
        positions.make(city.session, city.agencies["dinkes"], typed, by=admin, now=NOW)
    assert codes(found) == {
        "post": "post_taken",
        "title": "required",
        "superior_id": "unknown_choice",
        "places": "out_of_range",
    }


def test_no_position_stands_above_itself(city: City, admin: int) -> None:
    head, secretary = city.positions["head.dinkes"], city.positions["secretary.dinkes"]
    typed = {"superior_id": str(head), "places": "1"}
    positions.change(city.session, secretary, typed, by=admin, now=NOW)
    with pytest.raises(Invalid) as found:
        positions.change(
            city.session, head, {**typed, "superior_id": str(secretary)}, by=admin, now=NOW
        )
    assert codes(found) == {"superior_id": "under_itself"}


def test_a_position_is_closed_only_when_nobody_holds_it_and_nothing_waits(
    city: City, admin: int
) -> None:
    held = city.positions["head.dinkes"]
    with pytest.raises(Invalid) as found:
        positions.close(city.session, held, {"reason": ""}, by=admin, now=NOW)
    assert [problem.code for problem in found.value.problems] == ["required", "has_holders"]
    free = city.position("dinkes", "analyst")
    positions.close(city.session, free, {"reason": "Perwali 6"}, by=admin, now=NOW)
    assert free not in {one.id for one in appointable.positions(city.session, admin, NOW)}
    assert occupancy.misfits(city.session, TODAY, [city.agencies["dinkes"]]) == []
    positions.reopen(city.session, free, by=admin, now=NOW)
    assert free in {one.id for one in appointable.positions(city.session, admin, NOW)}


# --- accounts ---------------------------------------------------------------------------------


def test_an_account_is_made_without_a_password_that_fits(city: City, admin: int) -> None:
    made = people.make(city.session, ACCOUNT, by=admin, now=NOW)
    for password in ("", "-", people.NO_PASSWORD):
        assert accounts.authenticate(city.session, "petugas.dinkes", password) is None
    assert made in {one.id for one in appointable.people(city.session, admin)}


def test_everything_wrong_with_an_account_is_told_at_once(city: City, admin: int) -> None:
    typed = {"username": "head.dinkes", "name": "", "email": "petugas"}
    with pytest.raises(Invalid) as found:
        people.make(city.session, typed, by=admin, now=NOW)
    assert codes(found) == {
        "username": "username_taken",
        "name": "required",
        "email": "not_an_email",
    }


def test_what_somebody_holds_is_shown_before_they_are_switched_off(city: City) -> None:
    version_id = city.publish(library.text("program-proposal"))
    case_id = city.case(version_id, NOW)
    operator = city.people["operator.dinkes"]
    task = city.session.scalars(select(Task).where(Task.case_id == case_id)).one()
    task.assignee_id = operator
    city.session.flush()
    held = people.held(city.session, operator, NOW)
    assert [one.title for one in held.appointments] == ["operator dinkes"]
    assert [(one.title, one.tasks, one.taken) for one in held.waiting] == [
        ("operator dinkes", 1, 1)
    ]


def test_who_is_switched_off_has_no_right_from_that_instant_and_loses_no_history(
    city: City, admin: int
) -> None:
    person_id = city.people["head.dinkes"]
    token = accounts.create_token(city.session, "head.dinkes", NOW)
    city.session.flush()
    people.switch_off(city.session, person_id, {"reason": "Pensiun"}, by=admin, now=NOW)
    who = permissions.credentials(city.session, person_id, NOW)
    assert who is not None
    assert not who.is_active
    assert who.actors == ()
    assert accounts.by_token(city.session, token, NOW) is None
    held = city.session.scalars(select(Appointment).where(Appointment.person_id == person_id)).one()
    assert held.ends_on is None
    people.switch_on(city.session, person_id, {"reason": "Keliru"}, by=admin, now=NOW)
    assert city.session.get_one(Person, person_id).is_active
    assert accounts.by_token(city.session, token, NOW) is None
    noted = what_was_noted(city.session, people.subject(person_id))
    assert noted == ["switched_on", "switched_off"]


def test_nobody_switches_off_themselves_or_the_last_administrator(city: City, admin: int) -> None:
    other = city.people["admin2"]
    with pytest.raises(Invalid) as found:
        people.switch_off(city.session, admin, {"reason": "Pindah"}, by=admin, now=NOW)
    assert codes(found) == {"reason": "oneself_off"}
    people.switch_off(city.session, other, {"reason": "Pindah"}, by=admin, now=NOW)
    with pytest.raises(Invalid) as found:
        people.switch_off(city.session, admin, {"reason": "Pindah"}, by=other, now=NOW)
    assert codes(found) == {"reason": "last_administrator"}


# --- working weeks ----------------------------------------------------------------------------


@pytest.fixture
def dated(city: City, session: Session) -> int:
    """A case whose task at the planning agency, which works six days, is due on a Saturday."""
    hours = {str(day): ["07:30", "14:00"] for day in range(1, 7)}
    session.add(WorkWeek(code="six", name="Enam hari", hours=hours))
    session.flush()
    session.get_one(Agency, city.agencies["bapperida"]).week = "six"
    session.flush()
    version_id = city.publish(library.text("program-proposal"))
    thursday = datetime(2026, 11, 26, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
    case_id = city.case(version_id, NOW)
    city.act(case_id, "operator.dinkes", "forward", NOW)
    city.act(case_id, "secretary.dinkes", "initial", NOW)
    city.act(case_id, "head.dinkes", "submit", thursday)
    city.act(case_id, "clerk.bapperida", "accept", thursday)
    return case_id


def due(session: Session, case_id: int, path: str) -> datetime:
    found = session.scalars(
        select(Task.due_at).where(Task.case_id == case_id, Task.path.startswith(path))
    ).first()
    assert found is not None
    return found.astimezone(ZoneInfo("Asia/Jakarta"))


def recounted(session: Session, case_id: int, agency_id: int) -> int:
    """How many deadlines of the case move when the agency's are counted again."""
    agency = organisation.agency(session, agency_id, TODAY)
    moved = deadlines.reweek_case(session, case_id, agency, Calendar.load(session), NOW)
    session.expire_all()
    return moved


def test_the_effect_of_another_week_is_what_the_recount_does(
    city: City, admin: int, dated: int, session: Session
) -> None:
    bapperida = city.agencies["bapperida"]
    typed = {"week": "five", "decree": "Perwali 7"}
    path, other = "review.planning.assessing", "review.ict."
    before = due(session, dated, path), due(session, dated, other)
    effect = weeks.preview(session, bapperida, typed, NOW)
    assert (effect.tasks, effect.cases) == (1, 1)
    weeks.change(session, bapperida, typed, by=admin, now=NOW)
    assert deadlines.REWEEK in session.scalars(select(OutboxMessage.kind)).all()
    assert [recounted(session, dated, bapperida) for _ in range(2)] == [1, 0]
    assert due(session, dated, path) == effect.examples[0].moves_to > before[0]
    assert due(session, dated, other) == before[1]
    (event,) = session.scalars(select(Event).where(Event.kind == deadlines.MOVED))
    assert event.payload["week"] == {"agency": "Dinas bapperida", "week": "five"}
    told = session.scalars(
        select(Notification.person_id).where(Notification.kind == deadlines.WEEK_CHANGED)
    ).all()
    assert told == [city.people["reviewer.bapperida"]]


def test_a_week_that_gives_less_time_takes_none_away(
    city: City, admin: int, dated: int, session: Session
) -> None:
    diskominfo, path = city.agencies["diskominfo"], "review.ict."
    before = due(session, dated, path)
    typed = {"week": "six", "decree": "Perwali 7"}
    assert weeks.preview(session, diskominfo, typed, NOW).tasks == 0
    weeks.change(session, diskominfo, typed, by=admin, now=NOW)
    assert recounted(session, dated, diskominfo) == 0
    assert due(session, dated, path) == before


def test_a_week_is_one_that_there_is_and_another_than_now(city: City, admin: int) -> None:
    for week, code in (("seven", "unknown_choice"), ("five", "works_it_already")):
        with pytest.raises(Invalid) as found:
            weeks.preview(city.session, city.agencies["dinkes"], {"week": week, "decree": "x"}, NOW)
        assert codes(found) == {"week": code}


def test_what_is_not_there_is_not_found(city: City, admin: int) -> None:
    for call in (agencies.rename, agencies.move, functions.give, agencies.close,
                 positions.change, positions.close, positions.make, people.change,
                 people.switch_off, people.switch_on, weeks.change):  # fmt: skip
        with pytest.raises(NotFound):
            call(city.session, 999_999, {}, by=admin, now=NOW)
    assert city.session.scalars(select(Case)).all() == []
    assert (
        city.session.scalars(select(AgencyName).where(AgencyName.valid_until.is_not(None))).all()
        == []
    )
