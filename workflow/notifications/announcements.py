"""Who is told what of an event, decided when it is announced, from the appointments of that day.

One message for one person about one event, however many posts the person holds. Tells through
`notifications`; decides nothing about the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from workflow import engine, journal, labels, notifications, timers, versions
from workflow.cases import OpenTask
from workflow.errors import NotFound
from workflow.models import (
    AgencyName,
    Appointment,
    Case,
    Event,
    Position,
    Proposal,
    WorkflowVersion,
)
from workflow.notifications import Told, audience
from workflow.notifications.matters import Matter, waiting
from workflow.organisation import valid_on


def announce(session: Session, case_id: int, seq: int, now: datetime) -> None:
    """Tell everybody whom an event concerns; told again, it changes nothing.

    Raises NotFound when there is no such event.
    """
    notifications.tell(session, recipients(session, case_id, seq, now), now)


def recipients(session: Session, case_id: int, seq: int, now: datetime) -> list[Told]:
    """Whom an event concerns at this moment, and with what words. Raises NotFound."""
    matter = _matter(session, case_id, seq, now)
    teller = _TELLERS.get(matter.kind)
    return [] if teller is None else teller(session, matter)


def still_waits(session: Session, case_id: int, seq: int, now: datetime) -> bool:
    """Whether a task that the event was about is still open. Raises NotFound."""
    matter = _matter(session, case_id, seq, now)
    return bool(waiting(session, matter))


def of_events(session: Session, events: Iterable[tuple[int, int]], now: datetime) -> list[Told]:
    """Whom these events concern at this moment, and with what words. Raises NotFound."""
    return [
        line
        for case_id, seq in sorted(set(events))
        for line in recipients(session, case_id, seq, now)
    ]


def moved(session: Session, matter: Matter) -> list[Told]:
    """A move: its new holders, the owner when it matters to them, administrators if nobody holds.

    Whoever is told twice hears the weightier thing: the outcome, then the return, then the task.
    """
    tasks = waiting(session, matter)
    people = audience.holders(session, matter.case_id, tasks, matter.now)
    given = _given(matter, tasks, people)
    weightier = _owners_news(session, matter, tasks)
    return [
        *(given | weightier).values(),
        *_alarm(session, matter, _unattended(matter, tasks, people)),
    ]


def remind(session: Session, matter: Matter) -> list[Told]:
    """A reminder: the task's holders, or the administrators when there are none."""
    tasks = waiting(session, matter)
    people = _people(session, matter, tasks)
    if not people:
        return _alarm(session, matter, tasks)
    return list(matter.told(people, "reminded", tasks=matter.said(tasks)).values())


def escalate(session: Session, matter: Matter) -> list[Told]:
    """A late task: those above its holder, or the administrators when there is nobody."""
    tasks = waiting(session, matter)
    to, post = matter.payload["to"], matter.payload.get("post")
    if to == "forum":  # listed there, told to nobody
        return []
    people = {
        person for task in tasks for person in audience.above(session, task, to, matter.day, post)
    }
    if tasks and not people:
        people = set(audience.administrators(session))
    return list(matter.told(sorted(people), "escalated", tasks=matter.said(tasks)).values())


def reassign(session: Session, matter: Matter) -> list[Told]:
    """A late task that went to somebody else: who has it now, and who had it."""
    tasks = waiting(session, matter)
    people = _people(session, matter, tasks)
    before = audience.of_position(session, matter.payload["from_position_id"], matter.day)
    given = matter.told(people, "task_given", tasks=matter.said(tasks))
    lost = matter.told(before if tasks else [], "task_moved", tasks=matter.said(tasks))
    return list((lost | given).values())


def given(session: Session, matter: Matter) -> list[Told]:
    """A task that somebody was given by name: that person, unless they no longer have it."""
    tasks = waiting(session, matter)
    to = matter.payload["assignee_id"]
    people = [to] if any(task.assignee_id == to for task in tasks) else []
    return list(matter.told(people, "task_given", tasks=matter.said(tasks)).values())


def extend(session: Session, matter: Matter) -> list[Told]:
    """More time that an administrator gave for a reason: the task's holders."""
    tasks = waiting(session, matter)
    people = _people(session, matter, tasks)
    reason = matter.payload["reason"]
    return list(matter.told(people, "more_time", tasks=matter.said(tasks), reason=reason).values())


def stuck(session: Session, matter: Matter) -> list[Told]:
    """A deadline that passed and cannot lead on: the administrators, who can put it right."""
    tasks = waiting(session, matter)
    people = audience.administrators(session) if tasks else []
    return list(matter.told(people, "lapse_failed", tasks=matter.said(tasks)).values())


_TELLERS: Mapping[str, Callable[[Session, Matter], list[Told]]] = {
    **dict.fromkeys(journal.MOVES, moved),
    timers.REMINDED: remind,
    timers.ESCALATED: escalate,
    timers.REASSIGNED: reassign,
    timers.LAPSE_FAILED: stuck,
    engine.EXTENDED: extend,
    "task_given": given,
}


def _people(session: Session, matter: Matter, tasks: list[OpenTask]) -> list[int]:
    """Everybody who can do one of the tasks."""
    held = audience.holders(session, matter.case_id, tasks, matter.now)
    return [person for people in held for person in people]


def _matter(session: Session, case_id: int, seq: int, now: datetime) -> Matter:
    row = session.execute(_asked(case_id, seq, now.date())).one_or_none()
    if row is None:
        raise NotFound(f"event {seq} of case {case_id}")
    event, agency_id, version_id, digest, agency, proposal = row
    values = {
        "title": " ".join(proposal.title.split()),
        "agency": agency or "",
        "receipt": proposal.receipt_number,
        "by": _signed(event),
    }
    return Matter(
        case_id=case_id,
        seq=seq,
        kind=event.kind,
        person_id=event.person_id,
        appointment_id=event.appointment_id,
        payload=event.payload,
        agency_id=agency_id,
        version_id=version_id,
        wording=versions.load(session, version_id, digest).definition.wording,
        now=now,
        values=values,
    )


def _asked(case_id: int, seq: int, day: date) -> Select[*tuple[Any, ...]]:
    """The event with its case, its version, and what its agency is called on the day."""
    return (
        select(
            Event,
            Case.agency_id,
            WorkflowVersion.id,
            WorkflowVersion.hash,
            AgencyName.name,
            Proposal,
        )
        .join(Case, Case.id == Event.case_id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .join(Proposal, Proposal.id == Case.proposal_id)
        .outerjoin(
            AgencyName,
            (AgencyName.agency_id == Case.agency_id)
            & valid_on(day, AgencyName.valid_from, AgencyName.valid_until),
        )
        .where(Event.case_id == case_id, Event.seq == seq)
    )


def _signed(event: Event) -> str | None:
    """Whose doing it was: the position as it is signed, or the administrator who helped."""
    told = event.payload
    if "by" in told or event.kind == timers.REASSIGNED:
        return told.get("by")
    capacity = told.get("capacity")
    short = labels.label("capacity_short", capacity, "id") if capacity else ""
    return f"{short} {told['position']}" if short else told.get("position")


def _given(matter: Matter, tasks: list[OpenTask], people: list[list[int]]) -> dict[int, Told]:
    """The new holders, each with all that they were given; not whoever gave it to themselves."""
    theirs: dict[int, list[OpenTask]] = {}
    for task, held in zip(tasks, people, strict=True):
        for person_id in held:
            if person_id != matter.person_id:
                theirs.setdefault(person_id, []).append(task)
    told: dict[int, Told] = {}
    for person_id, given in theirs.items():
        told |= matter.told([person_id], "task_given", tasks=matter.said(given))
    return told


def _owners_news(session: Session, matter: Matter, tasks: list[OpenTask]) -> dict[int, Told]:
    payload = matter.payload
    back = [task for task in tasks if task.agency_id == matter.agency_id]
    if payload["outcome"] is not None:
        reason = payload["data"].get("reason")
        news = ("ended", {"outcome": payload["outcome"], "reason": reason})
    elif back and _is_returned(session, matter, back):
        news = ("returned", {"tasks": matter.said(back)})
    elif "snapshot" in payload:
        news = ("received", {})
    else:
        return {}
    kind, values = news
    return matter.told(audience.owners(session, matter.agency_id, matter.day), kind, **values)


def _is_returned(session: Session, matter: Matter, back: list[OpenTask]) -> bool:
    """Whether the owner may write again because of what somebody of another agency did."""
    machine = versions.machine(session, matter.version_id)
    if not any(machine.step(task.path).edits for task in back):
        return False
    by = (
        select(Position.agency_id)
        .join(Appointment, Appointment.position_id == Position.id)
        .where(Appointment.id == matter.appointment_id)
    )
    return matter.kind == "decided" and session.scalar(by) != matter.agency_id


def _unattended(matter: Matter, tasks: list[OpenTask], people: list[list[int]]) -> list[OpenTask]:
    """The tasks that nobody can do: not held today, or found so when they were opened."""
    listed = {(task["path"], task["visit"], task["seat"]) for task in matter.payload["unattended"]}
    return [
        task
        for task, held in zip(tasks, people, strict=True)
        if not held or (task.path, task.visit, task.seat) in listed
    ]


def _alarm(session: Session, matter: Matter, tasks: list[OpenTask]) -> list[Told]:
    if not tasks:
        return []
    told = matter.told(audience.administrators(session), "unattended", tasks=matter.said(tasks))
    return [replace(line, key=f"unattended:{line.key}") for line in told.values()]
