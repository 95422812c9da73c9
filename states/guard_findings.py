"""Findings on guards and hats that need no markings: only a step and the visits counted there.

Two rules on hats that the language leaves open are fixed here. A deciding hat may lack an
`instead` when it belongs to the owner or the city, when nobody of the owner takes part, or when it
only records letters; it is an error where the definition itself gives another hat of that agency
an `instead`, and a warning otherwise. A post `head` or `mayor` is held by one person at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from states.attempts import Act
from states.conditions import Condition, Value
from states.definition import (
    Action,
    Branch,
    DecisionClass,
    Definition,
    Means,
    Party,
    Place,
    Step,
    StepKind,
)
from states.findings import Finding, Severity
from states.fingerprints import guards_of_action
from states.oracle import ForkingOracle

_SINGLE_POSTS = frozenset({"head", "mayor"})


def hat_findings(definition: Definition) -> Iterator[Finding]:
    """Hats that judge their own agency, or that one person would have to wear together."""
    yield from _own_agency(definition)
    yield from _apart(definition)


def _own_agency(definition: Definition) -> Iterator[Finding]:
    places = [(party.place, party.instead) for party in definition.parties.values()]
    if not any(place is not None and place.agency == "owner" for place, _ in places):
        return
    replaced = {place.agency for place, instead in places if place is not None and instead}
    for name in sorted(definition.judges_of_their_own & _judges(definition)):
        place = definition.parties[name].place
        assert place is not None, "an external body has no agency to judge"
        severity = Severity.ERROR if place.agency in replaced else Severity.WARNING
        yield Finding(severity, "own_agency", None, {"hat": name, "agency": place.agency})


def _judges(definition: Definition) -> set[str]:
    """Hats that approve or reject other than by recording somebody's letter."""
    found: set[str] = set()
    for step in definition.every_step():
        for action in step.actions.values():
            if action.means in (Means.APPROVE, Means.REJECT) and action.letter is None:
                found.update(definition.hats(step, action))
    for action in definition.anywhere.values():
        if action.means in (Means.APPROVE, Means.REJECT):
            found.update(action.by)
    return found


def _apart(definition: Definition) -> Iterator[Finding]:
    parties, pairs = definition.parties, definition.apart_pairs
    for first, second in combinations(parties, 2):
        shared = _only_post(parties[first], parties[second])
        if shared is not None and frozenset({first, second}) in pairs:
            values = {"first": first, "second": second, "post": shared.post}
            yield Finding(Severity.ERROR, "apart_impossible", None, values)
    for step in definition.every_step():
        each = () if step.seats is None else step.seats.each
        for hat in sorted({hat for hat in each if each.count(hat) > 1}):
            yield Finding(Severity.ERROR, "seat_twice", step.path, {"hat": hat})


def _only_post(first: Party, second: Party) -> Place | None:
    """The single post that both hats are, always or when the owner is their own agency."""
    if first.place is None or second.place is None:
        return None
    always = first.place == second.place
    together = first.instead == second.instead and first.place.agency == second.place.agency
    shared = first.place if always else first.instead if together else None
    return shared if shared is not None and shared.post in _SINGLE_POSTS else None


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
        self,
        step: Step,
        visits: Mapping[str, int],
        aside: tuple[Action, ...],
        acts: tuple[Act, ...],
    ) -> Iterator[Finding]:
        """Hats that can be left with nothing to do here that leads on."""
        if step.on_lapse:
            return
        for hats, actions in self._groups(step):
            stuck, acting = self._left_with_nothing(actions, aside, visits)
            values = {"hats": ", ".join(hats)}
            if stuck is not None and not _facts_change_here(step, actions):
                yield Finding(Severity.ERROR, "all_refused", step.path, values, acts)
            elif acting is not None:
                yield Finding(Severity.WARNING, "acting_blocks", step.path, values, acts)

    def _groups(self, step: Step) -> Iterator[tuple[tuple[str, ...], tuple[Action, ...]]]:
        """Who waits for whom: the hats of a seat, with the actions that lead on for them."""
        leading = tuple(action for action in step.actions.values() if not action.stays)
        if step.kind is StepKind.PLAIN:
            yield step.parties, leading
        elif step.kind is StepKind.VOTED:
            for hat in step.parties:
                mine = (a for a in leading if a.closes or hat in self._definition.hats(step, a))
                yield (hat,), tuple(mine)

    def _left_with_nothing(
        self, actions: tuple[Action, ...], aside: tuple[Action, ...], visits: Mapping[str, int]
    ) -> tuple[Mapping[str, Value] | None, Mapping[str, Value] | None]:
        """Facts for which no action is open, and facts for which none is to an acting officer."""
        stuck = acting = None
        for states, facts in self._oracle.runs(lambda: self._states(actions, visits)):
            if not isinstance(states, tuple) or not actions:
                continue
            if "open" not in states:
                if "strategic" not in states and not facts.get("actor.acting"):
                    stuck = facts
                elif not self._any_open(aside):
                    acting = facts
        return stuck, acting

    def _any_open(self, aside: tuple[Action, ...]) -> bool:
        """Whether somebody may end the case from here whatever the facts."""
        return any(action.when is None and not action.classes for action in aside)

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
