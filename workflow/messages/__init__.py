"""The words of mails, and of the bell's lines: plain Jinja2 texts by language and kind of matter.

Knows no person, case or server; whoever writes hands in the values that a text names.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from workflow import labels

FOLDER = Path(__file__).resolve().parent

# fmt: off
MONTHS = {
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni",
        "Juli", "Agustus", "September", "Oktober", "November", "Desember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}
# fmt: on


class Words(NamedTuple):
    """What a mail says; the subject alone is a line of the bell."""

    subject: str
    text: str


def write(
    kind: str, language: str, values: Mapping[str, object], *, zone: tzinfo | None, link: str
) -> Words:
    """The words for one matter, in one of the languages of MONTHS, with times of the zone."""
    given = {**values, "zone": zone, "link": link}
    return Words(
        subject(kind, language, values, zone=zone), _render(language, f"{kind}.txt", given)
    )


def subject(kind: str, language: str, values: Mapping[str, object], *, zone: tzinfo | None) -> str:
    """The first line: what, whose, until when. One line, whatever a title holds."""
    return " ".join(_render(language, f"{kind}.subject", {**values, "zone": zone}).split())


def page(
    language: str, subject: str, title: str, paragraphs: Sequence[Sequence[tuple[str, str]]]
) -> str:
    """A mail in HTML: paragraphs of lines, each its words and the link that ends it or nothing."""
    template = _pages().get_template("mail.html.j2")
    return template.render(language=language, subject=subject, title=title, paragraphs=paragraphs)


def moment(at: datetime, language: str) -> str:
    """A time as people write it: 23 November 2026 16.30 WIB."""
    month = MONTHS[language][at.month - 1]
    return f"{at.day} {month} {at.year} {at:%H.%M %Z}".rstrip()


def day(on: date, language: str) -> str:
    """A day as people write it: 23 November 2026."""
    return f"{on.day} {MONTHS[language][on.month - 1]} {on.year}"


def filters(language: str) -> Mapping[str, Callable[..., str]]:
    """What a text can do with values: name a step or an outcome, write a day or a moment."""
    return {
        "step": lambda path: labels.of_kept("step", path, language),
        "outcome": lambda name: labels.label("outcome", name, language),
        "day": lambda text: day(date.fromisoformat(text), language),
        "moment": lambda text, zone: moment(
            datetime.fromisoformat(text).astimezone(zone), language
        ),
    }


def _render(language: str, name: str, values: Mapping[str, object]) -> str:
    return _environment(language).get_template(f"{name}.j2").render(values)


@functools.cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / language),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(filters(language))
    return environment


@functools.cache
def _pages() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
