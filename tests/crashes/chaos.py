"""Everything is killed at random while people decide and days go by; then nothing may be missing.

    python -m tests.crashes.chaos --kills 210 --cases 1002

runs it over each way of carrying messages and writes what came of it into docs/reliability.md.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import func, select

from config import Settings
from tests.crashes.clients import Clients
from tests.crashes.installation import (
    ROOT,
    Broker,
    Installation,
    NoBroker,
    RabbitMQ,
    Redis,
)
from tests.waiting import PATIENCE
from tests.workflow.receiving import Box, receiving
from workflow.models import Case, Decision, Event, Notification, Timer
from workflow.notifications.letters import fingerprint
from workflow.rehearsal import invariants

AGENCIES = ("Dinas Kesehatan", "Dinas Sosial dan Pemberdayaan Masyarakat", "Dinas Perhubungan")
REPORT = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- begin of the table -->", "<!-- end of the table -->"
PEOPLE_AT_ONCE = 3
KILLS_A_DAY = 5
DAY = timedelta(days=1)
PAUSES_ARE_OVER = timedelta(hours=3)
"""Longer than any lease, and than any pause before a message is tried again."""
MOST_PAUSES = 4


@dataclass
class Result:
    """What came of one run; whatever is in `flaws` must not be."""

    carried_by: str
    kills: Counter[str] = field(default_factory=Counter)
    cases: int = 0
    days: int = 0
    decisions: int = 0
    asked_again: int = 0
    timers: int = 0
    mails: int = 0
    repeated_mails: int = 0
    seconds: float = 0.0
    flaws: list[str] = field(default_factory=list)


def run(
    broker: Broker, name: str, *, kills: int, cases: int, decisions: int, folder: Path, seed: int
) -> Result:
    """One installation, `kills` times killed in part, until every case has ended.

    `decisions` are made each day, at most; a day's clock is a day ahead of the day before.
    """
    began = time.monotonic()
    result = Result(name, cases=cases)
    with receiving() as box:
        broker.start()
        alur = Installation(broker, box.port, folder)
        with ExitStack() as ending:
            ending.callback(alur.stop)
            _fill(alur, cases, folder)
            clients = Clients(alur.database.sessions, alur.base_url, lambda: _now(alur))
            ending.callback(clients.give_up)
            _kill_for_days(alur, clients, result, kills, decisions, seed)
            _end_in_peace(alur, clients, result, seed)
            _judge(alur, clients, box, result)
    result.seconds = time.monotonic() - began
    return result


def _now(alur: Installation) -> datetime:
    return Settings.from_environment(alur.environment).now()


def _fill(alur: Installation, cases: int, folder: Path) -> None:
    """Write the demo city and so many proposals, as agencies hand them in."""
    path = folder / "proposals.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("judul", "perangkat_daerah", "bentuk", "tahun"))
        for number in range(cases):
            agency = AGENCIES[number % len(AGENCIES)]
            rows.writerow((f"Layanan daring nomor {number}", agency, "Pelayanan Publik", 2027))
    for words in (("seed",), ("import-proposals", str(path))):
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        environment = {**alur.environment, "BROKER_URL": ""}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


def _kill_for_days(
    alur: Installation, clients: Clients, result: Result, kills: int, decisions: int, seed: int
) -> None:
    random = Random(seed)
    while sum(result.kills.values()) < kills:
        result.days += 1
        alur.begin_day(result.days * DAY)
        crew = clients.decide(decisions, PEOPLE_AT_ONCE, seed=seed * 1000 + result.days)
        for _ in range(min(KILLS_A_DAY, kills - sum(result.kills.values()))):
            time.sleep(random.uniform(0.2, 1.5))
            part = random.choice(alur.parts)
            alur.kill(part)
            result.kills[part] += 1
            time.sleep(random.uniform(0.0, 0.5))
            alur.start(part)
        _wait_for(crew, alur)


def _end_in_peace(alur: Installation, clients: Clients, result: Result, seed: int) -> None:
    """No more kills: the last decisions are made, and the workers finish what was written."""
    while _count(alur, Case, Case.outcome.is_(None)):
        result.days += 1
        alur.begin_day(result.days * DAY)
        _wait_for(clients.decide(2000, PEOPLE_AT_ONCE, seed=seed * 1000 + result.days), alur)
    for pauses in range(1, MOST_PAUSES + 1):
        alur.begin_day(result.days * DAY + pauses * PAUSES_ARE_OVER)
        if _is_all_delivered(alur):
            return
    raise AssertionError(f"{_undelivered(alur)} messages are never delivered")


def _is_all_delivered(alur: Installation) -> bool:
    """Whether everything was delivered in time, or waits for longer than there is time."""
    until = time.monotonic() + PATIENCE
    while _undelivered(alur):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _wait_for(crew: list[threading.Thread], alur: Installation) -> None:
    """Wait until everybody has decided, and meanwhile let nothing stay down."""
    for thread in crew:
        while thread.is_alive():
            alur.tend()
            thread.join(timeout=1)


def _undelivered(alur: Installation) -> int:
    with alur.database.sessions() as session:
        return invariants.undelivered(session, _now(alur) + DAY)


def _count(alur: Installation, model: type, *conditions: object) -> int:
    with alur.database.sessions() as session:
        return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def _judge(alur: Installation, clients: Clients, box: Box, result: Result) -> None:
    with alur.database.sessions() as session:
        for broken in invariants.check(session, _now(alur)):
            result.flaws.append(f"case {broken.case_id}: {broken.rule}: {broken.detail}")
        made = {
            (case_id, key): number
            for number, case_id, key in session.execute(
                select(Decision.id, Decision.case_id, Decision.request_id)
            )
        }
        for told, number in clients.told.items():
            if made.get(told) != number:
                result.flaws.append(f"case {told[0]}: a decision that was confirmed is lost")
        fired = Counter(
            tuple(row)
            for row in session.execute(
                select(
                    Event.case_id,
                    Event.payload["path"].as_string(),
                    Event.payload["visit"].as_integer(),
                    Event.payload["seat"].as_integer(),
                    Event.payload["timer"].as_string(),
                ).where(Event.kind.in_(("reminded", "escalated")))
            )
        )
        result.flaws += [f"{timer} fired twice" for timer, times in fired.items() if times > 1]
        lines = session.scalars(select(Notification)).all()
    known = {fingerprint(line) for line in lines}
    noted = {fingerprint(line) for line in lines if line.mailed_at is not None}
    arrived = Counter(identity.strip("<>").partition("@")[0] for identity in box.ids)
    if set(arrived) - known:
        result.flaws.append("mails arrived that nobody was to be told")
    if noted - set(arrived):
        result.flaws.append(f"{len(noted - set(arrived))} mails were noted as sent and are lost")
    result.decisions = len(made)
    result.asked_again = clients.asked_again
    result.timers = _count(alur, Timer, Timer.status == "fired")
    result.mails, result.repeated_mails = len(arrived), len(box.ids) - len(arrived)


def table(results: list[Result]) -> str:
    """The results side by side, in Markdown."""
    rows: list[tuple[str, list[str]]] = [
        ("cases, all brought to an outcome", [str(result.cases) for result in results]),
        ("days that went by", [str(result.days) for result in results]),
        ("kills", [str(sum(result.kills.values())) for result in results]),
        *(
            (f"– of {part}", [str(result.kills[part]) for result in results])
            for part in sorted({part for result in results for part in result.kills})
        ),
        ("decisions", [str(result.decisions) for result in results]),
        ("answers that did not come, asked for again", [str(r.asked_again) for r in results]),
        ("timers fired", [str(result.timers) for result in results]),
        ("mails, told apart by Message-ID", [str(result.mails) for result in results]),
        ("– of them handed over again", [str(result.repeated_mails) for result in results]),
        ("**lost, doubled or broken**", [f"**{len(result.flaws)}**" for result in results]),
        ("minutes", [f"{result.seconds / 60:.1f}" for result in results]),
    ]
    head = ["", *(result.carried_by for result in results)]
    lines = [head, ["---"] * len(head), *([name, *values] for name, values in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    """Run all three, print the table, put it into the documentation; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=210, help="in all")
    parser.add_argument("--cases", type=int, default=1002, help="in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path, default=REPORT)
    wanted = parser.parse_args()
    results = []
    for number, name in enumerate(("in the serving process", "Redis", "RabbitMQ")):
        with tempfile.TemporaryDirectory(prefix="alur-chaos-", ignore_cleanup_errors=True) as place:
            folder = Path(place)
            folder.chmod(0o755)
            broker = (NoBroker, lambda folder=folder: Redis(folder), RabbitMQ)[number]()
            days = -(-wanted.kills // 3 // KILLS_A_DAY)
            result = run(
                broker,
                name,
                kills=wanted.kills // 3,
                cases=wanted.cases // 3,
                decisions=max(10, wanted.cases // 3 * 16 // days),
                folder=folder,
                seed=wanted.seed + number,
            )
        print(table([result]), *result.flaws, "", sep="\n", flush=True)
        results.append(result)
    _write(wanted.report, table(results))
    return int(any(result.flaws for result in results))


def _write(path: Path, words: str) -> None:
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    machine = f"{os.cpu_count()} processors, {datetime.now().date().isoformat()}"  # noqa: DTZ005
    after = rest.partition(END)[2]
    text = f"{before}{BEGIN}\n{words}\n\n({machine})\n{END}{after}"
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
