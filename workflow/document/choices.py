"""What may be chosen in a proposal: codes that are stored, and their words in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be chosen. `under` names what it belongs to, if anything."""

    code: str
    indonesian: str
    english: str
    under: str | None = None


@cache
def choices(field: str) -> Mapping[str, Choice]:
    """What may be chosen for a field, by code, in the order in which it is shown."""
    return {code: _choice(code, said) for code, said in _document()[field].items()}


@cache
def _document() -> Mapping[str, Any]:
    text = resources.files("workflow.document").joinpath("choices.yaml").read_text(encoding="utf-8")
    document: Mapping[str, Any] = yaml.safe_load(text)
    return document


def _choice(code: str, said: Any) -> Choice:
    if isinstance(said, dict):
        indonesian, english = said["words"]
        return Choice(code, indonesian, english, said["under"])
    indonesian, english = said
    return Choice(code, indonesian, english)
