"""Why an administrator helps a case by hand: always said, and kept in its journal."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.errors import Invalid, Problem

LONGEST_REASON = 500


def tidy(reason: str) -> str:
    """The reason without superfluous space. Raises Invalid unless there is one that fits."""
    words = " ".join(reason.split())
    problems = tuple(wrong(words))
    if problems:
        raise Invalid(*problems)
    return words


def wrong(words: str) -> Iterator[Problem]:
    """What is wrong with a reason."""
    if not words:
        yield Problem("reason", "required")
    elif len(words) > LONGEST_REASON:
        yield Problem("reason", "too_long", {"most": LONGEST_REASON})
