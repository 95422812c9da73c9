"""The organisation as a file, on the command line."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from blueprints.console import administrator, in_sentences, in_words, snapshot, transaction
from blueprints.edge import application
from workflow import workbook
from workflow.errors import Invalid, Problem
from workflow.workbook import Report, Sheet, What

organisation_commands = AppGroup("organisation", help="Agencies, positions, people as a file.")


@organisation_commands.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@in_sentences
def export(file: Path) -> None:
    """Write the organisation of today into an XLSX file."""
    with snapshot() as session:
        content = workbook.export(session, application().settings.now().date())
    file.write_bytes(content)
    click.echo(f"The organisation is in {file}.")


@organisation_commands.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--by", "username", required=True, help="The administrator whose change it is.")
@click.option("--decree", required=True, help="The decree or letter that says so.")
@click.option("--dry-run", is_flag=True, help="Report everything, keep nothing.")
@in_sentences
def take(file: Path, username: str, decree: str, dry_run: bool) -> None:
    """Take an XLSX file over: new rows are entered, rows that differ changed, none taken away."""
    if not file.is_file():
        raise Invalid(Problem("file", "no_such_file", {"name": str(file)}))
    book = workbook.read(file.read_bytes())
    with transaction() as (session, now):
        by = administrator(session, username, now)
        report = workbook.take(session, book, decree=decree, by=by, now=now, dry_run=dry_run)
    _tell(report)
    if report.errors:
        raise SystemExit(1)


def _tell(report: Report) -> None:
    for error in report.errors:
        column = f", column {error.column}" if error.column else ""
        where = f"{error.sheet.value}, row {error.line}{column}"
        click.echo(f"{where}: {in_words(error.problem)}", err=True)
    for sheet in Sheet:
        entered, changed, same = (report.count(sheet, what) for what in What)
        click.echo(f"{sheet.value}: {entered} new, {changed} changed, {same} as before.")
    click.echo("The file has been taken over." if report.is_kept else "Nothing has been kept.")
