"""The moves of a case, played again from its journal through the versions that it ran on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from states.crossing import Crossing
from states.machine import Machine
from states.marking import Marking
from states.move import Move
from workflow import versions
from workflow.journal.verifying import CANCELLED, MOVED, MOVES, STARTED, TAKEN_BACK
from workflow.models import Event


def replay(session: Session, case_id: int) -> Marking:
    """The marking that the journal leads to, played from the start."""
    marking = Marking("")
    machine: Machine | None = None
    left: list[tuple[Machine, Marking]] = []
    for event in session.execute(_MOVES, {"case_id": case_id}):
        told = event.payload
        if event.kind == STARTED:
            machine = versions.by_hash(session, told["workflow_hash"]).machine
        assert machine is not None
        if event.kind == MOVED:
            left.append((machine, marking))
            before, machine = machine, versions.by_hash(session, told["workflow_hash"]).machine
            way = Crossing(before.definition, machine)
            asked = (told["mapping"], told["facts"], told["holders"])
            marking = way.carry(marking, *asked).marking
        elif event.kind == TAKEN_BACK:
            machine, marking = left.pop()
        elif event.kind == CANCELLED:
            marking = machine.cancelled(marking)
        else:
            marking = play(machine, marking, event.kind, told).marking
    return marking


def play(machine: Machine, marking: Marking, kind: str, told: Mapping[str, Any]) -> Move:
    """The move that an event tells of, made by a machine. Raises Refusal."""
    facts, holders = told["facts"], told.get("holders", {})
    if kind == STARTED:
        return machine.start(facts, holders)
    if kind == "lapsed":
        return machine.lapse(marking, told["path"], facts, holders)
    return machine.fire(
        marking,
        told["action"],
        facts,
        track=told["track"] or "",
        seat=told["seat"],
        party=told["party"],
        picks=len(told["data"].get("picks", ())),
        holders=holders,
    )


_event = Event.__table__
_MOVES = (
    select(_event.c.kind, _event.c.payload)
    .where(_event.c.case_id == bindparam("case_id"), _event.c.kind.in_(MOVES))
    .order_by(_event.c.seq)
)
