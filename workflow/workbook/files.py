"""The workbook as a file: written so that no cell is a formula, and read as plain text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from workflow.errors import DomainError, Invalid, Problem
from workflow.workbook.present import Cells
from workflow.workbook.sheets import COLUMNS, Sheet

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
MOST_ROWS = 10_000
MOST_COLUMNS = 50
"""What stands further right is not looked at: a sheet has far fewer."""
WIDEST = 60
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets may take for a formula, however the cell is marked."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: its line (the heading is line 1), and what its fields say."""

    sheet: Sheet
    line: int
    cells: Cells


def write(rows: Mapping[Sheet, Sequence[Cells]]) -> bytes:
    """The file of these rows. Every text is marked as text, so that none is ever evaluated."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for sheet, columns in COLUMNS.items():
        page = workbook.create_sheet(sheet)
        page.freeze_panes = "A2"
        table = [columns, *rows[sheet]]
        for line, cells in enumerate(table, start=1):
            for number, field in enumerate(columns, start=1):
                cell = page.cell(line, number)
                _set(cell, cells[field])
                if line == 1:
                    cell.font = Font(bold=True)
        for number, field in enumerate(columns, start=1):
            widest = max(len(cells[field]) for cells in table)
            page.column_dimensions[get_column_letter(number)].width = min(widest, WIDEST) + 2
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def read(content: bytes) -> dict[Sheet, list[Row]]:
    """The rows of all sheets that are known. Raises Invalid for what is no such workbook.

    Formulas are not evaluated; a cell that holds one says what it showed last.
    """
    _require_small(len(content), MOST_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _require_small(sum(part.file_size for part in packed.infolist()), MOST_UNPACKED)
        with closing(
            load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        ) as workbook:
            return _sheets(workbook)
    except DomainError:
        raise
    except Exception as error:  # of a damaged file, and at any cell, whatever the library came upon
        raise Invalid(Problem("file", "not_a_workbook")) from error


def _require_small(size: int, most: int) -> None:
    if size > most:
        raise Invalid(Problem("file", "file_too_large", {"most": most // 1024 // 1024}))


def _sheets(workbook: Any) -> dict[Sheet, list[Row]]:
    sheets = [sheet for sheet in Sheet if sheet in workbook.sheetnames]
    if not sheets:
        names = [sheet.value for sheet in Sheet]
        raise Invalid(Problem("file", "no_known_sheet", {"names": names}))
    return {sheet: list(_rows(sheet, workbook[sheet])) for sheet in sheets}


def _rows(sheet: Sheet, page: Any) -> Iterator[Row]:
    lines = page.iter_rows(max_col=MOST_COLUMNS, values_only=True)
    heading = [_text(cell).casefold() for cell in next(lines, ())]
    columns = COLUMNS[sheet]
    missing = [words for words in columns.values() if words not in heading]
    if missing:
        values = {"sheet": sheet.value, "columns": missing}
        raise Invalid(Problem("file", "columns_missing", values))
    places = {field: heading.index(words) for field, words in columns.items()}
    for line, cells in enumerate(lines, start=2):
        if line > MOST_ROWS:
            raise Invalid(Problem("file", "too_many_rows", {"most": MOST_ROWS}))
        found = {field: _text(_at(cells, place)) for field, place in places.items()}
        if any(found.values()):
            yield Row(sheet, line, found)


def _at(cells: Sequence[object], place: int) -> object:
    return cells[place] if place < len(cells) else None


def _text(cell: object) -> str:
    """What a cell says; days as they are written everywhere here."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def _set(cell: Cell, words: str) -> None:
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", words)
    if words:
        cell.data_type = "s"
    if words.startswith(BEGINS_A_FORMULA):
        cell.quotePrefix = True
