"""Edits of what a definition calls its things, in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from states.definition import Definition
from states.document import Plain
from states.edits import Document, Edit, put
from states.wording import SECTIONS, WORKFLOW, Words

_KEYS = {kind: section for section, kind in SECTIONS.items()}
_ORDER = ("workflow", *SECTIONS)


@dataclass(frozen=True)
class SetWords:
    """Say what things are called, by kind and name; None for what it is called without words."""

    words: Mapping[tuple[str, str], Words | None]

    def apply(self, document: Document, _definition: Definition) -> None:
        """Change what differs."""
        wording: Document = dict(document.get("wording", {}))
        for (kind, name), words in self.words.items():
            if kind == WORKFLOW:
                put(wording, "workflow", _said(words), _ORDER)
                continue
            section: Document = dict(wording.get(_KEYS[kind], {}))
            put(section, name, _said(words), ())
            put(wording, _KEYS[kind], section or None, _ORDER)
        put(document, "wording", wording or None, ())


def text_of(words: Words) -> Plain | None:
    """What is written of words at the thing itself: a text alone where they have no English."""
    return _said(words) if words.en else words.id or None


def _said(words: Words | None) -> Plain | None:
    if words is None:
        return None
    return {"id": words.id, "en": words.en} if words.en else {"id": words.id}


@dataclass(frozen=True)
class Together:
    """Several edits as one, each after the one before it."""

    edits: tuple[Edit, ...]

    def apply(self, document: Document, definition: Definition) -> None:
        """Make them all. Raises Misfit when one cannot be made."""
        for edit in self.edits:
            edit.apply(document, definition)
