"""What definitions and tables call things, in the words people use: data in `labels.yaml`.

The only home of words that hold for every definition, for pages and mails alike; what a definition
calls its own things goes before them. A name that is not there is shown as it
stands, with spaces; a test holds that every name of the shipped definitions is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from states.wording import NO_WORDING, Wording, Words
from workflow.models.base import Json

SOURCE = Path(__file__).with_name("labels.yaml")
LANGUAGES = ("id", "en")

KINDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    kind: {name: (texts[0], texts[1]) for name, texts in names.items()}
    for kind, names in yaml.safe_load(SOURCE.read_text(encoding="utf-8")).items()
}
"""Kind -> name -> its words in the order of LANGUAGES."""


def label(kind: str, name: str, language: str, wording: Wording = NO_WORDING) -> str:
    """The word for `name`: what its definition says, or else what is said of all.

    A path such as `review.ict.deciding` is known by its longest known end. Raises KeyError for an
    unknown kind.
    """
    own = wording.find(kind, name)
    if own is not None:
        return own.spoken(language)
    found = _find(kind, name)
    if found is None and " " in name:
        return name
    if found is None:
        return name.rpartition(".")[2].replace("_", " ").replace("-", " ")
    return found[LANGUAGES.index(language) if language in LANGUAGES else 0]


def kept(kind: str, name: str, wording: Wording) -> str | Json:
    """A name as a message keeps it: with the words that its definition had, if it had any."""
    own = wording.find(kind, name)
    return name if own is None else {"name": name, "id": own.id, "en": own.en}


def of_kept(kind: str, value: str | Json, language: str) -> str:
    """The words of what `kept` gave."""
    if isinstance(value, str):
        return label(kind, value, language)
    return Words(value["id"], value["en"]).spoken(language)


def knows(kind: str, name: str) -> bool:
    """Whether `name` has words of its own."""
    return _find(kind, name) is not None


def _find(kind: str, name: str) -> tuple[str, str] | None:
    words = KINDS[kind]
    parts = name.split(".")
    ends = (".".join(parts[start:]) for start in range(len(parts)))
    return next((words[end] for end in ends if end in words), None)
