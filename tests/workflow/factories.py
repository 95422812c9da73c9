"""A small city for the engine's tests: agencies, posts, people, appointments, versions, cases."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.reading import read
from workflow import checklists, engine
from workflow.models import (
    Agency,
    AgencyFunction,
    AgencyName,
    Appointment,
    CalendarYear,
    Decision,
    Person,
    Position,
    Proposal,
    WorkflowVersion,
    WorkWeek,
)

LONG_AGO = date(2020, 1, 1)
UNITS: Mapping[str, tuple[str | None, tuple[str, ...]]] = {
    "kota": ("city", ("mayor", "vice_mayor")),
    "setda": (
        "secretariat",
        ("head", "operator", "secretary", "clerk", "analyst", "assistant", "assistant_two"),
    ),
    "spbe": ("spbe_team", ("secretary", "member", "coordinator")),
    "bapperida": ("planning", ("operator", "secretary", "head", "clerk", "reviewer")),
    "diskominfo": (
        "ict",
        ("operator", "secretary", "head", "clerk", "reviewer", "lead_reviewer"),
    ),
    "inspektorat": ("inspectorate", ("operator", "secretary", "head")),
    "dinkes": (None, ("operator", "secretary", "head")),
    "dinsos": (None, ("operator", "secretary", "head")),
}
"""Agencies with their function and posts; each post has one holder, `head.dinkes` and so on."""

FACTS: Mapping[str, Any] = {
    "lane": "standard",
    "new_application": False,
    "in_master_plan": True,
    "changes_plan": False,
    "mayoral_priority": False,
    "conditions_set": False,
    "planning_blocked": False,
    "ict_blocked": False,
    "total_budget": 100_000_000,
    "complete": True,
}
DOCUMENT: Mapping[str, Any] = {
    "title": "Antrean puskesmas",
    "scope": "Semua puskesmas",
    "problem": "Warga menunggu lama",
    "ict_involved": True,
    "ict": {"application": "baru"},
    "budget": [{"year": 2027, "source": "PAD", "amount": 100_000_000}],
}
EVERY_DAY = {str(day): ["07:30", "16:00"] for day in range(1, 6)}
_numbers = itertools.count(1)


@dataclass
class City:
    """The rows of a small city by name, and short ways to act in it."""

    session: Session
    agencies: dict[str, int] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    appointments: dict[str, int] = field(default_factory=dict)

    @classmethod
    def founded(cls, session: Session, now: datetime) -> City:
        """The whole small city."""
        session.add(WorkWeek(code="five", name="Lima hari", hours=EVERY_DAY))
        for year in (now.year, now.year + 1):
            session.add(CalendarYear(year=year, decree="SKB", confirmed_at=now, confirmed_by=None))
        session.flush()
        city = cls(session)
        for code, (function, posts) in UNITS.items():
            city.agency(code, function)
            for post in posts:
                city.position(code, post)
                city.person(f"{post}.{code}")
                city.appoint(f"{post}.{code}", f"{post}.{code}")
        return city

    def agency(self, code: str, function: str | None = None, parent: str | None = None) -> int:
        """Add an agency."""
        parent_id = None if parent is None else self.agencies[parent]
        agency = Agency(code=code, parent_id=parent_id, week="five")
        self.session.add(agency)
        self.session.flush()
        name = f"Dinas {code}"
        self.session.add(
            AgencyName(agency_id=agency.id, name=name, short_name=code, valid_from=LONG_AGO)
        )
        if function is not None:
            self.session.add(
                AgencyFunction(agency_id=agency.id, function=function, valid_from=LONG_AGO)
            )
        self.agencies[code] = agency.id
        return agency.id

    def position(self, code: str, post: str) -> int:
        """Add a post to an agency."""
        position = Position(agency_id=self.agencies[code], post=post, title=f"{post} {code}")
        self.session.add(position)
        self.session.flush()
        self.positions[f"{post}.{code}"] = position.id
        return position.id

    def person(self, username: str, *, administers: bool = False) -> int:
        """Add a person without any post."""
        person = Person(
            username=username,
            name=f"Ibu {username}",
            email=f"{username}@metro.example",
            password_hash="-",
            is_administrator=administers,
            created_at=datetime.fromisoformat("2020-01-01T00:00:00+07:00"),
        )
        self.session.add(person)
        self.session.flush()
        self.people[username] = person.id
        return person.id

    def appoint(
        self,
        username: str,
        position: str,
        capacity: str = "definitive",
        starts_on: date = LONG_AGO,
        ends_on: date | None = None,
    ) -> int:
        """Appoint a person to a position (`post.agency`)."""
        appointment = Appointment(
            person_id=self.people[username],
            position_id=self.positions[position],
            capacity=capacity,
            starts_on=starts_on,
            ends_on=ends_on,
            letter_number="800/1/2026",
            letter_date=LONG_AGO,
        )
        self.session.add(appointment)
        self.session.flush()
        self.appointments[f"{username}@{position}"] = appointment.id
        return appointment.id

    def publish(self, source: str) -> int:
        """Add a version of a definition."""
        definition = read(source)
        version = WorkflowVersion(
            key=definition.key,
            number=next(_numbers),
            subject=definition.subject,
            source=source,
            hash=definition.hash,
            status="published",
            is_default=False,
        )
        self.session.add(version)
        self.session.flush()
        return version.id

    def proposal(self, code: str, now: datetime, document: Mapping[str, Any] = DOCUMENT) -> int:
        """Add a proposal without a case."""
        proposal = Proposal(
            agency_id=self.agencies[code],
            title=str(document["title"]),
            document=dict(document),
            created_at=now,
            updated_at=now,
        )
        self.session.add(proposal)
        self.session.flush()
        return proposal.id

    def case(self, version_id: int, now: datetime, *, owner: str = "dinkes", **facts: Any) -> int:
        """Start a case of an agency on a version."""
        return engine.start(
            self.session,
            version_id=version_id,
            proposal_id=self.proposal(owner, now),
            agency_id=self.agencies[owner],
            by=None,
            facts={**FACTS, **facts},
            now=now,
        )

    def act(
        self,
        case_id: int,
        username: str,
        action: str,
        now: datetime,
        *,
        track: str | None = None,
        seen: int | None = -1,
        request_id: str | None = None,
        appointment_id: int | None = None,
        **data: Any,
    ) -> engine.Made:
        """Decide as somebody; by default having seen the case as it is."""
        if seen == -1:
            seen = engine.state(self.session, case_id).version
        return engine.act(
            self.session,
            case_id,
            action,
            person_id=self.people[username],
            appointment_id=appointment_id,
            request_id=request_id or f"request-{next(_numbers)}",
            seen_version=seen,
            now=now,
            track=track,
            data=data,
        )

    def decisions(self, case_id: int) -> list[Decision]:
        """The decisions of a case in order."""
        query = select(Decision).where(Decision.case_id == case_id).order_by(Decision.version)
        return list(self.session.scalars(query))


def checklist(name: str) -> dict[str, dict[str, str]]:
    """A checklist in which everything is in order."""
    return {item.key: {"answer": "yes"} for item in checklists.load(name).items}


def words(needs: tuple[str, ...], names: str | None) -> dict[str, Any]:
    """Data that meets these needs; `names` is the checklist of the step."""
    said: dict[str, Any] = {
        "points": [{"field": "budget", "text": "Rincian belum ada"}],
        "conditions": [{"text": "Tunjuk walidata", "gate": "rka", "is_blocking": True}],
        "signature": True,
        "letter_date": "2026-11-23",
        "checklist": checklist(names) if names else {},
    }
    return {need: said.get(need, "Sudah dibahas") for need in needs if need != "complete"}
