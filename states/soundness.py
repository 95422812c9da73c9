"""Checks a definition before it is published, by exploring all that it can reach.

`check` returns a report: what is wrong, each with acts that show it; how many markings there are;
and how many people must approve. It knows definitions and explores them; it publishes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from math import inf, isinf

from states.acting_findings import acting_findings
from states.approvals import Approvals
from states.attempts import Act, Circle
from states.coverage import coverage_findings, successors
from states.dead_ends import DeadEnds
from states.definition import Definition, Outcome
from states.exploration import Exploration
from states.findings import Finding, Severity, in_order
from states.hat_findings import hat_findings
from states.lapse_findings import lapse_findings
from states.machine import Machine
from states.marking import Marking
from states.staying_facts import staying_findings
from states.tally_findings import tally_findings
from states.time_limit import TimeLimit, TooLarge

__all__ = ["Finding", "Report", "Severity", "check"]


@dataclass(frozen=True)
class Report:
    """What exploring a definition showed.

    `approvals_needed` is the fewest approving acts on any way to an approved end (0 also where
    there is none, or where exploring was broken off).
    """

    findings: tuple[Finding, ...]
    markings: int
    approvals_needed: int
    _exploration: Exploration = field(repr=False, compare=False)
    _approvals: Approvals = field(repr=False, compare=False)

    def contains(self, marking: Marking) -> bool:
        """Whether a case can come to stand like this."""
        return self._exploration.contains(marking)

    def approvals_from(self, marking: Marking) -> int | None:
        """The fewest approving acts still needed here; None if no approved end is ahead."""
        needed = self._approvals.of_marking(marking)
        return None if isinf(needed) else int(needed)


def check(
    definition: Definition,
    *,
    most_markings: int = 50_000,
    seconds: float = 30,
    clock: Callable[[], float] = time.thread_time,
) -> Report:
    """Explore a definition and report all findings; too large a definition is itself a finding."""
    in_time = TimeLimit(seconds, clock)
    exploration, is_whole = Exploration(Machine(definition), most_markings, in_time), False
    try:
        exploration.explore()
        findings = list(_found(exploration))
        is_whole = True
    except TooLarge as bound:
        values: dict[str, object] = {"limit": bound.limit, "most": bound.most}
        findings = [Finding(Severity.ERROR, "too_large", None, values)]
    except Circle as circle:
        findings = [Finding(Severity.ERROR, "endless", circle.step, {}, circle.acts)]
    approvals = Approvals(exploration)
    needed = approvals.at_start() if is_whole else inf
    return Report(
        in_order(findings),
        exploration.markings,
        0 if isinf(needed) else int(needed),
        exploration,
        approvals,
    )


def _found(exploration: Exploration) -> Iterator[Finding]:
    ways = _Ways(exploration)
    definition, stuck = exploration.definition, list(DeadEnds(exploration).findings())
    yield from stuck
    for look in (hat_findings, lapse_findings):
        yield from (ways.shown(finding) for finding in look(definition))
    exploration.check()
    for search in (coverage_findings, tally_findings):
        yield from (ways.shown(finding) for finding in search(exploration))
        exploration.check()
    if not stuck:
        yield from acting_findings(exploration)
        yield from staying_findings(exploration)
    exploration.check()
    yield from _silence(exploration, Approvals(exploration))


class _Ways:
    """How a case comes to each step, for findings that say nothing of it themselves."""

    def __init__(self, exploration: Exploration) -> None:
        self._definition = exploration.definition
        self._leading: dict[str, tuple[Act, ...]] = {}
        for path, _, leads in exploration.places():
            if path not in self._leading:
                self._leading[path] = leads()

    def shown(self, finding: Finding) -> Finding:
        """The finding with a way to its step, or to the hats that it names."""
        if finding.acts:
            return finding
        if finding.step is not None:
            return replace(
                finding, acts=self._leading.get(finding.step) or self._up_to(finding.step)
            )
        hats = [str(finding.values[key]) for key in _HATS if key in finding.values]
        ways = [way for hat in hats if (way := self._to(hat))]
        return replace(finding, acts=max(ways, key=len, default=()))

    def _up_to(self, fork: str) -> tuple[Act, ...]:
        """The way to the nearest step that leads on to a fork, where nobody stands."""
        before = (
            self._leading[step.path]
            for step in self._definition.every_step()
            if step.path in self._leading and fork in successors(self._definition, step)
        )
        return min(before, key=len, default=())

    def _to(self, hat: str) -> tuple[Act, ...]:
        """The way to the nearest step at which the hat is asked."""
        asked = (
            self._leading[step.path]
            for step in self._definition.every_step()
            if step.path in self._leading and hat in map(self._definition.hat, step.parties)
        )
        return min(asked, key=len, default=())


_HATS = ("hat", "first", "second")


def _silence(exploration: Exploration, approvals: Approvals) -> Iterator[Finding]:
    """Approval by nobody: from the start, by a deadline, or by a verdict of another day."""
    approved = (n for n in exploration.nodes.values() if n.marking.outcome is Outcome.APPROVED)
    end = next(approved, None)
    if end is not None and approvals.at_start() == 0:
        yield Finding(
            Severity.ERROR, "approves_itself", end.marking.step, {}, approvals.silent_path()
        )
    told = set()
    for lowered in sorted(approvals.lowered(), key=lambda low: (low.reopens, len(low.acts))):
        if lowered.path in told:
            continue
        told.add(lowered.path)
        before = "" if isinf(lowered.before) else int(lowered.before)
        values = {"before": before, "after": int(lowered.after)}
        severity = Severity.WARNING if lowered.reopens else Severity.ERROR
        code = "lapse_reopens" if lowered.reopens else "lapse_approves"
        yield Finding(severity, code, lowered.path, values, lowered.acts)
    for step, acts in exploration.seen.unseen.items():
        yield Finding(Severity.ERROR, "passes_unseen", step, {}, acts)
