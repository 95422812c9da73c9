"""Administrators write a workflow, another one approves it, and everybody sees what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import text as sql

from blueprints import definition_words, finding_words
from blueprints.drafts import EVENTS
from blueprints.edge import Alur
from states import findings, problems
from states.examining import examine
from states.problems import Problem
from tests.databases import statements
from tests.states.seeded import seeds
from tests.workflow.factories import City
from tests.workflow.test_untold import ASKED
from workflow.database import Database
from workflow.drafts import FRAME

BROKEN = seeds("broken")
STUCK = next(case for case in BROKEN if case.name == "a trap of two steps on one way only")


@pytest.fixture(scope="module", autouse=True)
def _second(city: City, city_database: Database) -> None:
    """A second administrator."""
    if "admin.kedua" in city.people:
        return
    with city_database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people, city.appointments)
        own.person("admin.kedua", administers=True)
        session.execute(sql("UPDATE people SET password_hash = 'x' WHERE username = 'admin.kedua'"))


@pytest.fixture
def admin(desk: Callable[[str], FlaskClient]) -> FlaskClient:
    return desk("admin")


def begin(client: FlaskClient, **form: object) -> str:
    """The address of a new draft."""
    answer = client.post("/admin/drafts/", data=form)
    assert answer.status_code == 303
    return str(answer.location)


def save(client: FlaskClient, address: str, source: str, revision: int = 1) -> object:
    return client.post(address, data={"source": source, "revision": revision})


def new_text(number: int) -> str:
    """A sound text of a workflow of its own."""
    return FRAME.replace("key: new-workflow", f"key: trial-{number}", 1)


def test_every_problem_and_finding_has_a_sentence() -> None:
    assert set(definition_words.PROBLEMS) == set(problems.WORDS)
    assert set(finding_words.FINDINGS) == set(findings.WORDS)


@pytest.mark.parametrize("code", problems.WORDS)
def test_a_problem_says_all_that_is_known_of_it(app: Alur, code: str) -> None:
    names = re.findall(r"\{(\w+)\}", problems.WORDS[code])
    found = Problem(3, "deciding", code, {name: f"<{name}>" for name in names})
    for language in ("id", "en"):
        with app.test_request_context(), force_locale(language):
            told = definition_words.placed(found)
        assert "%" not in told
        assert "3" in told
        for name in set(names) - {"message"}:
            assert f"<{name}>" in told


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_a_finding_is_told_with_its_way_in_both_languages(app: Alur, case: object) -> None:
    said = {}
    for language in ("id", "en"):
        with app.test_request_context(), force_locale(language):
            said[language] = [finding_words.told(f) for f in examine(case.text).findings]  # type: ignore[attr-defined]
        assert all("%(" not in told.sentence for told in said[language])
    for indonesian, english in zip(said["id"], said["en"], strict=True):
        assert indonesian.sentence != english.sentence
        assert len(indonesian.acts) == len(english.acts)


def test_every_expected_shape_has_words() -> None:
    source = "".join(path.read_text() for path in Path("states").glob("*.py"))
    shapes = set(re.findall(r'expected ?= ?"([^"]+)"', source))
    shapes |= set(re.findall(r'_wrong\([^"]*"([^"]+)"\)', source))
    assert shapes <= set(definition_words.EXPECTED)
    assert len(shapes) >= 8


def test_a_draft_shows_its_findings_on_the_picture_and_the_way_there(
    admin: FlaskClient,
) -> None:
    address = begin(admin)
    save(admin, address, STUCK.text)
    page = admin.get(address).text
    assert "Dari sini tidak ada akhir" in page
    assert "Jalan terpendek ke sana" in page
    assert 'class="step step-plain is-here"' in page
    assert "● Temuan" in page


def test_the_way_to_a_finding_is_drawn_without_a_script(admin: FlaskClient) -> None:
    address = begin(admin)
    save(admin, address, STUCK.text)
    link = re.search(r'href="([^"]+\?finding=1#picture-title)"', admin.get(address).text)
    assert link is not None
    page = admin.get(link.group(1)).text
    assert 'class="edge edge-forward on-way"' in page
    assert 'class="way-word"' in page
    assert re.search(r"Jalan: 1 [\w ]+, 2 [\w ]+", page)
    assert "Kembali ke semua temuan" in page
    for nothing in ("0", "99", "x"):
        assert "on-way" not in admin.get(f"{address}?finding={nothing}").text


def test_what_was_typed_and_not_saved_is_not_lost_to_a_link(admin: FlaskClient) -> None:
    address = begin(admin)
    refused = admin.post(address, data={"source": STUCK.text, "revision": 7})
    assert refused.status_code == 409
    assert "finding=1" not in refused.text


def test_what_cannot_be_read_is_told_with_line_and_step(admin: FlaskClient) -> None:
    address = begin(admin)
    save(admin, address, STUCK.text.replace("go: asking", "go: askin"))
    page = admin.get(address).text
    assert re.search(r"baris \d+, langkah waiting: Di sini tidak ada langkah “askin”", page)
    assert 'class="line-wrong"' in page
    assert "go: askin" in page


def test_a_workflow_is_written_by_one_and_approved_by_another(
    admin: FlaskClient, desk: Callable[[str], FlaskClient]
) -> None:
    address = begin(admin)
    save(admin, address, new_text(1))
    submitted = admin.post(f"{address}/submit", data={"revision": 2})
    assert submitted.status_code == 303
    assert admin.post(f"{address}/approve", data={"revision": 2}).status_code == 403
    second = desk("admin.kedua")
    assert f'href="{address}"' in second.get("/").text
    assert "Setujui dan terbitkan" in second.get(address).text
    refused = second.post(f"{address}/send-back", data={"reason": ""})
    assert refused.status_code == 422
    assert "Ini harus diisi" in refused.text
    second.post(f"{address}/send-back", data={"reason": "Langkah ketiga kurang jelas"})
    assert "Langkah ketiga kurang jelas" in admin.get(address).text
    admin.post(f"{address}/submit", data={"revision": 2})
    assert second.post(f"{address}/approve", data={"revision": 2}).status_code == 303
    assert f'href="{address}"' not in second.get("/").text
    version = re.search(r"/admin/workflows/\d+", second.get(address).text)
    assert version is not None
    page = admin.get(version.group()).text
    assert "ditulis oleh Ibu admin, disetujui oleh Ibu admin.kedua" in page
    assert "trial-1" in admin.get("/admin/workflows").text
    assert "isi keduanya sama" in admin.get(f"{version.group()}/changes").text
    again = begin(admin, version_id=version.group().rpartition("/")[2])
    save(admin, again, new_text(1).replace("within: 3 working", "within: 4 working"))
    admin.post(f"{again}/submit", data={"revision": 2})
    assert "semula 3 hari kerja, menjadi 4 hari kerja" in second.get(again).text
    second.post(f"{again}/approve", data={"revision": 2})
    newer = re.search(r"/admin/workflows/\d+", second.get(again).text)
    assert newer is not None
    assert "Perbedaan dengan versi 1" in admin.get(newer.group()).text
    for page in ("", f"?from={version.group().rpartition('/')[2]}"):
        said = admin.get(f"{newer.group()}/changes{page}").text
        assert "semula 3 hari kerja, menjadi 4 hari kerja" in said


def test_a_draft_with_an_error_is_not_submitted(admin: FlaskClient) -> None:
    address = begin(admin)
    save(admin, address, STUCK.text)
    answer = admin.post(f"{address}/submit", data={"revision": 2})
    assert answer.status_code == 422
    assert "Kesalahan harus diperbaiki dulu" in answer.text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (FRAME.replace("new-workflow", "trial-9"), None),
        (ASKED, "Tidak ada yang menyatakan"),
        (
            FRAME.replace("{agency: planning,", "{agency: spbe_team,"),
            "tidak ada yang dapat bekerja",
        ),
        (FRAME.replace("subject: proposal\n", ""), "belum dapat dibaca"),
    ],
)
def test_the_button_is_there_when_the_draft_would_be_taken_and_else_what_is_in_the_way(
    admin: FlaskClient, text: str, why: str | None
) -> None:
    address = begin(admin)
    save(admin, address, text)
    page = admin.get(address).text
    assert ("Ajukan untuk persetujuan" in page) is (why is None)
    if why is not None:
        form = page.partition(f'action="{address}/submit"')[2].partition("</form>")[0]
        assert why in form
        assert admin.post(f"{address}/submit", data={"revision": 2}).status_code == 422


def test_two_who_write_do_not_overwrite_each_other(
    admin: FlaskClient, desk: Callable[[str], FlaskClient]
) -> None:
    address = begin(admin)
    save(admin, address, new_text(2))
    late = save(desk("admin.kedua"), address, new_text(3) + "# mine\n")
    assert late.status_code == 409  # type: ignore[attr-defined]
    assert "Ibu admin menyimpan konsep ini" in late.text  # type: ignore[attr-defined]
    assert "# mine" in late.text  # type: ignore[attr-defined]
    assert "-key: trial-2" in late.text  # type: ignore[attr-defined]
    assert "+key: trial-3" in late.text  # type: ignore[attr-defined]
    assert 'name="revision" value="2"' in late.text  # type: ignore[attr-defined]
    assert "key: trial-2" in admin.get(f"{address}/text").text


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_text_goes_in_and_out_byte_by_byte(admin: FlaskClient, end: str, mark: str) -> None:
    address = begin(admin)
    sent = (mark + "# Perihal: usulan – é\n\n" + new_text(4)).replace("\n", end).encode()
    form = {"file": (BytesIO(sent), "alur.yaml"), "revision": 1}
    assert admin.post(address, data=form, content_type="multipart/form-data").status_code == 303
    assert admin.get(f"{address}/text").data == sent
    typed = sent.decode().replace("\r\n", "\n").replace("\n", "\r\n")
    save(admin, address, typed, revision=2)
    assert admin.get(f"{address}/text").data == sent


def test_a_file_that_is_no_text_is_refused(admin: FlaskClient) -> None:
    address = begin(admin)
    form = {"file": (BytesIO(b"\xff\xfe\x00"), "alur.yaml"), "revision": 1}
    answer = admin.post(address, data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Ini bukan teks" in answer.text


def test_a_version_can_be_downloaded_and_a_draft_begun_from_it(
    admin: FlaskClient, app: Alur
) -> None:
    with app.database.sessions() as session:
        newest = sql(
            "SELECT id, source FROM workflow_versions WHERE key = 'program-proposal'"
            " ORDER BY number DESC LIMIT 1"
        )
        version_id, source = session.execute(newest).one()
    answer = admin.get(f"/admin/workflows/{version_id}/text")
    assert answer.data == source.encode()
    assert "attachment" in answer.headers["Content-Disposition"]
    address = begin(admin, version_id=version_id)
    assert admin.get(f"{address}/text").data == source.encode()
    assert "Tidak ada: isi keduanya sama." in admin.get(address).text
    edited = source.replace("initial: endorsing, ", "initial: {to: endorsing, needs: [comment]}, ")
    save(admin, address, edited)
    assert "Verifikasi internal, “Paraf”: yang wajib disertakan" in admin.get(address).text
    assert admin.post(f"{address}/discard").status_code == 303
    assert admin.post("/admin/drafts/", data={"version_id": 987_654}).status_code == 404


@pytest.mark.parametrize("action", ["", "submit", "take-back", "approve", "send-back", "discard"])
def test_a_draft_that_is_not_there_is_not_found(admin: FlaskClient, action: str) -> None:
    assert admin.post(f"/admin/drafts/987654/{action}".rstrip("/")).status_code == 404


def test_who_decides_cases_neither_writes_nor_approves(
    admin: FlaskClient, desk: Callable[[str], FlaskClient]
) -> None:
    address = begin(admin)
    head = desk("head.bapperida")
    for action in ("", "/submit", "/take-back", "/approve", "/send-back", "/discard"):
        assert head.post(f"{address}{action}", data={"source": "x"}).status_code == 403
    assert head.get(address).status_code == 403
    assert head.post("/admin/drafts/").status_code == 403


def test_the_pages_ask_little_of_the_database(admin: FlaskClient, app: Alur) -> None:
    address = begin(admin)
    save(admin, address, STUCK.text)
    for page, most in ((address, 14), ("/admin/workflows", 7)):
        admin.get(page)
        with statements(app.database) as said:
            admin.get(page)
        assert len(said) <= most, said


@pytest.fixture(scope="module", autouse=True)
def _discarded(city_database: Database) -> Iterator[None]:
    """No draft of these tests is left for others to meet."""
    yield
    with city_database.sessions.begin() as session:
        session.execute(
            sql("UPDATE drafts SET status = 'discarded' WHERE status IN ('draft', 'in_approval')")
        )
        session.execute(
            sql("UPDATE workflow_versions SET status = 'retired' WHERE key LIKE 'trial-%'")
        )


def test_every_event_of_a_draft_has_words() -> None:
    modules = ("drafts", "draft_history", "scenarios")
    written = "".join(Path(f"workflow/{name}.py").read_text() for name in modules)
    kinds = set(
        re.findall(
            r'"((?:draft|version|scenario)_\w+(?:ed|one)|draft_\w+_back|draft_begun)"', written
        )
    )
    assert kinds == set(EVENTS)
