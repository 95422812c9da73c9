"""The organisation as one workbook: written out to be worked on, and taken over row by row.

Says who and what is there today or to come; what has been stays where it is, and is in no file.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from workflow.workbook import files, present
from workflow.workbook.files import read
from workflow.workbook.report import Report, RowProblem, Taken, What
from workflow.workbook.sheets import Sheet
from workflow.workbook.taking import take

__all__ = ["Report", "RowProblem", "Sheet", "Taken", "What", "export", "read", "take"]


def export(session: Session, today: date) -> bytes:
    """The workbook of what is there today or to come. Taken over again, it changes nothing."""
    return files.write(present.rows(session, today))
