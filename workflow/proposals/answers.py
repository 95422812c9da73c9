"""Answers to returned points while they are written. The decision that sends them is final."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from workflow import engine
from workflow.errors import Invalid, Problem
from workflow.proposals.views import points

LONGEST_ANSWER = 5_000


def keep(
    session: Session,
    case_id: int,
    answers: Mapping[int, str],
    *,
    person_id: int,
    appointment_id: int | None,
    now: datetime,
) -> tuple[int, ...]:
    """Keep what was written so far under open points; returns the numbers whose words changed.

    Raises Invalid for answers that are too long, Refused when this person may not edit now.
    """
    too_long = [number for number, words in answers.items() if len(words) > LONGEST_ANSWER]
    if too_long:
        limit = {"most": LONGEST_ANSWER}
        raise Invalid(*(Problem(f"answers.{number}", "too_long", limit) for number in too_long))
    known = points(session, case_id, person_id, now)
    changed = [
        (point, words)
        for point in known
        if point.answered_at is None
        and (words := answers.get(point.number, point.answer or "").strip()) != (point.answer or "")
    ]
    if not changed:
        return ()
    numbers = sorted(point.number for point, _words in changed)
    engine.change_facts(
        session,
        case_id,
        {},
        person_id=person_id,
        appointment_id=appointment_id,
        now=now,
        kind="proposal_saved",
        payload={"answers": numbers},
    )
    for point, words in changed:
        point.answer = words or None
    return tuple(numbers)
