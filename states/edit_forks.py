"""Edits that put something before a step: a step, a fork, or several agencies side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from states.definition import Definition, Means
from states.document import Plain
from states.edit_reviews import (
    AGAINST,
    VERDICTS,
    Reviewer,
    by_way_of,
    giving,
    lead_onward,
    new_name,
)
from states.edits import Document, Way, chart_of, place_before, put, to
from states.step_names import lead


@dataclass(frozen=True)
class AddFork:
    """A fork before a step, both by their paths: whatever led to the step goes to the fork first.

    Under the condition of `elsewhere` it goes there, otherwise on to the step.
    """

    name: str
    before: str
    elsewhere: Way

    def apply(self, document: Document, _definition: Definition) -> None:
        """Put the fork in the way. Raises Misfit when its name is taken."""
        chart, step = chart_of(document, self.before), self.before.rpartition(".")[2]
        fork = self.name.rpartition(".")[2]
        new_name(fork, chart)
        by_way = by_way_of(fork, step)
        for one in chart.values():
            lead(one, by_way)
        if "." not in self.before:
            lead({"actions": document.get("anywhere", {})}, by_way)
        route: Document = {"route": to((self.elsewhere, Way(step)))}
        place_before(chart, step, fork, route)


@dataclass(frozen=True)
class AddStep:
    """A step before another one, both by their paths: what went on to that comes here first.

    `action` leads on from it. A track that began with the other step begins with this one.
    """

    name: str
    before: str
    who: Reviewer
    within: str
    action: str

    def apply(self, document: Document, definition: Definition) -> None:
        """Put the step in the way. Raises Misfit when its name is taken."""
        chart, following = chart_of(document, self.before), self.before.rpartition(".")[2]
        name = self.name.rpartition(".")[2]
        new_name(name, chart)
        self.who.enter(document)
        lead_onward(document, definition, self.before, name)
        if "." in self.before:
            step, track, _own = self.before.split(".")
            written = document["steps"][step]["tracks"][track]
            if written.get("initial") == following:
                written["initial"] = name
        added: Document = {"party": self.who.party}
        put(added, "within", self.within or None, ("within",))
        place_before(chart, following, name, {**added, "actions": {self.action: following}})


@dataclass(frozen=True)
class AddSideBySide:
    """A parallel step before another one, with a track for each reviewer, joined by a tally.

    What went on to the step goes there first. One rejection is enough, or else one return; if
    all approve, the case goes on to the step.
    """

    name: str
    before: str
    reviewers: Mapping[str, Reviewer]
    within: str
    returns_to: str
    rejects_to: str

    def apply(self, document: Document, definition: Definition) -> None:
        """Put the step in the way. Raises Misfit when its name is taken."""
        steps: Document = document["steps"]
        new_name(self.name, steps)
        ends = {Means.REJECT: self.rejects_to, Means.RETURN: self.returns_to}
        words = {w: m for w, m in VERDICTS.items() if m is Means.APPROVE or ends[m]}
        tracks: Document = {}
        for track, reviewer in self.reviewers.items():
            reviewer.enter(document)
            deciding: Document = {"party": reviewer.party}
            put(deciding, "within", self.within or None, ("within",))
            tracks[track] = {"steps": {"deciding": deciding | giving(definition, words)}}
        rules: list[Plain] = [
            {"outcome": AGAINST[means], "when": f"{word} >= 1", "to": ends[means]}
            for means in ends
            for word, meant in words.items()
            if meant is means
        ]
        rules.append({"outcome": "approved", "to": self.before})
        lead_onward(document, definition, self.before, self.name)
        place_before(steps, self.before, self.name, {"tracks": tracks, "tally": rules})
