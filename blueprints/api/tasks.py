"""The person's queue for scripts, by due time."""

from __future__ import annotations

from typing import Literal

from flask import request
from flask_login import current_user

from blueprints.access import access
from blueprints.api.reading import Strict, body, limit
from blueprints.api.root import blueprint
from blueprints.edge import database_session, now
from workflow import accounts, engine, queue
from workflow.errors import Invalid, Problem
from workflow.permissions import Permission
from workflow.queue import Whose


@blueprint.get("/tasks")
@access(Permission.VIEW_QUEUE)
def list_tasks() -> dict[str, object]:
    """The open tasks of the person's positions, the most urgent first; `cursor` goes on.

    `whose` is `mine`, `anybodys` or `others`; without it, what the person may do.
    """
    page = queue.page(
        database_session(),
        current_user.id,
        now(),
        after=request.args.get("cursor"),
        search=request.args.get("search"),
        whose=_whose(),
        limit=limit(),
    )
    return {"tasks": [_task(row) for row in page.rows], "next": page.next_cursor}


class Handing(Strict):
    """Whose a task becomes: one's own, anybody's, or that of somebody by user name."""

    do: Literal["claim", "release", "give"]
    to: str = ""


@blueprint.post("/cases/<int:case_id>/tasks/<int:task_id>")
@access(Permission.VIEW_CASE, "case_id")
def hand(case_id: int, task_id: int) -> dict[str, object]:
    """Claim, release or give a task. What is so already stays so."""
    wanted, session = body(Handing), database_session()
    if wanted.do == "give":
        to = accounts.named(session, wanted.to).id
        engine.give(session, case_id, task_id, to, person_id=current_user.id, now=now())
    else:
        does = engine.claim if wanted.do == "claim" else engine.release
        does(session, case_id, task_id, person_id=current_user.id, now=now())
    found = engine.holders(session, case_id, now())
    holder = next(one for one in found if one.task_id == task_id)
    return {"id": task_id, "people": [one.name for one in holder.people]}


def _whose() -> Whose | None:
    wanted = request.args.get("whose")
    if wanted is None:
        return None
    if wanted not in set(Whose):
        raise Invalid(Problem("whose", "unknown"))
    return Whose(wanted)


def _task(row: queue.Row) -> dict[str, object]:
    return {
        "id": row.task_id,
        "case_id": row.case_id,
        "title": row.title,
        "agency": row.agency,
        "path": row.path,
        "position": row.position,
        "assignee": row.assignee,
        "since": row.opened_at.isoformat(),
        "due_at": row.due_at.isoformat() if row.due_at else None,
    }
