"""One event of a case as messages tell it: what all of them say, and the tasks that it is about.

Chooses nobody; who is told what is decided by `announcements`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from states.wording import Wording
from workflow import cases, labels
from workflow.cases import OpenTask
from workflow.models.base import Json
from workflow.notifications import Told


@dataclass(frozen=True, slots=True)
class Matter:
    """An event of a case, with what every message about it says."""

    case_id: int
    seq: int
    kind: str
    person_id: int | None
    appointment_id: int | None
    payload: Json
    agency_id: int
    version_id: int
    wording: Wording
    now: datetime
    values: Json

    @property
    def day(self) -> date:
        """The day of the announcement."""
        return self.now.date()

    def told(self, people: Iterable[int], kind: str, **values: object) -> dict[int, Told]:
        """The same words for each of these people, by person."""
        key = f"{self.case_id}:{self.seq}"
        words = {**self.values, **values}
        return {number: Told(number, self.case_id, kind, key, words) for number in people}

    def said(self, tasks: list[OpenTask]) -> list[Json]:
        """What a message says of tasks, the most urgent first."""
        return [
            {
                "path": labels.kept("step", task.path, self.wording),
                "position": task.title,
                "due_at": None if task.due_at is None else task.due_at.isoformat(),
            }
            for task in sorted(tasks, key=lambda t: (t.due_at is None, t.due_at, t.path))
        ]


def waiting(session: Session, matter: Matter) -> list[OpenTask]:
    """The tasks that the event was about and that are still open.

    What a move opened, what got another due time, or else the one that the event itself names.
    """
    told = matter.payload
    about = next((told[name] for name in ("opened", "moved") if name in told), [told])
    places = [(task["path"], task["visit"], task["seat"]) for task in about]
    tasks = cases.open_tasks(session, matter.case_id, matter.now)
    return [tasks[place] for place in places if place in tasks]
