"""Filled checklists as the page of a case shows them: each question with its answer, counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from states.machine import Machine
from workflow import checklists
from workflow.dossier import FilledChecklist

TONES = {"yes": "done", "partly": "near", "no": "late", "n/a": "plain"}


@dataclass(frozen=True)
class ReadChecklist:
    """A filled checklist, ready to be read."""

    path: str
    by: str
    summary: str
    rows: tuple[tuple[checklists.Item, str, str, str], ...]


def read(filled: Iterable[FilledChecklist], machines: Sequence[Machine]) -> list[ReadChecklist]:
    """Checklists with their questions, told by the first of these machines that has the step."""
    return [_read(one, machines) for one in filled]


def _read(filled: FilledChecklist, machines: Sequence[Machine]) -> ReadChecklist:
    known = (machine for machine in machines if filled.path in machine.paths())
    name = next((machine.step(filled.path).checklist for machine in known), None)
    items = checklists.load(name).items if name in checklists.names() else ()
    said = {"yes": _("Met"), "partly": _("Partly"), "no": _("Not met"), "n/a": _("Not relevant")}
    rows = []
    for item in items:
        given = filled.answers.get(item.key, {})
        answer = given.get("answer", "")
        rows.append(
            (item, said.get(answer, "–"), given.get("note", ""), TONES.get(answer, "plain"))
        )
    counted = {words: sum(row[1] == words for row in rows) for words in said.values()}
    summary = ", ".join(f"{number} {words.lower()}" for words, number in counted.items() if number)
    return ReadChecklist(filled.path, filled.by, summary, tuple(rows))
