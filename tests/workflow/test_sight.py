"""Who may know of a case, read its journal, and open what else has a permission."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from states import library
from tests.workflow.factories import City, checklist
from workflow import engine, permissions, sight, timelines
from workflow.errors import NotFound, Refused
from workflow.models import Case, Person
from workflow.permissions import Permission, may


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    city = City.founded(session, now)
    city.person("admin", administers=True)
    city.agency("puskesmas", parent="dinkes")
    city.position("puskesmas", "operator")
    city.person("operator.puskesmas")
    city.appoint("operator.puskesmas", "operator.puskesmas")
    return city


@pytest.fixture
def draft(city: City, now: datetime) -> int:
    return city.case(city.publish(library.text("program-proposal")), now)


def submit(city: City, case_id: int, now: datetime) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    city.act(case_id, "secretary.dinkes", "initial", now)
    city.act(case_id, "head.dinkes", "submit", now)


def knowing(city: City, case_id: int, now: datetime) -> set[str]:
    """Everybody who may know of the case; the list and the single check agree."""
    known = set()
    for username, person_id in city.people.items():
        who = permissions.credentials(city.session, person_id, now)
        assert who is not None
        listed = select(Case.id).where(sight.visible(city.session, who, now))
        is_listed = case_id in set(city.session.scalars(listed))
        values = {"case_id": case_id}
        assert is_listed == may(city.session, person_id, Permission.VIEW_CASE, now, **values)
        if is_listed:
            known.add(username)
    return known


def test_a_draft_is_known_to_its_agency_and_to_administrators(
    city: City, draft: int, now: datetime
) -> None:
    assert knowing(city, draft, now) == {
        "operator.dinkes",
        "secretary.dinkes",
        "head.dinkes",
        "admin",
    }


def test_a_submitted_case_is_known_to_those_who_are_asked_and_to_who_oversees(
    city: City, draft: int, now: datetime
) -> None:
    submit(city, draft, now)
    agencies = {name.rpartition(".")[2] for name in knowing(city, draft, now)}
    asked = {"bapperida", "diskominfo", "setda", "spbe", "kota"}
    assert agencies == {"dinkes", "inspektorat", "admin", *asked}


def test_a_step_is_hidden_from_the_hats_that_it_names_and_from_nobody_else(
    city: City, now: datetime
) -> None:
    told = library.text("program-proposal").replace(
        "  checking:\n", "  checking:\n    hidden_from: [planning_analyst, drafter]\n", 1
    )
    case_id = city.case(city.publish(told), now)
    city.person("analyst")
    city.appoint("analyst", "reviewer.bapperida")
    for username, action in (("operator", "forward"), ("secretary", "initial")):
        city.act(case_id, f"{username}.dinkes", action, now)
    city.act(case_id, "head.dinkes", "submit", now)
    known = knowing(city, case_id, now)
    assert engine.state(city.session, case_id).step == "checking"
    assert {"clerk.bapperida", "head.bapperida", "operator.dinkes", "admin"} <= known
    assert known.isdisjoint({"analyst", "reviewer.bapperida"})
    city.act(case_id, "clerk.bapperida", "accept", now)
    assert {"analyst", "reviewer.bapperida"} <= knowing(city, case_id, now)


def test_the_agency_above_knows_of_its_units_cases(
    city: City, draft: int, session: Session, now: datetime
) -> None:
    version_id = session.get_one(Case, draft).workflow_version_id
    case_id = city.case(version_id, now, owner="puskesmas")
    known = knowing(city, case_id, now)
    assert {"operator.puskesmas", "head.dinkes"} <= known
    assert "operator.puskesmas" not in knowing(city, draft, now)


def test_an_inactive_person_knows_of_nothing(
    city: City, draft: int, session: Session, now: datetime
) -> None:
    session.get_one(Person, city.people["admin"]).is_active = False
    session.get_one(Person, city.people["head.dinkes"]).is_active = False
    session.flush()
    assert knowing(city, draft, now) == {"operator.dinkes", "secretary.dinkes"}


def test_the_raw_journal_waits_for_the_owner_until_the_end(
    city: City, draft: int, session: Session, now: datetime
) -> None:
    submit(city, draft, now)

    def readers() -> set[str]:
        names = ("head.dinkes", "head.bapperida", "head.inspektorat", "admin", "head.dinsos")
        asked = Permission.READ_JOURNAL
        return {n for n in names if may(session, city.people[n], asked, now, case_id=draft)}

    assert readers() == {"head.bapperida", "head.inspektorat", "admin"}
    city.act(draft, "head.setda", "cancel", now, reason="Dihentikan")
    assert readers() == {"head.bapperida", "head.inspektorat", "admin", "head.dinkes"}


@pytest.mark.parametrize(
    ("permission", "owner", "allowed"),
    [
        (Permission.CREATE_PROPOSAL, "dinkes", {"operator.dinkes", "head.dinkes"}),
        (
            Permission.VIEW_AGENCY_PROPOSALS,
            "dinkes",
            {"operator.dinkes", "head.dinkes", "admin", "head.inspektorat", "clerk.setda"},
        ),
        (
            Permission.VIEW_AGENCY_PROPOSALS,
            "puskesmas",
            {
                "operator.puskesmas",
                "operator.dinkes",
                "head.dinkes",
                "admin",
                "head.inspektorat",
                "clerk.setda",
            },
        ),
        (Permission.ADMINISTER, "dinkes", {"admin"}),
    ],
)
def test_the_permissions_of_an_agency(
    city: City,
    session: Session,
    now: datetime,
    permission: Permission,
    owner: str,
    allowed: set[str],
) -> None:
    asked = {
        "operator.dinkes",
        "head.dinkes",
        "operator.puskesmas",
        "head.inspektorat",
        "clerk.setda",
        "clerk.bapperida",
        "admin",
    }
    values = {"agency_id": city.agencies[owner]}
    found = {n for n in asked if may(session, city.people[n], permission, now, **values)}
    assert found == allowed


def test_what_may_not_be_known_is_not_found_and_the_rest_is_refused(
    city: City, draft: int, session: Session, now: datetime
) -> None:
    outsider = city.people["head.dinsos"]
    proposal_id = session.get_one(Case, draft).proposal_id
    hidden = {
        Permission.VIEW_CASE: {"case_id": draft},
        Permission.DECIDE: {"case_id": draft},
        Permission.VIEW_PROPOSAL: {"proposal_id": proposal_id},
        Permission.EDIT_PROPOSAL: {"proposal_id": proposal_id},
    }
    for permission, values in hidden.items():
        with pytest.raises(NotFound):
            permissions.demand(session, outsider, permission, now, **values)
        permissions.demand(session, city.people["operator.dinkes"], permission, now, **values)
    with pytest.raises(Refused):
        permissions.demand(session, outsider, Permission.ADMINISTER, now)
    assert not may(session, 10**9, Permission.VIEW_QUEUE, now)
    assert may(session, outsider, Permission.VIEW_QUEUE, now)


def test_the_owner_waits_for_the_words_whatever_else_its_people_are(
    city: City, draft: int, session: Session, now: datetime
) -> None:
    city.appoint("admin", "secretary.dinkes")
    submit(city, draft, now)
    version_id = session.get_one(Case, draft).workflow_version_id
    own = city.case(version_id, now, owner="inspektorat")
    for username, action in (
        ("operator.inspektorat", "forward"),
        ("secretary.inspektorat", "initial"),
        ("head.inspektorat", "submit"),
        ("clerk.bapperida", "accept"),
    ):
        city.act(own, username, action, now)
    city.act(
        own,
        "reviewer.bapperida",
        "recommend",
        now,
        comment="Lemah",
        checklist=checklist("planning"),
    )
    for username, case_id in (("admin", draft), ("head.inspektorat", own)):
        asked = Permission.READ_JOURNAL
        assert not may(session, city.people[username], asked, now, case_id=case_id)
    told = timelines.timeline(session, own, city.people["head.inspektorat"], now)
    assert [entry.is_hidden for entry in told if entry.payload.get("track")] == [True]
    assert "Lemah" not in str(told)
    assert "Lemah" in str(timelines.timeline(session, own, city.people["reviewer.bapperida"], now))


def test_a_guard_does_not_tell_the_owner_what_a_checklist_said(
    city: City, session: Session, now: datetime
) -> None:
    source = library.text("program-proposal").replace(
        "approve: {verdict: approve", "approve: {verdict: approve, when: conditions_set"
    )
    source = re.sub(r"(when: conditions_set), when: not \w+", r"\1", source)
    case_id = city.case(city.publish(source), now)
    submit(city, case_id, now)
    city.act(case_id, "clerk.bapperida", "accept", now)
    city.act(case_id, "reviewer.bapperida", "recommend", now, checklist=checklist("planning"))

    def codes(username: str) -> set[str]:
        with pytest.raises(Refused) as refused, session.begin_nested():
            city.act(case_id, username, "approve", now, track="planning")
        offers = engine.available(session, case_id, city.people[username], now)
        (offer,) = [o for o in offers if (o.action, o.track) == ("approve", "planning")]
        assert refused.value.reasons == offer.why_not
        return {reason.code for reason in offer.why_not}

    assert "guard_unmet" in codes("head.bapperida")
    assert "guard_unmet" in codes("head.diskominfo")
    assert "guard_unmet" not in codes("head.dinkes")
