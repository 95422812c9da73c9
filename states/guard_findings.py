"""Findings on guards that need no markings: only a step and the visits counted there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from states.attempts import Act
from states.conditions import Condition, Value
from states.definition import Action, Branch, DecisionClass, Definition, Step, StepKind
from states.findings import Finding, Severity
from states.fingerprints import guards_of_action
from states.oracle import ForkingOracle


class GuardFindings:
    """Asks the guards of one definition in every possible way."""

    def __init__(self, definition: Definition, oracle: ForkingOracle) -> None:
        self._definition = definition
        self._oracle = oracle

    def ways(self, step: Step, contexts: Iterable[Mapping[str, int]]) -> Iterator[Finding]:
        """Guarded ways that are never taken, whatever the facts and the visits seen here."""
        seen = list(contexts)
        for name, branches in _guarded_lists(step):
            taken = {
                chosen
                for visits in seen
                for chosen, _ in self._oracle.runs(lambda v=visits, b=branches: self._first(b, v))  # type: ignore[misc]
            }
            for number, branch in enumerate(branches[:-1]):
                if seen and number not in taken:
                    values = {"to": branch.to or branch.verdict, "action": name}
                    yield Finding(Severity.ERROR, "never_chosen", step.path, values)

    def _first(self, branches: tuple[Branch, ...], visits: Mapping[str, int]) -> int:
        for number, branch in enumerate(branches):
            if branch.when is None or branch.when.holds(self._oracle, visits):
                return number
        return len(branches)

    def refused(
        self, step: Step, visits: Mapping[str, int], acts: tuple[Act, ...]
    ) -> Iterator[Finding]:
        """Hats that can be left with nothing to do here that leads on."""
        if step.on_lapse:
            return
        for hats, actions in self._groups(step):
            if _facts_change_here(step, actions):
                continue
            if actions and any(
                "open" not in states and "strategic" not in states and not acting
                for states, acting in self._runs(actions, visits)
            ):
                values = {"hats": ", ".join(hats)}
                yield Finding(Severity.ERROR, "all_refused", step.path, values, acts)

    def _groups(self, step: Step) -> Iterator[tuple[tuple[str, ...], tuple[Action, ...]]]:
        """Who waits for whom: the hats of a seat, with the actions that lead on for them."""
        leading = tuple(action for action in step.actions.values() if not action.stays)
        if step.kind is StepKind.PLAIN:
            yield step.parties, leading
        elif step.kind is StepKind.VOTED:
            for hat in step.parties:
                mine = (a for a in leading if a.closes or hat in self._definition.hats(step, a))
                yield (hat,), tuple(mine)

    def blocks_acting(self, actions: tuple[Action, ...], visits: Mapping[str, int]) -> bool:
        """Whether some facts leave an acting officer none of these actions, and another some."""
        return any(
            "open" not in states and acting is not False and ("strategic" in states or acting)
            for states, acting in self._runs(actions, visits)
        )

    def _runs(
        self, actions: tuple[Action, ...], visits: Mapping[str, int]
    ) -> Iterator[tuple[tuple[str, ...], Value | None]]:
        """How the actions stand together in every possible way, and whether the officer acts."""
        for states, facts in self._oracle.runs(lambda: self._states(actions, visits)):
            if isinstance(states, tuple):
                yield states, facts.get("actor.acting")

    def _states(self, actions: tuple[Action, ...], visits: Mapping[str, int]) -> tuple[str, ...]:
        states = []
        for action in actions:
            if action.when is not None and not action.when.holds(self._oracle, visits):
                states.append("refused")
            else:
                states.append(self._class(action, visits))
        return tuple(states)

    def _class(self, action: Action, visits: Mapping[str, int]) -> str:
        for rule in action.classes:
            if rule.when is None or rule.when.holds(self._oracle, visits):
                strategic = rule.decision_class is DecisionClass.STRATEGIC
                return "strategic" if strategic else "open"
        return "open"


def _guarded_lists(step: Step) -> Iterator[tuple[str | None, tuple[Branch, ...]]]:
    for action in step.actions.values():
        yield action.name, action.to
    yield None, step.on_lapse
    yield None, step.route


def _facts_change_here(step: Step, actions: tuple[Action, ...]) -> bool:
    """Whether somebody at the step can make a guard hold that does not."""
    asked = {
        name for action in actions for guard in guards_of_action(action) for name in guard.names()
    }
    own = {name for action in step.actions.values() if action.stays for name in action.sets}
    return bool(step.edits) or bool(asked & own)


def visited_in(guards: Iterable[Condition]) -> frozenset[str]:
    """The steps whose visits these guards count."""
    return frozenset(path for guard in guards for path in guard.visited())
