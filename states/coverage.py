"""Finds what a definition says and no case ever meets: steps, actions, rules, ways, guards.

It also asks the guards of every step that is met, with the visits that were counted there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice, product

from states.attempts import Act
from states.crosschecks import offered_at
from states.definition import Definition, Step, StepKind
from states.exploration import Exploration
from states.findings import Finding, Severity
from states.fingerprints import branches_of, guards_of
from states.guard_findings import GuardFindings, visited_in

Context = tuple[tuple[str, int], ...]
_MOST_CONTEXTS = 200


def coverage_findings(exploration: Exploration) -> Iterator[Finding]:
    """Everything that exploration did not meet, and steps where guards leave nothing to do."""
    coverage = _Coverage(exploration)
    yield from coverage.unreachable()
    yield from coverage.unused()
    yield from coverage.guards()
    yield from coverage.kept()


class _Coverage:
    """One definition beside what was seen of it."""

    def __init__(self, exploration: Exploration) -> None:
        self._exploration = exploration
        self._definition = exploration.definition
        self._seen = exploration.seen
        self._steps = exploration.trials.steps
        self._next = {path: successors(self._definition, s) for path, s in self._steps.items()}
        self._met = self._reached()
        self._places = self._contexts()

    def _reached(self) -> set[str]:
        """Steps met; a fork is met when something met leads to it."""
        met = set(self._seen.steps)
        pending = [path for path in self._steps if path in met]
        while pending:
            for path in self._next[pending.pop()]:
                if path not in met and self._steps[path].kind is StepKind.ROUTE:
                    met.add(path)
                    pending.append(path)
        return met

    def _contexts(self) -> dict[str, dict[Context, tuple[Act, ...]]]:
        """For each step the different visits that its guards met there, with acts that lead."""
        asked = {p: visited_in(guards_of(step)) for p, step in self._steps.items()}
        found: dict[str, dict[Context, tuple[Act, ...]]] = {path: {} for path in self._steps}
        for path, visits, leads in self._exploration.places():
            seen = found[path]
            context = tuple((p, visits.get(p, 0)) for p in sorted(asked[path]))
            if context not in seen and len(seen) < _MOST_CONTEXTS:
                seen[context] = leads()
        return found

    def unreachable(self) -> Iterator[Finding]:
        """Steps that no case enters; those that only follow from another are named with it."""
        missing = [path for path in self._steps if path not in self._met]
        before: dict[str, set[str]] = {path: set() for path in self._steps}
        for path, following in self._next.items():
            for to in following:
                before[to].add(path)
        roots = [p for p in missing if not before[p] - {p} or before[p] & self._met]
        left = dict.fromkeys(missing)
        while left:
            root = next((p for p in roots if p in left), next(iter(left)))
            del left[root]
            also = [p for p in _onward(root, self._next) if p in left and p not in roots]
            for path in also:
                del left[path]
            values = {"also": ", ".join(also)} if also else {}
            yield Finding(Severity.ERROR, "unreachable", root, values, self._up_to(before[root]))

    def _up_to(self, before: set[str]) -> tuple[Act, ...]:
        """Acts to a step from which the missing one should have been reached."""
        for path in sorted(before & self._met):
            for acts in self._places[path].values():
                return acts
        return ()

    def unused(self) -> Iterator[Finding]:
        """Actions that are never accepted, and rules of a tally that never decide."""
        for path, step in self._steps.items():
            if path not in self._met:
                continue
            acts = self._up_to({path})
            for name in step.actions:
                if (path, name) not in self._seen.actions:
                    values = {"action": name}
                    yield Finding(Severity.ERROR, "action_never_applies", path, values, acts)
            for rule in step.tally[:-1]:
                if (path, rule.outcome) not in self._seen.rules:
                    values = {"outcome": rule.outcome}
                    yield Finding(Severity.ERROR, "rule_never_chosen", path, values, acts)
        done = {name for path, name in self._seen.actions if name not in self._steps[path].actions}
        for name in self._definition.anywhere:
            if name not in done:
                yield Finding(Severity.ERROR, "action_never_applies", None, {"action": name})

    def guards(self) -> Iterator[Finding]:
        """Ways never taken, hats left with nothing to do, guards on steps never entered."""
        asking = GuardFindings(self._definition, self._exploration.trials.oracle)
        for path, step in self._steps.items():
            if path not in self._met:
                continue
            contexts = [dict(context) for context in self._places[path]]
            wide = self._all_contexts(step) if step.kind is StepKind.ROUTE else contexts
            yield from asking.ways(step, wide)
            for context, acts in self._places[path].items():
                found = list(asking.refused(step, dict(context), acts))
                yield from found
                if found:
                    break
            yield from self._never_visited(step)

    def _never_visited(self, step: Step) -> Iterator[Finding]:
        for counted in sorted(visited_in(guards_of(step)) - self._met):
            yield Finding(Severity.WARNING, "never_visited", step.path, {"counted": counted})

    def kept(self) -> Iterator[Finding]:
        """Verdicts that outlive a change of what they judged."""
        for path, step in self._steps.items():
            again = step.again
            if again is None or again.unless_changed or not again.keep or path not in self._met:
                continue
            rules = [r for r in step.tally if not again.after or r.outcome in again.after]
            ahead = {rule.to for rule in rules if rule.to is not None}
            between = {p for to in ahead for p in (to, *_onward(to, self._next, until=path))}
            if any(self._changes(self._steps[p]) for p in between if p != path):
                values = {"keep": ", ".join(again.keep)}
                acts = self._up_to({path})
                yield Finding(Severity.WARNING, "keeps_changed", path, values, acts)

    @staticmethod
    def _changes(step: Step) -> bool:
        return bool(step.edits) or any(action.sets for action in step.actions.values())

    def _all_contexts(self, step: Step) -> list[Mapping[str, int]]:
        """Every count of visits that the guards of a fork can tell apart."""
        counted = self._exploration.fingerprints.counted
        asked = sorted(visited_in(guards_of(step)))
        numbers = product(*(range(counted[path] + 1) for path in asked))
        return [dict(zip(asked, n, strict=True)) for n in islice(numbers, _MOST_CONTEXTS)]


def successors(definition: Definition, step: Step) -> tuple[str, ...]:
    """The paths to which a definition leads from a step, whatever its guards say."""
    prefix = step.path.removesuffix(step.name)
    names = [branch.to for branch in branches_of(step)] + [rule.to for rule in step.tally]
    found = [f"{prefix}{name}" for name in names if name is not None]
    for name, track in step.tracks.items():
        found.append(f"{step.path}.{name}.{track.initial}")
    if not prefix:
        for action in definition.anywhere.values():
            if offered_at(action, step):
                found.extend(branch.to for branch in action.to if branch.to is not None)
    return tuple(dict.fromkeys(found))


def _onward(start: str, following: Mapping[str, tuple[str, ...]], until: str = "") -> list[str]:
    """Everything to which a step leads, nearest first; not beyond `until`."""
    found: dict[str, None] = {}
    pending = deque(following[start])
    while pending:
        path = pending.popleft()
        if path not in found and path != until:
            found[path] = None
            pending.extend(following[path])
    return list(found)
