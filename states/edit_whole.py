"""Edits of what holds in the whole definition: what it declares, and steps that go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from states.definition import Definition
from states.document import Plain
from states.edits import ENTRY_KEYS, UNSAID, WHOLE_KEYS, Document, Misfit, chart_of, put, say
from states.step_names import is_led_to, lead, move, stand_for


@dataclass(frozen=True)
class SetFact:
    """Say of what type a fact is, or which words it can be; a new name adds one."""

    name: str
    said: str | tuple[str, ...]

    def apply(self, document: Document, _definition: Definition) -> None:
        """Change what differs."""
        if "facts" not in document:
            put(document, "facts", {}, WHOLE_KEYS)
        said = self.said if isinstance(self.said, str) else list(self.said)
        put(document["facts"], self.name, said, ())


@dataclass(frozen=True)
class SetEntry:
    """Say what a party, a clock or a verb is, each key with its value; a new name adds one."""

    section: str
    name: str
    aspects: Mapping[str, Plain | None]

    def apply(self, document: Document, _definition: Definition) -> None:
        """Change what differs."""
        if self.section not in document:
            put(document, self.section, {}, WHOLE_KEYS)
        entry = document[self.section].setdefault(self.name, {})
        for key, value in self.aspects.items():
            say(entry, key, value, UNSAID.get(key), ENTRY_KEYS[self.section])


@dataclass(frozen=True)
class RemoveEntry:
    """Take a fact, a clock, a verb or a party away; whoever still names it makes it unreadable."""

    section: str
    name: str

    def apply(self, document: Document, definition: Definition) -> None:
        """Take it out, and the section with its last entry. Raises Misfit for a recorded fact."""
        for path, action in definition.every_action() if self.section == "facts" else ():
            if self.name in action.sets:
                raise Misfit("", "recorded_by", action=action.name, step=path)
        del document[self.section][self.name]
        if not document[self.section]:
            del document[self.section]


@dataclass(frozen=True)
class SetWhole:
    """Say other things of the whole: each key has its value, None for nothing."""

    aspects: Mapping[str, Plain | None]

    def apply(self, document: Document, _definition: Definition) -> None:
        """Change what differs."""
        for key, value in self.aspects.items():
            put(document, key, value, WHOLE_KEYS)


@dataclass(frozen=True)
class NameWorkflow:
    """Give the workflow another key; it is a workflow of its own from then on."""

    key: str

    def apply(self, document: Document, _definition: Definition) -> None:
        """Change the key."""
        document["key"] = self.key


@dataclass(frozen=True)
class RemoveStep:
    """Take a step away: what led to it leads to another one. The last one of a track takes it.

    `instead` may be empty where nothing leads to the step.
    """

    path: str
    instead: str

    def apply(self, document: Document, definition: Definition) -> None:
        """Take it out. Raises Misfit where nothing can stand in for it."""
        chart, name = chart_of(document, self.path), self.path.rpartition(".")[2]
        if len(chart) == 1:
            self._remove_track(document)
            return
        is_needed = bool(self.instead) or is_led_to(document, self.path)
        if is_needed and (self.instead not in chart or self.instead == name):
            raise Misfit("instead", "required")
        if "." in self.path:
            self._remove_from_track(document)
        del chart[name]
        for step in chart.values():
            lead(step, self._led)
        if "." not in self.path:
            self._remove_from_whole(document, definition)
        self._stop_clocks(document)

    def _led(self, target: str) -> str:
        return self.instead if target == self.path.rpartition(".")[2] else target

    def _remove_from_track(self, document: Document) -> None:
        step, track, name = self.path.split(".")
        written = document["steps"][step]["tracks"][track]
        if written.get("initial") == name:
            written["initial"] = self.instead

    def _remove_track(self, document: Document) -> None:
        step, track, _name = self.path.split(".")
        tracks = document["steps"][step]["tracks"]
        if len(tracks) == 1:
            raise Misfit("instead", "only_track")
        del tracks[track]
        self._stop_clocks(document)

    def _remove_from_whole(self, document: Document, definition: Definition) -> None:
        lead({"actions": document.get("anywhere", {})}, self._led)
        for action in document.get("anywhere", {}).values():
            for key in ("unless", "only") if isinstance(action, dict) else ():
                names = action.get(key, ())
                if self.path in names:
                    action[key] = [n for n in names if n != self.path] if names != self.path else []
        if definition.initial == self.path:
            document["initial"] = self.instead

    def _stop_clocks(self, document: Document) -> None:
        for clock in document.get("clocks", {}).values():
            runs = clock.get("runs", [])
            if self.path in runs and isinstance(runs, list):
                clock["runs"] = [path for path in runs if path != self.path]


@dataclass(frozen=True)
class RenameStep:
    """Give a step another name, wherever the text names it."""

    path: str
    name: str

    def apply(self, document: Document, _definition: Definition) -> None:
        """Name it anew. Raises Misfit when the name is taken."""
        chart, old = chart_of(document, self.path), self.path.rpartition(".")[2]
        if self.name in chart:
            raise Misfit("name", "known_already")
        steps = {self._named(name): step for name, step in chart.items()}
        chart.clear()
        chart.update(steps)
        prefix = self.path.removesuffix(old)
        for step in chart.values():
            lead(step, self._named)
            for action in step.get("actions", {}).values():
                if isinstance(action, dict) and action.get("picks") == old:
                    action["picks"] = self.name
        inside = self._track(document) if prefix else document
        if inside.get("initial") == old:
            inside["initial"] = self.name
        if not prefix:
            lead({"actions": document.get("anywhere", {})}, self._named)
            stand_for(document, self._named)
        move(document, lambda at: self._moved(at, prefix))
        if prefix:  # in its own track a guard names it without the path
            move({"steps": chart, "parties": {}}, self._named)

    def _named(self, name: str) -> str:
        return self.name if name == self.path.rpartition(".")[2] else name

    def _track(self, document: Document) -> Document:
        step, track, _name = self.path.split(".")
        return cast("Document", document["steps"][step]["tracks"][track])

    def _moved(self, at: str, prefix: str) -> str:
        """A path of the step, or of one inside it when it is parallel."""
        inside = at.removeprefix(f"{self.path}.")
        if at == self.path:
            return f"{prefix}{self.name}"
        return f"{prefix}{self.name}.{inside}" if inside != at else at
