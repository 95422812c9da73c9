"""What somebody should look after: counted and listed for administrators. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from states.wording import Wording
from workflow import absences, calendar_changes, closed_days, engine, journal, versions
from workflow.eligibility import Eligibility
from workflow.models import (
    Appointment,
    Case,
    Draft,
    KeptMail,
    MailText,
    OutboxMessage,
    Person,
    Position,
    Proposal,
    Timer,
    WorkflowVersion,
)
from workflow.models.calendar import ChangeKind
from workflow.models.case import TimerStatus
from workflow.models.draft import DraftStatus
from workflow.models.organisation import Capacity, title_on

SOON = timedelta(days=14)
"""How long before its end an acting appointment is worth a look."""
MOST_TIMERS, MOST_MESSAGES = 20, 100


@dataclass(frozen=True, slots=True)
class Ending:
    """An appointment that ends soon."""

    person: str
    title: str
    capacity: Capacity
    ends_on: date


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task that nobody can do, and the case that waits for it."""

    case_id: int
    task_id: int
    proposal: str
    path: str
    wording: Wording
    """What the case's definition calls its steps."""


@dataclass(frozen=True, slots=True)
class Unattended:
    """A position that has open work and nobody to do it; `is_held`: its holders are all barred."""

    position_id: int
    title: str
    is_held: bool
    tasks: tuple[Waiting, ...]

    @property
    def open_tasks(self) -> int:
        """How many tasks wait."""
        return len(self.tasks)


@dataclass(frozen=True, slots=True)
class FailingTimer:
    """A timer that could not be fired and is tried again, with the case that waits for it."""

    case_id: int
    title: str
    path: str
    kind: str
    due_at: datetime
    failures: int
    error: str
    retry_at: datetime
    wording: Wording = field(kw_only=True)
    """What the case's definition calls its steps."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Everything that waits for an administrator."""

    unattended: tuple[Unattended, ...]
    failing_timers: tuple[FailingTimer, ...]
    ending: tuple[Ending, ...]
    parked_messages: int
    broken_texts: int
    unconfirmed_years: tuple[int, ...]
    drafts: tuple[Draft, ...]
    """Drafts of workflows that wait for the approval of a second administrator."""
    calendar_changes: tuple[calendar_changes.ChangeView, ...]
    """Changes of the calendar that wait for a second administrator, but for whole years."""

    @property
    def is_needed(self) -> bool:
        """Whether anything waits at all."""
        return bool(
            self.unattended
            or self.failing_timers
            or self.ending
            or self.parked_messages
            or self.broken_texts
            or self.unconfirmed_years
            or self.drafts
            or self.calendar_changes
        )


def attention(session: Session, now: datetime) -> Attention:
    """What an administrator should look after today."""
    broken = select(func.count()).where(MailText.broken_at.is_not(None))
    parked = select(func.count()).where(OutboxMessage.dead_at.is_not(None))
    return Attention(
        unattended=unattended(session, now),
        failing_timers=failing_timers(session),
        ending=ending(session, now),
        parked_messages=session.scalar(parked) or 0,
        broken_texts=session.scalar(broken) or 0,
        unconfirmed_years=closed_days.unconfirmed(session, now),
        drafts=_awaiting_approval(session),
        calendar_changes=tuple(
            change
            for change in calendar_changes.pending(session)
            if change.kind != ChangeKind.COUNT_YEAR
        ),
    )


def _awaiting_approval(session: Session) -> tuple[Draft, ...]:
    query = select(Draft).where(Draft.status == DraftStatus.IN_APPROVAL).order_by(Draft.id)
    return tuple(session.scalars(query))


def unattended(session: Session, now: datetime) -> tuple[Unattended, ...]:
    """Positions with open tasks that nobody may do today, the most tasks first.

    Nobody active holds them, or each holder is barred from the case. Only cases with a task that
    lacks an unsuspected holder are weighed, so that the city's other cases cost nothing.
    """
    asked = {"day": now.date(), "judging": _judging(session)}
    suspects = {row.id: row for row in session.execute(_SUSPECTS, asked)}
    rules = {
        row.id: Eligibility(
            versions.load(session, row.version_id, row.hash), row.owner_line, row.hats
        )
        for row in suspects.values()
    }
    waiting: dict[tuple[int, str, bool], list[Waiting]] = {}
    for case_id, holders in engine.holders_of(session, rules, now).items():
        for one in holders:
            if not one.people:
                wording = rules[case_id].version.definition.wording
                task = Waiting(case_id, one.task_id, suspects[case_id].title, one.path, wording)
                waiting.setdefault((one.position_id, one.title, one.is_held), []).append(task)
    ordered = sorted(waiting.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return tuple(Unattended(*position, tuple(tasks)) for position, tasks in ordered)


def _judging(session: Session) -> str:
    """The parties of all versions whose work the owner's own people must not do."""
    named = session.execute(select(WorkflowVersion.id, WorkflowVersion.hash))
    loaded = [(one, versions.load(session, one, digest)) for one, digest in named]
    return journal.canonical(
        [
            {"version_id": version_id, "party": party}
            for version_id, version in loaded
            for party in version.definition.parties
            if version.definition.hat(party) in version.judging
        ]
    )


def failing_timers(session: Session) -> tuple[FailingTimer, ...]:
    """Timers that could not be fired, the longest due first; no more than MOST_TIMERS."""
    retry_at = cast("InstrumentedAttribute[datetime]", Timer.retry_at)
    query = (
        select(
            WorkflowVersion.id,
            WorkflowVersion.hash,
            Timer.case_id,
            Proposal.title,
            Timer.path,
            Timer.kind,
            Timer.due_at,
            Timer.failures,
            func.coalesce(Timer.error, ""),
            retry_at,
        )
        .join(Case, Case.id == Timer.case_id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .join(Proposal, Proposal.id == Case.proposal_id)
        .where(Timer.status == TimerStatus.WAITING, Timer.failures > 0)
        .order_by(Timer.due_at, Timer.id)
        .limit(MOST_TIMERS)
    )
    return tuple(
        FailingTimer(*row, wording=versions.wording(session, version_id, digest))
        for version_id, digest, *row in session.execute(query)
    )


def ending(session: Session, now: datetime) -> tuple[Ending, ...]:
    """Acting appointments that end within two weeks, the nearest first."""
    ends_on = cast("InstrumentedAttribute[date]", Appointment.ends_on)
    title = title_on(now.date())
    query = (
        select(Person.name, title, Appointment.capacity, ends_on)
        .join(Person, Person.id == Appointment.person_id)
        .join(Position, Position.id == Appointment.position_id)
        .where(
            Appointment.starts_on <= now.date(),
            ends_on.between(now.date(), (now + SOON).date()),
        )
        .order_by(ends_on, title)
    )
    return tuple(
        Ending(name, title, Capacity(capacity), ends_on)
        for name, title, capacity, ends_on in session.execute(query)
    )


def parked_messages(session: Session) -> list[OutboxMessage]:
    """The newest messages that were given up, no more than MOST_MESSAGES."""
    query = select(OutboxMessage).where(OutboxMessage.dead_at.is_not(None))
    return list(session.scalars(query.order_by(OutboxMessage.dead_at.desc()).limit(MOST_MESSAGES)))


def kept_mails(session: Session, *, before: int | None = None, limit: int = 50) -> list[KeptMail]:
    """Mails kept instead of sent, the newest first; with `before`, those older than that id."""
    query = select(KeptMail).order_by(KeptMail.id.desc()).limit(limit)
    if before is not None:
        query = query.where(KeptMail.id < before)
    return list(session.scalars(query))


def kept_mail(session: Session, mail_id: int) -> KeptMail | None:
    """One kept mail, if there is one by that number."""
    return session.get(KeptMail, mail_id)


# Above suspicion is a holder who neither administers, nor has worn another hat in the case, nor,
# where the own agency is barred, sits in the owner's line.
_STANDING_IN = absences.STANDING_IN.format(appointments="appointments", day=":day")
_SUSPECTS = text(f"""
    WITH judging AS (
        SELECT version_id, party FROM jsonb_to_recordset(CAST(:judging AS jsonb))
            AS judging (version_id bigint, party text)
    )
    SELECT cases.id, cases.workflow_version_id AS version_id, workflow_versions.hash,
           cases.owner_line, cases.hats, proposals.title
    FROM cases JOIN workflow_versions ON workflow_versions.id = cases.workflow_version_id
    JOIN proposals ON proposals.id = cases.proposal_id
    WHERE cases.outcome IS NULL AND EXISTS (
        SELECT FROM tasks
        WHERE tasks.case_id = cases.id AND tasks.status = 'open' AND NOT EXISTS (
            SELECT FROM appointments JOIN people ON people.id = appointments.person_id
            WHERE appointments.position_id = tasks.position_id
              AND appointments.starts_on <= :day
              AND (appointments.ends_on IS NULL OR appointments.ends_on >= :day)
              AND NOT EXISTS (SELECT {_STANDING_IN})
              AND people.is_active AND NOT people.is_administrator
              AND coalesce(cases.hats -> CAST(people.id AS text), '[]')
                  <@ jsonb_build_array(tasks.party)
              AND (NOT EXISTS (
                  SELECT FROM judging
                  WHERE judging.version_id = cases.workflow_version_id
                    AND judging.party = tasks.party
              ) OR NOT EXISTS (
                  SELECT FROM appointments AS own
                  JOIN positions AS sitting ON sitting.id = own.position_id
                  WHERE own.person_id = people.id
                    AND own.starts_on <= :day
                    AND (own.ends_on IS NULL OR own.ends_on >= :day)
                    AND sitting.agency_id = ANY (cases.owner_line)
              ))
        )
    )
""")  # noqa: S608
