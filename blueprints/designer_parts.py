"""What a definition declares, part by part, each entry with the form that changes it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from blueprints.change_values import spoken
from blueprints.labels import label
from states.definition import Definition, FactKind


@dataclass(frozen=True)
class Entry:
    """One thing that is declared: its name, its word, and what is said of it."""

    name: str
    word: str
    said: str


@dataclass(frozen=True)
class Part:
    """The entries of one kind; `form` changes one of them, and adds one without a name."""

    title: str
    form: str
    add: str
    entries: tuple[Entry, ...]


def parts(definition: Definition | None) -> list[Part]:
    """All parts of a definition, in the order of its text; none where it cannot be read."""
    if definition is None:
        return []
    return [_facts(definition), _verbs(definition), _anywhere(definition)]


def _facts(definition: Definition) -> Part:
    entries = []
    for fact in definition.facts.values():
        aspect = "values" if fact.kind is FactKind.ENUMERATION else "kind"
        said = spoken("fact", aspect, getattr(fact, aspect))
        entries.append(Entry(fact.name, label("fact", fact.name), said))
    title, add = _("Facts: what conditions can ask"), _("Add a fact")
    return Part(title, "fact", add, tuple(entries))


def _verbs(definition: Definition) -> Part:
    entries = []
    for name, verb in definition.verbs.items():
        needs, classes = spoken("action", "needs", verb.needs), spoken("", "", verb.classes)
        told = (spoken("", "", verb.means), needs, classes)
        entries.append(Entry(name, label("action", name), " · ".join(filter(None, told))))
    title = _("What an action's name means everywhere")
    return Part(title, "verb", _("Say what an action's name means"), tuple(entries))


def _anywhere(definition: Definition) -> Part:
    entries = []
    for name, action in definition.anywhere.items():
        told = (spoken("action", key, getattr(action, key)) for key in ("by", "to"))
        entries.append(Entry(name, label("action", name), " → ".join(filter(None, told))))
    title = _("What can be done at any time")
    return Part(title, "action", _("Add an action for any time"), tuple(entries))
