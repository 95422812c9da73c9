"""Proposals on their way, so that the demo's queues look like a city at work.

Every one goes the way of a real one: saved and decided by the right people through the engine, on
working days before the day of the seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from workflow import proposals
from workflow.calendar import Calendar
from workflow.city import reading
from workflow.models import Agency, Appointment, Case, Event, OutboxMessage, Position
from workflow.rehearsal.stand_ins import StandIn

FIRST_HOUR = 9
BETWEEN = timedelta(minutes=20)
DRAFTER = "operator"
CALM: Mapping[str, Any] = {
    "quick_win": False,
    "mayoral_priority": False,
    "changes_plan": False,
    "plan_item": "Butir 12 rencana induk",
    "off_plan_reason": "",
    "ict_involved": True,
    "ict": {
        "kinds": ["device"],
        "new_application": False,
        "hosting": "city",
        "personal_data": "none",
    },
}
"""What all have in common unless they say otherwise: nothing that calls for a meeting."""


def begin_all(session: Session, now: datetime) -> int:
    """Write all of them; returns how many. The city must be there."""
    calendar = Calendar.load(session)
    rows = reading.proposals()
    for number, row in enumerate(rows):
        _Story(session, row, number, calendar, now).tell()
    _forget_old_news(session, now)
    return len(rows)


class _Story:
    """One proposal and its way."""

    def __init__(
        self,
        session: Session,
        row: Mapping[str, Any],
        number: int,
        calendar: Calendar,
        now: datetime,
    ) -> None:
        self.session, self.row, self.number = session, row, number
        self.calendar, self.now = calendar, now
        self.random = Random(f"demo:{row['title']}")  # noqa: S311 - a demo, no secret
        self.steps = 0
        self.case_id = 0

    def tell(self) -> None:
        self._begin()
        for step in self.row["way"]:
            days, _, action = step.partition(": ")
            self._take(action, self._moment(int(days)))

    def _begin(self) -> None:
        at = self._moment(self.row["begun"])
        agency_id, person_id, appointment_id = self._drafter(at)
        begun = proposals.create(
            self.session,
            agency_id,
            self.row["title"],
            person_id=person_id,
            appointment_id=appointment_id,
            now=at,
            document={} if self.row["way"] else self.row["say"],
        )
        self.case_id = proposals.read(self.session, begun.id).case_id

    def _take(self, action: str, at: datetime) -> None:
        stand_in = StandIn(self.session, self.random, at)
        if action == "save":
            year = self.now.year + 1
            said = {**CALM, "year_end": year, **self.row["say"]}
            stand_in.complete(self.case_id, year, said)
            return
        track, _, name = action.removesuffix("+").rpartition("/")
        times = 0
        while self._decide(stand_in, name, track or None) and action.endswith("+"):
            times += 1
        self.steps += times

    def _decide(self, stand_in: StandIn, action: str, track: str | None) -> bool:
        """Whether somebody could take the action, and took it."""
        for chance in stand_in.chances(self.case_id):
            if (chance.offer.action, chance.offer.track) == (action, track):
                self.steps += 1
                stand_in.take(self.case_id, chance, f"demo:{self.steps}")
                return True
        return False

    def _moment(self, days: int) -> datetime:
        """A moment in office hours so many working days ago, later with each step of a day."""
        self.steps += 1
        if days == 0:
            return self.now - BETWEEN
        day = self.calendar.add_days(self.now.date(), -days, "five")
        opened = self.now.replace(
            year=day.year, month=day.month, day=day.day, hour=FIRST_HOUR, minute=0, second=0
        )
        return opened + (self.steps + self.number) % 12 * BETWEEN

    def _drafter(self, at: datetime) -> tuple[int, int, int]:
        agency_id, person_id, appointment_id = self.session.execute(
            select(Agency.id, Appointment.person_id, Appointment.id)
            .join(Position, Position.agency_id == Agency.id)
            .join(Appointment, Appointment.position_id == Position.id)
            .where(
                Agency.code == self.row["agency"],
                Position.post == DRAFTER,
                Appointment.starts_on <= at.date(),
            )
        ).one()
        return agency_id, person_id, appointment_id


def _forget_old_news(session: Session, now: datetime) -> None:
    """Let only the last move of each running case be announced: the rest is long known."""
    last = (
        select(Event.case_id, func.max(Event.seq))
        .join(Case, Case.id == Event.case_id)
        .where(Case.outcome.is_(None), Event.kind.in_(("decided", "case_started")))
        .group_by(Event.case_id)
    )
    case_id = OutboxMessage.arguments["case_id"].as_integer()
    seq = OutboxMessage.arguments["seq"].as_integer()
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.kind == "announce", tuple_(case_id, seq).not_in(last))
        .values(done_at=now)
        .execution_options(synchronize_session=False)
    )
