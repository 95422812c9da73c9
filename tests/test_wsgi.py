"""The one command: it starts, serves, stops, and says in a sentence why it cannot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

import wsgi
from config import Settings
from tests.databases import Databases, opened
from tests.ports import free_port
from tests.waiting import PATIENCE, wait_until
from workflow.city import seed
from workflow.database import Database, create_database
from workflow.embedded_server import EmbeddedServer

HERE = Path(__file__).resolve().parents[1]


def environment(**settings: str) -> dict[str, str]:
    """A bare environment, with only what is said here."""
    kept = ("PATH", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | settings


def start(**settings: str) -> subprocess.Popen[str]:
    """Run the one command, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "wsgi.py"],
        cwd=HERE,
        env=environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def refused(**settings: str) -> str:
    """What the command says when it does not start."""
    with start(**settings) as process:
        output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (1, "")
    assert errors.count("\n") == 1, errors
    return errors.strip()


def status(port: int, path: str) -> int:
    """The status of a page; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@contextmanager
def running(data_dir: Path, *, stop: signal.Signals) -> Iterator[int]:
    """The command at work; afterwards it has ended in order, without a word of complaint."""
    port = free_port()
    with start(DATA_DIR=str(data_dir), PORT=str(port)) as process:
        try:
            wait_until(lambda: process.poll() is not None or status(port, "/healthz") == 200)
            assert process.poll() is None, process.communicate()
            yield port
        finally:
            os.killpg(process.pid, stop)
            output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
    assert f"Alur is ready: http://127.0.0.1:{port}" in output
    assert seed.PASSWORD in output


@pytest.mark.slow
def test_one_command_serves_a_demo_and_keeps_its_data(tmp_path: Path) -> None:
    with running(tmp_path, stop=signal.SIGINT) as port:
        assert status(port, "/readyz") == 200
        assert refused(DATA_DIR=str(tmp_path), PORT=str(port)) == (
            f"Port {port} is taken: stop what listens there, or choose another with PORT."
        )
    server = EmbeddedServer(tmp_path / "postgres")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url.set(drivername="postgresql").render_as_string())

    with running(tmp_path, stop=signal.SIGTERM) as port:
        people = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "token", "create", "kepala.dinkes"],
            cwd=HERE,
            env=environment(DATA_DIR=str(tmp_path)),
            capture_output=True,
            check=True,
            text=True,
        )
        assert people.stdout.strip()


def test_a_data_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    sentence = f"The data folder {folder} cannot be used: Not a directory."
    assert refused(DATA_DIR=str(folder), PORT=str(free_port())) == sentence


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://alur:sesame@127.0.0.1:1/alur", "Connection refused."),
        ("postgresql://:::", "DATABASE_URL cannot be read as an address."),
        ("mysql://db/alur", "DATABASE_URL is an address that begins with postgresql://"),
    ],
)
def test_a_wrong_database_address_is_one_sentence(tmp_path: Path, url: str, sentence: str) -> None:
    words = refused(DATA_DIR=str(tmp_path), DATABASE_URL=url, PORT=str(free_port()))
    assert sentence in words
    assert "sesame" not in words


def test_a_missing_module_is_one_sentence(tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-S", "wsgi.py"],
        cwd=HERE,
        env=environment(),
        capture_output=True,
        check=False,
        text=True,
    )
    sentence = "The Python module dramatiq is missing: run make run, which installs it.\n"
    assert (process.returncode, process.stderr) == (1, sentence)


def test_a_port_for_root_alone_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def bind(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("socket.socket.bind", bind)
    with pytest.raises(wsgi.CannotStart, match="Port 80 is for root alone"):
        wsgi.require_free(80)


@pytest.fixture
def own_database(databases: Databases) -> Iterator[Database]:
    """A migrated database that nobody else sees."""
    yield from opened(databases, "wsgi")


def environment_of(database: Database, name: str, data_dir: Path) -> dict[str, str]:
    """The environment of an installation over a database."""
    return {
        "ALUR_ENV": name,
        "BASE_URL": "https://alur.metrokota.go.id",
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "SECRET_KEY": "k" * 32,
    }


def settings_for(database: Database, name: str, data_dir: Path) -> Settings:
    """Settings of an installation over a database."""
    return Settings.from_environment(environment_of(database, name, data_dir))


def test_production_refuses_people_of_the_demo(
    own_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = settings_for(own_database, "production", tmp_path)
    wsgi.prepare(production, own_database)
    wsgi.prepare(settings_for(own_database, "demo", tmp_path), own_database)
    with pytest.raises(wsgi.CannotStart, match="People of the demo can sign in"):
        wsgi.prepare(production, own_database)
    for name, value in environment_of(own_database, "production", tmp_path).items():
        monkeypatch.setenv(name, value)
    wsgi.build.cache_clear()
    with pytest.raises(SystemExit, match="People of the demo can sign in"):
        _ = wsgi.app


def test_only_a_demo_is_filled(own_database: Database, tmp_path: Path) -> None:
    wsgi.prepare(settings_for(own_database, "test", tmp_path), own_database)
    with own_database.sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM people")) == 0
    wsgi.prepare(settings_for(own_database, "demo", tmp_path), own_database)
    again = create_database(own_database.engine.url)
    with again.sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM people")) > 50
    again.close()


def test_the_application_of_this_environment_is_built_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert wsgi.app is wsgi.app
    with pytest.raises(AttributeError):
        _ = wsgi.nothing
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_wrong_environment_is_one_sentence_for_the_command_line_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PORT", "x")
    wsgi.build.cache_clear()
    with pytest.raises(SystemExit, match="PORT is a number from 1 to 65535"):
        _ = wsgi.app
