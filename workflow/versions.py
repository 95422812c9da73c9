"""Workflow versions ready for use, each compiled once a process: a published one never changes.

Knows nothing of publishing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from states.definition import Definition
from states.machine import Machine, machine_for
from states.problems import DefinitionError
from states.reading import read
from states.wording import NO_WORDING, Wording
from workflow.cases import CaseState, Head
from workflow.errors import Altered, NotFound
from workflow.models import WorkflowVersion

_version = WorkflowVersion.__table__.c
_HASH = select(_version.hash).where(_version.id == bindparam("version_id"))
_SOURCE = select(_version.source).where(_version.id == bindparam("version_id"))
_BY_HASH = select(_version.id).where(_version.hash == bindparam("hash")).limit(1)
_ALL = select(_version.id, _version.hash, _version.source).order_by(_version.id)


@dataclass(frozen=True, slots=True)
class Version:
    """A compiled version, with what the rules of permission ask of it at every decision.

    `judging` holds the hats that nobody may wear over a proposal of their own agency, `counted`
    those of whom a step seats as many as hold the post.
    """

    machine: Machine
    apart: frozenset[frozenset[str]]
    judging: frozenset[str]
    counted: frozenset[str]

    @property
    def definition(self) -> Definition:
        """The document that was compiled."""
        return self.machine.definition


_compiled: dict[str, Version] = {}


def load(session: Session, version_id: int, digest: str | None = None) -> Version:
    """A version; whoever knows its hash already spares a statement.

    Raises NotFound, and Altered when its content is not what its hash names.
    """
    if digest is None:
        digest = session.execute(_HASH, {"version_id": version_id}).scalar()
    if digest is None:
        raise NotFound(f"workflow version {version_id}")
    known = _compiled.get(digest)
    if known is None:
        source = session.execute(_SOURCE, {"version_id": version_id}).scalar_one()
        definition = _named(source, digest)
        if definition is None:
            raise Altered(f"workflow version {version_id}: its content does not fit its hash")
        known = _compiled[digest] = compiled(definition)
    return known


def of(session: Session, case: CaseState | Head) -> Version:
    """The version that a case runs on. Raises Altered."""
    return load(session, case.workflow_version_id, case.workflow_hash)


def by_hash(session: Session, digest: str) -> Version:
    """The version that a hash names. Raises NotFound."""
    known = _compiled.get(digest)
    if known is not None:
        return known
    version_id = session.execute(_BY_HASH, {"hash": digest}).scalar()
    if version_id is None:
        raise NotFound(f"workflow version {digest}")
    return load(session, version_id, digest)


def wording(session: Session, version_id: int, digest: str) -> Wording:
    """What a version calls its things; a list with an altered one is read without its words."""
    try:
        return load(session, version_id, digest).definition.wording
    except Altered:
        return NO_WORDING


def altered(session: Session) -> list[int]:
    """The versions whose content is not what their hash names."""
    rows = session.execute(_ALL).all()
    return [row.id for row in rows if _named(row.source, row.hash) is None]


def machine(session: Session, version_id: int) -> Machine:
    """The machine of a version. Raises NotFound."""
    return load(session, version_id).machine


def _named(source: str, digest: str) -> Definition | None:
    """The definition that is written there, if it is the one that the hash names."""
    try:
        definition = read(source)
    except DefinitionError:
        return None
    return definition if definition.hash == digest else None


def compiled(definition: Definition) -> Version:
    """A definition ready for use, published or not."""
    return Version(
        machine=machine_for(definition),
        apart=definition.apart_pairs,
        judging=_judging(definition),
        counted=frozenset(
            step.seats.party
            for step in definition.every_step()
            if step.seats is not None and step.seats.party and step.seats.count == "holders"
        ),
    )


def _judging(definition: Definition) -> frozenset[str]:
    deciding = definition.deciding_parties
    return frozenset(
        name
        for name, party in definition.parties.items()
        if party.place is not None
        and party.place.agency != "owner"
        and (party.instead is not None or name in deciding)
    )
