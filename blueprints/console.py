"""What the command line says: the problems of the domain in plain sentences, and small tables."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import ParamSpec, TypeVar

import click
from sqlalchemy.orm import Session

from blueprints.edge import Alur, application
from states.problems import DefinitionError
from workflow import accounts, logs, permissions
from workflow.database import DatabaseUnavailable, available, is_current
from workflow.errors import Altered, Invalid, NotFound, Problem, Reason, Refused
from workflow.permissions import Permission

P = ParamSpec("P")
R = TypeVar("R")

SENTENCES: Mapping[str, str] = {
    "already_closed": "this day is closed already: {name}",
    "already_confirmed": "the calendar of {year} is confirmed already",
    "second_person": "whoever entered it does not confirm it",
    "people_are_there": "there are people already; an administrator makes further accounts",
    "bad_cursor": "this is no cursor that a page gave",
    "control_character": "it holds a character that cannot be stored",
    "missing": "it is empty",
    "missing_column": "there is no column {column!r}; the file has {columns}",
    "no_agency": "there is no agency for {party!r}, who is asked first",
    "no_heading": "the file has no heading",
    "no_such_file": "there is no file {name!r}",
    "not_a_step_for_another": "{given!r} does not read STEP=OTHER",
    "required": "it is needed",
    "not_a_mapping": "{given!r} does not read COLUMN=FIELD",
    "not_a_number": "it is not a number",
    "not_a_table": "the file cannot be read as a table",
    "not_a_whole_number": "it is not a whole number",
    "not_a_workbook": "the file is not XLSX",
    "no_known_sheet": "none of the sheets is there: {names}",
    "columns_missing": "on the sheet {sheet} these columns are missing: {columns}",
    "file_too_large": "it is larger than {most} MB",
    "name_missing": "the agency is new and has no name on the sheet {sheet}",
    "unknown_agency_code": "there is no agency of the code {code}",
    "unknown_post": "there is no such position: {post}",
    "unknown_username": "there is nobody of the user name {username}",
    "yes_or_no": "it is neither {yes} nor {no}",
    "not_by_file": "it is not changed by a file",
    "appointment_differs": "this person is appointed to it from that day already, in another way",
    "not_utf8": "the file is not written in UTF-8; save it as CSV UTF-8 or XLSX",
    "not_yes_or_no": "it is neither yes nor no",
    "out_of_range": "it is not between {least} and {most}",
    "too_large": "it is larger than {most}",
    "too_long": "it is longer than {most} characters",
    "too_many_rows": "there are more than {most} rows",
    "too_short": "it is shorter than {least} characters",
    "too_small": "it is smaller than {least}",
    "unknown_choice": "it is not one of the choices",
    "unknown_field": "there is no field {given!r}; fields are {fields}",
}


def in_words(problem: Problem) -> str:
    """The sentence for a problem, with the field it belongs to."""
    if problem.code == "unknown_agency":
        return _unknown_agency(problem.values)
    sentence = SENTENCES.get(problem.code, problem.code.replace("_", " "))
    values = {name: _listed(value) for name, value in problem.values.items()}
    return f"{problem.field}: {sentence.format(**values)}"


def of_reason(reason: Reason) -> str:
    """The rule that stands in the way, with what it is about."""
    values = ", ".join(str(_listed(value)) for value in reason.values.values())
    return reason.code.replace("_", " ") + (f": {values}" if values else "")


def in_sentences(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command end with a sentence and status 1 where the domain says no.

    Its log goes to standard error.
    """

    @functools.wraps(command)
    def guarded(*arguments: P.args, **options: P.kwargs) -> R:
        logs.leave_standard_output()
        try:
            return command(*arguments, **options)
        except Invalid as error:
            raise click.ClickException("\n".join(map(in_words, error.problems))) from error
        except Refused as error:
            raise click.ClickException("\n".join(map(of_reason, error.reasons))) from error
        except NotFound as error:
            raise click.ClickException(f"There is no {error}.") from error
        except (Altered, DatabaseUnavailable, DefinitionError) as error:
            raise click.ClickException(str(error)) from error

    return guarded


@contextmanager
def transaction() -> Iterator[tuple[Session, datetime]]:
    """A transaction on the present schema, and the instant; committed at the end."""
    app = ready_application()
    with available(app.database), app.database.sessions.begin() as session:
        yield session, app.settings.now()


@contextmanager
def snapshot() -> Iterator[Session]:
    """A transaction that reads one instant, whatever others commit meanwhile; it writes nothing."""
    app = ready_application()
    reading = app.database.engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    with available(app.database), app.database.sessions(bind=reading) as session:
        yield session


def ready_application() -> Alur:
    """The application, its database at the schema that this code was written for."""
    app = application()
    if not is_current(app.database):
        raise click.ClickException("The database has another schema; run `make migrate` first.")
    return app


def administrator(session: Session, username: str, now: datetime) -> int:
    """The number of the administrator whose change it is. Raises NotFound, or ends the command."""
    person_id = accounts.named(session, username).id
    try:
        permissions.demand(session, person_id, Permission.ADMINISTER, now)
    except Refused:
        raise click.ClickException(f"{username} does not administer.") from None
    return person_id


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns; numbers stand on the right."""
    cells = [list(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(heading, *cells, strict=True)]
    for row in (list(heading), *cells):
        line = [
            cell.rjust(width) if cell.replace(".", "").isdecimal() else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ]
        click.echo("  ".join(line).rstrip())


def _unknown_agency(values: Mapping[str, object]) -> str:
    words = f"no agency is called {values['name']!r}"
    if values.get("nearest"):
        words += f"; the nearest is {values['nearest']!r}"
    if values.get("can_be_created"):
        words += "; --create-units would found it"
    return words


def _listed(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
