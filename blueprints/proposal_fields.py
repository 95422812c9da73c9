"""Form fields for what proposals are made of: rupiah, figures, years, yes or no, yearly targets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    Field,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from blueprints.amounts import read_figure, read_rupiah, write_figure, write_rupiah
from blueprints.proposal_words import offered

FIRST_YEAR, LAST_YEAR = 2000, 2100
NOT_CHOSEN = ("", _l("Choose …"))


def options(pairs: Iterable[tuple[object, object]], group: str | None = None) -> list[SelectChoice]:
    """What may be chosen, of (value, words), under the words of a group."""
    return [SelectChoice(value=value, label=words, optgroup=group) for value, words in pairs]


def one_line(text: str | None) -> str:
    """What was typed without the blanks around it and without line breaks."""
    return " ".join((text or "").split())


def plain_text(text: str | None) -> str:
    """What was typed without the blanks around it, line breaks as a single character."""
    return (text or "").replace("\r\n", "\n").strip()


class LineField(StringField):
    """A text of one line."""

    def __init__(self, label: object = None, **more: Any) -> None:
        super().__init__(label, filters=[one_line], **more)


class ParagraphsField(TextAreaField):
    """A text of several lines."""

    def __init__(self, label: object = None, **more: Any) -> None:
        super().__init__(label, filters=[plain_text], **more)


class TypedField(StringField):
    """A value that is read from text; what cannot be read stays in the box as it was typed."""

    complaint: object = ""
    inputmode = "numeric"
    data: Any

    def read(self, text: str) -> object:
        """The value of `text`; raises ValueError."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        """How a value is shown in the box."""
        return str(value)

    def process_data(self, value: object) -> None:
        self.data = value
        self.typed = "" if value in (None, "") else self.write(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not self.typed:
            return
        try:
            self.data = self.read(self.typed)
        except ValueError:
            raise ValueError(str(self.complaint)) from None

    def _value(self) -> str:
        return self.typed


class RupiahField(TypedField):
    """An amount in whole rupiah."""

    complaint = _l("Write whole rupiah, for example 1.500.000.")

    def read(self, text: str) -> int:
        return read_rupiah(text)

    def write(self, value: int) -> str:
        return write_rupiah(value)


class FigureField(TypedField):
    """A figure of an indicator."""

    complaint = _l("Write a figure, for example 12,5 or 1.250.")
    inputmode = "decimal"

    def read(self, text: str) -> str:
        return read_figure(text)

    def write(self, value: str) -> str:
        return write_figure(str(value))


class CountField(TypedField):
    """A number of people or things."""

    complaint = _l("Write a whole number, for example 1.250.")

    def read(self, text: str) -> int:
        return read_rupiah(text)

    def write(self, value: int) -> str:
        return write_rupiah(value)


class YearField(TypedField):
    """A year of four digits."""

    complaint = _l("Write a year of four digits, for example 2027.")

    def read(self, text: str) -> int:
        if not re.fullmatch(r"\d{4}", text) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
            raise ValueError(text)
        return int(text)


class YesNoField(RadioField):
    """Yes, no, or not said yet (None)."""

    def __init__(self, label: object = None, **more: Any) -> None:
        choices = options([("yes", _l("Yes")), ("no", _l("No"))])
        super().__init__(label, choices=choices, validate_choice=False, **more)

    def process_data(self, value: object) -> None:
        self.data = {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else None

    @property
    def value(self) -> bool | None:
        """What was chosen."""
        return {"yes": True, "no": False}.get(self.data or "")


class OneOf(SelectField):
    """One of the choices offered for a field of the document, or none."""

    def __init__(self, label: object, offers: str, **more: Any) -> None:
        super().__init__(
            label,
            choices=lambda: options([NOT_CHOSEN, *offered(offers)]),
            validate_choice=False,
            **more,
        )

    def process_data(self, value: object) -> None:
        self.data = value or ""


class SomeOf(SelectMultipleField):
    """Any number of the choices offered for a field of the document."""

    def offered(self) -> list[tuple[str, str]]:
        """What may be chosen: (code, words)."""
        return [(str(code), str(words)) for code, words, *_rest in self.iter_choices()]

    def __init__(self, label: object, offers: str, **more: Any) -> None:
        super().__init__(
            label, choices=lambda: options(offered(offers)), validate_choice=False, **more
        )


@dataclass(frozen=True)
class Cell:
    """The box for one year's target."""

    year: int
    name: str
    typed: str


class TargetsField(Field):
    """A figure for each year; `years` says which boxes are drawn."""

    def __init__(self, label: object = None, **more: Any) -> None:
        super().__init__(label, **more)
        self.typed: dict[int, str] = {}
        self.years: tuple[int, ...] = ()

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ARG002
        """Read `NAME-2027`, `NAME-2028` … from the form, or the targets of the document."""
        self.process_errors: list[str] = []
        self.data: dict[str, str] = {}
        if formdata is None:
            stored = data if isinstance(data, Mapping) else {}
            self.typed = {int(year): write_figure(str(value)) for year, value in stored.items()}
        else:
            self.typed = dict(self._typed(formdata))
        for year, text in sorted(self.typed.items()):
            self._take(year, text)

    def cells(self) -> list[Cell]:
        """The boxes to draw: every year of the proposal, and years that have a target anyway."""
        years = sorted({*self.years, *(year for year, text in self.typed.items() if text)})
        return [Cell(year, f"{self.name}-{year}", self.typed.get(year, "")) for year in years]

    def _typed(self, formdata: Any) -> Iterable[tuple[int, str]]:
        prefix = f"{self.name}-"
        for key in formdata:
            year = key.removeprefix(prefix)
            if key.startswith(prefix) and re.fullmatch(r"\d{4}", year):
                yield int(year), formdata.get(key).strip()

    def _take(self, year: int, text: str) -> None:
        if not text:
            return
        try:
            self.data[str(year)] = read_figure(text)
        except ValueError:
            complaint = _("%(year)s: write a figure, for example 12,5 or 1.250.", year=year)
            self.process_errors.append(complaint)
