"""The designer's forms for one step and for what can be done there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from flask_babel import gettext as _

from blueprints.designer_boxes import Box, NewName, Options, Row, Typed, Values
from blueprints.designer_conditions import boxes, condition_typed, condition_values, options
from blueprints.designer_ways import Times, Ways, targets, verdicts_here
from blueprints.labels import label
from states.definition import Action, Definition, Means, Step, StepKind
from states.document import Plain, parse, plain
from states.edit_steps import SetAction, SetStep
from states.edits import Document, Edit, step_of
from workflow import checklists, labels
from workflow.errors import NotFound

WORKED = (StepKind.PLAIN, StepKind.VOTED)
NOT_ASKED = ("picks", "lane")
"""What an action asks for by what it does, and not by naming a need."""


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


def parties(definition: Definition) -> list[tuple[str, str]]:
    """The parties of a definition, to choose from."""
    return [(name, label("party", name)) for name in definition.parties]


class StepForm:
    """Who acts at a step, by when, and what hangs on it; of a fork, where it leads."""

    def __init__(self, definition: Definition, path: str) -> None:
        self._definition, self._step = definition, found_step(definition, path)
        self._written = written_step(definition, path)
        self.step, self.title = path, label("step", path)
        self.lead, self.button = path, _("Save and check")
        own = self._written
        self._within = Times.of("within", definition, own.get("within"))
        steps = targets(definition, path)
        key = "route" if self._step.kind is StepKind.ROUTE else "on_lapse"
        self._ways = Ways.of(key, definition, steps, own.get(key))

    def rows(self) -> list[Row]:
        """The boxes of this kind of step."""
        if self._step.kind is StepKind.ROUTE:
            return self._ways.rows(_("Otherwise it goes to"), None)
        found: list[Row] = []
        if self._step.kind is StepKind.PLAIN:
            found.append(Row((Box("party", _("Who"), "select", parties(self._definition)),)))
        if self._step.kind in WORKED:
            help_ = _("Empty: no deadline")
            found += self._within.rows(_("Deadline"), help_)
            help_ = _("A passed deadline never approves.")
            found += self._ways.rows(_("When the time is over it goes to"), _("nowhere"), help_)
        return [*found, *(Row((box,)) for box in self._words())]

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
        help_ = _("Instead of the name of the step; empty for the name")
        found.append(Box("owner_sees", _("What the proposing agency sees"), help=help_))
        return found

    def _editable(self) -> Options:
        named = {"all": _("everything"), "returned_points": _("what points name that came back")}
        others = [name for name in self._step.edits if name not in named]
        return [*named.items(), *((name, label("need", name)) for name in others)]

    def values(self) -> Values:
        """What the text says now."""
        own, step = self._written, self._step
        if step.kind is StepKind.ROUTE:
            return self._ways.values()
        values: Values = {
            "party": [step.party or ""],
            "checklist": [step.checklist or ""],
            "edits": list(step.edits),
            "pauses": list(step.pauses),
            "owner_sees": [str(own.get("owner_sees", ""))],
        }
        return values | self._within.values() | self._ways.values()

    def edit(self, typed: Typed) -> Edit:
        """What has to be said of the step."""
        if self._step.kind is StepKind.ROUTE:
            return SetStep(self.step, {"route": self._fork(typed)})
        shown = {box.name for row in self.rows() for box in row.boxes}
        aspects: dict[str, Plain | None] = {}
        if "party" in shown:
            aspects["party"] = typed.chosen("party", parties(self._definition))
        if "within.amount" in shown:
            aspects["within"] = self._within.typed(typed)
            aspects["on_lapse"] = self._ways.typed(typed)
        for name in ("checklist", "owner_sees"):
            if name in shown:
                aspects[name] = typed.one(name) or None
        for name in ("edits", "pauses"):
            if name in shown:
                aspects[name] = list(typed.many(name)) or None
        return SetStep(self.step, aspects)

    def _fork(self, typed: Typed) -> Plain | None:
        ways = self._ways.typed(typed)
        if ways is None:
            typed.wrong("route.target", "required")
        return [{"to": ways}] if isinstance(ways, str) else ways


class ActionForm:
    """What can be done at a step: what it means, who may, what it needs, where it leads."""

    def __init__(self, definition: Definition, path: str, name: str) -> None:
        self._definition, self._step, self._name = definition, found_step(definition, path), name
        known = self._step.actions.get(name)
        if name and known is None:
            raise NotFound(f"action {name} of {path}")
        self._action = known or Action("", 0)
        self.step, self.lead = path, label("step", path)
        self.title = label("action", name) if name else _("Add an action")
        self.button = _("Save and check")
        ends = [*targets(definition, path), *verdicts_here(definition, path)]
        self._ways = Ways.of("to", definition, ends, self._way_now())

    def _way_now(self) -> Plain | None:
        """Where it leads as the text has it; a verdict of its own stands as a way."""
        if not self._name:
            return None
        if self._action.verdict is not None:
            return {"verdict": self._action.verdict}
        action = written_step(self._definition, self.step)["actions"][self._name]
        return action if isinstance(action, str) else cast("Plain | None", action.get("to"))

    def rows(self) -> list[Row]:
        """The boxes."""
        found = [] if self._name else [self._names().row()]
        means = [(means.value, label("means", means)) for means in Means]
        found.append(Row((Box("means", _("What it means"), "select", means),)))
        guard = boxes("when", options(self._definition), self._guard())
        help_ = _("Without a condition it is always possible.")
        found.append(Row(guard, _("Possible only under a condition"), help_))
        leads, stays = _("It leads to"), _("nowhere: the case stays at this step")
        found += self._ways.rows(leads, stays)
        needs = [(name, label("need", name)) for name in self._needs()]
        found.append(Row((Box("needs", _("What has to be given"), "checks", needs),)))
        who = _("Only these may do it; nobody chosen: who has the step")
        found.append(Row((Box("by", who, "checks", parties(self._definition)),)))
        keeps = Box("snapshot", _("Keep a copy of the proposal as it stands then"), "check")
        return [*found, Row((keeps,))]

    def _names(self) -> NewName:
        words: Mapping[str, object] = labels.KINDS["action"]
        usual = [(name, label("action", name)) for name in words if name != "lapse"]
        return NewName(_("Action"), usual, self._step.actions)

    def _needs(self) -> list[str]:
        asked = [name for name in labels.KINDS["need"] if name not in NOT_ASKED]
        return list(dict.fromkeys([*asked, *self._action.needs]))

    def _guard(self) -> str:
        return self._action.when.text if self._action.when is not None else ""

    def values(self) -> Values:
        """What the text, with the verbs, says now."""
        action = self._action
        values: Values = {
            "name": [""],
            "own_name": [""],
            "means": [action.means.value],
            "needs": list(action.needs),
            "by": list(action.by),
            "snapshot": ["true"] if action.snapshot else [],
        }
        guard = condition_values("when", self._guard())
        return values | guard | self._ways.values()

    def edit(self, typed: Typed) -> Edit:
        """What has to be said of the action."""
        name = self._name or self._names().typed(typed)
        guard = condition_typed("when", self._guard(), typed)
        aspects: dict[str, Plain | None] = {
            "means": typed.chosen("means", [(one.value, "") for one in Means]),
            "when": guard or None,
            "needs": list(typed.many("needs")) or None,
            "by": list(typed.many("by")) or None,
            "snapshot": True if typed.one("snapshot") else None,
            **self._led(self._ways.typed(typed)),
        }
        return SetAction(self.step, name, aspects)

    def _led(self, ways: Plain | None) -> dict[str, Plain | None]:
        """A verdict that is always given is the action's own."""
        if isinstance(ways, dict) and "verdict" in ways:
            return {"verdict": ways["verdict"], "to": None}
        return {"verdict": None, "to": ways}
