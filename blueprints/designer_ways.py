"""Values that can depend on conditions, as boxes: where it leads, by when, of which class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

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
from states.definition import DecisionClass, Definition, Step, StepKind
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


def verdicts_here(step: Step) -> list[tuple[str, str]]:
    """The words that can be voted with on a step with several seats."""
    if step.kind is not StepKind.VOTED:
        return []
    given = (action.verdict for action in step.actions.values() if action.verdict)
    return [(f"{VERDICT}{word}", _verdict(word)) for word in dict.fromkeys(given)]


def own_verdict(step: Step) -> list[tuple[str, str]]:
    """A verdict that nobody gives yet: it goes by the action's name."""
    if step.kind is StepKind.VOTED or (step.kind is StepKind.PLAIN and "." in step.path):
        return [(VERDICT, _("verdict of its own, by the action's name"))]
    return []


@dataclass(frozen=True)
class Rule:
    """A value, and when it holds ("" for always)."""

    value: str
    when: str = ""


class Ruled:
    """Boxes for a value: one for always, one row for each condition and one to spare.

    A kind of value says with `value_boxes`, `value_now` and `value_typed` in which boxes one
    stands; `asked` is the box at which a missing one is told.
    """

    asked = "value"

    def __init__(self, prefix: str, definition: Definition, written: Iterable[Rule]) -> None:
        rules = tuple(written)
        self._prefix, self._asked = prefix, options(definition)
        self._always = next((rule.value for rule in rules if not rule.when), "")
        self._others = [*(rule for rule in rules if rule.when), Rule("")]

    def _each(self) -> Iterator[tuple[str, Rule]]:
        return ((f"{self._prefix}.{number}", rule) for number, rule in enumerate(self._others))

    def value_boxes(
        self, at: str, label_: str, value: str, blank: str | None, help_: str
    ) -> tuple[Box, ...]:
        """The boxes for a value."""
        raise NotImplementedError

    def value_now(self, at: str, value: str) -> Values:
        """What they hold."""
        raise NotImplementedError

    def value_typed(self, at: str, typed: Typed) -> str:
        """The value that was typed; empty for none."""
        raise NotImplementedError

    def boxed(
        self, label_: str, under: str, other: str, blank: str | None = None, help_: str = ""
    ) -> list[Row]:
        """All boxes; `under` stands over a value with a condition, `other` over the spare row."""
        found = [Row(self.value_boxes(self._prefix, label_, self._always, blank, help_))]
        for at, rule in self._each():
            own = boxes(f"{at}.if", self._asked, rule.when)
            legend = _("Under a condition") if rule.when else other
            value = self.value_boxes(at, under, rule.value, "–", "")
            found.append(Row((*own, *value), legend, spare=not rule.when))
        return found

    def values(self) -> Values:
        """What they hold."""
        values = self.value_now(self._prefix, self._always)
        for at, rule in self._each():
            values |= condition_values(f"{at}.if", rule.when) | self.value_now(at, rule.value)
        return values

    def rules(self, typed: Typed) -> list[Rule]:
        """What was typed."""
        found = []
        for at, rule in self._each():
            when = condition_typed(f"{at}.if", rule.when, typed)
            value = self.value_typed(at, typed)
            if bool(when) is not bool(value):
                text = f"{at}.if.text"
                first = text if text in typed.values else f"{at}.if.0.what"
                typed.wrong(f"{at}.{self.asked}" if when else first, "required")
            elif value:
                found.append(Rule(value, when))
        always = self.value_typed(self._prefix, typed)
        if found and not always:
            typed.wrong(f"{self._prefix}.{self.asked}", "required")
        return [*found, Rule(always)] if always else found


class _Chosen(Ruled):
    """A value out of several."""

    def __init__(
        self, prefix: str, definition: Definition, written: Iterable[Rule], known: Options
    ) -> None:
        super().__init__(prefix, definition, written)
        self._known = known

    def value_boxes(
        self, at: str, label_: str, _value: str, blank: str | None, help_: str
    ) -> tuple[Box, ...]:
        """A choice."""
        return (Box(f"{at}.{self.asked}", label_, "select", self._known, blank, help_),)

    def value_now(self, at: str, value: str) -> Values:
        """What is chosen."""
        return {f"{at}.{self.asked}": [value]}

    def value_typed(self, at: str, typed: Typed) -> str:
        """What was chosen."""
        return typed.chosen(f"{at}.{self.asked}", [("", ""), *self._known])


class Ways(_Chosen):
    """Where something leads: a step, or a verdict."""

    asked = "target"

    def __init__(
        self, prefix: str, definition: Definition, known: Options, written: Plain | None
    ) -> None:
        rules = [Rule(_target(way), way.when) for way in ways_of(written)]
        super().__init__(prefix, definition, rules, known)

    def rows(self, label_: str, blank: str | None, help_: str = "") -> list[Row]:
        """The boxes."""
        other = _("Elsewhere under a condition")
        return self.boxed(label_, _("it leads to"), other, blank, help_)

    def typed(self, typed: Typed, own: str = "") -> Plain | None:
        """What was typed, as it is written in a definition; a verdict of its own is `own`."""
        rules = self.rules(typed)
        named = [replace(r, value=r.value + own) if r.value == VERDICT else r for r in rules]
        return to(tuple(map(way_of, named)))


def _target(way: Way) -> str:
    return way.to or (f"{VERDICT}{way.verdict}" if way.verdict else "")


def way_of(rule: Rule) -> Way:
    """Where a choice of `targets` leads, and when."""
    word = rule.value.removeprefix(VERDICT)
    verdict = word != rule.value
    return Way(verdict=word, when=rule.when) if verdict else Way(rule.value, when=rule.when)


class Times(Ruled):
    """How long something may take."""

    asked = "amount"

    def __init__(self, prefix: str, definition: Definition, written: Plain | None) -> None:
        rules = [Rule(one.words, one.when) for one in times_of(written)]
        super().__init__(prefix, definition, rules)

    def value_boxes(
        self, at: str, label_: str, value: str, _blank: str | None, help_: str
    ) -> tuple[Box, ...]:
        """An amount and its unit."""
        return time_boxes(at, label_, Time(value) if value else None, help_)

    def value_now(self, at: str, value: str) -> Values:
        """What they hold."""
        return time_values(at, Time(value) if value else None)

    def value_typed(self, at: str, typed: Typed) -> str:
        """The time in words."""
        return time_typed(at, typed)

    def rows(self, label_: str, help_: str = "") -> list[Row]:
        """The boxes."""
        return self.boxed(label_, label_, _("Other time under a condition"), help_=help_)

    def typed(self, typed: Typed) -> Plain | None:
        """What was typed, as it is written in a definition."""
        return within(tuple(Time(rule.value, rule.when) for rule in self.rules(typed)))


class Classes(_Chosen):
    """Whether a decision is routine, or strategic and not for an acting officer."""

    asked = "chosen"

    def __init__(self, prefix: str, definition: Definition, written: Plain | None) -> None:
        rules = [Rule(one.words, one.when) for one in times_of(written or DecisionClass.ROUTINE)]
        known = [(one.value, label("class", one)) for one in DecisionClass]
        super().__init__(prefix, definition, rules, known)

    def rows(self) -> list[Row]:
        """The boxes."""
        class_, help_ = _("Class of the decision"), _("An acting officer takes no strategic one.")
        return self.boxed(class_, class_, _("Other class under a condition"), help_=help_)

    def typed(self, typed: Typed) -> Plain | None:
        """What was typed, as it is written in a definition."""
        return within(tuple(Time(rule.value, rule.when) for rule in self.rules(typed)))
