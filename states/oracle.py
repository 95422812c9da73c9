"""Answers comparisons in every way that is possible, so that one act shows all that it may do.

Where a machine asks a fact, the oracle first says yes, notes that no was possible as well, and is
run again. "Possible" is decided over representative values of the facts in the comparisons already
answered in this run. It knows conditions and nothing of machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TypeVar

from states.conditions import Atom, Name, Oracle, Term, Value, Visits
from states.refusals import Refusal

Kind = str | tuple[str, ...]
Answered = tuple[tuple[Atom, bool], ...]
Result = TypeVar("Result")


@dataclass(eq=False)
class _Known:
    """What is known of the facts in one run; the answers that may follow are remembered."""

    answered: Answered
    witness: Mapping[str, Value]
    after: dict[Atom, tuple[_Known | None, _Known | None]] = field(default_factory=dict)


class ForkingOracle(Oracle):
    """Forks on each comparison; `runs` yields every result with facts that lead to it.

    What is `given` of the facts is never asked; the others may be either.
    """

    def __init__(self, kinds: Mapping[str, Kind], given: Mapping[str, Value] | None = None) -> None:
        self._kinds = kinds
        known = dict(given or {})
        answered = tuple((Atom(Name(name), "==", value), True) for name, value in known.items())
        self._root = _Known(answered, known)
        self._known = self._root
        self._script: tuple[bool, ...] = ()
        self._answers: list[bool] = []
        self._forks: list[int] = []

    def answer(self, atom: Atom, visits: Mapping[str, int]) -> bool:
        """Say yes or no as the present run wants it, and note where the other was possible."""
        asked = _without_visits(atom, visits)
        if asked not in self._known.after:
            self._known.after[asked] = (self._learn(asked, True), self._learn(asked, False))
        yes, no = self._known.after[asked]
        at = len(self._answers)
        if at < len(self._script):
            said = self._script[at]
        else:
            said = yes is not None
            if yes is not None and no is not None:
                self._forks.append(at)
        chosen = yes if said else no
        assert chosen is not None, "a run repeats only answers that were possible"
        self._known = chosen
        self._answers.append(said)
        return said

    def runs(
        self, run: Callable[[], Result]
    ) -> Iterator[tuple[Result | Refusal, dict[str, Value]]]:
        """Call `run` once for each way in which its questions can be answered."""
        pending: list[tuple[bool, ...]] = [()]
        while pending:
            self._begin(pending.pop())
            result: Result | Refusal
            try:
                result = run()
            except Refusal as refusal:
                result = refusal
            answers = tuple(self._answers)
            pending.extend((*answers[:at], not answers[at]) for at in self._forks)
            yield result, dict(self._known.witness)

    def _begin(self, script: tuple[bool, ...]) -> None:
        self._known, self._script = self._root, script
        self._answers, self._forks = [], []

    def _learn(self, atom: Atom, said: bool) -> _Known | None:
        answered = (*self._known.answered, (atom, said))
        names = _connected(atom.names(), answered)
        concerned = tuple((a, s) for a, s in answered if a.names() <= names)
        ordered = sorted(names)
        for values in product(*(_domain(self._kinds[name], concerned) for name in ordered)):
            trial = dict(zip(ordered, values, strict=True))
            if all(a.holds(trial, {}) is s for a, s in concerned):
                return _Known(answered, {**self._known.witness, **trial})
        return None


def _without_visits(atom: Atom, visits: Mapping[str, int]) -> Atom:
    if not atom.visited():
        return atom

    def known(term: Term) -> Term:
        return visits.get(term.path, 0) if isinstance(term, Visits) else term

    right = atom.right if isinstance(atom.right, tuple) else known(atom.right)
    return replace(atom, left=known(atom.left), right=right)


def _connected(names: frozenset[str], answered: Answered) -> frozenset[str]:
    """All facts whose values bear on these, through comparisons of one fact with another."""
    while True:
        more = names.union(*(a.names() for a, _ in answered if a.names() & names))
        if more == names:
            return names
        names = more


def _domain(kind: Kind, answered: Answered) -> tuple[Value, ...]:
    """Values of which one stands for each way in which the comparisons can turn out."""
    if isinstance(kind, tuple):
        return kind
    if kind == "boolean":
        return (False, True)
    room = 1 + sum(len(atom.names()) > 1 for atom, _ in answered)
    numbers = {0, *(c for atom, _ in answered for c in _constants(atom))}
    near = {n + by for n in numbers for by in range(-room, room + 1)}
    return tuple(sorted(n for n in near if n >= 0))


def _constants(atom: Atom) -> Iterator[int]:
    right = atom.right if isinstance(atom.right, tuple) else (atom.right,)
    for term in (atom.left, *right):
        if isinstance(term, int) and not isinstance(term, bool | Name):
            yield term
