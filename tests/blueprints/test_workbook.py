"""The page and the commands by which the organisation goes out as a file and comes back."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from blueprints.edge import Alur
from blueprints.workbook import XLSX
from tests.workflow.factories import City
from workflow.database import Database
from workflow.models import Position
from workflow.workbook import Sheet


@pytest.fixture
def admin(desk: Callable[[str], FlaskClient]) -> FlaskClient:
    return desk("admin")


@pytest.fixture
def content(admin: FlaskClient) -> bytes:
    """The file as it is taken from the page."""
    answer = admin.get("/admin/workbook/file")
    assert answer.mimetype == XLSX
    assert "attachment" in answer.headers["Content-Disposition"]
    return answer.data


def changed(content: bytes, sheet: Sheet, find: str, column: int, words: str) -> bytes:
    """The file with another word in the row in which something is found."""
    book, file = load_workbook(io.BytesIO(content)), io.BytesIO()
    for row in book[sheet].iter_rows():
        if any(cell.value == find for cell in row):
            row[column].value = words
    book.save(file)
    return file.getvalue()


def sent(admin: FlaskClient, content: bytes | None, step: str, decree: str) -> TestResponse:
    data: dict[str, object] = {"decree": decree, "step": step}
    if content is not None:
        data["file"] = (io.BytesIO(content), "organisasi.xlsx")
    return admin.post("/admin/workbook", data=data, content_type="multipart/form-data")


def title_of(database: Database, position_id: int) -> str:
    with database.sessions() as session:
        return session.get_one(Position, position_id).title


def test_the_file_of_today_would_change_nothing(admin: FlaskClient, content: bytes) -> None:
    assert admin.get("/admin/workbook").status_code == 200
    shown = sent(admin, content, "look", "Perda 1")
    assert shown.status_code == 200
    assert "Semua isinya sudah demikian." in shown.text


def test_what_the_file_would_do_is_shown_before_it_is_taken_over(
    admin: FlaskClient, content: bytes, city: City, city_database: Database
) -> None:
    position_id = city.positions["clerk.setda"]
    new = changed(content, Sheet.POSITIONS, "clerk setda", 2, "Petugas <Setda>")
    shown = sent(admin, new, "look", "Perda 1")
    assert "Petugas &lt;Setda&gt;" in shown.text
    assert title_of(city_database, position_id) == "clerk setda"
    assert sent(admin, new, "save", "Perda 1").status_code == 303
    assert title_of(city_database, position_id) == "Petugas <Setda>"
    back = changed(new, Sheet.POSITIONS, "Petugas <Setda>", 2, "clerk setda")
    assert sent(admin, back, "save", "Perda 1").status_code == 303


def test_a_row_that_cannot_be_taken_is_told_by_sheet_row_and_column(
    admin: FlaskClient, content: bytes
) -> None:
    wrong = changed(content, Sheet.PEOPLE, "head.dinkes", 2, "bukan surel")
    for step in ("look", "save"):
        shown = sent(admin, wrong, step, "Perda 1")
        assert shown.status_code == 422
        assert "Ini bukan alamat surel." in shown.text
        assert "surel</td>" in shown.text


@pytest.mark.parametrize(
    ("content", "decree", "fields"),
    [
        (None, "Perda 1", ["file"]),
        (b"bukan berkas", "Perda 1", ["file"]),
    ],
)
def test_without_a_workbook_nothing_happens(
    admin: FlaskClient, content: bytes | None, decree: str, fields: list[str]
) -> None:
    shown = sent(admin, content, "save", decree)
    assert shown.status_code == 422
    for name in fields:
        assert f'id="f-{name}-error"' in shown.text


def test_the_decree_is_asked_for(admin: FlaskClient, content: bytes) -> None:
    assert 'id="f-decree-error"' in sent(admin, content, "save", "").text


def test_the_command_line_does_the_same(
    app: Alur, city: City, city_database: Database, tmp_path: Path
) -> None:
    run, file = app.test_cli_runner(), tmp_path / "organisasi.xlsx"
    assert run.invoke(args=["organisation", "export", str(file)]).exit_code == 0
    by = ["--by", "admin", "--decree", "Perda 1"]
    told = run.invoke(args=["organisation", "import", str(file), *by])
    assert told.exit_code == 0
    assert "The file has been taken over." in told.output
    assert "Jabatan: 0 new, 0 changed" in told.output
    file.write_bytes(changed(file.read_bytes(), Sheet.PEOPLE, "head.dinkes", 2, "bukan"))
    wrong = run.invoke(args=["organisation", "import", str(file), *by, "--dry-run"])
    assert wrong.exit_code == 1
    assert "Pengguna, row" in wrong.output
    assert "column surel" in wrong.output
    other = run.invoke(args=["organisation", "import", str(file), "--by", "head.dinkes", *by[2:]])
    assert "head.dinkes does not administer" in other.output
    missing = run.invoke(args=["organisation", "import", str(tmp_path / "x.xlsx"), *by])
    assert "there is no file" in missing.output


def test_only_administrators_take_the_file(desk: Callable[[str], FlaskClient]) -> None:
    client = desk("head.bapperida")
    for path in ("/admin/workbook", "/admin/workbook/file"):
        assert client.get(path).status_code == 403
    assert client.post("/admin/workbook").status_code == 403
