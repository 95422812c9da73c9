"""Which cases somebody may know of: one clause, used for a single case and for every list.

The owner's people always, or its heirs' once it is no more, and administrators; whoever's position
has or had work on it. Once it has been submitted also the agencies that its definition asks, the
secretariat and the inspectorate.
Not, while it stands at a step that is `hidden_from` a hat, those who hold that hat's position.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from states.definition import Definition
from workflow import parties, places, versions
from workflow.appointments import Credentials
from workflow.models import Case, Proposal, Snapshot, Task, WorkflowVersion
from workflow.places import Called

OVERSEEING = frozenset({"secretariat", "inspectorate"})

_case, _task, _snapshot = Case.__table__, Task.__table__, Snapshot.__table__
_version = WorkflowVersion.__table__


def visible(session: Session, who: Credentials, now: datetime) -> ColumnElement[bool]:
    """The clause over `cases` for what the person may know of at this instant."""
    if not who.is_active:
        return false()
    if who.is_administrator:
        return true()
    called = places.called(session, who, now.date())
    known = _versions(session) if who.actors else {}
    seen = or_(_has_worked(who), _is_submitted() & _concerned(called, known))
    return or_(_is_owners(called.agency_ids), seen & ~_is_hidden(called, known))


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
    always = true() if who.is_administrator else _is_owners(who.agency_ids)
    asked = select(
        _case.c.workflow_version_id,
        _version.c.hash,
        _case.c.step,
        _case.c.owner_line,
        always.label("always"),
        _has_worked(who).label("worked"),
        _is_submitted().label("submitted"),
    ).where(named, _version.c.id == _case.c.workflow_version_id)
    row = session.execute(asked).one_or_none()
    if row is None or row.always:
        return row is not None
    called = places.called(session, who, now.date())
    if not called.agency_ids.isdisjoint(row.owner_line):
        return True
    if not (row.worked or row.submitted):
        return False
    definition = versions.load(session, row.workflow_version_id, row.hash).definition
    if row.step in _hidden_steps(definition, called):
        return False
    return row.worked or _is_concerned(definition, called)


def owns(session: Session, who: Credentials, proposal_id: int) -> bool:
    """Whether the proposal is of an agency in which the person holds a position."""
    agency_id = session.scalar(select(Proposal.agency_id).where(Proposal.id == proposal_id))
    return agency_id in who.agency_ids


def oversees(session: Session, who: Credentials, now: datetime, agency_id: int) -> bool:
    """Whether the person's agency is this one, above it, or looks after all."""
    return is_owner(who, parties.owner_line(session, agency_id)) or bool(
        OVERSEEING & places.called(session, who, now.date()).names
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
    return who.is_administrator or "inspectorate" in places.called(session, who, now.date()).names


def manages_personnel(session: Session, who: Credentials, now: datetime) -> bool:
    """Whether the person belongs to the agency that looks after the city's appointments."""
    return "personnel" in places.called(session, who, now.date()).names


def _is_owners(agency_ids: Iterable[int]) -> ColumnElement[bool]:
    """The clause for cases of these agencies."""
    overlaps: ColumnElement[bool] = _case.c.owner_line.overlap(sorted(agency_ids))
    return overlaps


def _has_worked(who: Credentials) -> ColumnElement[bool]:
    """The clause for cases that the person's positions work on, or have worked on."""
    return (
        select(_task.c.id)
        .where(_task.c.case_id == _case.c.id, _task.c.position_id.in_(who.position_ids))
        .exists()
    )


def _is_submitted() -> ColumnElement[bool]:
    return select(_snapshot.c.id).where(_snapshot.c.case_id == _case.c.id).exists()


def _is_concerned(definition: Definition, called: Called) -> bool:
    """Whether the person's agencies are asked by the definition, or look after all."""
    return bool(OVERSEEING & called.names) or called.is_asked(definition)


def _concerned(called: Called, known: Mapping[int, Definition]) -> ColumnElement[bool]:
    if OVERSEEING & called.names:
        return true()
    asking = [one for one, definition in known.items() if called.is_asked(definition)]
    return _case.c.workflow_version_id.in_(asking)


def _is_hidden(called: Called, known: Mapping[int, Definition]) -> ColumnElement[bool]:
    """The clause for cases that stand where the person's hats may not look."""
    return or_(
        false(),
        *(
            (_case.c.workflow_version_id == one) & _case.c.step.in_(steps)
            for one, definition in known.items()
            if (steps := _hidden_steps(definition, called))
        ),
    )


def _hidden_steps(definition: Definition, called: Called) -> list[str]:
    """The steps at which one of the person's hats may not see a case."""
    worn = {
        party.name
        for party in definition.parties.values()
        if not called.places.isdisjoint(places.of_party(party))
    }
    return [name for name, step in definition.steps.items() if worn & {*step.hidden_from}]


def _versions(session: Session) -> dict[int, Definition]:
    """Every version that cases may run on."""
    listed = session.execute(select(WorkflowVersion.id, WorkflowVersion.hash))
    return {one: versions.load(session, one, digest).definition for one, digest in listed.all()}
