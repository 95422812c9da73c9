"""What exploring draws: markings as nodes, acts as edges, and what was met on the way.

It is drawn by `exploration`; the findings read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from states.attempts import LAPSE, Act
from states.fingerprints import Key
from states.marking import Marking
from states.move import Move
from states.tracks import TrackGraph, TrackWay


@dataclass(eq=False)
class Node:
    """A marking of the main graph, with the edge by which it was first found.

    `before` are the acts to it where exploring began with it.
    """

    marking: Marking
    key: Key
    found_by: Edge | None = None
    before: tuple[Act, ...] = ()
    edges: list[Edge] = field(default_factory=list)
    tracks: dict[str, TrackGraph] = field(default_factory=dict)

    def steps(self) -> Iterator[str]:
        """Where people may stand before the step of the main chart is left."""
        yield self.marking.step
        yield from self.marking.seats
        for graph in self.tracks.values():
            for part in graph.parts.values():
                yield from part.marking.seats

    def path(self) -> tuple[Act, ...]:
        """The acts from the start to here."""
        acts: list[tuple[Act, ...]] = []
        node: Node | None = self
        while node is not None and node.found_by is not None:
            acts.append(node.found_by.acts)
            node = node.found_by.source
        acts.append(() if node is None else node.before)
        return tuple(act for part in reversed(acts) for act in part)


@dataclass(eq=False)
class Edge:
    """A way from one node to another; `approvals` is None where people need not count on it.

    With `way` it is a whole walk through a track. `reopened` says that a parallel step was
    entered, `aside` that only an action of `anywhere` leads here. `only_hat` is the one hat that
    can take it; `definitive`, not while an acting officer wears it. `dropped` names tracks that
    are left by it without a verdict, which no rule of the tally asked for.
    """

    source: Node | None
    target: Node
    acts: tuple[Act, ...]
    approvals: int | None
    way: TrackWay | None = None
    reopened: bool = False
    aside: bool = False
    only_hat: str | None = None
    definitive: bool = False
    dropped: tuple[str, ...] = ()

    @property
    def act(self) -> Act:
        """The act that takes the way, or the last of a walk."""
        return self.acts[-1]

    @property
    def lapse(self) -> bool:
        """Whether it is a deadline that passes in the main chart, and no act."""
        return self.way is None and self.act.action == LAPSE


@dataclass
class Seen:
    """What was met on the way: steps entered, actions that worked, rules of tallies chosen."""

    steps: set[str] = field(default_factory=set)
    actions: set[tuple[str, str]] = field(default_factory=set)
    rules: set[tuple[str, str]] = field(default_factory=set)
    unseen: dict[str, tuple[Act, ...]] = field(default_factory=dict)

    def note(self, act: Act, move: Move) -> None:
        """Remember a move."""
        self.steps.update(path for path, _ in move.entered)
        self.steps.add(move.marking.step)
        self.actions.add((act.path, act.action))
        self.rules.update((joined.path, joined.outcome) for joined in move.joined)
