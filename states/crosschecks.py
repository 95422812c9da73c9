"""Checks that need the whole definition: names across steps, forks in a circle, picked seats."""

from __future__ import annotations

from collections.abc import Mapping

from states.definition import Action, Definition, Step, StepKind
from states.fields import Notes


def crosscheck(definition: Definition, notes: Notes) -> None:
    """Note what no single step can know."""
    _names_meet(definition, notes)
    _charts(definition.steps, notes)
    for step in definition.steps.values():
        for track in step.tracks.values():
            _charts(track.steps, notes)
    for action in definition.anywhere.values():
        _picks(action, None, definition.steps, notes)


def _names_meet(definition: Definition, notes: Notes) -> None:
    """A step's action and one of `anywhere` with the same name would both be meant."""
    for action in definition.anywhere.values():
        for step in definition.steps.values():
            if action.name in step.actions and offered_at(action, step):
                line = step.actions[action.name].line
                notes.add(line, step.path, "action_twice", name=action.name)


def offered_at(action: Action, step: Step) -> bool:
    """Whether an action of `anywhere` can be done at a step of the main chart."""
    if step.kind in (StepKind.FINAL, StepKind.ROUTE) or step.name in action.unless:
        return False
    return not action.only or step.name in action.only


def _charts(steps: Mapping[str, Step], notes: Notes) -> None:
    _circles(steps, notes)
    picked = set()
    for step in steps.values():
        for action in step.actions.values():
            picked.add(_picks(action, step.path, steps, notes))
    for step in steps.values():
        if step.seats is not None and step.seats.count == "picked" and step.name not in picked:
            notes.add(step.line, step.path, "never_picked")


def _picks(action: Action, path: str | None, steps: Mapping[str, Step], notes: Notes) -> str | None:
    if action.picks is not None:
        step = steps.get(action.picks)
        if step is None or step.seats is None or step.seats.count != "picked":
            notes.add(action.line, path, "picks_nothing", name=action.picks)
    return action.picks


def _circles(steps: Mapping[str, Step], notes: Notes) -> None:
    """Forks that lead only to forks: following every way, nobody would ever stand."""
    forks = {
        name: {branch.to for branch in step.route if branch.to is not None}
        for name, step in steps.items()
        if step.kind is StepKind.ROUTE
    }
    for name in forks:
        seen, ahead = set(), set(forks[name])
        while ahead:
            seen |= ahead
            ahead = {to for at in ahead for to in forks.get(at, ())} - seen
        if name in seen:
            circle = sorted(seen & set(forks))
            notes.add(steps[name].line, steps[name].path, "route_circle", names=", ".join(circle))
            return
