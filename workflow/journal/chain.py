"""How events are chained: the one way to write a value, and the hash of an event over all it says.

Pure: asks no database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any


def canonical(value: object) -> str:
    """The one way to write a value as JSON: keys sorted, no spaces, times in UTC."""
    return _ENCODER.encode(value)


def link(
    previous_hash: str,
    case_id: int,
    seq: int,
    kind: str,
    at: datetime,
    person_id: int | None,
    appointment_id: int | None,
    payload: Mapping[str, Any],
) -> str:
    """The hash of an event: SHA-256 over all that it says and over the hash before it."""
    content = {
        "previous": previous_hash,
        "case": case_id,
        "seq": seq,
        "kind": kind,
        "at": at,
        "person": person_id,
        "appointment": appointment_id,
        "payload": payload,
    }
    return digest_of(content)


def digest_of(value: object) -> str:
    """The SHA-256 of a value in its canonical form."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"not a value of the journal: {value!r}")


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
)
