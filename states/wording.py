"""What a definition calls its own things, in the words of people. Knows no shipped words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_CHARACTERS, MOST_BESIDE = 80, 200
"""Of the words of a thing; of those that stand at the thing itself, such as a ministry's name."""
WORKFLOW = "definition"
"""The kind of the workflow's own name, which is found under its key."""
SECTIONS: Mapping[str, str] = {
    "steps": "step",
    "actions": "action",
    "parties": "party",
    "tracks": "track",
    "facts": "fact",
    "verdicts": "verdict",
    "clocks": "clock",
    "needs": "need",
    "done": "done",
}
"""The kinds of things that have words, by the key of the language under which they stand."""
DONE = "done"
"""The kind under which an action is told once it is done: `Returned` for `return`."""
EXTERNAL = "external"
"""The kind under which the name of a body outside is found, by its party."""


@dataclass(frozen=True)
class Words:
    """What one thing is called, in Indonesian and in English; without `en` the same in both."""

    id: str
    en: str = ""

    def spoken(self, language: str) -> str:
        """The words of a language; the Indonesian ones where there are no others."""
        return self.en if language == "en" and self.en else self.id


@dataclass(frozen=True)
class Wording:
    """The words of one definition: kind -> name -> words. A step is named by its path.

    `beside` has those that the text says at the things themselves.
    """

    words: Mapping[str, Mapping[str, Words]] = field(default_factory=dict)
    beside: Mapping[str, Mapping[str, Words]] = field(default_factory=dict)

    def find(self, kind: str, name: str) -> Words | None:
        """The words of a thing, if it has any; a verdict goes by the action that gives it.

        A track may be asked for as a step, by its path `review.ict`.
        """
        found = self.words.get(kind, {}).get(name) or self.beside.get(kind, {}).get(name)
        if found is None and kind == "verdict":
            return self.find("action", name)
        if found is None and kind == "step" and name.count(".") == 1:
            return self.find("track", name.rpartition(".")[2])
        return found

    def before(self, others: Wording) -> Wording:
        """These words, and those of others for what has none here."""
        return Wording(_first(self.words, others.words), _first(self.beside, others.beside))


def _first(
    own: Mapping[str, Mapping[str, Words]], others: Mapping[str, Mapping[str, Words]]
) -> Mapping[str, Mapping[str, Words]]:
    return {k: {**others.get(k, {}), **own.get(k, {})} for k in dict.fromkeys([*own, *others])}


NO_WORDING = Wording()
