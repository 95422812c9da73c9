"""What will be sent, escalated, moved and lapse in the days to come, if nobody acts.

`due_timers.judge` and the engine's own reading of a passed deadline say what happens at each
moment, as they do for the sweep; here their answers are only noted. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.refusals import Refusal
from states.wording import Wording
from workflow import cases, due_timers, parties, timers, versions
from workflow.cases import CaseState
from workflow.due_timers import DueTimer, Fate, Judged
from workflow.engine import lapsing, reassigning, tasks
from workflow.errors import Refused
from workflow.models import Case, Proposal
from workflow.versions import Version

DAYS = 30
CASES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Foreseen:
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
    return list(_foresee(session, [case_id], now, now + timedelta(days=days)))


def of_city(session: Session, now: datetime, days: int = DAYS) -> list[Foreseen]:
    """What will happen to all cases by itself, in order."""
    until = now + timedelta(days=days)
    case_ids = due_timers.cases_until(session, until)
    found: list[Foreseen] = []
    for first in range(0, len(case_ids), CASES_AT_ONCE):
        found += _foresee(session, case_ids[first : first + CASES_AT_ONCE], now, until)
    return sorted(found, key=lambda one: (one.at, one.case_id))


def titles(session: Session, found: Iterable[Foreseen]) -> dict[int, str]:
    """What the cases are called, by case."""
    case_ids = {one.case_id for one in found}
    query = select(Case.id, Proposal.title).join(Proposal, Proposal.id == Case.proposal_id)
    return {row.id: row.title for row in session.execute(query.where(Case.id.in_(case_ids)))}


def _foresee(
    session: Session, case_ids: list[int], now: datetime, until: datetime
) -> Iterator[Foreseen]:
    named = cases.versions_of(session, case_ids)
    for case_id, found in due_timers.of_cases(session, case_ids, until).items():
        version = versions.load(session, *named[case_id])
        yield from _Trial(session, version, case_id, now, until, found).run()


@dataclass
class _Trial:
    """One case on its way through the days, with nobody acting."""

    session: Session
    version: Version
    case_id: int
    moment: datetime
    until: datetime
    timers: list[DueTimer]
    _case: CaseState | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1 << 60))

    def run(self) -> Iterator[Foreseen]:
        """Go from moment to moment; what is due already happens now."""
        while True:
            while judged := due_timers.judge(self.timers, self.moment):
                yield from self._fire(judged[0])
            later = [at for at in self._moments() if self.moment < at <= self.until]
            if not later:
                return
            self.moment = min(later).astimezone(self.moment.tzinfo)

    def _moments(self) -> Iterator[datetime]:
        for timer in self.timers:
            if timer.is_waiting:
                yield max(filter(None, (timer.due_at, timer.visit_due_at, timer.retry_at)))

    def _fire(self, judged: Judged) -> Iterator[Foreseen]:
        timer, fate = judged
        self.timers.remove(timer)
        if fate is Fate.VOID:
            return
        try:
            if timer.kind == timers.LAPSE:
                self._lapse(timer)
        except (Refusal, Refused):  # it cannot move, and what else is due goes on
            self.timers.append(timer._replace(retry_at=self.until + timedelta(days=1)))
            return
        yield self._told(timer)
        if timer.kind != timers.LAPSE:
            self.timers.append(timer._replace(is_waiting=False))
        if timer.kind.startswith(timers.REASSIGN):
            self._reassign(timer)

    def _told(self, timer: DueTimer) -> Foreseen:
        to = None
        if timer.kind.startswith((timers.ESCALATION, timers.REASSIGN)):
            number = int(timer.kind.rpartition(".")[2])
            to = self.version.definition.escalations[number].to
        return Foreseen(
            self.moment,
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
        case = self._state()
        led = lapsing.passing(self.session, case, timer.path, timer.visit, self.moment)
        if led is None:
            return
        opened = tasks.openings(
            self.session, led.around, led.move.opened, (), place_of=parties.foreseen
        )
        closed = {(one.path, one.visit, one.seat) for one in led.move.closed}
        self.timers = [one for one in self.timers if (one.path, one.visit, one.seat) not in closed]
        self.timers += self._opened(led, opened)
        outcome = None if led.move.outcome is None else led.move.outcome.value
        self._case = replace(case, marking=led.move.marking, outcome=outcome)

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
        goal = reassigning.goal(self.session, self._state(), self.version, timer, self.moment)
        if goal is None:
            return
        seat = (timer.path, timer.visit, timer.seat)
        self.timers = [
            one._replace(position_id=goal.position_id, position=goal.title)
            if (one.path, one.visit, one.seat) == seat
            else one
            for one in self.timers
        ]

    def _state(self) -> CaseState:
        """The case, read when it first matters: most only send reminders."""
        if self._case is None:
            self._case = cases.read(self.session, self.case_id)
        return self._case


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
