"""Facts that a definition asks and that neither a proposal nor a decision tells.

Where such a fact is asked every act would be refused, so that a case stood there for ever. Looks at
one definition and at what is known of proposals; knows no case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from states.conditions import Condition
from states.definition import Definition, FactKind
from states.fingerprints import guards_of, guards_of_action
from workflow.document.facts import known

_KINDS = {bool: FactKind.BOOLEAN, int: FactKind.INTEGER, str: FactKind.ENUMERATION}


@dataclass(frozen=True, slots=True)
class Untold:
    """A fact, the step at which it is asked first (None: at any time), and what is wrong.

    `told_as` is the kind as which a proposal tells it, where the definition says another one.
    """

    fact: str
    step: str | None
    told_as: FactKind | None


def untold(definition: Definition) -> list[Untold]:
    """Every fact that is asked in vain, in the order in which the definition asks."""
    told = {name: _KINDS[type(value)] for name, value in known().items()}
    recorded = {
        name
        for actions in (definition.anywhere, *(s.actions for s in definition.every_step()))
        for action in actions.values()
        for name in action.sets
    }
    found: dict[str, Untold] = {}
    for step, guard in _guards(definition):
        for name in sorted(guard.names() & definition.facts.keys() - recorded):
            if told.get(name) is not definition.facts[name].kind:
                found.setdefault(name, Untold(name, step, told.get(name)))
    return list(found.values())


def _guards(definition: Definition) -> Iterator[tuple[str | None, Condition]]:
    for step in definition.every_step():
        for guard in guards_of(step):
            yield step.path, guard
    for action in definition.anywhere.values():
        for guard in guards_of_action(action):
            yield None, guard
