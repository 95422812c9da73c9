"""The ways in: everything in one process, or the pages and the workers each in their own.

    python wsgi.py          database, pages and worker, until Ctrl-C
    gunicorn wsgi:app       the pages alone; `flask --app wsgi` finds the commands here too
    dramatiq wsgi:broker    one more worker; needs BROKER_URL and DATABASE_URL

Whatever stands in the way of starting is said in one sentence.
"""

from __future__ import annotations

import atexit
import functools
import logging
import signal
import socket
import sys

from config import ConfigurationError, Environment, Settings

try:
    from dramatiq import Broker
    from flask import Flask
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

    from blueprints import create_app
    from workflow import actors, logs
    from workflow.city import seed
    from workflow.database import (
        Database,
        DatabaseUnavailable,
        available,
        is_current,
        migrate,
        open_database,
    )
except ModuleNotFoundError as error:
    sys.exit(f"The Python module {error.name} is missing: run make run, which installs it.")

ADDRESS = "127.0.0.1"
THREADS = 8
SECONDS_TO_FINISH = 10


class CannotStart(Exception):
    """Something of this machine stands in the way; says what, and what to do."""


class Server(BaseApplication):
    """One process of gunicorn with threads, and the worker inside it."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.background: actors.Embedded | None = None
        super().__init__()

    def load_config(self) -> None:
        """Set what gunicorn would otherwise read from files and arguments."""
        options = {
            "bind": f"{ADDRESS}:{self.settings.port}",
            "worker_class": "gthread",
            "threads": THREADS,
            "graceful_timeout": SECONDS_TO_FINISH,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": self.greet,
            "post_worker_init": self.start_background,
            "worker_exit": self.stop_background,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the application, in the process that serves it."""
        _configure_logs(self.settings)
        return create_app(self.settings, self.database)

    def greet(self, _: Arbiter) -> None:
        """Say where Alur is and how to get in."""
        lines = [f"Alur is ready: {self.settings.base_url}"]
        if self.settings.environment is Environment.DEMO:
            lines.append(
                f"Sign in as operator.dinkes, kepala.dinkes, telaah.bapperida, kepala.bapperida, "
                f"telaah.diskominfo, kepala.diskominfo, sekda or admin; "
                f"the password is {seed.PASSWORD}."
            )
        lines.append("Ctrl-C stops everything; the data stay.")
        print(*lines, sep="\n", flush=True)

    def start_background(self, worker: Worker) -> None:
        """Start the worker after the fork: its threads would not survive one.

        Ctrl-C reaches this process and its parent at once, and the parent passes it on: two
        signals in one instant would lock gunicorn's pool of threads, so only the parent's counts.
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGQUIT, worker.handle_exit)
        self.background = actors.start_embedded(self.settings, self.database)

    def stop_background(self, _arbiter: Arbiter, _worker: Worker) -> None:
        """Let what runs come to its end, in the process that ran it."""
        if self.background is not None:
            self.background.stop()


def serve() -> None:
    """Serve everything until it is told to stop.

    Raises ConfigurationError, DatabaseUnavailable and CannotStart; ends in SystemExit otherwise.
    """
    settings = Settings.from_environment()
    require_free(settings.port)
    database = open_database(settings.database_url, settings.data_dir)
    try:
        prepare(settings, database)
        Server(settings, database).run()
    finally:
        database.close()


def prepare(settings: Settings, database: Database) -> None:
    """Bring the schema to the newest version and, in a demo, write the city into an empty one."""
    migrate(database)
    if settings.environment is Environment.DEMO:
        with available(database), database.sessions.begin() as session:
            seed.ensure_demo(session, settings.now())
    refuse_demo_people(settings, database)
    database.engine.dispose()  # no connection may cross the fork


def refuse_demo_people(settings: Settings, database: Database) -> None:
    """Keep production from a database into which everybody can sign in who knows the demo.

    Raises CannotStart and DatabaseUnavailable.
    """
    if not settings.is_production or not is_current(database):
        return
    with available(database), database.sessions() as session:
        if seed.has_demo_people(session):
            raise CannotStart(
                "People of the demo can sign in to this database: production needs its own."
            )


def require_free(port: int) -> None:
    """Ask for the port before anything is started.

    Raises CannotStart.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except PermissionError:
            raise CannotStart(f"Port {port} is for root alone: choose another with PORT.") from None
        except OSError:
            raise CannotStart(
                f"Port {port} is taken: stop what listens there, or choose another with PORT."
            ) from None


@functools.cache
def build() -> Flask:
    """The application of this process's environment; its database is left when the process ends."""
    settings, database = _installation()
    try:
        refuse_demo_people(settings, database)
    except (CannotStart, DatabaseUnavailable) as error:
        sys.exit(str(error))
    database.engine.dispose()  # a server may fork after this
    return create_app(settings, database)


@functools.cache
def build_broker() -> Broker:
    """The broker of a worker process, with the actor and the threads that run beside it.

    If the process dies, `dramatiq` ends with status 1: let the service manager start it again.
    """
    settings, database = _installation()
    if settings.broker_url is None or settings.database_url is None:
        sys.exit("A worker process needs BROKER_URL and DATABASE_URL, the same as the pages.")
    return actors.worker_broker(settings, database)


def _installation() -> tuple[Settings, Database]:
    try:
        settings = Settings.from_environment()
        database = open_database(settings.database_url, settings.data_dir)
    except (ConfigurationError, DatabaseUnavailable) as error:
        sys.exit(str(error))
    atexit.register(database.close)
    _configure_logs(settings)
    return settings, database


def _configure_logs(settings: Settings) -> None:
    """A demo speaks up only when something is wrong: its terminal is for whoever tries it."""
    logs.configure(logging.INFO if settings.is_production else logging.WARNING)


def __getattr__(name: str) -> Flask | Broker:
    """Build what a server asks for when it asks; `python wsgi.py` builds after its fork."""
    if name == "app":
        return build()
    if name == "broker":
        return build_broker()
    raise AttributeError(name)


if __name__ == "__main__":
    try:
        serve()
    except (ConfigurationError, DatabaseUnavailable, CannotStart) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
