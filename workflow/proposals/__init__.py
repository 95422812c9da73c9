"""Programme proposals: begun, saved with gaps, read. What may be edited when, the engine says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow import agency_years, definitions, engine, organisation, permissions
from workflow.document import ProposalDocument, parse
from workflow.document.facts import AT_START, facts
from workflow.document.gaps import gaps
from workflow.errors import Invalid, Problem, Reason, Refused
from workflow.models import Agency, Proposal
from workflow.permissions import Permission
from workflow.proposals.saving import Saved, refuse_supporters, save
from workflow.proposals.views import ProposalView, as_submitted, points, read

SUBJECT = "proposal"

__all__ = [
    "SUBJECT",
    "ProposalDocument",
    "ProposalView",
    "Saved",
    "as_submitted",
    "create",
    "create_once",
    "gaps",
    "parse",
    "points",
    "read",
    "save",
]


def create(
    session: Session,
    agency_id: int,
    title: str,
    *,
    person_id: int | None,
    appointment_id: int | None,
    now: datetime,
    document: Mapping[str, Any] | None = None,
    import_key: str | None = None,
    workflow: str | None = None,
) -> Proposal:
    """Begin a proposal of the agency, and its case. Without a person it is an import's doing.

    `workflow` is the key of one that is offered; without it, it is the usual one. Raises Refused
    for somebody who may not propose for the agency, Invalid for what no field holds.
    """
    if person_id is not None:
        asked = Permission.CREATE_PROPOSAL
        permissions.demand(session, person_id, asked, now, agency_id=agency_id)
    version_id = _chosen(session, workflow)
    parsed = parse({**(document or {}), "title": title})
    refuse_supporters(session, parsed, agency_id)
    proposal = Proposal(
        agency_id=agency_id,
        title=parsed.title,
        document=parsed.stored(),
        import_key=import_key,
        created_by=person_id,
        created_at=now,
        updated_at=now,
    )
    session.add(proposal)
    session.flush()  # the case needs the proposal's number
    _start_case(session, version_id, proposal, parsed, appointment_id, now)
    return proposal


def _chosen(session: Session, workflow: str | None) -> int:
    """The version on which the case starts. Raises Invalid for one that is not offered."""
    if workflow is None:
        return definitions.default_version(session, SUBJECT).id
    for version in definitions.to_start_on(session, SUBJECT):
        if version.key == workflow:
            return version.id
    raise Invalid(Problem("workflow", "wrong_value"))


def _start_case(
    session: Session,
    version_id: int,
    proposal: Proposal,
    parsed: ProposalDocument,
    appointment_id: int | None,
    now: datetime,
) -> None:
    engine.start(
        session,
        version_id=version_id,
        proposal_id=proposal.id,
        agency_id=proposal.agency_id,
        by=_actor(session, proposal.created_by, appointment_id, proposal.agency_id, now),
        facts={**AT_START, **facts(parsed)},
        now=now,
    )


def create_once(
    session: Session,
    *,
    agency_code: str,
    title: str,
    document: Mapping[str, Any],
    person_id: int,
    key: str,
    now: datetime,
    workflow: str | None = None,
) -> int:
    """The number of the proposal that this person began under this key, begun now if need be.

    Raises like `create`, and Invalid with the nearest code for an agency that is not known.
    """
    import_key = f"api:{person_id}:{key}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(import_key))))
    known = session.scalar(select(Proposal.id).where(Proposal.import_key == import_key))
    if known is not None:
        return known
    agency_id = agency_years.by_code(session, agency_code)
    if agency_id is None:
        nearest = organisation.nearest(session.scalars(select(Agency.code)), agency_code)
        raise Invalid(Problem("agency", "unknown", {"nearest": nearest}))
    return create(
        session,
        agency_id,
        title,
        person_id=person_id,
        appointment_id=None,
        now=now,
        document=document,
        import_key=import_key,
        workflow=workflow,
    ).id


def _actor(
    session: Session,
    person_id: int | None,
    appointment_id: int | None,
    agency_id: int,
    now: datetime,
) -> permissions.Actor | None:
    """The person in the appointment that was named, or in their first one at the agency."""
    if person_id is None:
        return None
    held = permissions.actors(session, person_id, now)
    for actor in held:
        if actor.appointment_id == appointment_id or (
            appointment_id is None and actor.agency_id == agency_id
        ):
            return actor
    raise Refused(Reason("no_appointment"))
