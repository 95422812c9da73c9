"""Who may do what today, and why not: for any workflow, step, person and position, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from blueprints import tabs, words
from blueprints.access import access
from blueprints.edge import database_session, now
from blueprints.labels import label, speak_of
from states.definition import Definition
from workflow import accounts, definitions, organisation, rights, versions
from workflow.models import WorkflowVersion
from workflow.organisation import AgencyView
from workflow.permissions import Permission
from workflow.rights import Deed, Question

blueprint = Blueprint("rights", __name__, url_prefix="/admin/rights")
blueprint.context_processor(tabs.groups)
blueprint.add_app_template_filter(words.holder_in_words, "holder")

SEPARATOR = "|"


@blueprint.get("")
@access(Permission.ADMINISTER)
def index() -> str:
    """The question as the address asks it, and its answers; everything of a workflow at first."""
    session, today = database_session(), now().date()
    published = definitions.versions(session)
    agencies = organisation.agencies(session, today)
    version, agency = _version(published), _agency(agencies)
    findings: list[rights.Finding] = []
    steps: list[tuple[str, list[Deed]]] = []
    question = None
    if version is not None and agency is not None:
        definition = versions.load(session, version.id, version.hash).definition
        speak_of(definition)
        steps = _by_step(definition)
        question = _question(version, agency, rights.deeds(definition))
        findings = rights.ask(session, question, now())
    return render_template(
        "admin/rights.html",
        versions=published,
        agencies=agencies,
        steps=steps,
        people=accounts.people(session),
        positions=organisation.positions(session, today),
        question=question,
        chosen=_deed_word(question) if question else "",
        findings=[(path, list(of)) for path, of in groupby(findings, lambda one: one.deed.path)],
        step_label=_step_label,
        today=today,
    )


def _version(published: Iterable[WorkflowVersion]) -> WorkflowVersion | None:
    """The version that the address names, or the one that new cases start on, or any."""
    known = list(published)
    wanted = request.args.get("version", type=int)
    named = [version for version in known if version.id == wanted]
    default = [version for version in known if version.is_default]
    return next(iter([*named, *default, *known]), None)


def _agency(agencies: Iterable[AgencyView]) -> AgencyView | None:
    """The agency that the address names, or one that only proposes."""
    known = list(agencies)
    wanted = request.args.get("agency", type=int)
    named = [agency for agency in known if agency.id == wanted]
    plain = [agency for agency in known if not agency.functions]
    return next(iter([*named, *plain, *known]), None)


def _question(version: WorkflowVersion, agency: AgencyView, known: list[Deed]) -> Question:
    """What the address asks; a step or an action that the version does not have asks for all."""
    path, separator, action = request.args.get("deed", "").rpartition(SEPARATOR)
    deeds = [one for one in known if separator and one.path == path]
    is_action = any(one.action.name == action for one in deeds)
    return Question(
        version_id=version.id,
        agency_id=agency.id,
        path=path if deeds else None,
        action=action if is_action else None,
        position_id=request.args.get("position", type=int),
        person_id=request.args.get("person", type=int),
    )


def _deed_word(question: Question) -> str:
    if question.path is None:
        return ""
    return f"{question.path}{SEPARATOR}{question.action or ''}"


def _by_step(definition: Definition) -> list[tuple[str, list[Deed]]]:
    return [(path, list(of)) for path, of in groupby(rights.deeds(definition), _path)]


def _path(deed: Deed) -> str:
    return deed.path


def _step_label(path: str) -> str:
    """The step in words, within its track; what may be done anywhere by itself."""
    return " · ".join(_parts(path)) if path else _("At many steps")


def _parts(path: str) -> Iterator[str]:
    main, *inner = path.split(".")
    yield label("step", main)
    if inner:
        yield label("track", inner[0])
        yield label("step", path)
