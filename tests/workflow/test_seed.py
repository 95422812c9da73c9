"""The demo city: complete, alive, the same on every day it is written, and written once."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.databases import SEEDED_AT
from tests.workflow.demo import agency_id, case_of, case_titled, person_id
from workflow import accounts, cases, closed_days, definitions, organisation, queue, versions
from workflow.city import reading, seed
from workflow.models import (
    Appointment,
    Case,
    Event,
    OutboxMessage,
    Person,
    Position,
    Proposal,
    Task,
)
from workflow.models.organisation import Capacity
from workflow.rehearsal import invariants

TODAY = SEEDED_AT.date()
USERS = """
operator.dinkes sekretaris.dinkes kepala.dinkes petugas.bapperida telaah.bapperida kepala.bapperida
sekretaris.diskominfo telaah.diskominfo telaah2.diskominfo pengendali.diskominfo kepala.diskominfo
petugas.diskominfo sekda asisten.setda asisten2.setda petugas.setda analis.setda sekretaris.spbe
anggota.spbe anggota2.spbe koordinator.spbe walikota wakil.walikota inspektur admin admin2
kepala.kec.pusat kepala.rsud.yani operator.setda.hukum kepala.pkm.yosomulyo
"""


@pytest.mark.parametrize("username", USERS.split())
def test_everybody_who_was_promised_can_sign_in(demo: Session, username: str) -> None:
    assert accounts.named(demo, username).is_active


def test_the_printed_password_opens(demo: Session) -> None:
    person = accounts.authenticate(demo, "kepala.dinkes", seed.PASSWORD)
    assert person is not None
    assert (person.name, person.email) == ("Kepala Dinas Kesehatan", "kepala.dinkes@metro.example")
    assert seed.has_demo_people(demo)


def test_every_party_of_the_shipped_workflows_is_somebody(demo: Session) -> None:
    held = {
        (function, position.post)
        for agency in organisation.agencies(demo, TODAY)
        for function in (*agency.functions, agency.code)
        for position in organisation.positions(demo, TODAY, agency.id)
        if organisation.appointments(demo, TODAY, position_id=position.id, only_then=True)
    }
    for version in definitions.versions(demo):
        for party in versions.load(demo, version.id).definition.parties.values():
            for place in (party.place, party.instead):
                if place is not None and place.agency != "owner":
                    assert (place.agency, place.post) in held


def test_every_agency_that_proposes_has_its_three_posts_held(demo: Session) -> None:
    for agency in organisation.agencies(demo, TODAY):
        posts = {position.post for position in organisation.positions(demo, TODAY, agency.id)}
        if agency.code not in ("kota", "spbe"):
            assert {"operator", "secretary", "head"} <= posts
    without = select(Position.title).where(
        ~select(Appointment.id)
        .where(
            Appointment.position_id == Position.id,
            organisation.valid_on(TODAY, Appointment.starts_on, Appointment.ends_on),
        )
        .exists()
    )
    assert demo.scalars(without).all() == []


def test_some_heads_are_acting_and_some_appointments_have_ended(demo: Session) -> None:
    everybody = organisation.appointments(demo, TODAY)
    today = Counter(each.capacity for each in everybody if each.holds(TODAY))
    assert today[Capacity.PLT] >= 3
    assert today[Capacity.PLH] >= 2
    assert sum(each.ends_on is not None and each.ends_on < TODAY for each in everybody) >= 3


def test_hospitals_and_patrols_work_six_days(demo: Session) -> None:
    six = {each.code for each in organisation.agencies(demo, TODAY) if each.week == "six"}
    assert {"rsud.yani", "satpolpp", "damkar", "pkm.yosomulyo"} <= six
    assert "dinkes" not in six


def test_units_and_divisions_stand_under_their_agency(demo: Session) -> None:
    parents = {each.code: each.parent_id for each in organisation.agencies(demo, TODAY)}
    assert parents["rsud.yani"] == agency_id(demo, "dinkes")
    assert parents["setda.hukum"] == agency_id(demo, "setda")
    assert parents["dinkes"] is None


def test_this_year_counts_and_next_year_waits_for_its_decree(demo: Session) -> None:
    states = {year.year: year.confirmed_at is not None for year in closed_days.years(demo)}
    assert states == {2025: True, 2026: True, 2027: False}
    assert "1497" in closed_days.years(demo)[1].decree


def test_both_workflows_are_published_and_the_parallel_one_is_the_default(demo: Session) -> None:
    assert {version.key for version in definitions.versions(demo)} == {
        "program-proposal",
        "program-proposal-sequential",
    }
    assert definitions.default_version(demo, "proposal").key == "program-proposal"


STEPS = {
    "dinkes": "drafting",
    "disdukcapil": "drafting",
    "dlh": "verifying",
    "dishub": "endorsing",
    "disperindag": "checking",
    "dinsos": "review",
    "dpupr": "review",
    "disporapar": "review",
    "kec.timur": "revising",
    "bkad": "endorsement",
    "dispusda": "approved",
    "dkp3": "rejected",
    "diskominfo": "review",
}


MORE_OF_HEALTH = {
    "Rujukan pasien antarpuskesmas tanpa kertas": "endorsing",
    "Pendampingan ibu hamil berisiko tinggi": "review",
    "Pusat kendali gawat darurat kota": "meeting",
    "Pengingat jadwal kontrol pasien tuberkulosis": "approved_with_conditions",
}


@pytest.mark.parametrize(("code", "step"), STEPS.items())
def test_every_proposal_stands_where_its_story_ends(demo: Session, code: str, step: str) -> None:
    assert cases.read(demo, case_of(demo, code).id).step == step
    assert len(STEPS) + len(MORE_OF_HEALTH) == len(reading.proposals())


@pytest.mark.parametrize(("title", "step"), MORE_OF_HEALTH.items())
def test_the_health_agency_has_proposals_at_many_steps(
    demo: Session, title: str, step: str
) -> None:
    assert cases.read(demo, case_titled(demo, title).id).step == step


def test_a_head_sees_the_ball_in_several_hands_and_has_work_of_their_own(demo: Session) -> None:
    balls = queue.where_is_the_ball(demo, {agency_id(demo, "dinkes")}, SEEDED_AT)
    hands = {holder.title for ball in balls for holder in ball.holders}
    assert len(hands) >= 5
    waiting = queue.page(demo, person_id(demo, "kepala.dinkes"), SEEDED_AT)
    assert {row.path for row in waiting.rows} == {"endorsing", "meeting"}


def test_something_is_late_and_something_is_due_soon(demo: Session) -> None:
    due = demo.scalars(select(Task.due_at).where(Task.status == "open")).all()
    assert sum(at is not None and at < SEEDED_AT for at in due) >= 1
    assert sum(at is not None and TODAY <= at.date() <= date(2026, 11, 24) for at in due) >= 2


def test_the_ict_agency_does_not_review_itself(demo: Session) -> None:
    case = case_of(demo, "diskominfo")
    agencies = demo.scalars(
        select(Position.agency_id)
        .join(Task, Task.position_id == Position.id)
        .where(Task.case_id == case.id, Task.path.startswith("review.ict"))
    ).all()
    assert set(agencies) == {agency_id(demo, "spbe")}


def test_what_happened_happened_in_office_hours_of_the_past(demo: Session) -> None:
    closed = {day.day for year in (2025, 2026) for day in closed_days.days(demo, year)}
    for at in demo.scalars(select(Event.at)):
        local = at.astimezone(SEEDED_AT.tzinfo)
        assert local <= SEEDED_AT
        assert local.date() not in closed
        assert local.isoweekday() <= 5
        assert 8 <= local.hour <= 16


def test_everything_that_must_hold_holds(demo: Session) -> None:
    assert list(invariants.check(demo, SEEDED_AT)) == []


def test_only_the_last_move_of_running_cases_is_news(demo: Session) -> None:
    waiting = demo.scalars(
        select(OutboxMessage.arguments["case_id"].as_integer()).where(
            OutboxMessage.done_at.is_(None), OutboxMessage.kind == "announce"
        )
    ).all()
    running = demo.scalars(select(Case.id).where(Case.outcome.is_(None))).all()
    assert sorted(waiting) == sorted(running)


def test_a_second_seed_writes_nothing(demo: Session) -> None:
    before = demo.scalar(select(func.count()).select_from(Proposal))
    assert seed.ensure_demo(demo, SEEDED_AT + timedelta(days=1)) == seed.Seeded()
    assert demo.scalar(select(func.count()).select_from(Proposal)) == before


@pytest.mark.parametrize(
    "day",
    [
        datetime(2026, 1, 1, 0, 30, tzinfo=ZoneInfo("Asia/Jakarta")),
        datetime(2026, 3, 22, 23, 0, tzinfo=ZoneInfo("Asia/Jakarta")),
        datetime(2028, 2, 29, 12, 0, tzinfo=ZoneInfo("Asia/Makassar")),
    ],
)
def test_the_demo_is_as_alive_on_any_other_day(session: Session, day: datetime) -> None:
    written = seed.ensure_demo(session, day)
    assert written.proposals == len(reading.proposals())
    for code, step in STEPS.items():
        assert cases.read(session, case_of(session, code).id).step == step
    assert list(invariants.check(session, day)) == []


def test_an_empty_database_has_no_demo_people(session: Session) -> None:
    assert not seed.has_demo_people(session)
    session.add(
        Person(
            username="petugas",
            name="Petugas",
            email="petugas@metrokota.example",
            password_hash="!",
            created_at=SEEDED_AT,
        )
    )
    session.flush()
    assert not seed.has_demo_people(session)
    assert seed.ensure_demo(session, SEEDED_AT) == seed.Seeded()
