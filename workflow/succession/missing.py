"""Whom workflows would find no more: parties and seats that a succession leaves without people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from states.definition import Definition
from workflow import definitions, manning, versions
from workflow.manning import Crowded, Manning, Unmanned


@dataclass(frozen=True, slots=True)
class Missed:
    """What a workflow has no people for, and had before."""

    definition: Definition
    manning: Manning


def of_workflows(session: Session, day: date) -> dict[int, Manning]:
    """Who is missing on the day in each version on which cases run or may start, by its number."""
    running = definitions.running(session)
    return {
        one.id: manning.missing(session, versions.load(session, one.id, one.hash).definition, day)
        for one in definitions.versions(session)
        if one.is_default or one.is_offered or one.id in running
    }


def since(
    session: Session, before: Mapping[int, Manning], after: Mapping[int, Manning]
) -> Iterator[Missed]:
    """What is missing after that was not before, version by version; none that lacks nothing."""
    for version_id, then in after.items():
        known = before[version_id]
        missed = Manning(
            list(_unmanned(known.unmanned, then.unmanned)),
            list(_crowded(known.crowded, then.crowded)),
            [],
        )
        if missed.unmanned or missed.crowded:
            yield Missed(versions.load(session, version_id).definition, missed)


def _unmanned(before: list[Unmanned], after: list[Unmanned]) -> Iterator[Unmanned]:
    known = {(one.hat, one.place): one.owners for one in before}
    for one in after:
        owners = known.get((one.hat, one.place))
        if owners is None or (owners and not one.owners):
            yield one
        elif owners and (new := _others(one.owners, owners)):
            yield replace(one, owners=new)


def _crowded(before: list[Crowded], after: list[Crowded]) -> Iterator[Crowded]:
    known: dict[tuple[str, ...], set[str]] = {}
    for one in before:
        known.setdefault(one.hats, set()).update(one.owners)
    for one in after:
        if new := _others(one.owners, known.get(one.hats, set())):
            yield replace(one, owners=new)


def _others(owners: tuple[str, ...], known: tuple[str, ...] | set[str]) -> tuple[str, ...]:
    return tuple(owner for owner in owners if owner not in known)
