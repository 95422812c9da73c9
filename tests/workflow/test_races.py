"""Several people at once, over real connections: one decides, the others are told by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.waiting import PATIENCE
from tests.workflow.factories import City
from workflow import engine, journal
from workflow.engine import Made
from workflow.errors import Attempt, Conflict, DomainError, Reason, Refused
from workflow.models import Case, Decision, Proposal

pytestmark = [pytest.mark.postgres15, pytest.mark.slow]

ROUNDS = 200

FOUR = """
key: four
subject: proposal
initial: asking
facts: {}
parties: {chair: {agency: secretariat, post: head}}
steps:
  asking:
    party: chair
    actions: {yes_1: answered, yes_2: answered, yes_3: answered, yes_4: answered}
  answered: {party: chair, actions: {close: closed}}
  closed: {final: closed}
"""

JOIN = """
key: join
subject: proposal
initial: review
facts: {}
verbs: {approve: {means: approve}}
parties:
  planner: {agency: planning, post: head, instead: {agency: secretariat, post: assistant}}
  ict: {agency: ict, post: head, instead: {agency: secretariat, post: assistant_two}}
  clerk: {agency: secretariat, post: clerk}
steps:
  review:
    tracks:
      planning: {steps: {deciding: {party: planner, verdicts: [approve]}}}
      ict: {steps: {deciding: {party: ict, verdicts: [approve]}}}
    tally: [{outcome: approved, to: issuing}]
  issuing: {party: clerk, actions: {issue: approved}}
  approved: {final: approved}
"""


@pytest.fixture
def city(sessions: sessionmaker[Session], now: datetime) -> City:
    with sessions.begin() as session:
        city = City.founded(session, now)
        for number in range(2, 5):
            city.person(f"head{number}.setda")
            city.appoint(f"head{number}.setda", "head.setda")
    return city


Answer = TypeVar("Answer")


def at_once(
    sessions: sessionmaker[Session], tries: Sequence[Callable[[Session], Answer]]
) -> list[Answer | DomainError | DBAPIError]:
    """Run all of them at the same moment, each in a transaction of its own.

    What the database itself had to forbid is an answer too.
    """
    barrier = Barrier(len(tries))

    def run(one: Callable[[Session], Answer]) -> Answer | DomainError | DBAPIError:
        barrier.wait(timeout=PATIENCE)
        try:
            with sessions.begin() as session:
                return one(session)
        except (DomainError, DBAPIError) as error:
            return error

    with ThreadPoolExecutor(len(tries)) as pool:
        return list(pool.map(run, tries))


def deciding(
    case_id: int,
    action: str,
    person_id: int,
    request_id: str,
    now: datetime,
    *,
    seen: int = 1,
    track: str | None = None,
) -> Callable[[Session], Made]:
    return lambda session: engine.act(
        session,
        case_id,
        action,
        person_id=person_id,
        request_id=request_id,
        seen_version=seen,
        now=now,
        track=track,
    )


def started(
    sessions: sessionmaker[Session], city: City, source: str, now: datetime, count: int
) -> list[int]:
    with sessions.begin() as session:
        city.session = session
        version_id = city.publish(source)
        return [city.case(version_id, now) for _ in range(count)]


@pytest.mark.postgres15
def test_of_four_people_at_one_task_one_decides_and_three_are_told_by_whom(
    sessions: sessionmaker[Session], city: City, now: datetime
) -> None:
    heads = [
        city.people[name] for name in ("head.setda", "head2.setda", "head3.setda", "head4.setda")
    ]
    for case_id in started(sessions, city, FOUR, now, ROUNDS):
        tries = [
            deciding(case_id, f"yes_{number}", person_id, f"request-{number}", now)
            for number, person_id in enumerate(heads, start=1)
        ]
        answers = at_once(sessions, tries)
        made = [answer for answer in answers if isinstance(answer, Made)]
        told = [answer for answer in answers if isinstance(answer, Conflict)]
        assert (len(made), len(told)) == (1, 3)
        with sessions() as session:
            (decision,) = session.query(Decision).filter_by(case_id=case_id)
            case = session.get_one(Case, case_id)
            assert {error.action for error in told} == {decision.action}
            assert {error.decided_at for error in told} == {now}
            name = next(n for n, i in city.people.items() if i == decision.person_id)
            assert {error.decided_by for error in told} == {f"Ibu {name}, head setda"}
            assert (case.version, case.journal_seq) == (2, 2)
    with sessions() as session:
        assert list(journal.verify(session)) == []


@pytest.mark.postgres15
def test_two_last_tracks_join_once_and_never_get_stuck(
    sessions: sessionmaker[Session], city: City, now: datetime
) -> None:
    """Both saw the same version, so the slower one looks again and decides on what there is now."""
    planner, ict = city.people["head.bapperida"], city.people["head.diskominfo"]

    def insisting(case_id: int, person_id: int, track: str) -> Callable[[Session], Made]:
        def decide(session: Session) -> Made:
            try:
                return deciding(case_id, "approve", person_id, track, now, track=track)(session)
            except Conflict as conflict:
                seen = conflict.version
                return deciding(case_id, "approve", person_id, track, now, seen=seen, track=track)(
                    session
                )

        return decide

    for case_id in started(sessions, city, JOIN, now, ROUNDS):
        answers = at_once(
            sessions, [insisting(case_id, planner, "planning"), insisting(case_id, ict, "ict")]
        )
        steps = Counter(answer.step for answer in answers if isinstance(answer, Made))
        assert steps == {"review": 1, "issuing": 1}
        with sessions() as session:
            assert session.get_one(Case, case_id).step == "issuing"
            assert [holder.path for holder in engine.holders(session, case_id, now)] == ["issuing"]
            assert journal.replay(session, case_id) == engine.state(session, case_id).marking


@pytest.mark.postgres15
def test_a_request_sent_ten_times_at_once_is_one_decision(
    sessions: sessionmaker[Session], city: City, now: datetime
) -> None:
    head = city.people["head.setda"]
    for case_id in started(sessions, city, FOUR, now, 20):
        answers = at_once(sessions, [deciding(case_id, "yes_1", head, "same", now)] * 10)
        made = [answer for answer in answers if isinstance(answer, Made)]
        assert len(made) == 10
        assert len({answer.decision_id for answer in made}) == 1
        assert {answer.version for answer in made} == {2}
        assert Counter(answer.replayed for answer in made) == {False: 1, True: 9}


@pytest.mark.postgres15
def test_attempts_refused_at_once_are_all_in_one_chain(
    sessions: sessionmaker[Session], city: City, now: datetime
) -> None:
    outsiders = [city.people[f"operator.{agency}"] for agency in ("dinkes", "dinsos", "setda")]
    (case_id,) = started(sessions, city, FOUR, now, 1)
    attempts = [Attempt(case_id, "yes_1", None, person_id, None) for person_id in outsiders]

    def recording(attempt: Attempt) -> Callable[[Session], None]:
        refused = Refused(Reason("not_your_position"), attempt=attempt)
        return lambda session: engine.record_refusal(session, refused, now)

    for _ in range(20):
        assert at_once(sessions, [recording(one) for one in attempts]) == [None] * len(attempts)
    with sessions() as session:
        assert session.get_one(Case, case_id).journal_seq == 1 + 20 * len(attempts)
        assert list(journal.verify(session)) == []


@pytest.mark.postgres15
def test_two_submissions_never_draw_one_receipt_number(
    sessions: sessionmaker[Session], city: City, now: datetime
) -> None:
    case_ids = started(sessions, city, library.text("program-proposal"), now, 8)
    with sessions.begin() as session:
        city.session = session
        for case_id in case_ids:
            city.act(case_id, "operator.dinkes", "forward", now)
            city.act(case_id, "secretary.dinkes", "initial", now)
    head = city.people["head.dinkes"]
    tries = [deciding(one, "submit", head, "submit", now, seen=3) for one in case_ids]
    assert all(isinstance(answer, Made) for answer in at_once(sessions, tries))
    with sessions() as session:
        numbers = sorted(session.get_one(Case, one).proposal_id for one in case_ids)
        drawn = sorted(str(session.get_one(Proposal, one).receipt_number) for one in numbers)
    assert drawn == [f"USL/2026/{number:04d}" for number in range(1, 9)]
