"""Each form of the designer over each definition: sent as it came, it changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from blueprints.designer_boxes import Box, Form, Typed, Values, boxes_of
from blueprints.designer_forms import FORMS
from blueprints.edge import Alur
from states import library
from states.definition import Definition, StepKind
from states.document import parse, plain
from states.reading import read

TEXTS = {name: library.text(name) for name in ("program-proposal", "program-proposal-sequential")}
for folder in (Path("tests/states/definitions"), Path("../shared/definitions")):
    TEXTS |= {path.stem: path.read_text() for path in folder.glob("*.yaml")}
BEFORE = ("fork", "side-by-side", "step-before")
ADDS = (*BEFORE, "review", "track", "rename", "parallel", "name", "end")
"""Forms that add or name something whatever is typed."""


def addresses(definition: Definition) -> Iterator[tuple[str, dict[str, str]]]:
    """Every form with something to change, and what it is about."""
    yield "begin", {}
    yield "due", {}
    yield "apart", {}
    yield "words", {}
    for fact in definition.facts:
        yield "fact", {"fact": fact}
    for verb in definition.verbs:
        yield "verb", {"verb": verb}
    for action in definition.anywhere:
        yield "action", {"action": action}
    for party in definition.parties:
        yield "party", {"party": party}
    for clock in definition.clocks:
        yield "clock", {"clock": clock}
    for step in definition.every_step():
        if step.kind is StepKind.PARALLEL:
            yield "again", {"step": step.path}
            yield "tracks", {"step": step.path}
        else:
            yield "step", {"step": step.path}
        if step.kind in (StepKind.PLAIN, StepKind.VOTED):
            yield "seats", {"step": step.path}
        if step.tally:
            yield "tally", {"step": step.path}
        for action in step.actions:
            yield "action", {"step": step.path, "action": action}


def sent(form: Form) -> Values:
    """What a browser sends: of boxes to choose from only what can be chosen, the first at least."""
    values = form.values()
    return {box.name: _sent(box, values[box.name]) for box in boxes_of(form)}


def _sent(box: Box, value: list[str]) -> list[str]:
    options = [option for option, _words in box.options]
    if box.kind == "checks":
        return [option for option in options if option in value]
    if box.kind != "select":
        return value
    known = ["", *options] if box.blank is not None else options
    return value if value[0] in known else known[:1]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_form_that_is_sent_as_it_came_changes_nothing(app: Alur, text: str) -> None:
    definition, document = read(text), plain(parse(text))
    covered = set()
    for name, about in addresses(definition):
        with app.test_request_context("/", query_string=about):
            app.preprocess_request()
            form = FORMS[name](definition)
            typed = Typed(sent(form))
            edit = form.edit(typed)
        assert not typed.problems, (name, about)
        after = deepcopy(document)
        edit.apply(after, definition)  # type: ignore[arg-type]
        assert json.dumps(after) == json.dumps(document), (name, about)
        covered.add(name)
    if text is TEXTS["program-proposal"]:
        goes = {name for name in FORMS if name.startswith("remove-")}
        assert covered == set(FORMS) - goes - set(ADDS)


def test_only_the_first_problem_of_a_box_is_told() -> None:
    typed = Typed({})
    typed.wrong("within.amount", "not_in_range", least=1, most=9999)
    typed.wrong("within.amount", "required")
    typed.wrong("party", "required")
    assert [(one.field, one.code) for one in typed.problems] == [
        ("within.amount", "not_in_range"),
        ("party", "required"),
    ]
