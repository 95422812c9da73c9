"""The command line: `flask --app wsgi COMMAND`. Each command is one call of a service, in words."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from blueprints.calendar_commands import calendar_commands
from blueprints.case_commands import case_commands
from blueprints.console import (
    in_sentences,
    in_words,
    ready_application,
    snapshot,
    transaction,
)
from blueprints.organisation_commands import organisation_commands
from blueprints.rehearsing import rehearse
from workflow import accounts, importing, journal, versions
from workflow.city import beginning, seed
from workflow.importing import Options, Report, spreadsheets
from workflow.journal import Flawed

journal_commands = AppGroup("journal", help="The journal of all cases.")
token_commands = AppGroup("token", help="Bearer tokens for scripts.")
user_commands = AppGroup("user", help="People who sign in.")


def register(app: Flask) -> None:
    """Add every command to the application."""
    for command in (
        begin_city,
        seed_demo,
        import_proposals,
        rehearse,
        journal_commands,
        token_commands,
        calendar_commands,
        case_commands,
        organisation_commands,
        user_commands,
    ):
        app.cli.add_command(command)


@click.command("begin")
@click.argument("username")
@click.option("--name", required=True, help="As it stands on letters.")
@click.option("--email", required=True, help="Where links for passwords go.")
@click.password_option()
@with_appcontext
@in_sentences
def begin_city(username: str, name: str, email: str, password: str) -> None:
    """Begin a city in an empty database: its first administrator, working weeks, workflows."""
    ready_application()
    typed = {"username": username, "name": name, "email": email}
    with transaction() as (session, now):
        beginning.begin(session, typed, password, now)
    click.echo(f"The city has begun; {username} signs in and enters the organisation.")
    click.echo("National days are loaded: compare them with the decree, then calendar confirm.")


@click.command("seed")
@with_appcontext
@in_sentences
def seed_demo() -> None:
    """Write the demo city, Kota Metro, into an empty database."""
    app = ready_application()
    if app.settings.is_production:
        raise click.ClickException("The demo city is for trials; this installation is production.")
    with transaction() as (session, now):
        written = seed.ensure_demo(session, now)
    if not written.people:
        click.echo("There are people already; nothing was written.")
        return
    click.echo(
        f"Kota Metro is there: {written.agencies} agencies, {written.people} people, "
        f"{written.proposals} proposals."
    )
    click.echo(f"Everybody signs in with the password {seed.PASSWORD}, for example as admin.")


@click.command("import-proposals")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "changes", multiple=True, metavar="COLUMN=FIELD", help="May be repeated.")
@click.option("--create-units", is_flag=True, help="Found schools, puskesmas and hospitals.")
@click.option("--dry-run", is_flag=True, help="Report everything, keep nothing.")
@with_appcontext
@in_sentences
def import_proposals(
    file: Path, changes: tuple[str, ...], create_units: bool, dry_run: bool
) -> None:
    """Take over a list of proposals (CSV or XLSX); each row becomes a draft of its agency.

    Columns judul, perangkat_daerah, bentuk and tahun are read as title, agency, remarks and
    year_start; --map reads others, or reads these as something else.
    """
    is_production = ready_application().settings.is_production
    mapping = importing.columns(changes)
    options = Options(
        create_units=create_units,
        dry_run=dry_run,
        password=None if is_production else seed.PASSWORD,
    )
    rows = spreadsheets.read_rows(file)
    with transaction() as (session, now):
        report = importing.import_proposals(session, rows, mapping, now, options)
    _tell(report, file.name, dry_run)
    if report.errors:
        raise SystemExit(1)


@journal_commands.command("verify")
@click.option("--case", "case_id", type=int, help="One case only.")
@click.option("--expect", metavar="DIGEST", help="What the digest was when it was kept elsewhere.")
@in_sentences
def verify_journal(case_id: int | None, expect: str | None) -> None:
    """Recompute every chain and compare it with its case; status 1 when something does not hold."""
    with snapshot() as session:
        flaws = [
            f"workflow version {version_id}: altered" for version_id in versions.altered(session)
        ]
        flaws += map(_flaw, journal.verify(session, case_id))
        digest = journal.digest(session)
    for flaw in flaws:
        click.echo(flaw)
    if flaws:
        raise SystemExit(1)
    click.echo(f"The journal holds. Digest of all heads: {digest}")
    if expect is not None and expect.strip().lower() != digest:
        raise click.ClickException(
            "This is not the digest that was expected: since that was kept, something happened in "
            "a case, or the journal was rewritten."
        )


@token_commands.command("create")
@click.argument("username")
@in_sentences
def create_token(username: str) -> None:
    """Print a new bearer token of a person. It is shown this once."""
    with transaction() as (session, now):
        token = accounts.create_token(session, username, now)
    click.echo(token)


@token_commands.command("revoke")
@click.argument("username")
@in_sentences
def revoke_tokens(username: str) -> None:
    """Take all bearer tokens of a person back."""
    with transaction() as (session, now):
        count = accounts.revoke_tokens(session, username, now)
    click.echo(f"{count} tokens of {username} open nothing any more.")


@user_commands.command("password")
@click.argument("username")
@click.password_option()
@in_sentences
def set_password(username: str, password: str) -> None:
    """Give a person a new password."""
    with transaction() as (session, _):
        accounts.set_password(session, username, password)
    click.echo(f"{username} signs in with the new password from now on.")


def _flaw(flaw: Flawed) -> str:
    return f"case {flaw.case_id}, event {flaw.seq}: {flaw.kind}: {flaw.detail}"


def _tell(report: Report, name: str, dry_run: bool) -> None:
    for told in sorted((*report.errors, *report.notices), key=lambda told: told.line):
        click.echo(f"{name}, line {told.line}: {in_words(told.problem)}", err=True)
    verb = "would be imported" if dry_run else "imported"
    click.echo(
        f"{report.rows} rows: {len(report.imported)} {verb}, {len(report.known)} known already, "
        f"{len({told.line for told in report.errors})} with errors."
    )
    if report.units:
        founded = "would be founded" if dry_run else "founded"
        click.echo(f"{len(report.units)} units {founded}: {', '.join(report.units)}.")
