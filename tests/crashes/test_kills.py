"""Pages, worker and a rehearsal are killed at random instants, again and again: nothing is lost."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from tests.crashes.installation import unmeasured
from tests.databases import Databases, opened
from tests.ports import free_port
from tests.waiting import PATIENCE, wait_until
from tests.workflow.receiving import Box, receiving
from workflow.database import Database
from workflow.models import Case, Decision, Notification, OutboxMessage
from workflow.notifications.letters import fingerprint

ROOT = Path(__file__).resolve().parents[2]
KILLS = 50
CASES = 90
LONGEST_LIFE = 0.8
"""Seconds that the processes live on, at most, after the rehearsal was seen deciding."""
LEASES_ARE_OVER = "PT10M"
AGENCIES = ("Dinas Kesehatan", "Dinas Sosial dan Pemberdayaan Masyarakat", "Dinas Perhubungan")


class Installation:
    """Alur as its processes: the pages with their worker, and commands beside them."""

    def __init__(self, database: Database, mails: Box, folder: Path) -> None:
        self.database = database
        self.environment = {
            **unmeasured(),
            "ALUR_ENV": "demo",
            "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "DATA_DIR": str(folder),
            "MAIL_URL": f"smtp://127.0.0.1:{mails.port}",
            "PORT": str(free_port()),
            "PYTHONPATH": str(ROOT),
        }

    def command(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            check=False,
            text=True,
            timeout=2 * PATIENCE,
        )

    @contextmanager
    def killed_at_the_end(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """A Python process with its children, which dies by SIGKILL when the block ends."""
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def count(self, model: type[Case | Decision | OutboxMessage], *conditions: object) -> int:
        """How many rows there are."""
        with self.database.sessions() as session:
            query = select(func.count()).select_from(model).where(*conditions)
            return session.scalar(query) or 0


def _list(path: Path) -> Path:
    """A list of proposals, as agencies hand them in."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("judul", "perangkat_daerah", "bentuk", "tahun"))
        for number in range(CASES):
            agency = AGENCIES[number % len(AGENCIES)]
            rows.writerow((f"Layanan daring nomor {number}", agency, "Pelayanan Publik", 2027))
    return path


@pytest.fixture
def installation(databases: Databases, tmp_path: Path) -> Iterator[tuple[Installation, Box]]:
    """An installation with a demo city and a list of proposals, and the mail server it uses."""
    with receiving() as mails:
        for database in opened(databases, "kills"):
            made = Installation(database, mails, tmp_path)
            assert made.command("seed").returncode == 0
            report = made.command("import-proposals", str(_list(tmp_path / "usulan.csv")))
            assert report.returncode == 0, report.stderr
            yield made, mails


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_fifty_kills_lose_nothing_and_do_nothing_twice(
    installation: tuple[Installation, Box],
) -> None:
    alur, mails = installation
    random = Random(KILLS)
    for number in range(KILLS):
        made = alur.count(Decision)
        with (
            alur.killed_at_the_end("wsgi.py"),
            alur.killed_at_the_end(
                "-m", "flask", "--app", "wsgi", "rehearse", "--seed", str(number)
            ),
        ):
            wait_until(lambda: alur.count(Decision) > made)  # noqa: B023 - asked in this round
            time.sleep(random.uniform(0, LONGEST_LIFE))
        assert alur.count(Case, Case.outcome.is_(None)), "the kills came after the work"

    last = alur.command("rehearse", "--wait", "200", CLOCK_SHIFT=LEASES_ARE_OVER)

    assert last.returncode == 0, last.stdout + last.stderr
    assert "BROKEN" not in last.stdout
    assert alur.count(Case, Case.outcome.is_(None)) == 0
    _each_mail_came_once(alur, mails)


def _each_mail_came_once(alur: Installation, mails: Box) -> None:
    """Whatever was noted as sent arrived, told apart by Message-ID, and nothing that nobody knows.

    A mail that was handed over just before its worker died, and matters no more when the next one
    looks at it, arrived without being noted.
    """
    with alur.database.sessions() as session:
        lines = session.scalars(select(Notification)).all()
    known = {fingerprint(line) for line in lines}
    noted = {fingerprint(line) for line in lines if line.mailed_at is not None}
    arrived = {identity.strip("<>").partition("@")[0] for identity in mails.ids}
    assert noted
    assert noted <= arrived <= known
    assert alur.count(OutboxMessage, OutboxMessage.done_at.is_(None)) == 0
