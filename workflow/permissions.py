"""The one map of who may do what. Whether a decision is allowed, and why not, says `authority`.

Nothing is kept: appointments are asked at the instant, and what is not granted is refused. Knows
no page and no action by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflow import sight
from workflow.appointments import Actor, Credentials, actors, credentials
from workflow.errors import NotFound, Reason, Refused

__all__ = [
    "Actor",
    "Credentials",
    "Permission",
    "actors",
    "appointing_agencies",
    "credentials",
    "demand",
    "disposing",
    "may",
]

DRAFTING_POSTS = frozenset({"operator", "secretary", "head"})
APPOINTING_POST = "secretary"
"""Who enters the appointments of the own agency."""

DISPOSING_POST = "head"
"""Who gives the work of the own agency's positions to named people."""


class Permission(StrEnum):
    """What an endpoint or a service can ask for."""

    DECIDE = "decide"
    VIEW_CASE = "view_case"
    VIEW_PROPOSAL = "view_proposal"
    EDIT_PROPOSAL = "edit_proposal"
    CREATE_PROPOSAL = "create_proposal"
    VIEW_AGENCY_PROPOSALS = "view_agency_proposals"
    VIEW_QUEUE = "view_queue"
    READ_JOURNAL = "read_journal"
    APPOINT = "appoint"
    END_APPOINTMENT = "end_appointment"
    TEND_CASE = "tend_case"
    ADMINISTER = "administer"
    APPROVE_DRAFT = "approve_draft"


def may(
    session: Session, person_id: int, permission: Permission, now: datetime, **objects: int
) -> bool:
    """Whether the person has the permission at this instant, over these objects."""
    return _permitted(session, person_id, permission, now, objects) is not None


def demand(
    session: Session, person_id: int, permission: Permission, now: datetime, **objects: int
) -> Credentials:
    """Let the person pass, and say who it is.

    Raises NotFound for what may not even be known of, Refused otherwise.
    """
    who = _permitted(session, person_id, permission, now, objects)
    if who is not None:
        return who
    if permission in _HIDING:
        raise NotFound(permission)
    raise Refused(Reason("not_permitted", {"permission": permission.value}))


def _permitted(
    session: Session, person_id: int, permission: Permission, now: datetime, objects: Objects
) -> Credentials | None:
    who = credentials(session, person_id, now)
    if who is None or not who.is_active or not _RULES[permission](session, who, now, objects):
        return None
    return who


def appointing_agencies(session: Session, who: Credentials, now: datetime) -> frozenset[int] | None:
    """The agencies to whose positions the person may appoint others; None for all of them."""
    if who.is_administrator or sight.manages_personnel(session, who, now):
        return None
    return frozenset(actor.agency_id for actor in who.actors if actor.post == APPOINTING_POST)


def disposing(who: Credentials, agency_id: int, superior_id: int | None) -> Actor | None:
    """The appointment in which the person gives a position's work to those who hold it.

    The agency's head may, and whoever holds the position above; not while a Plh does their work.
    """
    if who.is_administrator:
        return None
    for actor in who.actors:
        is_head = actor.post == DISPOSING_POST and actor.agency_id == agency_id
        if (is_head or actor.position_id == superior_id) and actor.deputy is None:
            return actor
    return None


Objects = Mapping[str, int]
Rule = Callable[[Session, Credentials, datetime, Objects], bool]


def _view_case(session: Session, who: Credentials, now: datetime, objects: Objects) -> bool:
    return sight.is_visible(session, who, now, case_id=objects["case_id"])


def _view_proposal(session: Session, who: Credentials, now: datetime, objects: Objects) -> bool:
    return sight.is_visible(session, who, now, proposal_id=objects["proposal_id"])


def _edit_proposal(session: Session, who: Credentials, _now: datetime, objects: Objects) -> bool:
    """Whether it is their agency's proposal; what may be edited now, the engine says."""
    return sight.owns(session, who, objects["proposal_id"])


def _create_proposal(_s: Session, who: Credentials, _now: datetime, objects: Objects) -> bool:
    agency_id = objects.get("agency_id")
    return any(
        actor.post in DRAFTING_POSTS and agency_id in (None, actor.agency_id)
        for actor in who.actors
    )


def _view_agency(session: Session, who: Credentials, now: datetime, objects: Objects) -> bool:
    return who.is_administrator or sight.oversees(session, who, now, objects["agency_id"])


def _view_queue(_s: Session, who: Credentials, _now: datetime, _objects: Objects) -> bool:
    return who.is_active


def _read_journal(session: Session, who: Credentials, now: datetime, objects: Objects) -> bool:
    return sight.reads_everything(session, who, now, objects["case_id"])


def _appoint(session: Session, who: Credentials, now: datetime, objects: Objects) -> bool:
    """The secretary for the own agency, administrators and personnel for all; never oneself."""
    if objects.get("person_id") == who.person_id:
        return False
    agency_ids = appointing_agencies(session, who, now)
    if agency_ids is None:
        return True
    agency_id = objects.get("agency_id")
    return bool(agency_ids) if agency_id is None else agency_id in agency_ids


def _end_appointment(session: Session, who: Credentials, now: datetime, objects: Objects) -> bool:
    row = session.execute(_BOUND, objects).one_or_none()
    return row is not None and _appoint(
        session, who, now, {"agency_id": row.agency_id, "person_id": row.person_id}
    )


_BOUND = text("""
    SELECT positions.agency_id, appointments.person_id
    FROM appointments JOIN positions ON positions.id = appointments.position_id
    WHERE appointments.id = :appointment_id
""")


def _administer(_s: Session, who: Credentials, _now: datetime, _objects: Objects) -> bool:
    return who.is_administrator


def _approve_draft(session: Session, who: Credentials, _now: datetime, objects: Objects) -> bool:
    """An administrator who never worked on it: nobody publishes what they alone have seen."""
    asked = {"draft_id": objects["draft_id"], "person_id": who.person_id}
    return who.is_administrator and session.execute(_WORKED_ON, asked).first() is None


_WORKED_ON = text("""
    SELECT 1 FROM draft_revisions WHERE draft_id = :draft_id AND saved_by = :person_id
    UNION ALL SELECT 1 FROM drafts WHERE id = :draft_id AND submitted_by = :person_id
""")

_RULES: dict[Permission, Rule] = {
    # Whether the decision itself is allowed is asked of the engine, which journals a refusal.
    Permission.DECIDE: _view_case,
    Permission.VIEW_CASE: _view_case,
    Permission.VIEW_PROPOSAL: _view_proposal,
    Permission.EDIT_PROPOSAL: _edit_proposal,
    Permission.CREATE_PROPOSAL: _create_proposal,
    Permission.VIEW_AGENCY_PROPOSALS: _view_agency,
    Permission.VIEW_QUEUE: _view_queue,
    Permission.READ_JOURNAL: _read_journal,
    Permission.APPOINT: _appoint,
    Permission.END_APPOINTMENT: _end_appointment,
    # Helping a case on without deciding: routing, more time, moving, calling off.
    Permission.TEND_CASE: _administer,
    Permission.ADMINISTER: _administer,
    Permission.APPROVE_DRAFT: _approve_draft,
}
_HIDING = frozenset(
    {
        Permission.DECIDE,
        Permission.VIEW_CASE,
        Permission.VIEW_PROPOSAL,
        Permission.EDIT_PROPOSAL,
        Permission.VIEW_AGENCY_PROPOSALS,
        Permission.READ_JOURNAL,
        Permission.END_APPOINTMENT,
        Permission.TEND_CASE,
    }
)
assert _RULES.keys() == set(Permission)
