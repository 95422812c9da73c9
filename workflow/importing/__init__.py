"""Proposals out of a list: each row becomes a draft of its agency, gaps and all.

Rows that cannot be taken are reported by line and left out; the others are taken. A second run of
the same list adds nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow import accounts, agency_years, proposals
from workflow.city.founding import MAIL_DOMAIN, Charter
from workflow.document import ProposalDocument
from workflow.document.gaps import LENGTHS
from workflow.errors import Invalid, Problem, Refused
from workflow.importing.spreadsheets import SourceRow
from workflow.importing.unit_names import Directory, kind_of
from workflow.models import Proposal
from workflow.organising.people import NO_PASSWORD

AGENCY = "agency"
DEFAULT_COLUMNS: Mapping[str, str] = {
    "judul": "title",
    "perangkat_daerah": AGENCY,
    "bentuk": "remarks",
    "tahun": "year_start",
}
"""Column of the list -> field of the proposal (`agency` is who proposes)."""
NOT_IN_A_CELL = frozenset(
    {"action_groups", "locations", "budget", "outputs", "outcomes", "supporting_agencies", "ict"}
)
FIELDS = (AGENCY, *(name for name in ProposalDocument.model_fields if name not in NOT_IN_A_CELL))
LOCK = 0x616C7569
"""Two imports at once wait for each other, so that neither takes what the other took."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something about one line of the list."""

    line: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class Imported:
    """One row that became a proposal."""

    line: int
    proposal_id: int
    title: str


@dataclass(slots=True)
class Report:
    """What an import did, or in a dry run would have done."""

    rows: int = 0
    imported: list[Imported] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    """Lines that were imported before."""
    errors: list[RowProblem] = field(default_factory=list)
    notices: list[RowProblem] = field(default_factory=list)
    """What was taken, but stands in the way of a submission."""
    units: list[str] = field(default_factory=list)
    """Units that were founded."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to import. `password` is what people of founded units sign in with; none: nobody can."""

    create_units: bool = False
    dry_run: bool = False
    password: str | None = None


def columns(changes: Sequence[str]) -> dict[str, str]:
    """The mapping of columns with changes such as `judul_inovasi=title` laid over the default.

    Raises Invalid for a change that is not `column=field`, or a field that no cell can fill.
    """
    mapping = dict(DEFAULT_COLUMNS)
    for change in changes:
        column, equals, name = (part.strip() for part in change.partition("="))
        if not (column and equals and name):
            raise Invalid(Problem("map", "not_a_mapping", {"given": change}))
        if name not in FIELDS:
            raise Invalid(Problem("map", "unknown_field", {"given": name, "fields": FIELDS}))
        mapping = {known: target for known, target in mapping.items() if target != name}
        mapping[column] = name
    return mapping


def import_proposals(
    session: Session,
    rows: Sequence[SourceRow],
    mapping: Mapping[str, str],
    now: datetime,
    options: Options,
) -> Report:
    """Begin a draft for each row that can be taken. A dry run does the same and undoes it.

    Raises Invalid when the list lacks the column of the title or of the agency.
    """
    _refuse_incomplete(rows, mapping)
    with session.begin_nested() as savepoint:
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))
        report = _Import(session, mapping, now, options).run(rows)
        if options.dry_run:
            savepoint.rollback()
    return report


def _refuse_incomplete(rows: Sequence[SourceRow], mapping: Mapping[str, str]) -> None:
    present = set(rows[0].cells) if rows else set(mapping)
    for column, name in mapping.items():
        if name in ("title", AGENCY) and column not in present:
            values = {"column": column, "columns": sorted(present)}
            raise Invalid(Problem("file", "missing_column", values))


class _Import:
    """One run over a list."""

    def __init__(
        self, session: Session, mapping: Mapping[str, str], now: datetime, options: Options
    ) -> None:
        self.session, self.mapping, self.now, self.options = session, mapping, now, options
        self.directory = Directory(session)
        self.known = set(
            session.scalars(select(Proposal.import_key).where(Proposal.import_key.is_not(None)))
        )
        self.report = Report()
        self._charter: Charter | None = None

    def run(self, rows: Sequence[SourceRow]) -> Report:
        self.report.rows = len(rows)
        for row in rows:
            founded = len(self.report.units)
            try:
                with self.session.begin_nested():
                    self._take(row)
            except (Invalid, Refused) as error:
                self.report.errors += [RowProblem(row.line, found) for found in _problems(error)]
                if len(self.report.units) > founded:
                    del self.report.units[founded:]
                    self.directory = Directory(self.session)
        return self.report

    def _take(self, row: SourceRow) -> None:
        said = {
            name: row.cells[column]
            for column, name in self.mapping.items()
            if row.cells.get(column)
        }
        missing = [Problem(name, "missing") for name in ("title", AGENCY) if name not in said]
        if missing:
            raise Invalid(*missing)
        written = said.pop(AGENCY)
        title = " ".join(said.pop("title").split())
        proposals.parse({**said, "title": title})  # a row that is wrong founds no unit
        agency_id = self._agency(written)
        key = _key(agency_id, title)
        if key in self.known:
            self.report.known.append(row.line)
            return
        self._create(row.line, agency_id, title, said, key)

    def _create(
        self, line: int, agency_id: int, title: str, said: Mapping[str, str], key: str
    ) -> None:
        proposal = proposals.create(
            self.session,
            agency_years.last_heir(self.session, agency_id),
            title,
            person_id=None,
            appointment_id=None,
            now=self.now,
            document=said,
            import_key=key,
        )
        self.known.add(key)
        self.report.imported.append(Imported(line, proposal.id, title))
        most = LENGTHS["title"][1]
        if len(title) > most:
            gap = Problem("title", "too_long", {"most": most, "have": len(title)})
            self.report.notices.append(RowProblem(line, gap))

    def _agency(self, written: str) -> int:
        agency_id = self.directory.find(written)
        if agency_id is None and self.options.create_units:
            agency_id = self.directory.found(written, self.charter)
            if agency_id is not None:
                self.report.units.append(written)
        if agency_id is None:
            values = {
                "name": written,
                "nearest": self.directory.nearest(written),
                "can_be_created": kind_of(written) is not None,
            }
            raise Invalid(Problem(AGENCY, "unknown_agency", values))
        return agency_id

    @property
    def charter(self) -> Charter:
        """Under what units are founded; one hash for all, because hashing is slow on purpose."""
        if self._charter is None:
            today, password = self.now.date(), self.options.password
            if password is None:
                self._charter = Charter(today, NO_PASSWORD, self.now)
            else:
                hashed = accounts.hash_password(password)
                self._charter = Charter(today, hashed, self.now, MAIL_DOMAIN)
        return self._charter


def _problems(error: Invalid | Refused) -> Sequence[Problem]:
    """What stands in a row's way, beside the field that it belongs to."""
    if isinstance(error, Invalid):
        return error.problems
    return [Problem(AGENCY, reason.code, reason.values) for reason in error.reasons]


def _key(agency_id: int, title: str) -> str:
    """Names a row by what it is about, so that the same innovation is never taken twice."""
    words = f"{agency_id}|{title.casefold()}"
    return f"import:{hashlib.sha256(words.encode()).hexdigest()}"
