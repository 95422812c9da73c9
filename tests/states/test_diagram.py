"""The picture of a definition: complete, readable without colour, and safe to put on a page."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from states.definition import Definition, StepKind
from states.diagram import draw
from states.layout import Box, Drawing, Placed
from states.library import names, text
from states.picture import edges_of, lanes_of, rows_of
from states.reading import read
from tests.states.seeded import document, seeds

SVG = "{http://www.w3.org/2000/svg}"
SHARED = Path(__file__).parents[2].parent / "shared" / "definitions"
STYLES = Path(__file__).parents[2] / "blueprints" / "static" / "css" / "swimlane.css"
GEOMETRY = {"x", "y", "width", "height", "rx", "d", "viewBox"}
DRAWN = [
    *((name, text(name)) for name in names()),
    *((case.name, case.text) for case in (*seeds("sound"), *seeds("broken"))),
]


def label(kind: str, name: str) -> str:
    return name.split(".")[-1].replace("_", " ")


def parsed(definition: Definition, **options: object) -> ET.Element:
    return ET.fromstring(draw(definition, labels=label, **options))  # type: ignore[arg-type]


def words(picture: ET.Element) -> list[str]:
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


def placed(element: ET.Element) -> Placed:
    return Placed(*(float(element.get(name, "0")) for name in ("x", "y", "width", "height")))


def boxes(picture: ET.Element) -> list[Placed]:
    found = (e for e in picture.iter(f"{SVG}rect") if e.get("class", "").startswith("box"))
    return [place for place in map(placed, found) if place.width > 20]


def segments(picture: ET.Element) -> list[tuple[float, float, float, float]]:
    found = []
    for group in picture.iter(f"{SVG}g"):
        if group.find(f"{SVG}title") is None:
            continue
        for path in group.findall(f"{SVG}path"):
            if path.get("class") == "edge-line":
                numbers = [float(n) for n in re.findall(r"-?[\d.]+", path.get("d", ""))]
                points = list(zip(numbers[::2], numbers[1::2], strict=True))
                found += [(*one, *other) for one, other in pairwise(points)]
    return found


def apart(one: Placed, other: Placed) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return beside or one.y + one.height <= other.y or other.y + other.height <= one.y


def crosses(line: tuple[float, float, float, float], box: Placed) -> bool:
    x, y, to_x, to_y = line
    inside = Placed(box.x + 1, box.y + 1, box.width - 2, box.height - 2)
    span = Placed(min(x, to_x), min(y, to_y), abs(to_x - x), abs(to_y - y))
    return not apart(inside, span)


@pytest.mark.parametrize(("name", "source"), DRAWN)
def test_boxes_lie_apart_and_no_line_runs_through_one(name: str, source: str) -> None:
    picture = parsed(read(source))
    places = boxes(picture)
    assert all(apart(one, other) for one, other in combinations(places, 2))
    assert not [(line, box) for line in segments(picture) for box in places if crosses(line, box)]


@pytest.mark.parametrize(("name", "source"), DRAWN)
def test_the_picture_says_what_it_is_and_carries_no_style_or_script(name: str, source: str) -> None:
    picture = parsed(read(source))
    title, description = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text
    assert description.text
    assert picture.get("role") == "img"
    assert picture.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    for element in list(picture.iter())[3:]:
        assert set(element.attrib) <= GEOMETRY | {"class"}
        assert element.tag.removeprefix(SVG) in {"g", "path", "rect", "text", "title"}


@pytest.mark.parametrize(("name", "source"), DRAWN)
def test_everything_stays_inside_the_picture(name: str, source: str) -> None:
    picture = parsed(read(source))
    width, height = float(picture.get("width", "0")), float(picture.get("height", "0"))
    for place in map(placed, picture.iter(f"{SVG}rect")):
        assert place.x >= 0
        assert place.y >= 0
        assert place.x + place.width <= width
        assert place.y + place.height <= height
    for x, y, to_x, to_y in segments(picture):
        assert 0 <= min(x, to_x) <= max(x, to_x) <= width
        assert 0 <= min(y, to_y) <= max(y, to_y) <= height


@pytest.mark.parametrize(("name", "source"), DRAWN)
def test_the_table_holds_all_that_the_picture_shows(name: str, source: str) -> None:
    definition = read(source)
    rows = {row.path: row for row in rows_of(definition)}
    assert list(rows) == [step.path for step in definition.every_step()]
    for edge in edges_of(definition):
        start, end = edge.source.removesuffix("="), edge.target.removesuffix("=")
        row = rows[start]
        told = {*(to for way in row.ways for to in way.to), *row.lapse}
        verdicts = [word for way in row.ways for word in way.verdicts]
        opens = end.startswith(f"{start}.")
        assert end in told or opens or (edge.target.endswith("=") and (verdicts or row.lapse))


@pytest.mark.data
@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the real definitions do not lie beside the project"
)
def test_the_real_definitions_are_drawn_without_crossing_boxes() -> None:
    for path in sorted(SHARED.glob("*.yaml")):
        picture = parsed(read(path.read_text(encoding="utf-8")))
        lines, places = segments(picture), boxes(picture)
        assert not [line for line in lines for box in places if crosses(line, box)], path.name


def test_the_steps_where_a_case_is_are_marked_by_a_word_and_not_only_by_colour() -> None:
    definition = read(text("program-proposal"))
    here = frozenset({"review", "review.ict.studying", "review.planning.deciding"})
    picture = parsed(definition, marked=here)
    assert words(picture).count("● here") == 2
    assert "● here" not in words(parsed(definition))
    description = picture.find(f"{SVG}desc")
    assert description is not None
    assert (description.text or "").endswith("here: review, deciding, studying")
    marked = [g for g in picture.iter(f"{SVG}g") if "is-here" in g.get("class", "")]
    assert len(marked) == 4
    assert [row.path for row in rows_of(definition, here) if row.marked] == sorted(
        here, key=[step.path for step in definition.every_step()].index
    )


def test_lanes_are_agencies_and_tracks_lie_in_the_lanes_of_theirs() -> None:
    definition = read(text("program-proposal"))
    lanes = {path: [lane.name for lane in found] for path, found in lanes_of(definition).items()}
    assert lanes["drafting"] == ["owner"]
    assert lanes["review.planning.deciding"] == ["planning"]
    assert lanes["review.ict.studying"] == ["ict"]
    assert lanes["review"] == ["planning", "owner", "ict"]
    assert lanes["meeting"] == ["planning", "ict", "owner"]
    assert lanes["approved"] == ["ends"]


def test_an_external_body_has_a_lane_under_its_own_name() -> None:
    source = document(
        "drafting: {party: drafter, actions: {submit: asking}}\n"
        "asking: {party: ministry, actions: {approve: approved, reject: rejected}}\n",
        parties="ministry: {external: Komdigi, via: clerk}",
    )
    definition = read(source)

    def called(kind: str, name: str) -> str:
        own = definition.wording.find(kind, name)
        return own.spoken("id") if own is not None else label(kind, name)

    picture = ET.fromstring(draw(definition, labels=called))
    assert "Komdigi" in words(picture)


def test_two_tracks_of_one_agency_get_a_row_each() -> None:
    source = document(
        "drafting: {party: drafter, actions: {submit: review}}\n"
        "review:\n"
        "  tracks:\n"
        "    one: {steps: {first: {party: planner, verdicts: [approve, reject]}}}\n"
        "    two: {steps: {second: {party: planner, verdicts: [approve, reject]}}}\n"
        "  tally: [{outcome: lost, when: reject > 0, to: rejected}, {outcome: won, to: approved}]\n"
    )
    picture = parsed(read(source))
    found = {e.text: float(e.get("y", "0")) for e in picture.iter(f"{SVG}text")}
    assert found["second"] - found["first"] > 40


def test_lines_that_mean_different_things_have_different_classes_and_a_legend() -> None:
    picture = parsed(read(text("program-proposal")))
    classes = {g.get("class") for g in picture.iter(f"{SVG}g")}
    for line in ("forward", "return", "stop", "lapse"):
        assert f"edge edge-{line}" in classes
        assert line in words(picture)
    dashes = re.findall(r"edge-(\w+) \.edge-line \{[^}]*dasharray", STYLES.read_text("utf-8"))
    assert sorted(dashes) == ["lapse", "return", "stop"]


def test_what_can_be_done_anywhere_is_told_at_its_end() -> None:
    found = words(parsed(read(text("program-proposal"))))
    assert "anywhere: cancel" in found


def test_text_is_never_smaller_than_twelve_pixels() -> None:
    styles = STYLES.read_text("utf-8")
    sizes = [float(size) for size in re.findall(r"font-size:\s*([\d.]+)px", styles)]
    assert min(sizes) >= 12
    picture = parsed(read(text("program-proposal")))
    assert picture.get("viewBox") == f"0 0 {picture.get('width')} {picture.get('height')}"


def test_words_are_escaped_and_cut_to_their_box() -> None:
    definition = read(text("program-proposal"))

    def hostile(kind: str, name: str) -> str:
        return f"<script>alert('{name}')</script> & an uncommonly long name of a step"

    picture = draw(definition, labels=hostile, marked=frozenset({"meeting"}))
    assert "<script" not in picture
    assert "&lt;script" in picture
    shown = [word for word in words(ET.fromstring(picture)) if word.endswith("…")]
    assert shown
    assert max(map(len, shown)) <= 21


def test_the_same_definition_gives_the_same_picture() -> None:
    source = text("program-proposal-sequential")
    assert draw(read(source), labels=label) == draw(read(source), labels=label)


def test_every_kind_of_step_is_drawn() -> None:
    definition = read(text("program-proposal"))
    classes = {g.get("class") for g in parsed(definition).iter(f"{SVG}g")}
    for kind in StepKind:
        assert f"step step-{kind}" in classes


def test_an_edge_over_several_layers_runs_straight_where_the_way_is_free() -> None:
    drawing = Drawing(
        [Box("a", 0, 0, 10, 10), Box("b", 1, 1, 10, 10), Box("c", 0, 0, 10, 10)],
        [("a", "b"), ("b", "c"), ("a", "c")],
        2,
        0,
    )
    layout = drawing.layout()
    assert len(layout.lines["a", "c"]) == 2
    assert len(layout.lines["a", "b"]) == 4


def test_each_step_leads_once_to_its_address_and_the_picture_stays_one_group() -> None:
    definition = read(text("program-proposal"))
    svg = draw(
        definition, labels=lambda _kind, name: name, links=lambda path: f"/to?a=b&step={path}"
    )
    for step in definition.every_step():
        assert svg.count(f'<a href="/to?a=b&amp;step={step.path}">') == 1
    assert 'role="group"' in svg
    assert "<a " not in draw(definition, labels=lambda _kind, name: name)
