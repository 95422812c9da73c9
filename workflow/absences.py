"""Who is absent: while a Plh holds a post, the right of the one whose post it is rests.

The Plh is named because the holder cannot act for some days. The holder keeps the appointment and
may look; the work is the Plh's until the last day of the letter is over, and then the holder's
again. A post with several places goes on by its other holders, so that nobody's right rests there.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased

from workflow.models import Appointment, Person, Position
from workflow.models.organisation import Capacity

STANDING_IN = """
    FROM appointments AS plh JOIN people AS deputy ON deputy.id = plh.person_id
    JOIN positions AS post_of_one ON post_of_one.id = plh.position_id
    WHERE plh.position_id = {appointments}.position_id AND plh.capacity = 'plh'
      AND {appointments}.capacity <> 'plh' AND plh.person_id <> {appointments}.person_id
      AND plh.starts_on <= {day} AND plh.ends_on >= {day}
      AND deputy.is_active AND NOT deputy.is_administrator AND post_of_one.places = 1
"""
"""The Plh by whom the holder of a row of `{appointments}` is replaced on `{day}`."""


def is_present(day: date) -> ColumnElement[bool]:
    """The clause over Appointment for those whose right does not rest on the day."""
    plh, deputy = aliased(Appointment), aliased(Person)
    standing_in = (
        select(plh.id)
        .join(deputy, deputy.id == plh.person_id)
        .join(Position, and_(Position.id == plh.position_id, Position.places == 1))
        .where(
            plh.position_id == Appointment.position_id,
            plh.capacity == Capacity.PLH,
            Appointment.capacity != Capacity.PLH,
            plh.person_id != Appointment.person_id,
            plh.starts_on <= day,
            plh.ends_on >= day,
            deputy.is_active,
            ~deputy.is_administrator,
        )
        .correlate(Appointment)
    )
    return ~standing_in.exists()
