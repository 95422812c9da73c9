"""What a definition calls its own things, in the words of people. Knows no shipped words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_CHARACTERS = 80
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
}
"""The kinds of things that have words, by the key of the language under which they stand."""


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
    """The words of one definition: kind -> name -> words. A step is named by its path."""

    words: Mapping[str, Mapping[str, Words]] = field(default_factory=dict)

    def find(self, kind: str, name: str) -> Words | None:
        """The words of a thing, if it has any; a verdict goes by the action that gives it.

        A track may be asked for as a step, by its path `review.ict`.
        """
        found = self.words.get(kind, {}).get(name)
        if found is None and kind == "verdict":
            return self.find("action", name)
        if found is None and kind == "step" and name.count(".") == 1:
            return self.find("track", name.rpartition(".")[2])
        return found

    def before(self, others: Wording) -> Wording:
        """These words, and those of others for what has none here."""
        kinds = dict.fromkeys([*self.words, *others.words])
        return Wording({k: {**others.words.get(k, {}), **self.words.get(k, {})} for k in kinds})


NO_WORDING = Wording()
