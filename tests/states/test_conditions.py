"""The guard language: what it reads, what it refuses, and what it asks."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.conditions import Atom, Condition, ConditionError, Kinds, Oracle, Value, check
from states.guards import parse
from states.refusals import UnknownFact

KINDS = Kinds(
    {
        "lane": ("light", "standard", "strategic"),
        "budget": "integer",
        "spent": "integer",
        "new_app": "boolean",
        "actor.acting": "boolean",
        "changed.ict": "boolean",
        "return": "integer",
    },
    {"revising": "revising", "deciding": "review.ict.deciding"}.get,
)
FACTS: Mapping[str, Value] = {
    "lane": "standard",
    "budget": 2_000,
    "spent": 500,
    "new_app": True,
    "actor.acting": False,
    "return": 1,
}
VISITS = {"revising": 2, "review.ict.deciding": 1}


def guard(text: str) -> Condition:
    condition, errors = check(parse(text), KINDS)
    assert not errors, errors
    return condition


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lane == standard", True),
        ("lane != standard", False),
        ("lane in [light, standard]", True),
        ("lane not in [light, standard]", False),
        ("not lane in [light]", True),
        ("budget > 1_000", True),
        ("budget >= 2000 and budget <= 2000", True),
        ("budget < 2_000", False),
        ("budget > spent", True),
        ("budget in [1, 2000]", True),
        ("3 > return", True),
        ("return >= 1", True),
        ("new_app", True),
        ("new_app == true", True),
        ("new_app == false", False),
        ("new_app != false", True),
        ("not actor.acting", True),
        ("changed.ict", False),
        ("visits(revising) >= 2", True),
        ("visits(deciding) == 1", True),
        ("visits(deciding) > visits(revising)", False),
        ("true or false", True),
        # `and` binds closer than `or`, `not` closest
        ("new_app or new_app and actor.acting", True),
        ("(new_app or new_app) and actor.acting", False),
        ("not actor.acting and new_app", True),
        ("not (actor.acting or new_app)", False),
        ("not not new_app", True),
    ],
)
def test_a_guard_says_what_its_words_say(text: str, expected: bool) -> None:
    assert guard(text).holds(FACTS, VISITS) is expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "the end"),
        ("budget >", "the end"),
        ("budget > > 1", ">"),
        ("budget = 1", "="),
        ("(new_app", "the end"),
        ("new_app)", ")"),
        ("new_app new_app", "new_app"),
        ("and new_app", "and"),
        ("lane in light", "light"),
        ("lane in []", "]"),
        ("lane in [light", "the end"),
        ("new_app not new_app", "new_app"),
        ("visits()", ")"),
        ("visits(revising", "the end"),
        ("budget > -1", "-"),
        ("budget > 1.5", "."),
        ("lane == 'light'", "'"),
        ("__import__('os')", "'"),
        ("budget > 1; new_app", ";"),
    ],
)
def test_what_is_not_a_guard_is_refused_with_the_place(text: str, found: str) -> None:
    with pytest.raises(ConditionError) as refused:
        parse(text)
    assert refused.value.code == "bad_condition"
    assert refused.value.values["found"] == found


def test_a_guard_is_bounded_in_length_and_depth() -> None:
    with pytest.raises(ConditionError):
        parse("not " * 30 + "new_app")
    with pytest.raises(ConditionError):
        parse("(" * 30 + "new_app" + ")" * 30)
    with pytest.raises(ConditionError):
        parse("new_app or " * 200 + "new_app")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("colour == red", ["unknown_name"]),
        ("colour and size", ["unknown_name", "unknown_name"]),
        ("lane == heavy", ["unknown_value"]),
        ("lane in [light, heavy]", ["unknown_value"]),
        ("lane == 3", ["unknown_value"]),
        ("lane == budget", ["unknown_value"]),
        ("lane", ["wrong_comparison"]),
        ("lane > light", ["wrong_comparison"]),
        ("budget", ["wrong_comparison"]),
        ("budget == true", ["wrong_comparison"]),
        ("budget in [true]", ["wrong_comparison"]),
        ("new_app > 1", ["wrong_comparison"]),
        ("new_app < actor.acting", ["wrong_comparison"]),
        ("new_app in [true]", ["wrong_comparison"]),
        ("new_app == budget", ["wrong_comparison"]),
        ("visits(nowhere) > 1", ["unknown_step"]),
        ("not (budget or visits(nowhere) > 1)", ["wrong_comparison", "unknown_step"]),
    ],
)
def test_a_guard_is_checked_against_the_facts(text: str, codes: list[str]) -> None:
    _, errors = check(parse(text), KINDS)
    assert [error.code for error in errors] == codes


@pytest.mark.parametrize("missing", ["lane", "budget", "new_app", "actor.acting"])
def test_an_unknown_fact_is_refused_by_name(missing: str) -> None:
    condition = guard("lane == strategic or budget > 5_000 or not new_app or actor.acting")
    facts = {name: value for name, value in FACTS.items() if name != missing}
    with pytest.raises(UnknownFact) as refused:
        condition.holds(facts, VISITS)
    assert refused.value.fact == missing


def test_a_fact_of_another_type_is_unknown() -> None:
    for wrong in ("many", True):
        with pytest.raises(UnknownFact):
            guard("budget > 1").holds({"budget": wrong}, {})


def test_only_the_comparisons_that_matter_are_asked() -> None:
    assert guard("new_app or budget > 1").holds({"new_app": True}, {})
    assert not guard("new_app and budget > 1").holds({"new_app": False}, {})


def test_changes_that_nobody_reported_did_not_happen() -> None:
    assert not guard("changed.ict").holds({}, {})
    assert guard("changed.ict").holds({"changed.ict": True}, {})


def test_a_guard_can_be_decided_by_answers_alone() -> None:
    condition = guard("not new_app and visits(revising) >= 2")
    assert condition.decide(lambda atom: str(atom) != "new_app")
    assert not condition.decide(lambda atom: True)


def test_an_oracle_is_asked_about_facts_but_not_about_visits() -> None:
    asked: list[str] = []

    class Doubtful(Oracle):
        def answer(self, atom: Atom, visits: Mapping[str, int]) -> bool:
            asked.append(str(atom))
            return False

    condition = guard("visits(revising) >= 2 and (new_app or lane in [light] or budget > spent)")
    assert not condition.holds(Doubtful(), VISITS)
    assert asked == ["new_app", "lane in [light]", "budget > spent"]


def test_a_guard_knows_its_comparisons_facts_and_steps() -> None:
    condition = guard("not new_app and (budget > spent or visits(deciding) < 2)")
    assert [str(atom) for atom in condition.atoms()] == [
        "new_app",
        "budget > spent",
        "visits(review.ict.deciding) < 2",
    ]
    assert condition.names() == {"new_app", "budget", "spent"}
    assert condition.visited() == {"review.ict.deciding"}
    assert str(condition) == "not new_app and (budget > spent or visits(deciding) < 2)"


_PYTHON = {"a": True, "b": False, "c": True}
_GUARDS = st.recursive(
    st.sampled_from(sorted(_PYTHON)),
    lambda inner: st.one_of(
        st.builds("not {}".format, inner),
        st.builds("({})".format, inner),
        st.builds("{} and {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
    ),
    max_leaves=8,
)


@given(_GUARDS, st.fixed_dictionaries({name: st.booleans() for name in _PYTHON}))
def test_and_or_not_mean_what_everybody_expects(text: str, facts: dict[str, bool]) -> None:
    kinds = Kinds(dict.fromkeys(_PYTHON, "boolean"), lambda _: None)
    condition, errors = check(parse(text), kinds)
    assert not errors
    expected = eval(text, {"__builtins__": {}}, dict(facts))  # the generated words only
    assert condition.holds(facts, {}) is expected


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        check(parse(text), KINDS)
        code = ""
    except ConditionError as error:
        code = error.code
    assert code in ("", "bad_condition")
