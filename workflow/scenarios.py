"""Scenarios: small examples kept with a workflow, which every later version has to keep.

Who recorded or removed one is in the journal of settings. Knows no page and publishes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.conditions import Value
from states.definition import Definition, Fact, FactKind, Outcome, Place, StepKind
from states.machine import machine_for
from states.scenarios import Failure, failure
from states.scenarios import Scenario as Example
from workflow import reading, setting_changes
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import Scenario

LONGEST_NAME = 200
LARGEST_NUMBER = 10**15


@dataclass(frozen=True)
class Result:
    """A scenario beside a definition: what it says, and the first difference if there is one."""

    scenario: Scenario
    example: Example
    failure: Failure | None


@dataclass(frozen=True)
class TypedScenario:
    """A scenario as it was typed: facts by name ("" for either way), `asked` as `post|agency`."""

    name: str
    owner: str
    outcome: str
    facts: Mapping[str, str]
    passes: tuple[str, ...]
    asks: str
    asked: str


def results(session: Session, definition: Definition) -> list[Result]:
    """Every scenario of the definition's key, tried out on the definition, the oldest first."""
    asked = "scenarios", definition.hash
    return reading.once(session, asked, lambda: _results(session, definition))


def _results(session: Session, definition: Definition) -> list[Result]:
    machine = machine_for(definition)
    found = [(row, _example(row.says)) for row in _living(session, definition.key)]
    return [Result(row, example, failure(machine, example)) for row, example in found]


def add(
    session: Session, definition: Definition, typed: TypedScenario, *, by: int, now: datetime
) -> Scenario:
    """Record an example for all later versions. Raises Invalid with everything wrong in it."""
    problems = list(_problems(definition, typed))
    if problems:
        raise Invalid(*problems)
    says = {
        "facts": dict(_facts(definition, typed)),
        "owner": typed.owner or None,
        "outcome": typed.outcome,
        "passes": list(typed.passes),
        "asks": typed.asks or None,
        "asked": typed.asked.split("|") if typed.asks else None,
    }
    row = Scenario(key=definition.key, name=typed.name.strip(), says=says)
    session.add(row)
    session.flush()  # its number is in the journal
    _record(session, row, "scenario_recorded", by, now)
    return row


def remove(session: Session, scenario_id: int, *, by: int, now: datetime) -> None:
    """Ask it of no later version. Raises NotFound."""
    row = session.get(Scenario, scenario_id, with_for_update=True)
    if row is None or row.removed_at is not None:
        raise NotFound(f"scenario {scenario_id}")
    row.removed_at = now
    _record(session, row, "scenario_removed", by, now)


def subject(key: str) -> str:
    """Under what the journal keeps the scenarios of a workflow."""
    return f"workflow:{key}"


def places(definition: Definition) -> list[Place]:
    """All posts that a definition can ask, each once, those instead included."""
    parties = definition.parties.values()
    found = [place for party in parties for place in (party.place, party.instead)]
    return list(dict.fromkeys(place for place in found if place is not None))


def owners(definition: Definition) -> list[str]:
    """The functions whose agencies may propose something and are asked themselves."""
    return list(dict.fromkeys(p.agency for p in places(definition) if p.agency != "owner"))


def steps(definition: Definition) -> list[str]:
    """The paths of steps at which a case can stand."""
    passing = (StepKind.ROUTE, StepKind.FINAL)
    return [step.path for step in definition.every_step() if step.kind not in passing]


def outcomes(definition: Definition) -> list[Outcome]:
    """How its cases can end."""
    ends = (step.final for step in definition.every_step())
    return list(dict.fromkeys(end for end in ends if end is not None))


def _living(session: Session, key: str) -> list[Scenario]:
    asked = select(Scenario).where(Scenario.key == key, Scenario.removed_at.is_(None))
    return list(session.scalars(asked.order_by(Scenario.id)))


def _example(says: Mapping[str, object]) -> Example:
    facts, asked, passes = says["facts"], says["asked"], says["passes"]
    assert isinstance(facts, dict)
    assert isinstance(passes, list)
    place = Place(asked[1], asked[0]) if isinstance(asked, list) else None
    owner, asks = says["owner"], says["asks"]
    return Example(
        facts=tuple(sorted(facts.items())),
        owner=None if owner is None else str(owner),
        outcome=Outcome(str(says["outcome"])),
        passes=tuple(passes),
        asks=None if asks is None else str(asks),
        asked=place,
    )


def _problems(definition: Definition, typed: TypedScenario) -> Iterator[Problem]:
    if not typed.name.strip():
        yield Problem("name", "required")
    elif len(typed.name) > LONGEST_NAME:
        yield Problem("name", "too_long", {"most": LONGEST_NAME})
    if typed.owner and typed.owner not in owners(definition):
        yield Problem("owner", "unknown")
    if typed.outcome not in outcomes(definition):
        yield Problem("outcome", "unknown")
    known = steps(definition)
    if any(path not in known for path in typed.passes):
        yield Problem("passes", "unknown")
    if typed.asks and typed.asks not in known:
        yield Problem("asks", "unknown")
    names = [f"{place.post}|{place.agency}" for place in places(definition)]
    if bool(typed.asks) != bool(typed.asked):
        yield Problem("asked" if typed.asks else "asks", "required")
    elif typed.asked and typed.asked not in names:
        yield Problem("asked", "unknown")
    for name, text in typed.facts.items():
        fact = definition.facts.get(name)
        if fact is None or (text and _value(fact, text) is None):
            yield Problem(f"facts.{name}", "wrong_value")


def _facts(definition: Definition, typed: TypedScenario) -> Iterator[tuple[str, Value]]:
    for name, text in typed.facts.items():
        value = _value(definition.facts[name], text) if text else None
        if value is not None:
            yield name, value


def _value(fact: Fact, text: str) -> Value | None:
    """The value that was typed, or None if it is none of this fact."""
    if fact.kind is FactKind.BOOLEAN:
        return {"true": True, "false": False}.get(text)
    if fact.kind is FactKind.ENUMERATION:
        return text if text in fact.values else None
    digits = text.replace(".", "").replace(" ", "")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= len(str(LARGEST_NUMBER))
    return int(digits) if is_number and int(digits) <= LARGEST_NUMBER else None


def _record(session: Session, row: Scenario, kind: str, by: int, now: datetime) -> None:
    what = {"scenario_id": row.id, "name": row.name}
    setting_changes.note(session, subject(row.key), kind, by, now, what)
