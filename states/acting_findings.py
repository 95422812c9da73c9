"""Finds where a case cannot end while an acting officer wears one of its hats.

An acting officer takes no strategic decision. Without what is closed to one, the explored graph is
asked again whether every marking leads to an end; here what `anywhere` offers counts as a way, and
so does a late task that goes to the superior.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from states.attempts import Act
from states.dead_ends import DeadEnds
from states.definition import Action, Definition, Step, StepKind
from states.exploration import Exploration
from states.findings import Finding, Severity
from states.fingerprints import guards_of
from states.graph import Edge
from states.guard_findings import GuardFindings, visited_in
from states.tracks import Passage

_ACTING = "actor.acting"
Acts = tuple[Act, ...]


def acting_findings(exploration: Exploration) -> Iterator[Finding]:
    """The steps at which an acting officer in one hat would keep a case from ever ending."""
    officers, hats, acts = _Officers(exploration), dict[str, list[str]](), dict[str, Acts]()
    for hat in officers.concerned():
        exploration.check()
        for trap in DeadEnds(exploration, officers.barring(hat)).traps():
            hats.setdefault(trap.step, []).append(hat)
            acts.setdefault(trap.step, trap.acts)
    for step, blocked in hats.items():
        values = {"hats": ", ".join(blocked)}
        yield Finding(Severity.ERROR, "acting_blocks", step, values, acts[step])


class _Officers:
    """What is closed to acting officers in one explored definition."""

    def __init__(self, exploration: Exploration) -> None:
        self._definition = exploration.definition
        self._steps = {
            path: step
            for path, step in exploration.trials.steps.items()
            if not _goes_to_superior(exploration.definition, step)
        }
        self._asking = GuardFindings(exploration.definition, exploration.trials.oracle)
        self._places = self._visits(exploration)

    def concerned(self) -> tuple[str, ...]:
        """Hats with something that can be closed to an acting officer."""
        hats: dict[str, None] = {}
        for path in self._places:
            step = self._steps[path]
            for action in filter(_may_be_closed, step.actions.values()):
                hats.update(dict.fromkeys(self._definition.hats(step, action)))
        return tuple(hats)

    def _visits(self, exploration: Exploration) -> dict[str, list[Mapping[str, int]]]:
        """The visits with which cases stood at each step where something may be closed."""
        found: dict[str, dict[tuple[tuple[str, int], ...], None]] = {
            path: {}
            for path, step in self._steps.items()
            if any(map(_may_be_closed, step.actions.values()))
        }
        asked = {path: sorted(visited_in(guards_of(self._steps[path]))) for path in found}
        for path, visits, _ in exploration.places():
            if path in found:
                found[path][tuple((p, visits.get(p, 0)) for p in asked[path])] = None
        return {path: [dict(one) for one in contexts] for path, contexts in found.items()}

    def barring(self, hat: str) -> _Barred:
        """Tells which ways are closed while an acting officer wears the hat."""
        stuck = {
            path
            for path, contexts in self._places.items()
            if any(
                self._asking.blocks_acting(self._own(self._steps[path], hat), visits)
                for visits in contexts
            )
        }
        return _Barred(hat, frozenset(stuck), frozenset(self._steps))

    def _own(self, step: Step, hat: str) -> tuple[Action, ...]:
        """The actions that lead on from a step and that only this hat can do from its seat."""
        return tuple(
            action
            for action in step.actions.values()
            if not action.stays
            and (
                self._definition.hats(step, action) == (hat,)
                or (step.kind is StepKind.VOTED and not action.by and hat in step.parties)
            )
        )


class _Barred:
    """Whether an acting officer with a hat cannot go a way."""

    def __init__(self, hat: str, stuck: frozenset[str], weighed: frozenset[str]) -> None:
        self._hat, self._stuck, self._weighed = hat, stuck, weighed

    def __call__(self, way: Edge | Passage) -> bool:
        path = way.act.path
        own = way.only_hat == self._hat and path in self._weighed
        return own and (way.definitive or path in self._stuck)


def _may_be_closed(action: Action) -> bool:
    guards = (action.when, *(branch.when for branch in action.to))
    asks = any(guard is not None and _ACTING in guard.names() for guard in guards)
    return bool(action.classes) or asks


def _goes_to_superior(definition: Definition, step: Step) -> bool:
    """Whether somebody above gets the task when it is late."""
    moves = any(one.reassign and one.to == "superior" for one in definition.escalations)
    return bool(step.within) and moves
