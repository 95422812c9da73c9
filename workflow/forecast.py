"""What will be sent, escalated, moved and lapse in the days to come, if nobody acts.

`due_timers.judge` and the engine's own reading of a passed deadline say what happens at each
moment, as they do for the sweep; here their answers are only noted. Writes nothing. How many
statements it takes does not grow with the cases that move, in a session that remembers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.refusals import Refusal
from states.wording import Wording
from workflow import cases, due_timers, parties, timers, versions
from workflow.calendar import Calendar
from workflow.cases import CaseState
from workflow.due_timers import DueTimer, Fate, Judged
from workflow.engine import lapsing, reassigning, tasks
from workflow.errors import Refused
from workflow.models import Case, Proposal
from workflow.parties import Directory
from workflow.situations import Surroundings
from workflow.versions import Version

DAYS = 30
CASES_AT_ONCE = 500


class Foreseen(NamedTuple):
    """A timer that will fire: when it does, for which task, and to whom it goes."""

    at: datetime
    case_id: int
    path: str
    visit: int
    seat: int
    kind: str
    """As of the timer: `reminder.N`, `escalation.N`, `reassign.N` or `lapse`."""
    position: str
    """Who has the task then."""
    to: str | None
    """Of an escalation or a reassignment: whom the definition names."""
    wording: Wording
    """What the case's definition calls its steps."""

    @property
    def what(self) -> str:
        """What happens: `reminder`, `escalation`, `reassign` or `lapse`."""
        return self.kind.partition(".")[0]


def of_case(session: Session, case_id: int, now: datetime, days: int = DAYS) -> list[Foreseen]:
    """What will happen to one case by itself, in order. Raises NotFound."""
    cases.read(session, case_id)
    ahead = _Ahead.of(session, now, days)
    return list(_foresee(ahead, [case_id]))


def of_city(session: Session, now: datetime, days: int = DAYS) -> list[Foreseen]:
    """What will happen to all cases by itself, in order."""
    ahead = _Ahead.of(session, now, days)
    case_ids = due_timers.cases_until(session, ahead.until)
    found: list[Foreseen] = []
    for first in range(0, len(case_ids), CASES_AT_ONCE):
        found += _foresee(ahead, case_ids[first : first + CASES_AT_ONCE])
    return sorted(found, key=itemgetter(0, 1))


def titles(session: Session, found: Iterable[Foreseen]) -> dict[int, str]:
    """What the cases are called, by case."""
    case_ids = {one.case_id for one in found}
    query = select(Case.id, Proposal.title).join(Proposal, Proposal.id == Case.proposal_id)
    return {row.id: row.title for row in session.execute(query.where(Case.id.in_(case_ids)))}


@dataclass(frozen=True)
class _Ahead:
    """The days that are looked at, with what is the same for all cases."""

    session: Session
    now: datetime
    until: datetime
    calendar: Calendar
    turns: list[date]

    @classmethod
    def of(cls, session: Session, now: datetime, days: int) -> _Ahead:
        until = now + timedelta(days=days)
        turns = parties.turning_days(session, now.date(), until.date())
        return cls(session, now, until, Calendar.load(session), turns)

    def alike(self, day: date) -> date:
        """The earliest of the days on which hats mean whom they mean on this one."""
        number = bisect_right(self.turns, day)
        return self.turns[number - 1] if number else self.now.date()


def _foresee(ahead: _Ahead, case_ids: list[int]) -> Iterator[Foreseen]:
    session = ahead.session
    named = cases.versions_of(session, case_ids)
    timers_of = due_timers.of_cases(session, case_ids, ahead.until, ahead.now.date())
    moving = [case_id for case_id, found in timers_of.items() if any(map(_moves, found))]
    states = cases.read_all(session, moving) if moving else {}
    for case_id, found in timers_of.items():
        version = versions.load(session, *named[case_id])
        moment = ahead.now.astimezone(found[0].due_at.tzinfo)
        yield from _Trial(ahead, version, case_id, moment, found, states.get(case_id)).run()


def _comes(timer: DueTimer) -> datetime | None:
    """When a timer that waits is to be judged."""
    if not timer.is_waiting:
        return None
    if timer.visit_due_at is None and timer.retry_at is None:
        return timer.due_at
    return max(filter(None, (timer.due_at, timer.visit_due_at, timer.retry_at)))


def _moves(timer: DueTimer) -> bool:
    return timer.kind == timers.LAPSE or timer.kind.startswith(timers.REASSIGN)


@dataclass
class _Trial:
    """One case on its way through the days, with nobody acting; `case` is of one that moves."""

    ahead: _Ahead
    version: Version
    case_id: int
    moment: datetime
    timers: list[DueTimer]
    case: CaseState | None
    found: list[Foreseen] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1 << 60))

    def run(self) -> list[Foreseen]:
        """Go from moment to moment; what is due already happens now."""
        while True:
            while self._fire_due():
                pass
            later = [at for at in map(_comes, self.timers) if at is not None and at > self.moment]
            if not later or (moment := min(later)) > self.ahead.until:
                return self.found
            self.moment = moment

    def _fire_due(self) -> bool:
        """Fire what is due; whether something may have moved, so that the rest is judged again."""
        for one in due_timers.judge(self.timers, self.moment):
            self._fire(one)
            if one.fate is Fate.MOVE:
                return True
        return False

    @property
    def at(self) -> datetime:
        """The moment in the city's zone; `moment` is in that of the timers, to compare quickly."""
        return self.moment.astimezone(self.ahead.now.tzinfo)

    def _fire(self, judged: Judged) -> None:
        timer, fate = judged
        self.timers.remove(timer)
        if fate is Fate.VOID:
            return
        try:
            if timer.kind == timers.LAPSE:
                self._lapse(timer)
        except (Refusal, Refused):  # it cannot move, and what else is due goes on
            self.timers.append(timer._replace(retry_at=self.ahead.until + timedelta(days=1)))
            return
        self.found.append(self._told(timer))
        is_before = [one for one in self.timers if one.due_at <= timer.due_at]
        if is_before and timer.kind != timers.LAPSE:  # else it can void no other
            self.timers.append(timer._replace(is_waiting=False))
        if timer.kind.startswith(timers.REASSIGN):
            self._reassign(timer)

    def _told(self, timer: DueTimer) -> Foreseen:
        to = None
        if timer.kind.startswith((timers.ESCALATION, timers.REASSIGN)):
            number = int(timer.kind.rpartition(".")[2])
            to = self.version.definition.escalations[number].to
        return Foreseen(
            self.at,
            self.case_id,
            timer.path,
            timer.visit,
            timer.seat,
            timer.kind,
            timer.position,
            to,
            self.version.definition.wording,
        )

    def _lapse(self, timer: DueTimer) -> None:
        """Let the case stand where the lapse leads, with the timers of the tasks opened there."""
        led = lapsing.passing(self._around(), timer.path, timer.visit)
        if led is None:
            return
        opened = tasks.openings(
            self.ahead.session, led.around, led.move.opened, (), place_of=parties.foreseen
        )
        closed = {(one.path, one.visit, one.seat) for one in led.move.closed}
        self.timers = [one for one in self.timers if (one.path, one.visit, one.seat) not in closed]
        self.timers += self._opened(led, opened)
        outcome = None if led.move.outcome is None else led.move.outcome.value
        self.case = replace(led.around.case, marking=led.move.marking, outcome=outcome)

    def _opened(self, led: lapsing.Passing, opened: Iterable[tasks.Opening]) -> Iterator[DueTimer]:
        openings = {(one.opened.path, one.opened.visit, one.opened.seat): one for one in opened}
        for row in tasks.timed(led.around, openings.values()):
            opening = openings[row["path"], row["visit"], row["seat"]]
            assert opening.due is not None, "a task without a due time has no timers"
            yield DueTimer(
                id=next(self._numbers),
                case_id=self.case_id,
                **row,
                is_waiting=True,
                retry_at=None,
                visit_due_at=_visit_due_at(openings.values(), row),
                task_due_at=opening.due.at,
                party=opening.opened.party,
                position_id=opening.position_id,
                position=opening.addressee.title,
            )

    def _reassign(self, timer: DueTimer) -> None:
        """Let the seat's later timers be those of who has the task then."""
        day = self.ahead.alike(self.at.date())
        goal = reassigning.goal(self.ahead.session, self._state(), self.version, timer, day)
        if goal is None:
            return
        seat = (timer.path, timer.visit, timer.seat)
        self.timers = [
            one._replace(position_id=goal.position_id, position=goal.title)
            if (one.path, one.visit, one.seat) == seat
            else one
            for one in self.timers
        ]

    def _around(self) -> Surroundings:
        """What will lie around the case; open tasks are not asked when a deadline passes."""
        case, at = self._state(), self.at
        day = self.ahead.alike(at.date())
        directory = Directory(self.ahead.session, self.version.definition, case, day)
        calendar = self.ahead.calendar
        return Surroundings(case, self.version, at, None, {}, directory, calendar)

    def _state(self) -> CaseState:
        assert self.case is not None, "a case that moves was read"
        return self.case


def _visit_due_at(openings: Iterable[tasks.Opening], row: dict[str, object]) -> datetime | None:
    """For a lapse: until when the visit has time, by the seat that has most of it."""
    if row["kind"] != timers.LAPSE:
        return None
    visit = (row["path"], row["visit"])
    return max(
        one.due.at
        for one in openings
        if one.due is not None and (one.opened.path, one.opened.visit) == visit
    )
