"""`python -m bench.forecast`: the days to come of a city with 10,000 open cases, as its page asks.

The cases stand at seven places of the shipped workflow, their due times over four weeks. Some
lapse on the way, so that what follows has to be foreseen as well.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bench.databases import fresh
from bench.sweeping import GIVEN, copy
from states import library
from tests.databases import statements
from tests.workflow.factories import City, checklist
from workflow import forecast, reading
from workflow.database import Database

CASES = int(os.environ.get("CASES", "10_000"))
ROUNDS = 5
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
POINTS = [{"field": "budget", "text": "Rincian belum ada"}]
WAY = (
    ("operator.dinkes", "forward", {}),
    ("secretary.dinkes", "initial", {}),
    ("head.dinkes", "submit", {}),
    ("clerk.bapperida", "accept", {"lane": "standard"}),
    ("reviewer.bapperida", "recommend", {"checklist": checklist("planning")}),
    ("head.bapperida", "return", {"track": "planning", "points": POINTS}),
    ("secretary.diskominfo", "dispose", {"picks": ["reviewer.diskominfo"]}),
    ("reviewer.diskominfo", "hand_in", {"checklist": checklist("ict")}),
    ("lead_reviewer.diskominfo", "recommend", {}),
    ("head.diskominfo", "approve", {}),
)
"""Who does what until the proposal is back with its owner."""

PLACES = (0, 1, 2, 3, 4, 5, 10)
"""After how many acts the cases stand still."""


def main() -> None:
    """Measure, and print the figures."""
    with fresh() as database:
        fill(database)
        measure(database)


def measure(database: Database) -> None:
    """Foresee the month some times over."""
    spent: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        with statements(database) as said, database.sessions() as session:
            reading.begin(session)
            begun, worked = time.perf_counter(), time.process_time()
            found = forecast.of_city(session, NOW)
            spent.append((time.perf_counter() - begun, time.process_time() - worked))
    seconds, work = (min(figures) for figures in zip(*spent, strict=True))
    kinds = ", ".join(
        f"{count:,} {kind}" for kind, count in Counter(one.what for one in found).items()
    )
    print(f"{CASES:,} open cases: {len(found):,} things to come ({kinds})")
    print(f"{seconds:.2f} s, {work:.2f} s of work, {len(said)} statements")


def fill(database: Database) -> None:
    """One case of the engine's for each place, and copies whose times lie up to four weeks off."""
    with database.sessions.begin() as session:
        city = City.founded(session, NOW)
        version_id = city.publish(library.text("program-proposal"))
        for place in PLACES:
            case_id = city.case(version_id, NOW)
            for who, action, data in WAY[:place]:
                picks = [city.people[name] for name in data.get("picks", ())]
                city.act(case_id, who, action, NOW, **data | ({"picks": picks} if picks else {}))
    later = "+ n % 20 * interval '1 day' + n % 7 * interval '1 hour'"
    own = {"id": "source.id + 1000 * n", "proposal_id": "source.proposal_id + 1000 * n"}
    timed = {
        "id": GIVEN,
        "case_id": "source.case_id + 1000 * n",
        "due_at": f"source.due_at {later}",
    }
    times = CASES // len(PLACES) - 1
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        number = "source.receipt_number || '-' || n"
        copy(connection, "proposals", {"id": own["id"], "receipt_number": number}, times)
        copy(connection, "cases", own, times)
        copy(connection, "tasks", timed, times)
        copy(connection, "timers", timed, times)
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


if __name__ == "__main__":
    main()
