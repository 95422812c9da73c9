"""Who holds which position, as both pages show it: of the whole city, or of the agencies of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flask import request

from blueprints.edge import database_session, now
from workflow import occupancy, organisation
from workflow.organisation import AgencyView, AppointmentView


def shown(agency_ids: Collection[int] | None = None) -> dict[str, object]:
    """What the register's templates need, of these agencies or of all.

    The address narrows it: `q` holds words that all have to occur in position, person, agency or
    letter; with `all` those are shown too that do not hold today.
    """
    session, today = database_session(), now().date()
    everything, search = request.args.get("all") == "1", request.args.get("q", "").strip()
    held = organisation.appointments(session, today, only_then=not everything)
    agencies = {agency.id: agency for agency in organisation.agencies(session, today)}
    return {
        "appointments": [
            one
            for one in held
            if (agency_ids is None or one.agency_id in agency_ids)
            and _is_meant(one, agencies, search)
        ],
        "misfits": occupancy.misfits(session, today, None if agency_ids is None else [*agency_ids]),
        "agencies": agencies,
        "everything": everything,
        "search": search,
        "today": today,
    }


def _is_meant(one: AppointmentView, agencies: Mapping[int, AgencyView], search: str) -> bool:
    agency = agencies.get(one.agency_id)
    names = (agency.name, agency.short_name) if agency else ()
    words = " ".join((one.title, one.person, one.username, one.letter_number, *names)).casefold()
    return all(word in words for word in search.casefold().split())
