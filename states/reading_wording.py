"""Reads the words that a definition has for its own things, and checks that the things exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from states.definition import Definition, Step
from states.document import Tree
from states.fields import Fields, Notes
from states.wording import (
    DONE,
    EXTERNAL,
    MOST_BESIDE,
    MOST_CHARACTERS,
    SECTIONS,
    WORKFLOW,
    Wording,
    Words,
)


def read_wording(tree: Tree | None, definition: Definition, notes: Notes) -> Wording:
    """The words under `wording`; those of a name that the definition has not are noted."""
    outside = {one.name: one.external for one in definition.parties.values() if one.external}
    beside = {EXTERNAL: outside} if outside else {}
    if tree is None:
        return Wording({}, beside)
    fields = Fields(tree, notes, None, "wording")
    workflow = fields.tree("workflow")
    found: dict[str, Mapping[str, Words]] = {}
    if workflow is not None:
        found[WORKFLOW] = {definition.key: _words("workflow", workflow, notes)}
    known = named(definition)
    for section, kind in SECTIONS.items():
        found[kind] = _section(fields, section, known[kind])
    fields.done()
    return Wording({kind: words for kind, words in found.items() if words}, beside)


def two_languages(fields: Fields, key: str) -> Words | None:
    """A text, or one for each language as `{id: …, en: …}`."""
    tree = fields.tree(key)
    if tree is not None and isinstance(tree.value, dict):
        return _words(key, tree, fields.notes, MOST_BESIDE)
    text = fields.text(key)
    return None if text is None else Words(text)


def _section(fields: Fields, section: str, known: tuple[str, ...]) -> dict[str, Words]:
    one = fields.tree(section)
    children = one.value if one is not None else {}
    if not isinstance(children, dict):
        fields.refuse(section, "wrong_type", key=section, expected="a mapping")
        return {}
    for name, child in children.items():
        if name not in known:
            fields.notes.add(child.line, None, "unknown_worded", name=name, section=section)
    return {name: _words(name, child, fields.notes) for name, child in children.items()}


def _words(name: str, tree: Tree, notes: Notes, most: int = MOST_CHARACTERS) -> Words:
    fields = Fields(tree, notes, None, name)
    texts = {key: fields.text(key, required=key == "id") or "" for key in ("id", "en")}
    fields.done()
    for key, text in texts.items():
        code = misfit(text, most)
        if code:
            fields.refuse(key, code, most=most)
    return Words(**texts)


def misfit(text: str, most: int) -> str:
    """Why a text cannot be the words of a thing; empty when it can."""
    if len(text) > most:
        return "wording_long"
    return "" if text.isprintable() else "wording_unprintable"


def named(definition: Definition) -> Mapping[str, tuple[str, ...]]:
    """Kind -> the names that words can be given to, each once, in document order."""
    steps = list(definition.every_step())
    actions = [*(name for step in steps for name in step.actions), *definition.anywhere]
    needs = [one.needs for one in definition.verbs.values()]
    needs += [one.needs for _path, one in definition.every_action()]
    facts = [word for fact in definition.facts.values() for word in (fact.name, *fact.values)]
    found = {
        "step": [step.path for step in steps],
        "action": actions,
        "party": list(definition.parties),
        "track": [name for step in steps for name in step.tracks],
        "fact": facts,
        "verdict": [word for step in steps for word in _verdicts(step)],
        "clock": list(definition.clocks),
        "need": [name for names in needs for name in names],
        DONE: actions,
    }
    return {kind: tuple(dict.fromkeys(names)) for kind, names in found.items()}


def _verdicts(step: Step) -> Iterator[str]:
    """The words that a step counts, gives, or makes of what it counted."""
    for action in step.actions.values():
        if action.verdict is not None:
            yield action.verdict
    ways = [way for action in step.actions.values() for way in action.to]
    for way in (*ways, *step.on_lapse, *step.route):
        if way.verdict is not None:
            yield way.verdict
    for rule in step.tally:
        yield rule.outcome
        if rule.verdict is not None:
            yield rule.verdict
