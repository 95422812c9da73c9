"""Endpoints as administrators set them up: entered, changed, switched on and off, read.

Each change is noted with who made it. Posts nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow import setting_changes
from workflow.errors import Invalid, NotFound, Problem
from workflow.models import WebhookDelivery, WebhookEndpoint
from workflow.webhooks import KINDS, addresses, signing
from workflow.webhooks.posting import Outbound

BOTH_SIGN_FOR = timedelta(hours=24)
"""How long the secret before signs too, so that a receiver can change over."""

ENTERED, CHANGED, ROTATED, SECRET_SHOWN = "entered", "changed", "rotated", "secret_shown"
SWITCHED_ON, SWITCHED_OFF = "switched_on", "switched_off"


def subject(endpoint_id: int) -> str:
    """What the journal of settings calls an endpoint."""
    return f"webhook:{endpoint_id}"


def endpoints(session: Session) -> list[WebhookEndpoint]:
    """All endpoints, the newest first."""
    return list(session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.id.desc())))


def endpoint(session: Session, endpoint_id: int) -> WebhookEndpoint:
    """One endpoint. Raises NotFound."""
    found = session.get(WebhookEndpoint, endpoint_id)
    if found is None:
        raise NotFound(f"webhook {endpoint_id}")
    return found


def deliveries(
    session: Session, endpoint_id: int, *, before: int | None = None, limit: int = 50
) -> list[WebhookDelivery]:
    """The endpoint's messages, the newest first; with `before`, those older than that id."""
    query = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
    if before is not None:
        query = query.where(WebhookDelivery.id < before)
    return list(session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit)))


def enter(
    session: Session,
    url: str,
    kinds: Collection[str],
    outbound: Outbound,
    *,
    by: int,
    now: datetime,
) -> int:
    """Enter an endpoint; returns its number. Raises Invalid with everything that is wrong."""
    _require(url, kinds, outbound)
    entered = WebhookEndpoint(
        url=url, kinds=_in_order(kinds), salt=secrets.token_hex(16), created_at=now
    )
    session.add(entered)
    session.flush()  # for its number
    _note(session, entered, ENTERED, by, now, url=url, kinds=entered.kinds)
    return entered.id


def change(
    session: Session,
    endpoint_id: int,
    url: str,
    kinds: Collection[str],
    outbound: Outbound,
    *,
    by: int,
    now: datetime,
) -> None:
    """Change where and of what an endpoint is told. Raises Invalid and NotFound."""
    found = _lock(session, endpoint_id)
    _require(url, kinds, outbound)
    before = {"url": found.url, "kinds": found.kinds}
    found.url, found.kinds = url, _in_order(kinds)
    _note(session, found, CHANGED, by, now, url=url, kinds=found.kinds, before=before)


def take_secret(
    session: Session, endpoint_id: int, outbound: Outbound, *, by: int, now: datetime
) -> str | None:
    """The secret, once: None when it was shown already. Raises NotFound."""
    found = _lock(session, endpoint_id)
    if found.secret_shown_at is not None:
        return None
    found.secret_shown_at = now
    _note(session, found, SECRET_SHOWN, by, now)
    return signing.secret(outbound.key, found.salt)


def rotate(session: Session, endpoint_id: int, *, by: int, now: datetime) -> None:
    """Make a new secret; the one before signs too for a day. Raises NotFound."""
    found = _lock(session, endpoint_id)
    if found.secret_shown_at is not None:  # else nobody has it, and the one before stays in use
        found.previous_salt, found.previous_until = found.salt, now + BOTH_SIGN_FOR
    found.salt, found.secret_shown_at = secrets.token_hex(16), None
    _note(session, found, ROTATED, by, now)


def switch(session: Session, endpoint_id: int, *, on: bool, by: int, now: datetime) -> None:
    """Switch an endpoint on or off; done already, nothing changes. Raises NotFound."""
    found = _lock(session, endpoint_id)
    if found.is_active is on:
        return
    found.is_active, found.failing_since = on, None
    _note(session, found, SWITCHED_ON if on else SWITCHED_OFF, by, now)


def _lock(session: Session, endpoint_id: int) -> WebhookEndpoint:
    found = session.get(WebhookEndpoint, endpoint_id, with_for_update=True)
    if found is None:
        raise NotFound(f"webhook {endpoint_id}")
    return found


def _require(url: str, kinds: Collection[str], outbound: Outbound) -> None:
    problems = [addresses.problem(url, outbound.allowed, https_only=outbound.https_only)]
    if not kinds:
        problems.append(Problem("kinds", "required"))
    elif not set(kinds) <= set(KINDS.values()):
        problems.append(Problem("kinds", "unknown_choice"))
    if found := [problem for problem in problems if problem is not None]:
        raise Invalid(*found)


def _in_order(kinds: Collection[str]) -> list[str]:
    return [kind for kind in KINDS.values() if kind in kinds]


def _note(
    session: Session,
    endpoint: WebhookEndpoint,
    kind: str,
    by: int,
    now: datetime,
    **what: object,
) -> None:
    setting_changes.note(session, subject(endpoint.id), kind, by, now, what)
