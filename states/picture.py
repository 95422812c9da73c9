"""Turns a definition into boxes, lanes and edges, for the swimlane picture and for its table.

It fixes what is shown and where it belongs; how it looks is for the diagram.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from states.crosschecks import offered_at
from states.definition import Action, Definition, Duration, Means, Outcome, Step, StepKind
from states.wording import EXTERNAL

ENDS = "ends"
CLOSE = "="  # after the path of a parallel step: the bar at which its tracks meet again


class Line(StrEnum):
    """What an edge of the picture means; the first of several between two boxes is drawn."""

    FORWARD = "forward"
    RETURN = "return"
    STOP = "stop"
    LAPSE = "lapse"


@dataclass(frozen=True)
class Edge:
    """A way from box to box: the actions that take it ("" for a fork or a tally)."""

    source: str
    target: str
    line: Line
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Lane:
    """A row of the picture: a kind of label and its name, of a body outside that of its party."""

    kind: str
    name: str


@dataclass(frozen=True)
class Way:
    """One thing that can happen at a step, and where it leads (nowhere: the visit goes on)."""

    action: str
    means: Means | None
    hats: tuple[str, ...]
    to: tuple[str, ...]
    verdicts: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A step as a row of the table; `path`, `hats`, `agencies` and so on are names to label."""

    path: str
    kind: StepKind
    track: str | None
    hats: tuple[str, ...]
    agencies: tuple[Lane, ...]
    within: tuple[Duration, ...]
    ways: tuple[Way, ...]
    lapse: tuple[str, ...]
    outcome: str | None
    marked: bool


def lane_of(definition: Definition, party: str) -> Lane:
    """The lane of a hat: its agency, or the body outside that is written to."""
    found = definition.parties[party]
    if found.place is None:
        parties = definition.parties.values()
        same = (one.name for one in parties if one.external == found.external)
        return Lane(EXTERNAL, next(same))  # one body can be several parties
    return Lane("function", found.place.agency)


def lanes_of(definition: Definition) -> dict[str, tuple[Lane, ...]]:
    """The lanes in which each step stands; a fork stands with what leads to it."""
    found: dict[str, tuple[Lane, ...]] = {}
    steps = {step.path: step for step in definition.every_step()}
    for path, step in steps.items():
        if step.kind is StepKind.FINAL:
            found[path] = (Lane("picture", ENDS),)
        elif step.kind is not StepKind.ROUTE:
            hats = dict.fromkeys(lane_of(definition, hat) for hat in step.parties)
            found[path] = tuple(hats)
    for path, step in steps.items():
        inner = [
            lane
            for n in step.tracks
            for p in _inside(steps, f"{path}.{n}.")
            for lane in found.get(p, ())
        ]
        if step.kind is StepKind.PARALLEL:
            found[path] = tuple(dict.fromkeys(inner))
    first = found[definition.initial] if definition.initial in found else next(iter(found.values()))
    for edge in edges_of(definition):
        target = edge.target.removesuffix(CLOSE)
        if target not in found:
            found[target] = found.get(edge.source.removesuffix(CLOSE), first)[:1]
    return {path: found.get(path, first[:1]) for path in steps}


def _inside(steps: dict[str, Step], prefix: str) -> Iterator[str]:
    return (path for path in steps if path.startswith(prefix))


def edges_of(definition: Definition) -> tuple[Edge, ...]:
    """Every way from box to box; what `anywhere` offers is told at its end and not drawn."""
    found: dict[tuple[str, str], Edge] = {}
    parallel = {step.path for step in definition.steps.values() if step.kind is StepKind.PARALLEL}
    ended = {step.path for step in definition.steps.values() if step.final in _UNHAPPY}
    for step in definition.every_step():
        for target, line, action in _ways(step):
            refuses = line is Line.FORWARD and not action and target in ended
            source = f"{step.path}{CLOSE}" if step.path in parallel else step.path
            if target is not None and target.startswith(f"{step.path}.") and step.path in parallel:
                source = step.path
            end = _end(step, target)
            shown = Line.STOP if refuses else line
            known = found.get((source, end), Edge(source, end, shown, ()))
            actions = (*known.actions, action) if action not in known.actions else known.actions
            found[source, end] = Edge(source, end, min(known.line, shown, key=_RANK), actions)
    return tuple(found.values())


_RANK = list(Line).index
_UNHAPPY = (Outcome.REJECTED, Outcome.WITHDRAWN, Outcome.CANCELLED)
_LINES = {
    Means.FORWARD: Line.FORWARD,
    Means.APPROVE: Line.FORWARD,
    Means.RETURN: Line.RETURN,
    Means.REJECT: Line.STOP,
    Means.STOP: Line.STOP,
}


def _end(step: Step, target: str | None) -> str:
    """The box to which a target leads: within a track a verdict leads to the closing bar."""
    if target is None:
        return f"{step.path.split('.')[0]}{CLOSE}"
    if target.startswith(f"{step.path}."):
        return target
    return f"{step.path.removesuffix(step.name)}{target}"


def _ways(step: Step) -> Iterator[tuple[str | None, Line, str]]:
    """Targets with the line and the action that lead to them; None is a track's verdict."""
    for name, track in step.tracks.items():
        yield f"{step.path}.{name}.{track.initial}", Line.FORWARD, ""
    for action in step.actions.values():
        for branch in action.to:
            yield branch.to, _LINES[action.means], action.name
        if action.verdict is not None and step.kind is StepKind.PLAIN:
            yield None, _LINES[action.means], action.name
    for rule in step.tally:
        yield rule.to, Line.FORWARD, ""
    for branch in step.route:
        yield branch.to, Line.FORWARD, ""
    for branch in step.on_lapse:
        yield branch.to, Line.LAPSE, ""


def anywhere_to(definition: Definition, path: str) -> tuple[str, ...]:
    """Actions of `anywhere` that lead to a step."""
    return tuple(
        action.name
        for action in definition.anywhere.values()
        if any(branch.to == path for branch in action.to)
    )


def rows_of(definition: Definition, marked: frozenset[str] = frozenset()) -> tuple[Row, ...]:
    """The same as rows in document order, for those who do not see the picture."""
    lanes = lanes_of(definition)
    return tuple(
        Row(
            path=step.path,
            kind=step.kind,
            track=step.path.split(".")[1] if "." in step.path else None,
            hats=step.parties,
            agencies=lanes[step.path],
            within=tuple(limit.duration for limit in step.within),
            ways=tuple(_row_ways(definition, step)),
            lapse=tuple(_named(step, b.to) or b.verdict or "" for b in step.on_lapse),
            outcome=None if step.final is None else step.final.value,
            marked=step.path in marked,
        )
        for step in definition.every_step()
    )


def _row_ways(definition: Definition, step: Step) -> Iterator[Way]:
    for action in step.actions.values():
        yield _way(step, action, definition.hats(step, action))
    for rule in step.tally:
        to, verdict = _named(step, rule.to), rule.verdict
        yield Way(rule.outcome, None, (), (to,) if to else (), (verdict,) if verdict else ())
    if step.route:
        yield Way("", None, (), tuple(_named(step, b.to) for b in step.route), ())
    for action in definition.anywhere.values():
        if "." not in step.path and offered_at(action, step):
            yield _way(step, action, action.by)


def _way(step: Step, action: Action, hats: tuple[str, ...]) -> Way:
    to = dict.fromkeys(_named(step, b.to) for b in action.to if b.to is not None)
    words = (action.verdict, *(branch.verdict for branch in action.to))
    verdicts = dict.fromkeys(word for word in words if word is not None)
    return Way(action.name, action.means, hats, tuple(to), tuple(verdicts))


def _named(step: Step, target: str | None) -> str:
    """The full path of a target in the same chart; empty for none."""
    return "" if target is None else f"{step.path.removesuffix(step.name)}{target}"
