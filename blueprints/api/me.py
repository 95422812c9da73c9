"""Who the token belongs to, and in which posts that person may act now."""

from __future__ import annotations

from flask_login import current_user

from blueprints.access import signed_in
from blueprints.api.root import blueprint
from blueprints.edge import database_session
from workflow import accounts
from workflow.permissions import Actor


@blueprint.get("/me")
@signed_in
def show_me() -> dict[str, object]:
    """The person and the appointments that are valid now."""
    person = accounts.person(database_session(), current_user.id)
    assert person is not None, "the token was just found to be theirs"
    return {
        "username": person.username,
        "name": person.name,
        "language": person.language,
        "is_administrator": person.is_administrator,
        "appointments": [_appointment(actor) for actor in current_user.appointments],
    }


def _appointment(actor: Actor) -> dict[str, object]:
    return {
        "id": actor.appointment_id,
        "agency_id": actor.agency_id,
        "post": actor.post,
        "title": actor.title,
        "capacity": actor.capacity,
        "letter_number": actor.letter_number,
        "starts_on": actor.starts_on.isoformat(),
        "ends_on": actor.ends_on.isoformat() if actor.ends_on else None,
    }
