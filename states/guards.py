"""Reads the text of a guard into a condition; knows the grammar and nothing else.

guard      = all {"or" all} ;  all = one {"and" one} ;  one = "not" one | "(" guard ")" | comparison
comparison = term [("==" | "!=" | "<" | "<=" | ">" | ">=") term | ["not"] "in" "[" values "]"]
term       = integer | "true" | "false" | name | "visits(" step ")"
"""

from __future__ import annotations

import re

from states.conditions import (
    Atom,
    Condition,
    ConditionError,
    Name,
    Node,
    Not,
    Several,
    Term,
    Visits,
)

_TOKEN = re.compile(r"(\d[\d_]*)|([A-Za-z_][\w.]*)|(==|!=|<=|>=|<|>|\(|\)|\[|\]|,)")
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_WORDS = frozenset({"and", "or", "not", "in"})
_MOST_CHARACTERS = 1_000
_DEEPEST = 20


def parse(text: str) -> Condition:
    """Read a guard; raises ConditionError("bad_condition") naming what stood in the way."""
    if len(text) > _MOST_CHARACTERS:
        raise ConditionError("bad_condition", text=f"{text[:40]}…", found="too many characters")
    reader = _Reader(text)
    root = reader.guard(0)
    if reader.word:
        raise reader.surprise()
    return Condition(root, " ".join(text.split()))


class _Reader:
    """A cursor over the tokens of one guard."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = self._tokens()
        self.at = 0

    def _tokens(self) -> list[str]:
        tokens, at, text = [], 0, self.text.rstrip()
        while at < len(text):
            if text[at].isspace():
                at += 1
                continue
            match = _TOKEN.match(text, at)
            if match is None:
                raise ConditionError("bad_condition", text=text, found=text[at])
            tokens.append(match.group())
            at = match.end()
        return tokens

    @property
    def word(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def surprise(self) -> ConditionError:
        return ConditionError("bad_condition", text=self.text, found=self.word or "the end")

    def take(self, wanted: str) -> bool:
        if self.word != wanted:
            return False
        self.at += 1
        return True

    def must(self, wanted: str) -> None:
        if not self.take(wanted):
            raise self.surprise()

    def guard(self, depth: int) -> Node:
        parts = [self.all(depth)]
        while self.take("or"):
            parts.append(self.all(depth))
        return parts[0] if len(parts) == 1 else Several("or", tuple(parts))

    def all(self, depth: int) -> Node:
        parts = [self.one(depth)]
        while self.take("and"):
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else Several("and", tuple(parts))

    def one(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise self.surprise()
        if self.take("not"):
            return Not(self.one(depth + 1))
        if self.take("("):
            inner = self.guard(depth + 1)
            self.must(")")
            return inner
        return self.comparison()

    def comparison(self) -> Node:
        left = self.term()
        if self.word in _COMPARISONS:
            op = self.words[self.at]
            self.at += 1
            return Atom(left, op, self.term())
        if self.take("not"):
            self.must("in")
            return Not(Atom(left, "in", self.values()))
        if self.take("in"):
            return Atom(left, "in", self.values())
        return Atom(left, "==", True)

    def values(self) -> tuple[Term, ...]:
        self.must("[")
        found = [self.term()]
        while self.take(","):
            found.append(self.term())
        self.must("]")
        return tuple(found)

    def term(self) -> Term:
        word = self.word
        if word[:1].isdigit():
            self.at += 1
            return int(word)
        if not (word[:1].isalpha() or word[:1] == "_") or word in _WORDS:
            raise self.surprise()
        self.at += 1
        if word in ("true", "false"):
            return word == "true"
        if word == "visits" and self.take("("):
            return self._visited()
        return Name(word)

    def _visited(self) -> Visits:
        path = self.word
        if not path[:1].isalpha():
            raise self.surprise()
        self.at += 1
        self.must(")")
        return Visits(path)
