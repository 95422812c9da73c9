"""Where something leads, and how long it may take, as boxes: the ordinary case, then conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from blueprints.designer_boxes import (
    Box,
    Options,
    Row,
    Typed,
    Values,
    time_boxes,
    time_typed,
    time_values,
)
from blueprints.designer_conditions import boxes, condition_typed, condition_values, options
from blueprints.labels import label
from states.definition import Definition, StepKind
from states.document import Plain
from states.edits import Time, Way, times_of, to, ways_of, within
from states.reading_steps import verdicts_of

VERDICT = "verdict:"


def targets(definition: Definition, path: str) -> list[tuple[str, str]]:
    """The steps of the same chart, and in a track the verdicts with which it can end."""
    if "." not in path:
        return [(name, label("step", name)) for name in definition.steps]
    step, track, _name = path.split(".")
    charts = definition.steps[step].tracks
    prefix = f"{step}.{track}"
    steps = [(name, label("step", f"{prefix}.{name}")) for name in charts[track].steps]
    words = sorted({word for chart in charts.values() for word in verdicts_of(chart)})
    return [*steps, *((f"{VERDICT}{w}", _verdict(w)) for w in words)]


def _verdict(word: str) -> str:
    return _("verdict: %(verdict)s", verdict=label("verdict", word))


def verdicts_here(definition: Definition, path: str) -> list[tuple[str, str]]:
    """The words that can be voted with on a step with several seats."""
    step = next(one for one in definition.every_step() if one.path == path)
    if step.kind is not StepKind.VOTED:
        return []
    given = (action.verdict for action in step.actions.values() if action.verdict)
    return [(f"{VERDICT}{word}", _verdict(word)) for word in dict.fromkeys(given)]


@dataclass(frozen=True)
class Ways:
    """Boxes for ways: one for always, one row for each condition and one to spare."""

    prefix: str
    definition: Definition
    options: Options
    written: tuple[Way, ...]

    @classmethod
    def of(cls, prefix: str, definition: Definition, options: Options, value: Plain | None) -> Ways:
        """Over what is written there."""
        return cls(prefix, definition, options, ways_of(value))

    def _split(self) -> tuple[Way, list[Way]]:
        always = next((way for way in self.written if not way.when), Way())
        return always, [*(way for way in self.written if way.when), Way()]

    def rows(self, label_: str, blank: str | None, help_: str = "") -> list[Row]:
        """The boxes."""
        found = [Row((Box(f"{self.prefix}.target", label_, "select", self.options, blank, help_),))]
        for number, way in enumerate(self._split()[1]):
            at = f"{self.prefix}.{number}"
            where = Box(f"{at}.target", _("it leads to"), "select", self.options, "–")
            own = boxes(f"{at}.if", options(self.definition), way.when)
            legend = _("Elsewhere under a condition") if not way.when else _("Under a condition")
            found.append(Row((*own, where), legend, spare=not way.when))
        return found

    def values(self) -> Values:
        """What they hold."""
        always, others = self._split()
        values = {f"{self.prefix}.target": [_target(always)]}
        for number, way in enumerate(others):
            at = f"{self.prefix}.{number}"
            values |= condition_values(f"{at}.if", way.when)
            values[f"{at}.target"] = [_target(way)]
        return values

    def typed(self, typed: Typed) -> Plain | None:
        """What was typed, as it is written in a definition."""
        found = []
        for number, way in enumerate(self._split()[1]):
            at = f"{self.prefix}.{number}"
            when = condition_typed(f"{at}.if", way.when, typed)
            target = typed.one(f"{at}.target")
            if when and not target:
                typed.wrong(f"{at}.target", "required")
            elif target and not when:
                typed.wrong(_first(f"{at}.if", typed.values), "required")
            elif target:
                found.append(self._way(f"{at}.target", target, when, typed))
        always = typed.one(f"{self.prefix}.target")
        if always:
            found.append(self._way(f"{self.prefix}.target", always, "", typed))
        elif found:
            typed.wrong(f"{self.prefix}.target", "required")
        return to(tuple(found))

    def _way(self, name: str, target: str, when: str, typed: Typed) -> Way:
        typed.chosen(name, self.options)
        word = target.removeprefix(VERDICT)
        return Way(verdict=word, when=when) if word != target else Way(target, when=when)


def _target(way: Way) -> str:
    return way.to or (f"{VERDICT}{way.verdict}" if way.verdict else "")


def _first(prefix: str, values: Mapping[str, object]) -> str:
    text = f"{prefix}.text"
    return text if text in values else f"{prefix}.0.what"


@dataclass(frozen=True)
class Times:
    """Boxes for a deadline: one for always, one row for each condition and one to spare."""

    prefix: str
    definition: Definition
    written: tuple[Time, ...]

    @classmethod
    def of(cls, prefix: str, definition: Definition, value: Plain | None) -> Times:
        """Over what is written there."""
        return cls(prefix, definition, times_of(value))

    def _split(self) -> tuple[Time | None, list[Time | None]]:
        always = next((one for one in self.written if not one.when), None)
        return always, [*(one for one in self.written if one.when), None]

    def rows(self, label_: str, help_: str = "") -> list[Row]:
        """The boxes."""
        always, others = self._split()
        found = [Row(time_boxes(self.prefix, label_, always, help_))]
        for number, one in enumerate(others):
            at = f"{self.prefix}.{number}"
            own = boxes(f"{at}.if", options(self.definition), one.when if one else "")
            legend = _("Other time under a condition") if one is None else _("Under a condition")
            found.append(Row((*own, *time_boxes(at, label_, one)), legend, spare=one is None))
        return found

    def values(self) -> Values:
        """What they hold."""
        always, others = self._split()
        values = time_values(self.prefix, always)
        for number, one in enumerate(others):
            at = f"{self.prefix}.{number}"
            when = one.when if one else ""
            values |= condition_values(f"{at}.if", when) | time_values(at, one)
        return values

    def typed(self, typed: Typed) -> Plain | None:
        """What was typed, as it is written in a definition."""
        found = []
        for number, one in enumerate(self._split()[1]):
            at = f"{self.prefix}.{number}"
            when = one.when if one else ""
            when = condition_typed(f"{at}.if", when, typed)
            words = time_typed(at, typed)
            if when and not words:
                typed.wrong(f"{at}.amount", "required")
            elif words and not when:
                typed.wrong(_first(f"{at}.if", typed.values), "required")
            elif words:
                found.append(Time(words, when))
        always = time_typed(self.prefix, typed)
        if always:
            found.append(Time(always))
        elif found:
            typed.wrong(f"{self.prefix}.amount", "required")
        return within(tuple(found))
