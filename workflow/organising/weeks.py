"""The working week of an agency: what a change would do to its deadlines, and the change itself.

Open deadlines are counted again after the commit, and move later or stay, as they do when the
calendar changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from workflow import calendar_effects, deadlines, outbox, setting_changes
from workflow.calendar_effects import Effect
from workflow.errors import NotFound
from workflow.models import Agency, WorkWeek
from workflow.organising.agencies import LONGEST_DECREE, Change, subject
from workflow.typed import Typed


def preview(session: Session, agency_id: int, typed: Mapping[str, str], now: datetime) -> Effect:
    """What the change would do. `typed` holds `week` and `decree`. Raises NotFound and Invalid."""
    week, _ = _checked(session, session.get(Agency, agency_id), typed)
    return calendar_effects.effect_of_week(session, agency_id, week, now)


def change(
    session: Session, agency_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> None:
    """Let the agency work by another week from now on. Raises NotFound and Invalid."""
    agency = session.get(Agency, agency_id, with_for_update=True)
    week, decree = _checked(session, agency, typed)
    assert agency is not None
    what = {"from": agency.week, "to": week, "decree": decree}
    agency.week = week
    setting_changes.note(session, subject(agency_id), Change.WEEK_CHANGED, by, now, what)
    key = f"{deadlines.REWEEK}:{agency_id}:{now.isoformat()}"
    row = outbox.row(deadlines.REWEEK, key, {"agency_id": agency_id}, now)
    outbox.post(session, [row])
    session.flush()


def _checked(session: Session, agency: Agency | None, typed: Mapping[str, str]) -> tuple[str, str]:
    if agency is None:
        raise NotFound("agency")
    form = Typed(typed)
    week = form.text("week")
    decree = form.text("decree", most=LONGEST_DECREE)
    if week and session.get(WorkWeek, week) is None:
        form.wrong("week", "unknown_choice")
    elif week == agency.week:
        form.wrong("week", "works_it_already")
    form.raise_problems()
    return week, decree
