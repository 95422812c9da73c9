"""The command `rehearse`: every open case to its end, then every rule that must hold, a table."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import click
from flask.cli import with_appcontext

from blueprints.console import in_sentences, ready_application, table
from config import Settings, parse_duration
from workflow import actors, rehearsal
from workflow.database import Database
from workflow.rehearsal import Rehearsal, Summary, invariants

SECONDS_BETWEEN_LOOKS = 0.2


@click.command("rehearse")
@click.option("--seed", default=1, show_default=True, help="The same seed decides the same.")
@click.option("--pace", default="PT0S", show_default=True, help="Time between decisions, ISO 8601.")
@click.option("--wait", default=300, show_default=True, help="Seconds to wait for the messages.")
@with_appcontext
@in_sentences
def rehearse(seed: int, pace: str, wait: int) -> None:
    """Bring all open cases to an end by random legal decisions, then check what must hold.

    Meant for trials: it decides in people's names. Status 1 when a rule does not hold.
    """
    app = ready_application()
    if app.settings.is_production:
        raise click.ClickException("A rehearsal decides in people's names: not in production.")
    acting = Rehearsal(app.database.sessions, app.settings.now, seed=seed, pace=_duration(pace))
    stuck = _drive(acting)
    settings = replace(app.settings, clock_shift=app.settings.clock_shift + acting.passed)
    left = _deliver(settings, app.database, wait)
    for case_id in stuck:
        click.echo(f"Nobody can act on case {case_id}.", err=True)
    if left:
        click.echo(f"{left} messages were not delivered within {wait} seconds.", err=True)
    is_broken = _check(settings, app.database)
    with app.database.sessions() as session:
        _tell(rehearsal.summary(session))
    if stuck or left or is_broken:
        raise SystemExit(1)


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--pace") from error


def _drive(acting: Rehearsal) -> list[int]:
    """Decide until every case has ended; returns those on which nobody can act."""
    cases = acting.open_cases()
    stuck = []
    decisions = 0
    with click.progressbar(length=len(cases), label=f"{len(cases)} open cases") as bar:
        for step in acting.run(cases):
            decisions += step.action is not None
            if step.is_stuck:
                stuck.append(step.case_id)
            bar.update(step.outcome is not None or step.is_stuck)
    click.echo(f"{decisions} decisions; {acting.refused} times somebody else was quicker.")
    return stuck


def _deliver(settings: Settings, database: Database, wait: int) -> int:
    """Let the worker deliver what was written; returns how much is left after the wait."""
    worker = actors.start_embedded(settings, database)
    try:
        return _drain(settings, database, wait)
    finally:
        worker.stop()


def _drain(settings: Settings, database: Database, wait: int) -> int:
    until = time.monotonic() + wait
    left = most = _undelivered(settings, database)
    with click.progressbar(length=most, label=f"{most} messages") as bar:
        while left and time.monotonic() < until:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            left = _undelivered(settings, database)
            # Announcements write mails: what is left grows before it falls.
            bar.update(max(0, most - left - bar.pos))
        bar.update(bar.length - bar.pos if bar.length and not left else 0)
    return left


def _undelivered(settings: Settings, database: Database) -> int:
    with database.sessions() as session:
        return invariants.undelivered(session, settings.now())


def _check(settings: Settings, database: Database) -> bool:
    with database.sessions() as session:
        broken = list(invariants.check(session, settings.now()))
    for rule in invariants.RULES:
        found = [each for each in broken if each.rule == rule]
        click.echo(f"{'BROKEN' if found else 'holds '}  {rule}")
        for each in found:
            where = "" if each.case_id is None else f"case {each.case_id}: "
            click.echo(f"        {where}{each.detail}")
    return bool(broken)


def _tell(summary: Summary) -> None:
    for name, rows in (
        ("outcome", summary.outcomes),
        ("visits of step", summary.visits),
        ("decision", summary.decisions),
    ):
        click.echo()
        table((name, "count"), [*rows, ("in all", sum(count for _, count in rows))])
    click.echo()
    click.echo(f"{summary.mails} mails")
