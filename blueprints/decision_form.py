"""The form of one decision: boxes for what the action needs, and the words it hands to the engine.

Each action that a person has gets a form of its own. What is needed is said by the engine's offer;
whether the decision may be made is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
)

from blueprints import fact_boxes
from blueprints.digits import whole
from blueprints.labels import label
from blueprints.proposal_fields import LineField, ParagraphsField, options
from blueprints.proposal_words import FIELDS
from blueprints.words import problem as problem_in_words
from states.definition import Fact
from workflow import checklists
from workflow.errors import Problem

CRITERIA: Mapping[str, object] = {
    "authority": _l("Outside the agency's affairs or the city's authority"),
    "alignment": _l("Not in line with the plans"),
    "duplicate": _l("Already done by another programme or application"),
    "budget": _l("The budget cannot carry it"),
    "technical": _l("Technically not feasible"),
    "security": _l("Data or security are not safeguarded"),
    "evidence": _l("The problem or the benefit is not shown"),
    "other": _l("Another criterion, stated in the reason"),
}
GATES = ("rka", "procurement", "go_live", "date")
ANSWERS = tuple(answer.value for answer in checklists.Answer)
TEXTS = ("question", "minutes", "number", "letter_number", "file")
WITH_SHAPE = ("complete", "checklist", "picks", "answers")
LISTS = {"points": "text", "conditions": "text"}


class PointRow(Form):
    """One thing that the owner is asked to put right."""

    field = SelectField(
        _l("Field"),
        choices=options([("", _l("The whole proposal")), *FIELDS.items()]),
        validate_choice=False,
    )
    text = ParagraphsField(_l("What must be put right"))


class ConditionRow(Form):
    """One thing that must be done before a gate."""

    text = ParagraphsField(_l("Condition"))
    gate = SelectField(
        _l("To be met"), choices=options((gate, gate) for gate in GATES), validate_choice=False
    )
    is_blocking = BooleanField(_l("Blocks the next stage until it is met"))

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.gate.choices = options((gate, label("gate", gate)) for gate in GATES)


@dataclass
class ItemAnswer:
    """What is typed for one item of a checklist, and what is wrong with it."""

    answer: str = ""
    note: str = ""
    errors: list[str] = field(default_factory=list)


class DecisionForm(FlaskForm):
    """Everything that any need may ask for; the page draws the boxes that this action needs."""

    action = HiddenField()
    track = HiddenField()
    version = HiddenField()
    request_id = HiddenField()
    comment = ParagraphsField(_l("Remark"))
    reason = ParagraphsField(_l("Reason"))
    criterion = SelectField(
        _l("Criterion"),
        choices=options([("", _l("Choose …")), *CRITERIA.items()]),
        validate_choice=False,
    )
    question = ParagraphsField(_l("Question"))
    minutes = ParagraphsField(
        _l("Minutes"), description=_l("What was agreed, and what stays open; or their number.")
    )
    number = LineField(_l("Number of the document"))
    letter_number = LineField(_l("Number of the letter"))
    letter_date = DateField(_l("Date of the letter"))
    file = LineField(_l("Where the file is kept"), description=_l("Archive number or address."))
    signature = BooleanField(_l("I sign this document in my capacity."))
    points = FieldList(FormField(PointRow), _l("Points to put right"))
    conditions = FieldList(FormField(ConditionRow), _l("Conditions"))

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.checklist: dict[str, ItemAnswer] = {}
        self.picks: list[int] = []
        self.answers: dict[str, str] = {}
        self.facts: dict[str, Any] = {}
        self.others: dict[str, str] = {}
        self.lost: dict[str, list[str]] = {}

    @classmethod
    def blank(cls) -> DecisionForm:
        """A form nobody has typed in yet."""
        return cls(formdata=None)

    @property
    def hidden_names(self) -> tuple[str, ...]:
        """What comes with the form without having been typed."""
        return ("action", "track", "version", "request_id", "csrf_token")

    def prepare(
        self,
        *,
        checklist: str | None,
        facts: Iterable[tuple[Fact, object]],
        answers: Mapping[str, str],
        needs: Iterable[str] = (),
        typed: Any = None,
    ) -> DecisionForm:
        """Add the boxes that depend on the case; `typed` is the posted form, if there is one.

        A need that has no box of its own gets a plain one.
        """
        for name in LISTS:
            if not self[name].entries:
                self[name].append_entry()
        if checklist is not None:
            for item in checklists.load(checklist).items:
                self.checklist.setdefault(item.key, _item_answer(item.key, typed))
        picked = map(whole, _all(typed, "picks"))
        self.picks = [pick for pick in picked if pick is not None]
        self.answers = {
            number: text if typed is None else typed.get(f"answers-{number}", "").strip()
            for number, text in answers.items()
        }
        self.others = {
            name: "" if typed is None else typed.get(name, "").strip()
            for name in needs
            if name not in (*self._fields, *WITH_SHAPE)
        }
        for fact, value in facts:
            self.facts[fact.name] = fact_boxes.box(fact, value, typed)
        return self

    def data_given(self) -> dict[str, object]:
        """What was typed, as the engine takes it; what was left empty is left out."""
        given: dict[str, object] = {
            name: self[name].data for name in ("comment", "reason", "criterion", *TEXTS)
        }
        given["signature"] = self.signature.data
        if isinstance(self.letter_date.data, date):
            given["letter_date"] = self.letter_date.data.isoformat()
        given["points"] = [
            {"field": row.form.field.data or None, "text": row.form.text.data}
            for row in self._kept("points")
        ]
        given["conditions"] = [
            {
                "text": row.form.text.data,
                "gate": row.form.gate.data,
                "is_blocking": row.form.is_blocking.data,
            }
            for row in self._kept("conditions")
        ]
        given["checklist"] = {
            key: {"answer": item.answer, "note": item.note}
            for key, item in self.checklist.items()
            if item.answer or item.note
        }
        given["picks"] = self.picks
        given["answers"] = {number: text for number, text in self.answers.items() if text}
        given.update(self.others)
        given.update({name: fact_boxes.value(box) for name, box in self.facts.items()})
        return {name: value for name, value in given.items() if value not in (None, "", [], {})}

    def change_rows(self, add: str | None, remove: str | None) -> None:
        """Add an empty row to a list, or take one out; nothing is decided."""
        if add in LISTS:
            self[add].append_entry()
        name = (remove or "").rpartition("-")[0]
        if name in LISTS:
            entries = self[name].entries
            entries[:] = [entry for entry in entries if entry.name != remove]

    def place(self, problems: Iterable[Problem]) -> None:
        """Put each problem beside its box; those without a box go to the form as a whole."""
        for found in problems:
            words = problem_in_words(found)
            name, _dot, rest = found.field.partition(".")
            item = rest.partition(".")[0]
            if name == "checklist" and item in self.checklist:
                self.checklist[item].errors.append(words)
            elif name in LISTS and self[name].entries:
                box = self._box(name, rest)
                box.errors = [*box.errors, words]
            elif name in self._fields:
                self[name].errors = [*self[name].errors, words]
            else:
                self.lost.setdefault(name, []).append(words)

    def all_errors(self) -> list[tuple[str, str]]:
        """Every complaint with the name of its box, in the order of the form."""
        found = [(name, words) for name, said in self.lost.items() for words in said]
        for name, box in self._fields.items():
            if name in LISTS:
                for entry in box.entries:
                    for part in entry.form:
                        found += _named(part)
            else:
                found += _named(box)
        return found + self._checklist_errors()

    def _checklist_errors(self) -> list[tuple[str, str]]:
        """One line for all items that were passed over, and one for each that lacks its note."""
        wrong = {key: item for key, item in self.checklist.items() if item.errors}
        empty = [key for key, item in wrong.items() if not item.answer]
        found = [
            (f"checklist-{key}", _("Item %(number)s: %(words)s", number=key, words=words))
            for key, item in wrong.items()
            if item.answer
            for words in item.errors
        ]
        if not empty:
            return found
        count = ngettext(
            "%(num)d item is not answered yet: item %(first)s.",
            "%(num)d items are not answered yet, the first of them item %(first)s.",
            len(empty),
            first=empty[0],
        )
        return [*found, (f"checklist-{empty[0]}", count)]

    def _kept(self, name: str) -> list[FormField]:
        return [entry for entry in self[name].entries if entry.form[LISTS[name]].data]

    def _box(self, name: str, rest: str) -> Any:
        index, _dot, part = rest.partition(".")
        rows = self._kept(name) or self[name].entries
        row = rows[min(int(index), len(rows) - 1)] if index.isdecimal() else rows[0]
        return row.form._fields.get(part or LISTS[name], row.form[LISTS[name]])


def _named(box: Any) -> list[tuple[str, str]]:
    """What is wrong with a box, under its name."""
    return [(box.name, f"{box.label.text}: {words}") for words in box.errors]


def _item_answer(key: str, typed: Any) -> ItemAnswer:
    if typed is None:
        return ItemAnswer()
    answer = typed.get(f"checklist-{key}-answer", "")
    note = typed.get(f"checklist-{key}-note", "").strip()
    return ItemAnswer(answer if answer in ANSWERS else "", note)


def _all(typed: Any, name: str) -> list[str]:
    return [] if typed is None else list(typed.getlist(name))
