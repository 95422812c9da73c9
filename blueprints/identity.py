"""Who is asking: from the signed session or a bearer token to a person with appointments."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Request, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, login_user, logout_user
from werkzeug.wrappers import Response

from workflow import accounts, permissions
from workflow.models import Person
from workflow.permissions import Actor, Credentials

SESSION_LENGTH = timedelta(hours=10)
ACTING = "acting"
LANGUAGE = "language"
SEAL = "seal"
SINCE = "since"


class Viewer(UserMixin):
    """The person behind a request: a value, safe to use after the session was rolled back."""

    def __init__(self, credentials: Credentials) -> None:
        self.id = credentials.person_id
        self.name = credentials.name
        self.is_administrator = credentials.is_administrator
        self.seal = credentials.seal
        self.appointments = credentials.actors
        """The appointments that hold now."""

    @property
    def acting(self) -> Actor | None:
        """The appointment the person acts in: the chosen one while it holds, else the first."""
        held = {actor.appointment_id: actor for actor in self.appointments}
        return held.get(session.get(ACTING, 0)) or next(iter(self.appointments), None)

    @property
    def agency_ids(self) -> tuple[int, ...]:
        """The agencies in which the person holds a position now."""
        return tuple(dict.fromkeys(actor.agency_id for actor in self.appointments))


def install(app: Flask) -> None:
    """Teach `app` to recognise people by their session, and scripts by their token."""
    app.config.update(
        PERMANENT_SESSION_LIFETIME=SESSION_LENGTH,
        REMEMBER_COOKIE_DURATION=timedelta(0),
        SESSION_PROTECTION="basic",
    )
    manager = LoginManager(app)
    manager.user_loader(_from_session)
    manager.request_loader(_from_token)


def sign_in(person: Person) -> None:
    """Begin a new session for `person`; nothing of the session before it stays but the language."""
    language = session.get(LANGUAGE, person.language)
    session.clear()
    session[LANGUAGE] = language
    session.permanent = True
    viewer = _viewer(person.id)
    if viewer is not None:
        session[SEAL], session[SINCE] = viewer.seal, int(g.now.timestamp())
        login_user(viewer)


def sign_out() -> None:
    """End the session."""
    logout_user()
    session.clear()


def act_as(appointment_id: int) -> None:
    """Remember in which capacity the person acts from now on."""
    session[ACTING] = appointment_id


def to_sign_in() -> Response:
    """Send a reader to the sign-in page, and back here afterwards."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.sign_in", next=wanted), 303)


def is_api() -> bool:
    """Whether a script is asking. Scripts carry a token; a browser's session opens nothing."""
    return request.path.startswith("/api/")


def _from_session(person_id: str) -> Viewer | None:
    """The person of a session, until it is as old as one may be or the password has changed.

    The cookie is all there is of a session: a copy of it would otherwise stay good for ever.
    """
    if is_api() or "session" not in g or not person_id.isdecimal():
        return None
    if g.now.timestamp() - session.get(SINCE, 0) > SESSION_LENGTH.total_seconds():
        return None
    viewer = _viewer(int(person_id))
    return viewer if viewer is not None and viewer.seal == session.get(SEAL) else None


def _from_token(incoming: Request) -> Viewer | None:
    scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
    if not is_api() or scheme.lower() != "bearer" or not token:
        return None
    credentials = accounts.by_token(g.session, token.strip(), g.now)
    return Viewer(credentials) if credentials is not None else None


def _viewer(person_id: int) -> Viewer | None:
    credentials = permissions.credentials(g.session, person_id, g.now)
    return Viewer(credentials) if credentials is not None and credentials.is_active else None
