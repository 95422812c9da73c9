"""Edits of one step and of what can be done there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from states.definition import Definition
from states.document import Plain
from states.edits import (
    ACTION_KEYS,
    STEP_KEYS,
    TRACK_KEYS,
    UNSAID,
    WHOLE_KEYS,
    Document,
    put,
    say,
    step_of,
)


@dataclass(frozen=True)
class SetStep:
    """Say other things of a step: each key of `aspects` has its value, None for nothing."""

    path: str
    aspects: Mapping[str, Plain | None]

    def apply(self, document: Document, _definition: Definition) -> None:
        """Change what differs."""
        step = step_of(document, self.path)
        for key, value in self.aspects.items():
            put(step, key, value, STEP_KEYS)


@dataclass(frozen=True)
class OpenTracks:
    """Say when each track of a parallel step is opened; None for always."""

    path: str
    whens: Mapping[str, Plain | None]

    def apply(self, document: Document, _definition: Definition) -> None:
        """Change what differs."""
        tracks = step_of(document, self.path)["tracks"]
        for name, when in self.whens.items():
            put(tracks[name], "when", when, TRACK_KEYS)


@dataclass(frozen=True)
class SetAction:
    """Say what an action of a step is, or add one; without a path it is one of `anywhere`.

    What its verb says of it everywhere is not said again.
    """

    path: str
    name: str
    aspects: Mapping[str, Plain | None]

    def apply(self, document: Document, _definition: Definition) -> None:
        """Change what differs; a vote with nothing of its own stays in the list of verdicts."""
        owner = step_of(document, self.path) if self.path else document
        key = "actions" if self.path else "anywhere"
        action = written_action(document, self.path, self.name)
        goes_without = UNSAID | document.get("verbs", {}).get(self.name, {})
        for aspect, value in self.aspects.items():
            say(action, aspect, value, goes_without.get(aspect), ACTION_KEYS)
        if action == {"verdict": self.name} and self.name in owner.get("verdicts", ()):
            return
        if self.name in owner.get("verdicts", ()):
            owner["verdicts"] = [word for word in owner["verdicts"] if word != self.name]
            if not owner["verdicts"]:
                del owner["verdicts"]
        if key not in owner:
            put(owner, key, {}, STEP_KEYS if self.path else WHOLE_KEYS)
        short = list(action) == ["to"] and isinstance(action["to"], str)
        was_long = isinstance(owner[key].get(self.name), dict)
        owner[key][self.name] = action["to"] if short and not was_long else action


def written_action(document: Document, path: str, name: str) -> Document:
    """What the text says of an action, spelled out; of a new one nothing."""
    owner = step_of(document, path) if path else document
    written = owner.get("actions" if path else "anywhere", {}).get(name, {})
    if not isinstance(written, str) and name in owner.get("verdicts", ()):
        return {"verdict": name}
    return {"to": written} if isinstance(written, str) else dict(written)


@dataclass(frozen=True)
class RemoveAction:
    """Take an action away from a step."""

    path: str
    name: str

    def apply(self, document: Document, _definition: Definition) -> None:
        """Take it out of the actions or the verdicts."""
        owner = step_of(document, self.path) if self.path else document
        key = "actions" if self.path else "anywhere"
        owner.get(key, {}).pop(self.name, None)
        if self.name in owner.get("verdicts", ()):
            owner["verdicts"] = [word for word in owner["verdicts"] if word != self.name]
        for emptied in ("verdicts", key):
            if emptied in owner and not owner[emptied]:
                del owner[emptied]
