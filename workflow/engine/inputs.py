"""What is filled in with a decision: read, checked, given a type. Asks nobody, writes nothing.

Untrusted: names are known ones, texts are bounded, and whatever the action does not ask for is said
to be wrong instead of being dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from states.definition import Fact, FactKind, Step
from states.move import Option
from workflow import checklists
from workflow.errors import Problem

LONGEST_LINE = 500
LONGEST_TEXT = 20_000
MOST_ROWS = 200
LARGEST_FACT = 2**62
GATES = ("rka", "procurement", "go_live", "date")


@dataclass(frozen=True)
class Inputs:
    """Checked data: `words` as it is kept, `given` the needs it meets, `facts` what it sets."""

    words: Mapping[str, Any]
    facts: Mapping[str, str | int | bool]
    picks: tuple[int, ...]
    problems: tuple[Problem, ...]

    @property
    def given(self) -> frozenset[str]:
        """What was filled in, by name."""
        return frozenset(self.words)


def read(
    data: Mapping[str, object], option: Option, step: Step, facts: Mapping[str, Fact]
) -> Inputs:
    """Read what came with an action: clean values, and every problem with the rest.

    Always taken: comment, reason, criterion, question, minutes, number, letter_number, letter_date,
    file, signature, checklist, answers. Where asked: points, conditions, picks, facts to set, and
    any other need of the definition, as text.
    """
    words: dict[str, Any] = {}
    values: dict[str, str | int | bool] = {}
    problems: list[Problem] = []
    for name, value in data.items():
        if not isinstance(name, str) or "\x00" in name:
            problems.append(Problem("data", "unknown"))
        elif name in option.sets:
            _read_fact(facts[name], value, words, values, problems)
        elif name not in _ALWAYS and not _asked(name, option):
            problems.append(Problem(name, "not_asked" if name in _READERS else "unknown"))
        elif not _is_empty(value):
            clean, found = _READERS.get(name, _TEXT)(value)
            problems.extend(Problem(f"{name}{place}", code) for place, code in found)
            if clean is not None:
                words[name] = clean
    if "checklist" in words and not problems and step.checklist in checklists.names():
        problems.extend(checklists.problems(step.checklist, words["checklist"]))
    picks = tuple(words.get("picks", ())) if not problems else ()
    return Inputs(words, values, picks, tuple(problems))


def _asked(name: str, option: Option) -> bool:
    """Whether this action takes it; that a document is complete nobody can just say."""
    if name == "picks":
        return option.picks is not None
    return name in option.needs and name != "complete"


def _is_empty(value: object) -> bool:
    """Whether nothing was filled in; a refused signature is nothing too."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is False or value == [] or value == {}


def _read_fact(
    fact: Fact,
    value: object,
    words: dict[str, Any],
    values: dict[str, str | int | bool],
    problems: list[Problem],
) -> None:
    """Take the new value of a fact; one that was left empty stays as it is."""
    if value is None or value == "":
        return
    if isinstance(value, (str, bool, int)) and _fits(fact, value):
        words[fact.name] = values[fact.name] = value
    else:
        problems.append(Problem(fact.name, "wrong_value", {"values": fact.values}))


def _fits(fact: Fact, value: str | int | bool) -> bool:
    if fact.kind is FactKind.BOOLEAN:
        return isinstance(value, bool)
    if fact.kind is FactKind.INTEGER:
        return type(value) is int and 0 <= value <= LARGEST_FACT
    return value in fact.values


# --- one reader a kind of value: the clean value, and (place, code) for what is wrong -----------

Found = list[tuple[str, str]]
Reader = Callable[[object], tuple[Any, Found]]


def _text(most: int) -> Reader:
    def read_text(value: object) -> tuple[Any, Found]:
        if not isinstance(value, str) or not _is_storable(value):
            return None, [("", "not_text")]
        clean = value.replace("\r\n", "\n").strip()
        return (clean, []) if len(clean) <= most else (None, [("", "too_long")])

    return read_text


def _is_storable(value: str) -> bool:
    """Whether the database can hold it: no NUL, no half characters."""
    return "\x00" not in value and not any("\ud800" <= char <= "\udfff" for char in value)


def _day(value: object) -> tuple[Any, Found]:
    try:
        return date.fromisoformat(str(value)).isoformat(), []
    except ValueError:
        return None, [("", "not_a_date")]


def _flag(value: object) -> tuple[Any, Found]:
    return (True, []) if value is True else (None, [("", "not_a_flag")])


def _rows(read_row: Callable[[Mapping[str, object]], tuple[Any, Found]]) -> Reader:
    def read_rows(value: object) -> tuple[Any, Found]:
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            return None, [("", "not_a_list")]
        if len(value) > MOST_ROWS:
            return None, [("", "too_many")]
        rows = [read_row(row) for row in value]
        found = [
            (f".{number}{place}", code)
            for number, (_, problems) in enumerate(rows)
            for place, code in problems
        ]
        return [row for row, _ in rows], found

    return read_rows


def _part(row: Mapping[str, object], name: str, read_part: Reader) -> tuple[Any, Found]:
    clean, found = read_part(row.get(name))
    return clean, [(f".{name}{place}", code) for place, code in found]


def _required(row: Mapping[str, object]) -> tuple[Any, Found]:
    if _is_empty(row.get("text")):
        return None, [(".text", "missing")]
    return _part(row, "text", _text(LONGEST_TEXT))


def _point(row: Mapping[str, object]) -> tuple[Any, Found]:
    words, found = _required(row)
    field, wrong = (
        (None, []) if _is_empty(row.get("field")) else _part(row, "field", _text(LONGEST_LINE))
    )
    return {"field": field, "text": words}, found + wrong


def _condition(row: Mapping[str, object]) -> tuple[Any, Found]:
    words, found = _required(row)
    if row.get("gate") not in GATES:
        found.append((".gate", "wrong_value"))
    clean = {"text": words, "gate": row.get("gate"), "is_blocking": row.get("is_blocking") is True}
    return clean, found


def _checklist(value: object) -> tuple[Any, Found]:
    if not isinstance(value, dict) or len(value) > MOST_ROWS:
        return None, [("", "not_a_checklist")]
    clean: dict[str, dict[str, Any]] = {}
    found: Found = []
    for item, given in value.items():
        if not isinstance(item, str) or len(item) > LONGEST_LINE or not isinstance(given, dict):
            return None, [("", "not_a_checklist")]
        note, wrong = _part({"note": given.get("note") or ""}, "note", _text(LONGEST_TEXT))
        if given.get("answer") not in tuple(checklists.Answer):
            wrong = [(".answer", "wrong_value"), *wrong]
        clean[item] = {"answer": given.get("answer"), "note": note}
        found.extend((f".{item}{place}", code) for place, code in wrong)
    return clean, found


def _answers(value: object) -> tuple[Any, Found]:
    """Answers by the number of the point; an empty one is left for later."""
    if not isinstance(value, dict) or len(value) > MOST_ROWS:
        return None, [("", "not_a_list")]
    clean: dict[str, str] = {}
    found: Found = []
    for number, answer in _filled(value):
        words, wrong = _text(LONGEST_TEXT)(answer)
        found.extend((f".{number}{place}", code) for place, code in wrong)
        if not number.isdecimal() or len(number) > 9:
            found.append(("", "unknown"))
        clean[number] = words
    return clean, found


def _filled(value: Mapping[object, object]) -> Iterator[tuple[str, object]]:
    return ((str(number), answer) for number, answer in value.items() if not _is_empty(answer))


def _picks(value: object) -> tuple[Any, Found]:
    if not isinstance(value, list) or any(type(pick) is not int for pick in value):
        return None, [("", "not_a_list")]
    if len(set(value)) != len(value):
        return None, [("", "twice")]
    return value, []


_TEXT, _LINE = _text(LONGEST_TEXT), _text(LONGEST_LINE)
_ALWAYS: dict[str, Reader] = {
    "comment": _TEXT,
    "reason": _TEXT,
    "criterion": _LINE,
    "question": _TEXT,
    "minutes": _TEXT,
    "number": _LINE,
    "letter_number": _LINE,
    "letter_date": _day,
    "file": _LINE,
    "signature": _flag,
    "checklist": _checklist,
    "answers": _answers,
}
_READERS: dict[str, Reader] = {
    **_ALWAYS,
    "points": _rows(_point),
    "conditions": _rows(_condition),
    "picks": _picks,
}
