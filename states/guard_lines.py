"""A guard as a form shows it: lines that hold together, and brackets that hold such lines.

Reads and writes the text of guards. What stands deeper than in one bracket is not shown so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from states import guards
from states.conditions import Atom, ConditionError, Name, Node, Not, Several, Visits

COMPARED = (">", ">=", "<", "<=", "==")
"""The operators after which a line has an amount."""


class Kind(StrEnum):
    """How many of the lines in a bracket have to hold."""

    ANY = "any"
    ALL = "all"
    NONE = "none"
    NOT_ALL = "not_all"


_WORDS = {Kind.ALL: "and", Kind.NOT_ALL: "and", Kind.ANY: "or", Kind.NONE: "or"}
_DENIED = {"and": Kind.NOT_ALL, "or": Kind.NONE}
_SAID = {"and": Kind.ALL, "or": Kind.ANY}


@dataclass(frozen=True)
class Line:
    """One comparison; `what` ends in an operator where there is an amount."""

    what: str
    amount: int | None = None

    def __str__(self) -> str:
        return self.what if self.amount is None else f"{self.what} {self.amount:_}"


@dataclass(frozen=True)
class Bracket:
    """Some lines in brackets."""

    kind: Kind
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        inner = f" {_WORDS[self.kind]} ".join(map(str, self.lines))
        is_denied = self.kind in _DENIED.values()
        if len(self.lines) > 1:
            return f"not ({inner})" if is_denied else f"({inner})"
        return _opposite(inner) if is_denied else inner


def _opposite(line: str) -> str:
    return line.removeprefix("not ") if line.startswith("not ") else f"not {line}"


@dataclass(frozen=True)
class Guard:
    """Lines and brackets, all of which hold together (`and`), or one of which is enough (`or`)."""

    join: str
    items: tuple[Line | Bracket, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines that stand in no bracket."""
        return tuple(one for one in self.items if isinstance(one, Line))

    @property
    def brackets(self) -> tuple[Bracket, ...]:
        """The brackets."""
        return tuple(one for one in self.items if isinstance(one, Bracket))

    def __str__(self) -> str:
        if len(self.items) == 1 and isinstance(self.items[0], Bracket):
            only = self.items[0]
            if only.kind in _SAID.values():  # nothing else that it could be kept apart from
                return str(Guard(_WORDS[only.kind], only.lines))
        return f" {self.join} ".join(map(str, self.items))


def split(guard: str) -> Guard | None:
    """A guard in lines and brackets, "" in none; None where it nests deeper or cannot be read."""
    if not guard:
        return Guard("and", ())
    try:
        root = guards.parse(guard).root
    except ConditionError:
        return None
    word, nodes = (root.word, root.parts) if isinstance(root, Several) else ("and", (root,))
    found = tuple(one for one in map(_item, nodes) if one is not None)
    return Guard(word, found) if len(found) == len(nodes) else None


def _item(node: Node) -> Line | Bracket | None:
    if isinstance(node, Several):
        return _bracket(_SAID[node.word], node)
    if isinstance(node, Not) and isinstance(node.part, Several):
        return _bracket(_DENIED[node.part.word], node.part)
    return _line(node)


def _bracket(kind: Kind, node: Several) -> Bracket | None:
    lines = tuple(line for line in map(_line, node.parts) if line is not None)
    return Bracket(kind, lines) if len(lines) == len(node.parts) else None


def _line(node: Node) -> Line | None:
    if isinstance(node, Not) and isinstance(node.part, Atom):
        return Line(f"not {node.part}")
    if not isinstance(node, Atom):
        return None
    if type(node.right) is int and isinstance(node.left, Name | Visits) and node.op in COMPARED:
        return Line(f"{node.left} {node.op}", node.right)
    return Line(str(node))
