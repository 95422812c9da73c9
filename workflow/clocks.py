"""The clocks of a definition, read in a case: how many working days of a limit are used.

A clock starts with the act that its definition names, such as "complete", runs while one of its
steps has an open task, and stands still while the ball is with somebody who pauses it. Derived
from what happened, so that nothing has to be kept in step. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.definition import Clock, Definition, Duration
from workflow.calendar import Calendar

Span = tuple[datetime, datetime]


class ClockState(StrEnum):
    """Whether time counts now: not yet, now, not while somebody else has the ball, no more."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What a clock shows: working days of the agency's week, and until when if it runs on."""

    name: str
    agency: str | None
    """Whose time it is; None before any of its steps was reached."""
    basis: str | None
    limit: int
    used: int
    state: ClockState
    started_at: datetime | None
    due_at: datetime | None
    """When the limit is reached, while it runs."""

    @property
    def left(self) -> int:
        """Working days that are left; negative when the limit was passed."""
        return self.limit - self.used


@dataclass(frozen=True, slots=True)
class Past:
    """What a case has been through, as far as clocks ask: visits to steps, and acts."""

    visits: tuple[tuple[str, datetime, datetime | None, str, str], ...]
    """Path, when its task was opened and closed, the agency's name, and its working week."""
    acts: tuple[tuple[str, str, datetime], ...]
    """Path, action, and when it was last done."""


def past(told: Sequence[Any] | None, zone: tzinfo | None) -> Past:
    """Make a past of what PAST selects, with times in the city's zone."""
    visits, acts = told or (None, None)

    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text).astimezone(zone)

    return Past(
        tuple(
            (path, moment(opened), closed and moment(closed), agency or "", week)
            for path, opened, closed, agency, week in visits or ()
        ),
        tuple((path, action, moment(at)) for path, action, at in acts or ()),
    )


def read(
    session: Session, case_id: int, definition: Definition, now: datetime
) -> tuple[ClockReading, ...]:
    """What the clocks of a case show. `now` is in the city's zone."""
    asked = {"case_id": case_id, "day": now.date()}
    told = session.execute(_READ, asked).scalar_one_or_none()
    return readings(definition, past(told, now.tzinfo), Calendar.load(session), now)


def readings(
    definition: Definition, happened: Past, calendar: Calendar, now: datetime
) -> tuple[ClockReading, ...]:
    """What each clock of the definition shows, in the definition's order."""
    return tuple(
        _reading(definition, clock, happened, calendar, now) for clock in definition.clocks.values()
    )


def _reading(
    definition: Definition, clock: Clock, happened: Past, calendar: Calendar, now: datetime
) -> ClockReading:
    pausing = {step.path for step in definition.every_step() if clock.name in step.pauses}
    started = [at for *place, at in happened.acts if tuple(place) == clock.starts]
    worked = [visit for visit in happened.visits if _is_among(visit[0], clock.runs)]
    agency, week = worked[-1][3:] if worked else (None, "")
    limit = clock.limit.amount
    if not started:
        return ClockReading(
            clock.name, agency, clock.basis, limit, 0, ClockState.WAITING, None, None
        )
    running = _spans(worked, started[0], now)
    paused = _spans([visit for visit in happened.visits if visit[0] in pausing], started[0], now)
    counted = _minus(running, paused)
    used = sum(calendar.working_days(a, b, week) for a, b in counted)
    state = _state(counted, paused, now)
    due_at = None
    if state is ClockState.RUNNING:
        begin = counted[-1][0]
        before = sum(calendar.working_days(a, b, week) for a, b in counted[:-1])
        left = Duration(max(limit - before, 0), clock.limit.unit)
        due_at = calendar.due(begin, left, week, facts={}).at
    return ClockReading(clock.name, agency, clock.basis, limit, used, state, started[0], due_at)


def _state(counted: Sequence[Span], paused: Sequence[Span], now: datetime) -> ClockState:
    if paused and paused[-1][1] == now:
        return ClockState.PAUSED
    if counted and counted[-1][1] == now:
        return ClockState.RUNNING
    return ClockState.STOPPED


def _is_among(path: str, runs: Collection[str]) -> bool:
    """Whether a step is one of those that a clock runs on, or lies in one of them."""
    return not runs or any(path == step or path.startswith(f"{step}.") for step in runs)


def _spans(
    visits: Iterable[tuple[str, datetime, datetime | None, str, str]],
    start: datetime,
    now: datetime,
) -> list[Span]:
    """The times during which one of the visits was going on, since the start; none overlap."""
    spans: list[Span] = []
    for _path, opened, closed, *_ in sorted(visits, key=lambda visit: visit[1]):
        begin, end = max(opened, start), closed or now
        if end < begin:
            continue
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((begin, end))
    return spans


def _minus(spans: Iterable[Span], others: Sequence[Span]) -> list[Span]:
    """What is left of the spans outside the others."""
    left = []
    for begin, end in spans:
        rest = begin
        for pause_begin, pause_end in others:
            if rest < pause_end and pause_begin < end:
                if rest < pause_begin:
                    left.append((rest, pause_begin))
                rest = pause_end
        if rest <= end:
            left.append((rest, end))
    return left


PAST = """jsonb_build_array(
    (SELECT jsonb_agg(jsonb_build_array(
                tasks.path, tasks.opened_at, tasks.closed_at,
                (SELECT name FROM agency_names WHERE agency_id = agencies.id
                 AND valid_from <= :day AND (valid_until IS NULL OR valid_until >= valid_from)
                 ORDER BY valid_from DESC LIMIT 1),
                agencies.week) ORDER BY tasks.id)
     FROM tasks
     JOIN positions ON positions.id = tasks.position_id
     JOIN agencies ON agencies.id = positions.agency_id
     WHERE tasks.case_id = cases.id),
    (SELECT jsonb_agg(jsonb_build_array(path, action, made_at))
     FROM (SELECT path, action, max(made_at) AS made_at FROM decisions
           WHERE case_id = cases.id GROUP BY path, action) AS acted))"""
"""The past of a row of `cases` as one column, to be selected alone or beside other columns."""

_READ = text(f"SELECT {PAST} FROM cases WHERE id = :case_id")  # noqa: S608
