"""What can keep a passed deadline from leading on, told before it happens.

Needs no markings: only where a lapse leads, and what the steps there count their time from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from states.definition import Branch, Definition, Step, StepKind
from states.findings import Finding, Severity


def lapse_findings(definition: Definition) -> Iterator[Finding]:
    """Lapses that cannot lead on while a date is not known."""
    for step in definition.every_step():
        dates = {
            limit.duration.after
            for target in _standing(definition, _chart(definition, step), step.on_lapse, step)
            for limit in target.within
            if limit.duration.after is not None
        }
        for date in sorted(dates):
            yield Finding(Severity.WARNING, "lapse_needs_date", step.path, {"date": date})


def _standing(
    definition: Definition, chart: Mapping[str, Step], ways: Iterable[Branch], origin: Step
) -> list[Step]:
    """The steps in which somebody may come to stand by these ways, forks followed."""
    found: dict[str, Step] = {}
    ahead = [(chart, way) for way in ways]
    while ahead:
        steps, way = ahead.pop()
        if way.to is None:
            parallel = definition.steps[origin.path.partition(".")[0]]
            ahead += [
                (definition.steps, Branch(None, rule.to)) for rule in parallel.tally if rule.to
            ]
            continue
        step = steps[way.to]
        if step.path in found:
            continue
        found[step.path] = step
        if step.kind is StepKind.ROUTE:
            ahead += [(steps, branch) for branch in step.route]
        ahead += [(track.steps, Branch(None, track.initial)) for track in step.tracks.values()]
    return list(found.values())


def _chart(definition: Definition, step: Step) -> Mapping[str, Step]:
    """The steps among which a step's ways lead."""
    parts = step.path.split(".")
    return (
        definition.steps if len(parts) == 1 else definition.steps[parts[0]].tracks[parts[1]].steps
    )
