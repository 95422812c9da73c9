"""Counts verdicts and finds the rule that they fulfil: one construct for votes and for joins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from states.definition import TallyRule

_NO_VISITS: Mapping[str, int] = {}


def count(words: Iterable[str], verdicts: Iterable[str | None]) -> dict[str, int]:
    """How often each word was given; `cast`, `waiting` and `seats` beside them."""
    counts = dict.fromkeys(words, 0)
    cast = waiting = 0
    for verdict in verdicts:
        if verdict is None:
            waiting += 1
        else:
            cast += 1
            counts[verdict] = counts.get(verdict, 0) + 1
    counts.update(cast=cast, waiting=waiting, seats=cast + waiting)
    return counts


def decide(
    rules: tuple[TallyRule, ...], counts: Mapping[str, int], *, closing: bool = False
) -> int | None:
    """The number of the first rule that holds, or None while others must still be heard.

    Before all have spoken only rules with `early` are asked, unless somebody is `closing`.
    """
    complete = closing or counts["waiting"] == 0
    for number, rule in enumerate(rules):
        if not complete and not rule.early:
            continue
        if rule.when is None or rule.when.holds(counts, _NO_VISITS):
            return number
    return None
