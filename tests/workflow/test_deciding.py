"""What a decision is judged by: its own new facts, all that changed, and who may answer what."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from states import library
from tests.workflow.factories import City, checklist
from workflow import engine, journal, proposals
from workflow.errors import Invalid, Refused
from workflow.models import AgencyFunction, Point, Proposal

pytestmark = pytest.mark.postgres15

ACTING = """
key: acting
subject: proposal
initial: deciding
facts:
  lane: [light, strategic]
parties:
  decider: {agency: planning, post: head}
verbs:
  approve: {means: approve, class: [{when: lane == strategic, is: strategic}, {is: routine}]}
steps:
  deciding: {party: decider, actions: {approve: {to: approved, sets: [lane]}}}
  approved: {final: approved}
"""
COUNCIL = """
key: council
subject: proposal
initial: voting
parties:
  member: {agency: planning, post: reviewer}
steps:
  voting:
    seats: {party: member, count: 2}
    actions: {aye: {verdict: aye}, note: {needs: [comment]}}
    tally: [{outcome: won, to: approved}]
  approved: {final: approved}
"""
TWO_TRACKS = """
key: two-tracks
subject: proposal
initial: drafting
parties:
  drafter: {agency: owner, post: operator}
  clerk: {agency: planning, post: clerk}
  planner: {agency: planning, post: head}
  technician: {agency: ict, post: head}
verbs:
  approve: {means: approve}
  return: {means: return}
  back: {means: return}
steps:
  drafting: {party: drafter, edits: all, actions: {submit: {to: checking, snapshot: true}}}
  checking: {party: clerk, actions: {accept: review, back: drafting}}
  review:
    tracks:
      planning: {steps: {deciding: {party: planner, verdicts: [approve]}}}
      ict: {steps: {deciding: {party: technician, verdicts: [approve, return]}}}
    tally:
      - {outcome: returned, when: return >= 1, to: drafting}
      - {outcome: approved, to: approved}
    again: {keep: [approve], after: [returned], unless_changed: true}
  approved: {final: approved}
"""
POINTS = [{"field": "budget", "text": "Rincian belum ada"}]


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    return City.founded(session, now)


@pytest.fixture
def case_id(city: City, now: datetime) -> int:
    return city.case(city.publish(library.text("program-proposal")), now)


def to_heads(city: City, case_id: int, now: datetime) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    city.act(case_id, "secretary.dinkes", "initial", now)
    city.act(case_id, "head.dinkes", "submit", now)
    city.act(case_id, "clerk.bapperida", "accept", now, lane="standard")
    city.act(case_id, "reviewer.bapperida", "recommend", now, checklist=checklist("planning"))
    picks = [city.people["reviewer.diskominfo"]]
    city.act(case_id, "secretary.diskominfo", "dispose", now, picks=picks)
    city.act(case_id, "reviewer.diskominfo", "hand_in", now, checklist=checklist("ict"))
    city.act(case_id, "lead_reviewer.diskominfo", "recommend", now)


def returned(city: City, case_id: int, now: datetime) -> None:
    """Both heads return the proposal with a point."""
    for agency, track in (("bapperida", "planning"), ("diskominfo", "ict")):
        city.act(case_id, f"head.{agency}", "return", now, track=track, points=POINTS)


def rewrite(city: City, **fields: object) -> None:
    proposal = city.session.scalars(select(Proposal)).one()
    proposal.document = {**proposal.document, **fields}
    city.session.flush()


def test_an_acting_officer_does_not_decide_what_the_act_itself_makes_strategic(
    city: City, now: datetime
) -> None:
    case_id = city.case(city.publish(ACTING), now, lane="light")
    city.person("plt")
    city.appoint("plt", "head.bapperida", "plt", date(2026, 11, 1), date(2026, 12, 1))
    with pytest.raises(Refused) as refused:
        city.act(case_id, "plt", "approve", now, lane="strategic")
    assert [reason.code for reason in refused.value.reasons] == ["acting_officer"]
    assert refused.value.attempt is not None
    assert city.decisions(case_id) == []
    trial = city.session.begin_nested()
    city.act(case_id, "plt", "approve", now, lane="light")
    trial.rollback()
    city.act(case_id, "head.bapperida", "approve", now, lane="strategic")
    assert city.decisions(case_id)[0].decision_class == "strategic"


def test_what_changed_since_a_verdict_is_not_forgotten_by_a_second_submission(
    city: City, now: datetime
) -> None:
    case_id = city.case(city.publish(TWO_TRACKS), now)
    city.act(case_id, "operator.dinkes", "submit", now)
    city.act(case_id, "clerk.bapperida", "accept", now)
    city.act(case_id, "head.bapperida", "approve", now, track="planning")
    city.act(case_id, "head.diskominfo", "return", now, track="ict")
    rewrite(city, scope="Dua puskesmas")
    city.act(case_id, "operator.dinkes", "submit", now)
    city.act(case_id, "clerk.bapperida", "back", now)
    city.act(case_id, "operator.dinkes", "submit", now)
    assert engine.state(city.session, case_id).facts["changed.planning"] is True
    city.act(case_id, "clerk.bapperida", "accept", now)
    assert "review.planning.deciding" in standing(city, case_id), "nobody has seen the new scope"
    assert journal.replay(city.session, case_id) == engine.state(city.session, case_id).marking
    city.act(case_id, "head.bapperida", "approve", now, track="planning")
    city.act(case_id, "head.diskominfo", "return", now, track="ict")
    city.act(case_id, "operator.dinkes", "submit", now)
    assert engine.state(city.session, case_id).facts["changed.planning"] is False


def standing(city: City, case_id: int) -> list[str]:
    marking = engine.state(city.session, case_id).marking
    return [path for path, _ in marking.standing()]


def test_a_comment_from_a_seat_does_not_take_it(city: City, now: datetime) -> None:
    case_id = city.case(city.publish(COUNCIL), now)
    city.person("second")
    city.appoint("second", "reviewer.bapperida")
    for username in ("reviewer.bapperida", "second"):
        city.act(case_id, username, "note", now, comment="Catatan")
    city.act(case_id, "reviewer.bapperida", "aye", now)
    with pytest.raises(Refused) as refused:
        city.act(case_id, "reviewer.bapperida", "aye", now)
    assert [reason.code for reason in refused.value.reasons] == ["seat_taken"]
    assert city.act(case_id, "second", "aye", now).outcome == "approved"


def test_an_answer_that_was_sent_stays_as_it_was_sent(
    city: City, case_id: int, now: datetime
) -> None:
    to_heads(city, case_id, now)
    returned(city, case_id, now)
    city.act(case_id, "operator.dinkes", "resubmit", now, answers={"1": "Sudah"})
    city.act(case_id, "head.dinkes", "return", now, comment="Periksa lagi")
    with pytest.raises(Invalid) as invalid:
        city.act(case_id, "operator.dinkes", "resubmit", now, answers={"1": "Lain"})
    assert [(one.field, one.code) for one in invalid.value.problems] == [("answers.1", "unknown")]
    city.act(case_id, "operator.dinkes", "resubmit", now, answers={"2": "Sudah juga"})
    answers = city.session.scalars(select(Point.answer).order_by(Point.number)).all()
    assert answers == ["Sudah", "Sudah juga"]


def test_answers_are_taken_only_where_they_are_asked(
    city: City, case_id: int, now: datetime
) -> None:
    to_heads(city, case_id, now)
    returned(city, case_id, now)
    city.act(case_id, "operator.dinkes", "resubmit", now)
    with pytest.raises(Invalid) as invalid:
        city.act(case_id, "head.dinkes", "submit", now, answers={"1": "Sudah"})
    assert [(one.field, one.code) for one in invalid.value.problems] == [("answers", "not_asked")]


def test_whether_reviewers_raised_points_cannot_be_found_out_by_answering(
    city: City, case_id: int, now: datetime
) -> None:
    to_heads(city, case_id, now)
    city.act(case_id, "head.bapperida", "return", now, track="planning", points=POINTS)
    city.act(case_id, "head.diskominfo", "back", now, track="ict", comment="Kurang")
    owner, reviewer = city.people["operator.dinkes"], city.people["head.bapperida"]
    assert proposals.points(city.session, case_id, owner, now) == []
    assert len(proposals.points(city.session, case_id, reviewer, now)) == 1


def test_an_agency_that_does_not_exist_is_not_replaced_by_another(
    city: City, case_id: int, now: datetime
) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    city.act(case_id, "secretary.dinkes", "initial", now)
    city.act(case_id, "head.dinkes", "submit", now)
    ended = update(AgencyFunction).where(AgencyFunction.function == "ict")
    city.session.execute(ended.values(valid_until=date(2026, 1, 1)))
    with pytest.raises(Refused) as refused:
        city.act(case_id, "clerk.bapperida", "accept", now, lane="standard")
    assert [reason.code for reason in refused.value.reasons] == ["no_agency"]
