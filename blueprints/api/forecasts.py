"""The days to come for scripts: what happens by itself, to one case and to all."""

from __future__ import annotations

from blueprints.access import access
from blueprints.api.reading import limit
from blueprints.api.root import blueprint
from blueprints.edge import database_session, now
from workflow import forecast
from workflow.forecast import Foreseen
from workflow.permissions import Permission


@blueprint.get("/forecast")
@access(Permission.ADMINISTER)
def foresee_city() -> dict[str, object]:
    """What is sent, escalated and moved by itself in the next 30 days: the first of it, and all by
    number.
    """
    found = forecast.of_city(database_session(), now())
    shown = found[: limit()]
    return {"count": len(found), "coming": [_coming(one) for one in shown]}


@blueprint.get("/cases/<int:case_id>/forecast")
@access(Permission.VIEW_CASE, "case_id")
def foresee_case(case_id: int) -> dict[str, object]:
    """What happens to the case by itself in the next 30 days, if nobody acts."""
    found = forecast.of_case(database_session(), case_id, now())
    return {"count": len(found), "coming": [_coming(one) for one in found]}


def _coming(one: Foreseen) -> dict[str, object]:
    return {
        "at": one.at.isoformat(),
        "case_id": one.case_id,
        "path": one.path,
        "visit": one.visit,
        "seat": one.seat,
        "kind": one.what,
        "position": one.position,
        "to": one.to,
    }
