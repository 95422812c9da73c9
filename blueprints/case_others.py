"""What a person may not do at a case: every action with why not, and who can.

Actions that are closed for the same reasons to the same person are told together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from blueprints.labels import label
from blueprints.words import holder_in_words
from blueprints.words import reason as reason_in_words
from workflow.engine import Offer
from workflow.errors import Reason


@dataclass(frozen=True)
class Others:
    """Actions that this person does not have, and why: the same for all of them."""

    labels: tuple[str, ...]
    track: str | None
    sentences: tuple[str, ...]
    who_can: tuple[str, ...]


def others(offers: Iterable[Offer]) -> list[Others]:
    """The actions that are not this person's, in the order of the step."""
    found: dict[tuple[object, ...], list[str]] = {}
    for offer in offers:
        if not offer.allowed:
            who = tuple(holder_in_words(one) for one in offer.who_can)
            key = (offer.track, tuple(_why_not(offer.why_not)), who)
            found.setdefault(key, []).append(label("action", offer.action))
    return [
        Others(tuple(dict.fromkeys(labels)), track, why, who)  # type: ignore[arg-type]
        for (track, why, who), labels in found.items()
    ]


def _why_not(reasons: Iterable[Reason]) -> list[str]:
    """Every reason in words, without naming twice who can."""
    return [reason_in_words(one) for one in reasons if one.code != "not_your_position"]
