"""What every template may use: the frame's places, icons, the forms of money, days and names."""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import flask_bootstrap
from flask import g, request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from markupsafe import Markup

from blueprints import definition_words, formatting, guard_words, labels, words
from blueprints.edge import Alur, application
from blueprints.formatting import DueWord
from blueprints.language import LANGUAGES
from states.wording import Wording
from workflow import notifications
from workflow.calendar import Calendar

BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5"
STATIC = Path(__file__).parent / "static"
SYMBOL = re.compile(
    r'<symbol class="[^"]*" viewBox="([^"]*)" id="([^"]*)">(.*?)</symbol>', re.DOTALL
)
SILENT = Markup('aria-hidden="true"')
ORDINARY_WEEK = "five"


@dataclass(frozen=True)
class Place:
    """One of the places in the bar. In it lies what its `paths` begin."""

    endpoint: str
    label: object
    icon: str
    paths: tuple[str, ...] = ()
    for_administrators: bool = False

    @property
    def is_here(self) -> bool:
        """Whether the page that is asked for lies in the place."""
        return request.endpoint == self.endpoint or request.path.startswith(self.paths)


PLACES = (
    Place("home.index", _l("Home"), "house"),
    Place("queue.index", _l("Queue"), "inbox", ("/queue/",)),
    Place("proposals.index", _l("Proposals"), "file-earmark-text", ("/proposals/", "/cases/")),
    Place("admin.index", _l("Settings"), "gear", ("/admin/",), for_administrators=True),
)


def install(app: Alur) -> None:
    """Give `app`'s templates their filters and globals."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        money=formatting.money,
        number=formatting.number,
        day=_day,
        short_day=_short_day,
        moment=_moment,
        duration=formatting.duration,
        label=_label,
        called=labels.spoken,
        workflow_name=definition_words.name_of,
        listed=words.listed,
        guard=guard_words.spoken,
        field_id=field_id,
        spoken=spoken,
    )
    app.jinja_env.globals.update(
        icon=icon,
        places=places,
        versioned=versioned,
        due_word=due_word,
        unread_count=unread_count,
        languages=LANGUAGES,
        locale=get_locale,
        label=labels.label,
        capacity=labels.capacity,
        reason=words.reason,
        problem=words.problem,
    )


def icon(name: str, title: str = "") -> Markup:
    """A Bootstrap icon, drawn inline in the colour of its text; silent unless it has a title."""
    spoken_title = str(title)
    if not spoken_title:
        return _icons()[name]
    voice = Markup('role="img" aria-label="{}"').format(spoken_title)
    return _icons()[name].replace(SILENT, voice)


def places() -> list[Place]:
    """The places this person may go to."""
    administers = current_user.is_administrator
    return [place for place in PLACES if administers or not place.for_administrators]


def versioned(filename: str) -> str:
    """The address of an own static file, new whenever its content is."""
    return url_for("static", filename=filename, v=_digest(filename))


def due_word(due_at: datetime | None, week: str = ORDINARY_WEEK) -> DueWord:
    """How far away a deadline is, in working days of `week`."""
    zone = application().settings.zone
    if due_at is None:
        return formatting.due_word(None, g.now, 0, zone)
    first, last = sorted((g.now.astimezone(zone), due_at.astimezone(zone)))
    working_days = calendar().working_days(first, last, week)
    return formatting.due_word(due_at, g.now, working_days, zone)


def unread_count() -> str:
    """The number in the bell; `99+` beyond that, nothing when all is read."""
    if "unread" not in g:
        g.unread = notifications.unread(g.session, current_user.id)
    return "" if not g.unread else "99+" if g.unread > 99 else str(g.unread)


def field_id(name: str) -> str:
    """The id of the form field for `budget.2.amount`, which problems link to."""
    return "f-" + re.sub(r"[^A-Za-z0-9_-]+", "-", name)


def spoken(error: object) -> str:
    """One sentence, or several in a row."""
    return " ".join(map(str, error)) if isinstance(error, list | tuple) else str(error)


def calendar() -> Calendar:
    """The calendar as it is read once for this request."""
    if "calendar" not in g:
        g.calendar = Calendar.load(g.session)
    loaded: Calendar = g.calendar
    return loaded


def _day(value: date | datetime | None) -> str:
    return formatting.day(value, application().settings.zone)


def _short_day(value: date | datetime | None) -> str:
    return formatting.short_day(value, application().settings.zone)


def _moment(value: datetime | None) -> str:
    return formatting.moment(value, application().settings.zone)


def _label(name: str, kind: str, wording: Wording | None = None) -> str:
    return labels.label(kind, name, wording)


@functools.cache
def _icons() -> dict[str, Markup]:
    sprite = (BOOTSTRAP / "icons" / "bootstrap-icons.svg").read_text(encoding="utf-8")
    return {
        name: Markup(  # noqa: S704 - the library's own drawings
            f'<svg class="icon" viewBox="{view_box}" {SILENT} focusable="false">{drawing}</svg>'
        )
        for view_box, name, drawing in SYMBOL.findall(sprite)
    }


@functools.cache
def _digest(filename: str) -> str:
    return hashlib.sha256((STATIC / filename).read_bytes()).hexdigest()[:12]
