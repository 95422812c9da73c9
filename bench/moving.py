"""`python -m bench.moving`: what a new version means for 10,000 running cases, and moving 500.

Each case stands where a random walk of its own through the shipped workflow led. The new versions
differ in a deadline, in the name of a step, and in a track. Measured is what the page of a version
asks for, in a process that has explored nothing yet, and then again.
"""

from __future__ import annotations

import json
import os
import time
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bench.databases import fresh
from bench.sweeping import copy
from states import library, moving
from states.definition import Means
from states.machine import Machine, machine_for
from states.reading import read
from tests.workflow.factories import FACTS, City
from workflow import definitions, impact, moves, versions
from workflow.database import Database

CASES = int(os.environ.get("CASES", "10_000"))
ROUNDS = 5
LONGEST = 25
"""Acts of the longest walk, and one."""

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
SHIPPED = library.text("program-proposal")
NEW = {
    "a deadline is longer": SHIPPED.replace("within: 2 working days", "within: 3 working days"),
    "a step has another name": SHIPPED.replace("checking", "screening"),
    "a third track came": SHIPPED.replace(
        "    tracks:\n      planning:",
        "    tracks:\n      law: {steps: {reading: {party: mayor, verdicts: [return, reject]}}}\n"
        "      planning:",
    ),
}
"""What is new, and the text."""


def main() -> None:
    """Measure, and print the figures."""
    with fresh() as database:
        measure(database)


def measure(database: Database) -> None:
    """Fill the city, weigh each new version, and move one request's worth of cases."""
    admin = fill(database)
    with database.sessions() as session:
        asked = "SELECT count(*), count(DISTINCT marking) FROM cases WHERE outcome IS NULL"
        running, alike = session.execute(text(asked)).one()
    print(f"{running:,} running cases that stand in {alike:,} ways")
    for name, source in NEW.items():
        weigh(database, name, source)
    move(database, admin)


def weigh(database: Database, name: str, source: str) -> None:
    """One new version: the first look, and the next one, when everything is explored."""
    definition = read(source)
    first: list[tuple[float, float]] = []
    again: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        moving.explored.cache_clear()
        moving.between.cache_clear()
        for took in (first, again):
            with database.sessions() as session:
                begun, worked = time.perf_counter(), time.process_time()
                groups = impact.weigh(session, definition)
                took.append((time.perf_counter() - begun, time.process_time() - worked))
    counts = {fate: sum(len(g.cases) for g in groups if g.fate is fate) for fate in moving.Fate}
    told = ", ".join(f"{count:,} {fate.value}" for fate, count in counts.items())
    for look, took in (("first look", first), ("again", again)):
        seconds, work = (min(figures) for figures in zip(*took, strict=True))
        print(f"{name}, {look}: {seconds:.2f} s, {work:.2f} s of work")
    print(f"  {len(groups)} groups, {told}")


def move(database: Database, admin: int) -> None:
    """Move as many cases as one request may, and take them back."""
    source = NEW["a deadline is longer"]
    with database.sessions.begin() as session:
        version = definitions.publish(session, source, by=None, now=NOW, default=False)
    with database.sessions.begin() as session:
        session.add(version)
        groups = impact.weigh(session, versions.load(session, version.id).definition)
        chosen = impact.chosen(groups, [group.key for group in groups], [])[: moves.MOST_AT_ONCE]
        begun = time.perf_counter()
        result = moves.move(session, version, chosen, {}, "bench", by=admin, now=NOW)
    took = time.perf_counter() - begun
    print(f"moving {result.done} cases: {took:.2f} s, {len(result.failed)} left")


def fill(database: Database) -> int:
    """Cases of which each stands where a walk of its own led; the administrator's number.

    The last of them are as the engine left them, with their tasks, to be moved.
    """
    machine, rng = machine_for(read(SHIPPED)), Random(1)
    with database.sessions.begin() as session:
        city = City.founded(session, NOW)
        admin = city.person("admin", administers=True)
        version = city.publish(SHIPPED)
        first = city.case(version, NOW)
        proposal = session.execute(text("SELECT proposal_id FROM cases")).scalar_one()
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        times = CASES - moves.MOST_AT_ONCE - 1
        copy(connection, "proposals", {"id": f"{proposal} + 1000 * n"}, times)
        own = {"id": f"{first} + 1000 * n", "proposal_id": f"{proposal} + 1000 * n"}
        copy(connection, "cases", own, times)
        stands = [walked(machine, rng) | {"id": first + 1000 * n} for n in range(1, times + 1)]
        connection.execute(STAND, stands)
    with database.sessions.begin() as session:
        city.session = session
        for _ in range(moves.MOST_AT_ONCE):
            city.act(city.case(version, NOW), "operator.dinkes", "forward", NOW)
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    return admin


def walked(machine: Machine, rng: Random) -> dict[str, str]:
    """Where a case stands after some acts, and its facts."""
    facts = {**FACTS, "lane": rng.choice(("light", "standard", "strategic")), "actor.acting": False}
    marking = machine.start(facts).marking
    for _ in range(rng.randrange(LONGEST)):
        options = [one for one in machine.available(marking, facts) if not one.unmet]
        going = [one for one in options if one.means not in (Means.STOP, Means.REJECT)]
        one = rng.choice(going)
        after = machine.fire(
            marking,
            one.action,
            facts,
            track=one.track or "",
            seat=one.seats[0] if one.seats else None,
            picks=int(one.picks is not None),
        ).marking
        if after.outcome is not None:
            break
        marking = after
    return {"marking": json.dumps(marking.to_json()), "facts": json.dumps(facts)}


STAND = text("""
    UPDATE cases SET marking = CAST(:marking AS jsonb), facts = CAST(:facts AS jsonb) WHERE id = :id
""")

if __name__ == "__main__":
    main()
