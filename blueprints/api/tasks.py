"""The person's queue for scripts, by due time."""

from __future__ import annotations

from flask import request
from flask_login import current_user

from blueprints.access import access
from blueprints.api.reading import limit
from blueprints.api.root import blueprint
from blueprints.edge import database_session, now
from workflow import queue
from workflow.permissions import Permission


@blueprint.get("/tasks")
@access(Permission.VIEW_QUEUE)
def list_tasks() -> dict[str, object]:
    """The open tasks of the person's positions, the most urgent first; `cursor` goes on."""
    page = queue.page(
        database_session(),
        current_user.id,
        now(),
        after=request.args.get("cursor"),
        search=request.args.get("search"),
        limit=limit(),
    )
    return {"tasks": [_task(row) for row in page.rows], "next": page.next_cursor}


def _task(row: queue.Row) -> dict[str, object]:
    return {
        "id": row.task_id,
        "case_id": row.case_id,
        "title": row.title,
        "agency": row.agency,
        "path": row.path,
        "position": row.position,
        "since": row.opened_at.isoformat(),
        "due_at": row.due_at.isoformat() if row.due_at else None,
    }
