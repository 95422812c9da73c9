"""What differs between two definitions, thing by thing: steps, actions, parties, deadlines …

Every field of the values is compared, so that nothing new in the language can be passed over. It
says what differs; the words are for the pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from states.definition import Action, Definition, Step
from states.reading_wording import named
from states.wording import WORKFLOW, Words

NOT_COMPARED = frozenset({"name", "path", "line", "actions", "tracks", "steps"})
"""Names, places in the text, and what is compared one by one."""
OF_THE_WHOLE = ("key", "subject", "initial", "apart", "reminders", "escalations")


@dataclass(frozen=True)
class Change:
    """One difference. Without `aspect` the whole thing is new (`before` None) or gone.

    `names` lead to it: a step by its path; an action by its step ("" for anywhere) and its name;
    a wording by the kind and the name of what has it.
    """

    thing: str
    names: tuple[str, ...]
    aspect: str
    before: object
    after: object


def compare(before: Definition, after: Definition) -> tuple[Change, ...]:
    """Every difference, in the order in which a reader meets the things.

    Where only the order, or a word that nothing uses, differs, that is the one change.
    """
    found = tuple(_compare(before, after))
    if not found and before.hash != after.hash:
        return (Change("workflow", (), "order", before.hash, after.hash),)
    return found


def _compare(before: Definition, after: Definition) -> Iterator[Change]:
    for aspect in OF_THE_WHOLE:
        old, new = getattr(before, aspect), getattr(after, aspect)
        if old != new:
            yield Change("workflow", (), aspect, old, new)
    yield from _each("fact", (), before.facts, after.facts)
    yield from _each("party", (), before.parties, after.parties)
    yield from _each("clock", (), before.clocks, after.clocks)
    yield from _each("action", ("",), before.anywhere, after.anywhere)
    old_steps, new_steps = _steps(before), _steps(after)
    yield from _each("step", (), old_steps, new_steps)
    for path, step in new_steps.items():
        if path in old_steps:
            yield from _inside(path, old_steps[path], step)
    yield from _worded(before, after)


def _steps(definition: Definition) -> Mapping[str, Step]:
    return {step.path: step for step in definition.every_step()}


def _inside(path: str, before: Step, after: Step) -> Iterator[Change]:
    """The tracks and the actions of a step that stays."""
    yield from _each("track", (path,), before.tracks, after.tracks)
    old: Mapping[str, Action] = before.actions
    yield from _each("action", (path,), old, after.actions)


def _worded(before: Definition, after: Definition) -> Iterator[Change]:
    """Other words for what stays; what is new or gone is told as such."""
    old, new = named(before), named(after)
    kept = [(kind, name) for kind in new for name in new[kind] if name in old[kind]]
    if before.key == after.key:
        kept.insert(0, (WORKFLOW, after.key))
    for place in kept:
        words = [_own(one, *place) for one in (before, after)]
        if words[0] != words[1]:
            yield Change("wording", place, "", *words)


def _own(definition: Definition, kind: str, name: str) -> Words | None:
    return definition.wording.words.get(kind, {}).get(name)


def _each(
    thing: str,
    place: tuple[str, ...],
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> Iterator[Change]:
    for name in before:
        if name not in after:
            yield Change(thing, (*place, name), "", before[name], None)
    for name, new in after.items():
        if name not in before:
            yield Change(thing, (*place, name), "", None, new)
        else:
            yield from _aspects(thing, (*place, name), before[name], new)


def _aspects(thing: str, names: tuple[str, ...], before: object, after: object) -> Iterator[Change]:
    for aspect in aspects_of(type(after)):
        old, new = getattr(before, aspect), getattr(after, aspect)
        if old != new:
            yield Change(thing, names, aspect, old, new)


def aspects_of(kind: type) -> tuple[str, ...]:
    """The fields of a value that are compared."""
    return tuple(f.name for f in fields(kind) if f.name not in NOT_COMPARED)
