"""Whether a line of the bell still concerns its reader: asked again when its mail is to be sent.

Asks the same rules as the announcement did, over the appointments and tasks of that moment.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from workflow.models import Notification
from workflow.models.base import Json
from workflow.notifications import Told, announcements

_KEY = re.compile(r"(?:unattended:)?(\d+):(\d+)")
_OF_AN_EVENT = frozenset(
    {"task_given", "returned", "received", "ended", "unattended", "reminded", "escalated"}
    | {"lapse_failed", "task_moved", "more_time"}
)
_WITHOUT_TASKS = frozenset({"received", "ended"})


class Unsent(StrEnum):
    """Why no mail tells of a line."""

    ACCOUNT_CLOSED = "account_closed"
    NO_ADDRESS = "no_address"
    NOT_IN_OFFICE = "not_in_office"
    TASK_CLOSED = "task_closed"
    SWITCHED_OFF = "switched_off"


class Inquiry:
    """Asks about many lines at one moment; each event is asked once."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._recipients: dict[tuple[int, int], list[Told]] = {}

    def told(self, line: Notification) -> Told | Unsent:
        """What the line's reader is to be told now, or why it no longer concerns them."""
        kept = Told(line.person_id, line.case_id, line.kind, line.key, line.values)
        if line.kind == "caught_up":
            return self._piled_up(kept)
        return self._again(kept)

    def _piled_up(self, kept: Told) -> Told | Unsent:
        """What still matters of what piled up, as far as the line tells of it."""
        left: list[Json] = []
        reason = Unsent.TASK_CLOSED
        matters = kept.values["matters"]
        for matter in matters:
            asked = self._again(replace(kept, kind=matter["kind"], key=matter["key"]))
            if isinstance(asked, Unsent):
                reason = asked
            else:
                left.append({"kind": asked.kind, "key": asked.key, **asked.values})
        count = kept.values.get("count", len(matters)) - (len(matters) - len(left))
        return replace(kept, values={"matters": left, "count": count}) if left else reason

    def _again(self, kept: Told) -> Told | Unsent:
        event = _KEY.fullmatch(kept.key)
        if kept.kind not in _OF_AN_EVENT or event is None:
            return kept
        case_id, seq = int(event[1]), int(event[2])
        found = self._of(case_id, seq)
        for line in found:
            if (line.person_id, line.kind, line.key) == (kept.person_id, kept.kind, kept.key):
                return line
        if kept.kind in _WITHOUT_TASKS or self._still_waits(case_id, seq):
            return Unsent.NOT_IN_OFFICE
        return Unsent.TASK_CLOSED

    def _of(self, case_id: int, seq: int) -> list[Told]:
        event = (case_id, seq)
        if event not in self._recipients:
            self._recipients[event] = announcements.recipients(self._session, *event, self._now)
        return self._recipients[event]

    def _still_waits(self, case_id: int, seq: int) -> bool:
        return announcements.still_waits(self._session, case_id, seq, self._now)
