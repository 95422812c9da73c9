"""Lays boxes out in lanes: lanes are rows, layers by longest path, edges through the gaps.

Every edge leaves to the right and enters from the left; what spans layers or leads back runs
through the gutters between the lanes. Pure geometry: it knows nothing of workflows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

MARGIN, STEP, LEAST_GAP, LEAST_GUTTER, PAD = 12.0, 9.0, 34.0, 12.0, 16.0
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """Something to place; it spans lanes `first` to `last`; `alone` gives it a layer of its own."""

    name: str
    first: int
    last: int
    width: float
    height: float
    row: int = 0
    alone: bool = False


@dataclass(frozen=True)
class Placed:
    """Where a box stands."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Places by name, a line of points for each edge, (top, height) of each lane, and the size."""

    places: Mapping[str, Placed]
    lines: Mapping[tuple[str, str], tuple[Point, ...]]
    lanes: tuple[tuple[float, float], ...]
    width: float
    height: float


@dataclass(frozen=True)
class _Heights:
    """Middle of each row by lane, top of each gutter, (top, height) of each lane."""

    rows: dict[tuple[int, int], float]
    gutters: list[float]
    lanes: list[tuple[float, float]]


class _Slots:
    """Parallel lines in one gap: lines that overlap get different numbers, trunks share one."""

    def __init__(self) -> None:
        self.spans: dict[Hashable, tuple[float, float]] = {}
        self._numbers: dict[Hashable, int] = {}

    def take(self, trunk: Hashable, start: float, end: float) -> None:
        low, high = self.spans.get(trunk, (start, start))
        self.spans[trunk] = (min(low, start, end), max(high, start, end))

    def settle(self) -> int:
        ends: list[float] = []
        for trunk, (low, high) in sorted(self.spans.items(), key=lambda item: item[1]):
            number = next((n for n, end in enumerate(ends) if end < low), len(ends))
            ends[number:] = [high, *ends[number + 1 :]]
            self._numbers[trunk] = number
        return len(ends)

    def number(self, trunk: Hashable) -> int:
        return self._numbers[trunk]


class Drawing:
    """One layout in the making; boxes come in the order in which the process is written."""

    def __init__(
        self, boxes: Sequence[Box], edges: Sequence[tuple[str, str]], lanes: int, left: float
    ) -> None:
        self._boxes = {box.name: box for box in boxes}
        self._edges = list(dict.fromkeys(edges))
        self._lanes, self._left = lanes, left
        order = {box.name: number for number, box in enumerate(boxes)}
        self._before = {
            name: [one for one, to in self._edges if to == name and order[one] < order[name]]
            for name in order
        }
        self._layer = self._layers()
        self._row = self._rows()
        self._gaps: dict[int, _Slots] = defaultdict(_Slots)
        self._gutters: dict[int, _Slots] = defaultdict(_Slots)

    def _layers(self) -> dict[str, int]:
        """Longest path over the edges that lead forward; what meets a lone box goes behind it."""
        least = dict.fromkeys(self._boxes, 0)
        while True:
            layer = self._longest(least)
            lone = {layer[name]: name for name, box in self._boxes.items() if box.alone}
            met = [name for name in self._boxes if lone.get(layer[name], name) != name]
            if not met:
                return layer
            least[met[-1]] = layer[met[-1]] + 1

    def _longest(self, least: Mapping[str, int]) -> dict[str, int]:
        layer = dict(least)
        for name in self._boxes:
            for source in self._before[name]:
                layer[name] = max(layer[name], layer[source] + 1)
        return layer

    def _rows(self) -> dict[str, int]:
        taken: set[tuple[int, int, int]] = set()
        rows = {}
        for name, box in self._boxes.items():
            row = box.row
            while (box.first, self._layer[name], row) in taken:
                row += 1
            taken.add((box.first, self._layer[name], row))
            rows[name] = row
        return rows

    def layout(self) -> Layout:
        """Place everything."""
        routes = {edge: self._route(*edge) for edge in self._edges}
        gaps = {at: slots.settle() for at, slots in self._gaps.items()}
        gutters = {at: slots.settle() for at, slots in self._gutters.items()}
        columns, width = self._columns(gaps)
        heights = self._heights(gutters)
        places = {
            name: self._place(box, columns, heights.rows) for name, box in self._boxes.items()
        }
        lines = {
            edge: self._line(edge, gutter, places, columns, heights)
            for edge, gutter in routes.items()
        }
        return Layout(places, lines, tuple(heights.lanes), width, sum(heights.lanes[-1]))

    def _route(self, source: str, target: str) -> int | None:
        """Book the gaps of an edge; returns its gutter, or None where it needs none."""
        start, end = self._layer[source], self._layer[target]
        from_y, to_y = self._level(source, target), self._level(target, source)
        if end == start + 1 or (end > start and from_y == to_y and self._free(source, target)):
            if from_y != to_y:
                self._gaps[start].take(("from", source), from_y, to_y)
            return None
        low, high = self._boxes[source], self._boxes[target]
        if end <= start:
            gutter = max(low.first, high.first) + 1
        else:
            gutter = high.first + (1 if low.first > high.first else 0)
        self._gaps[start].take(("from", source), from_y, gutter * 100)
        self._gutters[gutter].take(("to", target), start, end - 1)
        self._gaps[end - 1].take(("to", target), gutter * 100, to_y)
        return gutter

    def _at(self, name: str, other: str) -> tuple[int, int]:
        """The lane and row where an edge meets a box; one over several lanes, beside the other."""
        box, peer = self._boxes[name], self._boxes[other]
        if not box.alone:
            return box.first, self._row[name]
        lane = min(max(peer.first, box.first), box.last)
        return lane, self._row[other] if lane == peer.first and not peer.alone else 0

    def _level(self, name: str, other: str) -> int:
        """The same as a number that grows downwards; gutters are the full hundreds."""
        lane, row = self._at(name, other)
        return lane * 100 + 10 + row

    def _free(self, source: str, target: str) -> bool:
        level = self._level(source, target)
        between = range(self._layer[source] + 1, self._layer[target])
        return not any(
            self._layer[name] in between and (box.alone or self._level(name, source) == level)
            for name, box in self._boxes.items()
        )

    def _columns(self, gaps: Mapping[int, int]) -> tuple[list[tuple[float, float]], float]:
        """(left, width) of every layer; the gap after it is as wide as its lines need."""
        x = self._left + self._gap_width(gaps.get(-1, 0)) - LEAST_GAP + PAD
        columns = []
        for layer in range(max(self._layer.values()) + 1):
            wide = max(b.width for n, b in self._boxes.items() if self._layer[n] == layer)
            columns.append((x, wide))
            x += wide + self._gap_width(gaps.get(layer, 0))
        return columns, x - LEAST_GAP + PAD

    @staticmethod
    def _gap_width(lines: int) -> float:
        return max(LEAST_GAP, 2 * MARGIN + STEP * lines)

    def _heights(self, lines: Mapping[int, int]) -> _Heights:
        found = _Heights({}, [], [])
        tall = max(box.height for box in self._boxes.values() if not box.alone)
        y = 0.0
        for lane in range(self._lanes):
            start = y
            found.gutters.append(y)
            y += LEAST_GUTTER + STEP * lines.get(lane, 0) + PAD / 2
            inside = [self._row[n] for n, b in self._boxes.items() if b.first == b.last == lane]
            for row in range(max(inside, default=0) + 1):
                found.rows[lane, row] = y + tall / 2
                y += tall + PAD
            if lane == self._lanes - 1:
                found.gutters.append(y)
                y += LEAST_GUTTER + STEP * lines.get(lane + 1, 0)
            found.lanes.append((start, y - start))
        return found

    def _place(
        self,
        box: Box,
        columns: Sequence[tuple[float, float]],
        tops: Mapping[tuple[int, int], float],
    ) -> Placed:
        left, wide = columns[self._layer[box.name]]
        x = left + (wide - box.width) / 2
        if not box.alone:
            middle = tops[box.first, self._row[box.name]]
            return Placed(x, middle - box.height / 2, box.width, box.height)
        rows = [tops[key] for key in tops if box.first <= key[0] <= box.last]
        top = min(rows) - box.height / 2
        return Placed(x, top, box.width, max(rows) + box.height / 2 - top)

    def _line(
        self,
        edge: tuple[str, str],
        gutter: int | None,
        places: Mapping[str, Placed],
        columns: Sequence[tuple[float, float]],
        heights: _Heights,
    ) -> tuple[Point, ...]:
        source, target = edge
        from_y = heights.rows[self._at(source, target)]
        to_y = heights.rows[self._at(target, source)]
        start = (places[source].x + places[source].width, from_y)
        end = (places[target].x, to_y)
        if gutter is None and from_y == to_y:
            return start, end
        leave = self._gap_x(self._layer[source], ("from", source), columns)
        if gutter is None:
            return start, (leave, from_y), (leave, to_y), end
        enter = self._gap_x(self._layer[target] - 1, ("to", target), columns)
        number = self._gutters[gutter].number(("to", target))
        y = heights.gutters[gutter] + LEAST_GUTTER + STEP * number
        return start, (leave, from_y), (leave, y), (enter, y), (enter, to_y), end

    def _gap_x(self, gap: int, trunk: Hashable, columns: Sequence[tuple[float, float]]) -> float:
        left = self._left if gap < 0 else sum(columns[gap])
        return left + MARGIN + STEP * self._gaps[gap].number(trunk)
