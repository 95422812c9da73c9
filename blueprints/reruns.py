"""Cases played through a draft or a version: which would have gone otherwise, and from where on."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext as _

from blueprints import tabs, words
from blueprints.access import access
from blueprints.definition_words import speak_of_every_version
from blueprints.edge import database_session
from blueprints.labels import done, label
from blueprints.words import listed
from states.examining import examine
from states.reruns import Difference
from workflow import definitions, drafts, reruns, versions
from workflow.errors import Reason
from workflow.permissions import Permission

blueprint = Blueprint("reruns", __name__, url_prefix="/admin")
blueprint.context_processor(tabs.groups)


@blueprint.get("/drafts/<int:draft_id>/replay")
@access(Permission.ADMINISTER)
def of_draft(draft_id: int) -> str:
    """The cases of the workflow, played through the draft as it is kept."""
    draft = drafts.draft(database_session(), draft_id)
    definition = examine(draft.source).definition
    if definition is None:
        abort(404)
    speak_of_every_version(definition)
    run = reruns.run(database_session(), definition, before=_before())
    return _page(draft=draft, key=draft.key, run=run)


@blueprint.get("/workflows/<int:version_id>/replay")
@access(Permission.ADMINISTER)
def of_version(version_id: int) -> str:
    """The cases of the workflow, played through a version."""
    session = database_session()
    version = definitions.version(session, version_id)
    definition = versions.load(session, version_id).definition
    speak_of_every_version(definition)
    run = reruns.run(session, definition, before=_before())
    return _page(version=version, key=version.key, run=run)


def _before() -> int | None:
    return request.args.get("before", type=int)


def _page(**values: object) -> str:
    return render_template(
        "moves/replay.html", is_first=_before() is None, sentence=sentence, done=done, **values
    )


def sentence(difference: Difference) -> str:
    """What would have been otherwise, as a sentence."""
    values = difference.values
    match difference.code:
        case "refused":
            return _("It would be refused. %(why)s", why=_why(values))
        case "ends_otherwise":
            return _(
                "The case would end as %(now)s, not as %(was)s.",
                now=label("outcome", str(values["outcome"])),
                was=label("outcome", str(values["was"])),
            )
        case "goes_otherwise":
            now, was = label("step", str(values["step"])), label("step", str(values["was"]))
            return _("The case would go to %(now)s, not to %(was)s.", now=now, was=was)
        case "opens_otherwise":
            return _(
                "Work would open at %(now)s, not at %(was)s.",
                now=_steps(values["steps"]) or "–",
                was=_steps(values["was"]) or "–",
            )
        case _:
            return _(
                "At %(step)s somebody else would be asked: %(now)s, not %(was)s.",
                step=label("step", str(values["step"])),
                now=label("party", str(values["party"])),
                was=label("party", str(values["was"])),
            )


def _why(values: Mapping[str, object]) -> str:
    why = values["why"]
    assert isinstance(why, Mapping)
    return words.reason(Reason(str(values["code"]), why))


def _steps(paths: object) -> str:
    assert isinstance(paths, tuple)
    return listed([label("step", path) for path in paths])
