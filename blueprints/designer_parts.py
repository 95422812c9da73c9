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
    """The entries of one kind: `form` changes one of them, `adds` (else the same) adds one."""

    title: str
    form: str
    add: str
    entries: tuple[Entry, ...]
    adds: str = ""


def parts(definition: Definition | None) -> list[Part]:
    """All parts of a definition, in the order of its text; none where it cannot be read."""
    if definition is None:
        return []
    kinds = (_parties, _facts, _clocks, _verbs, _anywhere, _ends)
    return [part(definition) for part in kinds]


def _parties(definition: Definition) -> Part:
    entries = []
    for party in definition.parties.values():
        told = _told("party", party, "place", "external", "via")
        if party.instead:
            told.append(_("instead: %(who)s", who=spoken("party", "instead", party.instead)))
        entries.append(Entry(party.name, label("party", party.name), " · ".join(told)))
    title = _("Parties: who can be asked")
    return Part(title, "party", _("Add a party"), tuple(entries))


def _clocks(definition: Definition) -> Part:
    entries = []
    for clock in definition.clocks.values():
        said = " · ".join(_told("clock", clock, "limit", "starts", "basis"))
        entries.append(Entry(clock.name, label("clock", clock.name), said))
    title = _("Clocks: limits over several steps")
    return Part(title, "clock", _("Add a clock"), tuple(entries))


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
        said = " → ".join(_told("action", action, "by", "to"))
        entries.append(Entry(name, label("action", name), said))
    title = _("What can be done at any time")
    return Part(title, "action", _("Add an action for any time"), tuple(entries))


def _ends(definition: Definition) -> Part:
    entries = [
        Entry(step.name, label("step", step.name), label("outcome", step.final))
        for step in definition.steps.values()
        if step.final is not None
    ]
    return Part(_("How it can end"), "step", _("Add an end"), tuple(entries), "end")


def _told(kind: str, thing: object, *aspects: str) -> list[str]:
    """What is said of a thing, without what is not."""
    return list(filter(None, (spoken(kind, one, getattr(thing, one)) for one in aspects)))
