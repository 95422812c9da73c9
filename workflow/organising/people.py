"""Accounts: made, corrected, switched off and on. An account alone opens nothing.

Who is switched off signs in no more; what they did and held stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow import accounts, address_changes, given_rights, organisation, setting_changes
from workflow.errors import NotFound
from workflow.models import Case, Draft, Person, Position, Proposal, Task
from workflow.models.case import TaskStatus
from workflow.models.draft import DraftStatus
from workflow.models.organisation import title_on
from workflow.organisation import AppointmentView
from workflow.typed import Typed

USERNAME = r"[a-z0-9]+([._-][a-z0-9]+)*"
ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
LONGEST_USERNAME, LONGEST_NAME, LONGEST_ADDRESS, LONGEST_REASON = 64, 200, 254, 300
NO_PASSWORD = "-"  # noqa: S105 - no password fits it
"""The hash of somebody who has not been given a password yet."""


class Change(StrEnum):
    """What was done to an account."""

    MADE = "made"
    CHANGED = "changed"
    FORMER_ADDRESS_TOLD = "former_address_told"
    SWITCHED_OFF = "switched_off"
    SWITCHED_ON = "switched_on"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open tasks at a position that the person holds, and how many are the person's alone."""

    position_id: int
    title: str
    tasks: int
    taken: int


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody holds today: asked before the account is switched off."""

    appointments: tuple[AppointmentView, ...]
    waiting: tuple[Waiting, ...]
    proposals: int
    """Proposals that the person began and whose cases run; they belong to the agency."""
    drafts: tuple[int, ...]
    """Drafts of workflows that the person saved or submitted last."""


def subject(person_id: int) -> str:
    """By what the journal of settings knows a person."""
    return f"person:{person_id}"


def person(session: Session, person_id: int) -> Person:
    """One person, active or not. Raises NotFound."""
    found = session.get(Person, person_id)
    if found is None:
        raise NotFound(f"person {person_id}")
    return found


def make(session: Session, typed: Mapping[str, str], *, by: int | None, now: datetime) -> int:
    """Add an account, without a password as yet; returns its number.

    Without `by` it is the city's first, entered by its own person. `typed` holds `username`,
    `name`, `email` and `is_administrator`. Raises Invalid.
    """
    form = Typed(typed)
    username = form.word("username", USERNAME, most=LONGEST_USERNAME)
    name, email = _described(form)
    administers = form.flag("is_administrator")
    if username and session.scalar(select(Person.id).where(Person.username == username)):
        form.wrong("username", "username_taken")
    form.raise_problems()
    made = Person(
        username=username,
        name=name,
        email=email,
        password_hash=NO_PASSWORD,
        is_administrator=administers,
        created_at=now,
    )
    session.add(made)
    session.flush()  # its number is asked for
    what = {"username": username, "is_administrator": administers}
    maker = made.id if by is None else by
    setting_changes.note(session, subject(made.id), Change.MADE, maker, now, what)
    if administers and by is not None:
        given_rights.tell_administrator(session, made, by, now)
    return made.id


def change(
    session: Session, person_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> None:
    """Change `name` and `email`. Raises NotFound and Invalid.

    Another address ends a link for a password that went to the former one, and the former is told.
    """
    changed = _lock(session, person_id)
    form = Typed(typed)
    name, email = _described(form)
    form.raise_problems()
    what = {
        field: {"from": before, "to": after}
        for field, before, after in (
            ("name", changed.name, name),
            ("email", changed.email, email),
        )
        if before != after
    }
    if not what:
        return
    former = changed.email
    changed.name, changed.email = name, email
    setting_changes.note(session, subject(person_id), Change.CHANGED, by, now, what)
    if former != email:
        _leave_address(session, changed, former, by, now)
    session.flush()


def _leave_address(session: Session, person: Person, former: str, by: int, now: datetime) -> None:
    person.password_link_salt = person.password_link_until = None
    if former:
        address_changes.tell(session, person, former, now)
        told, what = Change.FORMER_ADDRESS_TOLD, {"address": former}
        setting_changes.note(session, subject(person.id), told, by, now, what)


def held(session: Session, person_id: int, now: datetime) -> Held:
    """What the person holds and what waits for them today."""
    today = now.date()
    appointments = [
        one
        for one in organisation.appointments(session, today, person_id=person_id)
        if one.ends_on is None or one.ends_on >= max(today, one.starts_on)
    ]
    position_ids = [one.position_id for one in appointments if one.holds(today)]
    taken = func.count(Task.id).filter(Task.assignee_id == person_id)
    waiting = (
        select(Position.id, title_on(today), func.count(Task.id), taken)
        .join(Task, Task.position_id == Position.id)
        .where(Position.id.in_(position_ids), Task.status == TaskStatus.OPEN)
        .group_by(Position.id)
        .order_by(Position.id)
    )
    begun = (
        select(func.count(Proposal.id))
        .join(Case, Case.proposal_id == Proposal.id)
        .where(Proposal.created_by == person_id, Case.outcome.is_(None))
    )
    drafts = (
        select(Draft.id)
        .where(
            Draft.status.in_((DraftStatus.DRAFT, DraftStatus.IN_APPROVAL)),
            (Draft.changed_by == person_id) | (Draft.submitted_by == person_id),
        )
        .order_by(Draft.id)
    )
    return Held(
        appointments=tuple(appointments),
        waiting=tuple(Waiting(*row) for row in session.execute(waiting)),
        proposals=session.scalar(begun) or 0,
        drafts=tuple(session.scalars(drafts)),
    )


def switch_off(
    session: Session, person_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> None:
    """Let the person sign in no more, from this instant, in any browser or script.

    `typed` holds `reason`. Raises NotFound; Invalid for oneself and for the last administrator.
    """
    administrators = session.scalars(
        select(Person)
        .where(Person.is_administrator, Person.is_active)
        .order_by(Person.id)
        .with_for_update()
    ).all()
    off = _lock(session, person_id)
    form = Typed(typed)
    reason = form.text("reason", most=LONGEST_REASON)
    if person_id == by:
        form.wrong("reason", "oneself_off")
    elif [one.id for one in administrators] == [person_id]:
        form.wrong("reason", "last_administrator")
    form.raise_problems()
    if not off.is_active:
        return
    off.is_active = False
    off.password_link_salt = off.password_link_until = None
    accounts.revoke_tokens(session, off.username, now)
    what = {"reason": reason}
    setting_changes.note(session, subject(person_id), Change.SWITCHED_OFF, by, now, what)
    session.flush()  # who asks for rights in the same transaction asks past the session


def switch_on(
    session: Session, person_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> None:
    """Let the person sign in again. `typed` holds `reason`. Raises NotFound and Invalid."""
    on = _lock(session, person_id)
    form = Typed(typed)
    reason = form.text("reason", most=LONGEST_REASON)
    form.raise_problems()
    if on.is_active:
        return
    on.is_active = True
    what = {"reason": reason}
    setting_changes.note(session, subject(person_id), Change.SWITCHED_ON, by, now, what)
    session.flush()


def _described(form: Typed) -> tuple[str, str]:
    name = form.text("name", most=LONGEST_NAME)
    email = form.text("email", most=LONGEST_ADDRESS)
    if email and not ADDRESS.fullmatch(email):
        form.wrong("email", "not_an_email")
    return name, email


def _lock(session: Session, person_id: int) -> Person:
    found = session.get(Person, person_id, with_for_update=True)
    if found is None:
        raise NotFound(f"person {person_id}")
    return found
