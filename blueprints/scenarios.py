"""Examples that a workflow has to keep: recorded in a form, tried out on a draft."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import change_values, scenario_words, tabs, words
from blueprints.access import access
from blueprints.edge import database_session, now
from blueprints.labels import label, speak_of
from states.definition import Definition, Fact, FactKind
from states.examining import examine
from workflow import drafts, scenarios
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import Draft
from workflow.permissions import Permission
from workflow.scenarios import TypedScenario

blueprint = Blueprint("scenarios", __name__, url_prefix="/admin/drafts/<int:draft_id>/scenarios")
blueprint.context_processor(tabs.groups)

NOTHING = TypedScenario("", "", "approved", {}, (), "", "")


@dataclass(frozen=True)
class FactBox:
    """A fact as a box: a list to choose from, or a number to type."""

    name: str
    label: str
    choices: list[tuple[str, str]]


@blueprint.get("/")
@access(Permission.ADMINISTER)
def index(draft_id: int) -> str:
    """The examples of the draft's workflow, and a form for another one."""
    return _page(drafts.draft(database_session(), draft_id), NOTHING)


@blueprint.post("/")
@access(Permission.ADMINISTER)
def add(draft_id: int) -> ResponseReturnValue:
    """Record an example, or show everything that is wrong with it."""
    session = database_session()
    found = drafts.draft(session, draft_id)
    typed = _typed(_definition(found))
    try:
        scenarios.add(session, _definition(found), typed, by=current_user.id, now=now())
    except Invalid as error:
        return _page(found, typed, error.problems), 422
    flash(_("The example is recorded."), "done")
    return redirect(url_for(".index", draft_id=draft_id), 303)


@blueprint.post("/<int:scenario_id>/remove")
@access(Permission.ADMINISTER)
def remove(draft_id: int, scenario_id: int) -> ResponseReturnValue:
    """Ask it of no later version."""
    scenarios.remove(database_session(), scenario_id, by=current_user.id, now=now())
    flash(_("The example is removed; the journal keeps that it was there."), "done")
    return redirect(url_for(".index", draft_id=draft_id), 303)


def _definition(found: Draft) -> Definition:
    """What the draft says. Raises NotFound while it cannot be read: there is nothing to ask."""
    definition = examine(found.source).definition
    if definition is None:
        raise NotFound(f"definition of draft {found.id}")
    return definition


def _typed(definition: Definition) -> TypedScenario:
    form = request.form
    return TypedScenario(
        name=form.get("name", ""),
        owner=form.get("owner", ""),
        outcome=form.get("outcome", ""),
        facts={name: form.get(f"facts.{name}", "").strip() for name in definition.facts},
        passes=tuple(form.getlist("passes")),
        asks=form.get("asks", ""),
        asked=form.get("asked", ""),
    )


def _page(found: Draft, typed: TypedScenario, problems: tuple[Problem, ...] = ()) -> str:
    definition = _definition(found)
    speak_of(definition)
    errors = {problem.field: words.problem(problem) for problem in problems}
    return render_template(
        "drafts/scenarios.html",
        draft=found,
        typed=typed,
        errors=errors,
        complaints=list(errors.items()),
        examples=scenario_words.examples(database_session(), examine(found.source)),
        owners=[(name, label("function", name)) for name in scenarios.owners(definition)],
        outcomes=[(end.value, label("outcome", end)) for end in scenarios.outcomes(definition)],
        steps=[(path, _step(path)) for path in scenarios.steps(definition)],
        posts=[
            (f"{place.post}|{place.agency}", change_values.spoken("party", "place", place))
            for place in scenarios.places(definition)
        ],
        facts=[_box(fact) for fact in definition.facts.values()],
    )


def _step(path: str) -> str:
    """A step by name; one inside a track with its path, as several may share a name."""
    return f"{label('step', path)} ({path})" if "." in path else label("step", path)


def _box(fact: Fact) -> FactBox:
    name = label("fact", fact.name)
    if fact.kind is FactKind.BOOLEAN:
        return FactBox(fact.name, name, [("true", _("yes")), ("false", _("no"))])
    return FactBox(fact.name, name, [(value, label("fact", value)) for value in fact.values])
