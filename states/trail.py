"""Acts that show a finding, done again on the machine and laid over the boxes of the picture.

Acts are numbered from 1, as in the list of their words. Knows nothing of how the picture looks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from states.attempts import LAPSE, START, Act
from states.conditions import Value
from states.definition import Definition, StepKind
from states.machine import MAIN_CHART, Machine, machine_for
from states.marking import Marking
from states.move import Move
from states.picture import CLOSE, Edge, edges_of
from states.refusals import Refusal

Box = str


@dataclass(frozen=True)
class Trail:
    """The numbers of the acts that are done at each box, and the edges that they take."""

    numbers: Mapping[Box, tuple[int, ...]] = field(default_factory=dict)
    edges: frozenset[tuple[Box, Box]] = frozenset()


def moves(definition: Definition, acts: Sequence[Act]) -> Iterator[Move]:
    """Do the acts one after another; raises the Refusal of one that cannot be done."""
    machine, marking = machine_for(definition), Marking(step="")
    for act in acts:
        move = _done(machine, marking, act)
        marking = move.marking
        yield move


def _done(machine: Machine, marking: Marking, act: Act) -> Move:
    facts: dict[str, Value] = dict(act.facts)
    holders = dict.fromkeys(machine.definition.parties, act.holders)
    if act.action == START:
        return machine.start(facts, holders)
    if act.action == LAPSE:
        return machine.lapse(marking, act.path, facts, holders)
    return machine.fire(
        marking,
        act.action,
        facts,
        track=act.track or MAIN_CHART,
        party=act.party,
        picks=act.picks,
        holders=holders,
    )


def trail(definition: Definition, acts: Sequence[Act]) -> Trail:
    """Where the acts lead on the picture, as far as they can be done."""
    numbers: dict[Box, tuple[int, ...]] = {}
    for number, act in enumerate(acts, start=1):
        numbers[act.path] = (*numbers.get(act.path, ()), number)
    ways, taken = _Ways(definition), set[tuple[Box, Box]]()
    try:
        for act, move in zip(acts, moves(definition, acts), strict=False):
            taken |= ways.taken(act, move)
    except Refusal:
        pass  # the last act of a circle cannot be done; the others are shown
    return Trail(numbers, frozenset(taken))


class _Ways:
    """The edges of one picture, followed from act to act."""

    def __init__(self, definition: Definition) -> None:
        self._kinds = {step.path: step.kind for step in definition.every_step()}
        self._out: dict[Box, list[Edge]] = {}
        for edge in edges_of(definition):
            self._out.setdefault(edge.source, []).append(edge)

    def taken(self, act: Act, move: Move) -> set[tuple[Box, Box]]:
        """The edges from the box of an act to every box that it leads to."""
        goals = {path for path, _ in move.entered}
        if act.action == START:
            return self._to(goals, self._out.get(act.path, []) if self._passes(act.path) else [])
        first = self._first(act)
        if not goals:
            track = move.marking.tracks.get(act.track or "")
            ended = track is not None and track.verdict is not None
            goals = {edge.target for edge in first if ended and edge.target.endswith(CLOSE)}
        return self._to(goals, first)

    def _first(self, act: Act) -> list[Edge]:
        """The edges that an act can take out of its box; a vote or a deadline has no name there."""
        kind = self._kinds[act.path]
        box = f"{act.path}{CLOSE}" if kind is StepKind.PARALLEL else act.path
        unnamed = act.action == LAPSE or kind in (StepKind.VOTED, StepKind.PARALLEL)
        return [
            edge
            for edge in self._out.get(box, ())
            if act.action in edge.actions or (unnamed and "" in edge.actions)
        ]

    def _passes(self, box: Box) -> bool:
        """Whether a case goes through the box without anybody standing there."""
        kind = self._kinds[box.removesuffix(CLOSE)]
        return kind in (StepKind.ROUTE, StepKind.PARALLEL)

    def _to(self, goals: set[Box], first: list[Edge]) -> set[tuple[Box, Box]]:
        """The shortest ways to the goals through boxes in which nobody stands."""
        before: dict[Box, tuple[Box, Box]] = {}
        ahead, origins = deque(first), {edge.source for edge in first}
        while ahead:
            edge = ahead.popleft()
            if edge.target in before:
                continue
            before[edge.target] = (edge.source, edge.target)
            if self._passes(edge.target):
                ahead.extend(self._out.get(edge.target, ()))
        taken = set()
        for goal in goals & before.keys():
            step = before[goal]
            taken.add(step)
            while step[0] not in origins and step[0] in before:
                step = before[step[0]]
                taken.add(step)
        return taken
