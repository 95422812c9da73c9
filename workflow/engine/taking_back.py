"""A move to another version taken back, while nobody has acted on the case since.

The case stands again where it stood, with the tasks and the due times that it had; what the move
opened, and nobody touched, is gone.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from states.marking import Marking
from states.move import Opened
from workflow import cases, journal, permissions, versions
from workflow.calendar import Calendar, Due
from workflow.cases import CaseState
from workflow.engine import moving, reasons, shifting, tasks
from workflow.engine.shifting import Shift
from workflow.engine.tasks import Open
from workflow.errors import Reason, Refused
from workflow.models.base import Json
from workflow.permissions import Credentials, Permission
from workflow.versions import Version

QUIET = ("reminded", "escalated", "attempt_refused", "lapse_failed")
"""The kinds of event that leave a case as it is."""


def take_back(
    session: Session, case_id: int, reason: str, *, person_id: int, now: datetime
) -> bool:
    """Take the last move back; False when it was taken back already.

    Raises NotFound, Invalid without a reason, Refused when something was done since.
    """
    case = cases.lock(session, case_id)
    who = permissions.demand(session, person_id, Permission.TEND_CASE, now, case_id=case_id)
    words = reasons.tidy(reason)
    last = _last(session, case)
    if last is not None and last.kind == journal.TAKEN_BACK:
        return False
    if last is None or last.kind != journal.MOVED:
        raise Refused(Reason("acted_since_move"))
    _write(session, case, last.payload, words, who, now)
    return True


def can_take_back(session: Session, case_id: int) -> bool:
    """Whether the case was moved, and nothing was done to it since."""
    last = _last(session, cases.read(session, case_id))
    return last is not None and last.kind == journal.MOVED


def _last(session: Session, case: CaseState) -> Row[Any] | None:
    """The last event that changed anything."""
    return session.execute(_LAST, {"case_id": case.id, "quiet": list(QUIET)}).one_or_none()


def _write(
    session: Session,
    case: CaseState,
    moved: Json,
    reason: str,
    who: Credentials,
    now: datetime,
) -> None:
    before = versions.load(session, moved["workflow"]["from"]["id"])
    marking = Marking.from_json(moved["before"])
    left, back = moved["workflow"]["to"], moved["workflow"]["from"]
    told = {
        "reason": reason,
        "by": who.name,
        "batch": moved["batch"],
        "workflow": {"from": left, "to": back},
        "workflow_hash": back["hash"],
        "reopened": moved["closed"],
        "gone": moved["opened"],
    }
    shift = Shift(journal.TAKEN_BACK, marking, who.person_id, told, case.hats)
    shifting.write(session, case, shift, now)
    moving.set_version(session, case.id, back["id"])
    for statement, places in ((_DROP_TIMERS, "opened"), (_DROP, "opened"), (_REOPEN, "closed")):
        values = {"case_id": case.id, "places": journal.canonical(moved[places])}
        session.execute(statement, values)
    session.execute(_FOLLOW, {"case_id": case.id, "day": now.date()})
    _redate(session, case.id, before, moved, now)


def _redate(session: Session, case_id: int, before: Version, moved: Json, now: datetime) -> None:
    """The due times that the tasks had, and their timers as far as they are still to come."""
    calendar = Calendar.load(session)
    was = {(one["path"], one["visit"], one["seat"]): one for one in moved["kept"]}
    for task in tasks.waiting(session, case_id, now):
        lapses = bool(before.machine.step(task.path).on_lapse)
        opened = Opened(task.path, task.visit, task.seat, task.party, None, lapses)
        kept = was.get((task.path, task.visit, task.seat))
        due = _due_of(task, kept, now.tzinfo)
        moving.redate(session, before, calendar, task, opened, due, now)


def _due_of(task: Open, kept: Json | None, zone: tzinfo | None) -> Due | None:
    at, explained = task.due_at, task.due_explained
    if kept is not None:
        at, explained = _moment(kept["was_due_at"]), kept["was_explained"]
    if at is None or explained is None:
        return None
    return Due(at.astimezone(zone), explained, bool(explained["provisional"]))


def _moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)


_PLACES = """jsonb_to_recordset(CAST(:places AS jsonb))
    AS place (path text, visit bigint, seat bigint)"""
_LAST = text("""
    SELECT kind, payload FROM events
    WHERE case_id = :case_id AND kind <> ALL (CAST(:quiet AS text[]))
    ORDER BY seq DESC LIMIT 1
""")
_DROP_TIMERS = text(f"""
    DELETE FROM timers USING {_PLACES}
    WHERE timers.case_id = :case_id AND timers.path = place.path AND timers.visit = place.visit
      AND timers.seat = place.seat
""")  # noqa: S608
_DROP = text(f"""
    DELETE FROM tasks USING {_PLACES}
    WHERE tasks.case_id = :case_id AND tasks.path = place.path AND tasks.visit = place.visit
      AND tasks.seat = place.seat
""")  # noqa: S608
_REOPEN = text(f"""
    UPDATE tasks SET status = 'open', closed_at = NULL FROM {_PLACES}
    WHERE tasks.case_id = :case_id AND tasks.path = place.path AND tasks.visit = place.visit
      AND tasks.seat = place.seat AND tasks.status = 'moved'
""")  # noqa: S608
_FOLLOW = text("""
    WITH RECURSIVE line (task_id, position_id) AS (
        SELECT id, position_id FROM tasks WHERE case_id = :case_id AND status = 'open'
        UNION
        SELECT line.task_id, positions.followed_by_id
        FROM line JOIN positions ON positions.id = line.position_id
        WHERE positions.closed_on < :day AND positions.followed_by_id IS NOT NULL
    )
    UPDATE tasks SET position_id = line.position_id
    FROM line JOIN positions ON positions.id = line.position_id
    WHERE tasks.id = line.task_id AND (positions.closed_on IS NULL OR positions.closed_on >= :day)
""")
"""A task that is open again is at the position that follows one that went to an heir meanwhile."""
