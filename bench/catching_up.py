"""`python -m bench.catching_up`: the workers come back, and 60,000 deadlines have passed meanwhile.

A sweep fires them, then one thread carries every message of the outbox as a worker does. What
counts is how long the slowest delivery takes beside the limit for one, and that each person is
told once. `EVENTS` sets another number.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select, text

from bench.databases import fresh
from bench.sweeping import GIVEN, PROCESS, copy
from tests.workflow.factories import City
from workflow import actors, outbox, sweep
from workflow.database import Database
from workflow.delivery import Delivery
from workflow.models import Notification, OutboxMessage

EVENTS = int(os.environ.get("EVENTS", "60_000"))
BEGUN = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
BACK = datetime(2026, 11, 30, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))


def main() -> None:
    """Measure, and print the figures."""
    structlog.configure(logger_factory=lambda *_: structlog.ReturnLogger())
    with fresh() as database:
        fill(database)
        swept, seconds = timed(lambda: sweep.run(database.sessions, BACK).fired)
        print(f"{swept:,} deadlines told by a sweep in {seconds:.0f} s")
        carry(database)
        check(database)


def fill(database: Database) -> None:
    """One late case and its copies, spread over the secretaries of all agencies."""
    with database.sessions.begin() as session:
        city = City.founded(session, BEGUN)
        session.execute(
            text(
                "UPDATE positions SET superior_id = (SELECT id FROM positions AS head "
                "WHERE head.agency_id = positions.agency_id AND head.post = 'head')"
            )
        )
        city.person("admin", administers=True)
        case_id = city.case(city.publish(PROCESS), BEGUN)
    posts = "(SELECT array_agg(id) FROM positions WHERE post = 'secretary')"
    spread = f"({posts})[1 + n % cardinality({posts})]"
    own = {"case_id": f"{case_id} + n"}
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        proposal = connection.execute(text("SELECT proposal_id FROM cases")).scalar_one()
        number = f"{proposal} + n"
        times = EVENTS - 1
        copy(connection, "proposals", {"id": number}, times)
        copy(connection, "cases", {"id": f"{case_id} + n", "proposal_id": number}, times)
        copy(connection, "tasks", {"id": GIVEN, "position_id": spread, **own}, times)
        copy(connection, "timers", {"id": GIVEN, **own}, times)
        connection.execute(text("DELETE FROM outbox"))
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def carry(database: Database) -> None:
    """Carry all messages and those that follow, and print how long each kind took."""
    moment = BACK
    delivery = Delivery(database.sessions, lambda: moment, "https://alur.example")
    took: dict[str, list[float]] = {}
    while True:
        moment += timedelta(minutes=2)
        with database.sessions.begin() as session:
            claimed = outbox.claim(session, moment, outbox.MOST_UNDER_WAY)
            kinds = select(OutboxMessage.id, OutboxMessage.kind)
            of = {row.id: row.kind for row in session.execute(kinds)}
        if not claimed:
            break
        for message_id in claimed:
            _, seconds = timed(lambda one=message_id: delivery.deliver(one))
            took.setdefault(of[message_id], []).append(seconds)
    for kind, seconds in took.items():
        print(
            f"{kind:>9}: {len(seconds):5,} deliveries, {sum(seconds):6.1f} s in all, "
            f"the slowest {max(seconds):.2f} s of {actors.LONGEST_DELIVERY / 1000:.0f}"
        )


def check(database: Database) -> None:
    """Each person has one line, and together they tell of every deadline."""
    with database.sessions() as session:
        lines = session.execute(select(Notification.person_id, Notification.values)).all()
        left = session.scalars(select(OutboxMessage.id).where(OutboxMessage.done_at.is_(None)))
        open_messages = len(left.all())
    people, told = {line.person_id for line in lines}, sum(line.values["count"] for line in lines)
    print(f"{len(lines)} lines for {len(people)} people tell of {told:,}; {open_messages} left")
    if (len(lines), told, open_messages) != (len(people), EVENTS, 0):
        raise SystemExit("not each person once, or not of everything")


def timed(work: Callable[[], object]) -> tuple[object, float]:
    """What the work comes to, and the seconds that it takes."""
    begun = time.perf_counter()
    return work(), time.perf_counter() - begun


if __name__ == "__main__":
    main()
