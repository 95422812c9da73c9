"""The designer's forms for what a definition declares: facts and clocks, and what of it goes."""

from __future__ import annotations

from flask_babel import gettext as _

from blueprints.change_values import FACT_KINDS
from blueprints.designer_boxes import (
    Box,
    NewName,
    Row,
    Typed,
    Unasked,
    Values,
    amount_typed,
    slug,
)
from blueprints.labels import label
from states.definition import Definition, FactKind, StepKind
from states.document import Plain
from states.edit_whole import RemoveEntry, SetEntry, SetFact
from states.edits import Edit
from workflow import labels
from workflow.document import facts
from workflow.errors import NotFound


class FactForm:
    """What the process may ask about the subject."""

    step = ""

    def __init__(self, definition: Definition, name: str) -> None:
        if name and name not in definition.facts:
            raise NotFound(f"fact {name}")
        self._name, self._fact = name, definition.facts.get(name)
        usual = [(one, label("fact", one)) for one in facts.known()]
        self._names = NewName(_("Fact"), usual, definition.facts)
        self.title = label("fact", name) if name else _("Add a fact")
        self.lead = _(
            "Conditions ask facts. One that the proposal does not tell is unknown until an action "
            "records it."
        )
        self.button = _("Save and check")

    def rows(self) -> list[Row]:
        """The boxes."""
        kinds = [(kind.value, str(words)) for kind, words in FACT_KINDS.items()]
        help_ = _("If it is one of several: a word or two for each, with commas between them")
        found = [] if self._name else [self._names.row()]
        found.append(Row((Box("kind", _("What it can be"), "select", kinds),)))
        return [*found, Row((Box("values", _("The possible values"), help=help_),))]

    def values(self) -> Values:
        """What the text says now."""
        kind, values = FactKind.BOOLEAN, ""
        if self._fact is not None:
            kind, values = self._fact.kind, ", ".join(self._fact.values).replace("_", " ")
        return {"name": [""], "own_name": [""], "kind": [kind.value], "values": [values]}

    def edit(self, typed: Typed) -> Edit:
        """What has to be said of the fact."""
        name = self._name or self._names.typed(typed)
        kind = typed.chosen("kind", [(one.value, "") for one in FactKind])
        return SetFact(name, self._words(typed) if kind == FactKind.ENUMERATION else kind)

    def _words(self, typed: Typed) -> tuple[str, ...]:
        several = [part for part in typed.one("values").split(",") if part.strip()]
        words = tuple(slug(part) for part in several)
        if not words:
            typed.wrong("values", "required")
        elif not all(words):
            typed.wrong("values", "not_understood")
        elif len(set(words)) < len(words):
            typed.wrong("values", "twice")
        return words


class ClockForm:
    """A limit over several steps: how long, from when on, where it runs, and by what law."""

    step = ""

    def __init__(self, definition: Definition, name: str) -> None:
        if name and name not in definition.clocks:
            raise NotFound(f"clock {name}")
        self._definition, self._name = definition, name
        self._clock = definition.clocks.get(name)
        usual = [(one, label("clock", one)) for one in labels.KINDS["clock"]]
        self._names = NewName(_("Clock"), usual, definition.clocks)
        self.title = label("clock", name) if name else _("Add a clock")
        self.lead = _(
            "It shows on the page of a case how much of a limit is used. It decides nothing."
        )
        self.button = _("Save and check")

    def rows(self) -> list[Row]:
        """The boxes."""
        limit = Box("limit", _("Limit in working days"), width="short", inputmode="numeric")
        starts = Box("starts", _("It starts with"), "select", self._starts(), _("choose"))
        help_ = _("Nowhere chosen: at every step")
        steps = [
            (step.path, label("step", step.path))
            for step in self._definition.every_step()
            if step.kind not in (StepKind.FINAL, StepKind.ROUTE)
        ]
        runs = Box("runs", _("Where it runs"), "checks", steps, help=help_)
        known = [(one, label("basis", one)) for one in self._bases()]
        basis = Box("basis", _("Legal basis"), "select", known, _("none of these"))
        own = Box("own_basis", _("Another legal basis"))
        found = [] if self._name else [self._names.row()]
        return [*found, Row((limit, starts)), Row((runs,)), Row((basis, own))]

    def _starts(self) -> list[tuple[str, str]]:
        found = []
        for step in self._definition.every_step():
            actions = [*step.actions, *(["lapse"] if step.on_lapse else [])]
            where = label("step", step.path)
            found += [(f"{step.path}.{one}", f"{where}: {label('action', one)}") for one in actions]
        return found

    def _bases(self) -> list[str]:
        used = [clock.basis for clock in self._definition.clocks.values() if clock.basis]
        return list(dict.fromkeys([*labels.KINDS["basis"], *used]))

    def values(self) -> Values:
        """What the text says now."""
        clock = self._clock
        return {
            "name": [""],
            "own_name": [""],
            "limit": [str(clock.limit.amount) if clock else ""],
            "starts": [".".join(clock.starts) if clock else ""],
            "runs": list(clock.runs) if clock else [],
            "basis": [clock.basis or "" if clock else ""],
            "own_basis": [""],
        }

    def edit(self, typed: Typed) -> Edit:
        """What has to be said of the clock."""
        name = self._name or self._names.typed(typed)
        amount = amount_typed("limit", typed)
        if not typed.one("limit"):
            typed.wrong("limit", "required")
        said: dict[str, Plain | None] = {
            "limit": f"{amount} working day{'' if amount == 1 else 's'}",
            "starts": typed.chosen("starts", self._starts()),
            "runs": list(typed.many("runs")) or None,
            "basis": typed.one("own_basis") or typed.one("basis") or None,
        }
        return SetEntry("clocks", name, said)


class RemoveEntryForm(Unasked):
    """Something that is declared goes, if nothing names it any more."""

    step = ""

    def __init__(self, definition: Definition, section: str, kind: str, name: str) -> None:
        if name not in getattr(definition, section):
            raise NotFound(f"{kind} {name}")
        self._section, self._name = section, name
        self.title = _("Take away: %(what)s", what=label(kind, name))
        self.lead = _("Only what nothing in the workflow names any more can go.")
        self.button = _("Take away and check")

    def edit(self, _typed: Typed) -> Edit:
        """It goes."""
        return RemoveEntry(self._section, self._name)
