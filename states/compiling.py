"""Compiles a definition to flat `transitions` machines, one for each chart.

The machines are shared between threads and keep no case: a throw-away object carries the state.
No callback has an effect, and none is a string of the document; only guards are asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from transitions import Machine as FlatMachine

from states.conditions import Facts
from states.crosschecks import offered_at
from states.definition import Action, Branch, Definition, Step, StepKind
from states.reading_steps import verdicts_of

ENDED = "="  # before a verdict: the state of a track that has ended with it


class _Carrier:
    """Carries the state through one transition."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class Chart:
    """The main chart or one track: says where an event leads from a step."""

    def __init__(self, steps: Mapping[str, Step], anywhere: Mapping[str, Action]) -> None:
        branches = [
            (event, name, branch)
            for name, step in steps.items()
            for event, ways in _events(step)
            for branch in ways
        ]
        branches += [
            (f"any {action.name}", name, branch)
            for action in anywhere.values()
            for name, step in steps.items()
            if offered_at(action, step)
            for branch in action.to
        ]
        states = dict.fromkeys([*steps, *(_state(branch) for _, _, branch in branches)])
        self._machine = FlatMachine(
            model=None,
            states=list(states),
            initial=next(iter(steps)),
            auto_transitions=False,
            queued=False,
        )
        for event, name, branch in branches:
            guard = None if branch.when is None else branch.when.holds
            self._machine.add_transition(event, name, _state(branch), conditions=guard)

    def lead(self, state: str, event: str, facts: Facts, visits: Mapping[str, int]) -> str:
        """The step (or "=verdict") that the event leads to; raises UnknownFact."""
        carrier = _Carrier(state)
        self._machine.events[event].trigger(carrier, facts, visits)
        return carrier.state


def _state(branch: Branch) -> str:
    return branch.to if branch.to is not None else f"{ENDED}{branch.verdict}"


def _events(step: Step) -> list[tuple[str, tuple[Branch, ...]]]:
    """Everything that can lead away from a step: "do NAME", "lapse", "rule N", "route"."""
    events = [("lapse", step.on_lapse), ("route", step.route)]
    for action in step.actions.values():
        ends = action.verdict is not None and step.kind is StepKind.PLAIN
        ways = (Branch(None, None, action.verdict),) if ends else action.to
        events.append((f"do {action.name}", ways))
    for number, rule in enumerate(step.tally):
        events.append((f"rule {number}", (Branch(None, rule.to, rule.verdict),)))
    return events


class Plan:
    """A definition made ready: every lookup that an act needs, done once."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.main = Chart(definition.steps, definition.anywhere)
        self.steps = {step.path: step for step in definition.every_step()}
        self.tracks = {
            (step.path, track.name): Chart(track.steps, {})
            for step in definition.steps.values()
            for track in step.tracks.values()
        }
        self.words = {path: words_of(step) for path, step in self.steps.items()}
        self.seats = {path: self._hats(step) for path, step in self.steps.items()}
        self.anywhere = {
            name: {a.name: a for a in definition.anywhere.values() if offered_at(a, step)}
            for name, step in definition.steps.items()
        }
        self.actions = frozenset(definition.anywhere).union(
            *(s.actions for s in self.steps.values())
        )
        self.clocks: dict[tuple[str, str], tuple[str, ...]] = {}
        for clock in definition.clocks.values():
            self.clocks[clock.starts] = (*self.clocks.get(clock.starts, ()), clock.name)

    def chart(self, path: str, track: str | None) -> Chart:
        """The chart of a step."""
        return self.main if track is None else self.tracks[path.split(".", 1)[0], track]

    def _hats(self, step: Step) -> tuple[str, ...]:
        return tuple(self.definition.hat(party) for party in step.parties)


def words_of(step: Step) -> tuple[str, ...]:
    """The verdicts that the step's tally counts."""
    if step.kind is StepKind.PARALLEL:
        return tuple(sorted({word for t in step.tracks.values() for word in verdicts_of(t)}))
    return tuple(a.verdict for a in step.actions.values() if a.verdict is not None)
