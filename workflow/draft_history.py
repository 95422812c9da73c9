"""Undo and redo inside a draft: every step back or forth is a revision of its own.

Nothing is taken out of the history. A revision that repeats an earlier one says which; from that
follows what can be undone and redone. Saving anything new ends what could be redone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import drafts
from workflow.errors import Reason, Refused
from workflow.models import Draft, DraftRevision


@dataclass(frozen=True, slots=True)
class Reach:
    """The revisions to which undo and redo lead; None where there is nothing."""

    undo: int | None
    redo: int | None


def reach(session: Session, draft_id: int) -> Reach:
    """What can be undone and redone now."""
    query = select(DraftRevision.number, DraftRevision.restores)
    rows = session.execute(query.where(DraftRevision.draft_id == draft_id))
    return reach_of({row.number: row.restores for row in rows})


def reach_of(restores: Mapping[int, int | None]) -> Reach:
    """The same from the revisions by number, each with the earlier one that it repeats."""

    def origin(number: int) -> int:
        return restores[number] or number

    newest = max(restores)
    at = origin(newest)
    undo = origin(at - 1) if at > 1 else None
    typed = next(n for n in range(newest, 0, -1) if restores[n] is None)
    redo = None
    while typed != at:  # from what was typed last back to where we are
        redo, typed = typed, origin(typed - 1)
    return Reach(undo, redo)


def undo(session: Session, draft_id: int, *, seen: int, by: int, now: datetime) -> Draft:
    """Back to the text before the last change. Raises Overtaken; Refused before the first one."""
    to = reach(session, draft_id).undo
    if to is None:
        raise Refused(Reason("nothing_to_undo"))
    return drafts.restore(session, draft_id, to, "draft_undone", seen=seen, by=by, now=now)


def redo(session: Session, draft_id: int, *, seen: int, by: int, now: datetime) -> Draft:
    """Forth again to the text that was undone. Raises Overtaken; Refused where there is none."""
    to = reach(session, draft_id).redo
    if to is None:
        raise Refused(Reason("nothing_to_redo"))
    return drafts.restore(session, draft_id, to, "draft_redone", seen=seen, by=by, now=now)
