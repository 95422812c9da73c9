"""A position goes by the title of the day, and what was decided keeps the one of its day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from tests.workflow.factories import City
from workflow import (
    appointable,
    attention,
    cases,
    dossier,
    due_timers,
    engine,
    journal,
    occupancy,
    organisation,
    parties,
    permissions,
    queue,
    setting_changes,
)
from workflow.errors import Conflict, Invalid
from workflow.organising import people, positions
from workflow.proposals import register

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
TODAY = NOW.date()
NEW_YEAR = datetime(2027, 1, 1, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
BEFORE, AFTER = "clerk bapperida", "Petugas Perencanaan"
PLAIN = """
key: plain
subject: proposal
initial: checking
facts: {}
parties: {checker: {agency: planning, post: clerk}}
steps:
  checking: {party: checker, within: 90 working days, actions: {accept: again}}
  again: {party: checker, actions: {close: closed}}
  closed: {final: closed}
reminders: [half way]
"""


@pytest.fixture
def city(session: Session) -> City:
    city = City.founded(session, NOW)
    city.person("admin", administers=True)
    return city


@pytest.fixture
def clerk(city: City) -> int:
    return city.positions["clerk.bapperida"]


def rename(city: City, position_id: int, title: str, valid_from: date | None) -> bool:
    since = valid_from.isoformat() if valid_from else ""
    typed = {"title": title, "valid_from": since, "decree": "Perwali 9/2026"}
    return positions.rename(city.session, position_id, typed, by=city.people["admin"], now=NOW)


def test_a_title_to_come_is_shown_nowhere_before_its_day_and_everywhere_from_it(
    city: City, clerk: int
) -> None:
    session, who = city.session, city.people["clerk.bapperida"]
    case_id = city.case(city.publish(PLAIN), NOW)
    city.person("lama")
    city.appoint("lama", "clerk.bapperida", "plt", ends_on=date(2027, 1, 5))
    agency = city.agencies["bapperida"]
    rename(city, clerk, AFTER, NEW_YEAR.date())
    for now, title in ((NEW_YEAR - timedelta(days=1), BEFORE), (NEW_YEAR, AFTER)):
        day = now.date()
        choices = appointable.positions(session, city.people["admin"], now)
        timers = due_timers.of_cases(session, [case_id], NEW_YEAR + timedelta(days=365), day)
        shown = {
            "actor": permissions.actors(session, who, now)[0].title,
            "holder": engine.holders(session, case_id, now)[0].title,
            "task": next(iter(cases.open_tasks(session, case_id, now).values())).title,
            "timer": timers[case_id][0].position,
            "queue": queue.page(session, who, now).rows[0].position,
            "register": register.page(session, who, now).rows[0].holders[0],
            "to appoint": {one.id: one.words for one in choices}[clerk],
            "positions": {p.id: p.title for p in organisation.positions(session, day)}[clerk],
            "held": people.held(session, who, now).waiting[0].title,
            "ending": attention.ending(session, now)[0].title,
            "crowded": occupancy.misfits(session, day, [agency])[0].title,
            "due time": dossier.explained(session, case_id, "checking", 1, 0, now)[3],
            "appointment": organisation.appointments(session, day, person_id=who)[0].title,
        }
        assert set(shown.values()) == {title}, shown
    assert parties.turning_days(session, TODAY, NEW_YEAR.date()) == [NEW_YEAR.date()]


def test_what_was_decided_keeps_the_title_of_its_day(city: City, clerk: int) -> None:
    session, who = city.session, city.people["clerk.bapperida"]
    case_id = city.case(city.publish(PLAIN), NOW)
    city.act(case_id, "clerk.bapperida", "accept", NOW)
    rename(city, clerk, AFTER, date(2026, 12, 1))
    with pytest.raises(Conflict) as late:
        engine.act(
            session,
            case_id,
            "accept",
            person_id=who,
            request_id="late",
            seen_version=1,
            now=NEW_YEAR,
        )
    assert late.value.decided_by == f"Ibu clerk.bapperida, {BEFORE}"
    city.act(case_id, "clerk.bapperida", "close", NEW_YEAR)
    told = [event.payload.get("position") for event in journal.events(session, case_id)]
    assert [one for one in told if one] == [BEFORE, AFTER]


def test_an_appointment_that_ended_keeps_the_title_of_its_last_day(city: City, clerk: int) -> None:
    city.person("lama")
    city.appoint("lama", "clerk.bapperida", "plt", ends_on=TODAY - timedelta(days=1))
    rename(city, clerk, AFTER, TODAY)
    held = organisation.appointments(city.session, TODAY, position_id=clerk)
    assert {one.username: one.title for one in held} == {"lama": BEFORE, "clerk.bapperida": AFTER}
    who = permissions.credentials(city.session, city.people["lama"], NOW)
    assert who is not None
    assert who.ended == (BEFORE, TODAY - timedelta(days=1))


def test_the_last_title_is_put_right_and_none_begins_before_it(city: City, clerk: int) -> None:
    assert rename(city, clerk, "Petugas Perencanan", NEW_YEAR.date())
    with pytest.raises(Invalid, match="valid_from: before_the_last_name"):
        rename(city, clerk, "Lain", NEW_YEAR.date() - timedelta(days=1))
    assert rename(city, clerk, "Petugas Perencanaa", NEW_YEAR.date())
    assert rename(city, clerk, AFTER, None)
    assert not rename(city, clerk, AFTER, date(2027, 6, 1))
    assert positions.titles(city.session, [city.agencies["bapperida"]]) == {
        clerk: [
            positions.TitleView(AFTER, NEW_YEAR.date(), None),
            positions.TitleView(BEFORE, None, date(2026, 12, 31)),
        ]
    }
    noted = setting_changes.history(city.session, positions.subject(clerk))
    assert [one.kind for one in noted] == ["corrected", "corrected", "renamed"]
    assert {one.what["decree"] for one in noted} == {"Perwali 9/2026"}
