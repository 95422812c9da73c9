"""The document as it was submitted: kept whole, hashed, compared with the one before.

Says what has changed, not what follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflow import journal
from workflow.cases import CaseState

ICT = frozenset({"ict_involved", "ict"})
COVERED_BY_ICT = ICT | {"scope", "budget"}


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot that was taken: its number and hash, the receipt, and what changed for whom."""

    number: int
    sha256: str
    receipt: str
    changed: Mapping[str, bool]
    """By track: whether something that its reviewers look at differs from what they judged."""

    def told(self) -> dict[str, Any]:
        """What the journal says of it."""
        return {"snapshot": self.number, "sha256": self.sha256, "receipt": self.receipt}


def take(
    session: Session, case: CaseState, tracks: Iterable[str], person_id: int | None, now: datetime
) -> Taken:
    """Keep the document of a locked case as it is now; the first time a receipt number is drawn.

    With the first snapshot nothing counts as changed. A track's reviewers judged the snapshot that
    was the newest when their track was opened last; what differs from that one has changed, however
    many snapshots lie between.
    """
    found = session.execute(_DOCUMENT, {"case_id": case.id}).one()
    sha256 = journal.digest_of(found.document)
    number = (found.number or 0) + 1
    values = {
        "case_id": case.id,
        "number": number,
        "document": journal.canonical(found.document),
        "sha256": sha256,
        "person_id": person_id,
        "now": now,
    }
    judged = found.judged or {}
    session.execute(_KEEP, values)
    return Taken(
        number=number,
        sha256=sha256,
        receipt=found.receipt_number or _draw_receipt(session, case, now),
        changed={
            track: found.before is not None
            and _covered(track, judged.get(track, found.before)) != _covered(track, found.document)
            for track in tracks
        },
    )


def _covered(track: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a track's reviewers look at; an unknown track looks at all."""
    if track == "ict":
        return {name: value for name, value in document.items() if name in COVERED_BY_ICT}
    if track == "planning":
        return {name: value for name, value in document.items() if name not in ICT}
    return dict(document)


def _draw_receipt(session: Session, case: CaseState, now: datetime) -> str:
    """The next number of the year; the counter stays locked until the transaction ends."""
    drawn = session.execute(_DRAW, {"series": f"receipt.{now.year}"}).scalar_one()
    receipt = f"USL/{now.year}/{drawn:04d}"
    session.execute(_RECEIPT, {"proposal_id": case.proposal_id, "receipt": receipt})
    return receipt


# The events of a case say which of them opened a track, and which took a snapshot.
_DOCUMENT = text("""
    WITH opened AS (
        SELECT split_part(task ->> 'path', '.', 2) AS track, max(events.seq) AS seq
        FROM events, jsonb_array_elements(events.payload -> 'opened') AS task
        WHERE events.case_id = :case_id AND task ->> 'path' LIKE '%.%'
        GROUP BY track
    )
    SELECT proposals.document, proposals.receipt_number, last.number, last.document AS before,
           (SELECT jsonb_object_agg(opened.track, snapshots.document)
            FROM opened JOIN LATERAL (
                SELECT max(CAST(events.payload -> 'snapshot' ->> 'snapshot' AS bigint)) AS number
                FROM events WHERE events.case_id = :case_id AND events.seq <= opened.seq
            ) AS taken ON true
            JOIN snapshots
              ON snapshots.case_id = :case_id AND snapshots.number = taken.number) AS judged
    FROM cases JOIN proposals ON proposals.id = cases.proposal_id
    LEFT JOIN LATERAL (
        SELECT number, document FROM snapshots WHERE case_id = cases.id
        ORDER BY number DESC LIMIT 1
    ) AS last ON true
    WHERE cases.id = :case_id
""")
_KEEP = text("""
    INSERT INTO snapshots (case_id, number, document, sha256, taken_by, taken_at)
    VALUES (:case_id, :number, CAST(:document AS jsonb), :sha256, :person_id, :now)
""")
_DRAW = text("""
    INSERT INTO counters (series, last) VALUES (:series, 1)
    ON CONFLICT (series) DO UPDATE SET last = counters.last + 1
    RETURNING last
""")
_RECEIPT = text("UPDATE proposals SET receipt_number = :receipt WHERE id = :proposal_id")
