"""Edits that bring in another agency: a review before a step, or side by side with others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from states.definition import Definition, Means, Place, Step
from states.document import Plain
from states.edits import Document, Misfit, chart_of, place_before, put
from states.reading_steps import verdicts_of
from states.step_names import lead

ONWARD = (Means.FORWARD, Means.APPROVE)
AGAINST: Mapping[Means, str] = {
    Means.REJECT: "rejected",
    Means.STOP: "stopped",
    Means.RETURN: "returned",
}
"""What a word against the case comes to among several, the worst first."""
VERDICTS: Mapping[str, Means] = {
    "approve": Means.APPROVE,
    "return": Means.RETURN,
    "reject": Means.REJECT,
}
"""What a review can say where nothing else is written yet."""


@dataclass(frozen=True)
class Reviewer:
    """Who reviews: a party by name; with a place it is a new one."""

    party: str
    place: Place | None = None
    instead: Place | None = None

    def enter(self, document: Document) -> None:
        """Write a new party down. Raises Misfit when there is another one by that name."""
        if self.place is None:
            return
        if self.party in document["parties"]:
            raise Misfit("place", "known_already")
        said: Document = {"agency": self.place.agency, "post": self.place.post}
        if self.instead is not None:
            said["instead"] = {"agency": self.instead.agency, "post": self.instead.post}
        document["parties"][self.party] = said


@dataclass(frozen=True)
class AddReview:
    """A step of its own before another one: what went on to that goes to the review first."""

    name: str
    before: str
    reviewer: Reviewer
    within: str
    returns_to: str
    rejects_to: str

    def apply(self, document: Document, definition: Definition) -> None:
        """Put the step in the way. Raises Misfit when its name is taken."""
        steps: Document = document["steps"]
        new_name(self.name, steps)
        self.reviewer.enter(document)
        lead_onward(document, definition, self.before, self.name)
        targets = {"approve": self.before, "return": self.returns_to, "reject": self.rejects_to}
        actions: Document = {}
        for word, target in targets.items():
            if target:
                verb = definition.verbs.get(word)
                known = verb is not None and verb.means is VERDICTS[word]
                actions[word] = target if known else {"to": target, "means": VERDICTS[word].value}
        review: Document = {"party": self.reviewer.party}
        put(review, "within", self.within or None, ("within",))
        place_before(steps, self.before, self.name, {**review, "actions": actions})


@dataclass(frozen=True)
class AddTrack:
    """Another agency side by side with those of a parallel step; it says what they can say."""

    path: str
    name: str
    reviewer: Reviewer
    within: str

    def apply(self, document: Document, definition: Definition) -> None:
        """Open the track. Raises Misfit when its name is taken."""
        step, written = definition.steps[self.path], document["steps"][self.path]
        new_name(self.name, written["tracks"])
        self.reviewer.enter(document)
        deciding: Document = {"party": self.reviewer.party}
        put(deciding, "within", self.within or None, ("within",))
        deciding |= giving(definition, verdicts_that_count(step))
        count_one_more(written, len(step.tracks))
        written["tracks"][self.name] = {"steps": {"deciding": deciding}}


def giving(definition: Definition, words: Mapping[str, Means]) -> Document:
    """`verdicts` and `actions` that give these words with these meanings."""
    listed, others = [], {}
    for word, means in words.items():
        verb = definition.verbs.get(word)
        if (verb.means if verb else Means.FORWARD) is means:
            listed.append(word)
        else:
            others[word] = {"verdict": word, "means": means.value}
    said: Document = {}
    put(said, "verdicts", cast("Plain", listed) if listed else None, ())
    put(said, "actions", cast("Plain", others) if others else None, ())
    return said


def verdicts_that_count(step: Step) -> Mapping[str, Means]:
    """What the tracks of a parallel step can say, with what the action means that says it."""
    found: dict[str, Means] = {}
    for track in step.tracks.values():
        words = verdicts_of(track)
        for one in track.steps.values():
            for action in one.actions.values():
                if action.verdict in words:
                    found.setdefault(action.verdict or "", action.means)
    order = list(Means)
    return dict(sorted(found.items(), key=lambda item: order.index(item[1])))


def count_one_more(written: Document, tracks: int) -> None:
    """What all had to say until now holds too when one more says it: `reject == 2` is at least 2.

    Otherwise three refusals of three would fall through to the last line, which approves.
    """
    for rule in written["tally"]:
        if "when" in rule:
            rule["when"] = re.sub(rf"==(\s*){tracks}\b", rf">=\g<1>{tracks}", rule["when"])


def new_name(name: str, taken: Mapping[str, object]) -> None:
    """Raises Misfit when something has that name."""
    if name in taken:
        raise Misfit("name", "known_already")


def lead_onward(document: Document, definition: Definition, before: str, name: str) -> None:
    """What went on to a step goes on to the one by that name, in the same chart."""
    chart, prefix = chart_of(document, before), before.rpartition(".")[0]
    by_way = by_way_of(name, before.rpartition(".")[2])
    for step in definition.every_step():
        if step.path.rpartition(".")[0] == prefix:
            onward = {one.name for one in step.actions.values() if one.means in ONWARD}
            lead(chart[step.name], by_way, only=onward.__contains__)


def by_way_of(name: str, before: str) -> Callable[[str], str]:
    """Where to go, once a step by this name stands before another one."""
    return lambda target: name if target == before else target
