"""Conditions as boxes: a line for each comparison, with an amount where something is counted.

Lines in brackets stand in a group of their own. What boxes cannot show, such as brackets within
brackets, is a text in the language of conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import guard_words
from blueprints.amounts import read_rupiah, write_rupiah
from blueprints.designer_boxes import LINE, Box, Group, Options, Typed, Values
from blueprints.labels import label
from states import guards
from states.conditions import ConditionError
from states.definition import Definition, Fact, FactKind, StepKind
from states.guard_lines import COMPARED, Bracket, Guard, Kind, Line, split

KINDS: Mapping[Kind, object] = {
    Kind.ANY: _l("one of them is enough"),
    Kind.ALL: _l("all of them hold"),
    Kind.NONE: _l("none of them holds"),
    Kind.NOT_ALL: _l("not all of them hold"),
}
VISITS_COMPARED = (">=", "<")
SPARE = Bracket(Kind.ANY, (Line(""),))
"""A bracket that is still to be written."""


def options(definition: Definition) -> list[tuple[str, str]]:
    """Everything that can be asked; what ends in a comparison wants an amount."""
    found = [one for fact in definition.facts.values() for one in _of_fact(fact)]
    tracks = dict.fromkeys(name for step in definition.every_step() for name in step.tracks)
    changed = [one for name in tracks for one in _both(f"{guard_words.CHANGED}{name}")]
    return [*found, *_both("actor.acting"), *_visited(definition), *changed]


def _of_fact(fact: Fact) -> list[tuple[str, str]]:
    if fact.kind is FactKind.BOOLEAN:
        return _both(fact.name)
    if fact.kind is FactKind.ENUMERATION:
        guards_of = [f"{fact.name} {op} {value}" for value in fact.values for op in ("==", "!=")]
        return [(guard, guard_words.spoken(guard)) for guard in guards_of]
    return compared(fact.name, label("fact", fact.name))


def _visited(definition: Definition) -> Iterator[tuple[str, str]]:
    """How often each step was entered at which somebody, or several, can stand."""
    for step in definition.every_step():
        if step.kind not in (StepKind.ROUTE, StepKind.FINAL):
            what = _("number of times at %(step)s", step=label("step", step.path))
            several = compared(f"visits({step.path})", what)
            yield from (one for one in several if one[0].endswith(VISITS_COMPARED))


def compared(name: str, what: str) -> list[tuple[str, str]]:
    """The comparisons of something that is counted, each of which wants an amount."""
    words = {
        ">": _("%(what)s above …", what=what),
        ">=": _("%(what)s at least …", what=what),
        "<": _("%(what)s below …", what=what),
        "<=": _("%(what)s at most …", what=what),
        "==": _("%(what)s exactly …", what=what),
    }
    return [(f"{name} {op}", words[op]) for op in COMPARED]


def _both(fact: str) -> list[tuple[str, str]]:
    return [(guard, guard_words.spoken(guard)) for guard in (fact, f"not {fact}")]


def _heading(what: str) -> str:
    """Under what an option is found among many."""
    if what.removeprefix("not ").startswith(guard_words.CHANGED):
        return _("What has changed")
    return _("How often it was at a step") if what.startswith("visits(") else ""


# what the boxes hold


def _brackets(split_guard: Guard) -> tuple[Bracket, ...]:
    return (*split_guard.brackets, SPARE)


def condition_values(prefix: str, guard: str) -> Values:
    """What the boxes hold for a condition as it is written."""
    known = split(guard)
    if known is None:
        return {f"{prefix}.text": [guard]}
    values = _line_values(prefix, known.lines) | {f"{prefix}.join": [known.join]}
    for number, bracket in enumerate(_brackets(known)):
        at = f"{prefix}.in{number}"
        values |= {f"{at}.kind": [bracket.kind.value], **_line_values(at, bracket.lines)}
    return values


def _line_values(prefix: str, lines: tuple[Line, ...]) -> Values:
    """One line more than there are."""
    values: Values = {}
    for number, line in enumerate([*lines, Line("")]):
        amount = "" if line.amount is None else write_rupiah(line.amount)
        values |= {f"{prefix}.{number}.what": [line.what], f"{prefix}.{number}.amount": [amount]}
    return values


# the boxes


def boxes(prefix: str, known: Options, guard: str) -> tuple[Box | Group, ...]:
    """The boxes for a condition; one line and one bracket more than there are."""
    found = split(guard)
    if found is None:
        help_ = _("Such as: lane == strategic or total_budget > 1_000_000_000")
        return (Box(f"{prefix}.text", _("If (as a text)"), help=help_),)
    own = _in_order(prefix, known, found)
    joins = [("and", _("all of them hold")), ("or", _("one of them holds"))]
    join = Box(f"{prefix}.join", _("Together"), "select", joins, width=LINE)
    at = f"{prefix}.in{len(found.brackets)}"
    alone = () if found.items else (join,)
    spare = _group(at, known, SPARE, alone, is_spare=True)
    return (*own, spare) if alone else (*own, join, spare)


def _in_order(prefix: str, known: Options, guard: Guard) -> Iterator[Box | Group]:
    """Lines and brackets as they stand, and a line to spare."""
    lines, brackets = 0, 0
    for item in (*guard.items, Line("")):
        if isinstance(item, Line):
            text = _("If") if lines + brackets == 0 else _("and if, or if")
            yield from _line(f"{prefix}.{lines}", known, item, text)
            lines += 1
        else:
            yield _group(f"{prefix}.in{brackets}", known, item, ())
            brackets += 1


def _group(
    at: str, known: Options, bracket: Bracket, before: tuple[Box, ...], *, is_spare: bool = False
) -> Group:
    kinds = [(kind.value, str(words)) for kind, words in KINDS.items()]
    kind = Box(f"{at}.kind", _("Of these"), "select", kinds, width=LINE)
    lines = [
        box
        for number, line in enumerate((*bracket.lines, Line("")))
        for box in _line(f"{at}.{number}", known, line, _("What has to hold"))
    ]
    legend = _("Several in brackets") if is_spare else _("In brackets")
    return Group(legend, (*before, kind, *lines), spare=is_spare)


def _line(at: str, known: Options, line: Line, text: str) -> tuple[Box, Box]:
    own = line.what
    extra: Options = [] if not own or own in dict(known) else [(own, guard_words.spoken(own))]
    every = [*known, *extra]
    headings = {what: heading for what, _words in every if (heading := _heading(what))}
    what = Box(f"{at}.what", text, "select", every, _("no condition"), headings=headings)
    return what, Box(f"{at}.amount", _("Amount, if counted"), inputmode="numeric")


# what was typed


def condition_typed(prefix: str, guard: str, typed: Typed) -> str:
    """The condition that was typed, as it was written where nothing of it changed."""
    before, known = condition_values(prefix, guard), split(guard)
    if all(typed.values.get(name, [""]) == value for name, value in before.items()):
        return guard
    if known is None:
        return _text_typed(f"{prefix}.text", typed)
    lines = [_line_typed(f"{prefix}.{n}", typed) for n in range(len(known.lines) + 1)]
    brackets = [
        _bracket_typed(f"{prefix}.in{n}", len(bracket.lines) + 1, typed)
        for n, bracket in enumerate(_brackets(known))
    ]
    in_order = [(lines if isinstance(one, Line) else brackets).pop(0) for one in known.items]
    items = [one for one in (*in_order, *lines, *brackets) if one is not None]
    return str(Guard(typed.one(f"{prefix}.join") or "and", tuple(items)))


def _bracket_typed(at: str, lines: int, typed: Typed) -> Bracket | None:
    kind = typed.chosen(f"{at}.kind", [(one.value, "") for one in Kind])
    several = [_line_typed(f"{at}.{number}", typed) for number in range(lines)]
    found = tuple(line for line in several if line is not None)
    return Bracket(Kind(kind), found) if found and kind in list(Kind) else None


def _line_typed(at: str, typed: Typed) -> Line | None:
    what = typed.one(f"{at}.what")
    if what.endswith(COMPARED):
        return Line(what, _amount(f"{at}.amount", typed))
    if not what and typed.one(f"{at}.amount"):
        typed.wrong(f"{at}.what", "required")
    return Line(what) if what else None


def _text_typed(name: str, typed: Typed) -> str:
    text = typed.one(name)
    try:
        if text:
            guards.parse(text)
    except ConditionError:
        typed.wrong(name, "not_understood")
    return text


def _amount(name: str, typed: Typed) -> int:
    try:
        return read_rupiah(typed.one(name))
    except ValueError:
        typed.wrong(name, "required" if not typed.one(name) else "not_a_whole_number")
        return 0
