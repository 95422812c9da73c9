"""Legal walks: who may do what on a case now, with words that meet the needs, chosen by a seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from tests.workflow.factories import City, words
from workflow import engine, parties, reading, versions
from workflow.engine import Offer


@dataclass(frozen=True)
class Choice:
    """Somebody who may, and what."""

    username: str
    offer: Offer


def choices(city: City, case_id: int, now: datetime, people: Iterable[str]) -> list[Choice]:
    """Everything that these people may do on the case now."""
    with only_read(city.session):
        return [
            Choice(username, offer)
            for username in people
            for offer in engine.available(city.session, case_id, city.people[username], now)
            if offer.allowed
        ]


@contextmanager
def only_read(session: Session) -> Iterator[None]:
    """Let the session remember answers meanwhile, as it does for a page."""
    reading.begin(session)
    try:
        yield
    finally:
        del session.info[reading.REMEMBERED]


def said(city: City, case_id: int, offer: Offer, now: datetime, rng: Random) -> dict[str, Any]:
    """Words that meet the needs of an offer."""
    case = engine.state(city.session, case_id)
    version = versions.load(city.session, case.workflow_version_id)
    data = words(offer.needs, version.machine.step(offer.path).checklist)
    for name in offer.sets:
        data[name] = rng.choice(version.definition.facts[name].values)
    if offer.picks is not None:
        data["picks"] = pickable(city, case_id, offer, now)[: offer.picks_most]
    return data


def pickable(city: City, case_id: int, offer: Offer, now: datetime) -> list[int]:
    """Who can be chosen for the seats of an offer: holders who wear no other hat yet."""
    case = engine.state(city.session, case_id)
    version = versions.load(city.session, case.workflow_version_id)
    assert offer.picks is not None
    (hat,) = version.machine.step(offer.picks).parties
    directory = parties.Directory(city.session, version.definition, case, now.date())
    place = directory.addressees([hat])[hat].position_id
    assert place is not None
    held = parties.holdings(city.session, [place], now.date())[place]
    return [one.person_id for one in held if set(case.worn_by(one.person_id)) <= {hat}]


def take(city: City, case_id: int, choice: Choice, now: datetime, rng: Random) -> engine.Made:
    """Do what somebody may."""
    data = said(city, case_id, choice.offer, now, rng)
    return city.act(
        case_id,
        choice.username,
        choice.offer.action,
        now,
        track=choice.offer.track or "",
        appointment_id=choice.offer.appointment_id,
        **data,
    )
