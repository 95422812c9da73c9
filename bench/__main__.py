"""`make bench`: one decision through the engine and through HTTP, over the floor of bare SQL.

All three run in turns, in one run, on one PostgreSQL with its durable defaults; each decision is a
transaction of its own. What counts are the ratios of the medians. Before anything is compared, the
rows that the engine and the floor write are counted, and must be the same in every table.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import text

from bench import floor
from bench.databases import fresh
from tests.workflow.factories import City
from workflow import accounts, engine
from workflow.database import Database
from workflow.models import Event

ROUNDS = 40
DECISIONS = 25
WARM_UP = 100
TABLES = ("decisions", "events", "tasks", "timers", "outbox")
PROCESS = """
key: ping-pong
subject: proposal
initial: drafting
parties:
  drafter: {agency: owner, post: operator}
  checker: {agency: owner, post: secretary}
verbs:
  back: {means: return, needs: [comment]}
steps:
  drafting: {party: drafter, within: 3 working days, actions: {forward: checking}}
  checking:
    party: checker
    within: 2 working days
    actions: {back: drafting, accept: {to: ended, means: approve}}
  ended: {final: approved}
reminders: [half way, on the due day]
escalate:
  - {after: 1 working day, to: superior}
  - {after: 2 working days, to: head}
  - {after: 3 working days, to: secretariat}
"""
ACTIONS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("operator.dinkes", "forward", {}),
    ("secretary.dinkes", "back", {"comment": "Lengkapi"}),
)


@dataclass(frozen=True)
class Stage:
    """A city with one case for each way to decide, and the tokens of its two people."""

    database: Database
    people: dict[str, int]
    tokens: dict[str, str]
    engine_case: int
    floor_case: int
    web_case: int


Decide = Callable[[int], None]
"""Takes the decision with this number, an even one by the operator, an odd one by the secretary."""


def now() -> datetime:
    """The present moment in the city's zone."""
    return datetime.now(ZoneInfo("Asia/Jakarta"))


def set_up(database: Database) -> Stage:
    """Found the city, publish the process, begin the cases."""
    with database.sessions.begin() as session:
        city = City.founded(session, now())
        version = city.publish(PROCESS)
        cases = [city.case(version, now()) for _ in range(3)]
        tokens = {name: accounts.create_token(session, name, now()) for name, _, _ in ACTIONS}
        return Stage(database, dict(city.people), tokens, *cases)


def by_engine(stage: Stage) -> Decide:
    """Decide as a service of Alur does, from opening the session to the commit."""

    def decide(turn: int) -> None:
        username, action, data = ACTIONS[turn % 2]
        with stage.database.sessions.begin() as session:
            engine.act(
                session,
                stage.engine_case,
                action,
                person_id=stage.people[username],
                request_id=f"engine-{turn}",
                seen_version=turn + 1,
                now=now(),
                data=data,
            )

    return decide


def by_floor(stage: Stage, connection: psycopg.Connection[Any]) -> Decide:
    """Decide in bare SQL, with the words and the timers that the engine's decisions have."""
    turns = tuple(_turns(stage))

    def decide(turn: int) -> None:
        floor.decide(connection, stage.floor_case, turns[turn % 2], f"floor-{turn}", now())

    return decide


def by_web(stage: Stage, port: int) -> Decide:
    """Decide through the API, over a connection that is kept."""
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def decide(turn: int) -> None:
        username, action, data = ACTIONS[turn % 2]
        headers = {
            "Authorization": f"Bearer {stage.tokens[username]}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"web-decision-{turn}",
        }
        body = json.dumps({"action": action, "version": turn + 1, "data": data})
        connection.request("POST", f"/api/v1/cases/{stage.web_case}/actions", body, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"The API refused a decision: {answer.status} {said.decode()}")

    return decide


def _turns(stage: Stage) -> Iterator[floor.Turn]:
    """The floor's two turns, made of what the engine has just written."""
    places = (("drafting", "drafter"), ("checking", "checker"))
    posts = ("operator", "secretary")
    with stage.database.sessions() as session:
        for number, (username, action, data) in enumerate(ACTIONS):
            path, party = places[number]
            opens, opens_party = places[1 - number]
            event = (
                session.query(Event)
                .where(Event.case_id == stage.engine_case, Event.seq == number + 2)
                .one()
            )
            counted = text(
                "SELECT count(*) FROM timers WHERE case_id = :case AND path = :path AND visit = 2"
            )
            place = {"case": stage.engine_case, "path": opens}
            timers = session.execute(counted, place).scalar_one()
            yield floor.Turn(
                action=action,
                path=path,
                party=party,
                person_id=stage.people[username],
                opens=opens,
                opens_party=opens_party,
                opens_post=posts[1 - number],
                timers=timers,
                data=data,
                payload=event.payload,
            )


def rows_of(database: Database, case_id: int) -> dict[str, int]:
    """How many rows each table holds for the case."""
    with database.engine.connect() as connection:
        counts = {}
        for table in TABLES:
            condition = "case_id = :case"
            if table == "outbox":
                condition = "(arguments ->> 'case_id')::bigint = :case"
            query = text(f"SELECT count(*) FROM {table} WHERE {condition}")
            counts[table] = connection.execute(query, {"case": case_id}).scalar_one()
        return counts


def measure(ways: dict[str, Decide], turns: Mapping[str, Iterator[int]]) -> dict[str, list[float]]:
    """Take turns, block by block, so that a busy moment of the machine meets all ways alike."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        order = list(ways) if number % 2 else list(reversed(ways))
        for name in order:
            for _ in range(DECISIONS):
                turn = next(turns[name])
                begun = time.perf_counter()
                ways[name](turn)
                spent[name].append(time.perf_counter() - begun)
    return spent


@contextmanager
def served(stage: Stage, folder: str) -> Iterator[int]:
    """Alur's pages in a process of their own, one gunicorn worker with threads; yields the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = stage.database.engine.url.render_as_string(hide_password=False)
    environment = {
        **os.environ,
        "ALUR_ENV": "test",
        "DATABASE_URL": url,
        "DATA_DIR": folder,
        "PORT": str(port),
    }
    command = [
        sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "4",
        "--bind", f"127.0.0.1:{port}", "--log-level", "warning", "wsgi:app",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("The pages did not start.")


def report(spent: dict[str, list[float]]) -> str:
    """The table: median and 95th percentile in milliseconds, and the ratio of the medians."""
    base = median(spent["floor"])
    lines = ["way      p50 ms   p95 ms   p50 over floor"]
    for name, times in spent.items():
        middle, late = median(times), quantiles(times, n=20)[-1]
        lines.append(f"{name:<8} {middle * 1000:6.2f}   {late * 1000:6.2f}   {middle / base:14.2f}")
    return "\n".join(lines)


def main() -> None:
    """Set up, compare the work, measure, print."""
    with fresh() as database, tempfile.TemporaryDirectory() as folder:
        run(set_up(database), folder)


def run(stage: Stage, folder: str) -> None:
    """Warm every way up, see that engine and floor write the same rows, then measure."""
    turns = {name: itertools.count() for name in ("floor", "engine", "web")}
    through_engine = by_engine(stage)
    for _ in range(WARM_UP):
        through_engine(next(turns["engine"]))
    url = stage.database.engine.url.set(drivername="postgresql")
    address = url.render_as_string(hide_password=False)
    with psycopg.connect(address) as connection, served(stage, folder) as port:
        connection.prepare_threshold = 1
        ways = {
            "floor": by_floor(stage, connection),
            "engine": through_engine,
            "web": by_web(stage, port),
        }
        for name in ("floor", "web"):
            for _ in range(WARM_UP):
                ways[name](next(turns[name]))
        written = {
            name: rows_of(stage.database, case)
            for name, case in (("floor", stage.floor_case), ("engine", stage.engine_case))
        }
        if written["floor"] != written["engine"]:
            raise SystemExit(f"Not the same work: {written}")
        print(report(measure(ways, turns)))


if __name__ == "__main__":
    main()
