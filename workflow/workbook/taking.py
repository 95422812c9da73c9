"""Takes a workbook over: what is new is entered, what differs is changed, nothing is taken away.

Each row goes through the same door as the page that does the same. Rows that cannot be taken are
told with sheet, line and column, and then nothing of the file is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow import appointing
from workflow.errors import Invalid, Problem
from workflow.models import Agency, Person, Position
from workflow.organising import agencies, functions, people, positions, weeks
from workflow.workbook import present
from workflow.workbook.files import Row
from workflow.workbook.present import Cells
from workflow.workbook.report import Report, RowProblem, Taken, What
from workflow.workbook.sheets import ABOUT, COLUMNS, KEYS, NO, POST_OF, YES, Sheet

T = TypeVar("T")
LOCK = 0x6F7267
"""Two imports at once wait for each other."""


class _Waits(Exception):
    """A row names something that a later row may still bring."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def take(
    session: Session,
    book: Mapping[Sheet, list[Row]],
    *,
    decree: str,
    by: int,
    now: datetime,
    dry_run: bool,
) -> Report:
    """Take the rows over, or say what is wrong with each. A dry run does the same and undoes it.

    With any error nothing is kept. `decree` is what the changes rest on, and needed.
    """
    if not decree.strip():
        raise Invalid(Problem("decree", "required"))
    with session.begin_nested() as savepoint:
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))
        report = _Taking(session, book, decree, by, now).run()
        if dry_run or report.errors:
            savepoint.rollback()
        else:
            report.is_kept = True
    return report


class _Taking:
    """One run over a workbook."""

    def __init__(
        self,
        session: Session,
        book: Mapping[Sheet, list[Row]],
        decree: str,
        by: int,
        now: datetime,
    ) -> None:
        self.session, self.book = session, book
        self.decree, self.by, self.now = decree, by, now
        self.report = Report()
        there = present.rows(session, now.date())
        self.same = {sheet: {_key(cells, cells) for cells in there[sheet]} for sheet in Sheet}
        self.by_key = {
            sheet: {_key(cells, KEYS[sheet]): cells for cells in there[sheet]} for sheet in Sheet
        }
        self.founded: set[tuple[str, str]] = set()
        """Names with which an agency of this file was founded."""

    def run(self) -> Report:
        """Take all sheets in their order; rows that wait for others come after them."""
        takers: Mapping[Sheet, Callable[[Row], What]] = {
            Sheet.AGENCIES: self._agency,
            Sheet.NAMES: self._name,
            Sheet.FUNCTIONS: self._function,
            Sheet.POSITIONS: self._position,
            Sheet.TITLES: self._title,
            Sheet.PEOPLE: self._person,
            Sheet.APPOINTMENTS: self._appointment,
        }
        for sheet, taker in takers.items():
            rows = self.book.get(sheet, [])
            if sheet in _BY_DAY:
                rows = sorted(rows, key=lambda row: row.cells["valid_from"])
            waiting = self._pass(rows, taker)
            while waiting and len(waiting) < len(rows):
                rows = [row for row, _ in waiting]
                waiting = self._pass(rows, taker)
            for row, problem in waiting:
                self._wrong(row, [problem])
        self.report.taken.sort(key=lambda one: (list(Sheet).index(one.sheet), one.line))
        return self.report

    def _pass(self, rows: Iterable[Row], taker: Callable[[Row], What]) -> list[tuple[Row, Problem]]:
        waiting = []
        for row in rows:
            try:
                with self.session.begin_nested():
                    what = self._same(row) or taker(row)
            except _Waits as waits:
                waiting.append((row, waits.problem))
            except Invalid as error:
                self._wrong(row, error.problems)
            else:
                about = " ".join(row.cells[name] for name in ABOUT[row.sheet]).strip()
                self.report.taken.append(Taken(row.sheet, row.line, what, about))
        return waiting

    def _wrong(self, row: Row, problems: Iterable[Problem]) -> None:
        headings = COLUMNS[row.sheet]
        for problem in problems:
            named = _FIELDS.get(problem.field, problem.field)
            column = headings.get(named)
            self.report.errors.append(RowProblem(row.sheet, row.line, column, problem))

    def _same(self, row: Row) -> What | None:
        """Whether the very row is there already."""
        is_there = _key(row.cells, row.cells) in self.same[row.sheet]
        return What.UNCHANGED if is_there else None

    def _known(self, row: Row) -> Cells | None:
        """The row that is there by the same key."""
        return self.by_key[row.sheet].get(_key(row.cells, KEYS[row.sheet]))

    # --- one row of each sheet ----------------------------------------------------------------

    def _agency(self, row: Row) -> What:
        code, parent, week = (row.cells[name] for name in ("code", "parent", "week"))
        parent_id = self._agency_id(parent, "parent") if parent else None
        known = self._known(row)
        if known is None:
            self._found(row, parent_id)
            return What.ENTERED
        agency_id = self._agency_id(code, "code")
        if known["parent"] != parent:
            self._do(agencies.move, agency_id, parent_id=str(parent_id or ""))
        if known["week"] != week:
            self._do(weeks.change, agency_id, week=week)
        return What.CHANGED

    def _found(self, row: Row, parent_id: int | None) -> None:
        named = sorted(
            (one.cells for one in self.book.get(Sheet.NAMES, []) if _is_of(one, row)),
            key=lambda cells: cells["valid_from"],
        )
        if not named:
            raise Invalid(Problem("code", "name_missing", {"sheet": Sheet.NAMES.value}))
        first = named[0]
        typed = {**first, "parent_id": str(parent_id or ""), "week": row.cells["week"]}
        agencies.found(self.session, typed | {"decree": self.decree}, by=self.by, now=self.now)
        self.founded.add((first["code"], first["valid_from"]))

    def _name(self, row: Row) -> What:
        if (row.cells["code"], row.cells["valid_from"]) in self.founded:
            return What.ENTERED
        known = self._known(row)
        self._do(agencies.rename, self._agency_id(row.cells["code"], "code"), **row.cells)
        return What.ENTERED if known is None else What.CHANGED

    def _function(self, row: Row) -> What:
        agency_id = self._agency_id(row.cells["code"], "code")
        self._do(functions.give, agency_id, **row.cells)
        return What.ENTERED

    def _position(self, row: Row) -> What:
        above, known = row.cells["superior"], self._known(row)
        typed = {**row.cells, "superior_id": str(self._superior_id(above)) if above else ""}
        if known is None:
            agency_id = self._agency_id(row.cells["code"], "code")
            positions.make(self.session, agency_id, typed, by=self.by, now=self.now)
            return What.ENTERED
        position_id = self._position_id(row.cells["code"], row.cells["post"])
        positions.change(self.session, position_id, typed, by=self.by, now=self.now)
        if known["title"] != row.cells["title"]:
            titled = {"title": row.cells["title"], "valid_from": self.now.date().isoformat()}
            self._do(positions.rename, position_id, **titled)
        return What.CHANGED

    def _title(self, row: Row) -> What:
        position_id = self._position_id(row.cells["code"], row.cells["post"])
        known = self._known(row)
        if not self._do(positions.rename, position_id, **row.cells):
            return What.UNCHANGED
        return What.ENTERED if known is None else What.CHANGED

    def _person(self, row: Row) -> What:
        known, administers = self._known(row), row.cells["is_administrator"]
        if administers not in (YES, NO):
            values = {"yes": YES, "no": NO}
            raise Invalid(Problem("is_administrator", "yes_or_no", values))
        typed = {**row.cells, "is_administrator": "yes" if administers == YES else ""}
        if known is None:
            people.make(self.session, typed, by=self.by, now=self.now)
            return What.ENTERED
        if known["is_administrator"] != administers:
            raise Invalid(Problem("is_administrator", "not_by_file"))
        people.change(
            self.session, self._person_id(row.cells["username"]), typed, by=self.by, now=self.now
        )
        return What.CHANGED

    def _appointment(self, row: Row) -> What:
        if self._known(row) is not None:
            raise Invalid(Problem("starts_on", "appointment_differs"))
        typed = {
            **row.cells,
            "person_id": str(self._person_id(row.cells["username"])),
            "position_id": str(self._position_id(row.cells["code"], row.cells["post"])),
        }
        appointing.enter(self.session, typed, by=self.by, now=self.now)
        return What.ENTERED

    # --- what a row names ---------------------------------------------------------------------

    def _do(self, service: Callable[..., T], number: int, **typed: str) -> T:
        decreed = {**typed, "decree": self.decree}
        return service(self.session, number, decreed, by=self.by, now=self.now)

    def _agency_id(self, code: str, column: str) -> int:
        found = self.session.scalar(select(Agency.id).where(Agency.code == code))
        if found is None:
            raise _Waits(Problem(column, "unknown_agency_code", {"code": code}))
        return found

    def _superior_id(self, written: str) -> int:
        code, colon, post = written.partition(POST_OF)
        found = self._find_position(code, post) if colon else None
        if found is None:
            raise _Waits(Problem("superior", "unknown_post", {"post": written}))
        return found

    def _position_id(self, code: str, post: str) -> int:
        found = self._find_position(code, post)
        if found is None:
            raise Invalid(Problem("post", "unknown_post", {"post": f"{code}{POST_OF}{post}"}))
        return found

    def _find_position(self, code: str, post: str) -> int | None:
        query = select(Position.id).join(Agency, Agency.id == Position.agency_id)
        return self.session.scalar(query.where(Agency.code == code, Position.post == post))

    def _person_id(self, username: str) -> int:
        query = select(Person.id).where(Person.username == username)
        found = self.session.scalar(query)
        if found is None:
            raise Invalid(Problem("username", "unknown_username", {"username": username}))
        return found


def _key(cells: Cells, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(cells[name] for name in names)


def _is_of(name: Row, agency: Row) -> bool:
    return name.cells["code"] == agency.cells["code"]


_BY_DAY = (Sheet.NAMES, Sheet.FUNCTIONS, Sheet.TITLES)
_FIELDS = {
    "parent_id": "parent",
    "superior_id": "superior",
    "person_id": "username",
    "position_id": "post",
}
"""Where a page has a list, the file has a code."""
