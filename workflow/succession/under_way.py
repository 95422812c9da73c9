"""What is under way at an agency that is merged or split goes to its heirs, case by case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from workflow import cases, journal, outbox, parties, timers
from workflow.models import AgencyName, Case, Person, Position, Proposal, Succession, Task
from workflow.models.case import TaskStatus
from workflow.models.organisation import TITLE_ON, title_on
from workflow.succession.plans import Plan

DAY = timedelta(days=1)
OWNER_CHANGED = "owner_changed"
"""The kind of event that a case's journal gets when its proposal goes to another agency."""


class Run:
    """One succession that is carried out: what was planned, the day, and by whom."""

    def __init__(self, session: Session, succession: Succession, now: datetime) -> None:
        self.session, self.now = session, now
        self.what = succession
        self.plan = Plan.from_json(succession.plan)
        self.day = succession.happens_on
        self.by = succession.entered_by


class UnderWay(Run):
    """What is under way at the agency, as it goes over to those who follow."""

    def hand_over(self, successors: Mapping[int, Position]) -> tuple[int, int]:
        """Let open tasks and running proposals go over; how many of each did.

        `successors` are the positions that follow, by the number of the one before. Done again, it
        takes what has come up in between.
        """
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

    def _address(self, case_id: int, successors: Mapping[int, Position]) -> int:
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
                "position": self.title(to),
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

    def title(self, position: Position) -> str:
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
