"""Finds where a case can be stuck for ever: in the main chart, or inside one track.

A way that only `anywhere` offers (to withdraw, to cancel) does not count: a process that can only
be given up is stuck. Where everything leads into one trap, only the trap is told.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

from states.definition import StepKind
from states.exploration import Edge, Exploration, Node
from states.findings import Finding, Severity
from states.tracks import Part, TrackGraph

Thing = TypeVar("Thing", bound=Hashable)


class DeadEnds:
    """The markings of one exploration from which no end can be reached."""

    def __init__(self, exploration: Exploration) -> None:
        self._exploration = exploration
        self._ways = {
            node: [e for e in node.edges if not e.aside and e.target is not node]
            for node in exploration.nodes.values()
        }
        ends = [node for node in self._ways if node.marking.outcome is not None]
        self._live = _reaching(ends, _turned(self._next(node) for node in self._ways))

    def _next(self, node: Node) -> tuple[Node, list[Node]]:
        return node, [edge.target for edge in self._ways[node]]

    def findings(self) -> Iterator[Finding]:
        """One finding for each trap, those inside tracks before what they bring about."""
        stuck_tracks = set()
        for graph in self._exploration.graphs.values():
            traps = [part for part in graph.parts.values() if not part.leads]
            if traps and (node := self._cannot_go_on_without(graph)) is not None:
                stuck_tracks.add((graph.parallel, graph.track))
                yield from self._in_track(graph, node, traps)
        yield from self._in_main_chart(stuck_tracks)

    def _in_main_chart(self, stuck_tracks: set[tuple[str, str]]) -> Iterator[Finding]:
        dead = [node for node in self._ways if node not in self._live]
        told = set()
        for trap in _traps(dead, lambda node: self._next(node)[1], lambda n: n.marking.step):
            node = trap[0]
            step, waiting = node.marking.step, self._waiting(node)
            blamed = any((step, track) in stuck_tracks for track in waiting)
            if step not in told and not blamed:
                told.add(step)
                joins = self._exploration.trials.steps[step].kind in _JOINING
                code = "join_stuck" if joins else "dead_end"
                values = {"waiting": ", ".join(waiting)} if joins else {}
                yield Finding(Severity.ERROR, code, step, values, node.path())

    def _waiting(self, node: Node) -> list[str]:
        """Tracks or hats that have not given their verdict."""
        tracks = [n for n, track in node.marking.tracks.items() if track.verdict is None]
        seats = node.marking.seats.get(node.marking.step, ())
        return tracks or list(dict.fromkeys(s.party for s in seats if s.verdict is None))

    def _in_track(self, graph: TrackGraph, node: Node, dead: list[Part]) -> Iterator[Finding]:
        out: dict[Part, list[Part]] = {}
        for passage in graph.passages:
            if passage.target is not None and passage.target is not passage.source:
                out.setdefault(passage.source, []).append(passage.target)
        told = set()
        for trap in _traps(dead, lambda part: out.get(part, []), lambda p: self._step(graph, p)):
            part = trap[0]
            step = self._step(graph, part)
            if step not in told:
                told.add(step)
                acts = (*node.path(), *part.path())
                values = {"waiting": graph.track}
                yield Finding(Severity.ERROR, "join_stuck", step, values, acts)

    @staticmethod
    def _step(graph: TrackGraph, part: Part) -> str:
        return f"{graph.parallel}.{graph.track}.{part.marking.tracks[graph.track].step}"

    def _cannot_go_on_without(self, graph: TrackGraph) -> Node | None:
        """A node that waits for this track and has no way to an end but through its verdict."""
        users = [n for n in self._ways if n.tracks.get(graph.track) is graph]
        safe: set[Node] = set()
        grown = True
        while grown:
            grown = False
            for node in users:
                if node not in safe and any(
                    self._escapes(edge, graph, safe) for edge in self._ways[node]
                ):
                    safe.add(node)
                    grown = True
        return next((node for node in users if node not in safe), None)

    def _escapes(self, edge: Edge, graph: TrackGraph, safe: set[Node]) -> bool:
        if edge.way is not None and edge.way.track == graph.track:
            return False
        still_waits = not edge.reopened and edge.target.tracks.get(graph.track) is graph
        return edge.target in (safe if still_waits else self._live)


_JOINING = (StepKind.VOTED, StepKind.PARALLEL)


def _turned(edges: Iterable[tuple[Thing, list[Thing]]]) -> dict[Thing, list[Thing]]:
    back: dict[Thing, list[Thing]] = {}
    for source, targets in edges:
        for target in targets:
            back.setdefault(target, []).append(source)
    return back


def _reaching(ends: Iterable[Thing], back: Mapping[Thing, list[Thing]]) -> set[Thing]:
    """Everything from which one of the ends can be reached."""
    found: set[Thing] = set()
    pending = list(ends)
    while pending:
        thing = pending.pop()
        if thing not in found:
            found.add(thing)
            pending.extend(back.get(thing, ()))
    return found


def _traps(
    dead: list[Thing], follow: Callable[[Thing], list[Thing]], place: Callable[[Thing], str]
) -> Iterator[list[Thing]]:
    """Sets that are never left once entered, in the order found, one for each place."""
    forward = {thing: follow(thing) for thing in dead}
    back = _turned(forward.items())
    order = {thing: number for number, thing in enumerate(dead)}
    remaining = dict.fromkeys(dead)
    while remaining:
        reached = _trap(next(iter(remaining)), forward, back, order)
        yield sorted(reached, key=order.__getitem__)
        places = {place(thing) for thing in reached}
        gone = _reaching(reached, back)
        remaining = {t: None for t in remaining if t not in gone and place(t) not in places}


def _trap(
    start: Thing,
    forward: Mapping[Thing, list[Thing]],
    back: Mapping[Thing, list[Thing]],
    order: Mapping[Thing, int],
) -> set[Thing]:
    """A trap ahead of the start: step by step to where there is no way back."""
    reached: set[Thing] = _reaching([start], forward)
    while True:
        returning: set[Thing] = _reaching([start], back)
        outside = [thing for thing in reached if thing not in returning]
        if not outside:
            return reached
        start = min(outside, key=order.__getitem__)
        reached = _reaching([start], forward)
