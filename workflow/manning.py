"""Whether somebody can work for every party of a definition today, whoever proposes.

Looks at one definition and the organisation of one day; knows no case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from states.definition import Definition, Party, Place
from workflow import organisation, parties, versions
from workflow.eligibility import Asked, Eligibility
from workflow.models import Appointment, Person, Position
from workflow.parties import Addressee
from workflow.permissions import DRAFTING_POSTS


@dataclass(frozen=True, slots=True)
class Unmanned:
    """A party for which nobody can work today; `owners` are the agencies in whose cases.

    Without owners it is so in every case in which that post is asked: nothing of it is published.
    """

    hat: str
    place: Place
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """An agency that can propose: its name, itself with those above it, its posts that are held."""

    name: str
    line: tuple[int, ...]
    posts: frozenset[str]


def unmanned(session: Session, definition: Definition, day: date) -> list[Unmanned]:
    """Every party without anybody, the parties in the order of the definition."""
    hats = dict.fromkeys(definition.hat(name) for name in definition.parties)
    asked = [definition.parties[hat] for hat in hats]
    known = parties.found(session, asked, day)
    owners, version = list(_owners(session, day)), versions.compiled(definition)
    found = []
    for party in asked:
        missing: dict[Place, list[str]] = {}
        manned: set[Place] = set()
        for owner in owners:
            place, whom = _place(party, owner, known)
            rules = Eligibility(version, owner.line, {})
            if place is None or _works(party, place, whom, owner, rules):
                manned |= {place} if place is not None else set()
            else:
                missing.setdefault(place, []).append(owner.name)
        for place, names in missing.items():
            is_everywhere = place == party.place and place not in manned
            found.append(Unmanned(party.name, place, () if is_everywhere else tuple(names)))
    return found


def _place(
    party: Party, owner: Owner, known: Mapping[Place, Addressee | None]
) -> tuple[Place | None, Addressee | None]:
    """Which place of the party is asked in a case of the owner, and whom that means."""
    whom = parties.chosen(party, owner.line, known)
    is_ordinary = (
        party.instead is None
        or whom is None
        or whom is (known.get(party.place) if party.place else None)
    )
    return party.place if is_ordinary else party.instead, whom


def _works(
    party: Party, place: Place, whom: Addressee | None, owner: Owner, rules: Eligibility
) -> bool:
    """Whether somebody can work there in a case of the owner."""
    if place.agency == "owner":
        return place.post in owner.posts
    if whom is None:
        return False
    return bool(rules.eligible(whom.holdings, Asked(party.name, whom.agency_id, whom.agency)))


def _owners(session: Session, day: date) -> Iterator[Owner]:
    """The agencies in which somebody may begin a proposal today."""
    agencies = {agency.id: agency for agency in organisation.agencies(session, day)}
    held: dict[int, set[str]] = {}
    for agency_id, post in session.execute(
        select(Position.agency_id, Position.post)
        .join(Appointment, Appointment.position_id == Position.id)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Person.is_active,
            Appointment.starts_on <= day,
            or_(Appointment.ends_on.is_(None), Appointment.ends_on >= day),
        )
    ):
        held.setdefault(agency_id, set()).add(post)
    for agency_id, agency in agencies.items():
        posts = frozenset(held.get(agency_id, ()))
        if posts & DRAFTING_POSTS:
            yield Owner(agency.name, tuple(_line(agencies, agency_id)), posts)


def _line(agencies: Mapping[int, organisation.AgencyView], agency_id: int | None) -> Iterator[int]:
    while agency_id is not None and agency_id in agencies:
        yield agency_id
        agency_id = agencies[agency_id].parent_id
