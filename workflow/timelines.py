"""The story of a case as one reader may know it: reviewers' words wait until they are the owner's.

The owner's people do not see what is said in a parallel step while it is open, nor what judges of
other agencies say in the main chart until a task opens for the owner or the case ends; unless it
was said to them. Refused attempts are told to whoever made them, to administrators and the
inspectorate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from workflow import appointments, sight, versions
from workflow.cases import CaseState, read
from workflow.errors import NotFound
from workflow.models import Event
from workflow.versions import Version

ATTEMPT = "attempt_refused"
TOLD_OF_HIDDEN = frozenset({"track", "agency", "version", "from", "to"})
"""What stays of an event whose words the reader may not know yet."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as a reader sees it; `is_hidden` when its words wait."""

    seq: int
    kind: str
    at: datetime
    person_id: int | None
    appointment_id: int | None
    payload: Mapping[str, Any]
    hash: str
    is_hidden: bool


def timeline(session: Session, case_id: int, person_id: int, now: datetime) -> list[Entry]:
    """The events of a case, oldest first, as this person may read them.

    Raises NotFound when there is no such case or person. Whether the person may see the case at
    all is asked of `permissions`.
    """
    case = read(session, case_id)
    who = appointments.credentials(session, person_id, now)
    if who is None:
        raise NotFound(f"person {person_id}")
    inspects = sight.inspects(session, who, now)
    waits = sight.is_owner(who, case.owner_line)
    version = versions.of(session, case)
    rows = session.execute(_EVENTS, {"case_id": case_id}).all()
    hidden = _waiting(_under(session, version, rows), case, rows) if waits else frozenset()
    return [
        _entry(row, is_hidden=row.seq in hidden and row.person_id != who.person_id)
        for row in rows
        if row.kind != ATTEMPT or inspects or row.person_id == who.person_id
    ]


def unheard(session: Session, case_id: int, person_id: int, now: datetime) -> frozenset[int]:
    """The versions of the case whose decisions this person may not know the words of yet."""
    told = timeline(session, case_id, person_id, now)
    return frozenset(
        entry.payload["version"] for entry in told if entry.is_hidden and "version" in entry.payload
    )


def may_hear_of_attempt(
    session: Session, maker_id: int | None, person_id: int, now: datetime
) -> bool:
    """Whether somebody may hear of a refused attempt: their own, or as who looks after all."""
    who = appointments.credentials(session, person_id, now)
    return who is not None and (maker_id == person_id or sight.inspects(session, who, now))


Under = Callable[[Any], Version]
"""Under which version an event was written."""


def _under(session: Session, version: Version, rows: Iterable[Any]) -> Under:
    """The version of today, and of what was written before the case was moved to it, the older."""
    left = [
        (row.seq, versions.load(session, row.payload["workflow"]["from"]["id"]))
        for row in rows
        if "workflow" in row.payload
    ]
    return lambda row: next((before for seq, before in left if row.seq < seq), version)


def _waiting(under: Under, case: CaseState, rows: Iterable[Any]) -> frozenset[int]:
    """The numbers of the events whose words the owner has to wait for."""
    if case.outcome is not None:
        return frozenset()
    newest_first = sorted(rows, key=lambda row: row.seq, reverse=True)
    said = (*_said_in_the_open_step(case, newest_first), *_judged(under, newest_first))
    return frozenset(row.seq for row in said if not _is_for_the_owner(under(row), row.payload))


def _said_in_the_open_step(case: CaseState, newest_first: Iterable[Any]) -> Iterator[Any]:
    """What was said in a track of the present visit of an open parallel step."""
    for row in newest_first:
        told = row.payload
        if told.get("joined") and any(one["path"] == case.step for one in told["joined"]):
            return
        if "from" in told and told["from"] != told["to"]:
            return
        if told.get("track"):
            yield row


def _judged(under: Under, newest_first: Iterable[Any]) -> Iterator[Any]:
    """What judges said in the main chart since a task there was last opened for the owner.

    That a limit by law begins to run is no judgement, and told at once.
    """
    for row in newest_first:
        told, version = row.payload, under(row)
        opened = told.get("opened", ())
        if any("." not in one["path"] and _is_owners(version, one["party"]) for one in opened):
            return
        is_judged = row.kind == "decided" and told["party"] in version.judging
        if is_judged and not told["track"] and not told["clocks_started"]:
            yield row


def _is_for_the_owner(version: Version, told: Mapping[str, Any]) -> bool:
    """Whether the owner said it, is asked for an answer by it, or sits where it was said."""
    opened = (task["party"] for task in told.get("opened", ()))
    # A refused attempt names a track, and no step.
    seated = version.machine.step(told["path"]).parties if "path" in told else ()
    return any(_is_owners(version, hat) for hat in (told.get("party"), *opened, *seated))


def _is_owners(version: Version, hat: str | None) -> bool:
    """Whether it is a hat of the owner's."""
    place = version.definition.parties[hat].place if hat else None
    return place is not None and place.agency == "owner"


def _entry(row: Any, *, is_hidden: bool) -> Entry:
    payload = row.payload
    if is_hidden:
        payload = {name: payload[name] for name in TOLD_OF_HIDDEN & payload.keys()}
    return Entry(
        seq=row.seq,
        kind=row.kind,
        at=row.at,
        person_id=None if is_hidden else row.person_id,
        appointment_id=None if is_hidden else row.appointment_id,
        payload=payload,
        hash=row.hash,
        is_hidden=is_hidden,
    )


_event = Event.__table__.c
_EVENTS = (
    select(
        _event.seq,
        _event.kind,
        _event.at,
        _event.person_id,
        _event.appointment_id,
        _event.payload,
        _event.hash,
    )
    .where(_event.case_id == bindparam("case_id"))
    .order_by(_event.seq)
)
