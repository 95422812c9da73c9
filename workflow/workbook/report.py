"""What became of the rows of a workbook, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from workflow.errors import Problem
from workflow.workbook.sheets import Sheet


class What(StrEnum):
    """What became of a row."""

    ENTERED = "entered"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that was taken, by the words that name what it is about."""

    sheet: Sheet
    line: int
    what: What
    about: str


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something wrong with a row, in a column where it can be said."""

    sheet: Sheet
    line: int
    column: str | None
    problem: Problem


@dataclass(slots=True)
class Report:
    """What an import did, or would have done."""

    is_kept: bool = False
    taken: list[Taken] = field(default_factory=list)
    errors: list[RowProblem] = field(default_factory=list)

    def count(self, sheet: Sheet, what: What) -> int:
        """How many rows of a sheet came to that."""
        return sum(one.sheet is sheet and one.what is what for one in self.taken)

    @property
    def done(self) -> list[Taken]:
        """The rows that changed something."""
        return [one for one in self.taken if one.what is not What.UNCHANGED]
