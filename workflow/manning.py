"""Whether somebody can work for every party of a definition today, and enough people where
several are needed, whoever proposes.

Looks at one definition and the organisation of one day; knows no case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from states.definition import Definition, Party, Place
from workflow import organisation, parties, places, reading, versions
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
class Crowded:
    """Hats for which there are fewer people today than have to be; in cases of these owners.

    Two hats that may not be one person, or one that has several seats at a step.
    """

    hats: tuple[str, ...]
    needed: int
    people: int
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """A party that names an agency that is no more, and the one that is asked in its place."""

    hat: str
    code: str
    agency: str


@dataclass(frozen=True, slots=True)
class Manning:
    """Who is missing today: parties without anybody, and hats with too few people.

    `followed` are parties whose agency is no more; whoever follows it is asked.
    """

    unmanned: list[Unmanned]
    crowded: list[Crowded]
    followed: list[Followed]


@dataclass(frozen=True, slots=True)
class Owner:
    """An agency that can propose: its name, itself with those above it, who holds its posts."""

    name: str
    line: tuple[int, ...]
    posts: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where a party is looked for in an owner's cases, and which people can work there."""

    place: Place | None
    people: frozenset[int]


def missing(session: Session, definition: Definition, day: date) -> Manning:
    """Everybody who is missing, the parties in the order of the definition."""
    asked = "missing", definition.hash, day
    return reading.once(session, asked, lambda: _missing(session, definition, day))


def _missing(session: Session, definition: Definition, day: date) -> Manning:
    hats = dict.fromkeys(definition.hat(name) for name in definition.parties)
    asked = [definition.parties[hat] for hat in hats]
    known = parties.found(session, asked, day)
    owners, version = list(_owners(session, day)), versions.compiled(definition)
    able = {
        owner.name: {
            party.name: _able(party, owner, known, Eligibility(version, owner.line, {}))
            for party in asked
        }
        for owner in owners
    }
    return Manning(
        [one for party in asked for one in _unmanned(party, able)],
        list(_crowded(definition, able)),
        [one for party in asked for one in _followed(party, known)],
    )


def _followed(party: Party, known: Mapping[Place, Addressee | None]) -> Iterator[Followed]:
    """The places of the party that name agencies that are no more."""
    for place in places.of_party(party):
        whom = known.get(place)
        if whom is not None and whom.is_heir:
            yield Followed(party.name, place.agency, whom.agency)


def _unmanned(party: Party, able: Mapping[str, Mapping[str, _Asked]]) -> Iterator[Unmanned]:
    """The places at which nobody can work for a party, each with the owners in whose cases."""
    empty: dict[Place, list[str]] = {}
    manned: set[Place] = set()
    for owner, parties_asked in able.items():
        place, people = parties_asked[party.name].place, parties_asked[party.name].people
        if place is not None and people:
            manned.add(place)
        elif place is not None:
            empty.setdefault(place, []).append(owner)
    for place, names in empty.items():
        is_everywhere = place == party.place and place not in manned
        yield Unmanned(party.name, place, () if is_everywhere else tuple(names))


def _crowded(definition: Definition, able: Mapping[str, Mapping[str, _Asked]]) -> Iterator[Crowded]:
    """Hats for which there is somebody, but not as many people as have to be."""
    apart = definition.apart_pairs
    pairs = (pair for pair in combinations(definition.worn, 2) if frozenset(pair) in apart)
    wanted: dict[tuple[str, ...], int] = dict.fromkeys(pairs, 2)
    for step in definition.every_step():
        seats = step.seats
        if seats is not None and seats.party is not None and isinstance(seats.count, int):
            hat = (definition.hat(seats.party),)
            wanted[hat] = max(wanted.get(hat, 0), seats.count)
    for hats, needed in wanted.items():
        short: dict[int, list[str]] = {}
        for owner, asked in able.items():
            each = [asked[hat].people for hat in hats]
            people = len(frozenset().union(*each))
            if all(each) and people < needed:
                short.setdefault(people, []).append(owner)
        for people, names in short.items():
            yield Crowded(hats, needed, people, tuple(names))


def _able(
    party: Party, owner: Owner, known: Mapping[Place, Addressee | None], rules: Eligibility
) -> _Asked:
    """Who can work for a party in a case of the owner; a body outside is never missing."""
    place, whom = _place(party, owner, known)
    if place is None:
        return _Asked(None, frozenset())
    if place.agency == "owner":
        return _Asked(place, owner.posts.get(place.post, frozenset()))
    if whom is None:
        return _Asked(place, frozenset())
    able = rules.eligible(whom.holdings, Asked(party.name, whom.agency_id, whom.agency))
    return _Asked(place, frozenset(holding.person_id for holding in able))


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


def _owners(session: Session, day: date) -> Iterator[Owner]:
    """The agencies in which somebody may begin a proposal today."""
    agencies = {agency.id: agency for agency in organisation.agencies(session, day)}
    held: dict[int, dict[str, set[int]]] = {}
    for agency_id, post, person_id in session.execute(
        select(Position.agency_id, Position.post, Person.id)
        .join(Appointment, Appointment.position_id == Position.id)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Person.is_active,
            Appointment.starts_on <= day,
            or_(Appointment.ends_on.is_(None), Appointment.ends_on >= day),
        )
    ):
        held.setdefault(agency_id, {}).setdefault(post, set()).add(person_id)
    for agency_id, agency in agencies.items():
        posts = {post: frozenset(people) for post, people in held.get(agency_id, {}).items()}
        if posts.keys() & DRAFTING_POSTS:
            yield Owner(agency.name, tuple(_line(agencies, agency_id)), posts)


def _line(agencies: Mapping[int, organisation.AgencyView], agency_id: int | None) -> Iterator[int]:
    while agency_id is not None and agency_id in agencies:
        yield agency_id
        agency_id = agencies[agency_id].parent_id
