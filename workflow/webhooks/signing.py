"""Secrets and signatures after Standard Webhooks. Values in, values out.

A secret is made of the installation's key and a salt, so that a copy of the database alone can
sign nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

PREFIX = "whsec_"


def secret(key: str, salt: str) -> str:
    """The secret that a receiver is given."""
    made = hmac.digest(key.encode(), f"webhook secret {salt}".encode(), hashlib.sha256)
    return PREFIX + base64.b64encode(made).decode()


def signature(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """What one secret says of a message."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(
    secrets: Iterable[str], webhook_id: str, now: datetime, body: bytes
) -> Mapping[str, str]:
    """The three headers of an attempt, signed with each of the secrets."""
    timestamp = int(now.timestamp())
    signatures = (signature(secret, webhook_id, timestamp, body) for secret in secrets)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
