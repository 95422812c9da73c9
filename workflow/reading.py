"""Questions that one page asks several times, answered once. Nothing is remembered while writing.

A page is read at one instant, so that the same question has the same answer. A session in which
something may change never remembers: there every question goes to the database.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from sqlalchemy.orm import Session

REMEMBERED = "remembered"
Answer = TypeVar("Answer")


def begin(session: Session) -> None:
    """From now on, and until it is closed, this session is only read from."""
    session.info[REMEMBERED] = {}


def once(session: Session, question: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer to a question, asked again only by sessions that may write."""
    answers: dict[Hashable, Answer] | None = session.info.get(REMEMBERED)
    if answers is None:
        return ask()
    if question not in answers:
        answers[question] = ask()
    return answers[question]
