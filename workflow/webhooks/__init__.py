"""Other systems are told of events: what is posted to whom, and what came of it.

Writes a message for each endpoint in the transaction that announces an event; tells nothing of
persons, and nothing that still waits for the owner. Who is set up is decided by `endpoints`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Table, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workflow import journal, outbox, timers
from workflow.errors import NotFound
from workflow.models import Case, Event, Proposal, WebhookDelivery, WebhookEndpoint
from workflow.webhooks import signing
from workflow.webhooks.posting import Outbound

WEBHOOK = "webhook"
"""The kind of message in the outbox that is posted to an endpoint."""

TEST = "test"
KINDS: Mapping[str, str] = {
    "case_started": "case.started",
    "decided": "case.decided",
    "lapsed": "case.lapsed",
    timers.REMINDED: "case.reminded",
    timers.ESCALATED: "case.escalated",
    timers.REASSIGNED: "case.reassigned",
    journal.MOVED: "case.moved",
    journal.TAKEN_BACK: "case.move_taken_back",
    journal.CANCELLED: "case.cancelled",
}
"""Kinds of events of the journal, and what other systems know them as."""

KEPT_FOR = timedelta(days=30)


class State(StrEnum):
    """What became of a message so far."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Parcel:
    """All that one attempt needs."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def announce(session: Session, events: Iterable[tuple[int, int]], now: datetime) -> None:
    """Write a message for each endpoint that wants to know of these events; never twice."""
    wanted = select(WebhookEndpoint.id, WebhookEndpoint.kinds).where(WebhookEndpoint.is_active)
    endpoints = session.execute(wanted.order_by(WebhookEndpoint.id)).all()
    if not endpoints:
        return
    rows = [
        _row(endpoint_id, f"evt_{event.hash[:32]}", KINDS[event.kind], body, now)
        for event, body in _told(session, events)
        for endpoint_id, kinds in endpoints
        if KINDS[event.kind] in kinds
    ]
    _post(session, rows, now)


def send_test(session: Session, endpoint_id: int, now: datetime) -> None:
    """Write a message that says nothing but that messages arrive."""
    body = _body(TEST, now, {})
    _post(session, [_row(endpoint_id, f"test_{secrets.token_hex(16)}", TEST, body, now)], now)


def send_again(session: Session, endpoint_id: int, delivery_id: int, now: datetime) -> bool:
    """Post a message once more, under the same webhook-id. False when it is on its way already.

    Raises NotFound when the endpoint has no such message.
    """
    delivery = session.get(WebhookDelivery, delivery_id)
    if delivery is None or delivery.endpoint_id != endpoint_id:
        raise NotFound(f"delivery {delivery_id}")
    if not outbox.post_again(session, _message(delivery_id, now)):
        return False
    delivery.state = State.WAITING
    return True


def parcel(session: Session, delivery_id: int, outbound: Outbound, now: datetime) -> Parcel | None:
    """What is to be posted now; None when it was forgotten, or its endpoint is switched off."""
    query = (
        select(WebhookDelivery, WebhookEndpoint)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookDelivery.id == delivery_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    delivery, endpoint = row
    if not endpoint.is_active and delivery.kind != TEST:
        return None
    body = delivery.body.encode()
    keys = [signing.secret(outbound.key, salt) for salt in _salts(endpoint, now)]
    return Parcel(endpoint.url, signing.headers(keys, delivery.webhook_id, now, body), body)


def purge(session: Session, now: datetime) -> None:
    """Forget what was announced long ago."""
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.created_at < now - KEPT_FOR))


def _told(session: Session, events: Iterable[tuple[int, int]]) -> list[tuple[Event, str]]:
    """The events that other systems may hear of, each with its message.

    A step is the main chart's: what happens inside a parallel step waits there for the owner.
    """
    query = (
        select(Event, Proposal.receipt_number)
        .join(Case, Case.id == Event.case_id)
        .join(Proposal, Proposal.id == Case.proposal_id)
        .where(tuple_(Event.case_id, Event.seq).in_(list(events)), Event.kind.in_(KINDS))
        .order_by(Event.case_id, Event.seq)
    )
    told = []
    for event, number in session.execute(query):
        said = event.payload
        step = said["to"] if "to" in said and "from" in said else said["path"].partition(".")[0]
        data = {
            "case_id": event.case_id,
            "number": number,
            "event": event.seq,
            "step": step,
            "outcome": said.get("outcome"),
        }
        told.append((event, _body(KINDS[event.kind], event.at, data)))
    return told


def _body(kind: str, at: datetime, data: Mapping[str, object]) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": moment, "data": data}, separators=(",", ":"))


def _row(endpoint_id: int, webhook_id: str, kind: str, body: str, now: datetime) -> dict[str, Any]:
    return {
        "endpoint_id": endpoint_id,
        "webhook_id": webhook_id,
        "kind": kind,
        "body": body,
        "created_at": now,
        "state": State.WAITING.value,
    }


def _post(session: Session, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    if rows:
        written = session.scalars(_WRITE, rows).all()
        outbox.post(session, [_message(delivery_id, now) for delivery_id in written])


def _message(delivery_id: int, now: datetime) -> dict[str, Any]:
    return outbox.row(WEBHOOK, f"webhook:{delivery_id}", {"delivery": delivery_id}, now)


def _salts(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    """The newest first, and the one before for a day."""
    salts = [endpoint.salt]
    if endpoint.previous_salt and endpoint.previous_until and now < endpoint.previous_until:
        salts.append(endpoint.previous_salt)
    return salts


_deliveries = cast("Table", WebhookDelivery.__table__)
_WRITE = (
    insert(_deliveries)
    .on_conflict_do_nothing(index_elements=["endpoint_id", "webhook_id"])
    .returning(_deliveries.c.id)
)
