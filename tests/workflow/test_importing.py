"""Lists of proposals: every row is taken once, or told by its line why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import REAL_DATA
from tests.databases import SEEDED_AT
from tests.workflow.demo import agency_id
from workflow import (
    accounts,
    cases,
    importing,
    organisation,
    permissions,
    proposals,
)
from workflow.errors import Invalid, Reason, Refused
from workflow.importing import Options, Report, unit_names
from workflow.importing.spreadsheets import SourceRow, read_rows
from workflow.models import Agency, Case, Person, Proposal

NOW = SEEDED_AT


def row(line: int, title: str, agency: str, **cells: str) -> SourceRow:
    return SourceRow(line, {"judul": title, "perangkat_daerah": agency, **cells})


def run(session: Session, *rows: SourceRow, options: Options = Options()) -> Report:  # noqa: B008
    return importing.import_proposals(session, rows, importing.columns([]), NOW, options)


def told(report: Report) -> list[tuple[int, str, str]]:
    return [(each.line, each.problem.field, each.problem.code) for each in report.errors]


def test_a_row_becomes_a_draft_with_gaps(demo: Session) -> None:
    report = run(
        demo,
        row(2, " Lampu  jalan\npintar ", "dinas perhubungan", bentuk="Layanan", tahun="2026"),
    )
    [imported] = report.imported
    held = proposals.read(demo, imported.proposal_id)
    assert (imported.line, held.title) == (2, "Lampu jalan pintar")
    assert held.agency_id == agency_id(demo, "dishub")
    assert (held.document["remarks"], held.document["year_start"]) == ("Layanan", 2026)
    case = cases.read(demo, held.case_id)
    assert (case.step, case.facts["complete"]) == ("drafting", False)


def test_nothing_is_imported_twice(demo: Session) -> None:
    rows = [row(2, "Taman baca", "Dispusda"), row(3, "TAMAN  BACA", "dispusda")]
    first = run(demo, *rows)
    assert ([each.line for each in first.imported], first.known) == ([2], [3])
    again = run(demo, *rows)
    assert (again.imported, again.known) == ([], [2, 3])


def test_a_row_of_an_agency_that_is_no_more_is_its_heirs_and_taken_once(demo: Session) -> None:
    rows = [row(2, "Taman baca", "Dispusda")]
    demo.get_one(Agency, agency_id(demo, "dispusda")).followed_by_id = agency_id(demo, "dinsos")
    demo.flush()
    [imported] = run(demo, *rows).imported
    assert proposals.read(demo, imported.proposal_id).agency_id == agency_id(demo, "dinsos")
    assert run(demo, *rows).known == [2]


def test_wrong_rows_are_told_by_line_and_the_others_are_taken(demo: Session) -> None:
    report = run(
        demo,
        row(2, "", "Dinas Kesehatan"),
        row(3, "Tanpa perangkat daerah", ""),
        row(4, "Salah tahun", "Dinas Kesehatan", tahun="tahun depan"),
        row(5, "Baik", "Dinas Kesehatan"),
        row(6, "Entah siapa", "Dinas Kesehatn"),
        row(7, "x" * 2_001, "Dinas Kesehatan"),
    )
    assert told(report) == [
        (2, "title", "missing"),
        (3, "agency", "missing"),
        (4, "year_start", "not_a_number"),
        (6, "agency", "unknown_agency"),
        (7, "title", "too_long"),
    ]
    assert [each.line for each in report.imported] == [5]
    assert report.errors[3].problem.values["nearest"] == "Dinas Kesehatan"


def refuse(monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    """Let the proposal of this title be refused after it was written."""
    begin = proposals.create

    def begin_or_refuse(*arguments: Any, **options: Any) -> Proposal:
        proposal = begin(*arguments, **options)
        if proposal.title == title:
            raise Refused(Reason("no_agency", {"party": "drafter"}))
        return proposal

    monkeypatch.setattr(proposals, "create", begin_or_refuse)


def test_a_row_that_cannot_begin_is_told_by_line_and_leaves_nothing(
    demo: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "Tidak dapat dimulai")
    counted = select(func.count()).select_from(Proposal)
    before = demo.scalar(counted)
    report = run(
        demo,
        row(2, "Baik", "Dinas Kesehatan"),
        row(3, "Tidak dapat dimulai", "Bapperida"),
        row(4, "Juga baik", "Dinas Sosial"),
    )
    assert told(report) == [(3, "agency", "no_agency")]
    assert [each.line for each in report.imported] == [2, 4]
    assert demo.scalar(counted) == (before or 0) + 2


def test_a_unit_that_was_founded_for_a_refused_row_is_not_kept(
    demo: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "Satu")
    options = Options(create_units=True)
    report = run(demo, row(2, "Satu", "SD Negeri 42"), row(3, "Dua", "PT Maju"), options=options)
    assert (report.units, [line for line, *_ in told(report)]) == ([], [2, 3])
    assert unit_names.Directory(demo).find("SD Negeri 42") is None
    report = run(
        demo,
        row(2, "Satu", "SD Negeri 42"),
        row(3, "Dua", "SD Negeri 42"),
        options=options,
    )
    assert (report.units, [each.line for each in report.imported]) == (["SD Negeri 42"], [3])


def test_a_title_too_long_to_submit_is_kept_and_told(demo: Session) -> None:
    report = run(demo, row(2, "y" * 250, "Dinas Kesehatan"))
    assert len(proposals.read(demo, report.imported[0].proposal_id).title) == 250
    [notice] = report.notices
    assert (notice.line, notice.problem.field, notice.problem.code) == (2, "title", "too_long")


def test_a_dry_run_reports_the_same_and_keeps_nothing(demo: Session) -> None:
    counted = select(
        select(func.count()).select_from(Proposal).scalar_subquery(),
        select(func.count()).select_from(Agency).scalar_subquery(),
        select(func.count()).select_from(Person).scalar_subquery(),
    )
    before = demo.execute(counted).one()
    rows = [row(2, "Kantin sehat", "SD Negeri 40 Metro"), row(3, "x", "y")]
    dry = run(demo, *rows, options=Options(create_units=True, dry_run=True))
    assert demo.execute(counted).one() == before
    real = run(demo, *rows, options=Options(create_units=True))
    assert (dry.units, told(dry)) == (real.units, told(real))
    assert len(dry.imported) == len(real.imported) == 1


@pytest.mark.parametrize(
    ("name", "parent", "head"),
    [
        ("UPTD SD Negeri 40 Metro", "disdikbud", "Kepala SD Negeri 40 Metro"),
        ("SDIT Cahaya", "disdikbud", "Kepala SDIT Cahaya"),
        ("UPTD. Puskesmas Seberang", "dinkes", "Kepala Puskesmas Seberang"),
        ("RSUD Ketiga", "dinkes", "Direktur RSUD Ketiga"),
    ],
)
def test_missing_units_are_founded_under_their_agency(
    demo: Session, name: str, parent: str, head: str
) -> None:
    options = Options(create_units=True, password="kata-sandi-unit")
    report = run(demo, row(2, "Satu", name), row(3, "Dua", name.upper()), options=options)
    assert (report.units, told(report), len(report.imported)) == ([name], [], 2)
    held = proposals.read(demo, report.imported[0].proposal_id)
    unit = organisation.agency(demo, held.agency_id, NOW.date())
    assert unit.parent_id == agency_id(demo, parent)
    seats = organisation.appointments(demo, NOW.date(), agency_id=unit.id, only_then=True)
    assert {each.post for each in seats} == {"head", "secretary", "operator"}
    assert head in {each.title for each in seats}
    drafter = next(each for each in seats if each.post == "operator")
    assert accounts.authenticate(demo, drafter.username, "kata-sandi-unit")
    assert permissions.actors(demo, drafter.person_id, NOW)


def test_without_a_password_nobody_of_a_founded_unit_signs_in(demo: Session) -> None:
    report = run(demo, row(2, "Satu", "SD Negeri 41"), options=Options(create_units=True))
    held = proposals.read(demo, report.imported[0].proposal_id)
    [username, *_] = [
        each.username
        for each in organisation.appointments(demo, NOW.date(), agency_id=held.agency_id)
    ]
    assert accounts.authenticate(demo, username, "metro-demo") is None


def test_units_with_the_same_short_code_are_told_apart(demo: Session) -> None:
    long = "SD Negeri Percontohan Kota Metro Wilayah Selatan Nomor"
    report = run(
        demo,
        row(2, "Satu", f"{long} 1"),
        row(3, "Dua", f"{long} 2"),
        options=Options(create_units=True),
    )
    assert len(report.units) == 2
    assert told(report) == []


def test_no_other_kind_of_unit_is_founded(demo: Session) -> None:
    report = run(demo, row(2, "Satu", "PT Maju"), options=Options(create_units=True))
    assert told(report) == [(2, "agency", "unknown_agency")]
    assert report.errors[0].problem.values["can_be_created"] is False


def test_a_school_is_not_founded_where_its_parent_agency_is_missing(session: Session) -> None:
    directory = unit_names.Directory(session)
    charter = importing._Import(session, {}, NOW, Options()).charter
    assert directory.found("SD Negeri 1", charter) is None


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("DINAS KESEHATAN", "dinkes"),
        ("Dinkes", "dinkes"),
        ("Bappeda", "bapperida"),
        ("Dinas Pemadam Kebakaran", "damkar"),
        ("Sekretariat Daerah – Bagian Hukum", "setda.hukum"),
        ("Sekretariat Daerah - Bagian Hukum", "setda.hukum"),
        ("Bagian Hukum", "setda.hukum"),
        ("UPTD. RSUD Ahmad Yani", "rsud.yani"),
        ("UPTD.Puskesmas  Yosomulyo", "pkm.yosomulyo"),
        ("Dinas Koperasi, Usaha kecil dan Menengah dan Ketenagakerjaan", "dinkopukmnaker"),
    ],
)
def test_an_agency_is_known_however_it_is_written(demo: Session, written: str, code: str) -> None:
    assert unit_names.Directory(demo).find(written) == agency_id(demo, code)


def test_columns_are_mapped_in_a_few_words() -> None:
    mapping = importing.columns(["nama_inovasi = title", "urusan=beneficiaries"])
    assert mapping == {
        "nama_inovasi": "title",
        "perangkat_daerah": "agency",
        "bentuk": "remarks",
        "tahun": "year_start",
        "urusan": "beneficiaries",
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [("judul", "not_a_mapping"), ("=title", "not_a_mapping"), ("a=budget", "unknown_field")],
)
def test_a_mapping_that_cannot_be_meant_is_refused(change: str, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        importing.columns([change])


def test_a_list_without_the_needed_columns_is_refused_as_a_whole(demo: Session) -> None:
    with pytest.raises(Invalid) as refused:
        run(demo, SourceRow(2, {"judul": "Satu", "opd": "Dinas Kesehatan"}))
    assert refused.value.problems[0].values == {
        "column": "perangkat_daerah",
        "columns": ["judul", "opd"],
    }
    assert run(demo).rows == 0


# --- files ------------------------------------------------------------------------------------


def written(folder: Path, content: bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n\n,\n3,\n",
        b"\xef\xbb\xbfa;b\r\n1;2\r\n\r\n;\r\n3;\r\n",
    ],
)
def test_rows_keep_their_line_and_empty_ones_are_left_out(tmp_path: Path, content: bytes) -> None:
    assert read_rows(written(tmp_path, content)) == [
        SourceRow(2, {"a": "1", "b": "2"}),
        SourceRow(5, {"a": "3", "b": ""}),
    ]


def test_a_row_over_several_lines_is_named_by_its_first(tmp_path: Path) -> None:
    rows = read_rows(written(tmp_path, b'a,b\n"x\ny",1\nz,2\n'))
    assert [(each.line, each.cells["a"]) for each in rows] == [(2, "x\ny"), (4, "z")]


def test_a_workbook_is_read_from_its_first_sheet(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for line in (["judul", "tahun"], ["Satu", 2026], [None, None], ["Dua", None]):
        sheet.append(line)
    path = tmp_path / "list.xlsx"
    workbook.save(path)
    assert read_rows(path) == [
        SourceRow(2, {"judul": "Satu", "tahun": "2026"}),
        SourceRow(4, {"judul": "Dua", "tahun": ""}),
    ]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "list.csv", "no_heading"),
        (b" , \n1,2\n", "list.csv", "no_heading"),
        (b"a\n\xff\xfe\n", "list.csv", "not_utf8"),
        (b"a\n\x00\n", "list.csv", "not_a_table"),
        (b'a\n"x"y\n', "list.csv", "not_a_table"),
        (b"no workbook", "list.xlsx", "not_a_table"),
        (b"a\n" + b"1\n" * 10_001, "list.csv", "too_many_rows"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, name: str, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        read_rows(written(tmp_path, content, name))


def test_a_missing_or_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid, match="no_such_file"):
        read_rows(tmp_path / "nothing.csv")
    monkeypatch.setattr("workflow.importing.spreadsheets.MOST_BYTES", 3)
    with pytest.raises(Invalid, match="too_large"):
        read_rows(written(tmp_path, b"a,b\n1,2\n"))


@pytest.mark.data
def test_the_citys_own_list_is_taken_whole(demo: Session) -> None:
    rows = read_rows(REAL_DATA / "metro-innovations-2027.csv")
    options = Options(create_units=True)
    report = importing.import_proposals(demo, rows, importing.columns([]), NOW, options)
    assert (report.rows, len(report.imported), report.errors) == (105, 105, [])
    agencies = demo.scalar(
        select(func.count(func.distinct(Case.agency_id)))
        .join(Proposal, Proposal.id == Case.proposal_id)
        .where(Proposal.import_key.is_not(None))
    )
    assert agencies == 71
    assert [notice.line for notice in report.notices] == [22]
