"""The boxes of the designer's forms: what is typed in them, deadlines, ways, choices.

Every form is a list of rows of boxes over flat values, so that two people's forms can be laid over
each other box by box. Judges no workflow.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from states.edits import Edit, Time
from workflow.errors import Problem

Values = dict[str, list[str]]
Options = Sequence[tuple[str, str]]
LINE = "line"
"""The width of a box that has a line to itself."""
UNITS: Mapping[str, object] = {
    "working day": _l("working days"),
    "working hour": _l("working hours"),
    "day": _l("days"),
    "hour": _l("hours"),
}
_NUMBERED = re.compile(r"(in|)(\d+)")
"""A row of boxes, or a bracket, by its number."""
_TIME = re.compile(r"(\d+) (working day|working hour|day|hour)s?(.*)")


@dataclass(frozen=True)
class Box:
    """One box: `kind` is input, select, checks or check; `blank` is what choosing nothing says."""

    name: str
    label: str
    kind: str = "input"
    options: Options = ()
    blank: str | None = None
    help: str = ""
    width: str = ""
    inputmode: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
    """Under what some of many options are found."""

    @property
    def sections(self) -> list[tuple[str, Options]]:
        """The options in their order, those next to each other under one heading together."""
        found = groupby(self.options, lambda option: self.headings.get(option[0], ""))
        return [(heading, list(options)) for heading, options in found]


@dataclass(frozen=True)
class Group:
    """Boxes within a row that are read as one; a spare one is folded."""

    legend: str
    boxes: tuple[Box, ...]
    spare: bool = False

    @property
    def names(self) -> set[str]:
        """The names of its boxes."""
        return {box.name for box in self.boxes}


@dataclass(frozen=True)
class Row:
    """Boxes that belong together; with a legend they are read as a group, a spare one folded."""

    boxes: tuple[Box | Group, ...]
    legend: str = ""
    help: str = ""
    spare: bool = False

    @property
    def every(self) -> tuple[Box, ...]:
        """Its boxes, and those of its groups."""
        parts = (one.boxes if isinstance(one, Group) else (one,) for one in self.boxes)
        return tuple(chain.from_iterable(parts))

    @property
    def names(self) -> set[str]:
        """The names of all of them."""
        return {box.name for box in self.every}


class Form(Protocol):
    """One form of the designer over a definition."""

    title: str
    lead: str
    button: str
    step: str
    """The step that it is about, for the picture."""

    def rows(self) -> list[Row]:
        """The boxes."""

    def values(self) -> Values:
        """What the boxes hold at first."""

    def edit(self, typed: Typed) -> Edit:
        """The edit that the typed values ask for; what is wrong with them is noted in `typed`."""


@dataclass
class Typed:
    """What was typed, and what is wrong with it."""

    values: Values
    problems: list[Problem] = field(default_factory=list)

    def one(self, name: str) -> str:
        """A single value without the blanks around it."""
        return next(iter(self.values.get(name, [])), "").strip()

    def many(self, name: str) -> tuple[str, ...]:
        """The chosen ones of several."""
        return tuple(one for one in self.values.get(name, []) if one)

    def wrong(self, name: str, code: str, **values: object) -> None:
        """Note a problem beside a box; only the first one, what follows from it is no help."""
        if all(known.field != name for known in self.problems):
            self.problems.append(Problem(name, code, values))

    def chosen(self, name: str, options: Iterable[tuple[str, str]]) -> str:
        """A value that has to be one of the options."""
        value = self.one(name)
        if value not in {option for option, _words in options}:
            self.wrong(name, "required" if not value else "unknown")
        return value


class Unasked:
    """What a form is that has a button and no boxes."""

    def rows(self) -> list[Row]:
        """No boxes."""
        return []

    def values(self) -> Values:
        """Nothing is in them."""
        return {}


@dataclass(frozen=True)
class NewName:
    """Boxes for what something new is called: one of the usual names, or a few words."""

    label: str
    usual: Options
    taken: Collection[str]

    def row(self) -> Row:
        """The boxes."""
        free = [one for one in self.usual if one[0] not in self.taken]
        own = Box("own_name", _("Another name"), help=_("If it is none of these"))
        return Row((Box("name", self.label, "select", free, _("another one")), own))

    def typed(self, typed: Typed) -> str:
        """The name; empty, and noted as wrong, where there is none or it is taken."""
        field = "own_name" if typed.one("own_name") else "name"
        name = typed.one("name") or slug(typed.one("own_name"))
        if not name:
            typed.wrong(field, "required" if field == "name" else "not_understood")
        elif name in self.taken:
            typed.wrong(field, "known_already")
        return name


def boxes_of(form: Form) -> list[Box]:
    """All boxes of a form."""
    return [box for row in form.rows() for box in row.every]


def titles_of(form: Form) -> dict[str, str]:
    """What each box is called apart from its form: by its row, if that has a legend, and label."""
    return {
        box.name: f"{row.legend}, {box.label}" if row.legend else box.label
        for row in form.rows()
        for box in row.every
    }


def overlaid(base: Values, typed: Values, now: Values) -> Values:
    """What was changed by typing, over what stands there now; what was added is still an addition.

    Of numbered boxes the last ones are to spare: what was typed in them stands in those that are
    to spare now, beside what somebody else added.
    """
    changed = {name: value for name, value in typed.items() if value != base.get(name, [])}
    return now | {_place_now(name, base, now): value for name, value in changed.items()}


def _place_now(name: str, base: Values, now: Values) -> str:
    """The box in which something belongs now that was typed in a box of `base`."""
    before, after = "", ""
    for part in name.split("."):
        there, numbered = part, _NUMBERED.fullmatch(part)
        if numbered is not None and int(numbered[2]) == _last(base, before + numbered[1]):
            spare = _last(now, after + numbered[1])
            there = part if spare is None else f"{numbered[1]}{spare}"
        before, after = f"{before}{part}.", f"{after}{there}."
    return after.removesuffix(".")


def _last(values: Values, prefix: str) -> int | None:
    """The highest number with which names go on after a prefix."""
    rests = (
        name.removeprefix(prefix).partition(".")[0] for name in values if name.startswith(prefix)
    )
    return max((int(rest) for rest in rests if rest.isdecimal()), default=None)


# deadlines


def time_boxes(prefix: str, label: str, written: Time | None, help_: str = "") -> tuple[Box, ...]:
    """An amount and its unit."""
    units = [(unit, str(words)) for unit, words in UNITS.items()]
    known = time_values(prefix, written)[f"{prefix}.unit"][0]
    if known and known not in UNITS:
        units.append((known, _since(known)))
    return (
        Box(f"{prefix}.amount", label, help=help_, width="short", inputmode="numeric"),
        Box(f"{prefix}.unit", _("Unit"), "select", units),
    )


def _since(unit: str) -> str:
    """`working day after period_end` in words."""
    first, _space, anchor = unit.partition(" after ")
    return _("%(length)s after %(anchor)s", length=UNITS[first], anchor=anchor.replace("_", " "))


def time_values(prefix: str, written: Time | None) -> Values:
    """What its boxes hold."""
    match = _TIME.fullmatch(written.words) if written is not None else None
    amount, unit = (match[1], match[2] + match[3]) if match else ("", "working day")
    return {f"{prefix}.amount": [amount], f"{prefix}.unit": [unit]}


def time_typed(prefix: str, typed: Typed) -> str:
    """`3 working days`; empty where no amount was typed."""
    amount, unit = amount_typed(f"{prefix}.amount", typed), typed.one(f"{prefix}.unit")
    if amount is None:
        return ""
    first, space, anchor = unit.partition(" after ")
    if first not in UNITS:
        typed.wrong(f"{prefix}.unit", "unknown")
    plural = first if amount == 1 else f"{first}s"
    return f"{amount} {plural}{space}{anchor}"


def amount_typed(name: str, typed: Typed, most: int = 9999) -> int | None:
    """A whole number from 1; None where nothing was typed, or no such number."""
    amount = typed.one(name)
    if not amount:
        return None
    if not re.fullmatch(r"[1-9]\d{0,3}", amount) or int(amount) > most:
        typed.wrong(name, "not_in_range", least=1, most=most)
        return None
    return int(amount)


def slug(words: str) -> str:
    """A name out of words: `Telaah Dishub` is `telaah_dishub`; empty where nothing is left."""
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_").lstrip("0123456789_")[:60]


def fresh(name: str, taken: Iterable[str]) -> str:
    """A name that is not taken yet: `review`, `review_2` …"""
    known = set(taken)
    number = 2
    found = name
    while found in known:
        found = f"{name}_{number}"
        number += 1
    return found
