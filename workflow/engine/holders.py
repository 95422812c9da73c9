"""Who has the ball: the open tasks of a case, and who holds the posts that have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflow.models.base import Json
from workflow.models.organisation import Capacity


@dataclass(frozen=True, slots=True)
class Holder:
    """One open task and the position that has it; without people it is unattended."""

    path: str
    visit: int
    seat: int
    party: str
    agency_id: int
    agency: str
    """The agency's name of the day."""
    position_id: int
    title: str
    post: str
    assignee_id: int | None
    since: datetime
    due_at: datetime | None
    due_explained: Json | None
    people: tuple[tuple[str, Capacity], ...]


def holders(session: Session, case_id: int, now: datetime) -> list[Holder]:
    """The open tasks of a case with who has them at this instant, in the order of opening.

    A task that was assigned is its assignee's for as long as they hold the position.
    """
    rows = session.execute(_OPEN, {"case_id": case_id, "day": now.date()})
    return [
        Holder(
            **{name: value for name, value in row.items() if name != "people"},
            people=tuple((name, Capacity(capacity)) for name, capacity in row["people"] or ()),
        )
        for row in rows.mappings()
    ]


_OPEN = text("""
    SELECT tasks.path, tasks.visit, tasks.seat, tasks.party, positions.agency_id,
           coalesce((
               SELECT name FROM agency_names
               WHERE agency_id = positions.agency_id AND valid_from <= :day
                 AND (valid_until IS NULL OR valid_until >= :day)
               ORDER BY valid_from DESC LIMIT 1
           ), agencies.code) AS agency,
           tasks.position_id, positions.title, positions.post, tasks.assignee_id,
           tasks.opened_at AS since, tasks.due_at, tasks.due_explained,
           (SELECT jsonb_agg(jsonb_build_array(people.name, appointments.capacity)
                             ORDER BY appointments.starts_on, appointments.id)
            FROM appointments JOIN people ON people.id = appointments.person_id
            WHERE appointments.position_id = tasks.position_id AND people.is_active
              AND appointments.starts_on <= :day
              AND (appointments.ends_on IS NULL OR appointments.ends_on >= :day)
              AND (people.id = tasks.assignee_id OR tasks.assignee_id IS NULL OR NOT EXISTS (
                  SELECT FROM appointments AS own
                  WHERE own.position_id = tasks.position_id AND own.person_id = tasks.assignee_id
                    AND own.starts_on <= :day
                    AND (own.ends_on IS NULL OR own.ends_on >= :day)))) AS people
    FROM tasks JOIN positions ON positions.id = tasks.position_id
    JOIN agencies ON agencies.id = positions.agency_id
    WHERE tasks.case_id = :case_id AND tasks.status = 'open'
    ORDER BY tasks.id
""")
