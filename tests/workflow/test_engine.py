"""The one door: what a decision writes, whom it refuses, and what it tells the loser."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.workflow.factories import City, checklist
from workflow import checklists, engine, journal
from workflow.appointments import actors
from workflow.database import Database
from workflow.errors import Conflict, Invalid, NotFound, Refused
from workflow.models import (
    Condition,
    Event,
    OutboxMessage,
    Point,
    Proposal,
    Snapshot,
    Task,
    Timer,
)

pytestmark = pytest.mark.postgres15

POINTS = [{"field": "budget", "text": "Rincian belum ada"}, {"field": None, "text": "Lengkapi"}]


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    return City.founded(session, now)


@pytest.fixture
def version_id(city: City) -> int:
    return city.publish(library.text("program-proposal"))


@pytest.fixture
def case_id(city: City, version_id: int, now: datetime) -> int:
    return city.case(version_id, now)


def submit(city: City, case_id: int, now: datetime, owner: str = "dinkes") -> None:
    city.act(case_id, f"operator.{owner}", "forward", now)
    city.act(case_id, f"secretary.{owner}", "initial", now)
    city.act(case_id, f"head.{owner}", "submit", now)


def to_review(city: City, case_id: int, now: datetime) -> None:
    submit(city, case_id, now)
    city.act(case_id, "clerk.bapperida", "accept", now, lane="standard")


def to_heads(city: City, case_id: int, now: datetime) -> None:
    to_review(city, case_id, now)
    city.act(case_id, "reviewer.bapperida", "recommend", now, checklist=checklist("planning"))
    picks = [city.people["reviewer.diskominfo"]]
    city.act(case_id, "secretary.diskominfo", "dispose", now, picks=picks)
    city.act(case_id, "reviewer.diskominfo", "hand_in", now, checklist=checklist("ict"))
    city.act(case_id, "lead_reviewer.diskominfo", "recommend", now)


def codes(refused: Refused) -> list[str]:
    return [reason.code for reason in refused.reasons]


def refusal(
    city: City, case_id: int, username: str, action: str, now: datetime, **said: Any
) -> list[str]:
    with pytest.raises(Refused) as refused:
        city.act(case_id, username, action, now, **said)
    assert refused.value.attempt is not None
    return codes(refused.value)


def test_a_case_runs_from_the_draft_to_the_approval(
    city: City, case_id: int, session: Session, now: datetime
) -> None:
    to_heads(city, case_id, now)
    city.act(case_id, "head.bapperida", "approve", now, track="planning")
    assert city.act(case_id, "head.diskominfo", "approve", now).step == "issuing"
    made = city.act(case_id, "clerk.bapperida", "issue", now, number="1/2026", signature=True)
    assert (made.step, made.outcome) == ("approved", "approved")
    assert engine.holders(session, case_id, now) == []
    assert list(journal.verify(session)) == []
    assert journal.replay(session, case_id) == engine.state(session, case_id).marking


def test_a_decision_writes_everything_that_follows_from_it(
    city: City, case_id: int, session: Session, now: datetime
) -> None:
    made = city.act(case_id, "operator.dinkes", "forward", now, comment="Mohon diperiksa")
    case = engine.state(session, case_id)
    assert (case.version, case.step, case.hats) == (
        2,
        "verifying",
        {str(city.people["operator.dinkes"]): ["drafter"]},
    )
    (decision,) = city.decisions(case_id)
    assert (decision.id, decision.party, decision.capacity) == (
        made.decision_id,
        "drafter",
        "definitive",
    )
    assert decision.data == {"comment": "Mohon diperiksa"}
    done, waiting = session.scalars(select(Task).order_by(Task.id))
    assert (done.status, done.closed_at, waiting.status) == ("done", now, "open")
    assert waiting.position_id == city.positions["secretary.dinkes"]
    assert waiting.due_at == now.replace(hour=16) + timedelta(days=2)
    assert waiting.due_explained is not None
    assert waiting.due_explained["amount"] == 2
    kinds = set(session.scalars(select(Timer.kind).where(Timer.status == "waiting")))
    assert kinds == {"reminder.0", "reminder.1", "escalation.0", "escalation.1", "escalation.2"}
    keys = list(session.scalars(select(OutboxMessage.key).order_by(OutboxMessage.id)))
    assert keys == [f"announce:{case_id}:1", f"announce:{case_id}:2"]
    told = session.scalars(select(Event).order_by(Event.seq)).all()[-1]
    assert (told.kind, told.payload["action"], told.payload["to"]) == (
        "decided",
        "forward",
        "verifying",
    )
    assert told.payload["person"] == "Ibu operator.dinkes"
    assert told.payload["opened"][0]["position_id"] == waiting.position_id


def test_leaving_a_step_kills_its_timers(
    city: City, case_id: int, session: Session, now: datetime
) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    city.act(case_id, "secretary.dinkes", "initial", now)
    waiting = set(session.scalars(select(Timer.path).where(Timer.status == "waiting")))
    assert waiting == {"endorsing"}


def test_a_repeated_request_is_the_same_decision_even_when_the_case_moved_on(
    city: City, case_id: int, now: datetime
) -> None:
    made = city.act(case_id, "operator.dinkes", "forward", now, request_id="once")
    city.act(case_id, "secretary.dinkes", "return", now, comment="Perbaiki")
    for seen in (1, 2, 3, None):
        again = city.act(case_id, "operator.dinkes", "forward", now, request_id="once", seen=seen)
        assert (again.decision_id, again.version, again.replayed) == (made.decision_id, 2, True)
        assert again.step == "verifying"
    assert len(city.decisions(case_id)) == 2


def test_a_request_id_of_somebody_else_is_refused(city: City, case_id: int, now: datetime) -> None:
    city.act(case_id, "operator.dinkes", "forward", now, request_id="once")
    with pytest.raises(Invalid):
        city.act(case_id, "secretary.dinkes", "initial", now, request_id="once", seen=1)


def test_the_slower_one_is_told_who_decided_what_and_when(
    city: City, case_id: int, now: datetime
) -> None:
    city.person("plh")
    city.appoint("plh", "operator.dinkes", "plh", date(2026, 11, 1), date(2026, 11, 30))
    city.act(case_id, "plh", "forward", now)
    with pytest.raises(Conflict) as conflict:
        city.act(case_id, "operator.dinkes", "forward", now, seen=1)
    told = conflict.value
    assert (told.decided_by, told.action) == ("Ibu plh, Plh. operator dinkes", "forward")
    assert (told.decided_at, told.version) == (now, 2)
    assert told.attempt is not None


def test_a_version_that_was_not_seen_is_refused(city: City, case_id: int, now: datetime) -> None:
    for seen in (None, 9):
        with pytest.raises(Refused) as refused:
            city.act(case_id, "operator.dinkes", "forward", now, seen=seen)
        assert codes(refused.value) == ["version_not_seen"]


def test_who_may_not_know_of_a_case_is_told_that_there_is_none(
    city: City, case_id: int, now: datetime
) -> None:
    for seen in (1, 7):
        with pytest.raises(NotFound):
            city.act(case_id, "head.dinsos", "forward", now, seen=seen)
    with pytest.raises(NotFound):
        city.act(case_id + 1000, "operator.dinkes", "forward", now, seen=1)


def test_all_reasons_are_told_at_once_with_who_can(city: City, case_id: int, now: datetime) -> None:
    to_heads(city, case_id, now)
    with pytest.raises(Refused) as refused:
        city.act(case_id, "head.dinkes", "reject", now, track="planning")
    assert codes(refused.value) == ["not_your_position", "not_your_agency", "own_agency"]
    with pytest.raises(Refused) as refused:
        city.act(case_id, "head.diskominfo", "reject", now, track="planning")
    assert codes(refused.value) == ["not_your_position", "not_your_agency", "needs_missing"]
    holders = refused.value.reasons[0].values["holders"]
    assert holders == ("head bapperida (Ibu head.bapperida)",)
    assert refused.value.reasons[2].values["needs"] == ("reason", "criterion")


def test_an_administrator_decides_nothing(city: City, case_id: int, now: datetime) -> None:
    city.person("admin", administers=True)
    assert refusal(city, case_id, "admin", "forward", now) == ["administrators_do_not_decide"]


def test_an_appointment_ends_with_its_last_day(city: City, case_id: int, now: datetime) -> None:
    city.person("plt")
    city.appoint("plt", "operator.dinkes", "plt", date(2026, 11, 1), now.date())
    tomorrow = now + timedelta(days=1)
    trial = city.session.begin_nested()
    city.act(case_id, "plt", "forward", now.replace(hour=23, minute=59))
    trial.rollback()
    with pytest.raises(NotFound):
        city.act(case_id, "plt", "forward", tomorrow.replace(hour=0, minute=0))


def test_an_expired_appointment_is_named(city: City, case_id: int, now: datetime) -> None:
    city.person("former", administers=False)
    city.appoint("former", "operator.dinkes", "plt", date(2026, 10, 1), date(2026, 11, 1))
    city.appoint("former", "secretary.dinkes", "plt", date(2026, 11, 2), date(2026, 12, 1))
    expired = city.appointments["former@operator.dinkes"]
    assert refusal(city, case_id, "former", "forward", now, appointment_id=expired) == [
        "appointment_expired"
    ]


def test_nobody_wears_two_hats_in_one_case(city: City, case_id: int, now: datetime) -> None:
    city.appoint("operator.dinkes", "secretary.dinkes", "plh", date(2026, 11, 1), date(2026, 12, 1))
    city.act(case_id, "operator.dinkes", "forward", now)
    with pytest.raises(Refused) as refused:
        city.act(case_id, "operator.dinkes", "initial", now)
    (reason,) = refused.value.reasons
    assert (reason.code, reason.values["hat"]) == ("apart", "drafter")


def test_an_acting_officer_takes_no_strategic_decision(
    city: City, version_id: int, now: datetime
) -> None:
    case_id = city.case(version_id, now, mayoral_priority=True)
    city.person("plt")
    city.appoint("plt", "head.bapperida", "plt", date(2026, 11, 1), date(2026, 12, 1))
    to_heads(city, case_id, now)
    said = {"reason": "Tumpang tindih", "criterion": "duplicate", "track": "planning"}
    assert refusal(city, case_id, "plt", "reject", now, **said) == ["acting_officer"]
    city.act(case_id, "head.bapperida", "reject", now, **said)


def test_the_planning_agency_does_not_check_its_own_proposal(
    city: City, version_id: int, session: Session, now: datetime
) -> None:
    case_id = city.case(version_id, now, owner="bapperida")
    submit(city, case_id, now, "bapperida")
    (holder,) = engine.holders(session, case_id, now)
    assert holder.title == "clerk setda"
    assert "own_agency" in refusal(city, case_id, "clerk.bapperida", "accept", now, lane="light")


def test_whoever_also_sits_in_the_owners_agency_does_not_judge_its_proposal(
    city: City, case_id: int, now: datetime
) -> None:
    city.appoint("head.dinkes", "clerk.bapperida", "plt", date(2026, 11, 1), date(2026, 12, 1))
    submit(city, case_id, now)
    assert "own_agency" in refusal(city, case_id, "head.dinkes", "accept", now, lane="light")


def test_only_who_was_named_does_the_work_while_they_hold_the_post(
    city: City, case_id: int, session: Session, now: datetime
) -> None:
    city.person("other")
    city.appoint("other", "reviewer.diskominfo")
    to_review(city, case_id, now)
    picks = [city.people["reviewer.diskominfo"]]
    city.act(case_id, "secretary.diskominfo", "dispose", now, picks=picks)
    with pytest.raises(Refused) as refused:
        city.act(case_id, "other", "hand_in", now, checklist=checklist("ict"))
    (reason,) = refused.value.reasons
    assert (reason.code, reason.values) == (
        "assigned_to_other",
        {"name": "Ibu reviewer.diskominfo"},
    )
    session.execute(
        Task.__table__.metadata.tables["people"]
        .update()
        .values(is_active=False)
        .where(Task.__table__.metadata.tables["people"].c.id == picks[0])
    )
    city.act(case_id, "other", "hand_in", now, checklist=checklist("ict"))


def test_only_holders_of_the_post_can_be_named(city: City, case_id: int, now: datetime) -> None:
    to_review(city, case_id, now)
    picks = [city.people["reviewer.diskominfo"], city.people["head.dinsos"]]
    with pytest.raises(Invalid) as invalid:
        city.act(case_id, "secretary.diskominfo", "dispose", now, picks=picks)
    assert [(one.field, one.code) for one in invalid.value.problems] == [
        ("picks.1", "not_a_holder")
    ]


def test_who_was_chosen_is_remembered_until_the_seats_open(
    session: Session, city: City, now: datetime
) -> None:
    source = library.text("program-proposal").replace(
        "actions: {dispose: {to: studying, picks: studying}}",
        "actions: {dispose: {to: waiting, picks: studying}}\n"
        "          waiting:\n"
        "            party: ict_lead\n"
        "            actions: {begin: studying}",
    )
    case_id = city.case(city.publish(source), now)
    to_review(city, case_id, now)
    city.person("second.diskominfo")
    city.appoint("second.diskominfo", "reviewer.diskominfo")
    chosen = [city.people["second.diskominfo"], city.people["reviewer.diskominfo"]]
    city.act(case_id, "secretary.diskominfo", "dispose", now, picks=chosen)
    city.act(case_id, "lead_reviewer.diskominfo", "begin", now)
    seats = select(Task.assignee_id).where(Task.path == "review.ict.studying").order_by(Task.seat)
    assert session.scalars(seats).all() == chosen


def test_the_same_action_in_two_tracks_is_refused_with_both_named(
    city: City, case_id: int, now: datetime
) -> None:
    to_heads(city, case_id, now)
    with pytest.raises(Refused) as refused:
        city.act(case_id, "head.bapperida", "approve", now)
    (reason,) = refused.value.reasons
    assert (reason.code, reason.values["choices"]) == ("ambiguous", ("ict", "planning"))


def test_what_is_not_offered_here_is_refused_naming_where_the_case_stands(
    city: City, case_id: int, now: datetime
) -> None:
    with pytest.raises(Refused) as refused:
        city.act(case_id, "operator.dinkes", "issue", now)
    (reason,) = refused.value.reasons
    assert (reason.code, reason.values["steps"]) == ("not_here", ("drafting",))
    city.act(case_id, "operator.dinkes", "discard", now)
    assert refusal(city, case_id, "operator.dinkes", "forward", now) == ["case_ended"]


def test_an_incomplete_draft_does_not_go_on(city: City, version_id: int, now: datetime) -> None:
    case_id = city.case(version_id, now, complete=False)
    assert refusal(city, case_id, "operator.dinkes", "forward", now) == ["needs_missing"]
    with pytest.raises(Invalid):
        city.act(case_id, "operator.dinkes", "forward", now, complete="ya")


def test_a_refused_attempt_is_journalled_and_moves_nothing(
    city: City, case_id: int, session: Session, now: datetime
) -> None:
    with pytest.raises(Refused) as refused:
        city.act(case_id, "head.dinkes", "forward", now, appointment_id=999_999)
    engine.record_refusal(session, refused.value, now)
    case = engine.state(session, case_id)
    assert (case.version, case.journal_seq, case.step) == (1, 2, "drafting")
    told = session.scalars(select(Event).where(Event.seq == 2)).one()
    assert (told.kind, told.person_id) == ("attempt_refused", city.people["head.dinkes"])
    assert told.payload["reasons"][0]["code"] == "no_appointment"
    assert list(journal.verify(session)) == []


def test_returned_points_are_numbered_and_answered_by_the_owner(
    city: City, case_id: int, session: Session, now: datetime
) -> None:
    to_heads(city, case_id, now)
    city.act(case_id, "head.bapperida", "return", now, track="planning", points=POINTS)
    city.act(case_id, "head.diskominfo", "return", now, track="ict", points=POINTS[:1])
    points = session.scalars(select(Point).order_by(Point.number)).all()
    assert [(one.number, one.field) for one in points] == [(1, "budget"), (2, None), (3, "budget")]
    answers = {"1": "Sudah dirinci", "3": "Sudah", "2": ""}
    with pytest.raises(Invalid):
        city.act(case_id, "operator.dinkes", "resubmit", now, answers={"9": "Tidak ada"})
    city.act(case_id, "operator.dinkes", "resubmit", now, answers=answers)
    session.expire_all()
    assert [one.answer for one in points] == ["Sudah dirinci", None, "Sudah"]


def test_conditions_are_kept_and_known_to_the_guards(
    city: City, case_id: int, session: Session, now: datetime
) -> None:
    to_heads(city, case_id, now)
    conditions = [{"text": "Tunjuk walidata", "gate": "rka", "is_blocking": True}]
    said = {"track": "planning", "conditions": conditions}
    city.act(case_id, "head.bapperida", "conditions", now, **said)
    city.act(case_id, "head.diskominfo", "approve", now)
    (kept,) = session.scalars(select(Condition))
    assert (kept.number, kept.gate, kept.is_blocking) == (1, "rka", True)
    made = city.act(case_id, "clerk.bapperida", "issue", now, number="1", signature=True)
    assert made.step == "approved_with_conditions"


def failing(name: str) -> dict[str, dict[str, str]]:
    """A checklist in which everything is in order but one item that bars approval."""
    killer = next(item.key for item in checklists.load(name).items if item.is_killer)
    return {**checklist(name), killer: {"answer": "no", "note": "Bukan urusan kota"}}


def test_a_deciding_item_that_is_not_met_bars_approval_until_it_is_met(
    city: City, case_id: int, now: datetime
) -> None:
    to_review(city, case_id, now)
    city.act(case_id, "reviewer.bapperida", "recommend", now, checklist=failing("planning"))
    assert refusal(city, case_id, "head.bapperida", "approve", now) == ["guard_unmet"]
    offers = engine.available(city.session, case_id, city.people["head.bapperida"], now)
    allowed = {offer.action for offer in offers if offer.allowed and offer.track == "planning"}
    assert allowed == {"return", "reject", "back"}
    city.act(case_id, "head.bapperida", "back", now, comment="Periksa lagi")
    city.act(case_id, "reviewer.bapperida", "recommend", now, checklist=checklist("planning"))
    city.act(case_id, "head.bapperida", "approve", now)


@pytest.mark.parametrize("first_fails", [True, False])
def test_of_several_reviewers_any_one_bars_approval(
    city: City, case_id: int, now: datetime, first_fails: bool
) -> None:
    city.person("second.diskominfo")
    city.appoint("second.diskominfo", "reviewer.diskominfo")
    to_review(city, case_id, now)
    names = ("reviewer.diskominfo", "second.diskominfo")
    picks = [city.people[name] for name in names]
    city.act(case_id, "secretary.diskominfo", "dispose", now, picks=picks)
    for name, is_first in zip(names, (True, False), strict=True):
        answers = failing("ict") if is_first is first_fails else checklist("ict")
        city.act(case_id, name, "hand_in", now, checklist=answers)
    city.act(case_id, "lead_reviewer.diskominfo", "recommend", now, track="ict")
    assert refusal(city, case_id, "head.diskominfo", "approve", now) == ["guard_unmet"]


def test_a_decision_sets_facts_of_their_type_only(city: City, case_id: int, now: datetime) -> None:
    submit(city, case_id, now)
    for wrong in ("huge", 3, True):
        with pytest.raises(Invalid):
            city.act(case_id, "clerk.bapperida", "accept", now, lane=wrong)
    city.act(case_id, "clerk.bapperida", "accept", now, lane="strategic")
    assert engine.state(city.session, case_id).facts["lane"] == "strategic"
    holders = {one.path: one for one in engine.holders(city.session, case_id, now)}
    assert holders["review.planning.assessing"].due_at == datetime(
        2026, 12, 2, 16, tzinfo=now.tzinfo
    )


def test_words_that_were_not_asked_for_are_not_swallowed(
    city: City, case_id: int, now: datetime
) -> None:
    with pytest.raises(Invalid) as invalid:
        city.act(case_id, "operator.dinkes", "forward", now, points=POINTS, banana=1, comment=7)
    found = [(problem.field, problem.code) for problem in invalid.value.problems]
    assert found == [("points", "not_asked"), ("banana", "unknown"), ("comment", "not_text")]


def test_submitting_keeps_a_snapshot_and_draws_a_receipt_number_once(
    city: City, case_id: int, session: Session, now: datetime
) -> None:
    to_heads(city, case_id, now)
    for track in ("planning", "ict"):
        head = {"planning": "bapperida", "ict": "diskominfo"}[track]
        if track == "planning":
            city.act(case_id, f"head.{head}", "approve", now, track=track)
        else:
            city.act(case_id, f"head.{head}", "return", now, track=track, points=POINTS)
    proposal = session.scalars(select(Proposal)).one()
    assert proposal.receipt_number == "USL/2026/0001"
    proposal.document = {**proposal.document, "ict": {"application": "gabung"}}
    session.flush()
    city.act(case_id, "operator.dinkes", "resubmit", now)
    city.act(case_id, "head.dinkes", "submit", now)
    first, second = session.scalars(select(Snapshot).order_by(Snapshot.number))
    assert first.document["ict"] != second.document["ict"]
    case = engine.state(session, case_id)
    assert (case.facts["changed.planning"], case.facts["changed.ict"]) == (False, True)
    standing = [path for path, _ in case.marking.standing()]
    assert standing == ["review.ict.assigning"], "planning's approval stays, ICT looks again"
    assert journal.replay(session, case_id) == case.marking


def test_a_deadline_that_passes_moves_the_visit_once(
    city: City, case_id: int, session: Session, now: datetime
) -> None:
    to_heads(city, case_id, now)
    for agency, track in (("bapperida", "planning"), ("diskominfo", "ict")):
        city.act(case_id, f"head.{agency}", "return", now, track=track, points=POINTS)
    assert engine.lapse(session, case_id, "revising", 2, now) is None
    made = engine.lapse(session, case_id, "revising", 1, now)
    assert made is not None
    assert made.step == "dormant"
    assert engine.lapse(session, case_id, "revising", 1, now) is None
    assert engine.lapse(session, case_id, "dormant", 1, now) is None
    with pytest.raises(Conflict) as conflict:
        city.act(case_id, "operator.dinkes", "resubmit", now, seen=made.version - 1)
    assert (conflict.value.decided_by, conflict.value.action) == ("Alur", "lapse")
    assert journal.replay(session, case_id) == engine.state(session, case_id).marking


def test_an_extension_moves_the_due_time_and_its_timers(
    city: City, case_id: int, session: Session, now: datetime
) -> None:
    to_heads(city, case_id, now)
    for agency, track in (("bapperida", "planning"), ("diskominfo", "ict")):
        city.act(case_id, f"head.{agency}", "return", now, track=track, points=POINTS)
    lapse = select(Timer.due_at).where(Timer.path == "revising", Timer.kind == "lapse")
    before = session.scalars(lapse).one()
    why = "Data masih dikumpulkan"
    city.act(case_id, "reviewer.bapperida", "extend", now, reason=why)
    (holder,) = engine.holders(session, case_id, now)
    assert holder.due_at == session.scalars(lapse).one() == before + timedelta(days=7)
    again = refusal(city, case_id, "reviewer.bapperida", "extend", now, reason=why)
    assert again == ["times_used"]


def test_a_post_that_does_not_exist_yet_is_made_and_told_to_be_unattended(
    session: Session, now: datetime
) -> None:
    city = City.founded(session, now)
    city.agency("puskesmas", parent="dinkes")
    case_id = city.case(city.publish(library.text("program-proposal")), now, owner="puskesmas")
    (holder,) = engine.holders(session, case_id, now)
    assert (holder.title, holder.people) == ("Operator Dinas puskesmas", ())
    told = session.scalars(select(Event)).one()
    assert told.payload["unattended"][0]["position"] == "Operator Dinas puskesmas"


def test_an_external_party_is_answered_for_by_its_recorder(
    city: City, version_id: int, session: Session, now: datetime
) -> None:
    case_id = city.case(version_id, now, new_application=True)
    to_heads(city, case_id, now)
    city.act(case_id, "head.bapperida", "approve", now, track="planning")
    city.act(case_id, "head.diskominfo", "approve", now)
    letter = {"letter_number": "005/1", "letter_date": "2026-11-23"}
    city.act(case_id, "clerk.diskominfo", "send_letter", now, **letter)
    made = city.act(
        case_id, "clerk.diskominfo", "reply_agrees", now, letter_number="7", file="arsip 7"
    )
    assert made.step == "issuing"


def test_a_draft_is_edited_by_its_drafter_only(
    city: City, case_id: int, session: Session, now: datetime
) -> None:
    operator, head = city.people["operator.dinkes"], city.people["head.dinkes"]
    assert engine.may_edit(session, case_id, operator, now) == ("all",)
    assert engine.may_edit(session, case_id, head, now) is None
    change = {"now": now, "appointment_id": None, "payload": {"revision": 2}}
    engine.change_facts(session, case_id, {"complete": False}, person_id=operator, **change)
    case = engine.state(session, case_id)
    assert (case.facts["complete"], case.version, case.journal_seq) == (False, 1, 2)
    assert case.hats == {str(operator): ["drafter"]}
    with pytest.raises(Refused) as refused:
        engine.change_facts(session, case_id, {}, person_id=head, **change)
    assert refused.value.attempt is not None


def test_nothing_is_edited_while_others_review(
    city: City, case_id: int, session: Session, now: datetime
) -> None:
    submit(city, case_id, now)
    assert engine.may_edit(session, case_id, city.people["operator.dinkes"], now) is None
    with pytest.raises(Refused) as refused:
        engine.change_facts(
            session,
            case_id,
            {},
            person_id=city.people["operator.dinkes"],
            appointment_id=None,
            now=now,
            payload={},
        )
    assert codes(refused.value) == ["not_here"]


def test_whoever_begins_a_proposal_in_the_drafters_post_wears_the_hat(
    city: City, version_id: int, session: Session, now: datetime
) -> None:
    operator = city.people["operator.dinkes"]
    (by,) = actors(session, operator, now)
    case_id = engine.start(
        session,
        version_id=version_id,
        proposal_id=city.proposal("dinkes", now),
        agency_id=city.agencies["dinkes"],
        by=by,
        facts={},
        now=now,
    )
    assert engine.state(session, case_id).hats == {str(operator): ["drafter"]}


def test_a_decision_costs_at_most_ten_statements(
    sessions: sessionmaker[Session], database: Database, now: datetime
) -> None:
    with sessions.begin() as session:
        city = City.founded(session, now)
        case_id = city.case(city.publish(library.text("program-proposal")), now)
    told: list[str] = []
    listen = lambda *given: told.append(given[2])  # noqa: E731
    event.listen(database.engine, "before_cursor_execute", listen)
    try:
        for username, action, seen, said in (
            ("operator.dinkes", "forward", 1, {}),
            ("secretary.dinkes", "initial", 2, {}),
            ("head.dinkes", "submit", 3, {}),
            ("clerk.bapperida", "accept", 4, {"lane": "standard"}),
            ("reviewer.bapperida", "recommend", 5, {"checklist": checklist("planning")}),
        ):
            told.clear()
            with sessions.begin() as session:
                city.session = session
                city.act(case_id, username, action, now, seen=seen, **said)
            assert len(told) <= (12 if action == "submit" else 6), told
    finally:
        event.remove(database.engine, "before_cursor_execute", listen)
