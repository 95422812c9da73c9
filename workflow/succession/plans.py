"""What is planned for an agency that is merged or split: read from a form, checked, and offered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import organisation
from workflow.models import AgencyName, Appointment, Case, Position, Proposal, Succession
from workflow.models.base import Json
from workflow.models.succession import goes_to, waiting
from workflow.organisation import PositionView, is_open, valid_on
from workflow.organising.positions import POST
from workflow.typed import Typed

HEIRS = ("heir_1", "heir_2", "heir_3")
LONGEST_DECREE = 100
"""As long as the number of a letter: appointments that follow rest on it."""
BETWEEN = ":"


@dataclass(frozen=True, slots=True)
class Place:
    """A post of an heir; the position may still have to be made."""

    agency_id: int
    post: str

    @property
    def key(self) -> str:
        """What names it in a form."""
        return f"{self.agency_id}{BETWEEN}{self.post}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each position and each proposal under way goes; what is not named stays, or goes on.

    When the agency ends, what is not named goes to the first heir, positions to the same post.
    """

    heirs: tuple[int, ...]
    places: Mapping[int, Place]
    following: frozenset[int]
    """Positions whose holders follow."""
    proposals: Mapping[int, int]

    def to_json(self) -> Json:
        """Plain values for storing."""
        return {
            "heirs": list(self.heirs),
            "places": {
                str(position_id): [place.agency_id, place.post]
                for position_id, place in self.places.items()
            },
            "following": sorted(self.following),
            "proposals": {str(proposal_id): to for proposal_id, to in self.proposals.items()},
        }

    def of(self, heir_of: Callable[[int], int]) -> Plan:
        """The same, with whoever follows each heir that is no more."""
        known = {one: heir_of(one) for one in self.heirs}
        return Plan(
            heirs=tuple(dict.fromkeys(known.values())),
            places={one: Place(known[to.agency_id], to.post) for one, to in self.places.items()},
            following=self.following,
            proposals={one: known[to] for one, to in self.proposals.items()},
        )

    @classmethod
    def from_json(cls, stored: Json) -> Plan:
        """The plan that was stored."""
        return cls(
            heirs=tuple(stored["heirs"]),
            places={int(one): Place(*place) for one, place in stored["places"].items()},
            following=frozenset(stored["following"]),
            proposals={int(one): to for one, to in stored["proposals"].items()},
        )


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A proposal of the agency whose case runs."""

    proposal_id: int
    case_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Entered:
    """All that a succession says."""

    happens_on: date
    ends: bool
    decree: str
    decree_on: date
    plan: Plan


def read(session: Session, agency_id: int, typed: Mapping[str, str], now: datetime) -> Entered:
    """What was typed. Raises Invalid with everything that is wrong with it.

    `typed` holds `happens_on`, `ends`, `decree`, `decree_on`, `heir_1` to `heir_3`, and for each
    position `place.ID` and `follow.ID`, for each proposal `proposal.ID`.
    """
    form = Typed(typed)
    happens_on = form.day("happens_on")
    ends = form.flag("ends")
    decree = form.text("decree", most=LONGEST_DECREE)
    decree_on = form.day("decree_on")
    if happens_on is not None and happens_on < now.date():
        form.wrong("happens_on", "day_is_over")
    if decree_on is not None and decree_on > now.date():
        form.wrong("decree_on", "letter_to_come")
    if happens_on is not None:
        _check_day(session, form, agency_id, happens_on, ends=ends)
    heirs = _heirs(session, form, agency_id, happens_on)
    places = _places(session, form, agency_id, heirs, now.date(), must_go=ends)
    proposals = _proposals(session, form, agency_id, heirs, must_go=ends)
    form.raise_problems()
    assert happens_on is not None
    assert decree_on is not None
    following = frozenset(one for one in places if form.flag(f"follow.{one}"))
    plan = Plan(tuple(heirs), places, following, proposals)
    return Entered(happens_on, ends, decree, decree_on, plan)


def named(agency_id: int, typed: Mapping[str, str]) -> list[int]:
    """The numbers of all agencies that a form is about, in order."""
    heirs = (Typed(typed).number(name, is_needed=False) for name in HEIRS)
    return sorted({agency_id, *(heir for heir in heirs if heir is not None)})


def positions(session: Session, agency_id: int, today: date) -> list[PositionView]:
    """The positions of the agency that there are today."""
    every = organisation.positions(session, today, agency_id)
    return [position for position in every if position.is_open(today)]


def under_way(session: Session, agency_id: int) -> list[UnderWay]:
    """The proposals of the agency whose cases run, by title."""
    query = (
        select(Proposal.id, Case.id, Proposal.title)
        .join(Case, Case.proposal_id == Proposal.id)
        .where(Case.agency_id == agency_id, Case.outcome.is_(None))
        .order_by(Proposal.title, Proposal.id)
    )
    return [UnderWay(*row) for row in session.execute(query)]


def held_posts(session: Session, heirs: tuple[int, ...], day: date) -> set[tuple[int, str]]:
    """The posts of the heirs that somebody holds on the day."""
    query = (
        select(Position.agency_id, Position.post)
        .join(Appointment, Appointment.position_id == Position.id)
        .where(
            Position.agency_id.in_(heirs),
            is_open(day),
            valid_on(day, Appointment.starts_on, Appointment.ends_on),
        )
    )
    return {(row.agency_id, row.post) for row in session.execute(query)}


def _heirs(session: Session, form: Typed, agency_id: int, day: date | None) -> list[int]:
    heirs: list[int] = []
    for number, name in enumerate(HEIRS):
        heir = form.number(name, is_needed=number == 0)
        if heir is None:
            continue
        if heir == agency_id:
            form.wrong(name, "itself")
        elif heir in heirs:
            form.wrong(name, "repeated")
        elif day is not None and not _is_there(session, heir, day):
            form.wrong(name, "not_there_then")
        else:
            heirs.append(heir)
    return heirs


def _check_day(session: Session, form: Typed, agency_id: int, day: date, *, ends: bool) -> None:
    """Whether the agency is there then, and does not end before something goes to it."""
    if not _is_there(session, agency_id, day):
        form.wrong("happens_on", "not_there_then")
    comes = select(Succession.happens_on, AgencyName.name).where(
        waiting(),
        goes_to(agency_id),
        Succession.happens_on >= day,
        AgencyName.agency_id == Succession.agency_id,
        valid_on(day, AgencyName.valid_from, AgencyName.valid_until),
    )
    found = session.execute(comes.order_by(Succession.happens_on).limit(1)).one_or_none()
    if ends and found is not None:
        form.wrong("happens_on", "heir_until", agency=found.name, day=found.happens_on)


def _is_there(session: Session, agency_id: int, day: date) -> bool:
    """Whether the agency has a name on the day, and does not end until then."""
    query = select(AgencyName.id).where(
        AgencyName.agency_id == agency_id,
        valid_on(day, AgencyName.valid_from, AgencyName.valid_until),
        ~select(Succession.id)
        .where(
            waiting(),
            Succession.agency_id == agency_id,
            Succession.ends,
            Succession.happens_on <= day,
        )
        .exists(),
    )
    return session.scalar(query.limit(1)) is not None


def _places(
    session: Session,
    form: Typed,
    agency_id: int,
    heirs: list[int],
    today: date,
    *,
    must_go: bool,
) -> dict[int, Place]:
    places = {}
    for position in positions(session, agency_id, today):
        name = f"place.{position.id}"
        written = form.text(name, is_needed=must_go)
        heir, _, post = written.partition(BETWEEN)
        if not written:
            continue
        known = {str(one) for one in heirs}
        if heir not in known or not Typed({"post": post}).word("post", POST, most=48):
            form.wrong(name, "unknown_choice")
        else:
            places[position.id] = Place(int(heir), post)
    return places


def _proposals(
    session: Session, form: Typed, agency_id: int, heirs: list[int], *, must_go: bool
) -> dict[int, int]:
    found = {}
    for one in under_way(session, agency_id):
        name = f"proposal.{one.proposal_id}"
        heir = form.number(name, is_needed=must_go)
        if heir is not None and heir not in heirs:
            form.wrong(name, "unknown_choice")
        elif heir is not None:
            found[one.proposal_id] = heir
    return found
