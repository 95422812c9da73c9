"""The calendar from the command line: years shown, loaded and confirmed, single days closed.

Names no person: whoever runs the command answers for it by the machine's own records.
"""

from __future__ import annotations

from datetime import tzinfo

import click
from flask.cli import AppGroup

from blueprints.console import in_sentences, table, transaction
from workflow import calendar_changes, calendar_effects, closed_days
from workflow.calendar_effects import Effect
from workflow.models import CalendarYear
from workflow.models.calendar import ChangeKind, ClosedDayKind

calendar_commands = AppGroup("calendar", help="Closed days, year by year.")


@calendar_commands.command("show")
@click.argument("year", type=int, required=False)
@in_sentences
def show_calendar(year: int | None) -> None:
    """List the loaded years, or the closed days of one."""
    with transaction() as (session, now):
        if year is None:
            zone = now.tzinfo
            rows = [(y.year, _state(y, zone), y.decree) for y in closed_days.years(session)]
            table(("year", "state", "decree"), rows)
            return
        days = closed_days.days(session, year)
    if not days:
        raise click.ClickException(f"The calendar of {year} is not loaded.")
    table(("day", "kind", "name"), [(day.day, day.kind, day.name) for day in days])


@calendar_commands.command("load")
@click.argument("year", type=int)
@in_sentences
def load_calendar(year: int) -> None:
    """Load the national days of a year as a draft."""
    with transaction() as (session, now):
        count = closed_days.load(session, year, now, by=None)
    click.echo(f"{count} closed days of {year} are loaded. Compare them with the decree, then:")
    click.echo(f"  flask --app wsgi calendar confirm {year} --decree NUMBER")


@calendar_commands.command("confirm")
@click.argument("year", type=int)
@click.option("--decree", help="The decree that the days were compared with.")
@in_sentences
def confirm_calendar(year: int, decree: str | None) -> None:
    """Let a loaded year count for deadlines."""
    with transaction() as (session, now):
        confirmed = closed_days.confirm(session, year, now, by=None, decree=decree)
        words = f"The calendar of {year} counts now: {confirmed.decree}."
    click.echo(words)


@calendar_commands.command("close")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--name", required=True, help="What the day is called.")
@click.option("--decree", required=True, help="Number and date of what says so.")
@click.option("--kind", type=click.Choice(list(ClosedDayKind)), default=ClosedDayKind.DISASTER)
@click.option("--dry-run", is_flag=True, help="Tell what it would do, change nothing.")
@in_sentences
def close_day(day: object, name: str, decree: str, kind: str, dry_run: bool) -> None:
    """Enter a closed day, which an administrator confirms on the page of the calendar."""
    what = {"day": str(day)[:10], "kind": str(kind), "name": name, "decree": decree}
    with transaction() as (session, now):
        after = calendar_changes.preview(session, ChangeKind.CLOSE_DAY, what)
        words = _told(calendar_effects.effect(session, after, now))
        if not dry_run:
            calendar_changes.enter(session, ChangeKind.CLOSE_DAY, what, now, by=None)
    click.echo(words)
    if not dry_run:
        click.echo("It counts once an administrator confirms it under Settings, Calendar.")


def _told(effect: Effect) -> str:
    if not effect.tasks:
        return f"No deadline moves; {effect.looked_at} were counted."
    return (
        f"{effect.tasks} tasks of {effect.cases} cases are due later, "
        f"by {effect.furthest} days at most."
    )


def _state(year: CalendarYear, zone: tzinfo | None) -> str:
    if year.confirmed_at is None:
        return "waits for its decree"
    return f"confirmed on {year.confirmed_at.astimezone(zone):%Y-%m-%d}"
