"""A running case moved to another version of its workflow, by an administrator, for a reason.

What would become of it is told before by the same code. A step that is the same in both versions
keeps its visit and its beginning, under the new limit; elsewhere a visit begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.definition import Definition, Duration
from states.move import Opened
from states.moving import CannotMove, Carried, between
from workflow import cases, journal, parties, permissions, situations, timers, versions
from workflow.calendar import Calendar, Due
from workflow.cases import CaseState, Fact
from workflow.engine import deciding, picking, reasons, shifting, tasks
from workflow.engine.postponing import of_limit
from workflow.engine.shifting import Shift
from workflow.engine.tasks import Open, Opening, PlaceOf
from workflow.errors import NotFound, Reason, Refused
from workflow.models.base import Json
from workflow.permissions import Permission
from workflow.situations import Surroundings
from workflow.versions import Version

GRACE = Duration(1, "working_days")
"""What a task has at least that becomes late, or may lapse, only by the move."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A task that goes on, with the due time that it has from now on."""

    task: Open
    opened: Opened
    due: Due | None


@dataclass(frozen=True)
class Plan:
    """What moving a case does: where it stands then, and what becomes of each of its tasks."""

    around: Surroundings
    """The case as it is, in the city as it is, under the version that it moves to."""
    before: Version
    carried: Carried
    facts: Mapping[str, Fact]
    counts: Mapping[str, int]
    kept: tuple[Kept, ...]
    closed: tuple[Open, ...]
    openings: tuple[Opening, ...]


def plan(
    session: Session, case_id: int, version_id: int, mapping: Mapping[str, str], now: datetime
) -> Plan:
    """What moving the case would do. Writes nothing. Raises NotFound, or Refused with all reasons.

    `mapping` names steps for cases that cannot go on as they are.
    """
    case = cases.read(session, case_id)
    return _plan(session, case, version_id, mapping, now, parties.foreseen)


def move(
    session: Session,
    case_id: int,
    version_id: int,
    mapping: Mapping[str, str],
    reason: str,
    *,
    person_id: int,
    now: datetime,
    seen_version: int | None = None,
    batch: str | None = None,
) -> bool:
    """Move the case; False when it runs on that version already.

    With `seen_version` only while it is as it was seen. Raises NotFound, Invalid without
    a reason, Refused with everything that is in the way.
    """
    case = cases.lock(session, case_id)
    who = permissions.demand(session, person_id, Permission.TEND_CASE, now, case_id=case_id)
    words = reasons.tidy(reason)
    if case.workflow_version_id == version_id:
        return False
    if seen_version is not None and seen_version != case.version:
        raise Refused(Reason("moved_on_since"))
    planned = _plan(session, case, version_id, mapping, now, parties.ensure)
    told = {
        "reason": words,
        "by": who.name,
        "batch": batch,
        **_told(planned, case, version_id),
    }
    _write(session, planned, version_id, told, person_id)
    return True


def _plan(
    session: Session,
    case: CaseState,
    version_id: int,
    mapping: Mapping[str, str],
    now: datetime,
    place_of: PlaceOf,
) -> Plan:
    before = versions.of(session, case)
    after = versions.load(session, version_id)
    if after.definition.key != case.workflow_key:
        raise NotFound(f"version {version_id} of {case.workflow_key}")
    hats = renamed(before.definition, after.definition, case.hats)
    there = replace(case, workflow_version_id=version_id, hats=hats)
    around = situations.look_around(session, there, after, now, hats=after.counted)
    counts = deciding.counts(around)
    facts = {**case.facts, "actor.acting": False}
    try:
        carried = between(before.machine, after.machine).carry(case.marking, mapping, facts, counts)
    except CannotMove as error:
        raise Refused(*(Reason(one.code, one.values) for one in error.obstacles)) from error
    waiting = {(one.path, one.visit, one.seat): one for one in tasks.waiting(session, case.id, now)}
    picks = picking.remembered(session, around, carried.opened)
    return Plan(
        around=around,
        before=before,
        carried=carried,
        facts=facts,
        counts=counts,
        kept=tuple(_kept(around, before, carried, waiting)),
        closed=tuple(waiting[one.path, one.visit, one.seat] for one in carried.closed),
        openings=tuple(tasks.openings(session, around, carried.opened, picks, place_of=place_of)),
    )


def renamed(
    before: Definition, after: Definition, worn: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """The hats that people have worn, also by the names that the same posts have now.

    So nobody can wear a second hat in a case because its name was changed.
    """
    names: dict[str, set[str]] = {}
    for hat, party in before.parties.items():
        same = (one.name for one in after.parties.values() if one.place == party.place)
        names[hat] = {hat, *same} if party.place is not None else {hat}
    return {
        person: sorted(set().union(*(names.get(hat, {hat}) for hat in hats)))
        for person, hats in worn.items()
    }


def _kept(
    around: Surroundings,
    before: Version,
    carried: Carried,
    waiting: Mapping[tuple[str, int, int], Open],
) -> Iterator[Kept]:
    for opened in carried.kept:
        task = waiting[opened.path, opened.visit, opened.seat]
        lapsed = bool(before.machine.step(opened.path).on_lapse)
        yield Kept(task, opened, _due(around, task, opened, lapsed=lapsed))


def _due(around: Surroundings, task: Open, opened: Opened, *, lapsed: bool) -> Due | None:
    """The due time under the new version; nobody becomes late, or may lapse, at one blow."""
    if opened.within is None:
        return None
    calendar, now = around.calendar, around.now
    due = of_limit(calendar, task, opened.within, around.case.facts, now.tzinfo)
    was_late = task.due_at is not None and task.due_at <= now
    if due.at <= now and (not was_late or (opened.lapses and not lapsed)):
        return calendar.due(now, GRACE, task.week, facts={})
    return due


def _told(planned: Plan, case: CaseState, version_id: int) -> Json:
    """What the event says: enough to show it, to play it again, and to take it back."""
    definition = planned.around.version.definition
    before = {"id": case.workflow_version_id, "hash": case.workflow_hash}
    return {
        "workflow": {"from": before, "to": {"id": version_id, "hash": definition.hash}},
        "workflow_hash": definition.hash,
        "mapping": dict(planned.carried.mapping),
        "facts": dict(planned.facts),
        "holders": dict(planned.counts),
        "before": case.marking.to_json(),
        "kept": [_told_of_kept(one) for one in planned.kept],
        "lost": list(planned.carried.lost),
    }


def _told_of_kept(kept: Kept) -> Json:
    task = kept.task
    return {
        "path": task.path,
        "visit": task.visit,
        "seat": task.seat,
        "due_at": None if kept.due is None else kept.due.at,
        "was_due_at": task.due_at,
        "was_explained": task.due_explained,
    }


def _write(session: Session, planned: Plan, version_id: int, told: Json, person_id: int) -> None:
    around, carried = planned.around, planned.carried
    shift = Shift(
        kind=journal.MOVED,
        marking=carried.marking,
        person_id=person_id,
        told=told,
        hats=around.case.hats,
        closed=carried.closed,
        openings=planned.openings,
        timed=tasks.timed(around, planned.openings),
    )
    shifting.write(session, around.case, shift, around.now)
    set_version(session, around.case.id, version_id)
    for one in planned.kept:
        redate(session, around.version, around.calendar, one.task, one.opened, one.due, around.now)


def set_version(session: Session, case_id: int, version_id: int) -> None:
    """Let the case run on this version. Its marking must be one of this version's."""
    session.execute(_SET_VERSION, {"case_id": case_id, "version_id": version_id})


def redate(
    session: Session,
    version: Version,
    calendar: Calendar,
    task: Open,
    opened: Opened,
    due: Due | None,
    now: datetime,
) -> None:
    """Give an open task this due time, and the timers that the version has for it."""
    values = {
        "id": task.id,
        "due_at": None if due is None else due.at,
        "rank_at": tasks.UNDATED if due is None else due.at,
        "explained": None if due is None else journal.canonical(due.explained),
    }
    session.execute(_REDATE, values)
    rows = timers.rows(
        version.definition,
        opened=opened,
        opened_at=task.opened_at,
        due=due,
        calendar=calendar,
        week=task.week,
    )
    seat = {"case_id": task.case_id, "path": task.path, "visit": task.visit, "seat": task.seat}
    timers.reset(session, seat, rows, now)


_SET_VERSION = text("UPDATE cases SET workflow_version_id = :version_id WHERE id = :case_id")
_REDATE = text("""
    UPDATE tasks
    SET due_at = :due_at, rank_at = :rank_at, due_explained = CAST(:explained AS jsonb)
    WHERE id = :id
""")
