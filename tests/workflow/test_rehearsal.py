"""A rehearsal ends every case by legal decisions, resumes after a stop, and breaks nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session, sessionmaker

from states.definition import Means
from tests.databases import SEEDED_AT, Databases, opened
from tests.workflow.demo import case_of, person_id
from workflow import cases, engine, rehearsal
from workflow.city import reading
from workflow.errors import Refused
from workflow.models import Appointment, Case, OutboxMessage, Task, Timer
from workflow.rehearsal import Rehearsal, Step, invariants, plausible
from workflow.rehearsal.stand_ins import StandIn

NOW = SEEDED_AT


@pytest.fixture(scope="module")
def city(databases: Databases) -> Iterator[sessionmaker[Session]]:
    """A demo city that rehearsals may really change."""
    for database in opened(databases, "rehearsal", "demo"):
        yield database.sessions


def test_a_rehearsal_stopped_and_begun_again_ends_every_case(
    city: sessionmaker[Session],
) -> None:
    first = Rehearsal(city, lambda: NOW, seed=7)
    begun = first.open_cases()
    some = list(itertools.islice(first.run(begun), 25))
    assert all(step.action for step in some)
    second = Rehearsal(city, lambda: NOW, seed=7)
    ended = [step for step in second.run(second.open_cases()) if step.outcome]
    assert second.open_cases() == []
    assert len(ended) == len(begun) - sum(step.outcome is not None for step in some)
    with city() as session:
        assert list(invariants.check(session, NOW)) == []
        told = rehearsal.summary(session)
    assert sum(count for _, count in told.outcomes) == len(reading.proposals())
    assert dict(told.outcomes).keys() <= {"approved", "rejected", "withdrawn", "cancelled"}
    assert dict(told.visits)["drafting"] >= 13
    assert dict(told.decisions)["forward"] >= 11
    assert told.mails == 0


def chances_of(session: Session, code: str) -> set[str]:
    stand_in = StandIn(session, Random(1), NOW)
    return {chance.offer.action for chance in stand_in.chances(case_of(session, code).id)}


def test_only_legal_decisions_are_considered(demo: Session) -> None:
    assert chances_of(demo, "dlh") == {"initial", "return"}
    assert chances_of(demo, "dispusda") == set()


def rehearse(session: Session, case_id: int, **options: object) -> Step:
    """One step on a session whose commits are undone."""
    acting = Rehearsal(
        sessionmaker(session.connection(), join_transaction_mode="create_savepoint"),
        lambda: NOW,
        **options,  # type: ignore[arg-type]
    )
    return next(acting.run([case_id]))


def test_an_ended_case_is_told_as_ended(demo: Session) -> None:
    case_id = case_of(demo, "dispusda").id
    assert rehearse(demo, case_id) == Step(case_id, None, "approved")


def test_a_case_that_nobody_can_act_on_is_told(demo: Session) -> None:
    case_id = case_of(demo, "dinkes").id
    demo.execute(
        update(Appointment)
        .where(Appointment.person_id == person_id(demo, "operator.dinkes"))
        .values(ends_on=NOW.date() - timedelta(days=1))
    )
    demo.flush()
    assert rehearse(demo, case_id).is_stuck
    broken = [each.detail for each in invariants.check(demo, NOW)]
    assert broken == ["nobody may work for Operator Dinas Kesehatan"]


def test_a_draft_is_completed_before_it_is_forwarded(demo: Session) -> None:
    case_id = case_of(demo, "dinkes").id
    assert cases.read(demo, case_id).facts["complete"] is False
    assert rehearse(demo, case_id).action in ("forward", "discard")
    demo.expire_all()
    assert cases.read(demo, case_id).facts["complete"] is True


def test_who_was_quicker_is_no_reason_to_stop(
    demo: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = case_of(demo, "dlh").id
    act, calls = engine.act, itertools.count()

    def once_refused(*arguments: object, **options: object) -> object:
        if next(calls) == 0:
            raise Refused
        return act(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "act", once_refused)
    assert rehearse(demo, case_id).action in ("initial", "return")

    def refused(*_arguments: object, **_options: object) -> object:
        raise Refused

    monkeypatch.setattr(engine, "act", refused)
    assert rehearse(demo, case_of(demo, "dishub").id).is_stuck


def test_the_pace_lets_time_pass_and_deadlines_with_it(demo: Session) -> None:
    case_id = case_of(demo, "dlh").id
    rehearse(demo, case_id, pace=timedelta(days=30))
    fired = demo.execute(text("SELECT count(*) FROM timers WHERE status = 'fired'")).scalar_one()
    assert fired > 0


def test_nothing_is_returned_for_ever(demo: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "PATIENCE", 0)
    for seeded in range(6):
        with demo.begin_nested() as savepoint:
            assert rehearse(demo, case_of(demo, "dlh").id, seed=seeded).action == "initial"
            savepoint.rollback()


def test_something_is_chosen_even_where_all_is_unlikely(
    demo: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "WEIGHTS", dict.fromkeys(Means, 0.0))
    assert rehearse(demo, case_of(demo, "dlh").id).action in ("initial", "return")


def test_a_word_is_added_only_once() -> None:
    once = plausible.sharpened("Masalah.")
    assert once != "Masalah."
    assert plausible.sharpened(once) == once
    assert plausible.words("letter_date", Random(1), NOW.date()) == "2026-11-23"


# --- what must hold, broken on purpose ---------------------------------------------------------


def rules(session: Session, now: datetime = NOW) -> set[str]:
    return {each.rule for each in invariants.check(session, now)}


def test_an_open_case_without_a_task_is_found(demo: Session) -> None:
    case_id = case_of(demo, "dlh").id
    demo.execute(
        update(Task)
        .where(Task.case_id == case_id, Task.status == "open")
        .values(status="cancelled", closed_at=NOW)
    )
    found = rules(demo)
    assert invariants.RULES[0] in found
    assert invariants.RULES[3] in found
    assert invariants.RULES[5] in found


def test_an_edited_event_is_found(demo: Session) -> None:
    demo.execute(text("ALTER TABLE events DISABLE TRIGGER USER"))
    demo.execute(text("UPDATE events SET at = at + interval '1 hour' WHERE case_id = 1"))
    assert rules(demo) == {invariants.RULES[1]}


def test_a_marking_that_the_journal_does_not_tell_is_found(demo: Session) -> None:
    case = case_of(demo, "dlh")
    marking = {**case.marking, "visits": {**case.marking["visits"], "verifying": 9}}
    demo.execute(update(Case).where(Case.id == case.id).values(marking=marking))
    assert invariants.RULES[2] in rules(demo)


def test_a_version_without_its_decision_is_found(demo: Session) -> None:
    case = case_of(demo, "dlh")
    demo.execute(update(Case).where(Case.id == case.id).values(version=case.version + 1))
    assert rules(demo) == {invariants.RULES[1], invariants.RULES[4]}


def test_a_timer_of_a_closed_task_is_found(demo: Session) -> None:
    case = case_of(demo, "dispusda")
    demo.execute(update(Timer).where(Timer.case_id == case.id).values(status="waiting"))
    assert rules(demo) == {invariants.RULES[5]}


def test_a_message_that_was_given_up_is_found(demo: Session) -> None:
    message = demo.query(OutboxMessage).filter(OutboxMessage.done_at.is_(None)).first()
    assert message is not None
    before = invariants.undelivered(demo, NOW)
    message.dead_at, message.error = NOW, "no such mailbox"
    demo.flush()
    assert rules(demo) == {invariants.RULES[6]}
    assert invariants.undelivered(demo, NOW) == before - 1
