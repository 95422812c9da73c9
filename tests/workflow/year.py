"""A year of cases, told beforehand by a plain computation that knows nothing of the engine.

`plan` says for each case who acts when, and what time alone brings about in between, counted day
by day over 2026. `live` lets the engine and the sweep live through the same year.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from tests.workflow.factories import City
from workflow import sweep
from workflow.models import Agency, ClosedDay, Event, Timer, WorkWeek

WIB = ZoneInfo("Asia/Jakarta")
CLOSED = (
    "01-01 01-16 02-16 02-17 03-18 03-19 03-20 03-21 03-22 03-23 03-24 04-03 04-05 05-01 05-14 "
    "05-15 05-27 05-28 05-31 06-01 06-16 08-17 08-25 12-24 12-25"
)
"""The national holidays and the collective leave of 2026."""

CLOSED_DAYS = frozenset(date.fromisoformat(f"2026-{day}") for day in CLOSED.split())
PROCESS = """
key: year
subject: proposal
initial: asking
parties:
  drafter: {agency: owner, post: operator}
  head: {agency: planning, post: head, instead: {agency: secretariat, post: assistant}}
verbs: {approve: {means: approve}, back: {means: return, needs: [comment]}}
steps:
  asking:
    party: drafter
    within: 5 working days
    on_lapse: dormant
    actions: {answer: deciding}
  dormant: {party: drafter, actions: {resume: asking}}
  deciding:
    party: head
    within: 3 working days
    actions: {back: asking, approve: done}
  done: {final: approved}
reminders: [half way, on the due day, 2 working days before]
escalate:
  - {after: 1 working day, to: superior}
  - {after: 2 working days, to: head}
  - {after: 5 working days, to: secretariat}
"""
LENGTHS = {"asking": 5, "deciding": 3}
ESCALATED_AFTER = (1, 2, 5)
VISITS = 7
FAR_AWAY = datetime(2030, 1, 1, tzinfo=WIB)
ACTORS = {"asking": "operator.dinkes", "dormant": "operator.dinkes", "deciding": "head.bapperida"}

What = tuple[datetime, int, str, int, str]
"""When, for which case, at which step and visit, and what: `reminder.0` … `lapse`."""


@dataclass(frozen=True)
class Office:
    """On which weekdays an agency works, from 1 for Monday, and until when."""

    days: frozenset[int]
    opens: time
    closes: time

    def works(self, day: date) -> bool:
        return day.isoweekday() in self.days and day not in CLOSED_DAYS

    def after(self, day: date, count: int) -> date:
        """The day that comes so many working days after another one."""
        while count:
            day += timedelta(days=1)
            count -= self.works(day)
        return day

    def before(self, day: date, count: int) -> date:
        """The day that lies so many working days before another one."""
        while count:
            day -= timedelta(days=1)
            count -= self.works(day)
        return day

    def received(self, moment: datetime) -> date:
        """Day 0: the day itself, or the next working day when offices are closed by then."""
        day = moment.date()
        if self.works(day) and moment.time() <= self.closes:
            return day
        return self.after(day, 1)

    def opening(self, day: date) -> datetime:
        return datetime.combine(day, self.opens, WIB)

    def closing(self, day: date) -> datetime:
        return datetime.combine(day, self.closes, WIB)


FIVE = Office(frozenset(range(1, 6)), time(7, 30), time(16))
SIX = Office(frozenset(range(1, 7)), time(7, 30), time(14))
OFFICES = {"asking": FIVE, "deciding": SIX}


@dataclass
class Plan:
    """What people do and when, and what time alone brings about."""

    starts: list[tuple[datetime, int]] = field(default_factory=list)
    acts: list[tuple[datetime, int, str, str]] = field(default_factory=list)
    expected: Counter[What] = field(default_factory=Counter)


def plan(cases: int, seed: int) -> Plan:
    """A year for so many cases, the same for the same seed. Cases are numbered from 0."""
    chance, made = Random(seed), Plan()
    for case in range(cases):
        start = datetime(2026, 1, 1, 8, 13, tzinfo=WIB) + timedelta(
            days=chance.randrange(350), minutes=chance.randrange(24 * 6) * 10
        )
        made.starts.append((start, case))
        _plan_case(case, start, chance, made)
    return made


def _plan_case(case: int, start: datetime, chance: Random, made: Plan) -> None:
    step, moment, visits = "asking", start, Counter[str]()
    for turn in range(VISITS):
        visits[step] += 1
        timers = list(_timers(step, moment))
        lapse = next((at for at, kind in timers if kind == "lapse"), None)
        waits = timedelta(minutes=chance.randrange(1, 24 * 6 * 14) * 10)
        acts_at = (moment + waits).replace(second=17)  # never at the moment of a timer
        if turn == VISITS - 1:  # nobody does anything more
            acts_at = FAR_AWAY
        is_lapsing = lapse is not None and lapse < acts_at
        for at, kind in timers:
            if at < acts_at and (lapse is None or at <= lapse):
                made.expected[at, case, step, visits[step], kind] += 1
        if is_lapsing:
            assert lapse is not None
            step, moment = "dormant", lapse
        elif acts_at != FAR_AWAY:
            action, next_step = _act(step, chance)
            made.acts.append((acts_at, case, step, action))
            if next_step is None:
                return
            step, moment = next_step, acts_at


def _act(step: str, chance: Random) -> tuple[str, str | None]:
    if step == "dormant":
        return "resume", "asking"
    if step == "asking":
        return "answer", "deciding"
    return ("approve", None) if chance.random() < 0.4 else ("back", "asking")


def _timers(step: str, opened: datetime) -> Iterator[tuple[datetime, str]]:
    """When a visit that is opened then is reminded of, escalated, and over."""
    if step not in LENGTHS:
        return
    office, length = OFFICES[step], LENGTHS[step]
    received = office.received(opened)
    last = office.after(received, length)
    reminders = {
        office.opening(office.after(received, (length + 1) // 2)): "reminder.0",
    }
    reminders[office.opening(last)] = "reminder.1"
    reminders[office.opening(office.before(last, 2))] = "reminder.2"
    for at, kind in reminders.items():
        if at > opened:
            yield at, kind
    if step == "asking":
        yield office.closing(last), "lapse"
    for number, days in enumerate(ESCALATED_AFTER):
        yield office.closing(office.after(last, days)), f"escalation.{number}"


def live(sessions: sessionmaker[Session], made: Plan) -> Counter[What]:
    """Let the engine live through the plan, swept at each moment; what its journal tells."""
    begins = [(at, case, "", "start") for at, case in made.starts]
    todo = sorted([*begins, *made.acts])
    city, version_id = _found(sessions, todo[0][0])
    ids: dict[int, int] = {}
    for at, case, step, action in todo:
        _sweep_until(sessions, at)
        with sessions.begin() as session:
            here = City(session, city.agencies, city.positions, city.people, city.appointments)
            if action == "start":
                ids[case] = here.case(version_id, at)
            else:
                words: dict[str, Any] = {"comment": "Lengkapi"} if action == "back" else {}
                here.act(ids[case], ACTORS[step], action, at, **words)
    _sweep_until(sessions, FAR_AWAY)
    with sessions() as session:
        numbers = {case_id: case for case, case_id in ids.items()}
        return Counter(_told(session, numbers))


def _found(sessions: sessionmaker[Session], now: datetime) -> tuple[City, int]:
    with sessions.begin() as session:
        city = City.founded(session, now)
        hours = {str(day): ["07:30", "14:00"] for day in SIX.days}
        session.add(WorkWeek(code="six", name="Enam hari", hours=hours))
        session.add_all(
            ClosedDay(day=day, kind="national_holiday", name="Libur", decree="SKB 1497/2025")
            for day in CLOSED_DAYS
        )
        session.flush()
        session.get_one(Agency, city.agencies["bapperida"]).week = "six"
        return city, city.publish(PROCESS)


def _sweep_until(sessions: sessionmaker[Session], until: datetime) -> None:
    waits = select(func.min(Timer.due_at)).where(Timer.status == "waiting")
    while True:
        with sessions() as session:
            at = session.scalar(waits)
        if at is None or at > until:
            return
        assert sweep.run(sessions, at.astimezone(WIB)).failed == 0


def _told(session: Session, numbers: dict[int, int]) -> Iterable[What]:
    kinds = ("reminded", "escalated", "lapsed")
    for event in session.scalars(select(Event).where(Event.kind.in_(kinds))):
        told = event.payload
        kind = told.get("timer", "lapse")
        at = event.at.astimezone(WIB)
        yield at, numbers[event.case_id], told["path"], told["visit"], kind
