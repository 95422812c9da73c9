"""The designer's forms for reminders and escalation, and for what is taken away."""

from __future__ import annotations

from flask_babel import gettext as _

from blueprints.change_values import ESCALATED_TO
from blueprints.designer_boxes import (
    Box,
    Row,
    Typed,
    Values,
    slug,
    time_boxes,
    time_typed,
    time_values,
)
from blueprints.designer_parties import spoken_place
from blueprints.designer_steps import found_step, written_document
from blueprints.designer_words import name_boxes, read_as, said, typed_words
from blueprints.labels import label
from states.definition import Definition, Place
from states.edit_whole import NameWorkflow, RemoveStep, RenameStep, SetWhole
from states.edit_words import Together
from states.edits import Document, Edit, Time, chart_of
from states.step_names import is_led_to
from states.wording import WORKFLOW
from workflow import labels


class DueForm:
    """When people are reminded, and what follows when a task is late."""

    step = ""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        document = written_document(definition)
        self._reminders = [str(one) for one in document.get("reminders", [])]
        self._escalations: list[Document] = document.get("escalate", [])
        self.title = _("Reminders and escalation")
        self.lead = _("They hold for every step with a deadline. Nothing of this decides.")
        self.button = _("Save and check")

    def _before(self) -> list[str]:
        plain = ("half way", "on the due day")
        return [*(one.removesuffix(" before") for one in self._reminders if one not in plain), ""]

    def _to(self) -> list[tuple[str, str]]:
        known = [(name, str(words)) for name, words in ESCALATED_TO.items()]
        functions = [name for name in labels.KINDS["function"] if name != "owner"]
        known += [(name, label("function", name)) for name in functions]
        posts = [(_whom(one), one) for one in self._escalations if "post" in one]
        known += [(key, spoken_place(Place(one["to"], one["post"]))) for key, one in posts]
        return list(dict(known).items())

    def rows(self) -> list[Row]:
        """The boxes."""
        plain = [("half way", _("half way")), ("on the due day", _("on the due day"))]
        found = [Row((Box("reminders", _("Reminded is"), "checks", plain),))]
        for number, one in enumerate(self._before()):
            boxes = time_boxes(f"before.{number}", _("Before the deadline"), _time(one))
            found.append(Row(boxes, _("A reminder before"), spare=not one))
        for number, late in enumerate([*self._escalations, {}]):
            at = f"late.{number}"
            boxes = time_boxes(at, _("After the deadline"), _time(str(late.get("after", ""))))
            whom = Box(f"{at}.to", _("Whom"), "select", self._to(), _("nobody"))
            moves = Box(f"{at}.moves", _("The task moves to them"), "check")
            found.append(Row((*boxes, whom, moves), _("When a task is late"), spare=not late))
        return found

    def values(self) -> Values:
        """What the text says now."""
        values: Values = {"reminders": [one for one in self._reminders if " " in one]}
        for number, one in enumerate(self._before()):
            values |= time_values(f"before.{number}", _time(one))
        for number, late in enumerate([*self._escalations, {}]):
            at = f"late.{number}"
            values |= time_values(at, _time(str(late.get("after", ""))))
            values[f"{at}.to"] = [_whom(late)]
            values[f"{at}.moves"] = ["true"] if late.get("reassign") else []
        return values

    def edit(self, typed: Typed) -> Edit:
        """What has to be said of them."""
        order = ("half way", "on the due day")
        reminders = [one for one in order if one in typed.many("reminders")]
        for number in range(len(self._before())):
            words = time_typed(f"before.{number}", typed)
            reminders += [f"{words} before"] if words else []
        escalations = []
        for number in range(len(self._escalations) + 1):
            at = f"late.{number}"
            after, to = time_typed(at, typed), typed.one(f"{at}.to")
            if bool(after) is not bool(to):
                typed.wrong(f"{at}.to" if after else f"{at}.amount", "required")
            elif after:
                typed.chosen(f"{at}.to", self._to())
                escalations.append(_escalation(after, to, moves=bool(typed.one(f"{at}.moves"))))
        return SetWhole({"reminders": [*reminders] or None, "escalate": [*escalations] or None})


def _time(words: str) -> Time | None:
    return Time(words) if words else None


def _whom(late: Document) -> str:
    return f"{late['to']}|{late['post']}" if "post" in late else str(late.get("to", ""))


def _escalation(after: str, whom: str, *, moves: bool) -> Document:
    to, _bar, post = whom.partition("|")
    said: Document = {"after": after, "to": to}
    return said | ({"post": post} if post else {}) | ({"reassign": True} if moves else {})


class NameForm:
    """What the workflow is called, and by which key its versions follow each other."""

    step = ""

    def __init__(self, definition: Definition) -> None:
        self._key, self._now = definition.key, read_as(definition, WORKFLOW, definition.key)
        self.title, self.button = _("Name the workflow"), _("Save and check")
        self.lead = _(
            "Versions of the same name follow each other; another name is a workflow of its own."
        )

    def rows(self) -> list[Row]:
        """The boxes."""
        help_ = _("Only what people read changes; its versions go on following each other")
        same = Box("same", _("It stays the same workflow"), "check", help=help_)
        return [Row(name_boxes()), Row((same,))]

    def values(self) -> Values:
        """The name that it has."""
        return {"name": [self._now.id], "name_en": [self._now.en], "same": []}

    def edit(self, typed: Typed) -> Edit:
        """The workflow in these words, and under the key that they make."""
        words, key = typed_words(typed, "name", "name_en"), slug(typed.one("name"))
        if not key:
            typed.wrong("name", "required")
        key = key.replace("_", "-")
        if words.id == self._now.id or typed.one("same"):
            key = self._key
        return Together((NameWorkflow(key), said(WORKFLOW, key, words)))


class RemoveStepForm:
    """A step goes; what led to it, if anything did, leads to another one."""

    def __init__(self, definition: Definition, path: str) -> None:
        found_step(definition, path)
        document = written_document(definition)
        chart = chart_of(document, path)
        prefix = path.rpartition(".")[0]
        self.step, self.lead = path, label("step", path)
        self.title, self.button = _("Take the step away"), _("Take away and check")
        self._others = [
            (name, label("step", f"{prefix}.{name}" if prefix else name))
            for name in chart
            if name != path.rpartition(".")[2] and is_led_to(document, path)
        ]

    def rows(self) -> list[Row]:
        """The boxes."""
        if not self._others:
            return []
        help_ = _("What led to the step leads there from now on")
        return [Row((Box("instead", _("Instead"), "select", self._others, _("choose"), help_),))]

    def values(self) -> Values:
        """None chosen."""
        return {"instead": [""]}

    def edit(self, typed: Typed) -> Edit:
        """The step goes."""
        instead = typed.chosen("instead", self._others) if self._others else ""
        return RemoveStep(self.step, instead)


class RenameForm:
    """A step gets another name."""

    def __init__(self, definition: Definition, path: str) -> None:
        found_step(definition, path)
        self._now = read_as(definition, "step", path)
        self.step, self.lead = path, label("step", path)
        self.title, self.button = _("Name the step"), _("Save and check")

    def rows(self) -> list[Row]:
        """The boxes."""
        help_ = _("A few words. Wherever the workflow names the step, it follows.")
        return [Row(name_boxes(help_=help_))]

    def values(self) -> Values:
        """The name that it has."""
        return {"name": [self._now.id], "name_en": [self._now.en]}

    def edit(self, typed: Typed) -> Edit:
        """The step in these words, and under the name that they make."""
        words, name = typed_words(typed, "name", "name_en"), slug(typed.one("name"))
        if not name:
            typed.wrong("name", "required")
        prefix, dot, old = self.step.rpartition(".")
        if words.id == self._now.id or name == old:
            return said("step", self.step, words)
        renamed = said("step", f"{prefix}{dot}{name}", words)
        return Together((RenameStep(self.step, name), renamed))
