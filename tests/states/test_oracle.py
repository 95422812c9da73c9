"""The oracle answers in every way that facts can make true, and in no other."""

from __future__ import annotations

import pytest

from states.conditions import Value
from states.guards import parse
from states.oracle import ForkingOracle

KINDS = {
    "a": "boolean",
    "b": "boolean",
    "cost": "integer",
    "limit": "integer",
    "lane": ("light", "standard", "strategic"),
}


def ways(
    *guards: str, visits: dict[str, int] | None = None
) -> dict[tuple[bool, ...], dict[str, Value]]:
    """Every combination of answers to some guards, with facts that give it."""
    oracle = ForkingOracle(KINDS)
    conditions = [parse(guard) for guard in guards]
    found: dict[tuple[bool, ...], dict[str, Value]] = {}
    for answers, facts in oracle.runs(
        lambda: tuple(condition.holds(oracle, visits or {}) for condition in conditions)
    ):
        assert isinstance(answers, tuple)
        found.setdefault(answers, facts)
    return found


@pytest.mark.parametrize(
    ("guards", "possible"),
    [
        (["a"], {(True,), (False,)}),
        (["a", "not a"], {(True, False), (False, True)}),
        (["a and not a"], {(False,)}),
        (["a or not a"], {(True,)}),
        (["cost > 10", "cost > 20"], {(False, False), (True, False), (True, True)}),
        (["cost < 0"], {(False,)}),
        (["cost > 10", "cost < 11"], {(True, False), (False, True)}),
        (["cost > 10", "cost < 12"], {(True, True), (True, False), (False, True)}),
        (["cost in [3, 5]", "cost == 4"], {(True, False), (False, True), (False, False)}),
        (["cost > limit", "limit > cost"], {(True, False), (False, True), (False, False)}),
        (["cost > limit", "limit > 5", "cost < 7"], {
            (True, True, False), (True, False, True), (True, False, False),
            (False, True, True), (False, True, False), (False, False, True),
        }),
    ],
)  # fmt: skip
def test_answers_are_those_that_facts_can_give(
    guards: list[str], possible: set[tuple[bool, ...]]
) -> None:
    found = ways(*guards)
    assert set(found) == possible
    for answers, facts in found.items():
        assert tuple(parse(guard).holds(facts, {}) for guard in guards) == answers


def test_visits_are_known_and_not_guessed() -> None:
    assert set(ways("visits(review) >= 2", visits={"review": 2})) == {(True,)}
    assert set(ways("visits(review) >= 2", visits={})) == {(False,)}
    assert set(ways("cost < visits(review)", visits={"review": 1})) == {(True,), (False,)}
    assert set(ways("cost < visits(review)", visits={})) == {(False,)}


def test_only_what_is_asked_becomes_a_fact() -> None:
    found = ways("a or b")
    assert found[(True,)] == {"a": True}
    assert found[(False,)] == {"a": False, "b": False}
