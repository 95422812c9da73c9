"""The edge: one request, one transaction. Here alone is committed or rolled back."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, current_app, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints import access
from config import Settings
from workflow import actors, engine, reading
from workflow.database import Database
from workflow.errors import Refused

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Alur(Flask):
    """The application, with what it was built from."""

    def __init__(self, settings: Settings, database: Database) -> None:
        super().__init__("blueprints")
        self.settings = settings
        self.database = database
        # The database itself refuses to write for a page that is only read.
        self._reading = database.engine.execution_options(postgresql_readonly=True)
        self.before_request(self._begin)
        self.teardown_request(self._end)

    def dispatch_request(self) -> ResponseReturnValue:
        """Ask who may, run the view, commit; whatever is raised leaves nothing behind."""
        try:
            access.enforce()
            answer = super().dispatch_request()
            g.session.commit()
        except Refused as refused:
            g.session.rollback()
            self._record(refused)
            raise
        except BaseException:
            g.session.rollback()
            raise
        if request.method not in READING:
            actors.wake()
        return answer

    def _begin(self) -> None:
        g.now = self.settings.now()
        g.session = self._open_session()

    def _open_session(self) -> Session:
        if request.method in READING:
            session = self.database.sessions(bind=self._reading)
            reading.begin(session)
            return session
        return self.database.sessions()

    def _end(self, _error: BaseException | None) -> None:
        session: Session | None = g.pop("session", None)
        if session is not None:
            session.close()

    def _record(self, refused: Refused) -> None:
        """Write a refused attempt into the journal, in a transaction of its own."""
        if refused.attempt is None:
            return
        with self.database.sessions.begin() as session:
            engine.record_refusal(session, refused, now())


def application() -> Alur:
    """The application that answers this request."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(app, Alur)
    return app


def now() -> datetime:
    """The instant at which this request began."""
    instant: datetime = g.now
    return instant


def database_session() -> Session:
    """The session of this request. The edge commits it; nobody else does."""
    session: Session = g.session
    return session
