"""Who may decide: post x capacity x agency x step x action of the shipped definition, all of it.

The oracle here is written by hand from the process as the city would explain it; it shares nothing
with the engine but the names.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from states import library
from states.reading import read
from tests.workflow.factories import UNITS, City
from tests.workflow.walking import Choice, choices, only_read, said, take
from workflow import engine
from workflow.engine import Offer
from workflow.errors import NotFound, Refused
from workflow.models import Person, Position

STEP_HATS: dict[str, tuple[str, ...]] = {
    "drafting": ("drafter",),
    "verifying": ("owner_secretary",),
    "endorsing": ("owner_head",),
    "checking": ("planning_clerk",),
    "review.planning.assessing": ("planning_analyst",),
    "review.planning.clarifying": ("drafter",),
    "review.planning.deciding": ("planning_head",),
    "review.ict.assigning": ("ict_dispatcher",),
    "review.ict.studying": ("ict_reviewer",),
    "review.ict.merging": ("ict_lead",),
    "review.ict.deciding": ("ict_head",),
    "revising": ("drafter",),
    "resubmitting": ("owner_head",),
    "dormant": ("owner_head",),
    "meeting": ("planning_head", "ict_head", "owner_head"),
    "endorsement": ("city_secretary",),
    "mayor_decides": ("mayor",),
    "national": ("ict_clerk",),
    "issuing": ("planning_clerk",),
}
RIGHTS = {
    "withdraw": "owner_head",
    "cancel": "city_secretary",
    "extend": "planning_analyst",
    "schedule": "planning_head",
}
"""Actions that belong to one hat wherever the case stands."""

USUAL = {
    "planning_clerk": "clerk.bapperida",
    "planning_analyst": "reviewer.bapperida",
    "planning_head": "head.bapperida",
    "ict_dispatcher": "secretary.diskominfo",
    "ict_reviewer": "reviewer.diskominfo",
    "ict_lead": "lead_reviewer.diskominfo",
    "ict_head": "head.diskominfo",
    "ict_clerk": "clerk.diskominfo",
    "city_secretary": "head.setda",
    "mayor": "mayor.kota",
}
INSTEAD = {
    "dinkes": {},
    "bapperida": {
        "planning_clerk": "clerk.setda",
        "planning_analyst": "analyst.setda",
        "planning_head": "assistant.setda",
    },
    "diskominfo": {
        "ict_dispatcher": "secretary.spbe",
        "ict_reviewer": "member.spbe",
        "ict_lead": "coordinator.spbe",
        "ict_head": "assistant_two.setda",
        "ict_clerk": "clerk.setda",
    },
    "setda": {"city_secretary": "vice_mayor.kota"},
}
OWNERS = {"drafter": "operator", "owner_secretary": "secretary", "owner_head": "head"}
CAPACITIES = ("definitive", "plt", "plh", "pj")


@dataclass
class Held:
    """What the oracle knows of a person."""

    positions: list[tuple[str, str]] = field(default_factory=list)
    is_active: bool = True


@dataclass
class Walk:
    """A case on its way, with what the oracle has noted of it."""

    city: City
    case_id: int
    owner: str
    is_priority: bool
    hats: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    assigned: set[str] = field(default_factory=set)
    spoken: set[str] = field(default_factory=set)

    def place(self, hat: str) -> str:
        if hat in OWNERS:
            return f"{OWNERS[hat]}.{self.owner}"
        return {**USUAL, **INSTEAD[self.owner]}[hat]

    def may(self, username: str, held: Held, offer: Offer) -> bool:
        hats = {RIGHTS[offer.action]} if offer.action in RIGHTS else set(STEP_HATS[offer.path])
        if offer.path == "meeting" and offer.action in ("sign", "dissent"):
            hats -= self.spoken
        return held.is_active and any(self.may_in(username, held, hat, offer) for hat in hats)

    def may_in(self, username: str, held: Held, hat: str, offer: Offer) -> bool:
        is_own = any(position.endswith(f".{self.owner}") for position, _ in held.positions)
        if hat not in OWNERS and is_own:
            return False
        if self.hats[username] - {hat}:
            return False
        if hat == "ict_reviewer" and self.assigned and username not in self.assigned:
            return False
        return any(
            position == self.place(hat) and not (is_strategic(offer, self.is_priority) and acts)
            for position, acts in ((p, c in ("plt", "plh")) for p, c in held.positions)
        )

    def note(self, choice: Choice, data: dict[str, Any]) -> None:
        offer, username = choice.offer, choice.username
        chairs = {number: name for name, number in self.city.appointments.items()}
        position = chairs[offer.appointment_id or 0].partition("@")[2]
        asked = (RIGHTS[offer.action],) if offer.action in RIGHTS else STEP_HATS[offer.path]
        (hat,) = (one for one in asked if self.place(one) == position)
        self.hats[username].add(hat)
        if offer.path == "meeting" and offer.action in ("sign", "dissent"):
            self.spoken.add(hat)
        if offer.picks is not None:
            named = {number: name for name, number in self.city.people.items()}
            self.assigned = {named[number] for number in data["picks"]}
        if offer.action == "hand_in":
            self.assigned.discard(username)
        if engine.state(self.city.session, self.case_id).step != "meeting":
            self.spoken = set()


def is_strategic(offer: Offer, is_priority: bool) -> bool:
    if offer.action == "refuse":
        return offer.path != "mayor_decides"
    return offer.action == "reject" and is_priority


def populate(city: City, now: datetime) -> dict[str, Held]:
    """Every post of every agency in every capacity, and those who hold none any more.

    Each post has many places, so that nobody's right rests beside a Plh.
    """
    today = now.date()
    city.session.execute(update(Position).values(places=9))
    people: dict[str, Held] = {}
    for code, (_function, posts) in UNITS.items():
        for post in posts:
            position = f"{post}.{code}"
            people[position] = Held([(position, "definitive")])
            for capacity in CAPACITIES[1:]:
                username = f"{capacity}.{position}"
                city.person(username)
                city.appoint(username, position, capacity, date(2026, 11, 1), today)
                people[username] = Held([(position, capacity)])
            for username, starts_on, ends_on in (
                (f"former.{position}", date(2021, 1, 1), today - timedelta(days=1)),
                (f"next.{position}", today + timedelta(days=1), None),
            ):
                city.person(username)
                city.appoint(username, position, "definitive", starts_on, ends_on)
                people[username] = Held()
    city.person("admin", administers=True)
    people["admin"] = Held()
    for position in ("head.bapperida", "head.setda", "operator.dinkes"):
        username = f"gone.{position}"
        city.person(username)
        city.appoint(username, position)
        city.session.get_one(Person, city.people[username]).is_active = False
        people[username] = Held([(position, "definitive")], is_active=False)
    for owner in ("dinkes", "diskominfo", "setda"):
        username = f"double.{owner}"
        city.person(username)
        city.appoint(username, f"head.{owner}")
        city.appoint(username, "head.bapperida", "plt", date(2026, 11, 1), today)
        people[username] = Held([(f"head.{owner}", "definitive"), ("head.bapperida", "plt")])
    city.session.flush()
    return people


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    return City.founded(session, now)


def concerns(held: Held, owner: str) -> bool:
    """Whether this owner changes what the person may."""
    changed = {position for hat in INSTEAD[owner] for position in (USUAL[hat], INSTEAD[owner][hat])}
    return not INSTEAD[owner] or any(position in changed for position, _ in held.positions)


def actions_of(owner: str) -> set[tuple[str, str]]:
    """The actions that must be walked: all, or those of the hats that this owner changes."""
    definition = read(library.text("program-proposal"))
    return {
        (step.path, name)
        for step in definition.every_step()
        for name in step.actions
        if not INSTEAD[owner] or set(STEP_HATS[step.path]) & set(INSTEAD[owner])
    }


@pytest.mark.slow
@pytest.mark.parametrize("owner", INSTEAD)
def test_of_all_people_only_those_who_may_are_allowed_each_action(
    city: City, now: datetime, owner: str
) -> None:
    """The whole city over a proposal of a usual owner; then those whom another owner changes."""
    people = populate(city, now)
    checked = {name: held for name, held in people.items() if concerns(held, owner)}
    version_id = city.publish(library.text("program-proposal"))
    rng, missing, seen = Random(owner), actions_of(owner), set[object]()
    walked = 0
    while missing and walked < 30:
        walked += 1
        walk = begin(city, version_id, now, owner, rng)
        while missing and engine.state(city.session, walk.case_id).outcome is None:
            check_everybody(walk, checked, now, seen)
            step_forward(walk, people, now, rng, missing)
    assert not missing


def begin(city: City, version_id: int, now: datetime, owner: str, rng: Random) -> Walk:
    facts = {
        "new_application": rng.random() < 0.5,
        "in_master_plan": rng.random() < 0.5,
        "changes_plan": rng.random() < 0.5,
        "mayoral_priority": rng.random() < 0.5,
        "lane": rng.choice(("light", "standard", "strategic")),
    }
    case_id = city.case(version_id, now, owner=owner, **facts)
    return Walk(city, case_id, owner, bool(facts["mayoral_priority"]))


def step_forward(
    walk: Walk,
    people: dict[str, Held],
    now: datetime,
    rng: Random,
    missing: set[tuple[str, str]],
) -> None:
    city, case_id = walk.city, walk.case_id
    asked = {holder.position_id for holder in engine.holders(city.session, case_id, now)}
    asked.add(city.positions[walk.place(RIGHTS["extend"])])
    near = [
        name
        for name, held in people.items()
        if any(city.positions[position] in asked for position, _ in held.positions)
    ]
    found = choices(city, case_id, now, sorted(near))
    for holder in engine.holders(city.session, case_id, now):
        is_slow = rng.random() < (0.5 if ("dormant", "resume") in missing else 0.1)
        if is_slow and holder.path in ("revising", "review.planning.clarifying"):
            engine.lapse(city.session, case_id, holder.path, holder.visit, now)
            return
    assert found, engine.holders(city.session, case_id, now)
    wanted = [one for one in found if (one.offer.path, one.offer.action) in missing]
    gentle = [one for one in found if one.offer.means not in ("stop", "reject")]
    choice = rng.choice(wanted if wanted and rng.random() < 0.7 else gentle or found)
    data = said(city, case_id, choice.offer, now, rng)
    take(city, case_id, choice, now, rng)
    missing.discard((choice.offer.path, choice.offer.action))
    walk.note(choice, data)


def check_everybody(walk: Walk, people: dict[str, Held], now: datetime, seen: set[object]) -> None:
    """Hold everybody's offers against the oracle, unless each of them has been seen before."""
    session, city = walk.city.session, walk.city
    admin = engine.available(session, walk.case_id, city.people["admin"], now)
    offered = {(offer.path, offer.action, walk.is_priority) for offer in admin}
    if offered <= seen:
        return
    seen |= offered
    with only_read(session):
        for username, held in people.items():
            offers = engine.available(session, walk.case_id, city.people[username], now)
            assert len(offers) == len(admin)
            for offer in offers:
                expected = walk.may(username, held, offer)
                at = (walk.owner, username, offer.path, offer.action, offer.why_not)
                assert offer.allowed == expected, at
                assert offer.allowed or offer.why_not, at


def test_an_act_succeeds_exactly_when_it_was_offered(city: City, now: datetime) -> None:
    people = populate(city, now)
    version_id = city.publish(library.text("program-proposal"))
    rng = Random(7)
    walk = begin(city, version_id, now, "bapperida", rng)
    while engine.state(city.session, walk.case_id).outcome is None:
        holders = engine.holders(city.session, walk.case_id, now)
        asked = {one.name for holder in holders for one in holder.people}
        near = [name for name in people if f"Ibu {name}" in asked]
        for username in (*rng.sample(near, min(2, len(near))), rng.choice(sorted(people))):
            try_everything(walk, username, now, rng)
        step_forward(walk, people, now, rng, set())


def try_everything(walk: Walk, username: str, now: datetime, rng: Random) -> None:
    city = walk.city
    for offer in engine.available(city.session, walk.case_id, city.people[username], now):
        trial = city.session.begin_nested()
        try:
            take(city, walk.case_id, Choice(username, offer), now, rng)
            is_made = True
        except (Refused, NotFound):
            is_made = False
        trial.rollback()
        assert is_made == offer.allowed, (username, offer)


def test_an_administrator_decides_nothing_even_in_an_office(city: City, now: datetime) -> None:
    case_id = city.case(city.publish(library.text("program-proposal")), now)
    city.person("appointed", administers=True)
    city.appoint("appointed", "operator.dinkes")
    offers = engine.available(city.session, case_id, city.people["appointed"], now)
    assert offers
    assert not any(offer.allowed for offer in offers)
    with pytest.raises(Refused) as refused:
        city.act(case_id, "appointed", "forward", now)
    codes = [reason.code for reason in refused.value.reasons]
    assert codes == ["administrators_do_not_decide"]
