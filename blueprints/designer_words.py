"""What a thing is called in Indonesian and in English, beside any form of the designer.

A name in the text is made of the Indonesian words and stays when these change later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Protocol, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints.designer_boxes import Box, Form, Row, Typed, Values, boxes_of
from states.definition import Definition
from states.document import Plain
from states.edit_words import SetWords, Together, text_of
from states.edits import Edit
from states.reading_wording import named
from states.wording import DONE, MOST_BESIDE, MOST_CHARACTERS, WORKFLOW, Words
from workflow import labels

KINDS: Mapping[str, object] = {
    WORKFLOW: _l("The workflow"),
    "step": _l("Step"),
    "action": _l("Action"),
    "party": _l("Party"),
    "track": _l("Side by side"),
    "fact": _l("Fact or its value"),
    "verdict": _l("Verdict"),
    "clock": _l("Clock"),
    "need": _l("What has to be given"),
}


class _Naming(Edit, Protocol):
    """An edit that makes something of a name."""

    @property
    def name(self) -> str: ...


def read_as(definition: Definition, kind: str, name: str) -> Words:
    """What is read of a thing now; without `en` when it has no English words.

    How an action is told once it is done is empty where the definition does not say it.
    """
    own = definition.wording.find(kind, name)
    usual = Words("") if kind == DONE else _usual(kind, name)
    return usual if own is None else own


def _usual(kind: str, name: str) -> Words:
    """What it is called without words of its own: as everywhere, or else by its bare name."""
    indonesian, english = (labels.label(kind, name, language) for language in labels.LANGUAGES)
    return Words(indonesian, english if labels.knows(kind, name) else "")


def said(kind: str, name: str, words: Words) -> SetWords:
    """The edit that calls a thing so; nothing has to be said where it is called so anyway."""
    is_usual = not words.id or (kind != DONE and words == _usual(kind, name))
    return SetWords({(kind, name): None if is_usual else words})


def typed_words(typed: Typed, indonesian: str, english: str, most: int = MOST_CHARACTERS) -> Words:
    """What was typed in two boxes, judged; English words alone are not enough."""
    words = Words(typed.one(indonesian), typed.one(english))
    if words.en and not words.id:
        typed.wrong(indonesian, "required")
    for box, text in ((indonesian, words.id), (english, words.en)):
        if len(text) > most:
            typed.wrong(box, "too_long", most=most)
        elif not text.isprintable():
            typed.wrong(box, "control_character")
    return words


def name_boxes(
    indonesian: str = "name", english: str = "name_en", help_: str = ""
) -> tuple[Box, Box]:
    """Two boxes for what a thing is called, Indonesian first."""
    otherwise = _("Empty: the Indonesian words")
    return (
        Box(indonesian, _("Called in Indonesian"), help=help_),
        Box(english, _("Called in English"), help=otherwise),
    )


class Beside:
    """The boxes for a text in two languages that stands at a thing itself."""

    def __init__(self, name: str, now: Words | None) -> None:
        self._id, self._en, self._now = name, f"{name}_en", now or Words("")

    def boxes(self, label: str, help_: str) -> tuple[Box, Box]:
        """The boxes, Indonesian first."""
        otherwise = _("Empty: the Indonesian words")
        return (
            Box(self._id, label, help=help_),
            Box(self._en, _("The same in English"), help=otherwise),
        )

    def values(self) -> Values:
        """What the text says now."""
        return {self._id: [self._now.id], self._en: [self._now.en]}

    def typed(self, typed: Typed) -> Plain | None:
        """What has to be written."""
        return text_of(typed_words(typed, self._id, self._en, MOST_BESIDE))


class Called:
    """The boxes for the words of one thing that there is."""

    def __init__(self, definition: Definition, kind: str, name: str, prefix: str = "words") -> None:
        self._kind, self._name = kind, name
        self._id, self._en = f"{prefix}.id", f"{prefix}.en"
        self._now = read_as(definition, kind, name)

    def row(self, legend: str = "") -> Row:
        """The boxes."""
        boxes = name_boxes(self._id, self._en, self._help())
        if self._kind == DONE:
            help_ = _("Such as: Returned. Empty: as is usual, or as the action is called")
            boxes = (
                Box(self._id, _("Told once it is done, in Indonesian"), help=help_),
                Box(self._en, _("Told once it is done, in English"), help=boxes[1].help),
            )
        if legend:  # one of many, whose lead says it for all
            boxes = (replace(boxes[0], help=""), replace(boxes[1], help=""))
        return Row(boxes, legend)

    def _help(self) -> str:
        return _("Wherever an action has this name") if self._kind == "action" else ""

    def values(self) -> Values:
        """What is read now."""
        return {self._id: [self._now.id], self._en: [self._now.en]}

    def edit(self, typed: Typed) -> SetWords:
        """The words that have to be said; none where nothing was changed."""
        words = typed_words(typed, self._id, self._en)
        return SetWords({}) if words == self._now else said(self._kind, self._name, words)


def called(definition: Definition, kind: str, name: str, prefix: str) -> list[Called]:
    """The boxes for a thing; for an action also those for how it is told once it is done."""
    found = [Called(definition, kind, name, prefix)]
    if kind == "action":
        found.append(Called(definition, DONE, name, f"{prefix}.done"))
    return found


class WordedForm:
    """The form of a thing, and with it what the thing is called."""

    def __init__(self, form: Form, definition: Definition, kind: str, name: str) -> None:
        self._form, self._called = form, called(definition, kind, name, "words")
        self.title, self.lead, self.button = form.title, form.lead, form.button
        self.step = form.step

    def rows(self) -> list[Row]:
        """The words, then the boxes of the form."""
        return [*(one.row() for one in self._called), *self._form.rows()]

    def values(self) -> Values:
        """What the text says now."""
        words = (one.values().items() for one in self._called)
        return self._form.values() | dict(chain.from_iterable(words))

    def edit(self, typed: Typed) -> Edit:
        """The edit of the form, and the words."""
        return Together((self._form.edit(typed), *(one.edit(typed) for one in self._called)))


class NewlyWordedForm:
    """A form that adds a thing; the words that are typed for its name are kept as such.

    In Indonesian they are typed where the form asks for a name.
    """

    def __init__(self, form: Form, kind: str) -> None:
        self._form, self._kind = form, kind
        is_usual = "own_name" in [box.name for box in boxes_of(form)]
        self._box = "own_name" if is_usual else "name"
        self.title, self.lead, self.button = form.title, form.lead, form.button
        self.step = form.step

    def rows(self) -> list[Row]:
        """The boxes of the form, and beside the name the English one."""
        return [self._with_english(row) for row in self._form.rows()]

    def _with_english(self, row: Row) -> Row:
        if self._box not in row.names:
            return row
        english = Box(f"{self._box}_en", _("Name in English"))
        return replace(row, boxes=(*row.boxes, english))

    def values(self) -> Values:
        """What the form holds at first."""
        return self._form.values() | {f"{self._box}_en": [""]}

    def edit(self, typed: Typed) -> Edit:
        """The edit of the form; the words if any were typed."""
        edit = cast("_Naming", self._form.edit(typed))
        words = typed_words(typed, self._box, f"{self._box}_en")
        return Together((edit, said(self._kind, edit.name, words))) if words.id else edit


class WordsForm:
    """The words of everything that a definition has."""

    step = ""

    def __init__(self, definition: Definition) -> None:
        self._called = [
            (kind, name, one)
            for kind, name in things(definition)
            for one in called(definition, kind, name, f"{kind}.{name}")
        ]
        self.title, self.button = _("Words in both languages"), _("Save and check")
        self.lead = _(
            "What people read instead of the names in the text. Without English words the "
            "Indonesian ones are read."
        )

    def rows(self) -> list[Row]:
        """Two boxes for each thing, under its kind and its name in the text."""
        return [one.row(f"{KINDS[kind]}: {name}") for kind, name, one in self._called]

    def values(self) -> Values:
        """What is read now."""
        return {box: held for *_thing, one in self._called for box, held in one.values().items()}

    def edit(self, typed: Typed) -> Edit:
        """The words that were changed."""
        return Together(tuple(one.edit(typed) for *_thing, one in self._called))


def things(definition: Definition) -> list[tuple[str, str]]:
    """Kind and name of everything that has words, the workflow first."""
    known = {kind: names for kind, names in named(definition).items() if kind != DONE}
    inside = [(kind, name) for kind, names in known.items() for name in names]
    return [(WORKFLOW, definition.key), *inside]


def without_english(definition: Definition) -> tuple[int, int]:
    """How many things have no English words, of how many."""
    known = things(definition)
    return sum(not read_as(definition, *one).en for one in known), len(known)
