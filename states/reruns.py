"""What happened under one definition, played through another: the first thing that goes otherwise.

The same acts by the same seats with the same facts; only who is asked and what follows may differ.
Pure; deadlines and words are not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from states.conditions import Facts
from states.definition import Definition
from states.machine import Machine
from states.marking import Marking
from states.move import Move
from states.refusals import Refusal


@dataclass(frozen=True)
class Deed:
    """An act, a lapse or the start as it was, with what followed then.

    `opened` has the step and the hat of each task that it opened.
    """

    kind: Literal["start", "act", "lapse"]
    action: str
    path: str
    track: str
    seat: int | None
    party: str | None
    picks: int
    facts: Facts
    holders: Mapping[str, int]
    to: str
    opened: tuple[tuple[str, str], ...]
    outcome: str | None


@dataclass(frozen=True)
class Difference:
    """The first deed, by its place among all, at which it goes otherwise, and how."""

    number: int
    code: str
    values: Mapping[str, object] = field(default_factory=dict)


def first_difference(
    before: Definition, after: Machine, deeds: Iterable[Deed]
) -> Difference | None:
    """Where a case would have gone otherwise; None when it would have gone the same way."""
    marking = Marking("")
    for number, deed in enumerate(deeds):
        try:
            move = _again(after, marking, deed)
        except Refusal as refusal:
            values = {"action": deed.action, "code": refusal.code, "why": refusal.values}
            return Difference(number, "refused", values)
        found = _compared(before, after.definition, deed, move)
        if found is not None:
            return Difference(number, *found)
        marking = move.marking
    return None


def _again(machine: Machine, marking: Marking, deed: Deed) -> Move:
    if deed.kind == "start":
        return machine.start(deed.facts, deed.holders)
    if deed.kind == "lapse":
        return machine.lapse(marking, deed.path, deed.facts, deed.holders)
    return machine.fire(
        marking,
        deed.action,
        deed.facts,
        track=deed.track,
        seat=deed.seat,
        party=deed.party,
        picks=deed.picks,
        holders=deed.holders,
    )


def _compared(
    before: Definition, after: Definition, deed: Deed, move: Move
) -> tuple[str, Mapping[str, object]] | None:
    outcome = None if move.outcome is None else move.outcome.value
    if outcome != deed.outcome and (outcome is None) == (deed.outcome is None):
        return "ends_otherwise", {"was": deed.outcome, "outcome": outcome}
    if (move.marking.step, outcome) != (deed.to, deed.outcome):
        return "goes_otherwise", {"was": deed.to, "step": move.marking.step}
    opened = sorted((one.path, one.party) for one in move.opened)
    was = sorted(deed.opened)
    if [path for path, _ in opened] != [path for path, _ in was]:
        values = {"was": _paths(was), "steps": _paths(opened)}
        return "opens_otherwise", values
    for (path, hat), (_, other) in zip(was, opened, strict=True):
        if before.parties.get(hat) != after.parties.get(other):
            return "asks_otherwise", {"step": path, "was": hat, "party": other}
    return None


def _paths(opened: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for path, _ in opened))
