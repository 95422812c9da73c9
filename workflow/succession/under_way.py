"""What is under way at an agency that is merged or split goes to its heirs, case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, select, text, update
from sqlalchemy.orm import Session

from workflow import agency_years, cases, journal, outbox, parties, timers, versions
from workflow.models import AgencyName, Case, Person, Position, Proposal, Succession, Task
from workflow.models.case import TaskStatus
from workflow.models.organisation import TITLE_ON, title_on
from workflow.parties import Directory
from workflow.succession.plans import Plan

DAY = timedelta(days=1)
OWNER_CHANGED = "owner_changed"
"""The kind of event that a case's journal gets when its proposal goes to another agency."""
PARENT_CHANGED = "parent_changed"
"""The kind of event when the agency of which its own is part goes to another."""


class Run:
    """One succession that is carried out: what was planned, the day, and by whom."""

    def __init__(self, session: Session, succession: Succession, now: datetime) -> None:
        self.session, self.now = session, now
        self.what = succession
        self.plan = Plan.from_json(succession.plan).of(partial(agency_years.last_heir, session))
        self.day = succession.happens_on
        self.by = succession.entered_by


class UnderWay(Run):
    """What is under way at the agency, as it goes over to those who follow."""

    def __init__(self, session: Session, succession: Succession, now: datetime) -> None:
        super().__init__(session, succession, now)
        self.relieving: set[int] = set()
        """Agencies that got tasks because an heir would have judged what is its own."""

    def hand_over(self, successors: Mapping[int, Position]) -> tuple[int, int]:
        """Let open tasks and running proposals go over; how many of each did.

        `successors` are the positions that follow, by the number of the one before. Done again, it
        takes what has come up in between.
        """
        waiting = select(Task.case_id).where(
            Task.position_id.in_(successors), Task.status == TaskStatus.OPEN
        )
        gone = self.what.agency_id
        is_owned = Case.owner_line.contains([gone]) if self.what.ends else Case.agency_id == gone
        owned = select(Case.id).where(is_owned, Case.outcome.is_(None))
        case_ids = set(self.session.scalars(waiting)) | set(self.session.scalars(owned))
        tasks = proposals = 0
        for case_id in sorted(case_ids):
            proposals += self._own(case_id)
            self._stand_under(case_id)
            tasks += self._address(case_id, successors)
            self._relieve(case_id)
        return tasks, proposals

    def _own(self, case_id: int) -> bool:
        """Let the case's proposal be an heir's, if it is the agency's and goes."""
        case = cases.lock(self.session, case_id)
        heir = self.plan.proposals.get(case.proposal_id)
        if heir is None and self.what.ends:
            heir = self.plan.heirs[0]
        if case.agency_id != self.what.agency_id or case.outcome is not None:
            return False
        if heir is None or heir == case.agency_id:
            return False
        self._set_line(case_id, parties.owner_line(self.session, heir), agency_id=heir)
        self.session.execute(
            update(Proposal).where(Proposal.id == case.proposal_id).values(agency_id=heir)
        )
        self._tell(case_id, OWNER_CHANGED, self._followed(case.agency_id, heir))
        return True

    def _stand_under(self, case_id: int) -> None:
        """Let a case of what was part of an agency that ends be one of what is part of its heir."""
        case = cases.lock(self.session, case_id)
        gone, heir = self.what.agency_id, self.plan.heirs[0]
        if not self.what.ends or case.outcome is not None or gone not in case.owner_line:
            return
        below = case.owner_line[: case.owner_line.index(gone)]
        self._set_line(case_id, [*below, *parties.owner_line(self.session, heir)])
        self._tell(case_id, PARENT_CHANGED, self._followed(gone, heir))

    def _set_line(self, case_id: int, line: list[int], **values: int) -> None:
        """Say whose the case is, each agency once: whoever stands there does not judge it."""
        values_now = {"owner_line": list(dict.fromkeys(line)), **values}
        self.session.execute(update(Case).where(Case.id == case_id).values(values_now))

    def _followed(self, before: int, heir: int) -> dict[str, object]:
        """Which agency follows which, by the names of their days."""
        return {
            "agency_id": heir,
            "agency": self._name(heir, self.day),
            "from_agency_id": before,
            "from_agency": self._name(before, self.day - DAY),
            "reason": self.what.decree,
        }

    def _address(self, case_id: int, successors: Mapping[int, Position]) -> int:
        """Address the case's tasks at positions that go to those that follow."""
        found = [row for row in self._open(case_id) if row.position_id in successors]
        for row in found:
            to = successors[row.position_id]
            self._give(row, to.id, self.title(to), row.assignee_id)
        return len(found)

    def _relieve(self, case_id: int) -> None:
        """Let tasks of those who would now judge their own proposal be done by others.

        By whom, the definition says with `instead`; where it says nothing they stay, for somebody
        to route them.
        """
        case = cases.lock(self.session, case_id)
        version = versions.of(self.session, case)
        own = [
            row
            for row in self._open(case_id)
            if version.definition.hat(row.party) in version.judging
            and row.agency_id in case.owner_line
        ]
        day = max(self.day, self.now.date())
        directory = Directory(self.session, version.definition, case, day)
        asked = directory.addressees({row.party for row in own})
        for row in own:
            other = asked.get(row.party)
            if other is None or other.agency_id in case.owner_line:
                continue
            position_id, other = parties.ensure(self.session, row.party, other)
            self._give(row, position_id, other.title, None)
            self.relieving.add(other.agency_id)

    def _open(self, case_id: int) -> Sequence[Row[Any]]:
        asked = {"case": case_id, "day": self.day - DAY}
        return self.session.execute(_OPEN, asked).all()

    def _give(self, row: Row[Any], position_id: int, title: str, assignee_id: int | None) -> None:
        """Address an open task to another position, say so, and let its people be told."""
        given = {"position_id": position_id, "assignee_id": assignee_id}
        self.session.execute(update(Task).where(Task.id == row.id).values(given))
        payload = {
            "path": row.path,
            "visit": row.visit,
            "seat": row.seat,
            "party": row.party,
            "position_id": position_id,
            "position": title,
            "from_position_id": row.position_id,
            "from_position": row.title,
            "assignee_id": assignee_id,
            "due_at": row.due_at,
            "reason": self.what.decree,
        }
        seq = self._tell(row.case_id, timers.REASSIGNED, payload)
        outbox.post(self.session, [journal.announcement(row.case_id, seq, self.now)])

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
    SELECT tasks.id, tasks.case_id, tasks.path, tasks.visit, tasks.seat, tasks.party,
           tasks.position_id, tasks.assignee_id, tasks.due_at, positions.agency_id,
           {TITLE_ON.format(positions="positions", day=":day")} AS title
    FROM tasks JOIN positions ON positions.id = tasks.position_id
    WHERE tasks.case_id = :case AND tasks.status = 'open'
    ORDER BY tasks.id
""")  # noqa: S608
