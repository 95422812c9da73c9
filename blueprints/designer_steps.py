"""The designer's form for one step."""

from __future__ import annotations

from typing import cast

from flask_babel import gettext as _

from blueprints.designer_boxes import Box, Options, Row, Typed, Values
from blueprints.designer_ends import outcomes
from blueprints.designer_ways import Times, Ways, targets
from blueprints.designer_words import Beside
from blueprints.labels import label
from states.definition import Definition, Step, StepKind
from states.document import Plain, parse, plain
from states.edit_steps import SetStep
from states.edits import Document, Edit, step_of
from states.step_names import first_of
from workflow import checklists
from workflow.errors import NotFound

WORKED = (StepKind.PLAIN, StepKind.VOTED)


def found_step(definition: Definition, path: str) -> Step:
    """A step by its path. Raises NotFound."""
    found = next((step for step in definition.every_step() if step.path == path), None)
    if found is None:
        raise NotFound(f"step {path}")
    return found


def written_step(definition: Definition, path: str) -> Document:
    """What the text says of a step."""
    return step_of(written_document(definition), path)


def written_document(definition: Definition) -> Document:
    """The values of the text."""
    return cast("Document", plain(parse(definition.source)))


def is_first(definition: Definition, path: str) -> bool:
    """Whether its chart begins with a step."""
    return first_of(written_document(definition), path) == path.rpartition(".")[2]


def parties(definition: Definition) -> list[tuple[str, str]]:
    """The parties of a definition, to choose from."""
    return [(name, label("party", name)) for name in definition.parties]


class StepForm:
    """Who acts at a step, by when, and what hangs on it; where a fork leads, what an end is."""

    def __init__(self, definition: Definition, path: str) -> None:
        self._definition, self._step = definition, found_step(definition, path)
        self._written = written_step(definition, path)
        self.step, self.title = path, label("step", path)
        self.lead, self.button = path, _("Save and check")
        own = self._written
        self._within = Times("within", definition, own.get("within"))
        steps = targets(definition, path)
        key = "route" if self._step.kind is StepKind.ROUTE else "on_lapse"
        self._ways = Ways(key, definition, steps, own.get(key))
        self._owner_sees = Beside("owner_sees", self._step.owner_sees)

    def rows(self) -> list[Row]:
        """The boxes of this kind of step."""
        if self._step.kind is StepKind.ROUTE:
            return self._ways.rows(_("Otherwise it goes to"), None)
        found: list[Row] = []
        if self._step.kind is StepKind.PLAIN:
            found.append(Row((Box("party", _("Who"), "select", parties(self._definition)),)))
        if self._step.kind is StepKind.FINAL:
            found.append(Row((Box("final", _("What it comes to"), "select", outcomes()),)))
        if self._step.kind in WORKED:
            help_ = _("Empty: no deadline")
            found += self._within.rows(_("Deadline"), help_)
            help_ = _("A passed deadline never approves.")
            found += self._ways.rows(_("When the time is over it goes to"), _("nowhere"), help_)
        help_ = _("Instead of the name of the step; empty for the name")
        owner = self._owner_sees.boxes(_("What the proposing agency sees"), help_)
        return [*found, *(Row((box,)) for box in self._words()), Row(owner)]

    def _words(self) -> list[Box]:
        """What a step of this kind can say in one or several words."""
        kind, found = self._step.kind, []
        if kind in WORKED:
            lists = [(name, label("track", name)) for name in checklists.names()]
            help_ = _("What has to be answered before an assessment is handed over")
            found.append(Box("checklist", _("Checklist"), "select", lists, _("none"), help_))
        if kind in WORKED and "." not in self.step:
            found.append(Box("edits", _("What can be edited"), "checks", self._editable()))
        if kind is not StepKind.FINAL and self._definition.clocks:
            clocks = [(name, label("clock", name)) for name in self._definition.clocks]
            found.append(Box("pauses", _("Clocks that stand still meanwhile"), "checks", clocks))
        if kind in WORKED:
            help_ = _("Whoever holds such a post does not see a case that stands here.")
            hidden = parties(self._definition)
            found.append(Box("hidden_from", _("Hidden from"), "checks", hidden, help=help_))
        return found

    def _editable(self) -> Options:
        named = {"all": _("everything"), "returned_points": _("what points name that came back")}
        others = [name for name in self._step.edits if name not in named]
        return [*named.items(), *((name, label("need", name)) for name in others)]

    def values(self) -> Values:
        """What the text says now."""
        step = self._step
        if step.kind is StepKind.ROUTE:
            return self._ways.values()
        values: Values = {
            "party": [step.party or ""],
            "final": [step.final or ""],
            "checklist": [step.checklist or ""],
            "edits": list(step.edits),
            "pauses": list(step.pauses),
            "hidden_from": list(step.hidden_from),
        }
        values |= self._owner_sees.values()
        return values | self._within.values() | self._ways.values()

    def edit(self, typed: Typed) -> Edit:
        """What has to be said of the step."""
        if self._step.kind is StepKind.ROUTE:
            return SetStep(self.step, {"route": self._fork(typed)})
        shown = {box.name for row in self.rows() for box in row.every}
        aspects: dict[str, Plain | None] = {}
        if "party" in shown:
            aspects["party"] = typed.chosen("party", parties(self._definition))
        if "final" in shown:
            aspects["final"] = typed.chosen("final", outcomes())
        if "within.amount" in shown:
            aspects["within"] = self._within.typed(typed)
            aspects["on_lapse"] = self._ways.typed(typed)
        if "checklist" in shown:
            aspects["checklist"] = typed.one("checklist") or None
        for name in ("edits", "pauses", "hidden_from"):
            if name in shown:
                aspects[name] = list(typed.many(name)) or None
        return SetStep(self.step, {**aspects, "owner_sees": self._owner_sees.typed(typed)})

    def _fork(self, typed: Typed) -> Plain | None:
        ways = self._ways.typed(typed)
        if ways is None:
            typed.wrong("route.target", "required")
        return [{"to": ways}] if isinstance(ways, str) else ways
