"""Small examples that a definition has to keep: of such a case, this must come out.

An example gives some facts and the owner's function; every case that agrees with it is explored,
other facts being either way. It judges one definition and keeps nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from states.attempts import Act, Circle
from states.conditions import Value
from states.definition import Definition, FactKind, Outcome, Place, StepKind
from states.exploration import Exploration
from states.graph import Edge, Node
from states.machine import Machine
from states.time_limit import TimeLimit, TooLarge
from states.tracks import Part, Passage, TrackGraph

_MOST_MARKINGS, _SECONDS = 50_000, 10.0


@dataclass(frozen=True)
class Scenario:
    """An example. `owner` is the function of the agency that proposes, None for any other.

    The outcome has to be reachable, and not without coming through the steps of `passes`. At the
    step `asks` it is `asked` who is asked.
    """

    facts: tuple[tuple[str, Value], ...]
    owner: str | None
    outcome: Outcome
    passes: tuple[str, ...] = ()
    asks: str | None = None
    asked: Place | None = None


@dataclass(frozen=True)
class Failure:
    """The first thing that is otherwise; `acts` show it where a way does."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()


@lru_cache(maxsize=256)
def failure(machine: Machine, scenario: Scenario) -> Failure | None:
    """What is otherwise than the example says, or None if it holds."""
    return next(_failures(machine, scenario), None)


def _failures(machine: Machine, scenario: Scenario) -> Iterator[Failure]:
    definition = machine.definition
    yield from _unknown(definition, scenario)
    yield from _asks(definition, scenario)
    in_time = TimeLimit(_SECONDS)
    exploration = Exploration(machine, _MOST_MARKINGS, in_time, dict(scenario.facts))
    try:
        exploration.explore()
    except (TooLarge, Circle):
        yield Failure("not_explored")
        return
    if _way_to(exploration, scenario.outcome, None) is None:
        yield Failure("never_ends_so", {"outcome": scenario.outcome.value})
    for path in scenario.passes:
        acts = _way_to(exploration, scenario.outcome, path)
        if acts is not None:
            yield Failure("passes_by", {"step": path, "outcome": scenario.outcome.value}, acts)


def _unknown(definition: Definition, scenario: Scenario) -> Iterator[Failure]:
    """Names and values that the definition does not have."""
    for name, value in scenario.facts:
        fact = definition.facts.get(name)
        if fact is None:
            yield Failure("no_fact", {"fact": name})
        elif not _fits(fact.kind, fact.values, value):
            yield Failure("no_value", {"fact": name, "value": str(value)})
    steps = {step.path: step for step in definition.every_step()}
    for path in (*scenario.passes, *([scenario.asks] if scenario.asks else [])):
        if path not in steps or steps[path].kind in (StepKind.ROUTE, StepKind.FINAL):
            yield Failure("no_step", {"step": path})


def _fits(kind: FactKind, values: tuple[str, ...], value: Value) -> bool:
    if kind is FactKind.ENUMERATION:
        return value in values
    return isinstance(value, bool) if kind is FactKind.BOOLEAN else type(value) is int


def _asks(definition: Definition, scenario: Scenario) -> Iterator[Failure]:
    """Whether somebody else is asked at the step than the example says."""
    if scenario.asks is None or scenario.asked is None:
        return
    step = next((s for s in definition.every_step() if s.path == scenario.asks), None)
    hats = () if step is None else step.parties
    places = [definition.parties[definition.hat(hat)].place_for(scenario.owner) for hat in hats]
    if scenario.asked not in places:
        found = next((place for place in places if place is not None), None)
        values = {"step": scenario.asks, "post": scenario.asked.post}
        values |= {"agency": scenario.asked.agency}
        if found is not None:
            values |= {"found_post": found.post, "found_agency": found.agency}
        yield Failure("asks_other", values)


def _way_to(
    exploration: Exploration, outcome: Outcome, avoided: str | None
) -> tuple[Act, ...] | None:
    """Acts to the outcome that never come through the avoided step; None if there are none."""
    around = _Around(avoided)
    waiting = deque((edge.target, edge.acts) for edge in exploration.starts)
    known: set[Node] = set()
    while waiting:
        node, acts = waiting.popleft()
        if node in known or around.stands(node):
            continue
        known.add(node)
        if node.marking.outcome is outcome:
            return acts
        for edge in node.edges:
            walk = around.walk(node, edge)
            if walk is not None:
                waiting.append((edge.target, (*acts, *walk)))
    return None


class _Around:
    """Goes round one step, inside tracks as well."""

    def __init__(self, avoided: str | None) -> None:
        self._avoided = avoided
        self._walks: dict[TrackGraph, dict[str, tuple[Act, ...]]] = {}

    def stands(self, node: Node) -> bool:
        """Whether the case stands at the step, or inside it."""
        if self._avoided is None:
            return False
        return self._avoided == node.marking.step or self._avoided in node.marking.seats

    def walk(self, node: Node, edge: Edge) -> tuple[Act, ...] | None:
        """The acts of an edge, or of another walk to the same verdict; None if none goes round."""
        way = edge.way
        if way is None or self._avoided is None:
            return edge.acts
        graph = node.tracks[way.track]
        if not self._avoided.startswith(f"{graph.parallel}.{graph.track}."):
            return edge.acts
        if graph not in self._walks:
            self._walks[graph] = self._verdicts(graph)
        return self._walks[graph].get(way.verdict)

    def _verdicts(self, graph: TrackGraph) -> dict[str, tuple[Act, ...]]:
        """The verdicts that a track can give without the step, each with acts."""
        found: dict[str, tuple[Act, ...]] = {}
        onward: dict[Part, list[Passage]] = {}
        for passage in graph.passages:
            onward.setdefault(passage.source, []).append(passage)
        waiting: deque[tuple[Part, tuple[Act, ...]]] = deque([(graph.start, ())])
        known: set[Part] = set()
        while waiting:
            part, acts = waiting.popleft()
            if part in known or self._avoided in part.marking.seats:
                continue
            known.add(part)
            for passage in onward.get(part, ()):
                further = (*acts, passage.act)
                if passage.verdict is not None:
                    found.setdefault(passage.verdict, further)
                elif passage.target is not None:
                    waiting.append((passage.target, further))
        return found
