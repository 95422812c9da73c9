"""The designer's forms for a parallel step: which agencies join, and what stays on coming back."""

from __future__ import annotations

from flask_babel import gettext as _

from blueprints.designer_boxes import Box, Row, Typed, Values
from blueprints.designer_conditions import boxes, condition_typed, condition_values, options
from blueprints.designer_steps import found_step, written_step
from blueprints.labels import label
from states.definition import Definition, Step, StepKind
from states.document import Plain
from states.edit_reviews import verdicts_that_count
from states.edit_steps import OpenTracks, SetStep
from states.edits import AGAIN_KEYS, Document, Edit, put
from workflow.errors import NotFound


def _parallel(definition: Definition, path: str) -> Step:
    step = found_step(definition, path)
    if step.kind is not StepKind.PARALLEL:
        raise NotFound(f"tracks of {path}")
    return step


class AgainForm:
    """Which verdicts stay valid when a case comes back to the step."""

    def __init__(self, definition: Definition, path: str) -> None:
        step = _parallel(definition, path)
        self._again: Document = written_step(definition, path).get("again", {})
        self._keep = [(word, label("verdict", word)) for word in verdicts_that_count(step)]
        outcomes = dict.fromkeys(rule.outcome for rule in step.tally)
        self._after = [(name, label("verdict", name)) for name in outcomes]
        self._now = step.again
        self.step, self.lead = path, label("step", path)
        self.title = _("What stays valid when the case comes back")
        self.button = _("Save and check")

    def rows(self) -> list[Row]:
        """The boxes."""
        help_ = _("Nothing chosen: everybody speaks anew.")
        keep = Box("keep", _("These verdicts stay valid"), "checks", self._keep, help=help_)
        help_ = _("Nothing chosen: after every outcome")
        after = Box("after", _("Only after these outcomes"), "checks", self._after, help=help_)
        unless = Box("unless_changed", _("Not if what was judged has changed"), "check")
        return [Row((keep,)), Row((after,)), Row((unless,))]

    def values(self) -> Values:
        """What the text says now."""
        now = self._now
        return {
            "keep": list(now.keep) if now else [],
            "after": list(now.after) if now else [],
            "unless_changed": ["true"] if now and now.unless_changed else [],
        }

    def edit(self, typed: Typed) -> Edit:
        """What has to be said."""
        again = dict(self._again)
        said: dict[str, Plain | None] = {
            "keep": list(typed.many("keep")) or None,
            "after": list(typed.many("after")) or None,
            "unless_changed": True if typed.one("unless_changed") else None,
        }
        if said["keep"] is None and any(said.values()):
            typed.wrong("keep", "required")
        for key, value in said.items():
            put(again, key, value, AGAIN_KEYS)
        return SetStep(self.step, {"again": again or None})


class TracksForm:
    """Under which condition each agency joins the others."""

    def __init__(self, definition: Definition, path: str) -> None:
        self._definition = definition
        tracks = _parallel(definition, path).tracks.values()
        self._guards = {one.name: one.when.text if one.when else "" for one in tracks}
        self.step, self.lead = path, label("step", path)
        self.title = _("Which agencies join")
        self.button = _("Save and check")

    def rows(self) -> list[Row]:
        """The boxes, agency by agency."""
        help_ = _("Asked when the case comes here first. Without a condition it always joins.")
        known = options(self._definition)
        return [
            Row(boxes(name, known, guard), label("track", name), help_)
            for name, guard in self._guards.items()
        ]

    def values(self) -> Values:
        """What the text says now."""
        values: Values = {}
        for name, guard in self._guards.items():
            values |= condition_values(name, guard)
        return values

    def edit(self, typed: Typed) -> Edit:
        """What has to be said of each."""
        whens = {
            name: condition_typed(name, guard, typed) or None
            for name, guard in self._guards.items()
        }
        return OpenTracks(self.step, whens)
