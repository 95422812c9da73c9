"""Explores every marking that a definition can reach, by running the real machine.

The tracks of a parallel step are explored each alone; in the main graph a track is under way, as
it was opened, or has its verdict. Where guards count visits inside tracks, the product of the
tracks is explored instead. It judges nothing: that is for the findings.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import product

from states.attempts import Act, Attempt, Circle, Trials, is_definitive
from states.conditions import Value
from states.definition import Means
from states.fingerprints import Fingerprints, Key, guards_of, key_of, track_key
from states.graph import Edge, Node, Seen
from states.machine import Machine
from states.marking import Marking
from states.move import Move
from states.time_limit import TooLarge
from states.tracks import Part, TrackGraph, verdict_of


class Exploration:
    """The whole graph of one definition; `explore` fills it or raises TooLarge.

    With `given`, only of cases in which these facts are so.
    """

    def __init__(
        self,
        machine: Machine,
        most_markings: int,
        check: Callable[[], None],
        given: Mapping[str, Value] | None = None,
    ) -> None:
        self.trials = Trials(machine, given)
        self.definition = machine.definition
        self.fingerprints = Fingerprints(machine.definition)
        self.most_markings = most_markings
        self.check = check
        self.nodes: dict[Key, Node] = {}
        self.graphs: dict[tuple[object, ...], TrackGraph] = {}
        self.starts: list[Edge] = []
        self.seen = Seen()
        self._parts = 0
        self._reads = self._outer_visits()

    @property
    def markings(self) -> int:
        """How many different markings were looked at, those inside tracks included."""
        return len(self.nodes) + sum(len(graph.parts) for graph in self.graphs.values())

    def explore(self, begin: Iterable[Node] = ()) -> None:
        """Reach everything from the start, and from nodes of another exploration.

        Raises TooLarge when a bound is passed, or Circle.
        """
        waiting: deque[Node] = deque()
        for known in begin:
            node = Node(known.marking, known.key, before=known.path())
            self.nodes[node.key] = node
            waiting.append(node)
        for act, move in self.trials.start():
            self.starts.append(self._edge(None, (act,), move, 0, waiting))
        while waiting:
            self.check()
            node = waiting.popleft()
            if node.marking.outcome is None:
                try:
                    self._expand(node, waiting)
                except Circle as circle:
                    raise Circle(circle.step, (*node.path(), *circle.acts)) from None

    def _expand(self, node: Node, waiting: deque[Node]) -> None:
        marking = node.marking
        folded = marking.step in self.fingerprints.foldable and bool(marking.tracks)
        left: set[str] = set()
        for attempt in self.trials.offered(marking):
            if folded and attempt.act.track is not None:
                continue
            for act, move in self.trials.outcomes(marking, attempt):
                edge = self._edge(node, (act,), move, _approvals(move), waiting)
                edge.aside = self._is_aside(attempt)
                edge.only_hat, edge.definitive = attempt.only_hat, is_definitive(act, move)
                if attempt.option is not None and not attempt.option.stays and not edge.aside:
                    left.add(act.path)
        for attempt in self.trials.lapses(marking):
            if folded and attempt.act.track is not None:
                continue
            for act, move in self.trials.outcomes(marking, attempt):
                silent = None if act.path in left else 0
                self._edge(node, (act,), move, silent, waiting)
        if folded:
            self._expand_tracks(node, waiting)

    def _expand_tracks(self, node: Node, waiting: deque[Node]) -> None:
        for name, track in node.marking.tracks.items():
            if track.verdict is not None:
                continue
            graph = node.tracks[name] = self._graph(node.marking, name)
            for way in graph.ways.values():
                marking = graph.transplant(node.marking, way.part.marking)
                before = way.part.path()
                try:
                    for act, move in self.trials.outcomes(marking, way.attempt):
                        if verdict_of(move, name) == way.verdict:
                            acts = (*before, act)
                            self._edge(node, acts, move, way.approvals, waiting).way = way
                except Circle as circle:
                    raise Circle(circle.step, (*before, *circle.acts)) from None

    def _edge(
        self,
        source: Node | None,
        acts: tuple[Act, ...],
        move: Move,
        approvals: int | None,
        waiting: deque[Node],
    ) -> Edge:
        self.seen.note(acts[-1], move)
        marking = self.fingerprints.canonical(move.marking)
        key = key_of(marking)
        known = self.nodes.get(key)
        target = Node(marking, key) if known is None else known
        reopened = any(path == marking.step for path, _ in move.entered)
        edge = Edge(source, target, acts, approvals, reopened=reopened)
        if known is None:
            self.nodes[key] = target
            self._bound()
            target.found_by = edge
            waiting.append(target)
        for joined in move.joined:
            if (joined.path, joined.visit) in move.entered and joined.verdicts:
                before = () if source is None else source.path()
                self.seen.unseen.setdefault(joined.path, (*before, *acts))
        if source is not None:
            edge.dropped = self._dropped(source.marking, move)
            source.edges.append(edge)
        return edge

    def _dropped(self, before: Marking, move: Move) -> tuple[str, ...]:
        """Tracks left without a verdict, unless the rule that was chosen asks who is waiting."""
        if not before.tracks or all(path != before.step for path, _ in move.left):
            return ()
        joined = next((one for one in move.joined if one.path == before.step), None)
        if joined is None:
            return tuple(n for n, track in before.tracks.items() if track.verdict is None)
        rules = self.trials.steps[before.step].tally
        rule = next(one for one in rules if one.outcome == joined.outcome)
        if rule.when is not None and not rule.when.names().isdisjoint(("waiting", "cast")):
            return ()
        return tuple(name for name in before.tracks if name not in joined.verdicts)

    def _bound(self) -> None:
        if len(self.nodes) + self._parts > self.most_markings:
            raise TooLarge("markings", self.most_markings)

    def _is_aside(self, attempt: Attempt) -> bool:
        act = attempt.act
        own = self.trials.steps[act.path].actions
        return act.action in self.definition.anywhere and act.action not in own

    def _graph(self, marking: Marking, track: str) -> TrackGraph:
        key = self._graph_key(marking, track, track_key(marking, track))
        if key not in self.graphs:
            self.graphs[key] = TrackGraph(self.trials, self.fingerprints, marking, track)
            self.graphs[key].explore(self.seen.note, self._count_part)
        return self.graphs[key]

    def _count_part(self) -> None:
        self._parts += 1
        self._bound()
        self.check()

    def _graph_key(self, marking: Marking, track: str, start: Key) -> tuple[object, ...]:
        reads = self._reads.get(f"{marking.step}.{track}", ())
        return marking.step, track, tuple(marking.visits.get(path, 0) for path in reads), start

    def _outer_visits(self) -> dict[str, tuple[str, ...]]:
        """For each track, the steps outside whose visits its guards ask."""
        found = {}
        for step in self.definition.steps.values():
            for name, track in step.tracks.items():
                guards = (g for inner in track.steps.values() for g in guards_of(inner))
                asked = {path for guard in guards for path in guard.visited()}
                found[f"{step.path}.{name}"] = tuple(sorted(asked))
        return found

    def places(self) -> Iterator[tuple[str, Mapping[str, int], Callable[[], tuple[Act, ...]]]]:
        """Every step where people stood: its path, the visits there, and how to come there."""
        users: dict[TrackGraph, Node] = {}
        for node in self.nodes.values():
            visits = node.marking.visits
            if not node.tracks:
                for path in node.marking.seats:
                    yield path, visits, node.path
            yield node.marking.step, visits, node.path
            for graph in node.tracks.values():
                users.setdefault(graph, node)
        for graph, node in users.items():
            for part in graph.parts.values():
                path = f"{graph.parallel}.{graph.track}.{part.marking.tracks[graph.track].step}"
                yield path, part.marking.visits, partial(_both, node, part)

    def contains(self, marking: Marking) -> bool:
        """Whether the marking, as it is counted here, was reached."""
        return next(self.located(marking), None) is not None

    def located(self, marking: Marking) -> Iterator[tuple[Node, dict[str, Key]]]:
        """The nodes that stand for a marking, each with where its tracks under way are."""
        canonical = self.fingerprints.canonical(marking)
        open_tracks = [n for n, track in canonical.tracks.items() if track.verdict is None]
        if canonical.step not in self.fingerprints.foldable or not open_tracks:
            node = self.nodes.get(key_of(canonical))
            if node is not None:
                yield node, {}
            return
        choices = [self._openings(canonical, name) for name in open_tracks]
        for graphs in product(*choices):
            folded = canonical
            for graph in graphs:
                folded = graph.transplant(folded, graph.start.marking)
            node = self.nodes.get(key_of(folded))
            if node is not None:
                yield node, {graph.track: track_key(canonical, graph.track) for graph in graphs}

    def _openings(self, marking: Marking, track: str) -> list[TrackGraph]:
        """The graphs of a track, by how it was opened, that know the track's present part."""
        part = track_key(marking, track)
        wanted = self._graph_key(marking, track, ())[:3]
        return [g for key, g in self.graphs.items() if key[:3] == wanted and part in g.parts]


def _approvals(move: Move) -> int:
    return int(move.means is Means.APPROVE)


def _both(node: Node, part: Part) -> tuple[Act, ...]:
    return (*node.path(), *part.path())
