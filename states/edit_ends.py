"""Edits of where a workflow begins, and of the ends that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from states.definition import Definition
from states.edit_reviews import new_name
from states.edits import TRACK_KEYS, Document, put, say


@dataclass(frozen=True)
class Begin:
    """Say with which step each chart begins: the workflow under "", a track under `review.ict`.

    A track begins with its first step where nothing is said.
    """

    steps: Mapping[str, str]

    def apply(self, document: Document, _definition: Definition) -> None:
        """Change what differs."""
        for chart, first in self.steps.items():
            if not chart:
                put(document, "initial", first, ())
                continue
            step, track = chart.split(".")
            written: Document = document["steps"][step]["tracks"][track]
            say(written, "initial", first, next(iter(written["steps"])), TRACK_KEYS)


@dataclass(frozen=True)
class AddEnd:
    """One more end, behind the other steps; nothing leads there yet."""

    name: str
    outcome: str

    def apply(self, document: Document, _definition: Definition) -> None:
        """Write it down. Raises Misfit when its name is taken."""
        new_name(self.name, document["steps"])
        document["steps"][self.name] = {"final": self.outcome}
