"""By which places definitions mean somebody: posts of functions and codes, also of those before.

Reads only, and knows nothing of cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.definition import Definition, Party, Place
from workflow import reading
from workflow.appointments import Credentials


@dataclass(frozen=True, slots=True)
class Called:
    """How definitions may call somebody's agencies, and their positions."""

    names: frozenset[str]
    """Functions on the day and codes of the agencies, and of those that they follow for good."""
    places: frozenset[Place]
    """The positions, and those that they follow."""
    agency_ids: frozenset[int]
    """The agencies, and those that they follow for good."""

    def is_asked(self, definition: Definition) -> bool:
        """Whether the definition asks one of the agencies or positions."""
        asked = {place for party in definition.parties.values() for place in of_party(party)}
        is_named = not self.names.isdisjoint(place.agency for place in asked)
        return is_named or not self.places.isdisjoint(asked)


def of_party(party: Party) -> tuple[Place, ...]:
    """Where a party is asked, and where instead."""
    return tuple(place for place in (party.place, party.instead) if place is not None)


def called(session: Session, who: Credentials, day: date) -> Called:
    """How definitions may call what the person is on the day, asked of the database once."""
    if not who.actors:
        return Called(frozenset(), frozenset(), frozenset())
    asked = {"positions": who.position_ids, "agencies": who.agency_ids, "day": day}
    question = ("called", tuple(who.position_ids), day)
    return reading.once(session, question, lambda: _called(session, asked))


def _called(session: Session, asked: dict[str, object]) -> Called:
    rows = session.execute(_CALLED, asked).all()
    return Called(
        frozenset(row.name for row in rows if row.is_whole),
        frozenset(Place(row.name, row.post) for row in rows if row.post is not None),
        frozenset(row.agency_id for row in rows if row.is_whole),
    )


_CALLED = text("""
    WITH RECURSIVE followed (agency_id, post) AS (
        SELECT agency_id, post FROM positions WHERE id = ANY (CAST(:positions AS bigint[]))
        UNION
        SELECT before.agency_id, before.post FROM followed CROSS JOIN LATERAL (
            SELECT positions.agency_id, positions.post
            FROM positions JOIN positions AS heirs ON heirs.id = positions.followed_by_id
            WHERE heirs.agency_id = followed.agency_id AND heirs.post = followed.post
              AND positions.closed_on < :day
            UNION ALL
            SELECT agencies.id, CASE WHEN NOT EXISTS (
                SELECT FROM positions
                WHERE positions.agency_id = agencies.id AND positions.post = followed.post
                  AND positions.followed_by_id IS NOT NULL
            ) THEN followed.post END
            FROM agencies WHERE agencies.followed_by_id = followed.agency_id
        ) AS before
    )
    SELECT named.name, followed.agency_id, followed.post, agencies.followed_by_id IS NOT NULL
           OR agencies.id = ANY (CAST(:agencies AS bigint[])) AS is_whole
    FROM followed JOIN agencies ON agencies.id = followed.agency_id
    CROSS JOIN LATERAL (
        SELECT agencies.code AS name
        UNION ALL
        SELECT function FROM agency_functions
        WHERE agency_id = agencies.id AND valid_from <= :day
          AND (valid_until IS NULL OR valid_until >= :day)
    ) AS named
""")
"""Without a post: an agency that the person's follows, with that post elsewhere."""
