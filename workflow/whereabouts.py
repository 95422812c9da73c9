"""Where an agency's proposals lie: who has each of them, since when, until when. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Date, RowMapping, and_, cast, func, select
from sqlalchemy.orm import Session, aliased

from states.wording import Wording, Words
from workflow import versions
from workflow.eligibility import Eligibility
from workflow.engine.holders import Holder, holders_of
from workflow.models import AgencyName, Case, Proposal, WorkflowVersion
from workflow.versions import Version

MOST_PROPOSALS = 200


@dataclass(frozen=True, slots=True)
class Ball:
    """A proposal of an agency and who has it now; nobody when it has an outcome."""

    proposal_id: int
    case_id: int
    title: str
    receipt_number: str | None
    agency_id: int
    agency: str
    step: str
    outcome: str | None
    moved_at: datetime
    holders: tuple[Holder, ...]
    owner_word: Words | None
    """What the step is called for the owner, where the definition says so."""
    wording: Wording
    """What the definition calls its steps."""


def where_is_the_ball(
    session: Session, agency_ids: Sequence[int], now: datetime, limit: int = MOST_PROPOSALS
) -> list[Ball]:
    """The agencies' proposals with who has them now, the running ones first, newest move first."""
    statement = (
        select(
            Proposal.id.label("proposal_id"),
            Case.id.label("case_id"),
            Proposal.title,
            Proposal.receipt_number,
            Proposal.agency_id,
            AgencyName.name.label("agency"),
            Case.step,
            Case.outcome,
            Case.moved_at,
            Case.workflow_version_id,
            WorkflowVersion.hash,
            Case.owner_line,
            Case.hats,
        )
        .join(Case, Case.proposal_id == Proposal.id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .join(AgencyName, owner_named(now))
        .where(Case.agency_id.in_(agency_ids))
        .order_by(Case.outcome.is_not(None), Case.moved_at.desc(), Case.id)
        .limit(limit)
    )
    rows = session.execute(statement).mappings().all()
    rules = {row["case_id"]: _rules(session, row) for row in rows}
    running = [row["case_id"] for row in rows if row["outcome"] is None]
    held = holders_of(session, {case_id: rules[case_id] for case_id in running}, now)
    return [_ball(row, rules[row["case_id"]].version, held) for row in rows]


def owner_named(now: datetime) -> ColumnElement[bool]:
    """The clause for the name of a proposal's agency: of today, or of the day when its case ended.

    An agency that is no more goes by the last name that it had.
    """
    ended_on = cast(func.timezone(str(now.tzinfo), Case.ended_at), Date)
    named = aliased(AgencyName)
    last = (
        select(func.max(named.valid_from))
        .where(
            named.agency_id == Proposal.agency_id,
            named.valid_from <= func.coalesce(ended_on, now.date()),
            named.valid_until.is_(None) | (named.valid_until >= named.valid_from),
        )
        .correlate(Proposal, Case)
        .scalar_subquery()
    )
    return and_(AgencyName.agency_id == Proposal.agency_id, AgencyName.valid_from == last)


def _rules(session: Session, row: RowMapping) -> Eligibility:
    version = versions.load(session, row["workflow_version_id"], row["hash"])
    return Eligibility(version, row["owner_line"], row["hats"])


def _ball(row: RowMapping, version: Version, held: Mapping[int, list[Holder]]) -> Ball:
    told = {name: value for name, value in row.items() if name not in _RULES}
    word = version.machine.step(row["step"]).owner_sees
    return Ball(
        **told,
        holders=tuple(held.get(row["case_id"], ())),
        owner_word=word,
        wording=version.definition.wording,
    )


_RULES = ("workflow_version_id", "hash", "owner_line", "hats")
