"""A case called off on the document of whoever has the authority; the administrator records it.

Nothing is decided by the administrator: the document is named, and stands in the journal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from states.definition import Outcome
from states.marking import Marking
from states.move import Closed
from workflow import cases, journal, permissions, versions
from workflow.engine import reasons, shifting
from workflow.engine.shifting import Shift
from workflow.errors import Invalid, Problem, Reason, Refused
from workflow.permissions import Permission

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Mandate:
    """The document by which a case is called off, as it was typed: whose, its number, its date."""

    authority: str
    number: str
    dated: str


def cancel(
    session: Session,
    case_id: int,
    document: Mandate,
    reason: str,
    *,
    person_id: int,
    now: datetime,
) -> bool:
    """End the case as cancelled; False when it was cancelled already.

    Raises NotFound, Refused for a case that ended otherwise, Invalid with everything wrong.
    """
    case = cases.lock(session, case_id)
    who = permissions.demand(session, person_id, Permission.TEND_CASE, now, case_id=case_id)
    if case.outcome == Outcome.CANCELLED:
        return False
    if case.outcome is not None:
        raise Refused(Reason("case_ended", {"outcome": case.outcome}))
    words = " ".join(reason.split())
    problems = (*_problems(document, now.date()), *reasons.wrong(words))
    if problems:
        raise Invalid(*problems)
    told = {
        "by": who.name,
        "data": {
            "reason": words,
            "authority": document.authority.strip(),
            "letter_number": document.number.strip(),
            "letter_date": date.fromisoformat(document.dated).isoformat(),
        },
    }
    closed = tuple(_open_seats(case.marking))
    version = versions.of(session, case)
    after = version.machine.cancelled(case.marking)
    shift = Shift(journal.CANCELLED, after, person_id, told, case.hats, closed)
    shifting.write(session, case, shift, now)
    return True


def _open_seats(marking: Marking) -> Iterator[Closed]:
    for path, visit in marking.standing():
        for number, seat in enumerate(marking.seats[path]):
            if seat.verdict is None:
                yield Closed(path, visit, number, "cancelled")


def _problems(document: Mandate, today: date) -> Iterator[Problem]:
    for name in ("authority", "number"):
        words = str(getattr(document, name)).strip()
        if not words:
            yield Problem(name, "required")
        elif len(words) > LONGEST:
            yield Problem(name, "too_long", {"most": LONGEST})
    try:
        is_to_come = date.fromisoformat(document.dated) > today
    except ValueError:
        yield Problem("dated", "not_a_date")
        return
    if is_to_come:
        yield Problem("dated", "letter_to_come")
