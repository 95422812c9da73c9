"""Agencies merged or split from a day on: entered with what it does, and carried out on the day.

One succession is about one agency: a merger of two into a third is two of them, a split is one
with several heirs. The day's work is a message of the outbox, so that nobody has to be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import occupancy, outbox
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import Agency, Succession
from workflow.models.succession import waiting
from workflow.occupancy import Misfit, Stretch
from workflow.succession import missing, plans
from workflow.succession.carrying_out import LOOK_AGAIN, Outcome, carry_out, look_again
from workflow.succession.missing import Missed
from workflow.succession.plans import Entered, Plan

__all__ = [
    "LOOK_AGAIN",
    "SUCCEED",
    "Effect",
    "Missed",
    "Outcome",
    "Plan",
    "carry_out",
    "enter",
    "look_again",
    "preview",
    "withdraw",
]

SUCCEED = "succeed"
"""The kind of message that carries a succession out on its day."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What carrying out would do, which posts of the heirs too many would hold then, and whom
    workflows would find no more.
    """

    outcome: Outcome
    crowded: tuple[Stretch, ...]
    missed: tuple[Missed, ...]


def preview(
    session: Session, agency_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> Effect:
    """What the succession would do, by doing it and taking it back. Raises NotFound and Invalid."""
    with session.begin_nested() as savepoint:
        succession = _add(session, agency_id, typed, by, now)
        day, heirs = succession.happens_on, succession.plan["heirs"]
        before = missing.of_workflows(session, day)
        outcome = carry_out(session, succession.id, now)
        found = occupancy.misfits(session, day, heirs)
        missed = tuple(missing.since(session, before, missing.of_workflows(session, day)))
        savepoint.rollback()
    crowded = tuple(one for one in found if one.kind is Misfit.OVERLAP)
    return Effect(outcome, crowded, missed)


def enter(
    session: Session, agency_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> int:
    """Enter a succession; of today, it is carried out at once. Returns its number.

    Raises NotFound and Invalid.
    """
    succession = _add(session, agency_id, typed, by, now)
    if succession.happens_on <= now.date():
        carry_out(session, succession.id, now)
    else:
        due_at = datetime.combine(succession.happens_on, time.min, now.tzinfo)
        key = f"{SUCCEED}:{succession.id}"
        row = outbox.row(SUCCEED, key, {"succession_id": succession.id}, now, due_at)
        outbox.post(session, [row])
    return succession.id


def withdraw(session: Session, succession_id: int, *, by: int, now: datetime) -> None:
    """Let nothing come of a succession that waits. Raises NotFound, Invalid when it does not."""
    found = session.get(Succession, succession_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"succession {succession_id}")
    if found.carried_out_at is not None or found.withdrawn_at is not None:
        raise Invalid(Problem("succession", "not_waiting"))
    found.withdrawn_at, found.withdrawn_by = now, by
    session.flush()


def of_agency(session: Session, agency_id: int) -> list[Succession]:
    """The agency's successions, the newest first; what was withdrawn is left out."""
    query = select(Succession).where(
        Succession.agency_id == agency_id, Succession.withdrawn_at.is_(None)
    )
    return list(session.scalars(query.order_by(Succession.id.desc())))


def _add(
    session: Session, agency_id: int, typed: Mapping[str, str], by: int, now: datetime
) -> Succession:
    for one in plans.named(agency_id, typed):  # so that no two of them go to one another
        found = session.get(Agency, one, with_for_update={"key_share": True})
        if found is None and one == agency_id:
            raise NotFound(f"agency {agency_id}")
    own = select(Succession.id).where(Succession.agency_id == agency_id, waiting())
    if session.scalar(own) is not None:
        raise Invalid(Problem("happens_on", "succession_waits"))
    entered: Entered = plans.read(session, agency_id, typed, now)
    succession = Succession(
        agency_id=agency_id,
        happens_on=entered.happens_on,
        ends=entered.ends,
        decree=entered.decree,
        decree_on=entered.decree_on,
        plan=entered.plan.to_json(),
        entered_by=by,
        entered_at=now,
    )
    session.add(succession)
    session.flush()  # its number is needed to carry it out
    return succession
