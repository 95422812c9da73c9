"""Names out of definitions and tables, in the words of the reader's language.

What a definition says of its own things comes first. A page is about one definition, as it is
read in one language, and says so once (`speak_of`); where one word is another definition's, as in
a list of cases, its wording is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g
from flask_babel import get_locale

from states.definition import Definition
from states.wording import DONE, NO_WORDING, Wording, Words
from workflow import labels


def speak_of(definition: Definition, *earlier: Definition) -> None:
    """From here on the page is about this definition, and speaks its words.

    What has none there, such as a step that it has no more, goes by those of `earlier` ones.
    """
    g.wording = definition.wording
    for one in earlier:
        g.wording = g.wording.before(one.wording)


@contextmanager
def speaking_of(definition: Definition) -> Iterator[None]:
    """For a while the words of this definition are spoken."""
    kept = _or_of_the_page(None)
    speak_of(definition)
    try:
        yield
    finally:
        g.wording = kept


def label(kind: str, name: str, wording: Wording | None = None) -> str:
    """The word for `name`, such as label("step", "review.ict"); the name itself if unknown."""
    return labels.label(kind, name, _language(), _or_of_the_page(wording))


def knows(kind: str, name: str) -> bool:
    """Whether `name` has words, of the page's definition or of all."""
    return is_own(kind, name) or labels.knows(kind, name)


def is_own(kind: str, name: str) -> bool:
    """Whether `name` has words of the page's definition."""
    return _or_of_the_page(None).find(kind, name) is not None


def capacity(capacity_name: str, title: str) -> str:
    """A title as it is signed: `Plh. Kepala Dinas Kesehatan`, or alone for a definitive holder."""
    short = label("capacity_short", capacity_name)
    return f"{short} {title}" if short else title


def done(action: str, wording: Wording | None = None) -> str:
    """What was done, told afterwards: `Dikembalikan` for `return`; the action's word if unknown."""
    own = _or_of_the_page(wording)
    is_usual = own.find("action", action) is None and labels.knows(DONE, action)
    told = is_usual or own.find(DONE, action) is not None
    return label(DONE if told else "action", action, wording)


def spoken(words: Words | None) -> str:
    """Words that are at hand, in the reader's language; empty for none."""
    return "" if words is None else words.spoken(_language())


def _language() -> str:
    locale = get_locale()
    return locale.language if locale else "id"


def _or_of_the_page(wording: Wording | None) -> Wording:
    if wording is not None:
        return wording
    found: Wording = g.get("wording", NO_WORDING) if g else NO_WORDING
    return found
