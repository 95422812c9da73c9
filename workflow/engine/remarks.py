"""Points of a return, their answers, and conditions of an approval, as rows of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflow.errors import Problem


def unknown_answers(session: Session, case_id: int, words: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with answers to points that there are not."""
    if not words.get("answers"):
        return []
    known = set(session.execute(_KNOWN, {"case_id": case_id}).scalars())
    return [
        Problem(f"answers.{number}", "unknown")
        for number in words["answers"]
        if int(number) not in known
    ]


def keep(
    session: Session, case_id: int, decision_id: int, words: Mapping[str, Any], now: datetime
) -> None:
    """Number and keep what a decision said in rows; the case must be locked."""
    for name, (last, add) in _ROWS.items():
        if words.get(name):
            base = session.execute(last, {"case_id": case_id}).scalar_one()
            numbered = enumerate(words[name], start=base + 1)
            place = {"case_id": case_id, "decision_id": decision_id}
            session.execute(add, [{**place, "number": number, **row} for number, row in numbered])
    for number, answer in words.get("answers", {}).items():
        values = {"case_id": case_id, "number": int(number), "answer": answer, "now": now}
        session.execute(_ANSWER, values)


_ROWS = {
    "points": (
        text("SELECT coalesce(max(number), 0) FROM points WHERE case_id = :case_id"),
        text("""
            INSERT INTO points (case_id, number, decision_id, field, text)
            VALUES (:case_id, :number, :decision_id, :field, :text)
        """),
    ),
    "conditions": (
        text("SELECT coalesce(max(number), 0) FROM conditions WHERE case_id = :case_id"),
        text("""
            INSERT INTO conditions (case_id, number, decision_id, text, gate, is_blocking)
            VALUES (:case_id, :number, :decision_id, :text, :gate, :is_blocking)
        """),
    ),
}
_ANSWER = text("""
    UPDATE points SET answer = :answer, answered_at = :now
    WHERE case_id = :case_id AND number = :number
""")
_KNOWN = text("SELECT number FROM points WHERE case_id = :case_id")
