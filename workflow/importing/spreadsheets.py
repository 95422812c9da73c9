"""Tables out of CSV and XLSX files, row by row, with the line on which each row begins."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from workflow.errors import Invalid, Problem

MOST_ROWS = 10_000
MOST_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row: the line it begins on (the heading is line 1), and its cells by column."""

    line: int
    cells: Mapping[str, str]


def read_rows(path: Path) -> list[SourceRow]:
    """The rows of a CSV (UTF-8; commas or semicolons) or XLSX file (its first sheet).

    Empty rows are left out. Raises Invalid when the file is missing, too large, or no table.
    """
    if not path.is_file():
        raise Invalid(Problem("file", "no_such_file", {"name": str(path)}))
    if path.stat().st_size > MOST_BYTES:
        raise Invalid(Problem("file", "too_large", {"most": MOST_BYTES}))
    lines = _workbook(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    return _rows(lines)


def _rows(lines: Iterable[tuple[int, Sequence[str]]]) -> list[SourceRow]:
    numbered = iter(lines)
    _, heading = next(numbered, (1, ()))
    columns = [name.strip() for name in heading]
    if not any(columns):
        raise Invalid(Problem("file", "no_heading"))
    rows = []
    for line, cells in numbered:
        if any(cell.strip() for cell in cells):
            rows.append(SourceRow(line, dict(zip(columns, map(str.strip, cells), strict=False))))
        if len(rows) > MOST_ROWS:
            raise Invalid(Problem("file", "too_many_rows", {"most": MOST_ROWS}))
    return rows


def _csv(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(Problem("file", "not_utf8")) from None
    if "\x00" in text:
        raise Invalid(Problem("file", "not_a_table"))
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Invalid(
            Problem("file", "not_a_table", {"line": begins, "words": str(error)})
        ) from None


def _workbook(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError):
        raise Invalid(Problem("file", "not_a_table")) from None
    try:
        sheet = workbook.worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield number, ["" if cell is None else str(cell) for cell in cells]
    finally:
        workbook.close()
