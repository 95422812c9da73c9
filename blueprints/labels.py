"""Names out of definitions and tables, in the words of the reader's language."""

from __future__ import annotations

from flask_babel import get_locale

from workflow import labels


def label(kind: str, name: str) -> str:
    """The word for `name`, such as label("step", "review.ict"); the name itself if unknown."""
    locale = get_locale()
    return labels.label(kind, name, locale.language if locale else "id")


def capacity(capacity_name: str, title: str) -> str:
    """A title as it is signed: `Plh. Kepala Dinas Kesehatan`, or alone for a definitive holder."""
    short = label("capacity_short", capacity_name)
    return f"{short} {title}" if short else title


def done(action: str) -> str:
    """What was done, told afterwards: `Dikembalikan` for `return`; the action's word if unknown."""
    return label("done" if labels.knows("done", action) else "action", action)
