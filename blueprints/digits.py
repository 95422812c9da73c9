"""Whole numbers as pages send them: the plain digits of a row's number, a version, a count."""

from __future__ import annotations

MOST_DIGITS = 19
"""No column holds a number of more; `int` itself fails at some thousands."""


def whole(words: str | None) -> int | None:
    """The number that is written; None for what is no such number."""
    is_number = words is not None and words.isascii() and words.isdecimal()
    return int(words) if words and is_number and len(words) <= MOST_DIGITS else None
