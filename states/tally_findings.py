"""Finds verdicts that nobody hears, and tracks that a case leaves behind on its way to approval."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import combinations_with_replacement

from states.compiling import words_of
from states.definition import Action, Means, Outcome, Step, StepKind
from states.exploration import Exploration
from states.findings import Finding, Severity
from states.graph import Edge, Node
from states.tally import count, decide

_AGAINST = (Means.RETURN, Means.REJECT)
_MOST_WEIGHED = 6


def tally_findings(exploration: Exploration) -> Iterator[Finding]:
    """Refusals that count like approvals, and tracks that are cut short by an approval."""
    for path, step in exploration.trials.steps.items():
        if step.tally and path in exploration.seen.steps:
            for verdict in _unheard(step):
                yield Finding(Severity.ERROR, "verdict_unheard", path, {"verdict": verdict})
    yield from _left_behind(exploration)


def _unheard(step: Step) -> Iterator[str]:
    """Verdicts against the case that come to the same as each approving one, whatever others say.

    A tally that names no verdict only gathers advice.
    """
    words = words_of(step)
    named = {name for rule in step.tally if rule.when for name in rule.when.names()}
    if named.isdisjoint(words):
        return
    means = _means(step)
    approving = [word for word in words if Means.APPROVE in means.get(word, ())]
    for word in words:
        against = word in means and all(one in _AGAINST for one in means[word])
        if against and approving and all(_same(step, words, word, yes) for yes in approving):
            yield word


def _means(step: Step) -> dict[str, list[Means]]:
    """What the actions mean that give each verdict."""
    found: dict[str, list[Means]] = {}
    for one in (step, *(inner for track in step.tracks.values() for inner in track.steps.values())):
        counts = one is step or one.kind is StepKind.PLAIN
        for action in one.actions.values() if counts else ():
            for word in _verdicts(action):
                found.setdefault(word, []).append(action.means)
    return found


def _verdicts(action: Action) -> Iterator[str]:
    if action.verdict is not None:
        yield action.verdict
    yield from (branch.verdict for branch in action.to if branch.verdict is not None)


def _same(step: Step, words: tuple[str, ...], one: str, other: str) -> bool:
    """Whether the same rule is chosen with either verdict beside all that others may give."""
    for others in range(_most(step)):
        for given in combinations_with_replacement(words, others):
            chosen = {decide(step.tally, count(words, (*given, word))) for word in (one, other)}
            if len(chosen) > 1:
                return False
    return True


def _most(step: Step) -> int:
    """How many verdicts are given here, as far as it is weighed."""
    seats, most = step.seats, max(_MOST_WEIGHED, _largest(step))
    if seats is None:
        return min(len(step.tracks), most)
    number = seats.count if isinstance(seats.count, int) else seats.most
    return min(len(seats.each) or number, most)


def _largest(step: Step) -> int:
    """The largest number with which a rule compares, and one more."""
    numbers = [
        term
        for rule in step.tally
        if rule.when is not None
        for atom in rule.when.atoms()
        for term in (atom.left, atom.right)
        if isinstance(term, int)
    ]
    return max(numbers, default=0) + 1


def _left_behind(exploration: Exploration) -> Iterator[Finding]:
    """Parallel steps that a case may leave for an approval while a track has not spoken."""
    told: set[str] = set()
    for node in exploration.nodes.values():
        for edge in node.edges:
            step = node.marking.step
            if edge.dropped and step not in told and _approves_without(edge, step):
                told.add(step)
                values = {"tracks": ", ".join(edge.dropped)}
                acts = (*node.path(), *edge.acts)
                yield Finding(Severity.WARNING, "track_left_behind", step, values, acts)


def _approves_without(edge: Edge, step: str) -> bool:
    """Whether an approved end is ahead before the case stands at the step again."""
    seen: set[Node] = set()
    ahead = deque([edge.target])
    while ahead:
        node = ahead.popleft()
        if node in seen or node.marking.step == step:
            continue
        if node.marking.outcome is Outcome.APPROVED:
            return True
        seen.add(node)
        ahead.extend(onward.target for onward in node.edges if not onward.aside)
    return False
