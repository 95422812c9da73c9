"""Parts of the designer's form for an action: what is seldom needed, and where it can be done."""

from __future__ import annotations

from flask_babel import gettext as _

from blueprints.designer_boxes import (
    Box,
    Row,
    Typed,
    Values,
    amount_typed,
    time_boxes,
    time_typed,
    time_values,
)
from blueprints.labels import label
from states.definition import Definition, Step, StepKind
from states.document import Plain
from states.edits import Document, Time, words_of


class Seldom:
    """Boxes for a letter, an extension, facts that are recorded, and people who are chosen."""

    def __init__(self, definition: Definition, step: Step | None, own: Document) -> None:
        self._definition, self._step, self._own = definition, step, own
        chart = definition.steps
        if step is not None and "." in step.path:
            parallel, track, _name = step.path.split(".")
            chart = definition.steps[parallel].tracks[track].steps
        self._picked = [
            (one.name, label("step", one.path))
            for one in chart.values()
            if one.seats is not None and one.seats.count == "picked"
        ]

    def _written(self) -> Time | None:
        return Time(str(self._own["extends"])) if "extends" in self._own else None

    def row(self) -> Row:
        """The boxes, folded while nothing of it is said."""
        letters = [("out", _("a letter that goes out")), ("in", _("a letter that came in"))]
        found = [Box("letter", _("It records"), "select", letters, _("no letter"))]
        if self._definition.facts:
            facts = [(name, label("fact", name)) for name in self._definition.facts]
            facts += [(n, label("fact", n)) for n in self._sets() if n not in dict(facts)]
            found.append(Box("sets", _("Facts that it records"), "checks", facts))
        if self._step is not None and self._step.within:
            help_ = _("It stays at the step, and always asks for a reason.")
            found += time_boxes("extends", _("It gives more time"), self._written(), help_)
        help_ = _("At one visit of the step; empty: as often as wished, an extension once")
        times = _("How often it can be done")
        found.append(Box("times", times, help=help_, width="short", inputmode="numeric"))
        if self._picked:
            chooses = _("It chooses who sits at")
            found.append(Box("picks", chooses, "select", self._picked, _("nobody")))
        if self._step is not None and self._step.kind in (StepKind.VOTED, StepKind.PARALLEL):
            found.append(Box("closes", _("Whoever has not spoken is not waited for"), "check"))
        said = {box.name.partition(".")[0] for box in found} & set(self._own)
        return Row(tuple(found), _("Seldom needed"), spare=not said)

    def _sets(self) -> tuple[str, ...]:
        return words_of(self._own.get("sets"))

    def values(self) -> Values:
        """What they hold."""
        own = self._own
        return {
            "letter": [str(own.get("letter", ""))],
            "sets": list(self._sets()),
            "times": [str(own.get("times", ""))],
            "picks": [str(own.get("picks", ""))],
            "closes": ["true"] if own.get("closes") else [],
            **time_values("extends", self._written()),
        }

    def typed(self, typed: Typed) -> dict[str, Plain | None]:
        """What was typed, of the boxes that there are."""
        shown = {box.name.partition(".")[0] for box in self.row().every}
        found: dict[str, Plain | None] = {
            "letter": typed.one("letter") or None,
            "sets": list(typed.many("sets")) or None,
            "extends": time_typed("extends", typed) or None,
            "times": amount_typed("times", typed),
            "picks": typed.one("picks") or None,
            "closes": True if typed.one("closes") else None,
        }
        return {name: value for name, value in found.items() if name in shown}


class Where:
    """Boxes for the steps at which an action of `anywhere` can be done."""

    def __init__(self, definition: Definition, own: Document) -> None:
        self._key = next((key for key in ("unless", "only") if key in own), "")
        self._written = words_of(own.get(self._key))
        self._steps = [
            (step.name, label("step", step.name))
            for step in definition.steps.values()
            if step.kind not in (StepKind.FINAL, StepKind.ROUTE) or step.name in self._written
        ]
        self._kinds = [
            ("", _("at every step")),
            ("unless", _("at every step but the chosen ones")),
            ("only", _("at the chosen steps")),
        ]

    def row(self) -> Row:
        """The boxes."""
        where = Box("where", _("Where it can be done"), "select", self._kinds)
        return Row((where, Box("steps", _("Steps"), "checks", self._steps)), _("Where"))

    def values(self) -> Values:
        """What they hold."""
        return {"where": [self._key], "steps": list(self._written)}

    def typed(self, typed: Typed) -> dict[str, Plain | None]:
        """What was typed."""
        kind, steps = typed.chosen("where", self._kinds), list(typed.many("steps"))
        if bool(kind) is not bool(steps):
            typed.wrong("steps" if kind else "where", "required")
        return {key: steps if key == kind else None for key in ("unless", "only")}
