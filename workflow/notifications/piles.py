"""What piled up in an outage, person by person: gathered case by case, told in one line.

Gathering is many small deliveries and telling is one for each person, so that neither grows with
the outage. Asks nobody whom an event concerns, and reads no journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Table, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workflow import notifications, outbox
from workflow.models import PiledUp
from workflow.notifications import Told

PILE = "pile"
"""The kind of message in the outbox that tells one person what piled up."""

MOST_TOLD = 100
"""Matters of which a line tells, the longest due first; of the others it says how many."""

PAUSE = timedelta(seconds=20)
"""How long a pile waits for more, while there is more to be gathered."""


def add(session: Session, told: Sequence[Told], now: datetime) -> None:
    """Put each matter on its person's pile, once, and ask for the pile to be told.

    Each of `told` is about tasks of a case. The messages are written last: whoever tells a pile
    first locks its message, and does not miss what is put on it meanwhile.
    """
    if not told:
        return
    session.execute(_ADD, [_row(line) for line in told])
    for person_id in sorted({line.person_id for line in told}):
        about = {"person": person_id}
        outbox.post_again(session, outbox.row(PILE, f"{PILE}:{person_id}", about, now))


def tell(session: Session, person_id: int, now: datetime) -> None:
    """Tell a person all that is on their pile in one line, and clear it."""
    mine = _piled.c.person_id == person_id
    count = session.scalar(select(func.count()).where(mine)) or 0
    first = select(_piled).where(mine).order_by(_piled.c.due_at, _piled.c.id).limit(MOST_TOLD)
    matters = session.execute(first).all()
    session.execute(delete(_piled).where(mine))
    if matters:
        notifications.tell(session, [_in_one(matters, count)], now)


def _in_one(matters: Sequence[Row[Any]], count: int) -> Told:
    """One line for so many matters, of which these are the first; of one alone, that one itself."""
    first = matters[0]
    if count == 1:
        return Told(first.person_id, first.case_id, first.kind, first.key, first.values)
    said = [{"kind": one.kind, "key": one.key, **one.values} for one in matters]
    values = {"matters": said, "count": count}
    return Told(first.person_id, None, "caught_up", f"caught_up:{first.key}", values)


def _row(line: Told) -> dict[str, Any]:
    return {
        "person_id": line.person_id,
        "case_id": line.case_id,
        "kind": line.kind,
        "key": line.key,
        "values": line.values,
        "due_at": datetime.fromisoformat(line.values["tasks"][0]["due_at"]),
    }


_piled = cast("Table", PiledUp.__table__)
_ADD = insert(_piled).on_conflict_do_nothing(index_elements=["person_id", "key"])
