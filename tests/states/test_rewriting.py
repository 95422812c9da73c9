"""Values of a text change, and no line that says something else does."""

from __future__ import annotations

import copy
import difflib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from states import rewriting
from states.document import parse, plain, write
from states.problems import DefinitionError
from states.rewriting import rewrite
from tests.states.seeded import seeds

SHIPPED = {path.stem: path.read_text() for path in Path("states/library").glob("*.yaml")}
TEXTS = SHIPPED | {case.name: case.text for case in seeds("sound")[:3]}
VALUES: tuple[Any, ...] = (
    "5 working days",
    "lane in [a, b]",
    "true",
    "007",
    7,
    True,
    "",
    "# no remark",
    ["a", "b"],
    {"to": "x", "when": "a > 1"},
    {"party": "x", "within": "3 days", "actions": {"approve": {"to": "a"}, "return": "b"}},
    [{"when": "x == 1", "to": "y"}, {"to": "z"}],
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a document."""
    yield path
    if not isinstance(value, dict | list):
        return
    for key, one in value.items() if isinstance(value, dict) else enumerate(value):
        yield from places(one, (*path, key))


def changed(document: Any, path: tuple[Any, ...], how: str, value: Any) -> Any:
    """The document with one value set, taken away, put before it, or under another name."""
    found = copy.deepcopy(document)
    parent = found
    for key in path[:-1]:
        parent = parent[key]
    key = path[-1]
    if isinstance(parent, list):
        pieces = {"set": [value], "remove": [], "insert": [value, parent[key]]}
        parent[key : key + 1] = pieces.get(how, [parent[key]])
        return found
    entries = {
        "set": [(key, value)],
        "remove": [],
        "insert": [("new_one", value), (key, parent[key])],
        "rename": [("renamed", parent[key])],
    }[how]
    items = list(parent.items())
    at = list(parent).index(key)
    parent.clear()
    parent.update([*items[:at], *entries, *items[at + 1 :]])
    return found


def same(text: str, document: Any) -> bool:
    return json.dumps(plain(parse(text))) == json.dumps(document)


@pytest.fixture
def _never_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewriting, "write", lambda _: pytest.fail("the layout was lost"))


@pytest.mark.usefixtures("_never_written_anew")
@pytest.mark.parametrize("how", ["set", "remove", "insert", "rename"])
@pytest.mark.parametrize("name", TEXTS)
def test_any_value_changes_and_what_was_typed_around_it_stays(name: str, how: str) -> None:
    text = TEXTS[name]
    document = plain(parse(text))
    chosen = random.Random(f"{name} {how}")
    for path in chosen.sample(list(places(document))[1:], 4):
        wanted = changed(document, path, how, chosen.choice(VALUES))
        after = rewrite(text, wanted)
        assert same(after, wanted)
        gone = [
            line for line in difflib.ndiff(text.splitlines(), after.splitlines()) if line[0] == "-"
        ]
        inside = write({"x": value_at(document, path)}).count("\n") + 1
        assert len(gone) <= inside + 1, (path, gone)


def value_at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


@pytest.mark.parametrize("name", SHIPPED)
def test_the_same_values_leave_every_byte(name: str) -> None:
    text = SHIPPED[name]
    assert rewrite(text, plain(parse(text))) == text


@pytest.mark.usefixtures("_never_written_anew")
@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ("a: 1   # one\nb: 2\n", {"a": 3, "b": 2}, "a: 3   # one\nb: 2\n"),
        ("a: {b: 1, c: 2}  # x\n", {"a": {"c": 2}}, "a: {c: 2}  # x\n"),
        ("a: {b: 1, c: 2}\n", {"a": {"b": 1}}, "a: {b: 1}\n"),
        ("a: [b, c, d, e]  # x\n", {"a": ["b", "x"]}, "a: [b, x]  # x\n"),
        ("a: {b: 1,  # y\n    c: 2, d: 3}\n", {"a": {"b": 1}}, "a: {b: 1  # y\n}\n"),
        ("a: [b, c, d, e]\n", {"a": ["d"]}, "a: [d]\n"),
        ("a: {b: 1}\n", {"a": {"b": 1, "c": "x, y"}}, "a: {b: 1, c: 'x, y'}\n"),
        (
            "a:\n  b: 1\n# why\nc: 2",
            {"a": {"b": 1, "d": 4}, "c": 2},
            "a:\n  b: 1\n  d: 4\n# why\nc: 2",
        ),
        ("a: 1", {"a": 1, "b": 2}, "a: 1\nb: 2"),
        ("a: 1\r\nb: 2\r\n", {"a": 1, "c": 3, "b": 2}, "a: 1\r\nc: 3\r\nb: 2\r\n"),
        ("a:  # list\n- x\n- y\n", {"a": ["x", "z", "y"]}, "a:  # list\n- x\n- z\n- y\n"),
        ("a:\n  - b: 1\n    c: 2\n", {"a": [{"c": 2}]}, "a:\n  - c: 2\n"),
        ("a:\n  - b: 1\n", {"a": [{"d": 0, "b": 1}]}, "a:\n  - d: 0\n    b: 1\n"),
        ("a:\nb: 2\n", {"a": "x", "b": 2}, "a: x\nb: 2\n"),
        ("a: {}\n", {"a": {"b": "c"}}, "a: {b: c}\n"),
        ("a: 1\n", {"a": "1"}, "a: '1'\n"),
        ("a: true\n", {"a": "true"}, "a: 'true'\n"),
        ("a: yes\n", {"a": "no"}, "a: 'no'\n"),
        ("a: 1\n", {"a": "008"}, "a: '008'\n"),
    ],
)
def test_a_change_is_written_where_it_belongs(before: str, wanted: Any, after: str) -> None:
    assert rewrite(before, wanted) == after
    assert same(after, wanted)


def test_an_odd_layout_is_written_anew() -> None:
    wanted: Any = {"a": [{"c": 3}], "d": 4}
    assert rewrite("a:\n  - x: 1\n    b: 2\n    c: 3\nd: 4\n", wanted) == write(wanted)
    assert rewrite("", wanted) == write(wanted)


def test_what_cannot_be_read_is_not_written() -> None:
    with pytest.raises(DefinitionError):
        rewrite("a: [", {"a": 1})
