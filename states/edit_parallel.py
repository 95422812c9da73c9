"""The edit that lets two steps in a row be done side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from states.definition import Action, Definition, Means, Step, StepKind
from states.edit_reviews import AGAINST, ONWARD, count_one_more, new_name, verdicts_that_count
from states.edits import Document, Misfit, following, place_before
from states.step_names import lead, move, stand_for


def neighbours(definition: Definition, name: str) -> tuple[str, ...]:
    """The steps with which a step can be put side by side: right before it or right after it."""
    step = definition.steps.get(name)
    if step is None:
        return ()
    found = [
        other.name
        for other in definition.steps.values()
        if other.name != name
        and (_leads(other, name) or _leads(step, other.name))
        and _fits(definition, step)
        and _fits(definition, other)
        and StepKind.PLAIN in (step.kind, other.kind)
    ]
    return tuple(found)


def _fits(definition: Definition, step: Step) -> bool:
    """Whether a step can stand in a track, where nobody edits, keeps a copy or picks others."""
    if step.kind is StepKind.PARALLEL:
        return True
    alone = step.kind is StepKind.PLAIN and not step.edits and not step.on_lapse
    tied = any(one.snapshot or one.picks for one in step.actions.values())
    return alone and not tied and step.name != definition.initial and bool(_onward(step))


def _leads(step: Step, name: str) -> bool:
    if step.kind is StepKind.PARALLEL:
        return any(rule.to == name for rule in step.tally)
    return any(branch.to == name for action in _onward(step) for branch in action.to)


def _onward(step: Step) -> list[Action]:
    return [one for one in step.actions.values() if one.to and one.means in ONWARD]


@dataclass(frozen=True)
class MakeParallel:
    """Two steps in a row become tracks of one; where one is parallel, the other joins it.

    `name` is that of the new step, where one is needed. What led to either leads to both; where
    the second led, both together lead.
    """

    path: str
    other: str
    name: str = ""

    def apply(self, document: Document, definition: Definition) -> None:
        """Put them side by side. Raises Misfit where they are no neighbours, or say too much."""
        if self.other not in neighbours(definition, self.path):
            raise Misfit("other", "not_side_by_side")
        steps = definition.steps
        first, second = steps[self.path], steps[self.other]
        if not _leads(first, second.name):
            first, second = second, first
        if StepKind.PARALLEL in (first.kind, second.kind):
            self._join(document, first, second)
        else:
            self._found(document, first, second)

    def _join(self, document: Document, first: Step, second: Step) -> None:
        """One more track of the step that is parallel already."""
        parallel, alone = (second, first) if second.kind is StepKind.PARALLEL else (first, second)
        written = document["steps"][parallel.name]
        new_name(alone.name, written["tracks"])
        count_one_more(written, len(parallel.tracks))
        known = verdicts_that_count(parallel)
        words = {}
        for action in _leaving(alone):
            fitting = [word for word, means in known.items() if means is action.means]
            if action.means is Means.FORWARD and not fitting:
                fitting = [word for word, means in known.items() if means is Means.APPROVE]
            if not fitting:
                raise Misfit("other", "no_such_verdict", action=action.name)
            words[action.name] = action.name if action.name in fitting else fitting[0]
        if parallel is first:  # what follows on both is what followed on the second
            after = self._after(document, alone, f"after_{alone.name}")
            lead(written, lambda to: after if to == alone.name else to)
        track = {"steps": {alone.name: _as_track(document, alone, words)}}
        self._gather(document, parallel.name, (alone,))
        written["tracks"][alone.name] = track

    def _found(self, document: Document, first: Step, second: Step) -> None:
        """A new parallel step with a track for each."""
        steps: Document = document["steps"]
        new_name(self.name, steps)
        tracks, rules = {}, []
        for means, outcome in AGAINST.items():
            for word, target in self._ends(document, (first, second), means):
                rules.append({"outcome": outcome, "when": f"{word} >= 1", "to": target})
        after = self._after(document, second, f"after_{self.name}")
        rules.append({"outcome": "approved", "to": after})
        for step in (first, second):
            words = {action.name: action.name for action in _leaving(step)}
            tracks[step.name] = {"steps": {step.name: _as_track(document, step, words)}}
        place_before(steps, first.name, self.name, {"tracks": tracks, "tally": rules})
        self._gather(document, self.name, (first, second))

    def _ends(
        self, document: Document, both: tuple[Step, Step], means: Means
    ) -> Iterator[tuple[str, str]]:
        """Each word that stops or returns, once, with where it led; that of the first counts."""
        seen: set[str] = set()
        for step in both:
            for action in _leaving(step):
                if action.means is means and action.name not in seen:
                    seen.add(action.name)
                    written = document["steps"][step.name]["actions"][action.name]
                    name = f"after_{action.name}"
                    yield action.name, one_target(document["steps"], written, name, step.name)

    def _after(self, document: Document, step: Step, name: str) -> str:
        """Where a step led on; conditions there become a fork of their own."""
        action = _onward(step)[0]
        written = document["steps"][step.name]["actions"][action.name]
        return one_target(document["steps"], written, name, step.name)

    def _gather(self, document: Document, parallel: str, moved: tuple[Step, ...]) -> None:
        """Lead to the parallel step what led to the steps that are its tracks now."""
        steps: Document = document["steps"]
        names = {step.name for step in moved}
        for name in names:
            del steps[name]
        elsewhere = {"actions": document.get("anywhere", {})}
        for written in (*steps.values(), elsewhere):
            lead(written, lambda to: parallel if to in names else to)
        stand_for(document, lambda name: parallel if name in names else name)
        words: Document = document.get("wording", {}).get("steps", {})
        called = {name: words[name] for name in sorted(names & words.keys())}
        move(document, lambda at: f"{parallel}.{at}.{at}" if at in names else at)
        if called:
            document["wording"]["tracks"] = called | document["wording"].get("tracks", {})


def _leaving(step: Step) -> list[Action]:
    return [action for action in step.actions.values() if action.to]


def one_target(chart: Document, written: Any, name: str, after: str) -> str:
    """The step to which an action leads; several, by conditions, become a fork by that name."""
    ways = written if isinstance(written, str) else written["to"]
    if isinstance(ways, str):
        return ways
    if not isinstance(ways, list):
        return str(ways["to"])
    new_name(name, chart)
    place_before(chart, following(chart, after), name, {"route": ways})
    return name


def _as_track(document: Document, step: Step, words: dict[str, str]) -> Document:
    """A step as it stands in a track: its ways are verdicts."""
    written: Document = dict(document["steps"][step.name])
    actions: Document = {}
    for name, action in written["actions"].items():
        said = {} if isinstance(action, str) else {k: v for k, v in action.items() if k != "to"}
        said.pop("snapshot", None)
        actions[name] = {"verdict": words[name], **said} if name in words else action
    return {**written, "actions": actions}
