"""What a new version means for running cases, and moving them to it: shown first, then done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user

from blueprints import tabs, words
from blueprints.access import access
from blueprints.definition_words import speak_of_every_version
from blueprints.edge import database_session, now
from blueprints.labels import label
from states.definition import Definition
from states.examining import examine
from states.moving import Fate
from workflow import definitions, drafts, engine, impact, moves, versions
from workflow.errors import Invalid, Reason, Refused
from workflow.impact import Affected, Group
from workflow.models import WorkflowVersion
from workflow.models.definition import VersionStatus
from workflow.permissions import Permission

blueprint = Blueprint("moves", __name__, url_prefix="/admin")
blueprint.context_processor(tabs.groups)

LISTED = 20
"""Cases of a group that are listed to be chosen one by one, and cases whose tasks are shown."""

EVENTS: Mapping[str, object] = {
    moves.MOVED: _l("Moved"),
    moves.TAKEN_BACK: _l("Taken back"),
}
"""What was done to many cases at once."""


@dataclass(frozen=True)
class TaskLine:
    """What becomes of one task: who has it, and its due time before and after."""

    step: str
    position: str
    was_due: datetime | None
    due: datetime | None
    fate: str


@dataclass(frozen=True)
class CaseLine:
    """What becomes of one case, or why it cannot be moved."""

    case: Affected
    title: str
    steps: tuple[str, ...]
    lost: tuple[str, ...]
    tasks: tuple[TaskLine, ...]
    refusals: tuple[str, ...]


@blueprint.get("/workflows/<int:version_id>/cases")
@access(Permission.ADMINISTER)
def index(version_id: int) -> str:
    """What the version means for every running case on another version of its workflow."""
    session = database_session()
    version = definitions.version(session, version_id)
    definition = versions.load(session, version_id).definition
    return render_template(
        "moves/index.html",
        version=version,
        may_move=version.status == VersionStatus.PUBLISHED,
        history=moves.history(session, version),
        event_words=EVENTS,
        why=_why,
        **_impact(definition, version_id),
    )


@blueprint.get("/drafts/<int:draft_id>/cases")
@access(Permission.ADMINISTER)
def of_draft(draft_id: int) -> str:
    """What a draft would mean for running cases, once nothing stands against publishing it."""
    draft = drafts.draft(database_session(), draft_id)
    known = examine(draft.source)
    definition = known.definition
    if definition is None or not known.sound:
        abort(404)
    return render_template("moves/draft.html", draft=draft, **_impact(definition, None))


@blueprint.get("/workflows/<int:version_id>/cases/preview")
@access(Permission.ADMINISTER)
def preview(version_id: int) -> ResponseReturnValue:
    """What becomes of the tasks and deadlines of the chosen cases, before anything is done."""
    session = database_session()
    version = definitions.version(session, version_id)
    definition = versions.load(session, version_id).definition
    groups = impact.weigh(session, definition, named_steps(), version_id=version_id)
    found = impact.chosen(
        groups, request.args.getlist("group"), request.args.getlist("case", type=int)
    )
    if not found:
        flash(_("Choose cases that can move."), "near")
        return redirect(f"{url_for('.index', version_id=version_id)}?{urlencode(_kept())}", 303)
    return _preview(version, found[: moves.MOST_AT_ONCE], left=len(found) - moves.MOST_AT_ONCE)


@blueprint.post("/workflows/<int:version_id>/cases/move")
@access(Permission.ADMINISTER)
def move(version_id: int) -> ResponseReturnValue:
    """Move the cases that were shown, as far as they are still as they were shown."""
    session = database_session()
    version = definitions.version(session, version_id)
    found = _posted()
    reason = request.form.get("reason", "")
    try:
        result = moves.move(
            session, version, found, named_steps(), reason, by=current_user.id, now=now()
        )
    except Invalid as error:
        said = [(one.field, words.problem(one)) for one in error.problems]
        return _preview(version, found, reason=reason, problems=said), 422
    return _told(version, result, _("Moved"))


@blueprint.post("/workflows/<int:version_id>/cases/take-back")
@access(Permission.ADMINISTER)
def take_back(version_id: int) -> ResponseReturnValue:
    """Take back what was moved at once, as far as nobody has acted since."""
    session = database_session()
    version = definitions.version(session, version_id)
    batch, reason = request.form.get("batch", ""), request.form.get("reason", "")
    result = moves.take_back(session, version, batch, reason, by=current_user.id, now=now())
    return _told(version, result, _("Taken back"))


def _told(version: WorkflowVersion, result: moves.Result, what: str) -> ResponseReturnValue:
    done = ngettext("%(num)d case", "%(num)d cases", result.done)
    flash(f"{what}: {done}.", "done")
    if result.failed:
        left = ngettext(
            "%(num)d case could not be; the reasons stand below.",
            "%(num)d cases could not be; the reasons stand below.",
            len(result.failed),
        )
        flash(left, "near")
    return redirect(url_for(".index", version_id=version.id), 303)


def named_steps() -> dict[str, str]:
    """The steps that the request names for others, as `map.STEP`."""
    return {
        name.removeprefix("map."): target
        for name, target in request.values.items()
        if name.startswith("map.") and target
    }


def _kept() -> dict[str, str]:
    return {f"map.{path}": target for path, target in named_steps().items()}


def _posted() -> list[Affected]:
    """The cases of the form, each `number:version` as it was shown."""
    found = []
    for written in request.form.getlist("case"):
        number, _colon, seen = written.partition(":")
        if not (number.isdecimal() and seen.isdecimal() and len(written) < 40):
            abort(400)
        found.append(Affected(int(number), int(seen)))
    return found


def _impact(definition: Definition, version_id: int | None) -> dict[str, object]:
    """What the page of a version or a draft shows of running cases."""
    session = database_session()
    mapping = named_steps()
    speak_of_every_version(definition)
    groups = impact.weigh(session, definition, mapping, version_id=version_id)
    listed = {group.key: group.cases[:LISTED] for group in groups}
    ids = [case.id for cases in listed.values() for case in cases]
    numbers = {one.id: one.number for one in definitions.of_key(session, definition.key)}
    return {
        "groups": groups,
        "counts": {fate: sum(len(g.cases) for g in groups if g.fate is fate) for fate in Fate},
        "listed": listed,
        "titles": moves.titles(session, ids) if ids else {},
        "numbers": numbers,
        "mapping": mapping,
        "boxes": _boxes(groups, mapping),
        "sentences": _sentences,
        "named": lambda targets: [(path, label("step", path)) for path in targets],
    }


def _boxes(groups: Iterable[Group], mapping: Mapping[str, str]) -> dict[str, list[str]]:
    """For each step that needs one, the steps that can be named, in the order of the version."""
    found: dict[str, dict[str, None]] = {path: {target: None} for path, target in mapping.items()}
    for group in groups:
        for path, targets in group.choices.items():
            found.setdefault(path, {}).update(dict.fromkeys(targets))
    return {path: list(targets) for path, targets in found.items()}


def _sentences(group: Group) -> list[str]:
    """Why the cases of a group cannot go on as they are."""
    return [words.reason(Reason(one.code, one.values)) for one in group.obstacles]


def _why(told: Mapping[str, object]) -> str:
    """Why a case was left out, of what the journal of settings keeps."""
    reasons = told["reasons"]
    assert isinstance(reasons, list)
    return " ".join(words.reason(Reason(one["code"], one["values"])) for one in reasons)


def _preview(
    version: WorkflowVersion,
    found: list[Affected],
    *,
    left: int = 0,
    reason: str = "",
    problems: Iterable[tuple[str, str]] = (),
) -> str:
    shown = found[:LISTED]
    speak_of_every_version(versions.load(database_session(), version.id, version.hash).definition)
    titles = moves.titles(database_session(), [case.id for case in shown])
    return render_template(
        "moves/preview.html",
        version=version,
        found=found,
        lines=[_line(case, titles.get(case.id, ""), version.id) for case in shown],
        left=max(0, left),
        mapping=named_steps(),
        reason=reason,
        problems=list(problems),
        longest=engine.LONGEST_REASON,
    )


def _line(case: Affected, title: str, version_id: int) -> CaseLine:
    try:
        plan = engine.plan_move(database_session(), case.id, version_id, named_steps(), now())
    except Refused as refused:
        told = tuple(words.reason(reason) for reason in refused.reasons)
        return CaseLine(case, title, (), (), (), told)
    lines = [
        TaskLine(
            label("step", kept.task.path),
            kept.task.position,
            kept.task.due_at,
            None if kept.due is None else kept.due.at,
            "kept",
        )
        for kept in plan.kept
    ]
    lines += [
        TaskLine(label("step", one.path), one.position, one.due_at, None, "closed")
        for one in plan.closed
    ]
    lines += [
        TaskLine(
            label("step", one.opened.path),
            one.addressee.title,
            None,
            None if one.due is None else one.due.at,
            "opened",
        )
        for one in plan.openings
    ]
    steps = tuple(path for path, _ in plan.carried.marking.standing())
    return CaseLine(case, title, steps, plan.carried.lost, tuple(lines), ())
