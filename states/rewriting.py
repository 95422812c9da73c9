"""Changes values of a YAML text, and leaves every line that says nothing else byte for byte.

The text is cut at the places of the values that differ: comments, quotes and layout stay. Knows
nothing of workflows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import cast

import yaml

from states.document import Plain, nodes, parse, plain, value_of, write, write_short
from states.problems import DefinitionError

STEP = 2
WIDEST, SHORT = 84, 80
"""A new value that is longer is written over several lines."""
Pair = tuple[yaml.Node, yaml.Node]


def rewrite(text: str, wanted: Plain) -> str:
    """The text with other values. Raises DefinitionError when it is no readable YAML.

    What comes out reads as `wanted`. A layout in which no place can be cut out is written anew.
    """
    before = nodes(text)
    if before is None:
        return write(wanted)
    cutting = _Cutting(text)
    cutting.value(before, wanted, _Spot(-1, 0, flow=False))
    after = cutting.done()
    return after if after is not None and _reads_as(after, wanted) else write(wanted)


def _reads_as(text: str, wanted: Plain) -> bool:
    try:
        return _same(plain(parse(text)), wanted)
    except DefinitionError:
        return False


def _same(one: Plain, other: Plain) -> bool:
    """Equal in order and in type: 1 is not true."""
    return _key(one) == _key(other)


def _key(value: Plain) -> str:
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class _Cut:
    """A stretch of the text, and what stands there afterwards."""

    start: int
    end: int
    text: str = ""


class _Cutting:
    """One text with the cuts that have been found for it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._cuts: list[_Cut] = []
        self._break = "\r\n" if "\r\n" in text else "\n"

    def done(self) -> str | None:
        """The text after all cuts; None when two of them meet."""
        parts, at = [], 0
        for cut in sorted(self._cuts, key=lambda cut: (cut.start, cut.end)):
            if cut.start < at:
                return None
            parts += [self._text[at : cut.start], cut.text]
            at = cut.end
        return "".join([*parts, self._text[at:]])

    def value(self, node: yaml.Node, wanted: Plain, spot: _Spot) -> None:
        """Make a value read as wanted."""
        if _same(value_of(node), wanted):
            return
        if isinstance(node, yaml.MappingNode) and isinstance(wanted, Mapping):
            self._mapping(node, wanted, spot)
        elif isinstance(node, yaml.SequenceNode) and isinstance(wanted, list):
            self._sequence(node, wanted, spot)
        else:
            self._replace(node, wanted, spot)

    # collections, entry by entry

    def _mapping(self, node: yaml.MappingNode, wanted: Mapping[str, Plain], spot: _Spot) -> None:
        old: list[Pair] = node.value
        if not old or not wanted:
            self._replace(node, wanted, spot)
            return
        spans = [_Cut(key.start_mark.index, _end(value)) for key, value in old]
        entries = _Entries(spans, bool(node.flow_style), _column(node))
        names = [str(key.value) for key, _value in old]
        pairs = list(_pairs(names, list(wanted)))
        for before, at, name in pairs:
            if before is None:
                self._insert(entries, at, {name: wanted[name]})
            elif not name:
                self._delete(entries, before, _gone(pairs))
            else:
                key, value = old[before]
                if names[before] != name:
                    self._cut(key, write_short(name))
                colon = self._text.index(":", _end(key)) + 1
                self.value(value, wanted[name], _Spot(colon, entries.column, entries.flow))

    def _sequence(self, node: yaml.SequenceNode, wanted: list[Plain], spot: _Spot) -> None:
        old: list[yaml.Node] = node.value
        if not old or not wanted:
            self._replace(node, wanted, spot)
            return
        flow, column = bool(node.flow_style), _column(node)
        starts = [one.start_mark.index if flow else self._dash(one) for one in old]
        spans = [_Cut(start, _end(one)) for start, one in zip(starts, old, strict=True)]
        entries = _Entries(spans, flow, column)
        by_key = {_key(one): one for one in wanted}
        pairs = list(_pairs([_key(value_of(one)) for one in old], list(map(_key, wanted))))
        for before, at, key in pairs:
            if before is None:
                self._insert(entries, at, [by_key[key]])
            elif not key:
                self._delete(entries, before, _gone(pairs))
            else:
                self.value(old[before], by_key[key], _Spot(starts[before] + 1, column, flow))

    def _dash(self, item: yaml.Node) -> int:
        return self._text.rindex("-", 0, item.start_mark.index)

    # places

    def _cut(self, node: yaml.Node, text: str) -> None:
        self._cuts.append(_Cut(node.start_mark.index, _end(node), text))

    def _replace(self, node: yaml.Node, wanted: Plain, spot: _Spot) -> None:
        """Write another value: within braces or where it is short in one line, else as a block."""
        short = write_short(wanted)
        is_block = isinstance(node, yaml.CollectionNode) and not node.flow_style
        if spot.lead < 0:
            self._cut(node, self._lines(wanted, 0).strip())
        elif not spot.flow and _is_long(wanted, short, spot.column):
            lines = self._break + self._lines(wanted, spot.column + STEP).rstrip()
            self._cuts.append(_Cut(spot.lead, _end(node), lines))
        elif is_block or node.start_mark.index == spot.lead:
            self._cuts.append(_Cut(spot.lead, _end(node), f" {short}"))
        else:
            self._cut(node, short)

    def _insert(self, entries: _Entries, at: int, value: Plain) -> None:
        """Write an entry before the entry `at` of those that were there."""
        spans = entries.spans
        if entries.flow:
            short = write_short(value)[1:-1]
            place = spans[at - 1].end if at else spans[0].start
            self._cuts.append(_Cut(place, place, f", {short}" if at else f"{short}, "))
            return
        lines = self._lines(value, entries.column)
        if at == 0:
            place = spans[0].start
            lines = lines.strip() + self._break + " " * entries.column
        else:
            place = self._next_line(spans[at - 1].end)
            lines = lines if self._text[place - 1] == "\n" else self._break + lines.rstrip()
        self._cuts.append(_Cut(place, place, lines))

    def _delete(self, entries: _Entries, at: int, gone: frozenset[int]) -> None:
        """Cut an entry out; `gone` has all that go, so that the last ones go with one comma."""
        spans = entries.spans
        this = spans[at]
        if not entries.flow:
            start = self._text.rfind("\n", 0, this.start) + 1
            if self._text[start : this.start].strip():  # the first of an item, behind its dash
                self._cuts.append(
                    _Cut(this.start, spans[at + 1].start if at + 1 < len(spans) else this.end)
                )
            else:
                self._cuts.append(_Cut(start, self._next_line(this.end)))
        elif not gone.issuperset(range(at, len(spans))):
            self._cuts.append(_Cut(this.start, spans[at + 1].start))
        else:
            comma = self._text.index(",", spans[at - 1].end)
            start = len(self._text[: this.start].rstrip(" "))
            self._cuts += [_Cut(comma, comma + 1), _Cut(max(start, comma + 1), this.end)]

    def _next_line(self, end: int) -> int:
        if self._text[end - 1 : end] == "\n":
            return end
        found = self._text.find("\n", end)
        return len(self._text) if found < 0 else found + 1

    def _lines(self, value: Plain, column: int) -> str:
        """A value as a block whose lines begin in a column."""
        return "".join(f"{' ' * column}{line}{self._break}" for line in _block(value))


@dataclass(frozen=True)
class _Spot:
    """Where a value stands: behind its colon or dash, in a block of a column, within braces."""

    lead: int
    column: int
    flow: bool


def _is_long(value: Plain, short: str, column: int) -> bool:
    return isinstance(value, Mapping | list) and bool(value) and len(short) + column > WIDEST


def _block(value: Plain) -> list[str]:
    """The lines of a value: what holds words alone in one, the rest further in."""
    lines: list[str] = []
    if isinstance(value, Mapping):
        for name, one in value.items():
            inner = [write_short(one)] if _is_leaf(one) else ["", *_further(_block(one))]
            lines += [f"{write_short(name)}: {inner[0]}".rstrip(), *inner[1:]]
    elif isinstance(value, list):
        for one in value:
            first, *others = [write_short(one)] if _is_leaf(one) else _block(one)
            lines += [f"- {first}", *_further(others)]
    else:
        lines = [write_short(value)]
    return lines


def _is_leaf(value: Plain, depth: int = 1) -> bool:
    """Whether it is read well in one line: words, or short lists and mappings of them."""
    if isinstance(value, str | int):
        return True
    inner = list(value.values()) if isinstance(value, Mapping) else list(value)
    if all(isinstance(one, str | int) for one in inner):
        return True
    small = isinstance(value, Mapping) and len(write_short(value)) <= SHORT
    return depth > 0 and small and all(_is_leaf(one, 0) for one in inner)


def _further(lines: list[str]) -> list[str]:
    return [" " * STEP + line for line in lines]


@dataclass(frozen=True)
class _Entries:
    """The entries of a collection as they stand; those of a block begin in `column`."""

    spans: Sequence[_Cut]
    flow: bool
    column: int


def _pairs(old: list[str], new: list[str]) -> Iterator[tuple[int | None, int, str]]:
    """Old entry, its place, new entry: (None, place, new) is new there, (old, place, "") goes."""
    for _tag, first, last, start, stop in SequenceMatcher(None, old, new, False).get_opcodes():
        both = min(last - first, stop - start)
        yield from ((first + n, first + n, new[start + n]) for n in range(both))
        yield from ((n, n, "") for n in range(first + both, last))
        yield from ((None, last, new[n]) for n in range(start + both, stop))


def _gone(pairs: list[tuple[int | None, int, str]]) -> frozenset[int]:
    return frozenset(before for before, _at, name in pairs if before is not None and not name)


def _column(node: yaml.Node) -> int:
    return int(node.start_mark.column)


def _end(node: yaml.Node) -> int:
    """Where the last word of a value ends; PyYAML counts what comes before the next one to it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(cast("yaml.Node", last[1] if isinstance(node, yaml.MappingNode) else last))
    return int(node.end_mark.index)
