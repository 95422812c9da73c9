"""A guard in lines and brackets says what it said; what nests deeper is left as a text."""

from __future__ import annotations

from itertools import product

import pytest

from states import guards
from states.guard_lines import Bracket, Guard, Kind, Line, split


@pytest.mark.parametrize(
    ("guard", "written"),
    [
        ("", ""),
        ("a", "a"),
        ("not a", "not a"),
        ("a and not b and total > 1_000", "a and not b and total > 1_000"),
        ("a and (b or c)", "a and (b or c)"),
        ("a and b or c", "(a and b) or c"),
        ("a or b and visits(x.y.z) >= 2", "a or (b and visits(x.y.z) >= 2)"),
        ("not (a or b) and c", "not (a or b) and c"),
        ("not (a and lane in [x, y])", "not (a and lane in [x, y])"),
        ("(a or b)", "a or b"),
        ("not not a", None),
        ("a and (b or (c and d))", None),
        ("a and (", None),
    ],
)
def test_a_guard_is_split_and_written(guard: str, written: str | None) -> None:
    found = split(guard)
    assert (None if found is None else str(found)) == written


def test_a_bracket_that_is_left_with_one_line_needs_none() -> None:
    for kind, expected in zip(Kind, ("a", "a", "not a", "not a"), strict=True):
        assert str(Guard("and", (Bracket(kind, (Line("a"),)), Line("b")))) == f"{expected} and b"
    assert str(Guard("and", (Bracket(Kind.NONE, (Line("not a"),)),))) == "a"


@pytest.mark.parametrize("join", ["and", "or"])
@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_written_holds_when_the_form_says_so(join: str, kind: Kind) -> None:
    bracket = Bracket(kind, (Line("b"), Line("not c")))
    written = guards.parse(str(Guard(join, (Line("a"), bracket))))
    for a, b, c in product((True, False), repeat=3):
        inside = (b, not c)
        held = {
            Kind.ANY: any(inside),
            Kind.ALL: all(inside),
            Kind.NONE: not any(inside),
            Kind.NOT_ALL: not all(inside),
        }[kind]
        expected = (a and held) if join == "and" else (a or held)
        assert written.holds({"a": a, "b": b, "c": c}, {}) is expected
    assert split(str(Guard(join, (Line("a"), bracket)))) == Guard(join, (Line("a"), bracket))
