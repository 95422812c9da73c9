"""The designer's forms for what can be done: actions at a step or anywhere, and their verbs."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from blueprints.designer_boxes import Box, NewName, Options, Row, Typed, Unasked, Values
from blueprints.designer_conditions import boxes, condition_typed, condition_values, options
from blueprints.designer_deeds import Seldom, Where
from blueprints.designer_steps import found_step, parties, written_document
from blueprints.designer_ways import Classes, Ways, own_verdict, targets, verdicts_here
from blueprints.labels import label
from states.definition import Definition, Means, StepKind
from states.document import Plain
from states.edit_steps import RemoveAction, SetAction, written_action
from states.edit_whole import SetEntry
from states.edits import UNSAID, Document, Edit, words_of
from workflow import labels
from workflow.errors import NotFound

NOT_ASKED = ("picks", "lane")
"""What an action asks for by what it does, and not by naming a need."""


class _Sense:
    """Boxes for what a deed means, what it needs and its class, of an action or of a verb."""

    def __init__(self, definition: Definition, said: Document) -> None:
        self._needed = words_of(said.get("needs"))
        self._means = str(said["means"])
        self._classes = Classes("class", definition, said["class"])

    def meaning(self) -> Row:
        """The box for what it means."""
        means = [(means.value, label("means", means)) for means in Means]
        return Row((Box("means", _("What it means"), "select", means),))

    def rows(self) -> list[Row]:
        """The boxes for what it needs, and for its class."""
        asked = [name for name in labels.KINDS["need"] if name not in NOT_ASKED]
        needs = [(name, label("need", name)) for name in dict.fromkeys([*asked, *self._needed])]
        given = Box("needs", _("What has to be given"), "checks", needs)
        return [Row((given,)), *self._classes.rows()]

    def values(self) -> Values:
        """What they hold."""
        return {"means": [self._means], "needs": list(self._needed), **self._classes.values()}

    def typed(self, typed: Typed) -> dict[str, Plain | None]:
        """What was typed."""
        return {
            "means": typed.chosen("means", [(one.value, "") for one in Means]),
            "needs": list(typed.many("needs")) or None,
            "class": self._classes.typed(typed),
        }


def usual_actions() -> Options:
    """The names of actions that have words, to choose from."""
    words: Mapping[str, object] = labels.KINDS["action"]
    return [(name, label("action", name)) for name in words if name != "lapse"]


class ActionForm:
    """What can be done at a step, or without a path anywhere: who may, what for, where it leads."""

    def __init__(self, definition: Definition, path: str, name: str) -> None:
        step = found_step(definition, path) if path else None
        siblings = step.actions if step is not None else definition.anywhere
        if name and name not in siblings:
            raise NotFound(f"action {name} of {path}")
        self._definition, self._name, self.step = definition, name, path
        document = written_document(definition)
        own = self._own = written_action(document, path, name)
        self._names = NewName(_("Action"), usual_actions(), siblings)
        self._sense = _Sense(definition, UNSAID | document.get("verbs", {}).get(name, {}) | own)
        guard = siblings[name].when if name else None
        self._guard = guard.text if guard is not None else ""
        here = [*verdicts_here(step), *own_verdict(step)] if step is not None else []
        led = {"verdict": own["verdict"]} if "verdict" in own else own.get("to")
        self._ways = Ways("to", definition, [*targets(definition, path), *here], led)
        self._seldom = Seldom(definition, step, own)
        self._where = Where(definition, own) if step is None else None
        self._is_nobodys = step is None or step.kind is StepKind.PARALLEL
        self.title = label("action", name) if name else _("Add an action")
        self.lead = label("step", path) if path else _("At any time")
        self.button = _("Save and check")

    def rows(self) -> list[Row]:
        """The boxes."""
        found = [] if self._name else [self._names.row()]
        found.append(self._sense.meaning())
        if self._where is not None:
            found.append(self._where.row())
        guard = boxes("when", options(self._definition), self._guard)
        help_ = _("Without a condition it is always possible.")
        found.append(Row(guard, _("Possible only under a condition"), help_))
        found += self._ways.rows(_("It leads to"), _("nowhere: the case stays at this step"))
        who = _("Only these may do it; nobody chosen: who has the step")
        who = _("Who may do it") if self._is_nobodys else who
        found.append(Row((Box("by", who, "checks", parties(self._definition)),)))
        keeps = Box("snapshot", _("Keep a copy of the proposal as it stands then"), "check")
        return [*found, *self._sense.rows(), Row((keeps,)), self._seldom.row()]

    def values(self) -> Values:
        """What the text, with the verbs, says now."""
        own: Values = {
            "name": [""],
            "own_name": [""],
            "by": list(words_of(self._own.get("by"))),
            "snapshot": ["true"] if self._own.get("snapshot") else [],
        }
        where = self._where.values() if self._where is not None else {}
        guard = condition_values("when", self._guard)
        return (
            own | self._sense.values() | guard | where | self._ways.values() | self._seldom.values()
        )

    def edit(self, typed: Typed) -> Edit:
        """What has to be said of the action."""
        name = self._name or self._names.typed(typed)
        by = list(typed.many("by")) or None
        if self._is_nobodys and by is None:
            typed.wrong("by", "required")
        aspects: dict[str, Plain | None] = {
            "by": by,
            "when": condition_typed("when", self._guard, typed) or None,
            "snapshot": True if typed.one("snapshot") else None,
            **self._led(self._ways.typed(typed, name)),
            **self._sense.typed(typed),
            **self._seldom.typed(typed),
            **(self._where.typed(typed) if self._where is not None else {}),
        }
        return SetAction(self.step, name, aspects)

    def _led(self, ways: Plain | None) -> dict[str, Plain | None]:
        """A verdict that is always given is the action's own."""
        if isinstance(ways, dict) and "verdict" in ways:
            return {"verdict": ways["verdict"], "to": None}
        return {"verdict": None, "to": ways}


class VerbForm:
    """What an action's name means wherever it stands."""

    step = ""

    def __init__(self, definition: Definition, name: str) -> None:
        if name and name not in definition.verbs:
            raise NotFound(f"verb {name}")
        self._name = name
        document = written_document(definition)
        used = [(one.name, label("action", one.name)) for _path, one in definition.every_action()]
        known = list(dict([*used, *usual_actions()]).items())
        self._names = NewName(_("Action"), known, definition.verbs)
        self._sense = _Sense(definition, UNSAID | document.get("verbs", {}).get(name, {}))
        self.title = label("action", name) if name else _("Say what an action's name means")
        self.lead = _("It holds for every action of this name that does not say otherwise itself.")
        self.button = _("Save and check")

    def rows(self) -> list[Row]:
        """The boxes."""
        found = [] if self._name else [self._names.row()]
        return [*found, self._sense.meaning(), *self._sense.rows()]

    def values(self) -> Values:
        """What the text says now."""
        return {"name": [""], "own_name": [""], **self._sense.values()}

    def edit(self, typed: Typed) -> Edit:
        """What has to be said of the verb."""
        name = self._name or self._names.typed(typed)
        return SetEntry("verbs", name, self._sense.typed(typed))


class RemoveActionForm(Unasked):
    """An action goes."""

    def __init__(self, definition: Definition, path: str, name: str) -> None:
        known = found_step(definition, path).actions if path else definition.anywhere
        if name not in known:
            raise NotFound(f"action {name} of {path}")
        self._name, self.step = name, path
        self.title = _("Take away: %(what)s", what=label("action", name))
        self.lead = label("step", path) if path else _("At any time")
        self.button = _("Take away and check")

    def edit(self, _typed: Typed) -> Edit:
        """The action goes."""
        return RemoveAction(self.step, self._name)
