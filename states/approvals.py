"""How many approving acts a marking still needs before it can end as approved.

Backwards over an explored graph, fewest approvals first. A deadline counts as a way only where
no person can act; so a deadline that makes the number smaller is silence that approves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf

from states.attempts import Act
from states.definition import Outcome, StepKind
from states.exploration import Exploration
from states.fingerprints import Key
from states.graph import Edge, Node
from states.marking import Marking
from states.tracks import Passage, TrackGraph


@dataclass(frozen=True)
class Lowered:
    """A deadline that lowers the approvals needed; `reopens` says that it repeats a lost vote."""

    path: str
    acts: tuple[Act, ...]
    before: float
    after: float
    reopens: bool


class Approvals:
    """The fewest approvals still needed, for every marking of one exploration."""

    def __init__(self, exploration: Exploration) -> None:
        self._exploration = exploration
        self._least: dict[Node, float] = self._spread()
        self._within: dict[tuple[Node, frozenset[tuple[str, Key]]], float] = {}

    def at_start(self) -> float:
        """The fewest approvals from the start to an approved end; infinite if there is none."""
        return min((self.of(edge.target) for edge in self._exploration.starts), default=inf)

    def of(self, node: Node, parts: Mapping[str, Key] | None = None) -> float:
        """The fewest approvals from a node, or from where its tracks under way have come to."""
        if not parts:
            return self._least.get(node, inf)
        known = (node, frozenset(parts.items()))
        if known not in self._within:
            self._within[known] = inf
            self._within[known] = min(
                (self._over(edge, node, parts) for edge in node.edges), default=inf
            )
        return self._within[known]

    def of_marking(self, marking: Marking) -> float:
        """The same for any marking that can be reached; infinite for others."""
        located = self._exploration.located(marking)
        return min((self.of(node, parts) for node, parts in located), default=inf)

    def _over(self, edge: Edge, node: Node, parts: Mapping[str, Key]) -> float:
        if edge.target is node:
            return inf
        way = edge.way
        cost: float | None = edge.approvals
        if way is not None and way.track in parts:
            part = node.tracks[way.track].parts[parts[way.track]]
            cost = part.distances.get(way.verdict)
        if cost is None:
            return inf
        done = None if way is None else way.track
        stay = {n: k for n, k in parts.items() if n != done and _under_way(edge, n)}
        return cost + self.of(edge.target, stay)

    def silent_path(self) -> tuple[Act, ...]:
        """Acts that lead to an approved end without one approval; empty if there are none."""
        starts = self._exploration.starts
        pending = deque((edge.target, edge.acts) for edge in starts)
        known = set()
        while pending:
            node, acts = pending.popleft()
            if node.marking.outcome is Outcome.APPROVED:
                return acts
            if node not in known:
                known.add(node)
                pending.extend((e.target, (*acts, *e.acts)) for e in node.edges if e.approvals == 0)
        return ()

    def _spread(self) -> dict[Node, float]:
        """Backwards from the approved ends, the cheapest nodes first."""
        nodes = self._exploration.nodes.values()
        into: dict[Node, list[Edge]] = {}
        for node in nodes:
            for edge in node.edges:
                if edge.approvals is not None:
                    into.setdefault(edge.target, []).append(edge)
        buckets = {0: [node for node in nodes if node.marking.outcome is Outcome.APPROVED]}
        found: dict[Node, float] = {}
        while buckets:
            cost = min(buckets)
            for node in buckets.pop(cost):
                if node in found:
                    continue
                found[node] = cost
                for edge in into.get(node, ()):
                    if edge.source is not None and edge.approvals is not None:
                        buckets.setdefault(cost + edge.approvals, []).append(edge.source)
        return found

    def lowered(self) -> Iterator[Lowered]:
        """Every deadline that lowers the approvals needed, with the path that shows it.

        Raises TooLarge when the exploration's time is over.
        """
        for node in self._exploration.nodes.values():
            self._exploration.check()
            for edge in node.edges:
                if edge.lapse:
                    before, after = self.of(node), self.of(edge.target)
                    if after < before:
                        act = edge.acts[-1]
                        fresh = self._fresh_vote(node.marking, act.path)
                        path = (*node.path(), act)
                        yield Lowered(act.path, path, before, after, after >= fresh)
            for name, graph in node.tracks.items():
                yield from self._lowered_in_track(node, name, graph)

    def _lowered_in_track(self, node: Node, name: str, graph: TrackGraph) -> Iterator[Lowered]:
        for passage in graph.passages:
            if not passage.lapse:
                continue
            self._exploration.check()
            before = self.of(node, {name: passage.source.key})
            after = self._after(node, name, passage)
            if after < before:
                marking = graph.transplant(node.marking, passage.source.marking)
                fresh = self._fresh_vote(marking, passage.act.path)
                acts = (*node.path(), *passage.source.path(), passage.act)
                yield Lowered(passage.act.path, acts, before, after, after >= fresh)

    def _after(self, node: Node, name: str, passage: Passage) -> float:
        if passage.target is not None:
            return self.of(node, {name: passage.target.key})
        ends = (
            self.of(edge.target)
            for edge in node.edges
            if edge.way is not None
            and edge.way.track == name
            and edge.way.verdict == passage.verdict
        )
        return min(ends, default=inf)

    def _fresh_vote(self, marking: Marking, path: str) -> float:
        """What the vote needed when it was opened; infinite where nobody votes."""
        if self._exploration.trials.steps[path].kind is not StepKind.VOTED:
            return inf
        seats = tuple(replace(seat, verdict=None) for seat in marking.seats[path])
        return self.of_marking(replace(marking, seats={**marking.seats, path: seats}))


def _under_way(edge: Edge, track: str) -> bool:
    """Whether the track goes on as it was after the edge."""
    now = edge.target.marking.tracks.get(track)
    return not edge.reopened and now is not None and now.verdict is None
