"""Examples of a workflow in sentences, and the first difference where one does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from blueprints import change_values, finding_words, words
from blueprints.labels import label
from states.definition import Place
from states.examining import Examination
from states.scenarios import Failure
from states.scenarios import Scenario as Said
from workflow import scenarios

FAILURES: Mapping[str, object] = {
    "no_fact": _l("The fact “%(fact)s” is not there any more."),
    "no_value": _l("“%(fact)s” cannot be %(value)s any more."),
    "no_step": _l("The step “%(step)s” is not there any more."),
    "asks_other": _l("At “%(step)s” it is not %(wanted)s that is asked but %(found)s."),
    "not_explored": _l("Not every way could be tried out within the time."),
    "never_ends_so": _l("No way leads to “%(outcome)s”."),
    "passes_by": _l("A way leads to “%(outcome)s” without coming through “%(step)s”."),
}


@dataclass(frozen=True)
class Shown:
    """An example as a page shows it."""

    id: int
    name: str
    says: str
    difference: str
    acts: tuple[str, ...]


def examples(session: Session, known: Examination) -> list[Shown]:
    """The examples of the workflow, tried out on a text; none for one that cannot be read."""
    if known.definition is None:
        return []
    return [
        Shown(
            id=result.scenario.id,
            name=result.scenario.name,
            says=says(result.example),
            difference="" if result.failure is None else difference(result.failure),
            acts=tuple(finding_words.act(one) for one in result.failure.acts)
            if result.failure
            else (),
        )
        for result in scenarios.results(session, known.definition)
    ]


def says(example: Said) -> str:
    """What an example says, in one sentence after another."""
    case = [label("function", example.owner)] if example.owner else []
    case += finding_words.facts(example.facts)
    told = [_("Given: %(case)s.", case=", ".join(case))] if case else []
    told.append(_("It can end as “%(outcome)s”.", outcome=label("outcome", example.outcome)))
    if example.passes:
        steps = [label("step", path) for path in example.passes]
        told.append(_("Never without: %(steps)s.", steps=words.listed(steps)))
    if example.asks is not None and example.asked is not None:
        who = change_values.spoken("party", "place", example.asked)
        step = label("step", example.asks)
        told.append(_("At “%(step)s” is asked: %(who)s.", step=step, who=who))
    return " ".join(told)


def difference(failure: Failure) -> str:
    """The first thing that is otherwise."""
    values = dict(failure.values)
    said = {
        "fact": label("fact", values.get("fact", "")),
        "value": label("fact", values.get("value", "")),
        "step": label("step", values.get("step", "")),
        "outcome": label("outcome", values.get("outcome", "")),
        "wanted": _post(values, ""),
        "found": _post(values, "found_") or _("nobody"),
    }
    return str(FAILURES[failure.code]) % said


def _post(values: Mapping[str, str], prefix: str) -> str:
    if f"{prefix}post" not in values:
        return ""
    place = Place(values[f"{prefix}agency"], values[f"{prefix}post"])
    return change_values.spoken("party", "place", place)
