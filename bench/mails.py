"""`python -m bench.mails`: how fast two workers drain the outbox, beside the bare SMTP rate.

One receiving server, two worker processes with four threads each over one PostgreSQL; then the
same number of mails by two processes that do nothing but send, over connections that are kept.
Then the lag at rest: from the moment a message is due to its mail, over single messages.
"""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bench.databases import fresh
from tests.workflow.factories import City
from tests.workflow.receiving import Box, receiving
from workflow import notifications
from workflow.database import Database
from workflow.models import OutboxMessage
from workflow.notifications import Told
from workflow.notifications.mail import Mail, compose

MAILS = 1000
WORKERS = 2
SINGLE = 10
WORKER = """
import signal, sys
from config import Settings
from workflow.actors import start_embedded
from workflow.database import create_database
environment = {"ALUR_ENV": "test", "DATA_DIR": "/tmp", "MAIL_URL": sys.argv[2]}
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
embedded = start_embedded(Settings.from_environment(environment), create_database(sys.argv[1]))
signal.sigwait({signal.SIGTERM})
embedded.stop()
"""
SENDER = (
    "import sys; from bench.mails import send_bare; send_bare(int(sys.argv[1]), int(sys.argv[2]))"
)
VALUES = {"title": "Antrean daring", "agency": "Dinas Kesehatan", "receipt": None, "by": None}


def now() -> datetime:
    """The present moment in the city's zone."""
    return datetime.now(ZoneInfo("Asia/Jakarta"))


def tell(database: Database, person_id: int, first: int, count: int) -> None:
    """Tell a person of so many matters."""
    with database.sessions.begin() as session:
        lines = [
            Told(person_id, None, "received", f"bench:{number}", VALUES)
            for number in range(first, first + count)
        ]
        notifications.tell(session, lines, now())


def wait_for(box: Box, count: int) -> None:
    """Wait until so many mails came."""
    while len(box.arrived) < count:
        time.sleep(0.01)


@contextmanager
def workers(database: Database, box: Box) -> Iterator[list[int]]:
    """Worker processes that drain the outbox into the box, by their ids."""
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", WORKER, url, f"smtp://127.0.0.1:{box.port}"]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(WORKERS)]
    try:
        yield [process.pid for process in running]
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(30)


def worked(process_ids: list[int]) -> float:
    """Seconds of work that these processes have done so far, as Linux counts it."""
    ticks = 0
    for number in process_ids:
        fields = Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def drained(
    database: Database, box: Box, person_id: int, process_ids: list[int]
) -> tuple[float, float]:
    """Mails a second from a full outbox, once the workers are warm, and seconds of work a mail."""
    tell(database, person_id, 0, 100)
    wait_for(box, 100)
    begun, before = time.perf_counter(), worked(process_ids)
    tell(database, person_id, 100, MAILS)
    wait_for(box, 100 + MAILS)
    return MAILS / (time.perf_counter() - begun), (worked(process_ids) - before) / MAILS


def lags(database: Database, box: Box, person_id: int) -> list[float]:
    """Seconds from due to sent, for one message after the other, in workers that rest."""
    spent = []
    for number in range(SINGLE):
        time.sleep(0.3 + number * 0.13)
        before = len(box.arrived)
        begun = time.perf_counter()
        tell(database, person_id, 10_000 + number, 1)
        wait_for(box, before + 1)
        spent.append(time.perf_counter() - begun)
    return spent


def send_bare(port: int, count: int) -> None:
    """Compose and send so many mails over one connection."""
    with smtplib.SMTP("127.0.0.1", port) as connection:
        for number in range(count):
            name = f"<bare-{number}@alur.example>"
            mail = Mail(name, name, "a@metro.example", "id", "Diterima", "Diterima\n\nUsulan\n", ())
            message = compose(mail, "alur@metro.example", now())
            connection.sendmail("alur@metro.example", [mail.recipient], message)


def bare(box: Box) -> float:
    """Mails a second by processes that only compose and send."""
    before, share = len(box.arrived), MAILS // WORKERS
    command = [sys.executable, "-c", SENDER, str(box.port), str(share)]
    with ExitStack() as stack:
        for _ in range(WORKERS):
            stack.enter_context(subprocess.Popen(command))
        while len(box.arrived) == before:
            time.sleep(0.001)
        begun = time.perf_counter()
        while len(box.arrived) < before + share * WORKERS:
            time.sleep(0.001)
        return share * WORKERS / (time.perf_counter() - begun)


def main() -> None:
    """Measure and print."""
    with fresh() as database, receiving() as box:
        with database.sessions.begin() as session:
            person_id = City.founded(session, now()).people["head.dinkes"]
        with workers(database, box) as process_ids:
            outbox_rate, work = drained(database, box, person_id, process_ids)
            waited = lags(database, box, person_id)
        with database.sessions() as session:
            left = session.scalar(select(func.count()).where(OutboxMessage.done_at.is_(None)))
        distinct = len(set(box.ids))
        print(f"sent {len(box.arrived)} mails, {distinct} Message-IDs, {left} not noted")
        bare_rate = bare(box)
    print(f"outbox, two workers   {outbox_rate:6.0f} mails/s")
    print(f"work of the workers   {work * 1000:6.1f} ms a mail")
    print(f"bare SMTP, two senders {bare_rate:5.0f} mails/s   {bare_rate / outbox_rate:4.1f} times")
    print(f"lag at rest           {median(waited):6.2f} s median, {max(waited):.2f} s at most")


if __name__ == "__main__":
    main()
