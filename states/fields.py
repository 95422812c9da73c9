"""Takes typed values out of one mapping of the document, noting everything that does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from states.document import Tree
from states.problems import Problem

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_RESERVED = frozenset({"and", "or", "not", "in", "true", "false", "visits"})
Word = TypeVar("Word", bound=str)


class Notes:
    """Collects problems, so that an author sees all of them at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, line: int | None, step: str | None, code: str, /, **values: object) -> None:
        """Note one problem."""
        self.problems.append(Problem(line, step, code, values))

    def name(self, name: str, line: int, step: str | None) -> None:
        """Note a name that cannot be one."""
        if _NAME.fullmatch(name) is None:
            self.add(line, step, "bad_name", name=name)
        elif name in _RESERVED:
            self.add(line, step, "reserved_name", name=name)


class Fields:
    """One mapping: each key is taken once, and `done` notes what nobody took."""

    def __init__(self, tree: Tree, notes: Notes, step: str | None, key: str) -> None:
        self.notes = notes
        self.step = step
        self.line = tree.line
        self._taken: dict[str, None] = {}
        self._children: dict[str, Tree] = {}
        if isinstance(tree.value, dict):
            self._children = tree.value
        else:
            self._wrong(tree.line, key, "a mapping")

    def __contains__(self, key: str) -> bool:
        return key in self._children

    def _wrong(self, line: int, key: str, expected: str) -> None:
        self.notes.add(line, self.step, "wrong_type", key=key, expected=expected)

    def tree(self, key: str, *, required: bool = False) -> Tree | None:
        """The value as it stands."""
        self._taken[key] = None
        found = self._children.get(key)
        if found is None and required:
            self.notes.add(self.line, self.step, "missing_key", key=key)
        return found

    def text(self, key: str, *, required: bool = False) -> str | None:
        """A string that is not empty."""
        found = self.tree(key, required=required)
        if found is None:
            return None
        if isinstance(found.value, str) and found.value.strip():
            return found.value
        self._wrong(found.line, key, "a word")
        return None

    def name(self, key: str, *, required: bool = False) -> str | None:
        """A string that is a name."""
        found = self.text(key, required=required)
        if found is not None:
            self.notes.name(found, self._children[key].line, self.step)
        return found

    def number(self, key: str) -> int | None:
        """A whole number from 1."""
        found = self.tree(key)
        if found is None:
            return None
        if type(found.value) is int and found.value > 0:
            return found.value
        self._wrong(found.line, key, "a whole number from 1")
        return None

    def flag(self, key: str) -> bool:
        """True or false; absent is false."""
        found = self.tree(key)
        if found is None:
            return False
        if not isinstance(found.value, bool):
            self._wrong(found.line, key, "true or false")
        return found.value is True

    def words(self, key: str) -> tuple[str, ...]:
        """One word, or a list of words."""
        found = self.tree(key)
        if found is None:
            return ()
        trees = found.value if isinstance(found.value, list) else [found]
        words = tuple(tree.value for tree in trees if isinstance(tree.value, str) and tree.value)
        if len(words) < len(trees):
            self._wrong(found.line, key, "a word or a list of words")
        return words

    def listed(self, key: str, *, required: bool = False) -> list[Tree]:
        """A list."""
        found = self.tree(key, required=required)
        if found is None:
            return []
        if isinstance(found.value, list):
            if required and not found.value:
                self.refuse(key, "empty", key=key)
            return found.value
        self._wrong(found.line, key, "a list")
        return []

    def mapping(self, key: str, *, required: bool = False) -> dict[str, Tree]:
        """A mapping whose keys are names."""
        found = self.tree(key, required=required)
        if found is None:
            return {}
        if not isinstance(found.value, dict):
            self._wrong(found.line, key, "a mapping")
            return {}
        if required and not found.value:
            self.refuse(key, "empty", key=key)
        for name, child in found.value.items():
            self.notes.name(name, child.line, self.step)
        return found.value

    def one_of(self, key: str, known: Iterable[Word], *, required: bool = False) -> Word | None:
        """One of the known words."""
        found = self.text(key, required=required)
        words = {str(word): word for word in known}
        if found is not None and found not in words:
            self.refuse(key, "not_one_of", value=found, known=", ".join(words))
        return words.get(found) if found is not None else None

    def refuse(self, key: str, code: str, /, **values: object) -> None:
        """Note a problem with the value of a key."""
        self.notes.add(self.line_of(key), self.step, code, **values)

    def line_of(self, key: str) -> int:
        """The line of a key, or of the whole mapping where the key is absent."""
        return self._children[key].line if key in self._children else self.line

    def done(self) -> None:
        """Note the keys that nobody asked for."""
        for key, child in self._children.items():
            if key not in self._taken:
                known = ", ".join(self._taken)
                self.notes.add(child.line, self.step, "unknown_key", key=key, known=known)
