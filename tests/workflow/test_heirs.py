"""Whoever names an agency that went to heirs means those who follow, on the day it is asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from states import library
from states.reading import read
from tests.workflow.factories import City
from tests.workflow.test_succession import (
    DAY,
    LATER,
    NOW,
    ON_THE_DAY,
    TODAY,
    enter,
    founded,
    planned,
    task_of,
)
from workflow import (
    agency_years,
    appointing,
    engine,
    forecast,
    gate,
    journal,
    manning,
    organisation,
    parties,
    permissions,
    proposals,
    rights,
    sight,
    succession,
)
from workflow.errors import Invalid, NotFound
from workflow.models import (
    Agency,
    Appointment,
    Case,
    Position,
    Proposal,
    Succession,
    WorkflowVersion,
)
from workflow.organising import agencies, functions, positions

CODED = """
key: coded
subject: proposal
initial: drafting
facts: {}
parties:
  drafter: {agency: owner, post: operator}
  checker: {agency: dinkes, post: secretary}
  keeper: {agency: dinkes, post: archivist}
  head: {agency: dinkes, post: head, instead: {agency: secretariat, post: assistant}}
steps:
  drafting: {party: drafter, actions: {submit: {to: checking, snapshot: true}}}
  checking: {party: checker, actions: {accept: keeping}}
  keeping: {party: keeper, actions: {keep: deciding}}
  deciding: {party: head, actions: {approve: {to: approved}, return: drafting}}
  approved: {final: approved}
verbs: {approve: {means: approve}}
"""


@pytest.fixture
def city(session: Session) -> City:
    return founded(session)


@pytest.fixture
def version_id(city: City) -> int:
    return city.publish(CODED)


def asked(city: City, case_id: int) -> str:
    """The position that has the case's task, as `post.code`."""
    row = city.session.execute(
        select(Position.post, Agency.code)
        .join(Agency, Agency.id == Position.agency_id)
        .where(Position.id == task_of(city.session, case_id).position_id)
    ).one()
    return f"{row.post}.{row.code}"


def split(city: City, agency: str, heir: str, places: dict[str, str], **said: str) -> int:
    """The agency goes on; of its positions only those named go, each to a post of the heir."""
    typed = {"ends": "", **{name: "" for name in planned(city, agency, heir) if "." in name}}
    for post, to in places.items():
        typed[f"place.{city.positions[f'{post}.{agency}']}"] = f"{city.agencies[heir]}:{to}"
    return enter(city, {**planned(city, agency, heir), **typed, **said}, agency)


def at_checking(city: City, version_id: int, owner: str = "inspektorat") -> int:
    case_id = city.case(version_id, NOW, owner=owner)
    city.act(case_id, f"operator.{owner}", "submit", NOW)
    return case_id


def test_a_task_opened_after_the_merger_goes_to_the_heir_of_the_agency_that_is_named(
    city: City, version_id: int
) -> None:
    case_id = city.case(version_id, NOW, owner="inspektorat")
    enter(city, planned(city))
    city.act(case_id, "operator.inspektorat", "submit", NOW)
    assert asked(city, case_id) == "secretary.dinsos"
    city.act(case_id, "secretary.dinsos", "accept", NOW)
    assert asked(city, case_id) == "archivist.dinsos"  # a post that the agency never had


def test_a_post_that_became_another_is_asked_by_its_new_name(city: City, version_id: int) -> None:
    place = f"place.{city.positions['secretary.dinkes']}"
    enter(city, planned(city, **{place: f"{city.agencies['dinsos']}:operator"}))
    assert asked(city, at_checking(city, version_id)) == "operator.dinsos"


def test_of_a_split_agency_each_post_is_asked_where_it_went(city: City, version_id: int) -> None:
    split(city, "dinkes", "dinsos", {"secretary": "operator"})
    case_id = at_checking(city, version_id)
    assert asked(city, case_id) == "operator.dinsos"
    city.act(case_id, "operator.dinsos", "accept", NOW)
    assert asked(city, case_id) == "archivist.dinkes"  # the agency goes on


def test_a_split_between_two_heirs_asks_the_one_that_was_chosen(
    city: City, version_id: int
) -> None:
    place = f"place.{city.positions['secretary.dinkes']}"
    second = {"heir_2": str(city.agencies["setda"]), place: f"{city.agencies['setda']}:secretary"}
    enter(city, planned(city, **second))
    case_id = at_checking(city, version_id)
    assert asked(city, case_id) == "secretary.setda"
    city.act(case_id, "secretary.setda", "accept", NOW)
    assert asked(city, case_id) == "archivist.dinsos"


def test_heirs_of_heirs_are_asked(city: City, version_id: int) -> None:
    enter(city, planned(city))
    enter(city, planned(city, "dinsos", "setda"), "dinsos")
    case_id = at_checking(city, version_id)
    assert asked(city, case_id) == "secretary.setda"
    city.act(case_id, "secretary.setda", "accept", NOW)
    assert asked(city, case_id) == "archivist.setda"


def test_a_post_that_goes_and_comes_back_is_asked_at_home(city: City, version_id: int) -> None:
    split(city, "dinkes", "dinsos", {"secretary": "secretary"})
    split(city, "dinsos", "dinkes", {"secretary": "secretary"})
    assert asked(city, at_checking(city, version_id)) == "secretary.dinkes"


def test_no_chain_of_heirs_leads_round_in_a_circle(city: City, version_id: int) -> None:
    """A post came to the agency, was closed there, and the agency went to where it came from."""
    session, by = city.session, city.people["admin"]
    split(city, "dinsos", "dinkes", {"secretary": "secretary"})
    session.execute(text("UPDATE appointments SET ends_on = :day"), {"day": TODAY - DAY})
    closed = city.positions["secretary.dinkes"]
    positions.close(session, closed, {"reason": "kosong"}, by=by, now=NOW)
    enter(city, planned(city))
    place = {"agency": "dinkes", "post": "secretary"}
    day = TODAY + DAY
    found = parties.found(session, read(CODED).parties.values(), day)
    meant = {(one.agency, one.post): whom for one, whom in found.items()}[tuple(place.values())]
    assert meant is not None
    assert meant.agency_id == city.agencies["dinsos"]


def test_the_heir_does_not_judge_what_it_owns(city: City, version_id: int) -> None:
    """Neither its own proposals nor those of the agency that it follows."""
    cases = [at_checking(city, version_id, owner) for owner in ("dinkes", "dinsos")]
    enter(city, planned(city))
    for case_id in cases:
        city.act(case_id, "secretary.dinsos", "accept", NOW)
        city.act(case_id, appointed(city, "archivist.dinsos"), "keep", NOW)
        assert asked(city, case_id) == "assistant.setda"


def appointed(city: City, position: str) -> str:
    """Somebody at a position that the engine has made."""
    if position not in city.people:
        post, _, code = position.partition(".")
        query = select(Position.id).where(
            Position.agency_id == city.agencies[code], Position.post == post
        )
        city.positions[position] = city.session.scalars(query).one()
        city.person(position)
        city.appoint(position, position)
    return position


def test_who_holds_the_heirs_post_may_know_of_cases_that_ask_the_agency_by_its_code(
    city: City, version_id: int
) -> None:
    case_id = at_checking(city, version_id)
    city.person("arsip")
    city.position("dinsos", "clerk")
    city.appoint("arsip", "clerk.dinsos")

    def sees(who: str) -> bool:
        return permissions.may(
            city.session, city.people[who], permissions.Permission.VIEW_CASE, NOW, case_id=case_id
        )

    assert (sees("head.dinkes"), sees("arsip")) == (True, False)
    enter(city, planned(city))
    assert (sees("head.dinkes"), sees("arsip")) == (False, True)


def test_the_heirs_people_may_look_up_what_ended_at_the_agency(city: City) -> None:
    """A draft that was discarded, say: nobody else was ever asked about it."""
    case_id = city.case(city.publish(library.text("program-proposal")), NOW)
    city.act(case_id, "operator.dinkes", "discard", NOW)
    city.person("baru")
    city.position("dinsos", "clerk")
    city.appoint("baru", "clerk.dinsos")
    enter(city, planned(city))
    for who, is_seen in (("baru", True), ("member.spbe", False)):
        own = permissions.credentials(city.session, city.people[who], NOW)
        assert own is not None
        listed = select(Case.id).where(sight.visible(city.session, own, NOW), Case.id == case_id)
        assert (city.session.scalar(listed) is not None) is is_seen
        assert sight.is_visible(city.session, own, NOW, case_id=case_id) is is_seen


def test_a_script_that_names_the_agency_by_its_code_proposes_for_the_heir(city: City) -> None:
    version = city.session.get_one(WorkflowVersion, city.publish(library.text("program-proposal")))
    version.is_default = True
    enter(city, planned(city))
    enter(city, planned(city, "dinsos", "setda"), "dinsos")
    proposal_id = proposals.create_once(
        city.session,
        agency_code="dinkes",
        title="Antrean",
        document={},
        person_id=city.people["operator.setda"],
        key="k",
        now=NOW,
    )
    assert city.session.get_one(Proposal, proposal_id).agency_id == city.agencies["setda"]


LAPSING = """
key: lapsing
subject: proposal
initial: checking
facts: {}
parties:
  checker: {agency: dinkes, post: secretary}
  other: {agency: dinkes, post: operator}
steps:
  checking: {party: checker, within: 1 working day, on_lapse: waiting, actions: {accept: waiting}}
  waiting: {party: other, within: 1 working day, actions: {close: closed}}
  closed: {final: closed}
reminders: [on the due day]
"""


def test_what_is_foreseen_goes_to_the_heir(city: City) -> None:
    """The task that waits now, and the one that is opened when its time has run out."""
    case_id = city.case(city.publish(LAPSING), NOW, owner="inspektorat")
    enter(city, planned(city))
    found = forecast.of_case(city.session, case_id, NOW)
    assert {(one.path, one.position) for one in found} == {
        ("checking", "secretary dinsos"),
        ("waiting", "operator dinsos"),
    }


def test_what_is_hidden_from_a_post_is_hidden_from_the_one_that_follows_it(city: City) -> None:
    hidden = CODED.replace("keeping: {", "keeping: {hidden_from: [checker], ")
    case_id = at_checking(city, city.publish(hidden))
    place = f"place.{city.positions['secretary.dinkes']}"
    enter(city, planned(city, **{place: f"{city.agencies['dinsos']}:operator"}))
    city.act(case_id, "operator.dinsos", "accept", NOW)
    seen = {
        who: permissions.may(
            city.session, city.people[who], permissions.Permission.VIEW_CASE, NOW, case_id=case_id
        )
        for who in ("operator.dinsos", "secretary.dinsos")
    }
    assert seen == {"operator.dinsos": False, "secretary.dinsos": True}


def test_what_names_an_agency_that_is_no_more_is_published_where_its_heir_has_people(
    city: City,
) -> None:
    enter(city, planned(city))
    source = CODED.replace("dinkes, post: archivist", "dinkes, post: operator")
    gate.pass_through(city.session, source, NOW)
    missing = manning.missing(city.session, read(source), TODAY).unmanned
    assert {one.hat for one in missing} == {"drafter"}


def test_who_can_decide_what_answers_with_the_heir(city: City, version_id: int) -> None:
    enter(city, planned(city))
    question = rights.Question(version_id, city.agencies["inspektorat"], path="checking")
    (found,) = rights.ask(city.session, question, NOW)
    assert found.asked == ("secretary dinsos (Ibu secretary.dinsos)",)
    assert [one.name for one in found.answers] == ["Ibu secretary.dinsos"]


def at_deciding(city: City, version_id: int, owner: str) -> int:
    """A case that the head of the agency that is named has to decide."""
    case_id = at_checking(city, version_id, owner)
    city.act(case_id, "secretary.dinkes", "accept", NOW)
    city.act(case_id, appointed(city, "archivist.dinkes"), "keep", NOW)
    return case_id


def test_an_open_task_of_a_judge_who_follows_to_the_owner_goes_to_whoever_stands_in(
    city: City, version_id: int
) -> None:
    case_id = at_deciding(city, version_id, "dinsos")
    assert asked(city, case_id) == "head.dinkes"
    enter(city, planned(city))
    assert asked(city, case_id) == "assistant.setda"
    city.act(case_id, "assistant.setda", "approve", NOW)
    assert list(journal.verify(city.session, case_id)) == []


def test_a_judges_open_task_about_an_agency_that_comes_to_it_goes_to_whoever_stands_in(
    city: City, version_id: int
) -> None:
    case_id = at_deciding(city, version_id, "dinsos")
    enter(city, planned(city, "dinsos", "dinkes"), "dinsos")
    assert asked(city, case_id) == "assistant.setda"


def test_without_anybody_instead_a_task_stays_for_somebody_to_route_it(city: City) -> None:
    alone = CODED.replace(", instead: {agency: secretariat, post: assistant}", "")
    case_id = at_deciding(city, city.publish(alone), "dinsos")
    enter(city, planned(city))
    assert asked(city, case_id) == "head.dinsos"
    assert [one.people for one in engine.holders(city.session, case_id, NOW)] == [()]


def test_whoever_the_parent_follows_does_not_judge_a_part_of_it(
    city: City, version_id: int
) -> None:
    """A case of a part of the agency is one of a part of the heir, and says so."""
    part = city.agency("puskesmas", parent="inspektorat")
    city.position("puskesmas", "operator")
    appointed(city, "operator.puskesmas")
    case_id = at_deciding(city, version_id, "puskesmas")
    assert asked(city, case_id) == "head.dinkes"
    enter(city, planned(city, "inspektorat", "dinkes"), "inspektorat")
    state = engine.state(city.session, case_id)
    assert state.owner_line == [part, city.agencies["dinkes"]]
    assert asked(city, case_id) == "assistant.setda"
    (told,) = (one for one in journal.events(city.session, case_id) if one.kind == "parent_changed")
    assert told.payload["from_agency"] == "Dinas inspektorat"
    assert told.payload["agency"] == "Dinas dinkes"


# --- agencies and what is theirs ------------------------------------------------------------------


def test_an_heir_that_was_part_of_a_part_does_not_stand_under_itself(city: City) -> None:
    """Nor under the agency that is no more; its proposals' lines say so too."""
    session = city.session
    middle = city.agency("bidang", parent="dinkes")
    low = city.agency("puskesmas", parent="bidang")
    case_id = city.case(city.publish(CODED), NOW, owner="dinkes")
    enter(city, planned(city, "dinkes", "puskesmas"))
    session.expire_all()
    assert session.get_one(Agency, low).parent_id is None
    assert session.get_one(Agency, middle).parent_id == low
    assert engine.state(session, case_id).owner_line == [low]


def test_parts_that_become_the_heirs_stand_side_by_side(city: City) -> None:
    session = city.session
    session.get_one(Agency, city.agencies["dinkes"]).parent_id = city.agencies["setda"]
    parts = [city.agency(code, parent="dinkes") for code in ("timur", "barat", "gudang")]
    session.flush()
    enter(city, planned(city, "dinkes", "timur", heir_2=str(parts[1])))
    session.expire_all()
    above = [session.get_one(Agency, part).parent_id for part in parts]
    assert above == [city.agencies["setda"], city.agencies["setda"], parts[0]]


def test_a_function_that_goes_to_another_agency_later_is_the_heirs_until_then(city: City) -> None:
    session, by = city.session, city.people["admin"]
    given = {"function": "ict", "valid_from": "2027-01-01", "decree": "Perwali 1"}
    functions.give(session, city.agencies["setda"], given, by=by, now=NOW)
    enter(city, planned(city, "diskominfo", "dinsos"), "diskominfo")
    for day, code in ((date(2026, 12, 31), "dinsos"), (date(2027, 1, 1), "setda")):
        held = [one.code for one in organisation.agencies(session, day) if "ict" in one.functions]
        assert held == [code], day


def test_an_agency_that_is_no_more_gets_neither_positions_nor_functions(city: City) -> None:
    enter(city, planned(city))
    session, by, dinkes = city.session, city.people["admin"], city.agencies["dinkes"]
    post = {"post": "clerk", "title": "Petugas", "places": "1"}
    with pytest.raises(Invalid, match="agency_closed"):
        positions.make(session, dinkes, post, by=by, now=NOW)
    with pytest.raises(Invalid, match="agency_closed"):
        positions.reopen(session, city.positions["head.dinkes"], by=by, now=NOW)
    given = {"function": "health", "valid_from": TODAY.isoformat(), "decree": "Perwali 1"}
    with pytest.raises(Invalid, match="agency_closed"):
        functions.give(session, dinkes, given, by=by, now=NOW)
    with pytest.raises(Invalid, match="not_there_then"):
        enter(city, planned(city, "dinkes", "setda"))


# --- several on the way ---------------------------------------------------------------------------


def test_nothing_is_to_go_to_an_agency_that_ends_by_then(city: City) -> None:
    """Nor does one end while something is to go to it: two never go to one another."""
    enter(city, planned(city, happens_on="2026-12-05"))
    for agency, heir, day, wanted in (
        ("dinsos", "setda", "2026-12-04", {"happens_on": "heir_until"}),
        ("dinsos", "setda", "2026-12-05", {"happens_on": "heir_until"}),
        ("setda", "dinkes", "2026-12-05", {"heir_1": "not_there_then"}),
        ("setda", "dinkes", "2026-12-04", {}),
        ("dinsos", "kota", "2026-12-06", {}),
    ):
        problems = {}
        try:
            enter(city, planned(city, agency, heir, happens_on=day), agency)
        except Invalid as error:
            problems = {one.field: one.code for one in error.problems}
        told = {name: code for name, code in problems.items() if not name.startswith("place.")}
        assert told == wanted, (agency, heir, day)


def test_an_heir_that_ends_afterwards_hands_on_what_came_to_it(city: City, version_id: int) -> None:
    """In whatever order a worker that was down comes to the two."""
    case_id = at_checking(city, version_id)
    first = enter(city, planned(city, happens_on="2026-12-01"))
    second = enter(city, planned(city, "dinsos", "setda", happens_on="2026-12-02"), "dinsos")
    late = datetime(2026, 12, 3, 8, 0, tzinfo=NOW.tzinfo)
    for one in (second, first):
        succession.carry_out(city.session, one, late)
    assert asked(city, case_id) == "secretary.setda"
    assert asked(city, at_checking(city, version_id)) == "secretary.setda"
    assert [one.outcome["tasks"] for one in city.session.scalars(select(Succession))] == [1, 1]


def test_what_came_up_during_two_mergers_goes_to_the_last_heir(city: City, version_id: int) -> None:
    """What was being decided while the first was carried out is seen after the second was."""
    case_id = at_checking(city, version_id, "dinkes")
    first = enter(city, planned(city))
    enter(city, planned(city, "dinsos", "setda"), "dinsos")
    session, before = city.session, city.positions["secretary.dinkes"]
    session.execute(
        text("UPDATE tasks SET position_id = :at WHERE case_id = :case"),
        {"at": before, "case": case_id},
    )
    session.execute(
        text("UPDATE cases SET agency_id = :at, owner_line = ARRAY[:at] WHERE id = :case"),
        {"at": city.agencies["dinkes"], "case": case_id},
    )
    late = city.position("dinkes", "clerk")
    followed = [(before, city.positions["secretary.dinsos"])]
    succession.look_again(session, first, followed, NOW)
    session.expire_all()
    assert asked(city, case_id) == "secretary.setda"
    assert engine.state(session, case_id).agency_id == city.agencies["setda"]
    made = session.get_one(Position, session.get_one(Position, late).followed_by_id)
    assert (made.agency_id, made.post) == (city.agencies["setda"], "clerk")


def test_a_task_that_is_open_again_is_at_the_post_that_follows(city: City, version_id: int) -> None:
    """A move to another version is taken back after the agency of before went to an heir."""
    case_id, admin = at_checking(city, version_id), city.people["admin"]
    moved = CODED.replace("checking", "looking").replace(
        "checker: {agency: dinkes", "checker: {agency: setda"
    )
    to = city.publish(moved)
    engine.move(
        city.session, case_id, to, {"checking": "looking"}, "Perda", person_id=admin, now=NOW
    )
    assert asked(city, case_id) == "secretary.setda"
    enter(city, planned(city))
    engine.take_back(city.session, case_id, "Keliru", person_id=admin, now=NOW)
    assert asked(city, case_id) == "secretary.dinsos"


def test_an_agency_that_ends_before_its_new_name_is_shown_by_its_last_one(city: City) -> None:
    session, by, dinkes = city.session, city.people["admin"], city.agencies["dinkes"]
    typed = {"name": "Dinas Baru", "short_name": "DB", "valid_from": "2027-01-01", "decree": "P"}
    agencies.rename(session, dinkes, typed, by=by, now=NOW)
    enter(city, planned(city))
    for day in (TODAY, date(2027, 1, 1), date(2027, 6, 1)):
        assert agency_years.ended_on(session, dinkes, day) == TODAY - DAY
        assert agency_years.day_of(session, dinkes, day) == TODAY - DAY
        (gone,) = (one for one in agency_years.elsewhen(session, day) if one.agency_id == dinkes)
        assert gone.name == "Dinas dinkes"


def test_an_agency_of_a_succession_that_waits_is_not_closed(city: City) -> None:
    city.agency("kosong")
    city.agency("baru")
    enter(city, planned(city, "kosong", "baru", happens_on="2026-12-05"), "kosong")
    for code in ("kosong", "baru"):
        with pytest.raises(Invalid, match="has_successions"):
            agencies.close(
                city.session,
                city.agencies[code],
                {"decree": "Perda"},
                by=city.people["admin"],
                now=NOW,
            )


# --- those who follow -----------------------------------------------------------------------------


def follow(city: City, **said: str) -> None:
    enter(city, planned(city, **{f"follow.{city.positions['head.dinkes']}": "yes"}, **said))


def held(city: City, who: str, position: str) -> list[tuple[str, date, date | None]]:
    query = (
        select(Appointment.capacity, Appointment.starts_on, Appointment.ends_on)
        .where(
            Appointment.person_id == city.people[who],
            Appointment.position_id == city.positions[position],
        )
        .order_by(Appointment.starts_on)
    )
    return [tuple(row) for row in city.session.execute(query)]


def test_who_follows_and_holds_the_post_for_some_days_already_has_it_for_all_the_others(
    city: City,
) -> None:
    """In their own right apart from the days on which they act there."""
    until, since = TODAY + 7 * DAY, TODAY + 30 * DAY
    city.appoint("head.dinkes", "head.dinsos", "plt", TODAY - DAY, until)
    city.appoint("head.dinkes", "head.dinsos", "plt", since, since + DAY)
    city.appoint("head.dinkes", "head.dinsos", "plt", since + 9 * DAY, since + 8 * DAY)
    follow(city)
    assert held(city, "head.dinkes", "head.dinsos") == [
        ("plt", TODAY - DAY, until),
        ("definitive", until + DAY, since - DAY),
        ("plt", since, since + DAY),
        ("definitive", since + 2 * DAY, None),
        ("plt", since + 9 * DAY, since + 8 * DAY),
    ]


def test_an_appointment_that_was_taken_back_does_not_follow(city: City) -> None:
    city.person("batal")
    city.appoint("batal", "head.dinkes", "plt", TODAY + 9 * DAY, TODAY + 8 * DAY)
    follow(city)
    assert held(city, "batal", "head.dinsos") == []
    assert held(city, "batal", "head.dinkes") == [("plt", TODAY + 9 * DAY, TODAY + 8 * DAY)]
    assert appointing.history(city.session, city.appointments["batal@head.dinkes"]) == []


def test_an_appointment_to_come_follows_from_its_own_first_day(city: City) -> None:
    city.person("nanti")
    city.appoint("nanti", "head.dinkes", "pj", TODAY + 9 * DAY, TODAY + 99 * DAY)
    follow(city)
    assert held(city, "nanti", "head.dinsos") == [("pj", TODAY + 9 * DAY, TODAY + 99 * DAY)]
    assert held(city, "nanti", "head.dinkes") == [("pj", TODAY + 9 * DAY, TODAY + 8 * DAY)]


def test_a_superior_that_goes_to_one_below_leaves_its_own_superior(city: City) -> None:
    session = city.session
    above, head = city.positions["head.setda"], city.positions["head.dinkes"]
    session.get_one(Position, head).superior_id = above
    session.get_one(Position, city.positions["head.dinsos"]).superior_id = head
    session.flush()
    enter(city, planned(city))
    session.expire_all()
    assert session.get_one(Position, city.positions["head.dinsos"]).superior_id == above


def test_nobody_answers_to_themselves_after_a_merger(city: City) -> None:
    """The head goes to a post below, and the one below to the head's."""
    session = city.session
    head, secretary = city.positions["head.dinkes"], city.positions["secretary.dinkes"]
    session.get_one(Position, city.positions["head.dinsos"]).superior_id = secretary
    session.get_one(Position, city.positions["secretary.dinsos"]).superior_id = head
    session.flush()
    crossed = {
        f"place.{head}": f"{city.agencies['dinsos']}:head",
        f"place.{secretary}": f"{city.agencies['dinsos']}:secretary",
    }
    enter(city, planned(city, **crossed))
    session.expire_all()
    for post in ("head", "secretary"):
        own = city.positions[f"{post}.dinsos"]
        above = session.get_one(Position, own).superior_id
        assert above is None or own not in positions.line(session, above)


def test_a_post_that_is_made_at_the_heir_keeps_a_title_that_is_to_come(city: City) -> None:
    analyst = city.position("dinkes", "analyst")
    said = {"title": "Analis Madya", "valid_from": "2027-01-01", "decree": "Perwali 1"}
    positions.rename(city.session, analyst, said, by=city.people["admin"], now=NOW)
    enter(city, planned(city))
    for day, title in ((TODAY, "analyst dinkes"), (date(2027, 1, 1), "Analis Madya")):
        every = organisation.positions(city.session, day, city.agencies["dinsos"])
        assert [one.title for one in every if one.post == "analyst"] == [title]


# --- what is told before --------------------------------------------------------------------------

ASKING = """
key: asking
subject: proposal
initial: drafting
facts: {}
apart: [[planner, engineer]]
parties:
  drafter: {agency: owner, post: operator}
  planner: {agency: planning, post: reviewer}
  engineer: {agency: ict, post: reviewer}
steps:
  drafting: {party: drafter, actions: {submit: checking}}
  checking: {party: planner, actions: {accept: testing}}
  testing: {party: engineer, actions: {close: closed}}
  closed: {final: closed}
"""


def missed(city: City, **places: str) -> list[tuple[object, ...]]:
    """What workflows would lack if planning went to the ICT agency, as the hats concerned."""
    went = {
        f"place.{city.positions[f'{post}.bapperida']}": f"{city.agencies['diskominfo']}:{to}"
        for post, to in places.items()
    }
    typed = planned(city, "bapperida", "diskominfo", **went)
    by, agency_id = city.people["admin"], city.agencies["bapperida"]
    effect = succession.preview(city.session, agency_id, typed, by=by, now=NOW)
    return [
        (
            one.definition.key,
            [u.hat for u in one.manning.unmanned],
            [c.hats for c in one.manning.crowded],
        )
        for one in effect.missed
    ]


def test_whom_workflows_would_find_no_more_is_told_before_a_merger(city: City) -> None:
    """One person cannot be both reviewers; and a post that a function asks may be gone."""
    city.case(city.publish(ASKING), NOW)
    assert missed(city) == [("asking", [], [("planner", "engineer")])]
    city.person("kedua")
    city.appoint("kedua", "reviewer.diskominfo")
    assert missed(city) == []
    asking = ASKING.replace("planning, post: reviewer", "planning, post: clerk")
    city.case(city.publish(asking.replace("key: asking", "key: other")), NOW)
    city.session.execute(
        text("UPDATE appointments SET ends_on = :day WHERE position_id = :clerk"),
        {"day": TODAY - DAY, "clerk": city.positions["clerk.diskominfo"]},
    )
    assert missed(city) == [("other", ["planner"], [])]


def test_what_was_missing_before_is_not_told_of_a_merger(city: City) -> None:
    city.case(
        city.publish(ASKING.replace("planning, post: reviewer", "planning, post: mayor")), NOW
    )
    assert missed(city) == []


def test_a_party_that_names_an_agency_that_is_no_more_is_told_with_its_heir(city: City) -> None:
    definition = read(CODED)
    assert manning.missing(city.session, definition, TODAY).followed == []
    enter(city, planned(city))
    told = manning.missing(city.session, definition, TODAY).followed
    assert {(one.hat, one.code, one.agency) for one in told} == {
        (hat, "dinkes", "Dinas dinsos") for hat in ("checker", "keeper", "head")
    }


# --- the turn of the day --------------------------------------------------------------------------


def test_until_midnight_the_agency_decides_and_from_then_on_the_heir(
    city: City, version_id: int
) -> None:
    """Midnight of the city. A worker that is late finds nobody deciding for nobody."""
    last_instant = ON_THE_DAY - timedelta(microseconds=1)
    before, late, after = (at_checking(city, version_id) for _ in range(3))
    succession_id = enter(city, planned(city, happens_on=LATER.isoformat()))
    city.act(before, "secretary.dinkes", "accept", last_instant)
    assert asked(city, before) == "archivist.dinkes"
    city.act(late, "secretary.dinkes", "accept", ON_THE_DAY)
    succession.carry_out(city.session, succession_id, ON_THE_DAY)
    for case_id in (before, late):
        assert asked(city, case_id) == "archivist.dinsos"
    with pytest.raises(NotFound):
        city.act(after, "secretary.dinkes", "accept", ON_THE_DAY)
    city.act(after, "secretary.dinsos", "accept", ON_THE_DAY)
    for case_id in (before, late, after):
        assert list(journal.verify(city.session, case_id)) == []


def test_what_is_withdrawn_on_its_very_day_does_not_come_about(city: City, version_id: int) -> None:
    """Before a worker came to it; afterwards it is too late."""
    case_id, by = at_checking(city, version_id), city.people["admin"]
    waiting = enter(city, planned(city, happens_on=LATER.isoformat()))
    succession.withdraw(city.session, waiting, by=by, now=ON_THE_DAY)
    succession.carry_out(city.session, waiting, ON_THE_DAY)
    assert asked(city, case_id) == "secretary.dinkes"
    done = enter(city, planned(city, happens_on=LATER.isoformat()))
    succession.carry_out(city.session, done, ON_THE_DAY)
    with pytest.raises(Invalid, match="not_waiting"):
        succession.withdraw(city.session, done, by=by, now=ON_THE_DAY)
    assert asked(city, case_id) == "secretary.dinsos"
