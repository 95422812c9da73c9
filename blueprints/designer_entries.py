"""The designer's forms for what a definition declares: facts, and what of it is taken away."""

from __future__ import annotations

from flask_babel import gettext as _

from blueprints.change_values import FACT_KINDS
from blueprints.designer_boxes import Box, NewName, Row, Typed, Values, slug
from blueprints.labels import label
from states.definition import Definition, FactKind
from states.edit_whole import RemoveEntry, SetFact
from states.edits import Edit
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


class RemoveEntryForm:
    """Something that is declared goes, if nothing names it any more."""

    step = ""

    def __init__(self, definition: Definition, section: str, kind: str, name: str) -> None:
        if name not in getattr(definition, section):
            raise NotFound(f"{kind} {name}")
        self._section, self._name = section, name
        self.title = _("Take away: %(what)s", what=label(kind, name))
        self.lead = _("Only what nothing in the workflow names any more can go.")
        self.button = _("Take away and check")

    def rows(self) -> list[Row]:
        """Nothing is asked."""
        return []

    def values(self) -> Values:
        """Nothing is asked."""
        return {}

    def edit(self, _typed: Typed) -> Edit:
        """It goes."""
        return RemoveEntry(self._section, self._name)
