"""A city's first day: what must be there before its organisation can be entered on pages.

Working weeks, national days that wait for their decree, the shipped workflows, and the
administrator who enters everybody else. No agency and no other person.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from workflow import accounts, closed_days, definitions
from workflow.city import reading
from workflow.errors import Invalid, Problem
from workflow.models import Person, WorkWeek
from workflow.organising import people

DEFAULT_WORKFLOW = "program-proposal"
LOCK = 0x616C7573
"""Two processes that start at once agree on this number; the second finds the city there."""


def begin(session: Session, typed: Mapping[str, str], password: str, now: datetime) -> int:
    """Begin a city in an empty database; returns the number of its first administrator.

    `typed` holds their `username`, `name` and `email`. Raises Invalid, also when people are there.
    """
    if has_people(session):
        raise Invalid(Problem("username", "people_are_there"))
    if problems := accounts.password_problems(password):
        raise Invalid(*problems)
    found_weeks(session)
    person_id = people.make(session, {**typed, "is_administrator": "yes"}, by=None, now=now)
    accounts.set_password(session, typed["username"], password)
    for year in (now.year, now.year + 1):
        closed_days.load(session, year, now, by=None)
    definitions.publish_shipped(session, by=person_id, now=now, default=DEFAULT_WORKFLOW)
    return person_id


def has_people(session: Session) -> bool:
    """Whether anybody is there. Until the transaction ends, nobody else begins a city."""
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    return session.scalar(select(exists().where(Person.id.is_not(None)))) or False


def found_weeks(session: Session) -> None:
    """Write the working weeks of five and six days."""
    session.add_all(
        WorkWeek(code=code, name=week["name"], hours=week["hours"])
        for code, week in reading.city()["weeks"].items()
    )
    session.flush()  # agencies name their week
