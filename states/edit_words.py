"""Edits of what a definition calls its things, in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from states.definition import Definition
from states.edits import Document, Edit
from states.wording import SECTIONS, WORKFLOW, Words

_KEYS = {kind: section for section, kind in SECTIONS.items()}


@dataclass(frozen=True)
class SetWords:
    """Say what things are called, by kind and name; None for what it is called without words."""

    words: Mapping[tuple[str, str], Words | None]

    def apply(self, document: Document, _definition: Definition) -> None:
        """Change what differs."""
        wording: Document = dict(document.get("wording", {}))
        for (kind, name), words in self.words.items():
            if kind == WORKFLOW:
                _put(wording, "workflow", words)
                continue
            section = dict(wording.get(_KEYS[kind], {}))
            _put(section, name, words)
            _keep(wording, _KEYS[kind], section)
        _keep(document, "wording", wording)


@dataclass(frozen=True)
class Together:
    """Several edits as one, each after the one before it."""

    edits: tuple[Edit, ...]

    def apply(self, document: Document, definition: Definition) -> None:
        """Make them all. Raises Misfit when one cannot be made."""
        for edit in self.edits:
            edit.apply(document, definition)


def _put(section: Document, name: str, words: Words | None) -> None:
    if words is None:
        section.pop(name, None)
    else:
        section[name] = {"id": words.id} | ({"en": words.en} if words.en else {})


def _keep(mapping: Document, key: str, value: Document) -> None:
    if value:
        mapping[key] = value
    else:
        mapping.pop(key, None)
