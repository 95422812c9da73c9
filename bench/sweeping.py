"""`python -m bench.sweeping`: firing what is due among a million open tasks, over bare SQL.

The sweep and a floor of hand-written SQL fire as many timers in turns, on the same tables of one
PostgreSQL with its durable defaults. The floor finds the timers, locks their cases and writes the
same rows in batches of the same size; it judges nothing and chains its events by a plain hash.
Then two sweepers share what is due, and every timer must have fired once.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import Connection, text

from bench.databases import fresh
from tests.workflow.factories import City
from workflow import sweep
from workflow.database import Database

CASES = int(os.environ.get("CASES", "1_000_000"))
DUE = 1_000
GIVEN = "given by the database"
ROUNDS = 5
NOW = datetime(2026, 11, 25, 7, 30, tzinfo=ZoneInfo("Asia/Jakarta"))
PROCESS = """
key: million
subject: proposal
initial: checking
parties: {checker: {agency: owner, post: secretary}}
steps:
  checking: {party: checker, within: 2 working days, actions: {accept: done}}
  done: {final: closed}
reminders: [half way, on the due day]
escalate: [{after: 1 working day, to: superior}]
"""


def main() -> None:
    """Measure, and print the figures."""
    with fresh() as database:
        measure(database)


def measure(database: Database) -> None:
    """Fill the city, fire in turns, and let two sweepers share."""
    fill(database)
    figures: dict[str, list[float]] = {"floor": [], "sweep": []}
    ways: tuple[tuple[str, Callable[[Database, datetime], None]], ...] = (
        ("floor", by_hand),
        ("sweep", by_sweep),
    )
    for turn in range(2 * ROUNDS + 2):
        name, way = ways[turn % 2]
        moment = make_due(database, turn)
        begun = time.perf_counter()
        way(database, moment)
        took = time.perf_counter() - begun
        check(database, turn)
        if turn > 1:  # the first of each warms up
            figures[name].append(took)
    floor, ours = median(figures["floor"]), median(figures["sweep"])
    print(f"{CASES:,} open tasks, {DUE:,} timers due, median of {ROUNDS} rounds each")
    print(f"floor, bare SQL in batches of {sweep.BATCH}: {floor * 1000:8.1f} ms")
    print(
        f"sweep:                         {ours * 1000:8.1f} ms, {ours / floor:.2f} times the floor"
    )
    share(database)


def share(database: Database) -> None:
    """Two sweepers at once: together they fire everything, and nothing twice."""
    moment = make_due(database, 2 * ROUNDS + 2)
    fired: list[int] = []

    def run() -> None:
        fired.append(sweep.run(database.sessions, moment).fired)

    threads = [threading.Thread(target=run) for _ in range(2)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    left = sweep.run(database.sessions, moment).fired
    check(database, 2 * ROUNDS + 2)
    print(f"two sweepers side by side:     {took * 1000:8.1f} ms, {fired[0]} and {fired[1]} timers")
    if sum(fired) + left != DUE:
        raise SystemExit(f"{sum(fired) + left} timers fired instead of {DUE}")


def fill(database: Database) -> None:
    """One case that the engine began, and copies of its rows whose timers lie far ahead."""
    with database.sessions.begin() as session:
        city = City.founded(session, NOW)
        case_id = city.case(city.publish(PROCESS), NOW)
    far = "due_at + interval '30 days' + n * interval '1 second'"
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        proposal = connection.execute(text("SELECT proposal_id FROM cases")).scalar_one()
        copy(connection, "proposals", {"id": f"{proposal} + n", "document": "'{}'::jsonb"}, CASES)
        copy(connection, "cases", {"id": f"{case_id} + n", "proposal_id": f"{proposal} + n"}, CASES)
        copy(connection, "tasks", {"id": GIVEN, "case_id": f"{case_id} + n"}, CASES)
        copy(connection, "timers", {"id": GIVEN, "case_id": f"{case_id} + n", "due_at": far}, CASES)
        connection.execute(text("DELETE FROM timers WHERE case_id = :case"), {"case": case_id})
        connection.execute(text("DELETE FROM outbox"))
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def copy(connection: Connection, table: str, own: Mapping[str, str], times: int) -> None:
    """So many rows that differ from those there are in these columns only."""
    there = text(
        "SELECT column_name FROM information_schema.columns WHERE table_name = :table "
        "AND is_generated = 'NEVER' ORDER BY ordinal_position"
    )
    columns = connection.execute(there, {"table": table}).scalars()
    named = [name for name in columns if own.get(name) != GIVEN]
    values = ", ".join(own.get(name, f"source.{name}") for name in named)
    listed = ", ".join(f'"{name}"' for name in named)
    connection.execute(
        text(
            f"INSERT INTO {table} ({listed}) OVERRIDING SYSTEM VALUE SELECT {values} "
            f"FROM {table} AS source, generate_series(1, {times}) AS n"
        )
    )


def make_due(database: Database, turn: int) -> datetime:
    """Let a reminder of a thousand cases come, of others in each turn; when it comes."""
    moment = NOW + timedelta(minutes=turn)
    with database.engine.begin() as connection:
        first = 2 + (turn * 37) * DUE
        moved = text(
            "UPDATE timers SET due_at = :moment WHERE kind = 'reminder.1' "
            "AND case_id BETWEEN :first AND :last"
        )
        connection.execute(moved, {"moment": moment, "first": first, "last": first + DUE - 1})
    return moment


def check(database: Database, turn: int) -> None:
    """All timers have fired, each once, and each has left one event and one message."""
    counts = text("""
        SELECT (SELECT count(*) FROM events WHERE kind = 'reminded'),
               (SELECT count(DISTINCT case_id) FROM events WHERE kind = 'reminded'),
               (SELECT count(*) FROM timers WHERE status = 'fired'),
               (SELECT count(DISTINCT key) FROM outbox)
    """)
    with database.engine.connect() as connection:
        found = set(connection.execute(counts).one())
    if found != {(turn + 1) * DUE}:
        raise SystemExit(f"turn {turn}: {found} instead of {(turn + 1) * DUE}")


def by_sweep(database: Database, moment: datetime) -> None:
    """Fire what is due as a worker does."""
    sweep.run(database.sessions, moment)


def by_hand(database: Database, moment: datetime) -> None:
    """Fire what is due by hand-written SQL in batches, judging nothing."""
    address = database.engine.url.set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        due = connection.execute(FIND, (moment,)).fetchall()
        connection.commit()
        for first in range(0, len(due), sweep.BATCH):
            _fire(connection, due[first : first + sweep.BATCH], moment)
            connection.commit()


def _fire(connection: psycopg.Connection[Any], batch: list[Any], moment: datetime) -> None:
    locked = connection.execute(LOCK, ([row[1] for row in batch],))
    heads = {row[0]: row[1:] for row in locked}
    seqs, events, hashes, previous, abouts = [], [], [], [], []
    for _, case_id, *words in batch:
        seq, before = heads[case_id][0] + 1, heads[case_id][1]
        told = {name: str(word) for name, word in zip(SAID, words, strict=True)}
        form = json.dumps([case_id, seq, moment.isoformat(), before, told], sort_keys=True)
        seqs.append(seq)
        events.append(json.dumps(told))
        hashes.append(hashlib.sha256(form.encode()).hexdigest())
        previous.append(before)
        abouts.append(json.dumps({"case_id": case_id, "seq": seq}))
    case_ids = [row[1] for row in batch]
    connection.execute(SETTLE, (moment, [row[0] for row in batch]))
    connection.execute(MOVE, (case_ids, seqs, hashes))
    connection.execute(APPEND, (moment, case_ids, seqs, events, previous, hashes))
    keys = [f"announce:{case_id}:{seq}" for case_id, seq in zip(case_ids, seqs, strict=True)]
    connection.execute(SEND, (moment, moment, keys, abouts))


SAID = (
    "path", "visit", "seat", "timer", "moment", "due_at", "party", "position_id", "position",
)  # fmt: skip
FIND = """
    SELECT timers.id, timers.case_id, timers.path, timers.visit, timers.seat, kind, timers.due_at,
           tasks.due_at, party, position_id, title
    FROM timers JOIN tasks USING (case_id, path, visit, seat)
    JOIN positions ON positions.id = position_id
    WHERE timers.status = 'waiting' AND timers.due_at <= %s ORDER BY timers.due_at, timers.id
"""
LOCK = "SELECT id, journal_seq, journal_hash FROM cases WHERE id = ANY (%s) FOR UPDATE SKIP LOCKED"
SETTLE = "UPDATE timers SET status = 'fired', fired_at = %s WHERE id = ANY (%s)"
MOVE = """
    UPDATE cases SET journal_seq = head.seq, journal_hash = head.hash
    FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS head (id, seq, hash)
    WHERE cases.id = head.id
"""
APPEND = """
    INSERT INTO events (case_id, seq, kind, at, payload, previous_hash, hash)
    SELECT case_id, seq, 'reminded', %s, payload, previous, hash
    FROM unnest(%s::bigint[], %s::int[], %s::jsonb[], %s::text[], %s::text[])
         AS event (case_id, seq, payload, previous, hash)
"""
SEND = """
    INSERT INTO outbox (kind, key, arguments, created_at, due_at)
    SELECT 'announce', key, about, %s, %s
    FROM unnest(%s::text[], %s::jsonb[]) AS message (key, about)
"""

if __name__ == "__main__":
    main()
