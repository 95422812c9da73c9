"""The way to a finding on the picture: the acts in order, and only edges that they take."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from states.definition import Definition
from states.diagram import draw
from states.findings import Finding
from states.picture import edges_of
from states.reading import read
from states.soundness import check
from states.trail import trail
from tests.states.seeded import Seeded, document, seeds

SVG = "{http://www.w3.org/2000/svg}"
SHOWN = [case for case in seeds("broken") if case.path]


def found(case: Seeded) -> tuple[Definition, Finding]:
    definition = read(case.text)
    finding = next(
        f for f in check(definition).findings if (f.code, f.step) == (case.code, case.step)
    )
    return definition, finding


def named(name: str) -> Seeded:
    return next(case for case in SHOWN if case.name == name)


@pytest.mark.parametrize("case", SHOWN, ids=lambda case: case.name.replace(" ", "-"))
def test_every_way_is_drawn_with_its_acts_in_order(case: Seeded) -> None:
    definition, finding = found(case)
    way = trail(definition, finding.acts)
    numbered = sorted((number, path) for path, acts in way.numbers.items() for number in acts)
    assert [path for _, path in numbered] == [act.path for act in finding.acts]
    assert way.edges <= {(edge.source, edge.target) for edge in edges_of(definition)}
    picture = ET.fromstring(draw(definition, way=way, labels=lambda _, name: name))
    tags = [e.text for e in picture.iter(f"{SVG}text") if e.get("class") == "way-word"]
    told = sorted(int(number) for tag in tags for number in (tag or "").split(", "))
    assert told == list(range(1, len(finding.acts) + 1))
    drawn = [g for g in picture.iter(f"{SVG}g") if "edge" in g.get("class", "").split()]
    assert sum("on-way" in g.get("class", "") for g in drawn) == len(way.edges)


@pytest.mark.parametrize(
    ("name", "edges"),
    [
        (
            "a trap of two steps on one way only",
            {("drafting", "deciding"), ("deciding", "waiting")},
        ),
        (
            "a trap on one way of a track",
            {
                ("drafting", "review"),
                ("review", "review.planning.deciding"),
                ("review", "review.ict.deciding"),
                ("review.ict.deciding", "review.ict.asking"),
            },
        ),
        (
            "a deadline that ends a track with an approval",
            {
                ("drafting", "review"),
                ("review", "review.planning.deciding"),
                ("review", "review.ict.deciding"),
                ("review.ict.deciding", "review="),
            },
        ),
        (
            "somebody who goes on before the tracks have spoken",
            {
                ("drafting", "review"),
                ("review", "review.planning.deciding"),
                ("review", "review.ict.deciding"),
                ("review=", "deciding"),
            },
        ),
    ],
)
def test_a_way_takes_the_edges_of_its_acts(name: str, edges: set[tuple[str, str]]) -> None:
    definition, finding = found(named(name))
    assert trail(definition, finding.acts).edges == edges


def test_a_way_goes_through_forks_and_over_joins() -> None:
    steps = """
drafting: {party: drafter, edits: all, actions: {submit: review}}
review:
  tracks:
    planning: {steps: {deciding: {party: planner, verdicts: [approve, return]}}}
  tally: [{outcome: returned, when: return >= 1, to: sorting}, {outcome: passed, to: approved}]
sorting: {route: [{when: a, to: drafting}, {to: trap}]}
trap: {party: head, actions: {note: {}}}
"""
    definition = read(document(steps))
    finding = next(f for f in check(definition).findings if f.code == "dead_end")
    assert finding.path == ("drafting.start", "drafting.submit", "review.planning.deciding.return")
    assert trail(definition, finding.acts).edges == {
        ("drafting", "review"),
        ("review", "review.planning.deciding"),
        ("review.planning.deciding", "review="),
        ("review=", "sorting"),
        ("sorting", "trap"),
    }


def test_the_way_is_told_to_those_who_do_not_see_it() -> None:
    definition, finding = found(named("a step that only begins again"))
    way = trail(definition, finding.acts)
    picture = ET.fromstring(draw(definition, way=way, labels=lambda _, name: name))
    description = picture.find(f"{SVG}desc")
    assert description is not None
    assert (description.text or "").endswith("way: 1 drafting, 2 drafting, 3 deciding")
