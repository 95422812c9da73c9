"""Reads a definition from YAML and says everything that is wrong with it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from states.crosschecks import crosscheck
from states.definition import Clock, Definition, Fact, FactKind, Party, Place, Step, StepKind
from states.document import Tree, content_hash, parse
from states.fields import Fields, Notes
from states.names import Chart, Names, Spot
from states.problems import DefinitionError
from states.reading_actions import read_anywhere, read_verb
from states.reading_steps import read_steps
from states.reading_wording import read_wording, two_languages
from states.times import duration, escalations, reminders

_KEY = re.compile(r"[a-z][a-z0-9_-]{0,59}")


def read(text: str) -> Definition:
    """Read a definition; raises DefinitionError with all problems, each with its line."""
    tree = parse(text)
    notes = Notes()
    definition = _definition(tree, text, notes)
    crosscheck(definition, notes)
    if notes.problems:
        in_order = sorted(notes.problems, key=lambda problem: problem.line or 0)
        raise DefinitionError(tuple(in_order))
    return definition


def _definition(tree: Tree, text: str, notes: Notes) -> Definition:
    fields = Fields(tree, notes, None, "definition")
    names = _names(tree, notes)
    key, subject = fields.text("key", required=True), fields.name("subject", required=True)
    if key is not None and _KEY.fullmatch(key) is None:
        fields.refuse("key", "bad_name", name=key)
    initial = fields.text("initial", required=True)
    names.facts |= {n: _fact(n, one, notes) for n, one in fields.mapping("facts").items()}
    parties = fields.mapping("parties", required=True)
    names.parties |= {n: _party(n, one, notes) for n, one in parties.items()}
    for name, one in parties.items():
        via = names.parties[name].via
        names.actors(() if via is None else (via,), Spot(one.line, None))
    names.clocks |= {n: _clock(n, one, names) for n, one in fields.mapping("clocks").items()}
    names.verbs |= {n: read_verb(one, names) for n, one in fields.mapping("verbs").items()}
    anywhere = {n: read_anywhere(n, one, names) for n, one in fields.mapping("anywhere").items()}
    trees = fields.mapping("steps", required=True)
    steps = read_steps(trees, names, names.main, tree.line)
    definition = Definition(
        key=key or "",
        subject=subject or "",
        initial=initial or "",
        facts=names.facts,
        parties=names.parties,
        apart=_apart(fields.tree("apart"), names, dict(_hats(trees))),
        clocks=names.clocks,
        verbs=names.verbs,
        anywhere=anywhere,
        steps=steps,
        reminders=reminders(fields.listed("reminders"), notes),
        escalations=escalations(fields.listed("escalate"), notes),
        source=text,
        hash=content_hash(tree),
    )
    wording = read_wording(fields.tree("wording"), definition, notes)
    fields.done()
    _initial(fields, definition)
    _clock_starts(fields, definition)
    return replace(definition, wording=wording)


def _initial(fields: Fields, definition: Definition) -> None:
    step = definition.steps.get(definition.initial)
    if step is None and definition.initial:
        fields.refuse("initial", "unknown_step", name=definition.initial)
    elif step is not None and step.kind is StepKind.FINAL:
        fields.refuse("initial", "initial_final")


def _clock_starts(fields: Fields, definition: Definition) -> None:
    steps = {step.path: step for step in definition.every_step()}
    for name, tree in fields.mapping("clocks").items():
        path, action = definition.clocks[name].starts
        if action and path not in steps:
            fields.notes.add(tree.line, None, "unknown_step", name=path or action)
        elif action and not _can_happen(steps[path], action):
            fields.notes.add(tree.line, None, "unknown_action", name=action)


def _can_happen(step: Step, action: str) -> bool:
    """Whether a step has the action; `lapse` is its deadline that leads on."""
    return action in step.actions or (action == "lapse" and bool(step.on_lapse))


def _children(tree: Tree | None) -> dict[str, Tree]:
    return tree.value if tree is not None and isinstance(tree.value, dict) else {}


def _names(tree: Tree, notes: Notes) -> Names:
    """The names of all steps, before any is read, so that a target may stand further down."""
    steps = _children(_children(tree).get("steps"))
    tracks = {
        path: {
            name: Chart(f"{path}.{name}.", frozenset(_children(_children(one).get("steps"))), True)
            for name, one in _children(_children(step).get("tracks")).items()
        }
        for path, step in steps.items()
    }
    return Names(notes, Chart("", frozenset(steps), False), tracks, frozenset(_forks(steps)))


def _forks(steps: dict[str, Tree]) -> Iterator[str]:
    for name, tree in steps.items():
        step = _children(tree)
        if "route" in step:
            yield name
        for track, one in _children(step.get("tracks")).items():
            for path in _forks(_children(_children(one).get("steps"))):
                yield f"{name}.{track}.{path}"


def _hats(trees: dict[str, Tree]) -> Iterator[tuple[str, str]]:
    """The paths of steps with one hat, and that hat."""
    for name, tree in trees.items():
        step = _children(tree)
        if "party" in step:
            yield name, str(step["party"].value)
        for track, one in _children(step.get("tracks")).items():
            inner = _children(_children(one).get("steps"))
            for path, hat in _hats(inner):
                yield f"{name}.{track}.{path}", hat


def _fact(name: str, tree: Tree, notes: Notes) -> Fact:
    if isinstance(tree.value, list):
        words = tuple(str(child.value) for child in tree.value)
        for word, child in zip(words, tree.value, strict=True):
            notes.name(word, child.line, None)
        if not words or len(set(words)) < len(words):
            notes.add(tree.line, None, "wrong_type", key=name, expected="different words")
        return Fact(name, FactKind.ENUMERATION, words)
    if tree.value not in (FactKind.BOOLEAN.value, FactKind.INTEGER.value):
        expected = "boolean, integer or a list of words"
        notes.add(tree.line, None, "wrong_type", key=name, expected=expected)
        return Fact(name, FactKind.BOOLEAN)
    return Fact(name, FactKind(tree.value))


def _party(name: str, tree: Tree, notes: Notes) -> Party:
    fields = Fields(tree, notes, None, name)
    external, via = two_languages(fields, "external"), fields.name("via")
    agency, post = fields.text("agency"), fields.name("post")
    inner = fields.tree("instead")
    instead = None
    if inner is not None:
        other = Fields(inner, notes, None, "instead")
        instead = Place(other.text("agency", required=True) or "", _post(other))
        other.done()
    fields.done()
    inside = agency is not None and post is not None and external is None and via is None
    outside = external is not None and via is not None and agency is None and post is None
    if not inside and not (outside and instead is None):
        notes.add(tree.line, None, "no_place")
    place = Place(agency, post) if agency is not None and post is not None else None
    return Party(name, place, instead, external, via)


def _post(fields: Fields) -> str:
    return fields.name("post", required=True) or ""


def _clock(name: str, tree: Tree, names: Names) -> Clock:
    fields = Fields(tree, names.notes, None, name)
    limit, starts = fields.tree("limit", required=True), fields.text("starts", required=True)
    runs, basis = fields.words("runs"), fields.text("basis")
    fields.done()
    names.known("step", runs, set(names.paths()), Spot(tree.line, None))
    if limit is None:
        limit = Tree("1 working day", tree.line)
    step, _, action = (starts or "").rpartition(".")
    length = duration(limit, names.notes, None)
    if length.unit != "working_days":
        names.notes.add(limit.line, None, "clock_unit")
    return Clock(name, length, (step, action), runs, basis)


def _apart(
    tree: Tree | None, names: Names, hats: dict[str, str]
) -> tuple[frozenset[str], ...] | None:
    """Pairs of hats, None for `all`; a step with one hat may stand for its hat."""
    if tree is None:
        return ()
    if tree.value == "all":
        return None
    pairs = []
    for one in tree.value if isinstance(tree.value, list) else [tree]:
        words = [str(child.value) for child in one.value] if isinstance(one.value, list) else []
        parties = [word if word in names.parties else hats.get(word, word) for word in words]
        names.known("party", parties, names.parties, Spot(one.line, None))
        if len(words) != 2 or len(set(parties)) != 2:
            names.notes.add(one.line, None, "apart_pair")
        pairs.append(frozenset(parties))
    return tuple(pairs)
