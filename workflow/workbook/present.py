"""The organisation of a day as rows of the workbook: what is exported, and compared on import."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workflow.models import (
    Agency,
    AgencyFunction,
    AgencyName,
    Appointment,
    Person,
    Position,
)
from workflow.models.organisation import title_on
from workflow.organisation import is_open
from workflow.organising import positions
from workflow.workbook.sheets import NO, POST_OF, YES, Sheet

Cells = dict[str, str]


class Post(NamedTuple):
    """A position as the workbook names it."""

    code: str
    post: str

    @property
    def word(self) -> str:
        """As a superior is written."""
        return f"{self.code}{POST_OF}{self.post}"


def rows(session: Session, today: date) -> dict[Sheet, list[Cells]]:
    """All rows of all sheets: what is there on the day or still to come."""
    lasting = _lasting(session, today)
    posts = posts_of(session)
    found: dict[Sheet, Iterator[Cells]] = {
        Sheet.AGENCIES: _agencies(session, lasting),
        Sheet.NAMES: _names(session, lasting),
        Sheet.FUNCTIONS: _functions(session, lasting, today),
        Sheet.POSITIONS: _positions(session, lasting, posts, today),
        Sheet.TITLES: _titles(session, lasting, posts, today),
        Sheet.PEOPLE: _people(session),
        Sheet.APPOINTMENTS: _appointments(session, lasting, posts, today),
    }
    return {sheet: [_lined(cells) for cells in every] for sheet, every in found.items()}


def _lined(cells: Cells) -> Cells:
    """The same in single blanks, as a file is read."""
    return {name: " ".join(words.split()) for name, words in cells.items()}


def posts_of(session: Session) -> dict[int, Post]:
    """All positions by number, closed ones included."""
    query = select(Position.id, Agency.code, Position.post).join(
        Agency, Agency.id == Position.agency_id
    )
    return {row.id: Post(row.code, row.post) for row in session.execute(query)}


def _lasting(session: Session, today: date) -> dict[int, str]:
    """The codes of the agencies that are not over, by number, parents before their parts."""
    rows = session.execute(
        select(Agency.id, Agency.code, Agency.parent_id)
        .where(
            Agency.id.in_(
                select(AgencyName.agency_id).where(
                    or_(AgencyName.valid_until.is_(None), AgencyName.valid_until >= today)
                )
            )
        )
        .order_by(Agency.id)
    ).all()
    ordered: dict[int, str] = {}
    left = {row.id: row for row in rows}
    while left:
        ready = [row for row in left.values() if row.parent_id not in left]
        for row in ready or list(left.values()):
            ordered[row.id] = row.code
            del left[row.id]
    return ordered


def _agencies(session: Session, lasting: dict[int, str]) -> Iterator[Cells]:
    found = {one.id: one for one in session.scalars(select(Agency).where(Agency.id.in_(lasting)))}
    for agency_id, code in lasting.items():
        agency = found[agency_id]
        parent = lasting.get(agency.parent_id or 0, "")
        yield {"code": code, "parent": parent, "week": agency.week}


def _names(session: Session, lasting: dict[int, str]) -> Iterator[Cells]:
    query = (
        select(AgencyName)
        .where(AgencyName.agency_id.in_(lasting))
        .order_by(AgencyName.agency_id, AgencyName.valid_from)
    )
    for name in session.scalars(query):
        yield {
            "code": lasting[name.agency_id],
            "name": name.name,
            "short_name": name.short_name,
            "valid_from": name.valid_from.isoformat(),
        }


def _functions(session: Session, lasting: dict[int, str], today: date) -> Iterator[Cells]:
    query = (
        select(AgencyFunction)
        .where(
            AgencyFunction.agency_id.in_(lasting),
            or_(AgencyFunction.valid_until.is_(None), AgencyFunction.valid_until >= today),
        )
        .order_by(AgencyFunction.function, AgencyFunction.valid_from)
    )
    for held in session.scalars(query):
        yield {
            "function": held.function,
            "code": lasting[held.agency_id],
            "valid_from": held.valid_from.isoformat(),
        }


def _positions(
    session: Session, lasting: dict[int, str], posts: dict[int, Post], today: date
) -> Iterator[Cells]:
    query = (
        select(Position, title_on(today))
        .where(Position.agency_id.in_(lasting), is_open(today))
        .order_by(Position.agency_id, Position.id)
    )
    for position, title in session.execute(query):
        above = posts.get(position.superior_id or 0)
        yield {
            "code": lasting[position.agency_id],
            "post": position.post,
            "title": title,
            "superior": above.word if above else "",
            "places": str(position.places),
        }


def _titles(
    session: Session, lasting: dict[int, str], posts: dict[int, Post], today: date
) -> Iterator[Cells]:
    """The titles of today and to come whose first day is known."""
    open_now = select(Position.id).where(Position.agency_id.in_(lasting), is_open(today))
    known = set(session.scalars(open_now))
    for position_id, held in positions.titles(session, lasting).items():
        code, post = posts[position_id]
        for one in reversed(held if position_id in known else []):
            if one.valid_from and (one.valid_until is None or one.valid_until >= today):
                since = one.valid_from.isoformat()
                yield {"code": code, "post": post, "title": one.title, "valid_from": since}


def _people(session: Session) -> Iterator[Cells]:
    query = select(Person).where(Person.is_active).order_by(Person.username)
    for person in session.scalars(query):
        yield {
            "username": person.username,
            "name": person.name,
            "email": person.email,
            "is_administrator": YES if person.is_administrator else NO,
        }


def _appointments(
    session: Session, lasting: dict[int, str], posts: dict[int, Post], today: date
) -> Iterator[Cells]:
    query = (
        select(Appointment, Person.username)
        .join(Person, Person.id == Appointment.person_id)
        .join(Position, Position.id == Appointment.position_id)
        .where(
            Position.agency_id.in_(lasting),
            is_open(today),
            Person.is_active,
            or_(Appointment.ends_on.is_(None), Appointment.ends_on >= today),
            or_(Appointment.ends_on.is_(None), Appointment.ends_on >= Appointment.starts_on),
        )
        .order_by(Position.agency_id, Position.id, Appointment.starts_on, Appointment.id)
    )
    for held, username in session.execute(query):
        post = posts[held.position_id]
        yield {
            "username": username,
            "code": post.code,
            "post": post.post,
            "capacity": held.capacity,
            "starts_on": held.starts_on.isoformat(),
            "ends_on": held.ends_on.isoformat() if held.ends_on else "",
            "letter_number": held.letter_number,
            "letter_date": held.letter_date.isoformat(),
        }
