"""Finds where a case can be stuck for ever: in the main chart, or inside one track.

A way that only `anywhere` offers (to withdraw, to cancel) does not count: a process that can only
be given up is stuck. Where everything leads into one trap, only the trap is told. The same is asked
of the graph without some of its ways: then what remains open to anybody counts, giving up as well.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from states.attempts import Act
from states.definition import StepKind
from states.exploration import Exploration
from states.findings import Finding, Severity
from states.graph import Edge, Node
from states.tracks import Part, Passage, TrackGraph

Thing = TypeVar("Thing", bound=Hashable)
Barred = Callable[[Edge | Passage], bool]
Enough = Callable[[Iterable[str]], bool]


@dataclass(frozen=True)
class Trap:
    """Where a case is stuck: the step, the tracks or hats waited for, and acts that lead there."""

    step: str
    waiting: tuple[str, ...]
    joins: bool
    acts: tuple[Act, ...]

    def finding(self) -> Finding:
        """The same as a finding."""
        values = {"waiting": ", ".join(self.waiting)} if self.joins else {}
        code = "join_stuck" if self.joins else "dead_end"
        return Finding(Severity.ERROR, code, self.step, values, self.acts)


class DeadEnds:
    """The markings from which no end can be reached, without the ways that are `barred`.

    Where some of the steps of a marking are `enough`, it counts as an end.
    """

    def __init__(
        self,
        exploration: Exploration,
        barred: Barred | None = None,
        enough: Enough = lambda _: False,
    ) -> None:
        self._exploration = exploration
        self._barred, self._enough = barred, enough
        graphs = exploration.graphs.values()
        self._leading = {graph: self._leads(graph) for graph in graphs}
        self._verdicts = {graph: self._given(graph) for graph in graphs}
        self._ways = {
            node: [e for e in node.edges if e.target is not node and self._is_open(node, e)]
            for node in exploration.nodes.values()
        }
        ends = [
            node for node in self._ways if node.marking.outcome is not None or enough(node.steps())
        ]
        self._live = _reaching(ends, _turned(self._next(node) for node in self._ways))

    def _is_open(self, node: Node, edge: Edge) -> bool:
        if self._barred is None:
            return not edge.aside
        if edge.way is None:
            return not self._barred(edge)
        graph = node.tracks[edge.way.track]
        return edge.way.verdict in self._verdicts[graph]

    def _open(self, graph: TrackGraph) -> Iterator[Passage]:
        return (p for p in graph.passages if self._barred is None or not self._barred(p))

    def _leads(self, graph: TrackGraph) -> set[Part]:
        """The parts of a track that can come to a verdict."""
        last = [passage.source for passage in self._open(graph) if passage.target is None]
        last += [part for part in graph.parts.values() if self._enough([self._step(graph, part)])]
        onward = ((p.source, [p.target]) for p in self._open(graph) if p.target is not None)
        return _reaching(last, _turned(onward))

    def _given(self, graph: TrackGraph) -> set[str | None]:
        """The verdicts to which a track can come from its opening."""
        out = _onward(self._open(graph))
        reached = _reaching([graph.start], out)
        return {p.verdict for p in self._open(graph) if p.target is None and p.source in reached}

    def _next(self, node: Node) -> tuple[Node, list[Node]]:
        return node, [edge.target for edge in self._ways[node]]

    def findings(self) -> Iterator[Finding]:
        """One finding for each trap."""
        return (trap.finding() for trap in self.traps())

    def traps(self) -> Iterator[Trap]:
        """Every trap once, those inside tracks before what they bring about."""
        stuck_tracks = set()
        for graph in self._exploration.graphs.values():
            dead = [part for part in graph.parts.values() if part not in self._leading[graph]]
            if dead and (node := self._cannot_go_on_without(graph)) is not None:
                stuck_tracks.add((graph.parallel, graph.track))
                yield from self._in_track(graph, node, dead)
        yield from self._in_main_chart(stuck_tracks)

    def _in_main_chart(self, stuck_tracks: set[tuple[str, str]]) -> Iterator[Trap]:
        dead = [node for node in self._ways if node not in self._live]
        told = set()
        for trap in _traps(dead, lambda node: self._next(node)[1], lambda n: n.marking.step):
            node, step = self._shown(trap)
            waiting = self._waiting(node)
            blamed = any((step, track) in stuck_tracks for track in waiting)
            if step not in told and not blamed:
                told.add(step)
                joins = self._exploration.trials.steps[step].kind in _JOINING
                yield Trap(step, tuple(waiting), joins, node.path())

    def _shown(self, trap: list[Node]) -> tuple[Node, str]:
        """The marking and the step that show the trap: where a way is barred, else the first."""
        for node in trap:
            for edge in node.edges:
                if self._barred is not None and edge.way is None and self._barred(edge):
                    return node, edge.act.path
        return trap[0], trap[0].marking.step

    def _waiting(self, node: Node) -> list[str]:
        """Tracks or hats that have not given their verdict."""
        tracks = [n for n, track in node.marking.tracks.items() if track.verdict is None]
        seats = node.marking.seats.get(node.marking.step, ())
        return tracks or list(dict.fromkeys(s.party for s in seats if s.verdict is None))

    def _in_track(self, graph: TrackGraph, node: Node, dead: list[Part]) -> Iterator[Trap]:
        out = _onward(p for p in self._open(graph) if p.target is not p.source)
        told = set()
        for trap in _traps(dead, lambda part: out.get(part, []), lambda p: self._step(graph, p)):
            part = self._shown_part(graph, trap)
            step = self._step(graph, part)
            if step not in told:
                told.add(step)
                yield Trap(step, (graph.track,), True, (*node.path(), *part.path()))

    def _shown_part(self, graph: TrackGraph, trap: list[Part]) -> Part:
        barred = {p.source for p in graph.passages if self._barred is not None and self._barred(p)}
        return next((part for part in trap if part in barred), trap[0])

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


def _onward(passages: Iterable[Passage]) -> dict[Part, list[Part]]:
    """Where each part of a track leads."""
    out: dict[Part, list[Part]] = {}
    for passage in passages:
        if passage.target is not None:
            out.setdefault(passage.source, []).append(passage.target)
    return out


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
