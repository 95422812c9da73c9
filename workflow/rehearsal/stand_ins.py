"""Acts for the people of a case, in rehearsals and in the demo: finds who may, fills in what is
asked, and decides through the engine like anybody else. Knows no shortcut around a rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import candidates, cases, engine, proposals, versions
from workflow.engine import CaseState, Made, Offer
from workflow.models import Point
from workflow.rehearsal import plausible

RETURNED_POINTS = "returned_points"


@dataclass(frozen=True, slots=True)
class Chance:
    """Something that somebody may do on a case now."""

    person_id: int
    offer: Offer


@dataclass(frozen=True, slots=True)
class StandIn:
    """Acts at one instant, with one source of chance."""

    session: Session
    random: Random
    now: datetime

    def chances(self, case_id: int) -> list[Chance]:
        """Everything that those who have a task of the case may do now, each action once."""
        found: dict[tuple[str, str | None], Chance] = {}
        for person_id in self._people(case_id):
            for offer in engine.available(self.session, case_id, person_id, self.now):
                if offer.allowed:
                    found.setdefault((offer.action, offer.track), Chance(person_id, offer))
        return list(found.values())

    def take(self, case_id: int, chance: Chance, request_id: str) -> Made:
        """Do it, filled in plausibly. Raises what the engine raises."""
        case = cases.read(self.session, case_id)
        offer = chance.offer
        return engine.act(
            self.session,
            case_id,
            offer.action,
            person_id=chance.person_id,
            appointment_id=offer.appointment_id,
            request_id=request_id,
            seen_version=case.version,
            now=self.now,
            track=offer.track or "",
            data=self.words(case_id, offer),
        )

    def words(self, case_id: int, offer: Offer) -> dict[str, Any]:
        """What a decision needs to say, made up."""
        case = cases.read(self.session, case_id)
        data: dict[str, Any] = {
            need: plausible.words(need, self.random, self.now.date())
            for need in offer.needs
            if need not in ("complete", "checklist")
        }
        version = versions.load(self.session, case.workflow_version_id)
        checklist = version.machine.step(offer.path).checklist
        if "checklist" in offer.needs and checklist:
            data["checklist"] = plausible.checklist(checklist, self.random)
        if offer.picks is not None:
            data["picks"] = self._picks(case, offer.picks, offer.picks_most)
        if version.machine.step(offer.path).edits:
            data["answers"] = self._answers(case.id)
        return data | {name: case.facts[name] for name in offer.sets if name in case.facts}

    def complete(
        self, case_id: int, year: int, said: Mapping[str, Any] = MappingProxyType({})
    ) -> bool:
        """Fill the gaps of a draft, by somebody who may edit it now; whether anything was saved.

        `said` is laid over what is made up.
        """
        case = cases.read(self.session, case_id)
        held = proposals.read(self.session, case.proposal_id)
        for person_id in self._people(case_id):
            sections = engine.may_edit(self.session, case_id, person_id, self.now)
            if sections is None:
                continue
            begun = {**held.document, **said}
            document = {**self._edited(case, begun, sections, year), **said}
            saved = proposals.save(
                self.session,
                held.id,
                document,
                person_id=person_id,
                revision=held.revision,
                now=self.now,
            )
            return bool(saved.changed)
        return False

    def _edited(
        self, case: CaseState, document: dict[str, Any], sections: tuple[str, ...], year: int
    ) -> dict[str, Any]:
        """A draft made whole; a returned one with a word added where a point asks for it."""
        if case.facts.get("complete") is not True:
            return plausible.complete(document, self.random, year)
        asked = set(
            self.session.scalars(
                select(Point.field).where(Point.case_id == case.id, Point.answered_at.is_(None))
            )
        )
        if RETURNED_POINTS in sections and asked & {"problem", None}:
            return {**document, "problem": plausible.sharpened(document["problem"])}
        return document

    def _people(self, case_id: int) -> Iterator[int]:
        """Those who can do an open task of the case, each once."""
        held = engine.holders(self.session, case_id, self.now)
        return iter({one.person_id: None for holder in held for one in holder.people})

    def _picks(self, case: CaseState, path: str, most: int | None) -> list[int]:
        """Some of those who can be chosen for the picked step."""
        people = sorted(one.id for one in candidates.of(self.session, case.id, path, self.now))
        count = min(len(people), most or len(people))
        return self.random.sample(people, k=self.random.randint(min(1, count), count))

    def _answers(self, case_id: int) -> dict[str, str]:
        numbers = self.session.scalars(
            select(Point.number).where(Point.case_id == case_id, Point.answered_at.is_(None))
        )
        return {str(number): plausible.ANSWER for number in numbers}
