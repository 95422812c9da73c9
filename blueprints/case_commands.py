"""Moving running cases to the newest version of their workflow, on the command line."""

from __future__ import annotations

from collections.abc import Iterable

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from blueprints.console import (
    administrator,
    in_sentences,
    of_reason,
    snapshot,
    table,
    transaction,
)
from states.moving import Fate
from workflow import definitions, impact, moves, versions
from workflow.errors import Invalid, NotFound, Problem, Reason
from workflow.impact import Affected, Group
from workflow.models import WorkflowVersion

FATES = {Fate.MOVES: "can move", Fate.NEEDS_MAPPING: "needs a step", Fate.STAYS: "stays"}

case_commands = AppGroup("cases", help="Running cases and the newest version of their workflow.")
mapped = click.option("--map", "named", multiple=True, metavar="STEP=OTHER", help="Repeatable.")
by_whom = click.option("--by", "username", required=True, help="The administrator who does it.")
for_reason = click.option("--reason", required=True, help="The journal of each case says it.")
once = click.option("--request-id", help="Sent again, the same request is not done again.")


@case_commands.command("impact")
@click.argument("key")
@mapped
@in_sentences
def show_impact(key: str, named: tuple[str, ...]) -> None:
    """What the newest version of a workflow means for each running case on an older one."""
    with snapshot() as session:
        version = _newest(session, key)
        groups = _weigh(session, version, named)
    counts = {fate: sum(len(g.cases) for g in groups if g.fate is fate) for fate in Fate}
    told = ", ".join(f"{FATES[fate]}: {count}" for fate, count in counts.items())
    click.echo(f"{key}, version {version.number}: {told}.")
    if groups:
        heading = ("case", "stands at", "what", "goes to", "why")
        table(heading, [_row(case, group) for case, group in impact.by_case(groups)])


@case_commands.command("move")
@click.argument("key")
@click.option("--case", "case_ids", type=int, multiple=True, help="This one; repeatable.")
@click.option("--all", "everything", is_flag=True, help="All that can move.")
@mapped
@for_reason
@by_whom
@once
@in_sentences
def move_cases(
    key: str,
    case_ids: tuple[int, ...],
    everything: bool,
    named: tuple[str, ...],
    reason: str,
    username: str,
    request_id: str | None,
) -> None:
    """Move cases to the newest version of their workflow, at most 500 at once."""
    with transaction() as (session, now):
        by, version = administrator(session, username, now), _newest(session, key)
        groups = _weigh(session, version, named)
        found = _chosen(groups, case_ids, everything=everything)
        result = moves.move(
            session,
            version,
            found[: moves.MOST_AT_ONCE],
            _mapping(named),
            reason,
            by=by,
            now=now,
            request_id=request_id,
        )
    _tell(result, "moved", left=max(0, len(found) - moves.MOST_AT_ONCE))
    click.echo(f"To take it back: cases take-back {key} {result.batch}")
    missing = [] if result.replayed else sorted(set(case_ids) - {case.id for case in found})
    for case_id in missing:
        click.echo(f"case {case_id} runs on no older version of this workflow", err=True)
    if result.failed or missing:
        raise SystemExit(1)


@case_commands.command("take-back")
@click.argument("key")
@click.argument("batch")
@for_reason
@by_whom
@once
@in_sentences
def take_back(key: str, batch: str, reason: str, username: str, request_id: str | None) -> None:
    """Take back what one `cases move` did, as far as nobody has acted on it since."""
    with transaction() as (session, now):
        by, version = administrator(session, username, now), _newest(session, key)
        result = moves.take_back(
            session, version, batch, reason, by=by, now=now, request_id=request_id
        )
    _tell(result, "taken back")
    if result.failed:
        raise SystemExit(1)


def _newest(session: Session, key: str) -> WorkflowVersion:
    found = definitions.newest(session, key)
    if found is None:
        raise NotFound(f"workflow {key!r}")
    return found


def _weigh(session: Session, version: WorkflowVersion, named: Iterable[str]) -> list[Group]:
    definition = versions.load(session, version.id).definition
    return impact.weigh(session, definition, _mapping(named), version_id=version.id)


def _mapping(named: Iterable[str]) -> dict[str, str]:
    pairs = {given: given.partition("=") for given in named}
    if wrong := [given for given, (step, _, other) in pairs.items() if not (step and other)]:
        raise Invalid(*(Problem("map", "not_a_step_for_another", {"given": one}) for one in wrong))
    return {step: other for step, _, other in pairs.values()}


def _chosen(groups: list[Group], case_ids: Iterable[int], *, everything: bool) -> list[Affected]:
    """All that can move, or those of these numbers, whatever is in their way."""
    if everything:
        return impact.chosen(groups, {group.key for group in groups}, ())
    return [case for case, _ in impact.by_case(groups) if case.id in case_ids]


def _row(case: Affected, group: Group) -> tuple[object, ...]:
    why = [of_reason(Reason(one.code, one.values)) for one in group.obstacles]
    why += [f"instead of {path}: {', '.join(choice)}" for path, choice in group.choices.items()]
    steps, to = ", ".join(group.steps), ", ".join(group.to)
    return case.id, steps, FATES[group.fate], to, "; ".join(why)


def _tell(result: moves.Result, done: str, *, left: int = 0) -> None:
    for one in result.failed:
        click.echo(f"case {one.case_id}: {'; '.join(map(of_reason, one.reasons))}", err=True)
    counts = f"{result.done} {done}, {result.same} were so already, {len(result.failed)} not"
    more = f"; {left} more can move" if left else ""
    before = " This request was made before." if result.replayed else ""
    click.echo(f"{counts}{more}.{before}")
