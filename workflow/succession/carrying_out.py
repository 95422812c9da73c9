"""Carries a succession out: positions, people, open tasks, proposals and functions go to the heirs.

All in one transaction, once. What has been stays: the old positions and appointments keep their
days, ended cases their agency, and events the names that they were written with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from workflow import (
    appointing,
    cases,
    deadlines,
    journal,
    outbox,
    parties,
    setting_changes,
    timers,
)
from workflow.errors import NotFound
from workflow.models import (
    Agency,
    AgencyFunction,
    AgencyName,
    Appointment,
    Case,
    Person,
    Position,
    Proposal,
    Succession,
    Task,
)
from workflow.models.case import TaskStatus
from workflow.models.organisation import TITLE_ON, title_on
from workflow.organising import agencies, functions
from workflow.succession.plans import Place, Plan

DAY = timedelta(days=1)
OWNER_CHANGED = "owner_changed"
"""The kind of event that a case's journal gets when its proposal goes to another agency."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How much went over."""

    positions: int
    made: int
    """Positions that the heirs did not have."""
    appointments: int
    tasks: int
    proposals: int
    functions: int
    children: int


def carry_out(session: Session, succession_id: int, now: datetime) -> Outcome:
    """Let the heirs have what the plan gives them, unless it was done or withdrawn.

    Raises NotFound.
    """
    found = session.get(Succession, succession_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"succession {succession_id}")
    if found.carried_out_at is not None or found.withdrawn_at is not None:
        return Outcome(**(found.outcome or dict.fromkeys(Outcome.__dataclass_fields__, 0)))
    outcome = _CarryingOut(session, found, now).run()
    found.carried_out_at, found.outcome = now, asdict(outcome)
    session.flush()
    return outcome


class _CarryingOut:
    """One run."""

    def __init__(self, session: Session, succession: Succession, now: datetime) -> None:
        self.session, self.now = session, now
        self.what = succession
        self.plan = Plan.from_json(succession.plan)
        self.day = succession.happens_on
        self.by = succession.entered_by
        self.made = 0

    def run(self) -> Outcome:
        """Everything, in an order in which each part finds what it needs."""
        self._lock(self.what.agency_id, *self.plan.heirs)
        successors = {
            position.id: self._successor(position, place) for position, place in list(self._going())
        }
        for position_id, to in successors.items():
            self._close(position_id, to)
        appointments = sum(self._follow(one, to) for one, to in successors.items())
        tasks, proposals = self._cases(successors)
        held, children = self._end() if self.what.ends else (0, 0)
        self._recount()
        decree = {"decree": self.what.decree, "from": self.day.isoformat()}
        for agency_id in (self.what.agency_id, *self.plan.heirs):
            subject = agencies.subject(agency_id)
            setting_changes.note(
                self.session, subject, agencies.Change.SUCCEEDED, self.by, self.now, decree
            )
        self.session.flush()
        return Outcome(len(successors), self.made, appointments, tasks, proposals, held, children)

    def _lock(self, *agency_ids: int) -> None:
        for agency_id in sorted(agency_ids):
            agencies.lock(self.session, agency_id)

    def _going(self) -> Iterator[tuple[Position, Place]]:
        """The positions that go, each with where; those that came after the plan too."""
        query = select(Position).where(
            Position.agency_id == self.what.agency_id,
            Position.closed_on.is_(None) | (Position.closed_on >= self.day),
        )
        for position in self.session.scalars(query.order_by(Position.id)).all():
            place = self.plan.places.get(position.id)
            if place is None and self.what.ends:
                place = Place(self.plan.heirs[0], position.post)
            if place is not None:
                yield position, place

    def _successor(self, position: Position, place: Place) -> Position:
        found = self.session.scalar(
            select(Position).where(
                Position.agency_id == place.agency_id, Position.post == place.post
            )
        )
        if found is None:
            found = Position(
                agency_id=place.agency_id,
                post=place.post,
                title=self._title(position),
                superior_id=position.superior_id,
                places=position.places,
            )
            self.session.add(found)
            self.made += 1
        found.closed_on = None
        self.session.flush()  # others may go to it, and answer to it
        return found

    def _close(self, position_id: int, to: Position) -> None:
        """Whoever answered to the position answers to the one that follows."""
        below = update(Position).where(Position.superior_id == position_id, Position.id != to.id)
        self.session.execute(below.values(superior_id=to.id))
        own = update(Position).where(Position.id == position_id)
        self.session.execute(own.values(closed_on=self.day - DAY))
        self.session.expire(to)
        if to.superior_id == position_id:
            to.superior_id = None

    def _follow(self, position_id: int, to: Position) -> int:
        """End the appointments to a position that goes; its holders follow where it is planned."""
        query = (
            select(Appointment)
            .where(
                Appointment.position_id == position_id,
                Appointment.ends_on.is_(None) | (Appointment.ends_on >= self.day),
            )
            .order_by(Appointment.id)
            .with_for_update()
        )
        letter = (self.what.decree, self.what.decree_on)
        count = 0
        for held in self.session.scalars(query).all():
            goes = position_id in self.plan.following
            appointing.hand_over(
                self.session,
                held,
                to.id if goes else None,
                self.day,
                letter,
                by=self.by,
                now=self.now,
            )
            count += goes
        return count

    # --- cases --------------------------------------------------------------------------------

    def _cases(self, successors: dict[int, Position]) -> tuple[int, int]:
        """Let open tasks and running proposals go over, case by case."""
        waiting = select(Task.case_id).where(
            Task.position_id.in_(successors), Task.status == TaskStatus.OPEN
        )
        owned = select(Case.id).where(Case.agency_id == self.what.agency_id, Case.outcome.is_(None))
        case_ids = set(self.session.scalars(waiting)) | set(self.session.scalars(owned))
        tasks = proposals = 0
        for case_id in sorted(case_ids):
            proposals += self._own(case_id)
            tasks += self._address(case_id, successors)
        return tasks, proposals

    def _own(self, case_id: int) -> bool:
        """Let the case's proposal be an heir's, if it is the agency's and goes."""
        case = cases.lock(self.session, case_id)
        heir = self.plan.proposals.get(case.proposal_id)
        if heir is None and self.what.ends:
            heir = self.plan.heirs[0]
        if case.agency_id != self.what.agency_id or case.outcome is not None or heir is None:
            return False
        line = parties.owner_line(self.session, heir)
        self.session.execute(
            update(Case).where(Case.id == case_id).values(agency_id=heir, owner_line=line)
        )
        self.session.execute(
            update(Proposal).where(Proposal.id == case.proposal_id).values(agency_id=heir)
        )
        payload = {
            "agency_id": heir,
            "agency": self._name(heir, self.day),
            "from_agency_id": case.agency_id,
            "from_agency": self._name(case.agency_id, self.day - DAY),
            "reason": self.what.decree,
        }
        self._tell(case_id, OWNER_CHANGED, payload)
        return True

    def _address(self, case_id: int, successors: dict[int, Position]) -> int:
        """Address the case's tasks at positions that go to those that follow."""
        asked = {"case": case_id, "positions": list(successors), "day": self.day - DAY}
        found = self.session.execute(_OPEN, asked).all()
        for row in found:
            to = successors[row.position_id]
            self.session.execute(update(Task).where(Task.id == row.id).values(position_id=to.id))
            payload = {
                "path": row.path,
                "visit": row.visit,
                "seat": row.seat,
                "party": row.party,
                "position_id": to.id,
                "position": self._title(to),
                "from_position_id": row.position_id,
                "from_position": row.title,
                "assignee_id": row.assignee_id,
                "due_at": row.due_at,
                "reason": self.what.decree,
            }
            seq = self._tell(case_id, timers.REASSIGNED, payload)
            about = {"case_id": case_id, "seq": seq}
            message = outbox.row("announce", f"announce:{case_id}:{seq}", about, self.now)
            outbox.post(self.session, [message])
        return len(found)

    def _tell(self, case_id: int, kind: str, payload: dict[str, object]) -> int:
        name = self.session.scalar(select(Person.name).where(Person.id == self.by))
        return journal.append(
            self.session,
            cases.lock(self.session, case_id),
            kind,
            at=self.now,
            person_id=self.by,
            appointment_id=None,
            payload={**payload, "by": name},
        )

    # --- the agency itself --------------------------------------------------------------------

    def _end(self) -> tuple[int, int]:
        """Let the agency be no more: its functions and parts go to the first heir."""
        agency_id, heir = self.what.agency_id, self.plan.heirs[0]
        query = select(AgencyFunction.function).where(
            AgencyFunction.agency_id == agency_id,
            AgencyFunction.valid_until.is_(None) | (AgencyFunction.valid_until >= self.day),
        )
        held = sorted(set(self.session.scalars(query)))
        for function in held:
            functions.hand_over(self.session, function, heir, self.day)
        self.session.flush()
        to_come = update(AgencyFunction).where(
            AgencyFunction.agency_id == agency_id, AgencyFunction.valid_from > self.day
        )
        self.session.execute(to_come.values(agency_id=heir))
        children = self._parts(agency_id, heir)
        agencies.end_names(self.session, agency_id, self.day - DAY)
        return len(held), children

    def _parts(self, agency_id: int, heir: int) -> int:
        """Let what was part of the agency be part of the heir, which stands where it stood."""
        agency = self.session.get_one(Agency, agency_id)
        below = self.session.scalars(select(Agency).where(Agency.parent_id == agency_id)).all()
        for part in below:
            part.parent_id = agency.parent_id if part.id == heir else heir
        return len(below)

    def _recount(self) -> None:
        """Count the heirs' deadlines again: they may work by another week."""
        rows: list[dict[str, object]] = []
        for heir in self.plan.heirs:
            key = f"{deadlines.REWEEK}:{heir}:{self.what.id}"
            rows.append(outbox.row(deadlines.REWEEK, key, {"agency_id": heir}, self.now))
        outbox.post(self.session, rows)

    def _title(self, position: Position) -> str:
        """What a position is called on the day."""
        query = select(title_on(self.day)).where(Position.id == position.id)
        return self.session.scalars(query).one()

    def _name(self, agency_id: int, day: date) -> str:
        query = (
            select(AgencyName.name)
            .where(AgencyName.agency_id == agency_id, AgencyName.valid_from <= day)
            .order_by(AgencyName.valid_from.desc())
            .limit(1)
        )
        return self.session.scalar(query) or ""


_OPEN = text(f"""
    SELECT tasks.id, tasks.path, tasks.visit, tasks.seat, tasks.party, tasks.position_id,
           tasks.assignee_id, tasks.due_at,
           {TITLE_ON.format(positions="positions", day=":day")} AS title
    FROM tasks JOIN positions ON positions.id = tasks.position_id
    WHERE tasks.case_id = :case AND tasks.status = 'open'
      AND tasks.position_id = ANY (CAST(:positions AS bigint[]))
    ORDER BY tasks.id
""")  # noqa: S608
