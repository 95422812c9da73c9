"""Moving cases to another version, for scripts: what it would do, doing it, taking it back."""

from __future__ import annotations

from typing import Annotated

from flask_login import current_user
from pydantic import Field

from blueprints import words
from blueprints.access import access
from blueprints.api.reading import Strict, body, idempotency_key, limit, whole_number
from blueprints.api.root import blueprint
from blueprints.definition_words import speak_of_every_version
from blueprints.edge import database_session, now
from blueprints.moves import named_steps
from blueprints.security import HIGHEST_NUMBER
from states.moving import Fate
from workflow import definitions, impact, moves, versions
from workflow.errors import Reason
from workflow.impact import Affected, Group
from workflow.models import WorkflowVersion
from workflow.permissions import Permission

Number = Annotated[int, Field(ge=1, le=HIGHEST_NUMBER)]


class Seen(Strict):
    """A case, and its version as it was seen."""

    id: Number
    version: Number


class Moving(Strict):
    """The cases that move, the steps named for those that are gone, and why."""

    cases: list[Seen]
    mapping: dict[str, str] = Field(default_factory=dict)
    reason: str


class TakingBack(Strict):
    """Why what was moved goes back."""

    reason: str


@blueprint.get("/workflows/<int:version_id>/impact")
@access(Permission.ADMINISTER)
def show_impact(version_id: int) -> dict[str, object]:
    """What the version means for each running case on another version of its workflow.

    `map.STEP=OTHER` names a step for one that is gone; `cursor` goes on. `counts` are of all.
    """
    definition = versions.load(database_session(), version_id).definition
    speak_of_every_version(definition)
    groups = impact.weigh(database_session(), definition, named_steps(), version_id=version_id)
    after, most = whole_number("cursor", 0), limit()
    rest = [pair for pair in impact.by_case(groups) if pair[0].id > after]
    return {
        "counts": {fate: sum(len(g.cases) for g in groups if g.fate is fate) for fate in Fate},
        "cases": [_affected(case, group) for case, group in rest[:most]],
        "next": rest[most - 1][0].id if len(rest) > most else None,
    }


@blueprint.post("/workflows/<int:version_id>/moves")
@access(Permission.ADMINISTER)
def move_cases(version_id: int) -> dict[str, object]:
    """Move cases to the version; the same Idempotency-Key is the same move."""
    wanted, session = body(Moving), database_session()
    result = moves.move(
        session,
        _spoken_of(version_id),
        [Affected(one.id, one.version) for one in wanted.cases],
        wanted.mapping,
        wanted.reason,
        by=current_user.id,
        now=now(),
        request_id=idempotency_key(),
    )
    return _result(result)


@blueprint.post("/workflows/<int:version_id>/moves/<batch>/take-back")
@access(Permission.ADMINISTER)
def take_back_move(version_id: int, batch: str) -> dict[str, object]:
    """Take back what one move did, as far as nobody has acted on it since."""
    wanted, session = body(TakingBack), database_session()
    result = moves.take_back(
        session,
        _spoken_of(version_id),
        batch,
        wanted.reason,
        by=current_user.id,
        now=now(),
        request_id=idempotency_key(),
    )
    return _result(result)


def _spoken_of(version_id: int) -> WorkflowVersion:
    """The version, by whose words reasons name steps. Raises NotFound."""
    version = definitions.version(database_session(), version_id)
    speak_of_every_version(versions.load(database_session(), version.id, version.hash).definition)
    return version


def _affected(case: Affected, group: Group) -> dict[str, object]:
    return {
        "id": case.id,
        "version": case.version,
        "workflow_id": group.version_id,
        "steps": list(group.steps),
        "fate": group.fate,
        "to": list(group.to),
        "reasons": [_reason(Reason(one.code, one.values)) for one in group.obstacles],
        "choices": {path: list(targets) for path, targets in group.choices.items()},
        "votes_lost": list(group.lost),
    }


def _result(result: moves.Result) -> dict[str, object]:
    return {
        "batch": result.batch,
        "done": result.done,
        "same": result.same,
        "failed": [
            {"id": one.case_id, "reasons": [_reason(reason) for reason in one.reasons]}
            for one in result.failed
        ],
        "replayed": result.replayed,
    }


def _reason(reason: Reason) -> dict[str, object]:
    return {"code": reason.code, "text": words.reason(reason)}
