"""Strict YAML: a tree of mappings, lists, strings, whole numbers and true/false, with lines.

Stock YAML reads `no`, `on` and `12:30` as False, True and 750; here they are the strings that an
official sees. Anchors, aliases, tags and duplicate keys are refused. Knows nothing of workflows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import yaml

from states.problems import DefinitionError, Problem

MOST_BYTES = 200_000
MOST_LEVELS = 20
_REMEMBERED = 16
_INTEGER = re.compile(r"\d[\d_]{0,19}")
_BARE_IN = re.compile(r"\{.*\bin\s*\[")

Plain = str | int | bool | Sequence["Plain"] | Mapping[str, "Plain"]


@dataclass(frozen=True)
class Tree:
    """A value of the document and the line where it (or its key) stands, counted from 1."""

    value: str | int | bool | list[Tree] | dict[str, Tree]
    line: int


def parse(text: str) -> Tree:
    """Read YAML; raises DefinitionError with everything that is not allowed in it."""
    return _read(text)[0]


def nodes(text: str) -> yaml.Node | None:
    """The same as nodes of PyYAML, with their places in the text; None for an empty text.

    Raises DefinitionError where `parse` does.
    """
    return _read(text)[1]


def value_of(node: yaml.Node) -> Plain:
    """What a node says."""
    return plain(_tree(node, []))


@lru_cache(maxsize=_REMEMBERED)
def _read(text: str) -> tuple[Tree, yaml.Node | None]:
    """Remembered for the forms, which read a text several times; nobody changes what was read."""
    if len(text.encode()) > MOST_BYTES:
        raise DefinitionError((Problem(None, None, "too_large", {"most": MOST_BYTES}),))
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        raise DefinitionError((*loader.problems, _syntax(error, text))) from None
    finally:
        loader.dispose()
    tree = Tree({}, 1) if node is None else _tree(node, loader.problems)
    if loader.problems:
        raise DefinitionError(tuple(loader.problems))
    return tree, node


def plain(tree: Tree) -> Plain:
    """The same values without lines."""
    if isinstance(tree.value, dict):
        return {key: plain(child) for key, child in tree.value.items()}
    if isinstance(tree.value, list):
        return [plain(child) for child in tree.value]
    return tree.value


def content_hash(tree: Tree) -> str:
    """SHA-256 over the content in document order; comments and layout do not count."""
    canonical = json.dumps(plain(tree), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def write(document: Plain) -> str:
    """YAML text that reads back as the same values in the same order."""
    return _dump(document, flow=False, width=100)


def write_short(value: Plain) -> str:
    """A value in one line, as it may stand within braces."""
    return _dump([value], flow=True, width=MOST_BYTES)[1:-2]


def _dump(document: Plain, *, flow: bool, width: int) -> str:
    text = yaml.dump(
        document,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=flow,
        width=width,
    )
    return str(text)


class _Dumper(yaml.SafeDumper):
    """Writes a value that is used twice out twice."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


_Dumper.add_implicit_resolver(  # what reads as a number here is quoted where it is a word
    "tag:yaml.org,2002:int", re.compile(rf"(?:{_INTEGER.pattern})$"), list("0123456789")
)


class _Loader(yaml.SafeLoader):
    """Composes nodes only, and notes what the language does not allow."""

    def __init__(self, text: str) -> None:
        self.problems: list[Problem] = []
        self.level = 0
        try:
            super().__init__(text)
        except yaml.YAMLError as error:
            raise DefinitionError((_syntax(error, text),)) from None

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        line = _line(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            self.get_event()  # type: ignore[no-untyped-call]
            self._note(line, "alias", name=event.anchor)
            return yaml.ScalarNode("", "")
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self._note(line, "anchor", name=anchor)
            event.anchor = None  # type: ignore[attr-defined]
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._note(line, "tag", name=tag)
        self.level += 1
        if self.level > MOST_LEVELS:
            self._note(line, "too_deep", most=MOST_LEVELS)
            raise DefinitionError(tuple(self.problems))
        node = super().compose_node(parent, index)
        self.level -= 1
        return node

    def _note(self, line: int, code: str, **values: object) -> None:
        self.problems.append(Problem(line, None, code, values))


def _line(mark: object) -> int:
    return int(getattr(mark, "line", 0)) + 1


def _tree(node: yaml.Node, problems: list[Problem]) -> Tree:
    line = _line(node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        return Tree([_tree(child, problems) for child in node.value], line)
    if isinstance(node, yaml.MappingNode):
        return Tree(_mapping(node, problems), line)
    text = str(node.value)
    if getattr(node, "style", None) is None:
        if text in ("true", "false"):
            return Tree(text == "true", line)
        if _INTEGER.fullmatch(text):
            return Tree(int(text), line)
    return Tree(text, line)


def _mapping(node: yaml.MappingNode, problems: list[Problem]) -> dict[str, Tree]:
    found: dict[str, Tree] = {}
    for key_node, value_node in node.value:
        line = _line(key_node.start_mark)
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem(line, None, "bad_name", {"name": "[…]"}))
            continue
        key = str(key_node.value)
        if key in found:
            problems.append(Problem(line, None, "duplicate_key", {"key": key}))
        found[key] = replace(_tree(value_node, problems), line=line)
    return found


def _syntax(error: yaml.YAMLError, text: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position) + 1
        message = getattr(error, "reason", str(error))
        return Problem(line, None, "bad_yaml", {"message": message})
    line = mark.line + 1
    lines = text.splitlines()
    if line <= len(lines) and _BARE_IN.search(lines[line - 1][: mark.column + 1]):
        return Problem(line, None, "quote_guard")
    return Problem(line, None, "bad_yaml", {"message": getattr(error, "problem", str(error))})
