"""Whether the journal is what was written: each chain by itself, and beside its case's row.

A chain says in itself when an event was edited, moved or taken out. That its end was cut off is
told by the case: by its head, by its version and marking, and by its decisions. Whoever rewrites
all of these is found by a digest that was kept elsewhere. Reads in many statements: the caller
opens a transaction that sees one instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from workflow.cases import GENESIS
from workflow.journal.chain import digest_of, link
from workflow.models import Case, Decision, Event, WorkflowVersion

STARTED = "case_started"
DECIDING = ("decided", "lapsed")
MOVED, TAKEN_BACK, CANCELLED = "case_moved", "move_taken_back", "case_cancelled"
WITHOUT_DECIDING = (MOVED, TAKEN_BACK, CANCELLED)
"""The kinds of event by which administrators change a case, deciding nothing."""
MOVES = (STARTED, *DECIDING, *WITHOUT_DECIDING)
"""The kinds of event that change where a case stands; those of DECIDING leave a decision beside."""


class Flaw(StrEnum):
    """What can be wrong with a chain, or between a chain and its case."""

    EDITED = "edited"
    REPLACED = "replaced"
    DELETED = "deleted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    HEAD = "head"
    CASE = "case"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Flawed:
    """Where the journal does not hold, and why."""

    case_id: int
    seq: int
    kind: Flaw
    detail: str


def verify(session: Session, case_id: int | None = None) -> Iterator[Flawed]:
    """Every place where the journal does not hold, of one case or of all.

    A case is compared with its chain only when the chain itself holds.
    """
    wanted = _CASES if case_id is None else _CASES.where(_case.id == case_id)
    for case in session.execute(wanted).all():
        events = session.execute(_CHAIN, {"case_id": case.id}).all()
        flaws = [*_links(case.id, events), *_head(case, events)]
        if not flaws:
            decisions = session.execute(_DECISIONS, {"case_id": case.id}).all()
            flaws = [*_state(case, events), *_decided(case.id, events, decisions)]
        yield from flaws


def digest(session: Session) -> str:
    """One hash over the heads of all cases: to be kept elsewhere, and compared."""
    heads = select(_case.id, _case.journal_seq, _case.journal_hash).order_by(_case.id)
    return digest_of([list(row) for row in session.execute(heads)])


def _links(case_id: int, events: Sequence[Row[Any]]) -> Iterator[Flawed]:
    """Where an event does not fit its hash, its number or the event before it."""
    places = {row.hash: row.seq for row in events}
    last_seq, last_hash = 0, GENESIS
    for row in events:
        if row.seq != last_seq + 1:
            missing = f"{last_seq + 1} to {row.seq - 1} are missing"
            yield Flawed(case_id, last_seq + 1, Flaw.DELETED, missing)
        elif row.previous_hash != last_hash:
            yield _broken(case_id, row, places)
        elif _link_of(row) != row.hash:
            yield Flawed(case_id, row.seq, Flaw.EDITED, "its content does not fit its hash")
        last_seq, last_hash = row.seq, row.hash


def _broken(case_id: int, row: Row[Any], places: Mapping[str, int]) -> Flawed:
    """An event that does not follow on the one before it: which of the two is not as it was?"""
    follows = places.get(row.previous_hash)
    if follows is not None or row.previous_hash == GENESIS:
        detail = f"it follows on {follows or 'the beginning'}"
        return Flawed(case_id, row.seq, Flaw.REORDERED, detail)
    if row.seq > 1 and _link_of(row) == row.hash:
        detail = "another event stands here than the one that the next follows on"
        return Flawed(case_id, row.seq - 1, Flaw.REPLACED, detail)
    return Flawed(case_id, row.seq, Flaw.DELETED, "the event that it follows on is not there")


def _head(case: Row[Any], events: Sequence[Row[Any]]) -> Iterator[Flawed]:
    """Where the case's head is not the end of its chain."""
    if not events:
        yield Flawed(case.id, 1, Flaw.TRUNCATED, "the case has no events")
        return
    last = events[-1]
    if last.seq < case.journal_seq:
        missing = f"the case has {case.journal_seq} events, the journal ends at {last.seq}"
        yield Flawed(case.id, last.seq + 1, Flaw.TRUNCATED, missing)
    elif (last.seq, last.hash) != (case.journal_seq, case.journal_hash):
        yield Flawed(case.id, last.seq, Flaw.HEAD, "the case's head is not its last event")


def _state(case: Row[Any], events: Sequence[Row[Any]]) -> Iterator[Flawed]:
    """Where the case runs on another workflow, or stands elsewhere, than its events say."""
    moves = [row for row in events if row.kind in MOVES]
    first, told = events[0], moves[-1].payload if moves else {"version": 0}
    named = [row for row in moves if "workflow_hash" in row.payload] or [first]
    if first.kind != STARTED or named[-1].payload.get("workflow_hash") != case.workflow_hash:
        detail = "the case runs on another workflow than its events say"
        yield Flawed(case.id, named[-1].seq, Flaw.CASE, detail)
    if told["version"] < case.version:
        detail = f"the case is at version {case.version}, the journal ends at {told['version']}"
        yield Flawed(case.id, events[-1].seq + 1, Flaw.TRUNCATED, detail)
    elif told["version"] > case.version or told["marking_hash"] != digest_of(case.marking):
        detail = "the case stands elsewhere than this event left it"
        yield Flawed(case.id, moves[-1].seq, Flaw.CASE, detail)


def _decided(
    case_id: int, events: Sequence[Row[Any]], decisions: Sequence[Row[Any]]
) -> Iterator[Flawed]:
    """Where events and decisions do not tell the same."""
    told = {row.payload["version"]: row for row in events if row.kind in DECIDING}
    made = {row.version: row for row in decisions}
    for version in sorted(told.keys() | made.keys()):
        event, decision = told.get(version), made.get(version)
        if event is None:
            detail = f"the decision that made version {version} has no event"
            yield Flawed(case_id, events[-1].seq + 1, Flaw.DECISION, detail)
        elif decision is None:
            yield Flawed(case_id, event.seq, Flaw.DECISION, "its decision is not there")
        elif not _tell_the_same(event, decision):
            yield Flawed(case_id, event.seq, Flaw.DECISION, "its decision says something else")


def _tell_the_same(event: Row[Any], decision: Row[Any]) -> bool:
    payload = event.payload
    said = {
        name: {"sha256": digest_of(words)} if _is_by_hash(payload["data"].get(name)) else words
        for name, words in decision.data.items()
    }
    who_and_when = (event.person_id, event.appointment_id, event.at)
    return (
        said == payload["data"]
        and who_and_when == (decision.person_id, decision.appointment_id, decision.made_at)
        and all(payload[name] == getattr(decision, name) for name in _TOLD_TWICE)
    )


def _is_by_hash(words: object) -> bool:
    """Whether an event names these words by their hash only."""
    return isinstance(words, dict) and words.keys() == {"sha256"}


def _link_of(row: Row[Any]) -> str:
    return link(
        row.previous_hash,
        row.case_id,
        row.seq,
        row.kind,
        row.at,
        row.person_id,
        row.appointment_id,
        row.payload,
    )


_TOLD_TWICE = ("capacity", "party", "action", "track", "path", "visit", "seat", "means", "verdict")
_case, _event, _decision = Case.__table__.c, Event.__table__, Decision.__table__
_CASES = (
    select(
        _case.id,
        _case.version,
        _case.marking,
        _case.journal_seq,
        _case.journal_hash,
        WorkflowVersion.hash.label("workflow_hash"),
    )
    .join_from(Case, WorkflowVersion, WorkflowVersion.id == _case.workflow_version_id)
    .order_by(_case.id)
)
_CHAIN = select(_event).where(_event.c.case_id == bindparam("case_id")).order_by(_event.c.seq)
_DECISIONS = select(_decision).where(_decision.c.case_id == bindparam("case_id"))
