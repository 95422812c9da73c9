"""Draws a definition as swimlanes: an accessible SVG that only names classes.

Colours, fonts and line styles are the page's; sizes here are for text of 13 px. Words come from
`labels(kind, name)`: kinds step, party, function, action, outcome, definition, and picture (here,
way, ends, lapse, anywhere, forward, return, stop).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from textwrap import wrap

from states.definition import Definition, Step, StepKind
from states.layout import Box, Drawing, Layout, Placed, Point
from states.picture import CLOSE, Edge, Lane, Line, anywhere_to, edges_of, lanes_of
from states.trail import Trail

Labels = Callable[[str, str], str]
Links = Callable[[str], str]
NO_WAY = Trail()
LEFT, WIDTH, HEIGHT, LINE = 132.0, 150.0, 64.0, 16.0
CHARACTERS, SMALL_CHARACTERS, LANE_CHARACTERS = 17, 21, 15
FORK, BAR, LEGEND = 22.0, 9.0, 40.0


def draw(
    definition: Definition,
    *,
    marked: frozenset[str] = frozenset(),
    way: Trail = NO_WAY,
    labels: Labels,
    links: Links | None = None,
) -> str:
    """The picture as SVG; `marked` steps, by path, also carry a word for being there.

    The boxes and edges of a `way` stand out, with the numbers of its acts. With `links` each step
    leads to the address for its path.
    """
    return _Picture(definition, marked, way, labels, links).svg()


class _Picture:
    """One picture in the making."""

    def __init__(
        self,
        definition: Definition,
        marked: frozenset[str],
        way: Trail,
        labels: Labels,
        links: Links | None,
    ) -> None:
        self._definition, self._marked, self._labels = definition, marked, labels
        self._way, self._links = way, links
        self._steps = {step.path: step for step in definition.every_step()}
        self._lanes_by_step = lanes_of(definition)
        self._lanes = self._in_order()
        self._edges = edges_of(definition)
        pairs = [(edge.source, edge.target) for edge in self._edges]
        self._layout: Layout = Drawing(list(self._boxes()), pairs, len(self._lanes), LEFT).layout()

    def _in_order(self) -> tuple[Lane, ...]:
        """Lanes by first appearance, the ends last."""
        seen = dict.fromkeys(
            lanes[0] for path, lanes in self._lanes_by_step.items() if lanes and self._plain(path)
        )
        ends = [lane for lane in seen if lane.kind == "picture"]
        return (*(lane for lane in seen if lane.kind != "picture"), *ends)

    def _plain(self, path: str) -> bool:
        return self._steps[path].kind is not StepKind.PARALLEL

    def _boxes(self) -> Iterator[Box]:
        for path, step in self._steps.items():
            if "." in path:
                continue
            if step.kind is not StepKind.PARALLEL:
                yield self._box(step, 0)
                continue
            inner = [self._steps[p] for p in self._steps if p.startswith(f"{path}.")]
            lanes = [self._lanes.index(self._lanes_by_step[one.path][0]) for one in inner]
            yield Box(path, min(lanes), max(lanes), BAR, HEIGHT, alone=True)
            for row, track in enumerate(step.tracks):
                for one in step.tracks[track].steps.values():
                    yield self._box(one, self._track_row(step, row))
            yield Box(f"{path}{CLOSE}", min(lanes), max(lanes), BAR, HEIGHT, alone=True)

    def _track_row(self, step: Step, number: int) -> int:
        """Tracks whose chains begin in one lane get a row each."""
        firsts = [
            self._lanes_by_step[next(iter(track.steps.values())).path][0]
            for track in step.tracks.values()
        ]
        return firsts[:number].count(firsts[number])

    def _box(self, step: Step, row: int) -> Box:
        lane = self._lanes.index(self._lanes_by_step[step.path][0])
        size = (FORK, FORK) if step.kind is StepKind.ROUTE else (WIDTH, HEIGHT)
        return Box(step.path, lane, lane, *size, row)

    # words

    def _lane_name(self, lane: Lane) -> str:
        return self._labels(lane.kind, lane.name)

    def _name(self, path: str) -> str:
        return self._labels("step", path.removesuffix(CLOSE))

    def _description(self) -> str:
        lanes = "; ".join(self._lane_name(lane) for lane in self._lanes)
        here = ", ".join(self._name(path) for path in self._steps if path in self._marked)
        order = sorted((n, path) for path, acts in self._way.numbers.items() for n in acts)
        walked = ", ".join(f"{number} {self._name(path)}" for number, path in order)
        told = [("here", here), ("way", walked)]
        words = [f"{self._labels('picture', kind)}: {names}" for kind, names in told if names]
        return " ".join((f"{lanes}.", ". ".join(words))).strip()

    def _edge_title(self, edge: Edge) -> str:
        words = [self._labels("action", name) for name in edge.actions if name]
        if edge.line is Line.LAPSE:
            words.append(self._labels("picture", "lapse"))
        way = f"{self._name(edge.source)} → {self._name(edge.target)}"
        return f"{way}: {', '.join(words)}" if words else way

    # marks on the page

    def svg(self) -> str:
        width, height = max(self._layout.width, 640.0), self._layout.height + LEGEND
        name = f"swimlane-{self._definition.key}"
        title = escape(self._labels("definition", self._definition.key))
        parts = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="swimlane"'
            f' role="{"img" if self._links is None else "group"}"'
            f' aria-labelledby="{name}-title {name}-description" width="{width:.0f}"'
            f' height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">',
            f'<title id="{name}-title">{title}</title>',
            f'<desc id="{name}-description">{escape(self._description())}</desc>',
            *self._lane_marks(width),
            *(self._edge_mark(edge) for edge in sorted(self._edges, key=self._is_taken)),
            *(mark for path in self._layout.places for mark in self._linked(path)),
            *self._legend(),
            "</svg>",
        )
        return "".join(parts)

    def _lane_marks(self, width: float) -> Iterator[str]:
        for number, (lane, (top, height)) in enumerate(
            zip(self._lanes, self._layout.lanes, strict=True)
        ):
            kind = "lane lane-even" if number % 2 == 0 else "lane"
            yield _rect(Placed(0, top, width, height), kind, 0)
            lines = _wrapped(self._lane_name(lane), LANE_CHARACTERS, 4)
            first = top + height / 2 - (len(lines) - 1) * LINE / 2 + 4
            yield from _text(lines, 12, first, "lane-name")

    def _is_taken(self, edge: Edge) -> bool:
        return (edge.source, edge.target) in self._way.edges

    def _edge_mark(self, edge: Edge) -> str:
        points = self._layout.lines[edge.source, edge.target]
        kind = f"edge edge-{edge.line}{' on-way' if self._is_taken(edge) else ''}"
        return (
            f'<g class="{kind}"><title>{escape(self._edge_title(edge))}</title>'
            f'<path class="edge-line" d="{_path(points)}"/>{_arrow(points[-1])}</g>'
        )

    def _linked(self, path: str) -> Iterator[str]:
        """The marks of a step, as a link where it has one; a step has one link, its bars too."""
        if self._links is None or path.endswith(CLOSE):
            yield from self._box_marks(path)
            return
        yield f'<a href="{escape(self._links(path))}">'
        yield from self._box_marks(path)
        yield "</a>"

    def _box_marks(self, path: str) -> Iterator[str]:
        place, own = self._layout.places[path], path.removesuffix(CLOSE)
        step = self._steps[own]
        here = " is-here" if own in self._marked else ""
        here += " on-way" if own in self._way.numbers else ""
        yield f'<g class="step step-{step.kind}{here}"><title>{escape(self._title(step))}</title>'
        if step.kind is StepKind.ROUTE:
            yield f'<path class="box" d="{_diamond(place)}"/>'
        else:
            round_by = HEIGHT / 2 if step.kind is StepKind.FINAL else 4 if place.width == BAR else 6
            final = f" box-{step.final}" if step.final is not None else ""
            yield _rect(place, f"box{final}", round_by)
        if place.width == WIDTH:
            yield from self._words(step, place)
        elif step.kind is StepKind.PARALLEL and path == own:
            name = _wrapped(self._name(own), SMALL_CHARACTERS, 1)
            yield from _text(name, place.x + BAR, place.y - 5, "step-name bar-name")
        yield from self._here(step, place)
        if path == own:
            yield from self._numbers(step, place)
        yield "</g>"

    def _title(self, step: Step) -> str:
        words = [self._name(step.path), *(self._labels("party", hat) for hat in step.parties)]
        return ", ".join(words)

    def _words(self, step: Step, place: Placed) -> Iterator[str]:
        lines = _wrapped(self._name(step.path), CHARACTERS, 2)
        below = _wrapped(self._below(step), SMALL_CHARACTERS, 1)
        first = place.y + (HEIGHT - (len(lines) + len(below)) * LINE) / 2 + 12
        middle = place.x + place.width / 2
        yield from _text(lines, middle, first, "step-name")
        yield from _text(below, middle, first + len(lines) * LINE, "step-party")

    def _below(self, step: Step) -> str:
        """Whose step it is; at an end, what leads to it from anywhere."""
        if step.kind is StepKind.FINAL:
            names = anywhere_to(self._definition, step.path)
            actions = ", ".join(self._labels("action", name) for name in names)
            return f"{self._labels('picture', 'anywhere')}: {actions}" if names else ""
        hats = [self._labels("party", hat) for hat in step.parties]
        return f"{hats[0]} +{len(hats) - 1}" if len(hats) > 1 else "".join(hats)

    def _here(self, step: Step, place: Placed) -> Iterator[str]:
        if step.path in self._marked and step.kind is not StepKind.PARALLEL:
            word = self._labels("picture", "here")
            width = 8.0 * len(word) + 24
            tag = Placed(place.x + 8, place.y - 13, width, 18)
            yield _rect(tag, "here", 9)
            yield from _text([f"● {word}"], tag.x + width / 2, tag.y + 13.5, "here-word")

    def _numbers(self, step: Step, place: Placed) -> Iterator[str]:
        """The numbers of the acts that are done at a step."""
        numbers = self._way.numbers.get(step.path, ())
        if numbers:
            word = ", ".join(map(str, numbers))
            width = 7.5 * len(word) + 14
            tag = Placed(place.x + place.width - width + 6, place.y - 13, width, 18)
            yield _rect(tag, "way-number", 9)
            yield from _text([word], tag.x + width / 2, tag.y + 13.5, "way-word")

    def _legend(self) -> Iterator[str]:
        x, y = 12.0, self._layout.height + 24
        for line in Line:
            if not any(edge.line is line for edge in self._edges):
                continue
            word = self._labels("picture", line)
            end = (x + 34, y - 4)
            yield f'<g class="edge edge-{line}">'
            yield f'<path class="edge-line" d="{_path(((x, y - 4), end))}"/>{_arrow(end)}</g>'
            yield from _text([word], x + 42, y, "legend")
            x += 42 + 7.5 * len(word) + 28


def _wrapped(text: str, characters: int, most: int) -> list[str]:
    return wrap(text, characters, max_lines=most, placeholder="…") if text else []


def _text(lines: list[str], x: float, y: float, kind: str) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f'<text class="{kind}" x="{x:.1f}" y="{y + number * LINE:.1f}">{escape(line)}</text>'


def _rect(place: Placed, kind: str, round_by: float) -> str:
    return (
        f'<rect class="{kind}" x="{place.x:.1f}" y="{place.y:.1f}" width="{place.width:.1f}"'
        f' height="{place.height:.1f}" rx="{round_by:.0f}"/>'
    )


def _diamond(place: Placed) -> str:
    half = place.width / 2
    return f"M{place.x:.1f} {place.y + half:.1f}l{half} -{half}l{half} {half}l-{half} {half}z"


def _path(points: tuple[Point, ...]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _arrow(end: Point) -> str:
    return f'<path class="edge-head" d="M{end[0]:.1f} {end[1]:.1f}l-8 -4v8z"/>'
