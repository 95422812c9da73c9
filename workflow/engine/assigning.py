"""Whose a task is among those who hold its position: claimed, released, or given to somebody.

Nothing is decided by it, and the case stays at its version. Whoever holds the position and may do
the task claims it, passes it on or releases it; whoever stands above gives it to one of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflow import cases, journal, outbox, permissions
from workflow.cases import CaseState
from workflow.engine.holders import Holder, of_case
from workflow.errors import NotFound, Reason, Refused
from workflow.models.base import Json
from workflow.parties import Holding
from workflow.permissions import Actor, Credentials


class Assigning(StrEnum):
    """The kinds of event that say whose a task has become."""

    CLAIMED = "task_claimed"
    RELEASED = "task_released"
    GIVEN = "task_given"


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody may do about whose a task is."""

    may_claim: bool = False
    may_release: bool = False
    may_give_to: tuple[Holding, ...] = ()

    @property
    def are_any(self) -> bool:
        """Whether there is anything to choose."""
        return self.may_claim or self.may_release or bool(self.may_give_to)


def choices(who: Credentials, holder: Holder, holders: Iterable[Holder]) -> Choices:
    """What the person may do about whose this task is; `holders` are all tasks of the case."""
    person_id, assignee_id = who.person_id, holder.assignee_id
    sits = person_id in {one.person_id for one in holder.able}
    if not (sits or _above(who, holder)):
        return Choices()
    busy = _seated_beside(holder, holders)
    is_theirs = assignee_id == person_id
    may_give = _above(who, holder) is not None or (sits and (is_theirs or assignee_id is None))
    others = {
        one.person_id: one
        for one in holder.able
        if one.person_id not in busy | {person_id, assignee_id}
    }
    return Choices(
        may_claim=sits and assignee_id is None and person_id not in busy,
        may_release=assignee_id is not None and (is_theirs or _above(who, holder) is not None),
        may_give_to=tuple(others.values()) if may_give else (),
    )


def claim(session: Session, case_id: int, task_id: int, *, person_id: int, now: datetime) -> None:
    """Take a task of one's position for oneself; taken by oneself already, it changes nothing.

    Raises NotFound when it is not open, Refused when it is somebody else's or not for this person.
    """
    desk = _sit_down(session, case_id, task_id, person_id, now)
    if desk.holder.assignee_id == person_id:
        return
    if not desk.choices.may_claim:
        raise Refused(desk.why_not())
    desk.write(session, Assigning.CLAIMED, person_id, desk.who.name, now)


def release(session: Session, case_id: int, task_id: int, *, person_id: int, now: datetime) -> None:
    """Let a task be anybody's at its position again; that it is already, changes nothing.

    Raises NotFound when it is not open, Refused when this person may not.
    """
    desk = _sit_down(session, case_id, task_id, person_id, now)
    if desk.holder.assignee_id is None and desk.choices.are_any:
        return
    if not desk.choices.may_release:
        raise Refused(desk.why_not())
    desk.write(session, Assigning.RELEASED, None, None, now)


def give(
    session: Session, case_id: int, task_id: int, to: int, *, person_id: int, now: datetime
) -> None:
    """Give a task to somebody who holds its position and may do it; that person is told.

    Raises NotFound when it is not open, Refused when this person may not, or not to that one.
    """
    desk = _sit_down(session, case_id, task_id, person_id, now)
    if to == desk.holder.assignee_id and desk.choices.are_any:
        return
    if not desk.choices.may_give_to:
        raise Refused(desk.why_not())
    goal = next((one for one in desk.choices.may_give_to if one.person_id == to), None)
    if goal is None:
        raise Refused(Reason("not_for_this_task"))
    seq = desk.write(session, Assigning.GIVEN, goal.person_id, goal.name, now)
    outbox.post(session, [journal.announcement(case_id, seq, now)])


@dataclass(frozen=True, slots=True)
class _Desk:
    """A task of a locked case, and what somebody may do about whose it is."""

    case: CaseState
    holder: Holder
    who: Credentials
    choices: Choices

    def why_not(self) -> Reason:
        """Why the person may not: somebody else was quicker, or it was never for them."""
        named = next(
            (one for one in self.holder.people if one.person_id == self.holder.assignee_id), None
        )
        if named is not None and self.who.person_id != named.person_id:
            return Reason("assigned_to_other", {"name": named.name})
        return Reason("not_for_you")

    def write(
        self, session: Session, kind: Assigning, to: int | None, name: str | None, now: datetime
    ) -> int:
        """Write whose the task is, and the event that says who did it; returns its number."""
        session.execute(_ASSIGN, {"task_id": self.holder.task_id, "assignee_id": to})
        actor = _acting(self.who, self.holder)
        payload: Json = {
            "path": self.holder.path,
            "visit": self.holder.visit,
            "seat": self.holder.seat,
            "party": self.holder.party,
            "task_position": self.holder.title,
            "assignee_id": to,
            "assignee": name,
            "was_assignee_id": self.holder.assignee_id,
            **actor.told(),
        }
        return journal.append(
            session,
            self.case,
            kind.value,
            at=now,
            person_id=self.who.person_id,
            appointment_id=actor.appointment_id,
            payload=payload,
        )


def _sit_down(session: Session, case_id: int, task_id: int, person_id: int, now: datetime) -> _Desk:
    case = cases.lock(session, case_id)
    open_tasks = of_case(session, case, now)
    holder = next((one for one in open_tasks if one.task_id == task_id), None)
    who = permissions.credentials(session, person_id, now)
    if holder is None or who is None:
        raise NotFound(f"task {task_id} of case {case_id}")
    return _Desk(case, holder, who, choices(who, holder, open_tasks))


def _seated_beside(holder: Holder, holders: Iterable[Holder]) -> set[int | None]:
    """Who has another seat of the same visit: nobody speaks twice."""
    return {
        one.assignee_id
        for one in holders
        if (one.path, one.visit) == (holder.path, holder.visit)
        and one.task_id != holder.task_id
        and one.assignee_id is not None
    }


def _above(who: Credentials, holder: Holder) -> Actor | None:
    return permissions.disposing(who, holder.agency_id, holder.superior_id)


def _acting(who: Credentials, holder: Holder) -> Actor:
    """The appointment in which the person does this: at the position itself, or above it."""
    here = [actor for actor in who.actors if actor.position_id == holder.position_id]
    above = _above(who, holder)
    return here[0] if here else above or who.actors[0]


_ASSIGN = text("UPDATE tasks SET assignee_id = :assignee_id WHERE id = :task_id")
