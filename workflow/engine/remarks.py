"""Points of a return, their answers, and conditions of an approval, as rows of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from states.definition import Step
from workflow.errors import Problem


def are_asked(step: Step, needs: Collection[str]) -> bool:
    """Whether an action takes answers: where the subject is edited, or they are needed."""
    return bool(step.edits) or "answers" in needs


def unknown_answers(
    session: Session, case_id: int, words: Mapping[str, Any], unheard: Collection[int]
) -> list[Problem]:
    """What is wrong with answers: no such point, one not heard of yet, or answered already.

    These are one problem, so that nobody learns what has been said and not been told. `unheard`
    are the versions of the case whose words the person waits for.
    """
    rows = session.execute(_OPEN, {"case_id": case_id})
    known = {row.number for row in rows if row.version not in unheard}
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
    WHERE case_id = :case_id AND number = :number AND answered_at IS NULL
""")
_OPEN = text("""
    SELECT points.number, decisions.version
    FROM points JOIN decisions ON decisions.id = points.decision_id
    WHERE points.case_id = :case_id AND points.answered_at IS NULL
""")
