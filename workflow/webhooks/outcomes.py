"""What came of an attempt, written down; an endpoint that fails for days is switched off.

Tells the administrators then. Posts nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import notifications, setting_changes
from workflow.models import WebhookDelivery, WebhookEndpoint
from workflow.notifications import Told, audience
from workflow.webhooks import State
from workflow.webhooks.endpoints import SWITCHED_OFF, subject
from workflow.webhooks.posting import GONE, Answer

PATIENCE = timedelta(days=3)
"""For how long an endpoint may fail without a single success."""

WEBHOOK_OFF = "webhook_off"
"""The kind of matter that administrators are told."""


def leave_out(session: Session, delivery_id: int) -> None:
    """Note that a message was not posted, because its endpoint is switched off."""
    delivery = session.get(WebhookDelivery, delivery_id)
    if delivery is not None:
        delivery.state = State.LEFT_OUT


def record(session: Session, delivery_id: int, answer: Answer, now: datetime) -> None:
    """Write down an attempt, and what follows from it for the endpoint."""
    query = (
        select(WebhookDelivery, WebhookEndpoint)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookDelivery.id == delivery_id)
        .with_for_update()
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return
    delivery, endpoint = row
    delivery.attempts += 1
    delivery.attempted_at = now
    delivery.status, delivery.milliseconds = answer.status, answer.milliseconds
    delivery.answer = answer.words
    delivery.state = State.DELIVERED if answer.is_taken else State.FAILED
    if answer.is_taken:
        endpoint.failing_since = None
        return
    endpoint.failing_since = endpoint.failing_since or now
    is_hopeless = now - endpoint.failing_since >= PATIENCE or answer.status == GONE
    if endpoint.is_active and is_hopeless:
        _give_up(session, endpoint, now)


def _give_up(session: Session, endpoint: WebhookEndpoint, now: datetime) -> None:
    endpoint.is_active = False
    since = endpoint.failing_since.isoformat() if endpoint.failing_since else None
    setting_changes.note(session, subject(endpoint.id), SWITCHED_OFF, None, now, {"since": since})
    values = {"url": endpoint.url, "since": since}
    key = f"{WEBHOOK_OFF}:{endpoint.id}:{now.isoformat()}"
    people = audience.administrators(session)
    notifications.tell(
        session, [Told(person_id, None, WEBHOOK_OFF, key, values) for person_id in people], now
    )
