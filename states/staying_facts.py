"""Finds where a case goes round for ever because a fact stays as it is and nobody can change it.

Exploration lets facts be others at each act. Here they stay, except where a step lets somebody
change them: by editing, by a checklist, by an action that sets facts or lays down conditions.
Looked at only for markings from which an end is not sure whatever the facts, and for at most
MOST_SUBJECTS combinations of the facts that are asked there; others may still be either.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import TypeVar

from states.attempts import Act
from states.conditions import Condition, Value
from states.dead_ends import DeadEnds, Trap
from states.definition import FactKind, Step, StepKind
from states.exploration import Exploration
from states.findings import Finding, Severity
from states.fingerprints import guards_of
from states.graph import Edge, Node
from states.tracks import Part, Passage, TrackGraph

Thing = TypeVar("Thing", bound=Hashable)
MOST_SUBJECTS = 64
Subject = Mapping[str, Value]


def staying_findings(exploration: Exploration) -> Iterator[Finding]:
    """Every step at which cases of some subject are stuck, with the facts that keep them there."""
    staying = _Staying(exploration)
    told: set[str] = set()
    for subject in staying.subjects():
        for trap in staying.traps(subject).values():
            if trap.step not in told:
                told.add(trap.step)
                least, shown = staying.least(subject, trap)
                values: dict[str, object] = {"facts": tuple(least.items())}
                yield Finding(Severity.ERROR, "facts_stay", trap.step, values, shown.acts)


class _Staying:
    """Cases of one definition whose facts stay, explored anew for each subject."""

    def __init__(self, exploration: Exploration) -> None:
        self._exploration = exploration
        self._facts = _Facts(exploration)

    def subjects(self) -> Iterator[Subject]:
        """The subjects to look at, none where an end is sure for all."""
        sure = _Sure(self._exploration, self._facts.may_change)
        return self._facts.subjects(sure.suspects())

    def traps(self, subject: Subject) -> dict[str, Trap]:
        """Where cases of a subject are stuck, begun so or changed to it on the way; by step."""
        known = self._exploration
        known.check()
        same = Exploration(known.trials.machine, known.most_markings, known.check, subject)
        same.explore(n for n in known.nodes.values() if self._facts.may_change(n.steps()))
        traps = DeadEnds(same, enough=self._facts.may_change).traps()
        return {trap.step: trap for trap in traps if self._facts.agree(trap.acts, subject)}

    def least(self, subject: Subject, trap: Trap) -> tuple[Subject, Trap]:
        """The facts without which the case would not be stuck there, and what shows it."""
        for name in subject:
            fewer = {other: value for other, value in subject.items() if other != name}
            found = self.traps(fewer).get(trap.step)
            if found is not None:
                subject, trap = fewer, found
        return subject, trap


class _Facts:
    """The facts of a definition: where they can change, and which are asked where."""

    def __init__(self, exploration: Exploration) -> None:
        self._facts = exploration.definition.facts
        self._steps = exploration.trials.steps
        self._loose = {path for path, step in self._steps.items() if _is_loose(step)}

    def may_change(self, paths: Iterable[str]) -> bool:
        """Whether somebody at one of these steps can make facts others."""
        return not self._loose.isdisjoint(paths)

    def agree(self, acts: Sequence[Act], subject: Subject) -> bool:
        """Whether what is done after the last change can all be done with the same facts."""
        changes = [number for number, act in enumerate(acts) if self.may_change([act.path])]
        known: dict[str, Value] = dict(subject)
        return all(
            name == "actor.acting" or known.setdefault(name, value) == value
            for act in acts[changes[-1] if changes else 0 :]
            for name, value in act.facts
        )

    def subjects(self, suspects: Iterable[str]) -> Iterator[Subject]:
        """Every combination of the facts that are asked at some steps; none if there are many."""
        paths = set(suspects)
        if not paths:
            return
        guards = [
            guard
            for path, step in self._steps.items()
            if path in paths or step.kind in (StepKind.ROUTE, StepKind.PARALLEL)
            for guard in guards_of(step)
        ]
        asked = {name for guard in guards for name in guard.names()}
        values = {name: self._values(name, guards) for name in self._facts if name in asked}
        if values and prod(map(len, values.values())) <= MOST_SUBJECTS:
            for chosen in product(*values.values()):
                yield dict(zip(values, chosen, strict=True))

    def _values(self, name: str, guards: list[Condition]) -> list[Value]:
        """Values of which one stands for each way in which comparisons with it can turn out."""
        fact = self._facts[name]
        if fact.kind is FactKind.ENUMERATION:
            return list(fact.values)
        if fact.kind is FactKind.BOOLEAN:
            return [False, True]
        atoms = [a for guard in guards for a in guard.atoms() if name in a.names()]
        terms = [t for a in atoms for t in (a.left, *_listed(a.right))]
        numbers = {t for t in terms if isinstance(t, int) and not isinstance(t, bool)}
        return sorted({max(n + by, 0) for n in numbers | {0} for by in (-1, 0, 1)})


def _listed(term: object) -> tuple[object, ...]:
    return term if isinstance(term, tuple) else (term,)


def _is_loose(step: Step) -> bool:
    changing = (a for a in step.actions.values() if a.sets or "conditions" in a.needs)
    return bool(step.edits or step.checklist) or any(changing)


class _Sure:
    """From where an end is sure if people want it, whatever the facts are at each act."""

    def __init__(
        self, exploration: Exploration, may_change: Callable[[Iterable[str]], bool]
    ) -> None:
        self._exploration = exploration
        self._may_change = may_change
        self._verdicts = {
            graph: self._sure_verdicts(graph) for graph in exploration.graphs.values()
        }

    def suspects(self) -> set[str]:
        """The steps of all markings from which it is not sure."""
        nodes = list(self._exploration.nodes.values())
        sure = {
            node
            for node in nodes
            if node.marking.outcome is not None or self._may_change(node.steps())
        }
        choices = {node: self._choices(node) for node in nodes}
        _grow(sure, choices)
        return {path for node in nodes if node not in sure for path in node.steps()}

    def _choices(self, node: Node) -> list[list[Node]]:
        """What can be chosen here whatever the facts: where each choice may lead."""
        acts: dict[object, list[Node]] = {}
        for edge in node.edges:
            if self._is_free(edge):
                acts.setdefault(_choice(edge), []).append(edge.target)
        return list(acts.values())

    def _is_free(self, edge: Edge) -> bool:
        if edge.way is not None and edge.source is not None:
            graph = edge.source.tracks[edge.way.track]
            return edge.way.verdict in self._verdicts[graph]
        return not edge.aside and self._is_unguarded(edge.act)

    def _is_unguarded(self, act: Act) -> bool:
        step = self._exploration.trials.steps[act.path]
        action = step.actions.get(act.action)
        return action.when is None if action is not None else bool(step.on_lapse)

    def _sure_verdicts(self, graph: TrackGraph) -> set[str]:
        """The verdicts to which a track can be brought from its opening whatever the facts."""
        return {verdict for verdict in graph.ways if self._leads_to(graph, verdict)}

    def _leads_to(self, graph: TrackGraph, verdict: str) -> bool:
        acts: dict[Part | None, dict[object, list[Part | None]]] = {}
        for passage in graph.passages:
            if self._is_unguarded(passage.act):
                end = passage.target
                wrong = end is None and passage.verdict != verdict
                targets = acts.setdefault(passage.source, {}).setdefault(_choice(passage), [])
                targets.append(passage.source if wrong else end)
        sure: set[Part | None] = {None}
        _grow(sure, {part: list(choices.values()) for part, choices in acts.items()})
        return graph.start in sure


def _choice(way: Edge | Passage) -> object:
    """What somebody chooses who takes the way; the facts decide where it leads."""
    if isinstance(way, Edge) and way.way is not None:
        return way.way.track, way.way.verdict
    return way.act.action, way.act.path, way.act.party, way.act.picks


def _grow(sure: set[Thing], choices: Mapping[Thing, list[list[Thing]]]) -> None:
    """Add everything with a choice that leads only to what is sure already."""
    grown = True
    while grown:
        grown = False
        for place, offered in choices.items():
            if place not in sure and any(sure.issuperset(targets) for targets in offered):
                sure.add(place)
                grown = True
