"""Cases for scripts: where one stands, what may be done, doing it, and its journal."""

from __future__ import annotations

from typing import Any

from flask_login import current_user
from pydantic import Field

from blueprints import words
from blueprints.access import access, decides
from blueprints.api.reading import Strict, body, idempotency_key, limit, whole_number
from blueprints.api.root import blueprint
from blueprints.edge import database_session, now
from blueprints.labels import label, speak_of
from workflow import cases, clocks, engine, journal, permissions, timelines, versions
from workflow.clocks import ClockReading
from workflow.engine import Holder, Offer
from workflow.models import Event
from workflow.permissions import Permission


class Act(Strict):
    """An action on the version of the case that was seen. `data` fills what the action needs."""

    action: str
    version: int
    track: str | None = None
    appointment_id: int | None = None
    comment: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)


@blueprint.get("/cases/<int:case_id>")
@access(Permission.VIEW_CASE, "case_id")
def show_case(case_id: int) -> dict[str, object]:
    """State, tracks, version, outcome, who has the ball, and the working days used.

    A track's verdict is among the words that the owner waits for.
    """
    session = database_session()
    case = engine.state(session, case_id)
    hears = permissions.may(
        session, current_user.id, Permission.READ_JOURNAL, now(), case_id=case_id
    )
    holders = engine.holders(session, case_id, now())
    version = versions.of(session, case)
    definition = version.definition
    return {
        "id": case.id,
        "proposal_id": case.proposal_id,
        "workflow": {"key": case.workflow_key, "number": case.workflow_number},
        "state": case.marking.step,
        "tracks": {
            name: {"step": track.step, "verdict": track.verdict if hears else None}
            for name, track in case.marking.tracks.items()
        },
        "version": case.version,
        "outcome": case.outcome,
        "started_at": case.started_at.isoformat(),
        "ended_at": case.ended_at.isoformat() if case.ended_at else None,
        "holders": [_holder(holder) for holder in holders],
        "clocks": [_clock(reading) for reading in clocks.read(session, case_id, definition, now())],
    }


@blueprint.get("/cases/<int:case_id>/actions")
@access(Permission.VIEW_CASE, "case_id")
def list_actions(case_id: int) -> list[dict[str, object]]:
    """Every action that the case offers now, allowed to this person or not, and why not."""
    session = database_session()
    version = versions.load(session, *cases.versions_of(session, [case_id])[case_id])
    speak_of(version.definition)
    offers = engine.available(session, case_id, current_user.id, now())
    return [_offer(offer) for offer in offers]


@blueprint.post("/cases/<int:case_id>/actions")
@decides
def act(case_id: int) -> dict[str, object]:
    """Decide. The same Idempotency-Key is the same decision, however often it is sent."""
    wanted = body(Act)
    said = wanted.data if wanted.comment is None else {**wanted.data, "comment": wanted.comment}
    made = engine.act(
        database_session(),
        case_id,
        wanted.action,
        person_id=current_user.id,
        appointment_id=wanted.appointment_id,
        request_id=idempotency_key(),
        seen_version=wanted.version,
        now=now(),
        track=wanted.track,
        data=said,
    )
    return {
        "decision_id": made.decision_id,
        "case_id": made.case_id,
        "version": made.version,
        "state": made.step,
        "outcome": made.outcome,
        "replayed": made.replayed,
    }


@blueprint.get("/cases/<int:case_id>/events")
@access(Permission.READ_JOURNAL, "case_id")
def list_events(case_id: int) -> dict[str, object]:
    """The journal from after `cursor` on, with its hashes.

    A refused attempt of somebody else is told without its words to those who do not look after all.
    """
    most = limit()
    found = journal.events(database_session(), case_id, after=whole_number("cursor", 0), limit=most)
    return {
        "events": [
            {
                "seq": event.seq,
                "kind": event.kind,
                "at": event.at.isoformat(),
                "person_id": event.person_id,
                "appointment_id": event.appointment_id,
                "payload": event.payload if _may_hear(event) else None,
                "previous_hash": event.previous_hash,
                "hash": event.hash,
            }
            for event in found
        ],
        "next": found[-1].seq if len(found) == most else None,
    }


def _may_hear(event: Event) -> bool:
    return event.kind != timelines.ATTEMPT or timelines.may_hear_of_attempt(
        database_session(), event.person_id, current_user.id, now()
    )


def _holder(holder: Holder) -> dict[str, object]:
    return {
        "path": holder.path,
        "agency": holder.agency,
        "post": holder.post,
        "title": holder.title,
        "people": [one.name for one in holder.people],
        "since": holder.since.isoformat(),
        "due_at": holder.due_at.isoformat() if holder.due_at else None,
    }


def _clock(reading: ClockReading) -> dict[str, object]:
    return {
        "name": reading.name,
        "agency": reading.agency,
        "basis": reading.basis,
        "state": reading.state,
        "limit": reading.limit,
        "used": reading.used,
        "left": reading.left,
        "started_at": reading.started_at.isoformat() if reading.started_at else None,
        "due_at": reading.due_at.isoformat() if reading.due_at else None,
    }


def _offer(offer: Offer) -> dict[str, object]:
    return {
        "action": offer.action,
        "track": offer.track,
        "label": label("action", offer.action),
        "allowed": offer.allowed,
        "why_not": [
            {"code": reason.code, "text": words.reason(reason)} for reason in offer.why_not
        ],
        "means": offer.means,
        "needs": list(offer.needs),
        "who_can": list(offer.who_can),
        "appointment_id": offer.appointment_id,
        "leads_to": list(offer.leads_to),
    }
