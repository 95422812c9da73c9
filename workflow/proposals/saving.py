"""Saving a proposal: what may be edited in this step, by whom, and over whose save.

A draft may always be saved with its gaps; the document that reviewers read is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from workflow import engine
from workflow.document import ProposalDocument, parse
from workflow.document.facts import Fact, facts
from workflow.errors import Conflict, Invalid, Problem
from workflow.models import Agency, Decision, Event, Person, Point, Proposal
from workflow.proposals.views import ProposalView, read

EVERYTHING = "all"
RETURNED_POINTS = "returned_points"


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save came to: the revision now, and the fields that changed, if any."""

    proposal_id: int
    revision: int
    changed: tuple[str, ...]


def save(
    session: Session,
    proposal_id: int,
    document: Mapping[str, Any],
    *,
    person_id: int,
    revision: int,
    now: datetime,
    appointment_id: int | None = None,
) -> Saved:
    """Keep a whole document, gaps and all; one that changes nothing leaves no trace.

    Raises Invalid with everything that cannot be stored or may not be edited in this step, Refused
    when this person may not edit now, Conflict when somebody saved since `revision`.
    """
    held = read(session, proposal_id)
    new, old = parse(document), parse(held.document)
    changed = _changed(old, new)
    if not changed:
        return Saved(proposal_id, held.revision, ())
    _refuse_stale(session, held, revision)
    _refuse_locked(session, held.case_id, person_id, changed, now)
    refuse_supporters(session, new, held.agency_id)
    engine.change_facts(
        session,
        held.case_id,
        _facts_to_change(session, held.case_id, new),
        person_id=person_id,
        appointment_id=appointment_id,
        now=now,
        kind="proposal_saved",
        payload={"revision": revision + 1, "changed": list(changed)},
    )
    _write(session, held, new, revision, now)
    return Saved(proposal_id, revision + 1, changed)


def refuse_supporters(session: Session, document: ProposalDocument, agency_id: int) -> None:
    """Raise Invalid when a supporting agency is not known, or is the owner itself."""
    codes = {supporter.code for supporter in document.supporting_agencies if supporter.code}
    if not codes:
        return
    rows = session.execute(select(Agency.code, Agency.id).where(Agency.code.in_(codes)))
    known = {row.code: row.id for row in rows}
    problems = []
    for number, supporter in enumerate(document.supporting_agencies):
        field = f"supporting_agencies.{number}.code"
        if supporter.code and supporter.code not in known:
            problems.append(Problem(field, "unknown_agency"))
        elif known.get(supporter.code) == agency_id:
            problems.append(Problem(field, "own_agency"))
    if problems:
        raise Invalid(*problems)


def _changed(old: ProposalDocument, new: ProposalDocument) -> tuple[str, ...]:
    fields = ProposalDocument.model_fields
    return tuple(name for name in fields if getattr(old, name) != getattr(new, name))


def _refuse_stale(session: Session, held: ProposalView, revision: int) -> None:
    if not 1 <= revision <= held.revision:
        raise Invalid(Problem("revision", "unknown_revision", {"latest": held.revision}))
    if revision < held.revision:
        raise _conflict(session, held.case_id, revision)


def _refuse_locked(
    session: Session, case_id: int, person_id: int, changed: tuple[str, ...], now: datetime
) -> None:
    """Raise Invalid for fields that the step does not open. Who may not edit is told later."""
    sections = engine.may_edit(session, case_id, person_id, now)
    if sections is None or EVERYTHING in sections:
        return
    opened = set(sections)
    if RETURNED_POINTS in opened:
        fields = _fields_of_points(session, case_id)
        if None in fields:
            return
        opened |= {field.partition(".")[0] for field in fields if field}
    locked = [field for field in changed if field not in opened]
    if locked:
        raise Invalid(*(Problem(field, "not_editable") for field in locked))


def _fields_of_points(session: Session, case_id: int) -> set[str | None]:
    """The fields that unanswered points name; None among them opens all."""
    query = select(Point.field).where(Point.case_id == case_id, Point.answered_at.is_(None))
    return set(session.scalars(query)) or {None}


def _facts_to_change(session: Session, case_id: int, document: ProposalDocument) -> dict[str, Fact]:
    """What the document tells, without what a decision has settled (the lane, once confirmed)."""
    told = facts(document)
    settled = session.scalars(
        select(Decision.data).where(
            Decision.case_id == case_id, or_(*(Decision.data.has_key(name) for name in told))
        )
    )
    names = {name for data in settled for name in data}
    return {name: value for name, value in told.items() if name not in names}


def _write(
    session: Session, held: ProposalView, document: ProposalDocument, revision: int, now: datetime
) -> None:
    """Replace the document if nobody did since `revision`. Raises Conflict."""
    written = session.execute(
        update(Proposal)
        .where(Proposal.id == held.id, Proposal.revision == revision)
        .values(
            title=document.title,
            document=document.stored(),
            revision=revision + 1,
            updated_at=now,
        )
        .returning(Proposal.id)
    ).scalar()
    if written is None:
        raise _conflict(session, held.case_id, revision)


def _conflict(session: Session, case_id: int, revision: int) -> Conflict:
    """Who saved after the revision first. An event of this try comes later and is rolled back."""
    name, at, version = session.execute(
        select(Person.name, Event.at, Event.payload["revision"].as_integer())
        .join(Person, Person.id == Event.person_id)
        .where(
            Event.case_id == case_id,
            Event.kind == "proposal_saved",
            Event.payload["revision"].as_integer() > revision,
        )
        .order_by(Event.seq)
        .limit(1)
    ).one()
    return Conflict(decided_by=name, decided_at=at, action="save", version=version)
