"""Which cases somebody may know of: one clause, used for a single case and for every list.

The owner's people always; whoever's position has or had work on it; administrators. Once it has
been submitted also the agencies that its definition asks, the secretariat and the inspectorate.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, false, or_, select, text, true
from sqlalchemy.orm import Session

from workflow import parties, versions
from workflow.appointments import Credentials
from workflow.models import Case, Proposal, Snapshot, Task, WorkflowVersion

OVERSEEING = frozenset({"secretariat", "inspectorate"})

_case, _task, _snapshot = Case.__table__, Task.__table__, Snapshot.__table__


def visible(session: Session, who: Credentials, now: datetime) -> ColumnElement[bool]:
    """The clause over `cases` for what the person may know of at this instant."""
    if not who.is_active:
        return false()
    if who.is_administrator:
        return true()
    return or_(_near(who), _is_submitted() & _concerned(session, who, now))


def is_visible(
    session: Session,
    who: Credentials,
    now: datetime,
    *,
    case_id: int | None = None,
    proposal_id: int | None = None,
) -> bool:
    """Whether the person may know of this one case, or of this proposal's case."""
    named = _case.c.id == case_id if proposal_id is None else _case.c.proposal_id == proposal_id
    if not who.is_active:
        return False
    near = true() if who.is_administrator else _near(who)
    asked = select(
        _case.c.workflow_version_id, near.label("near"), _is_submitted().label("submitted")
    ).where(named)
    row = session.execute(asked).one_or_none()
    if row is None:
        return False
    return row.near or (row.submitted and _is_concerned(session, who, now, row[0]))


def owns(session: Session, who: Credentials, proposal_id: int) -> bool:
    """Whether the proposal is of an agency in which the person holds a position."""
    agency_id = session.scalar(select(Proposal.agency_id).where(Proposal.id == proposal_id))
    return agency_id in who.agency_ids


def oversees(session: Session, who: Credentials, now: datetime, agency_id: int) -> bool:
    """Whether the person's agency is this one, above it, or looks after all."""
    return is_owner(who, parties.owner_line(session, agency_id)) or bool(
        OVERSEEING & _called(session, who, now)
    )


def is_owner(who: Credentials, owner_line: list[int]) -> bool:
    """Whether the person sits in the owner's line."""
    return not set(owner_line).isdisjoint(who.agency_ids)


def reads_everything(session: Session, who: Credentials, now: datetime, case_id: int) -> bool:
    """Whether the person may read the reviewers' words before the owner may.

    While the case is open the owner's people wait, whatever else they are.
    """
    if not is_visible(session, who, now, case_id=case_id):
        return False
    asked = select(_case.c.owner_line, _case.c.outcome).where(_case.c.id == case_id)
    owner_line, outcome = session.execute(asked).one()
    return outcome is not None or not is_owner(who, owner_line)


def inspects(session: Session, who: Credentials, now: datetime) -> bool:
    """Whether the person administers or belongs to the inspectorate."""
    return who.is_administrator or "inspectorate" in _called(session, who, now)


def manages_personnel(session: Session, who: Credentials, now: datetime) -> bool:
    """Whether the person belongs to the agency that looks after the city's appointments."""
    return "personnel" in _called(session, who, now)


def _near(who: Credentials) -> ColumnElement[bool]:
    """The clause for cases of the person's own agencies, and those their positions work on."""
    has_worked = select(_task.c.id).where(
        _task.c.case_id == _case.c.id, _task.c.position_id.in_(who.position_ids)
    )
    return or_(_case.c.owner_line.overlap(who.agency_ids), has_worked.exists())


def _is_submitted() -> ColumnElement[bool]:
    return select(_snapshot.c.id).where(_snapshot.c.case_id == _case.c.id).exists()


def _is_concerned(session: Session, who: Credentials, now: datetime, version_id: int) -> bool:
    """Whether the person's agencies are asked by this version, or look after all."""
    called = _called(session, who, now)
    return bool(OVERSEEING & called) or bool(called and called & _asked(session, version_id))


def _concerned(session: Session, who: Credentials, now: datetime) -> ColumnElement[bool]:
    called = _called(session, who, now)
    if OVERSEEING & called:
        return true()
    known = select(WorkflowVersion.id, WorkflowVersion.hash)
    listed = session.execute(known).all() if called else ()
    asking = [one for one, digest in listed if called & _asked(session, one, digest)]
    return _case.c.workflow_version_id.in_(asking)


def _asked(session: Session, version_id: int, digest: str | None = None) -> set[str]:
    """The functions and codes of the agencies that a version asks."""
    named = versions.load(session, version_id, digest).definition.parties.values()
    places = (place for party in named for place in (party.place, party.instead) if place)
    return {place.agency for place in places} - {"owner"}


def _called(session: Session, who: Credentials, now: datetime) -> set[str]:
    """The functions that the person's agencies have on the day, and their codes."""
    if not who.actors:
        return set()
    values = {"agencies": who.agency_ids, "day": now.date()}
    return set(session.execute(_CALLED, values).scalars())


_CALLED = text("""
    SELECT function FROM agency_functions
    WHERE agency_id = ANY (CAST(:agencies AS bigint[])) AND valid_from <= :day
      AND (valid_until IS NULL OR valid_until >= :day)
    UNION ALL
    SELECT code FROM agencies WHERE id = ANY (CAST(:agencies AS bigint[]))
""")
