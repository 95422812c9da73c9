"""A guard of a workflow in the reader's words: `lane == strategic` is "jalur strategis".

Knows the language of guards; whether one holds is asked elsewhere.
"""

from __future__ import annotations

from flask_babel import gettext as _

from blueprints import formatting
from blueprints.labels import is_own, knows, label
from states import conditions, guards
from states.conditions import Atom, Name, Node, Several, Visits
from workflow import labels

MONEY = frozenset({"total_budget"})
"""Facts that are counted in rupiah."""
CHANGED = "changed."
"""With the name of a track: whether what it judged has changed since."""


def spoken(guard: str) -> str:
    """The guard in words; as it stands when it cannot be read."""
    try:
        return _node(guards.parse(guard).root)
    except conditions.ConditionError:
        return guard


def _node(node: Node) -> str:
    if isinstance(node, Atom):
        return _atom(node)
    if isinstance(node, Several):
        parts = [_part(part) for part in node.parts]
        joined = _(" or ") if node.word == "or" else _(" and ")
        return joined.join(parts)
    if isinstance(node.part, Atom) and _is_plain(node.part):
        return _denied(str(node.part.left))
    return _("not (%(what)s)", what=_node(node.part))


def _part(node: Node) -> str:
    """What several are joined of; what is joined itself stays together."""
    return f"({_node(node)})" if isinstance(node, Several) else _node(node)


def _denied(fact: str) -> str:
    """That a fact is not so; languages have more than one word for not."""
    if fact.startswith(CHANGED):
        return _("what %(track)s judged has not changed", track=_track(fact))
    if labels.knows("fact_not", fact) and not is_own("fact", fact):
        return label("fact_not", fact)
    return _("not %(what)s", what=label("fact", fact))


def _track(fact: str) -> str:
    return label("track", fact.removeprefix(CHANGED))


def _is_plain(atom: Atom) -> bool:
    """Whether it only asks if something is so."""
    return atom.op == "==" and atom.right is True


def _atom(atom: Atom) -> str:
    what = _term(atom.left)
    if _is_plain(atom):
        return what
    if isinstance(atom.right, tuple):
        return f"{what} {_(' or ').join(_value(atom, term) for term in atom.right)}"
    value = _value(atom, atom.right)
    match atom.op:
        case "==":
            return f"{what} {value}"
        case "!=":
            return _("%(what)s other than %(value)s", what=what, value=value)
        case ">":
            return _("%(what)s above %(value)s", what=what, value=value)
        case ">=":
            return _("%(what)s at least %(value)s", what=what, value=value)
        case "<":
            return _("%(what)s below %(value)s", what=what, value=value)
        case _:
            return _("%(what)s at most %(value)s", what=what, value=value)


def _term(term: object) -> str:
    if isinstance(term, Visits):
        return _("number of times at %(step)s", step=label("step", term.path))
    if isinstance(term, Name):
        if term.name.startswith(CHANGED):
            return _("what %(track)s judged has changed", track=_track(term.name))
        if knows("fact", term.name) or not knows("verdict", term.name):
            return label("fact", term.name)
        return _("number of “%(verdict)s”", verdict=label("verdict", term.name))
    return str(term)


def _value(atom: Atom, term: object) -> str:
    if isinstance(term, bool):
        return _("yes") if term else _("no")
    if isinstance(term, int):
        is_money = isinstance(atom.left, Name) and atom.left.name in MONEY
        return formatting.money(term) if is_money else formatting.number(term)
    return label("fact", term.name if isinstance(term, Name) else str(term))
