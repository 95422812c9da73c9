"""The organisation as a file: what is written is taken over without a change, row by row."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.databases import SEEDED_AT
from tests.workflow.factories import City
from workflow import accounts, organisation, workbook
from workflow.errors import Invalid
from workflow.models import Agency, Appointment, Person, Position, SettingChange
from workflow.workbook import Report, Sheet, What, present
from workflow.workbook.sheets import COLUMNS

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
TODAY = date(2026, 11, 23)
Rows = Mapping[Sheet, list[dict[str, Any]]]
POST = {"code": "damkar", "places": 1}
NEW: Rows = {
    Sheet.AGENCIES: [
        {"code": "pkm.satu", "parent": "damkar", "week": "five"},
        {"code": "damkar", "parent": "", "week": "five"},
    ],
    Sheet.NAMES: [
        {"code": "damkar", "name": "Dinas Pemadam", "short_name": "Damkar", "valid_from": TODAY},
        {
            "code": "damkar",
            "name": "Dinas Pemadam Kebakaran",
            "short_name": "Damkar",
            "valid_from": date(2027, 1, 1),
        },
        {"code": "pkm.satu", "name": "Pos Satu", "short_name": "Pos 1", "valid_from": TODAY},
    ],
    Sheet.FUNCTIONS: [{"function": "rescue", "code": "damkar", "valid_from": date(2026, 1, 1)}],
    Sheet.POSITIONS: [
        {**POST, "post": "operator", "title": "Operator", "superior": "damkar:head"},
        {**POST, "post": "head", "title": "Kepala", "superior": "setda:head"},
    ],
    Sheet.TITLES: [
        {
            "code": "damkar",
            "post": "head",
            "title": "Kepala Dinas Pemadam Kebakaran",
            "valid_from": date(2027, 1, 1),
        },
    ],
    Sheet.PEOPLE: [
        {
            "username": "kepala.damkar",
            "name": "Kepala Damkar",
            "email": "kepala@metro.example",
            "is_administrator": "tidak",
        }
    ],
    Sheet.APPOINTMENTS: [
        {
            "username": "kepala.damkar",
            "code": "damkar",
            "post": "head",
            "capacity": "plt",
            "starts_on": TODAY,
            "ends_on": date(2027, 1, 31),
            "letter_number": "821/9",
            "letter_date": date(2026, 11, 20),
        }
    ],
}  # fmt: skip


@pytest.fixture
def city(session: Session) -> City:
    city = City.founded(session, NOW)
    city.person("admin", administers=True)
    return city


def file_of(rows: Rows) -> bytes:
    """A workbook as somebody wrote it by hand."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet, lines in rows.items():
        page = book.create_sheet(sheet)
        page.append(list(COLUMNS[sheet].values()))
        for line in lines:
            page.append([line.get(name) for name in COLUMNS[sheet]])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def taken(city: City, content: bytes, *, dry_run: bool = False, decree: str = "Perda 1") -> Report:
    return workbook.take(
        city.session,
        workbook.read(content),
        decree=decree,
        by=city.people["admin"],
        now=NOW,
        dry_run=dry_run,
    )


def counts(session: Session) -> list[int]:
    """How many rows there are of everything that an import may write."""
    tables = (Agency, Position, Person, Appointment, SettingChange)
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def told(report: Report) -> list[tuple[str, int, str | None, str]]:
    return [
        (error.sheet.value, error.line, error.column, error.problem.code) for error in report.errors
    ]


def test_what_was_exported_changes_nothing_when_it_is_taken_over(demo: Session) -> None:
    before = counts(demo)
    content = workbook.export(demo, SEEDED_AT.date())
    report = workbook.take(
        demo,
        workbook.read(content),
        decree="Perda 1",
        by=accounts.named(demo, "admin").id,
        now=SEEDED_AT,
        dry_run=False,
    )
    assert report.errors == []
    assert report.done == []
    assert report.is_kept
    assert len(report.taken) > 400
    assert counts(demo) == before


def test_new_rows_are_entered_whatever_their_order_and_a_second_time_change_nothing(
    city: City,
) -> None:
    report = taken(city, file_of(NEW))
    assert told(report) == []
    assert {one.what for one in report.taken} == {What.ENTERED}
    session = city.session
    found = {one.code: one for one in organisation.agencies(session, TODAY)}
    assert found["pkm.satu"].parent_id == found["damkar"].id
    assert found["damkar"].functions == ("rescue",)
    later = organisation.agency(session, found["damkar"].id, date(2027, 1, 1))
    assert later.name == "Dinas Pemadam Kebakaran"
    (held,) = organisation.appointments(session, TODAY, agency_id=found["damkar"].id)
    assert (held.username, held.title, held.capacity) == ("kepala.damkar", "Kepala", "plt")
    before = counts(session)
    again = taken(city, file_of(NEW))
    assert (told(again), again.done) == ([], [])
    assert counts(session) == before


def test_a_dry_run_tells_the_same_and_keeps_nothing(city: City) -> None:
    before = counts(city.session)
    report = taken(city, file_of(NEW), dry_run=True)
    assert not report.is_kept
    assert len(report.done) == 11
    assert counts(city.session) == before


def test_rows_that_differ_are_changed_by_the_rules_of_the_pages(city: City) -> None:
    rows = present.rows(city.session, TODAY)
    changed: dict[Sheet, list[dict[str, Any]]] = {
        sheet: [dict(row) for row in rows[sheet]] for sheet in Sheet
    }
    for row in changed[Sheet.POSITIONS]:
        if (row["code"], row["post"]) == ("dinkes", "head"):
            row["title"] = "Kepala Dinas Kesehatan"
    for row in changed[Sheet.PEOPLE]:
        if row["username"] == "head.dinkes":
            row["email"] = "baru@metro.example"
    for row in changed[Sheet.AGENCIES]:
        if row["code"] == "dinsos":
            row["parent"] = "setda"
    report = taken(city, file_of(changed))
    assert told(report) == []
    assert [(one.sheet, one.what, one.about) for one in report.done] == [
        (Sheet.AGENCIES, What.CHANGED, "dinsos"),
        (Sheet.POSITIONS, What.CHANGED, "Kepala Dinas Kesehatan"),
        (Sheet.PEOPLE, What.CHANGED, "head.dinkes"),
    ]
    assert city.session.get_one(Person, city.people["head.dinkes"]).email == "baru@metro.example"


def test_each_row_that_cannot_be_taken_is_told_by_sheet_row_and_column(city: City) -> None:
    held = {**NEW[Sheet.APPOINTMENTS][0], "code": "dinkes"}
    wrong: Rows = {
        Sheet.AGENCIES: [
            {"code": "Dinas X", "parent": "", "week": "five"},
            {"code": "tanpa.nama", "parent": "", "week": "five"},
            {"code": "yatim", "parent": "hilang", "week": "five"},
        ],
        Sheet.NAMES: [
            {"code": "Dinas X", "name": "Dinas X", "short_name": "X", "valid_from": "besok"},
        ],
        Sheet.POSITIONS: [
            {"code": "dinkes", "post": "head", "title": "Kepala", "superior": "hilang:head"},
            {"code": "dinkes", "post": "clerk", "title": "", "superior": "", "places": "banyak"},
        ],
        Sheet.PEOPLE: [
            {"username": "head.dinkes", "name": "Ibu", "email": "x@y.id", "is_administrator": "ya"},
            {"username": "baru", "name": "Baru", "email": "baru", "is_administrator": "mungkin"},
        ],
        Sheet.APPOINTMENTS: [
            {"username": "hilang", "code": "dinkes", "post": "head"},
            {"username": "head.dinkes", "code": "dinkes", "post": "hilang"},
            {**held, "username": "head.dinsos", "ends_on": ""},
            {**held, "username": "head.dinkes", "starts_on": date(2020, 1, 1)},
        ],
    }  # fmt: skip
    before = counts(city.session)
    report = taken(city, file_of(wrong))
    assert set(told(report)) == {
        ("Perangkat daerah", 2, "kode", "not_a_code"),
        ("Perangkat daerah", 2, None, "not_a_date"),
        ("Perangkat daerah", 3, "kode", "name_missing"),
        ("Perangkat daerah", 4, "bagian_dari", "unknown_agency_code"),
        ("Nama", 2, "kode", "unknown_agency_code"),
        ("Jabatan", 2, "atasan", "unknown_post"),
        ("Jabatan", 3, "nama_jabatan", "required"),
        ("Jabatan", 3, "tempat", "unknown"),
        ("Pengguna", 2, "administrator", "not_by_file"),
        ("Pengguna", 3, "administrator", "yes_or_no"),
        ("Penugasan", 2, "nama_pengguna", "unknown_username"),
        ("Penugasan", 3, "pos", "unknown_post"),
        ("Penugasan", 4, "sampai", "required"),
        ("Penugasan", 5, "sejak", "appointment_differs"),
    }
    assert not report.is_kept
    assert counts(city.session) == before


def test_one_wrong_row_keeps_the_others_from_being_taken(city: City) -> None:
    rows = {**NEW, Sheet.PEOPLE: [*NEW[Sheet.PEOPLE], {"username": "", "name": "", "email": ""}]}
    rows[Sheet.PEOPLE].append({**NEW[Sheet.PEOPLE][0], "username": "x", "email": "kosong"})
    before = counts(city.session)
    report = taken(city, file_of(rows))
    assert told(report) == [("Pengguna", 4, "surel", "not_an_email")]
    assert counts(city.session) == before


@pytest.mark.parametrize("word", ["=1+1", "+62", "-1", "@SUM(A1)", '=cmd|"/c calc"!A1'])
def test_no_cell_of_the_file_is_a_formula_and_the_words_come_back(city: City, word: str) -> None:
    city.session.get_one(Position, city.positions["head.dinkes"]).title = word
    city.session.flush()
    content = workbook.export(city.session, TODAY)
    page = load_workbook(io.BytesIO(content))[Sheet.POSITIONS]
    cells = [cell for row in page.iter_rows() for cell in row if cell.value == word]
    assert [(cell.data_type, cell.quotePrefix) for cell in cells] == [("s", True)]
    assert taken(city, content).done == []


def test_a_change_rests_on_a_decree(city: City) -> None:
    with pytest.raises(Invalid) as found:
        taken(city, file_of(NEW), decree=" ")
    assert [(one.field, one.code) for one in found.value.problems] == [("decree", "required")]


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * (65 * 1024 * 1024))
    return file.getvalue()


def without_a_column() -> bytes:
    book = load_workbook(io.BytesIO(file_of(NEW)))
    book[Sheet.PEOPLE].cell(1, 3).value = "e-mail"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def other_sheets() -> bytes:
    book, file = Workbook(), io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"nama;surel", "not_a_workbook"),
        (b"x" * (2 * 1024 * 1024 + 1), "file_too_large"),
        (bomb(), "file_too_large"),
        (other_sheets(), "no_known_sheet"),
        (without_a_column(), "columns_missing"),
    ],
    ids=["no workbook", "too large", "unpacks too large", "other sheets", "column missing"],
)
def test_what_is_no_such_workbook_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as found:
        workbook.read(content)
    assert [(one.field, one.code) for one in found.value.problems] == [("file", code)]


def with_parts(**changed: tuple[str, str]) -> bytes:
    """A workbook in whose first sheet, or another part, a piece of the text is another."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(file_of(NEW))) as before,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            piece, other = changed.get(name.rpartition("/")[2].partition(".")[0], ("", ""))
            text = before.read(name).decode()
            assert piece in text
            after.writestr(name, text.replace(piece, other, 1))
    return file.getvalue()


@pytest.mark.parametrize(
    "changed",
    [
        {"sheet1": ("</sheetData>", "<")},
        {"sheet1": ("<row", "&unknown;<row")},
        {"sheet1": ("<sheetData>", '<sheetData><row r="1"><c r="A1" t="n"><v>abc</v></c></row>')},
        {"sheet1": ("<sheetData>", '<sheetData><row r="1"><c r="A1" t="s"><v>9</v></c></row>')},
    ],
)
def test_a_damaged_workbook_is_refused(changed: dict[str, tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as found:
        workbook.read(with_parts(**changed))
    assert [(one.field, one.code) for one in found.value.problems] == [("file", "not_a_workbook")]


def test_a_workbook_that_was_cut_or_scrambled_is_refused() -> None:
    content = file_of(NEW)
    for place in range(0, len(content), 997):
        scrambled = content[:place] + b"\xff\x00\xff" + content[place + 3 :]
        for damaged in (content[:place], scrambled):
            try:
                workbook.read(damaged)
            except Invalid:
                continue
            assert damaged is scrambled, "what was cut was read"
