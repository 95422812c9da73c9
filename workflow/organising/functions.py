"""Functions of agencies: what workflows ask for, one agency's at a time, from a day on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import agency_years, setting_changes
from workflow.models import Agency, AgencyFunction
from workflow.organisation import valid_on
from workflow.organising.agencies import DAY, LONGEST_CODE, LONGEST_DECREE, Change, lock, subject
from workflow.typed import Typed

FUNCTION = r"[a-z]+(_[a-z]+)*"


def give(
    session: Session, agency_id: int, typed: Mapping[str, str], *, by: int, now: datetime
) -> None:
    """Give the agency a function from a day on; whoever had it has it until the day before.

    `typed` holds `function`, `valid_from` and `decree`. Raises NotFound and Invalid. Work that is
    under way stays with the positions that have it; a function that nobody had may be given for
    days that are over.
    """
    lock(session, agency_id)
    form = Typed(typed)
    function = form.word("function", FUNCTION, most=LONGEST_CODE)
    valid_from = form.day("valid_from")
    decree = form.text("decree", most=LONGEST_DECREE)
    _refuse(session, form, agency_id, function, valid_from, now.date())
    form.raise_problems()
    assert valid_from is not None
    hand_over(session, function, agency_id, valid_from)
    what = {"function": function, "from": valid_from.isoformat(), "decree": decree}
    setting_changes.note(session, subject(agency_id), Change.FUNCTION_GIVEN, by, now, what)
    session.flush()


def hand_over(session: Session, function: str, agency_id: int, valid_from: date) -> None:
    """Let the function be this agency's from the day on, and nobody else's."""
    given = session.scalar(
        select(AgencyFunction).where(
            AgencyFunction.function == function, AgencyFunction.valid_from == valid_from
        )
    )
    for held in session.scalars(
        select(AgencyFunction).where(
            AgencyFunction.function == function,
            AgencyFunction.valid_from < valid_from,
            AgencyFunction.valid_until.is_(None) | (AgencyFunction.valid_until >= valid_from),
        )
    ):
        held.valid_until = valid_from - DAY
    if given is None:
        given = AgencyFunction(function=function, valid_from=valid_from)
        session.add(given)
    given.agency_id, given.valid_until = agency_id, None


def _refuse(
    session: Session,
    form: Typed,
    agency_id: int,
    function: str,
    valid_from: date | None,
    today: date,
) -> None:
    if function and session.scalar(select(Agency.id).where(Agency.code == function)) is not None:
        form.wrong("function", "code_taken")
    ended_on = agency_years.ended_on(session, agency_id, today)
    if ended_on is not None:
        form.wrong("valid_from", "agency_closed", day=ended_on)
    if valid_from is None:
        return
    given = select(AgencyFunction.id).where(AgencyFunction.function == function)
    if valid_from < today and session.scalar(given.limit(1)) is not None:
        form.wrong("valid_from", "day_is_over")
    held = session.scalar(
        select(AgencyFunction.id).where(
            AgencyFunction.function == function,
            AgencyFunction.agency_id == agency_id,
            valid_on(valid_from, AgencyFunction.valid_from, AgencyFunction.valid_until),
        )
    )
    if held is not None:
        form.wrong("function", "has_it_already")
    later = session.scalar(
        select(AgencyFunction.valid_from).where(
            AgencyFunction.function == function, AgencyFunction.valid_from > valid_from
        )
    )
    if later is not None:
        form.wrong("valid_from", "given_later", day=later)
