"""The designer's forms for where a workflow begins, and for one more end."""

from __future__ import annotations

from flask_babel import gettext as _

from blueprints.designer_boxes import Box, Options, Row, Typed, Values, slug
from blueprints.labels import label
from states.definition import Definition, Outcome, StepKind
from states.edit_ends import AddEnd, Begin
from states.edits import Edit

FINAL = StepKind.FINAL


def outcomes() -> Options:
    """What an end can come to."""
    return [(one.value, label("outcome", one)) for one in Outcome]


class BeginForm:
    """The step with which the workflow begins, and each track that has several."""

    step = ""

    def __init__(self, definition: Definition) -> None:
        steps = definition.steps.values()
        first = [(one.name, label("step", one.name)) for one in steps if one.kind is not FINAL]
        self._charts: dict[str, Options] = {"": first}
        self._now = {"": definition.initial}
        for step in steps:
            for track in step.tracks.values():
                at = f"{step.name}.{track.name}"
                if len(track.steps) > 1:
                    inside = track.steps.values()
                    self._charts[at] = [(one.name, label("step", one.path)) for one in inside]
                    self._now[at] = track.initial
        self.title, self.lead = _("Where it begins"), label("definition", definition.key)
        self.button = _("Save and check")

    def rows(self) -> list[Row]:
        """A choice for each."""
        return [
            Row((Box(_box(at), self._words(at), "select", steps),))
            for at, steps in self._charts.items()
        ]

    def _words(self, chart: str) -> str:
        if not chart:
            return _("The workflow begins with")
        step, track = chart.split(".")
        where = f"{label('step', step)}, {label('track', track)}"
        return _("%(where)s begins with", where=where)

    def values(self) -> Values:
        """What the text says now."""
        return {_box(at): [first] for at, first in self._now.items()}

    def edit(self, typed: Typed) -> Edit:
        """What has to be said of them."""
        return Begin({at: typed.chosen(_box(at), own) for at, own in self._charts.items()})


def _box(chart: str) -> str:
    return f"first.{chart}" if chart else "first"


class EndForm:
    """One more end of the workflow."""

    step = ""

    def __init__(self, _definition: Definition) -> None:
        self.title, self.button = _("Add an end"), _("Add and check")
        self.lead = _(
            "Afterwards choose in an action, a fork or a line of verdicts that it leads there."
        )

    def rows(self) -> list[Row]:
        """The boxes."""
        name = Box("name", _("Name"), help=_("A few words"))
        comes = Box("final", _("What it comes to"), "select", outcomes(), _("choose"))
        return [Row((name,)), Row((comes,))]

    def values(self) -> Values:
        """Nothing yet."""
        return {"name": [""], "final": [""]}

    def edit(self, typed: Typed) -> AddEnd:
        """The end that was asked for."""
        name = slug(typed.one("name"))
        if not name:
            typed.wrong("name", "required")
        return AddEnd(name, typed.chosen("final", outcomes()))
