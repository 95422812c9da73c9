"""Whom a hat means in one case on one day: its agency, its position, and who holds it.

Judges nobody: whether a holder may act is the business of `permissions`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.definition import Definition, Party, Place
from workflow import reading
from workflow.cases import CaseState
from workflow.errors import Reason, Refused
from workflow.meanings import FOUND, HELD
from workflow.models.organisation import Capacity


@dataclass(frozen=True, slots=True)
class Addressee:
    """The position that a hat means; without an id, the agency has no such position yet."""

    agency_id: int
    agency: str
    week: str
    post: str
    position_id: int | None
    title: str
    is_heir: bool
    """Whether it is asked because the agency that is named is no more."""
    holdings: tuple[Holding, ...]
    """The active people who hold it on the day."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Somebody who holds a position on the day."""

    position_id: int
    person_id: int
    name: str
    capacity: Capacity
    is_administrator: bool
    agency_ids: tuple[int, ...]
    """All agencies in which the person holds a position on the day."""

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Holding:
        """Make one of what HOLDERS selects."""
        own = {"capacity": Capacity(row["capacity"]), "agency_ids": tuple(row["agency_ids"])}
        return cls(**{**row, **own})


class Directory:
    """Whom hats mean in one case on one day; no place is asked of the database twice.

    The owner's own agency does not review itself: where `instead` is given, it is asked then.
    """

    def __init__(
        self, session: Session, definition: Definition, case: CaseState, day: date
    ) -> None:
        self._session = session
        self._definition = definition
        self._case = case
        self.day = day
        self._found: dict[Place, Addressee | None] = {}

    def addressees(self, hats: Iterable[str]) -> dict[str, Addressee]:
        """Whom each hat means; one whose agency does not exist on the day is left out."""
        wanted = {hat: self._definition.parties[self._definition.hat(hat)] for hat in hats}
        places = _places(wanted.values()) - self._found.keys()
        if places:
            asked = ("places", self._case.agency_id, self.day, frozenset(places))
            self._found |= reading.once(self._session, asked, lambda: self._find(places))
        resolved = {
            hat: _choose(self._case.owner_line, party.place, party.instead, self._found)
            for hat, party in wanted.items()
        }
        return {hat: addressee for hat, addressee in resolved.items() if addressee is not None}

    def places(self, hats: Iterable[str]) -> set[Place]:
        """The places that must be known to tell whom the hats mean."""
        return _places(self._definition.parties[self._definition.hat(hat)] for hat in hats)

    def question(self, places: Iterable[Place]) -> dict[str, Any]:
        """The values with which FOUND asks for these places."""
        ordered = sorted(places, key=lambda place: (place.agency, place.post))
        asked = json.dumps([{"wanted": one.agency, "post": one.post} for one in ordered])
        return {"places": asked, "owner": self._case.agency_id, "day": self.day}

    def learn(self, places: Iterable[Place], rows: list[dict[str, Any]] | None) -> None:
        """Take over what FOUND selected for these places."""
        self._found |= _known(places, rows)

    def _find(self, places: Iterable[Place]) -> dict[Place, Addressee | None]:
        connection = self._session.connection()
        rows = connection.exec_driver_sql(_FIND, self.question(places)).scalar()
        return _known(places, rows)


def found(session: Session, asked: Iterable[Party], day: date) -> dict[Place, Addressee | None]:
    """Whom the places of these parties mean on the day, whoever owns a case."""
    places = {place for place in _places(asked) if place.agency != "owner"}
    ordered = [{"wanted": one.agency, "post": one.post} for one in places]
    question = {"places": json.dumps(ordered), "owner": None, "day": day}
    rows = session.connection().exec_driver_sql(_FIND, question).scalar()
    return _known(places, rows)


def chosen(
    party: Party, owner_line: Sequence[int], known: Mapping[Place, Addressee | None]
) -> Addressee | None:
    """Whom a party means in a case of this owner."""
    return _choose(owner_line, party.place, party.instead, known)


def ensure(session: Session, hat: str, addressee: Addressee | None) -> tuple[int, Addressee]:
    """The position's id, made if the agency had none. Raises Refused when there is no agency."""
    if addressee is None:
        raise Refused(Reason("no_agency", {"party": hat}))
    if addressee.position_id is not None:
        return addressee.position_id, addressee
    title = f"{addressee.post.replace('_', ' ').capitalize()} {addressee.agency}".strip()
    values = {"agency_id": addressee.agency_id, "post": addressee.post, "title": title}
    position_id: int = session.execute(_MAKE_POSITION, values).scalar_one()
    return position_id, replace(addressee, position_id=position_id, title=title)


def foreseen(_session: Session, hat: str, addressee: Addressee | None) -> tuple[int, Addressee]:
    """The position's id, or 0 for one that is made when it is needed. Writes nothing.

    Raises Refused when there is no agency.
    """
    if addressee is None:
        raise Refused(Reason("no_agency", {"party": hat}))
    return addressee.position_id or 0, addressee


def holdings(session: Session, position_ids: Iterable[int], day: date) -> dict[int, list[Holding]]:
    """Who holds these positions on the day, by position; active people only."""
    ids = sorted(set(position_ids))
    held: dict[int, list[Holding]] = {position_id: [] for position_id in ids}
    if ids:
        asked = {"positions": ids, "day": day}
        found = session.connection().exec_driver_sql(_HOLDINGS, asked).scalar_one()
        for holding in map(Holding.read, found or ()):
            held[holding.position_id].append(holding)
    return held


def turning_days(session: Session, first: date, last: date) -> list[date]:
    """The days after the first, up to the last, on which others may be meant, or other titles."""
    return list(session.execute(_TURNS, {"first": first, "last": last}).scalars())


def owner_line(session: Session, agency_id: int) -> list[int]:
    """The agency and its parents, itself first."""
    return list(session.execute(_LINE, {"agency_id": agency_id}).scalars())


def _known(
    places: Iterable[Place], rows: list[dict[str, Any]] | None
) -> dict[Place, Addressee | None]:
    """What FOUND selected for these places; None for those that mean nobody."""
    known: dict[Place, Addressee | None] = dict.fromkeys(places)
    for row in rows or ():
        place = Place(row.pop("wanted"), row.pop("wanted_post"))
        held = tuple(map(Holding.read, row.pop("holdings") or ()))
        known[place] = Addressee(**row, holdings=held)
    return known


def _choose(
    owner_line: Sequence[int],
    place: Place | None,
    instead: Place | None,
    found: Mapping[Place, Addressee | None],
) -> Addressee | None:
    chosen = found.get(place) if place else None
    if place is None or instead is None or place.agency == "owner":
        return chosen
    if chosen is None or chosen.agency_id not in owner_line:
        return chosen
    other = found.get(instead)
    return chosen if other is None or other.agency_id in owner_line else other


def _places(asked: Iterable[Party]) -> set[Place]:
    return {place for party in asked for place in (party.place, party.instead) if place}


_FIND = f"SELECT {FOUND}"
_HOLDINGS = f"SELECT {HELD.format(which='= ANY (%(positions)s)')}"
_LINE = text("""
    WITH RECURSIVE line (id, parent_id, distance) AS (
        SELECT id, parent_id, 0 FROM agencies WHERE id = :agency_id
        UNION ALL
        SELECT above.id, above.parent_id, line.distance + 1
        FROM agencies AS above JOIN line ON above.id = line.parent_id
    )
    SELECT id FROM line ORDER BY distance
""")
_TURNS = text("""
    SELECT DISTINCT day FROM (
        SELECT starts_on AS day FROM appointments UNION ALL SELECT ends_on + 1 FROM appointments
        UNION ALL SELECT valid_from FROM agency_functions
        UNION ALL SELECT valid_until + 1 FROM agency_functions
        UNION ALL SELECT valid_from FROM agency_names
        UNION ALL SELECT valid_until + 1 FROM agency_names
        UNION ALL SELECT valid_until + 1 FROM former_titles
    ) AS turns
    WHERE day > :first AND day <= :last ORDER BY day
""")
_MAKE_POSITION = text("""
    INSERT INTO positions (agency_id, post, title) VALUES (:agency_id, :post, :title)
    ON CONFLICT (agency_id, post) DO UPDATE SET post = excluded.post
    RETURNING id
""")
