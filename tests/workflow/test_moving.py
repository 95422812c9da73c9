"""A running case is moved on purpose, by an administrator with a reason, and decided by nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from tests.workflow.factories import City
from tests.workflow.test_races import at_once
from workflow import cases, definitions, engine, journal, moves, sweep, timelines
from workflow.errors import Conflict, Invalid, NotFound, Refused
from workflow.impact import Affected
from workflow.models import Case, Event, Notification, OutboxMessage, Task, Timer
from workflow.models.case import TaskStatus
from workflow.notifications import announcements
from workflow.rehearsal import invariants

OLD = """
key: small
subject: proposal
initial: drafting
facts: {}
verbs: {approve: {means: approve}, reject: {means: reject}}
parties:
  drafter: {agency: owner, post: operator}
  checker: {agency: planning, post: clerk}
  planner: {agency: planning, post: head, instead: {agency: secretariat, post: assistant}}
  ict: {agency: ict, post: head, instead: {agency: secretariat, post: assistant_two}}
  judge: {agency: secretariat, post: head}
apart: [[checker, judge]]
steps:
  drafting: {party: drafter, edits: all, actions: {submit: checking}}
  checking: {party: checker, within: 4 working days, actions: {accept: review, back: drafting}}
  review:
    tracks:
      planning:
        steps:
          deciding: {party: planner, within: 3 working days, verdicts: [approve, reject]}
      ict: {steps: {deciding: {party: ict, verdicts: [approve, reject]}}}
    tally:
      - {outcome: reject, when: reject >= 1, to: rejected}
      - {outcome: approve, to: endorsing}
  endorsing: {party: judge, actions: {approve: approved, reject: rejected}}
  approved: {final: approved}
  rejected: {final: rejected}
reminders: [half way, on the due day]
escalate:
  - {after: 1 working day, to: superior}
"""
LONGER = OLD.replace("4 working days", "6 working days")
SHORTER = OLD.replace("4 working days", "1 working day")
RENAMED = OLD.replace("checking", "screening").replace("checker", "screener")
LAPSING = OLD.replace("within: 4 working days,", "within: 1 working day, on_lapse: drafting,")
WHY = "Peraturan baru berlaku"


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    return founded(session, now)


def founded(session: Session, now: datetime) -> City:
    city = City.founded(session, now)
    city.person("admin", administers=True)
    return city


@pytest.fixture
def old(city: City) -> int:
    return city.publish(OLD)


def checking(city: City, version_id: int, now: datetime) -> int:
    case_id = city.case(version_id, now)
    city.act(case_id, "operator.dinkes", "submit", now)
    return case_id


def reviewed(city: City, case_id: int, now: datetime, planning: str = "approve") -> None:
    """Let the clerk accept and both sides of the review say what they think."""
    city.act(case_id, "clerk.bapperida", "accept", now)
    city.act(case_id, "head.bapperida", planning, now, track="planning")
    city.act(case_id, "head.diskominfo", "approve", now, track="ict")


def move(
    city: City,
    case_id: int,
    to: int,
    now: datetime,
    *,
    who: str = "admin",
    why: str = WHY,
    **mapping: str,
) -> bool:
    named = {path.replace("__", "."): target for path, target in mapping.items()}
    return engine.move(city.session, case_id, to, named, why, person_id=city.people[who], now=now)


def take_back(city: City, case_id: int, now: datetime) -> bool:
    return engine.take_back(city.session, case_id, WHY, person_id=city.people["admin"], now=now)


def state_of(session: Session, case_id: int) -> dict[str, object]:
    """All that a move may change of a case, its tasks and its timers that wait."""
    case = cases.read(session, case_id)
    tasks = session.scalars(
        select(Task).where(Task.case_id == case_id).order_by(Task.path, Task.visit, Task.seat)
    ).all()
    timers = session.execute(
        select(Timer.path, Timer.visit, Timer.seat, Timer.kind, Timer.due_at)
        .where(Timer.case_id == case_id, Timer.status == "waiting")
        .order_by(Timer.path, Timer.kind)
    ).all()
    return {
        "version": case.workflow_version_id,
        "marking": case.marking,
        "facts": case.facts,
        "tasks": [
            (t.path, t.visit, t.seat, t.status, t.position_id, t.opened_at, t.due_at, t.rank_at)
            for t in tasks
        ],
        "explained": [t.due_explained for t in tasks],
        "timers": [tuple(row) for row in timers],
    }


def holds(city: City, case_id: int, now: datetime) -> None:
    """The journal is valid, and played again it gives the marking; every other rule holds too."""
    city.session.flush()
    city.session.expire_all()
    assert list(journal.verify(city.session, case_id)) == []
    marking = cases.read(city.session, case_id).marking
    assert journal.replay(city.session, case_id) == marking
    assert [one for one in invariants.check(city.session, now) if one.case_id == case_id] == []


def test_a_step_that_stayed_keeps_its_task_and_its_beginning_under_the_new_limit(
    city: City, old: int, now: datetime
) -> None:
    case_id = checking(city, old, now)
    (before,) = engine.holders(city.session, case_id, now)
    later = now + timedelta(hours=2)
    assert move(city, case_id, city.publish(LONGER), later)
    (after,) = engine.holders(city.session, case_id, later)
    assert (after.task_id, after.since, after.visit) == (before.task_id, before.since, 1)
    assert before.due_at is not None
    assert after.due_at is not None
    assert after.due_at > before.due_at
    timers = dict(state_of(city.session, case_id))["timers"]
    assert max(row[-1] for row in timers) > after.due_at  # type: ignore[attr-defined]
    holds(city, case_id, later)


def test_the_event_says_from_where_to_where_why_and_by_whom(
    city: City, old: int, now: datetime
) -> None:
    case_id, new = checking(city, old, now), city.publish(RENAMED)
    move(city, case_id, new, now, why="  Nama  langkah berubah ", checking="screening")
    event = journal.events(city.session, case_id)[-1]
    told = event.payload
    assert (event.kind, event.person_id) == ("case_moved", city.people["admin"])
    assert (told["from"], told["to"], told["reason"]) == (
        "checking",
        "screening",
        "Nama langkah berubah",
    )
    assert (told["workflow"]["from"]["id"], told["workflow"]["to"]["id"]) == (old, new)
    assert told["by"] == "Ibu admin"
    assert city.decisions(case_id)[-1].action == "submit"


def test_a_task_of_a_step_that_is_gone_is_closed_as_moved_and_the_new_holder_told_once(
    city: City, old: int, now: datetime
) -> None:
    case_id, new = checking(city, old, now), city.publish(RENAMED)
    move(city, case_id, new, now, checking="screening")
    rows = city.session.scalars(select(Task).where(Task.case_id == case_id).order_by(Task.id))
    assert [(one.path, one.status) for one in rows][1:] == [
        ("checking", TaskStatus.MOVED),
        ("screening", TaskStatus.OPEN),
    ]
    seq = cases.read(city.session, case_id).journal_seq
    for _ in range(2):
        announcements.announce(city.session, case_id, seq, now)
    told = city.session.scalars(select(Notification).where(Notification.key == f"{case_id}:{seq}"))
    assert [(one.person_id, one.kind, one.values["by"]) for one in told] == [
        (city.people["clerk.bapperida"], "task_given", "Ibu admin")
    ]
    keys = select(OutboxMessage.key).where(OutboxMessage.key == f"announce:{case_id}:{seq}")
    assert len(city.session.scalars(keys).all()) == 1
    city.act(case_id, "clerk.bapperida", "accept", now)
    holds(city, case_id, now)


def test_a_case_goes_on_by_the_rules_of_the_version_it_was_moved_to(
    city: City, old: int, now: datetime
) -> None:
    case_id = checking(city, old, now)
    move(city, case_id, city.publish(RENAMED), now, checking="screening")
    reviewed(city, case_id, now)
    made = city.act(case_id, "head.setda", "approve", now)
    assert made.outcome == "approved"
    holds(city, case_id, now)


def test_moved_twice_it_is_moved_once(city: City, old: int, now: datetime) -> None:
    case_id, new = checking(city, old, now), city.publish(LONGER)
    assert move(city, case_id, new, now)
    before = state_of(city.session, case_id)
    assert not move(city, case_id, new, now)
    assert state_of(city.session, case_id) == before


def test_what_needs_a_mapping_is_not_moved_without(city: City, old: int, now: datetime) -> None:
    case_id = checking(city, old, now)
    before = state_of(city.session, case_id)
    with pytest.raises(Refused) as error:
        move(city, case_id, city.publish(RENAMED), now)
    assert [(one.code, one.values) for one in error.value.reasons] == [
        ("step_gone", {"step": "checking"})
    ]
    assert state_of(city.session, case_id) == before


def test_nobody_is_late_at_one_blow_by_a_shorter_limit(city: City, old: int, now: datetime) -> None:
    case_id = checking(city, old, now)
    later = now + timedelta(days=3)
    move(city, case_id, city.publish(SHORTER), later)
    (after,) = engine.holders(city.session, case_id, later)
    assert after.due_at
    assert after.due_at > later + timedelta(hours=8)
    holds(city, case_id, later)


def test_a_limit_that_may_lapse_gives_a_late_task_a_working_day_first(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        city = founded(session, now)
        case_id = checking(city, city.publish(OLD), now)
        late = now + timedelta(days=20)
        move(city, case_id, city.publish(LAPSING), late)
    sweep.run(sessions, late)
    with sessions() as session:
        assert cases.read(session, case_id).step == "checking"
    sweep.run(sessions, late + timedelta(days=5))
    with sessions() as session:
        city.session = session
        assert cases.read(session, case_id).step == "drafting"
        holds(city, case_id, late)


def test_a_case_moved_in_a_parallel_step_keeps_the_verdicts_that_were_given(
    city: City, old: int, now: datetime
) -> None:
    case_id = checking(city, old, now)
    city.act(case_id, "clerk.bapperida", "accept", now)
    city.act(case_id, "head.bapperida", "approve", now, track="planning")
    move(city, case_id, city.publish(LONGER), now)
    city.act(case_id, "head.diskominfo", "approve", now, track="ict")
    assert cases.read(city.session, case_id).step == "endorsing"
    holds(city, case_id, now)


def test_nobody_wears_two_hats_because_one_has_another_name_now(
    city: City, old: int, now: datetime
) -> None:
    case_id = checking(city, old, now)
    city.appoint("clerk.bapperida", "head.setda")
    reviewed(city, case_id, now)
    move(city, case_id, city.publish(RENAMED), now)
    with pytest.raises(Refused, match="apart"):
        city.act(case_id, "clerk.bapperida", "approve", now)


def test_an_ended_case_stays_as_it_is(city: City, old: int, now: datetime) -> None:
    case_id = checking(city, old, now)
    reviewed(city, case_id, now, planning="reject")
    with pytest.raises(Refused, match="case_ended"):
        move(city, case_id, city.publish(LONGER), now)


@pytest.mark.parametrize("who", ["head.setda", "clerk.bapperida", "operator.dinkes"])
def test_only_administrators_move(city: City, old: int, now: datetime, who: str) -> None:
    case_id = checking(city, old, now)
    with pytest.raises(NotFound):
        move(city, case_id, city.publish(LONGER), now, who=who)


@pytest.mark.parametrize("why", ["", "  ", "x" * 501])
def test_a_move_needs_a_reason(city: City, old: int, now: datetime, why: str) -> None:
    case_id = checking(city, old, now)
    with pytest.raises(Invalid):
        move(city, case_id, city.publish(LONGER), now, why=why)


def test_a_case_is_not_moved_to_another_workflow(city: City, old: int, now: datetime) -> None:
    case_id = checking(city, old, now)
    with pytest.raises(NotFound):
        move(city, case_id, city.publish(OLD.replace("key: small", "key: other")), now)


def test_a_decision_that_saw_the_case_before_the_move_is_told_of_it(
    city: City, old: int, now: datetime
) -> None:
    case_id = checking(city, old, now)
    seen = cases.read(city.session, case_id).version
    move(city, case_id, city.publish(LONGER), now)
    with pytest.raises(Conflict) as error:
        city.act(case_id, "clerk.bapperida", "accept", now, seen=seen)
    assert (error.value.decided_by, error.value.action) == ("Ibu admin", "case_moved")


def test_the_owner_reads_what_was_said_under_the_version_that_was_left(
    city: City, old: int, now: datetime
) -> None:
    case_id = checking(city, old, now)
    city.act(case_id, "clerk.bapperida", "accept", now)
    city.act(case_id, "head.bapperida", "approve", now, track="planning")
    move(city, case_id, city.publish(RENAMED), now)
    told = timelines.timeline(city.session, case_id, city.people["operator.dinkes"], now)
    assert [one.kind for one in told if one.is_hidden] == ["decided"]


# --- taking back ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "mapping"), [(LONGER, {}), (SHORTER, {}), (RENAMED, {"checking": "screening"})]
)
def test_taken_back_everything_is_as_it_was(
    city: City, old: int, now: datetime, new: str, mapping: dict[str, str]
) -> None:
    case_id = checking(city, old, now)
    before = state_of(city.session, case_id)
    later = now + timedelta(hours=3)
    move(city, case_id, city.publish(new), later, **mapping)
    assert engine.can_take_back(city.session, case_id)
    assert take_back(city, case_id, later)
    city.session.expire_all()
    assert state_of(city.session, case_id) == before
    assert not take_back(city, case_id, later)
    assert not engine.can_take_back(city.session, case_id)
    holds(city, case_id, later)
    city.act(case_id, "clerk.bapperida", "accept", later)
    holds(city, case_id, later)


def test_a_case_is_moved_again_after_it_was_taken_back(city: City, old: int, now: datetime) -> None:
    case_id, new = checking(city, old, now), city.publish(RENAMED)
    for _ in range(2):
        move(city, case_id, new, now, checking="screening")
        take_back(city, case_id, now)
    move(city, case_id, new, now, checking="screening")
    city.act(case_id, "clerk.bapperida", "accept", now)
    holds(city, case_id, now)


def test_nothing_is_taken_back_once_somebody_has_acted(city: City, old: int, now: datetime) -> None:
    case_id = checking(city, old, now)
    move(city, case_id, city.publish(LONGER), now)
    (task,) = engine.holders(city.session, case_id, now)
    engine.claim(
        city.session, case_id, task.task_id, person_id=city.people["clerk.bapperida"], now=now
    )
    assert not engine.can_take_back(city.session, case_id)
    with pytest.raises(Refused, match="acted_since_move"):
        take_back(city, case_id, now)


def test_a_reminder_does_not_keep_a_move_from_being_taken_back(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        city = founded(session, now)
        case_id = checking(city, city.publish(OLD), now)
        move(city, case_id, city.publish(LONGER), now)
    later = now + timedelta(days=5)
    sweep.run(sessions, later)
    with sessions.begin() as session:
        city.session = session
        kinds = [one.kind for one in journal.events(session, case_id)]
        assert kinds[-1] == "reminded"
        assert take_back(city, case_id, later)
        holds(city, case_id, later)


def test_what_was_never_moved_is_not_taken_back(city: City, old: int, now: datetime) -> None:
    case_id = checking(city, old, now)
    with pytest.raises(Refused, match="acted_since_move"):
        take_back(city, case_id, now)


# --- at the same time -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.postgres15
def test_of_a_move_and_a_decision_at_once_each_happens_whole_or_not_at_all(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        city = founded(session, now)
        version, new = city.publish(OLD), city.publish(RENAMED)
        case_ids = [checking(city, version, now) for _ in range(40)]
        admin, clerk = city.people["admin"], city.people["clerk.bapperida"]
    answers = []
    for case_id in case_ids:
        tries: list[Callable[[Session], object]] = [
            lambda s, c=case_id: engine.move(  # type: ignore[misc]
                s, c, new, {"checking": "screening"}, WHY, person_id=admin, now=now
            ),
            lambda s, c=case_id: engine.act(  # type: ignore[misc]
                s, c, "accept", person_id=clerk, request_id="r", seen_version=2, now=now
            ),
        ]
        answers.append(at_once(sessions, tries))
    with sessions() as session:
        city.session = session
        for case_id, (moved, decided) in zip(case_ids, answers, strict=True):
            assert moved is True
            assert isinstance(decided, Conflict | engine.Made)
            assert cases.read(session, case_id).workflow_version_id == new
            holds(city, case_id, now)
    assert {type(decided) for _, decided in answers} <= {Conflict, engine.Made}


@pytest.mark.postgres15
def test_two_administrators_who_move_the_same_cases_at_once_move_each_once(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        city = City.founded(session, now)
        admins = [city.person(name, administers=True) for name in ("admin", "admin2", "admin3")]
        old, new = city.publish(OLD), city.publish(LONGER)
        found = [Affected(city.case(old, now), 1) for _ in range(60)]

    def moving(cases: list[Affected], by: int, request: str) -> Callable[[Session], object]:
        def run(session: Session) -> object:
            version = definitions.version(session, new)
            return moves.move(session, version, cases, {}, WHY, by=by, now=now, request_id=request)

        return run

    tries = [moving(found, admins[0], "once"), moving(found[::-1], admins[1], "once")]
    answers = at_once(sessions, [*tries, tries[0]])
    results = [one for one in answers if isinstance(one, moves.Result) and not one.replayed]
    [again] = [one for one in answers if isinstance(one, moves.Result) and one.replayed]
    assert replace(again, replayed=False) in results
    [others] = at_once(sessions, [moving(found, admins[2], "once")])
    assert isinstance(others, moves.Result)
    assert not others.replayed
    assert sorted((one.done, one.same, one.failed) for one in results) == [(0, 60, ()), (60, 0, ())]
    with sessions() as session:
        assert list(journal.verify(session)) == []
        moved = session.scalar(text("SELECT count(*) FROM events WHERE kind = 'case_moved'"))
        assert moved == 60


@pytest.mark.slow
def test_moving_a_thousand_and_taking_them_back_leaves_their_journals_valid(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        city = founded(session, now)
        version, new = city.publish(OLD), city.publish(RENAMED)
        case_ids = [city.case(version, now) for _ in range(1000)]
        for case_id in case_ids[::2]:
            city.act(case_id, "operator.dinkes", "submit", now)
        before = {c: cases.read(session, c).marking for c in case_ids}
    with sessions.begin() as session:
        city.session = session
        assert all(move(city, c, new, now, checking="screening") for c in case_ids)
    with sessions() as session:
        assert list(journal.verify(session)) == []
        assert all(journal.replay(session, c) == cases.read(session, c).marking for c in case_ids)
    with sessions.begin() as session:
        city.session = session
        assert all(take_back(city, c, now) for c in case_ids)
    with sessions() as session:
        assert list(journal.verify(session)) == []
        assert {c: journal.replay(session, c) for c in case_ids} == before
        running = session.scalars(select(Case.workflow_version_id).distinct())
        assert running.all() == [version]
        assert session.scalar(text("SELECT count(*) FROM events WHERE kind = 'case_moved'")) == 1000
        assert (
            len(session.scalars(select(Event).where(Event.kind == "move_taken_back")).all()) == 1000
        )
        broken = [one.rule for one in invariants.check(session, now)]
        assert broken == []
