"""The guard language: comparisons over named, typed facts.

A guard is data: read by `guards`, checked here against the declared facts, and evaluated over
plain values. It never becomes code, and this module knows nothing of machines.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from states.refusals import UnknownFact

Value = str | int | bool
_OPERATORS: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Oracle:
    """Stands in for the facts: answers whole comparisons, so that exploration forks on each."""

    def answer(self, atom: Atom, visits: Mapping[str, int]) -> bool:
        """Say whether the comparison holds."""
        raise NotImplementedError


Facts = Mapping[str, Value] | Oracle


class ConditionError(Exception):
    """A guard that cannot be read or does not fit the facts; `code` and `values` say why."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(code)


@dataclass(frozen=True)
class Name:
    """A fact, or a count in a tally."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Visits:
    """How often a step has been entered in this case."""

    path: str

    def __str__(self) -> str:
        return f"visits({self.path})"


Term = Name | Visits | Value


def _show(term: Term) -> str:
    return str(term).lower() if isinstance(term, bool) else str(term)


@dataclass(frozen=True)
class Atom:
    """One comparison: the smallest thing that is true or false."""

    left: Term
    op: str
    right: Term | tuple[Term, ...]

    def __str__(self) -> str:
        if self.op == "==" and self.right is True:
            return _show(self.left)
        if isinstance(self.right, tuple):
            return f"{_show(self.left)} in [{', '.join(map(_show, self.right))}]"
        return f"{_show(self.left)} {self.op} {_show(self.right)}"

    def names(self) -> frozenset[str]:
        """The facts that it asks."""
        return frozenset(t.name for t in (self.left, self.right) if isinstance(t, Name))

    def visited(self) -> frozenset[str]:
        """The steps whose visits it counts."""
        return frozenset(t.path for t in (self.left, self.right) if isinstance(t, Visits))

    def holds(self, facts: Mapping[str, Value], visits: Mapping[str, int]) -> bool:
        """Compare; raises UnknownFact when a fact is missing or of another type."""
        left = _value(self.left, facts, visits)
        if isinstance(self.right, tuple):
            return left in self.right
        right = _value(self.right, facts, visits)
        if self.op in ("==", "!="):
            return (left == right) is (self.op == "==")
        return _OPERATORS[self.op](self._number(left), self._number(right))

    def _number(self, value: Value) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise UnknownFact(min(self.names()))
        return value


def _value(term: Term, facts: Mapping[str, Value], visits: Mapping[str, int]) -> Value:
    if isinstance(term, Visits):
        return visits.get(term.path, 0)
    if not isinstance(term, Name):
        return term
    value = facts.get(term.name)
    if value is None:
        if term.name.startswith("changed."):
            return False
        raise UnknownFact(term.name)
    return value


@dataclass(frozen=True)
class Not:
    """The opposite of another condition."""

    part: Node


@dataclass(frozen=True)
class Several:
    """Conditions joined by `and` or `or`, asked from left to right until the answer is known."""

    word: str
    parts: tuple[Node, ...]


Node = Atom | Not | Several


@dataclass(frozen=True)
class Condition:
    """A guard: its comparisons and the words in which its author wrote it."""

    root: Node
    text: str

    def __str__(self) -> str:
        return self.text

    def atoms(self) -> tuple[Atom, ...]:
        """Its comparisons in the order of the text."""
        return tuple(_atoms(self.root))

    def names(self) -> frozenset[str]:
        """All facts that it may ask."""
        return frozenset().union(*(atom.names() for atom in self.atoms()))

    def visited(self) -> frozenset[str]:
        """All steps whose visits it may count."""
        return frozenset().union(*(atom.visited() for atom in self.atoms()))

    def decide(self, answer: Callable[[Atom], bool]) -> bool:
        """Evaluate, asking `answer` only for the comparisons that matter."""
        return _decide(self.root, answer)

    def holds(self, facts: Facts, visits: Mapping[str, int]) -> bool:
        """Evaluate over facts and visits; raises UnknownFact naming the fact that is missing."""
        if isinstance(facts, Oracle):
            return _decide(self.root, _asking(facts, visits))
        return _decide(self.root, lambda atom: atom.holds(facts, visits))


def _asking(oracle: Oracle, visits: Mapping[str, int]) -> Callable[[Atom], bool]:
    def answer(atom: Atom) -> bool:
        return oracle.answer(atom, visits) if atom.names() else atom.holds({}, visits)

    return answer


def _atoms(node: Node) -> Iterator[Atom]:
    if isinstance(node, Atom):
        yield node
    elif isinstance(node, Not):
        yield from _atoms(node.part)
    else:
        for part in node.parts:
            yield from _atoms(part)


def _decide(node: Node, answer: Callable[[Atom], bool]) -> bool:
    if isinstance(node, Atom):
        return answer(node)
    if isinstance(node, Not):
        return not _decide(node.part, answer)
    enough = node.word == "or"
    return enough if any(_decide(p, answer) is enough for p in node.parts) else not enough


@dataclass(frozen=True)
class Kinds:
    """What the names of a guard mean: "boolean", "integer", or the words of an enumeration."""

    facts: Mapping[str, str | tuple[str, ...]]
    step: Callable[[str], str | None]


def check(condition: Condition, kinds: Kinds) -> tuple[Condition, list[ConditionError]]:
    """Return the condition with its words resolved, and everything in it that does not fit."""
    errors: list[ConditionError] = []
    return replace(condition, root=_typed(condition.root, kinds, errors)), errors


def _typed(node: Node, kinds: Kinds, errors: list[ConditionError]) -> Node:
    if isinstance(node, Not):
        return Not(_typed(node.part, kinds, errors))
    if isinstance(node, Several):
        return Several(node.word, tuple(_typed(part, kinds, errors) for part in node.parts))
    try:
        return _typed_atom(node, kinds)
    except ConditionError as error:
        errors.append(error)
        return node


def _typed_atom(atom: Atom, kinds: Kinds) -> Atom:
    kind = _kind(atom.left, kinds)
    left = _resolved(atom.left, kinds)
    if isinstance(kind, tuple):
        return _typed_choice(atom, kind, left)
    if isinstance(atom.right, tuple):
        if kind != "integer" or not all(type(value) is int for value in atom.right):
            raise ConditionError("wrong_comparison", text=str(atom), kind=kind)
        return replace(atom, left=left)
    ordered = atom.op not in ("==", "!=")
    if _kind(atom.right, kinds) != kind or (ordered and kind != "integer"):
        raise ConditionError("wrong_comparison", text=str(atom), kind=kind)
    return Atom(left, atom.op, _resolved(atom.right, kinds))


def _typed_choice(atom: Atom, words: tuple[str, ...], left: Term) -> Atom:
    right = atom.right if isinstance(atom.right, tuple) else (atom.right,)
    wanted = tuple(term.name if isinstance(term, Name) else term for term in right)
    if atom.op not in ("==", "!=", "in") or any(isinstance(term, bool) for term in right):
        raise ConditionError("wrong_comparison", text=str(atom), kind="enumeration")
    for word in wanted:
        if word not in words:
            raise ConditionError("unknown_value", value=str(word), known=", ".join(words))
    chosen = tuple(str(word) for word in wanted)
    return Atom(left, atom.op, chosen if atom.op == "in" else chosen[0])


def _kind(term: Term, kinds: Kinds) -> str | tuple[str, ...]:
    if isinstance(term, bool):
        return "boolean"
    if isinstance(term, int | Visits):
        return "integer"
    name = str(term)
    if name not in kinds.facts:
        raise ConditionError("unknown_name", name=name)
    return kinds.facts[name]


def _resolved(term: Term, kinds: Kinds) -> Term:
    if not isinstance(term, Visits):
        return term
    path = kinds.step(term.path)
    if path is None:
        raise ConditionError("unknown_step", name=term.path)
    return Visits(path)
