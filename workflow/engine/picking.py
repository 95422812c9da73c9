"""Who may be chosen for the seats of a step, and who was chosen for those that open later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.move import Opened
from workflow.eligibility import Asked, Eligibility
from workflow.errors import Problem
from workflow.models import Decision
from workflow.models.organisation import Capacity
from workflow.parties import Addressee, Directory
from workflow.situations import Surroundings


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who holds the position, in which capacity, and whether they may do the work."""

    id: int
    name: str
    capacity: Capacity
    title: str
    is_eligible: bool


def candidates(directory: Directory, rules: Eligibility, path: str) -> list[Candidate]:
    """Everybody who holds a position that the step's seats are for, each once, by name."""
    hats = rules.version.machine.step(path).parties
    asked = directory.addressees(hats)
    found: dict[int, Candidate] = {}
    for hat, one in asked.items():
        for candidate in _holders(rules, hat, one):
            known = found.get(candidate.id)
            if known is None or not known.is_eligible:
                found[candidate.id] = candidate
    return sorted(found.values(), key=lambda candidate: candidate.name)


def problems(candidates: Iterable[Candidate], picks: Iterable[int]) -> Iterator[Problem]:
    """What is wrong with a choice of people: no holders, or barred from the work."""
    known = {candidate.id: candidate.is_eligible for candidate in candidates}
    for number, person_id in enumerate(picks):
        if not known.get(person_id):
            code = "barred" if person_id in known else "not_a_holder"
            yield Problem(f"picks.{number}", code)


def remembered(session: Session, around: Surroundings, opened: Iterable[Opened]) -> tuple[int, ...]:
    """Who was chosen by an act before for picked seats that open only now; nobody for others."""
    machine, definition = around.version.machine, around.version.definition
    steps = {one.path: machine.step(one.path) for one in opened}
    wanted = {path for path, step in steps.items() if step.seats and step.seats.count == "picked"}
    if not wanted:
        return ()
    query = (
        select(Decision.path, Decision.action, Decision.data["picks"])
        .where(Decision.case_id == around.case.id, Decision.data.has_key("picks"))
        .order_by(Decision.version.desc())
    )
    for path, name, picks in session.execute(query):
        known = machine.step(path).actions if path in machine.paths() else {}
        action = known.get(name) or definition.anywhere.get(name)
        chart, dot, _ = path.rpartition(".")
        if action is not None and f"{chart}{dot}{action.picks}" in wanted:
            return tuple(picks)
    return ()


def _holders(rules: Eligibility, hat: str, addressee: Addressee) -> Iterator[Candidate]:
    asked = Asked(rules.version.definition.hat(hat), addressee.agency_id, addressee.agency)
    for one in addressee.holdings:
        is_eligible = not any(rules.bars(one, asked))
        yield Candidate(one.person_id, one.name, one.capacity, addressee.title, is_eligible)
