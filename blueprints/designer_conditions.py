"""Conditions as boxes: one list of everything a fact can be, and an amount where it is counted.

What was written in a way that boxes cannot show is a text in the language of conditions.
"""

from __future__ import annotations

from flask_babel import gettext as _

from blueprints import guard_words
from blueprints.amounts import read_rupiah, write_rupiah
from blueprints.designer_boxes import Box, Options, Typed, Values
from blueprints.labels import label
from states import guards
from states.conditions import Atom, ConditionError, Name, Node, Not, Several
from states.definition import Definition, Fact, FactKind

COMPARED = (">", ">=", "<", "<=", "==")


def options(definition: Definition) -> list[tuple[str, str]]:
    """Everything that can be said of the facts; what ends in a comparison wants an amount."""
    found = [one for fact in definition.facts.values() for one in _of_fact(fact)]
    return [*found, *_both("actor.acting")]


def _of_fact(fact: Fact) -> list[tuple[str, str]]:
    if fact.kind is FactKind.BOOLEAN:
        return _both(fact.name)
    if fact.kind is FactKind.ENUMERATION:
        guards_of = [f"{fact.name} {op} {value}" for value in fact.values for op in ("==", "!=")]
        return [(guard, guard_words.spoken(guard)) for guard in guards_of]
    return compared(fact.name, label("fact", fact.name))


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


def boxes(prefix: str, known: Options, guard: str) -> tuple[Box, ...]:
    """The boxes for a condition; one comparison more than there are."""
    values = condition_values(prefix, guard)
    if f"{prefix}.text" in values:
        help_ = _("Such as: lane == strategic or total_budget > 1_000_000_000")
        return (Box(f"{prefix}.text", _("If (as a text)"), help=help_),)
    found: list[Box] = []
    rows = sum(name.endswith(".what") for name in values)
    for number in range(rows):
        at = f"{prefix}.{number}"
        own = values[f"{at}.what"][0]
        extra: Options = [] if not own or own in dict(known) else [(own, guard_words.spoken(own))]
        text = _("If") if number == 0 else _("and if, or if")
        found.append(Box(f"{at}.what", text, "select", [*known, *extra], blank=_("no condition")))
        found.append(Box(f"{at}.amount", _("Amount, if counted"), inputmode="numeric"))
    if rows > 1:
        joins = [("and", _("all of them hold")), ("or", _("one of them holds"))]
        found.append(Box(f"{prefix}.join", _("Together"), "select", joins))
    return tuple(found)


def condition_values(prefix: str, guard: str) -> Values:
    """What the boxes hold for a condition as it is written."""
    split = _split(guard)
    if split is None:
        return {f"{prefix}.text": [guard]}
    word, parts = split
    values: Values = {}
    for number, part in enumerate([*parts, ("", "")] if parts else [("", "")]):
        values[f"{prefix}.{number}.what"] = [part[0]]
        values[f"{prefix}.{number}.amount"] = [part[1]]
    if len(parts) > 0:
        values[f"{prefix}.join"] = [word]
    return values


def _split(guard: str) -> tuple[str, list[tuple[str, str]]] | None:
    """The joining word and the comparisons; None for what is nested or cannot be read."""
    if not guard:
        return "and", []
    try:
        root = guards.parse(guard).root
    except ConditionError:
        return None
    nodes = root.parts if isinstance(root, Several) else (root,)
    parts = [_part(node) for node in nodes]
    if any(part is None for part in parts):
        return None
    word = root.word if isinstance(root, Several) else "and"
    return word, [part for part in parts if part is not None]


def _part(node: Node) -> tuple[str, str] | None:
    if isinstance(node, Not) and isinstance(node.part, Atom):
        return f"not {node.part}", ""
    if not isinstance(node, Atom):
        return None
    if type(node.right) is int and isinstance(node.left, Name) and node.op in COMPARED:
        return f"{node.left} {node.op}", write_rupiah(node.right)
    return str(node), ""


def condition_typed(prefix: str, guard: str, typed: Typed) -> str:
    """The condition that was typed, as it was written where nothing of it changed."""
    before = condition_values(prefix, guard)
    if all(typed.values.get(name, [""]) == value for name, value in before.items()):
        return guard
    if f"{prefix}.text" in before:
        return _text_typed(f"{prefix}.text", typed)
    parts = []
    for number in range(sum(name.endswith(".what") for name in before)):
        what, at = typed.one(f"{prefix}.{number}.what"), f"{prefix}.{number}.amount"
        if what.endswith(COMPARED):
            parts.append(f"{what} {_amount(at, typed)}")
        elif what:
            parts.append(what)
        elif typed.one(at):
            typed.wrong(f"{prefix}.{number}.what", "required")
    return f" {typed.one(f'{prefix}.join') or 'and'} ".join(parts)


def _text_typed(name: str, typed: Typed) -> str:
    text = typed.one(name)
    try:
        if text:
            guards.parse(text)
    except ConditionError:
        typed.wrong(name, "not_understood")
    return text


def _amount(name: str, typed: Typed) -> str:
    try:
        return f"{read_rupiah(typed.one(name)):_}"
    except ValueError:
        typed.wrong(name, "required" if not typed.one(name) else "not_a_whole_number")
        return "0"
