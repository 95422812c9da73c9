"""Proposals: begun with a title, saved with gaps, never losing what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from blueprints.amounts import read_figure, read_rupiah, write_figure, write_rupiah
from blueprints.proposal_words import FIELDS, SECTIONS
from tests.blueprints import papers
from tests.blueprints.conftest import NOW, words
from tests.blueprints.papers import Papers
from tests.databases import statements
from tests.workflow.factories import City
from workflow import engine, proposals
from workflow.database import Database
from workflow.document import ProposalDocument
from workflow.models import Point
from workflow.proposals import register

Desk = Callable[[str], FlaskClient]


def typed(response: TestResponse) -> dict[str, Any]:
    """The form as a browser would send it back."""
    form = response.text.partition('<form method="post" class="edit-form"')[2]
    sent: dict[str, Any] = {}
    for mark in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', mark), re.search(r'value="([^"]*)"', mark)
        is_box = 'type="checkbox"' in mark or 'type="radio"' in mark
        if name and (not is_box or " checked" in mark):
            sent.setdefault(name[1], []).append(value[1] if value else "")
    texts = r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>'
    sent |= dict(re.findall(texts, form, re.DOTALL))
    lists = r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>'
    for name, body in re.findall(lists, form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        sent[name] = chosen[1] if chosen else ""
    return sent


def stored(database: Database, found: Papers) -> dict[str, Any]:
    """The document as it is kept."""
    with database.sessions() as session:
        return dict(proposals.read(session, found.proposal_id).document)


def test_every_field_of_the_document_stands_in_one_section_of_the_form() -> None:
    shown = [name for _title, names in SECTIONS.values() for name in names]
    assert sorted(shown) == sorted(ProposalDocument.model_fields)
    assert set(shown) == set(FIELDS)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1.500.000", 1_500_000), ("Rp 1.500.000", 1_500_000), ("Rp1500000,00", 1_500_000), ("0", 0)],
)
def test_rupiah_are_read_as_people_type_them(text: str, amount: int) -> None:
    assert read_rupiah(text) == amount


@pytest.mark.parametrize("text", ["1,5 juta", "1.50", "-5", "abc", "1,234"])
def test_what_is_not_whole_rupiah_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        read_rupiah(text)


@pytest.mark.parametrize(
    ("text", "figure"), [("12,5", "12.5"), ("12.5", "12.5"), ("1.250", "1250"), ("-3", "-3")]
)
def test_figures_take_a_decimal_comma(text: str, figure: str) -> None:
    assert read_figure(text) == figure


def test_amounts_are_shown_as_they_are_typed() -> None:
    assert write_rupiah(1_234_567) == "1.234.567"
    assert write_figure("1250.5") == "1.250,5"
    assert write_figure("-0.5") == "-0,5"


def test_a_title_is_enough_to_begin(desk: Desk, city: City) -> None:
    client = desk("operator.dinkes")
    appointment = city.appointments["operator.dinkes@operator.dinkes"]
    sent = {"title": "Antrean tanpa kertas", "appointment_id": appointment}
    answer = client.post("/proposals/", data=sent)
    assert answer.status_code == 303
    assert "Yang masih kurang" in words(client.get(answer.location))


def test_without_a_title_nothing_begins(desk: Desk, city: City) -> None:
    sent = {"title": " ", "appointment_id": city.appointments["operator.dinkes@operator.dinkes"]}
    answer = desk("operator.dinkes").post("/proposals/", data=sent)
    assert answer.status_code == 422
    assert 'href="#f-title"' in answer.text


def test_whoever_drafts_for_no_agency_is_not_offered_the_page(desk: Desk) -> None:
    assert desk("clerk.bapperida").get("/proposals/new").status_code == 403
    assert "/proposals/new" not in desk("clerk.bapperida").get("/proposals/").text


def test_a_draft_is_saved_with_its_gaps_and_shows_them(
    desk: Desk, case: Any, city_database: Database
) -> None:
    found = case()
    client = desk("operator.dinkes")
    sent = typed(client.get(f"/proposals/{found.proposal_id}/edit"))
    sent |= {"problem": "Belum ada data.", "budget-0-amount": "Rp 1.234.567"}
    answer = client.post(f"/proposals/{found.proposal_id}/edit", data=sent)
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert 'href="#f-problem"' in page.text
    assert 'value="1.234.567"' in page.text
    assert "Rp\N{NO-BREAK SPACE}1.234.567" in page.text
    document = stored(city_database, found)
    assert document["problem"] == "Belum ada data."
    assert document["budget"] == [{"year": 2027, "source": "PAD", "amount": 1_234_567}]


def test_saving_what_was_loaded_changes_nothing(
    desk: Desk, case: Any, city_database: Database
) -> None:
    found = case()
    before = stored(city_database, found)
    client = desk("operator.dinkes")
    sent = typed(client.get(f"/proposals/{found.proposal_id}/edit"))
    assert client.post(f"/proposals/{found.proposal_id}/edit", data=sent).status_code == 303
    assert stored(city_database, found) == before


def test_nothing_typed_is_lost_when_something_cannot_be_read(
    desk: Desk, case: Any, city_database: Database
) -> None:
    found = case()
    client = desk("operator.dinkes")
    sent = typed(client.get(f"/proposals/{found.proposal_id}/edit"))
    sent |= {"budget-0-amount": "satu juta", "objective": "Tulisan yang panjang sekali."}
    answer = client.post(f"/proposals/{found.proposal_id}/edit", data=sent)
    assert answer.status_code == 422
    assert 'value="satu juta"' in answer.text
    assert 'href="#f-budget-0-amount">Pagu indikatif per tahun dan sumber, baris 1: Jumlah: ' in (
        answer.text
    )
    assert "Tulisan yang panjang sekali.</textarea>" in answer.text
    assert stored(city_database, found)["budget"][0]["amount"] == 150_000_000


def test_what_the_document_refuses_is_said_beside_its_box(desk: Desk, case: Any) -> None:
    found = case()
    client = desk("operator.dinkes")
    sent = typed(client.get(f"/proposals/{found.proposal_id}/edit"))
    sent |= {"supporting_agencies-0-code": "dinkes", "supporting_agencies-0-role": "Membantu"}
    answer = client.post(f"/proposals/{found.proposal_id}/edit", data=sent)
    assert answer.status_code == 422
    assert 'href="#f-supporting_agencies-0-code"' in answer.text


def test_rows_are_added_and_taken_out_without_scripts_and_without_saving(
    desk: Desk, case: Any, city_database: Database
) -> None:
    found = case()
    client = desk("operator.dinkes")
    address = f"/proposals/{found.proposal_id}/edit"
    sent = typed(client.get(address)) | {"objective": "Sedang ditulis."}
    more = client.post(address, data=sent | {"add": "budget"})
    assert more.status_code == 200
    assert 'name="budget-1-amount"' in more.text
    assert "Sedang ditulis.</textarea>" in more.text
    less = client.post(address, data=typed(more) | {"remove": "budget-0"})
    assert 'name="budget-0-amount"' not in less.text
    assert stored(city_database, found)["objective"] != "Sedang ditulis."


def test_when_somebody_else_saved_meanwhile_both_are_shown(
    desk: Desk, case: Any, city: City, city_database: Database
) -> None:
    found = case()
    client = desk("operator.dinkes")
    address = f"/proposals/{found.proposal_id}/edit"
    sent = typed(client.get(address)) | {"objective": "Tujuan menurut saya."}
    other = typed(client.get(address)) | {"objective": "Tujuan menurut rekan."}
    assert client.post(address, data=other).status_code == 303
    answer = client.post(address, data=sent)
    assert answer.status_code == 409
    assert "Tujuan menurut rekan." in words(answer)
    assert "Tujuan menurut saya.</textarea>" in answer.text
    assert client.post(address, data=typed(answer)).status_code == 303
    assert stored(city_database, found)["objective"] == "Tujuan menurut saya."


def test_only_who_drafts_may_edit(desk: Desk, case: Any) -> None:
    found = case()
    assert desk("head.dinkes").get(f"/proposals/{found.proposal_id}/edit").status_code == 403
    assert desk("operator.dinsos").get(f"/proposals/{found.proposal_id}/edit").status_code == 404


def test_returned_points_stand_beside_their_fields_and_answers_are_kept(
    desk: Desk, case: Any, city_database: Database
) -> None:
    found = case(papers.RETURNED)
    client = desk("operator.dinkes")
    address = f"/proposals/{found.proposal_id}/edit"
    page = client.get(address)
    assert page.text.index('id="f-problem"') < page.text.index("Sebutkan sumber data.")
    sent = typed(page) | {"answers-1": "Sumber: survei 2025."}
    sent["problem"] = str(sent["problem"]) + " Sumber: survei kepuasan."
    assert client.post(address, data=sent).status_code == 303
    assert "Sumber: survei 2025.</textarea>" in client.get(address).text
    case = client.get(f"/cases/{found.case_id}")
    assert "Sumber: survei 2025.</textarea>" in case.text
    with city_database.sessions() as session:
        (point,) = session.scalars(select(Point).where(Point.case_id == found.case_id))
        assert point.answered_at is None


def test_a_revision_is_sent_with_its_answers(
    desk: Desk, case: Any, city_database: Database
) -> None:
    found = case(papers.RETURNED)
    client = desk("operator.dinkes")
    with city_database.sessions() as session:
        version = engine.state(session, found.case_id).version
    sent = {"action": "resubmit", "track": "", "version": version, "request_id": "kirim-perbaikan"}
    answer = client.post(f"/cases/{found.case_id}/actions", data=sent | {"answers-1": "Sudah."})
    assert answer.status_code == 303
    with city_database.sessions() as session:
        (point,) = session.scalars(select(Point).where(Point.case_id == found.case_id))
        assert (point.answer, point.answered_at) == ("Sudah.", NOW)


def test_the_list_shows_what_is_open_to_the_reader_and_is_searched(desk: Desk, case: Any) -> None:
    found = case()
    own = desk("operator.dinkes").get("/proposals/?q=keliling")
    assert f"/cases/{found.case_id}" in own.text
    assert f"/cases/{found.case_id}" not in desk("operator.dinsos").get("/proposals/").text
    assert "Tidak ada usulan" in words(desk("operator.dinkes").get("/proposals/?q=zzzz"))


@pytest.mark.parametrize("state", ["draft", "running", "approved", "rejected", "ended"])
def test_the_list_is_narrowed_by_state(state: str, desk: Desk, case: Any) -> None:
    begun, submitted = case(), case(papers.TO_REVIEW)
    page = desk("operator.dinkes").get(f"/proposals/?state={state}").text
    assert (f'"/cases/{begun.case_id}"' in page) is (state == "draft")
    assert (f'"/cases/{submitted.case_id}"' in page) is (state == "running")


def test_the_list_goes_on_after_its_last_row(desk: Desk, case: Any) -> None:
    first, second = case(), case()
    page = desk("operator.dinkes").get(f"/proposals/?after={second.proposal_id}").text
    assert f'"/cases/{first.case_id}"' in page
    assert f'"/cases/{second.case_id}"' not in page


def test_the_list_costs_the_same_however_many_proposals_there_are(
    desk: Desk, case: Any, city_database: Database
) -> None:
    def cost() -> int:
        with statements(city_database) as said:
            client.get("/proposals/")
        return len(said)

    case(), case(papers.TO_REVIEW)
    client = desk("operator.dinkes")
    client.get("/proposals/")
    before = cost()
    case(), case(papers.TO_REVIEW)
    assert cost() == before <= 8


def test_the_list_reads_no_more_proposals_than_it_shows(
    case: Any, city: City, city_database: Database
) -> None:
    for _ in range(4):
        case()
    read: list[int] = []

    def note(_c: Any, cursor: Any, *_rest: Any) -> None:
        read.append(cursor.rowcount)

    event.listen(city_database.engine, "after_cursor_execute", note)
    with city_database.sessions() as session:
        page = register.page(session, city.people["operator.dinkes"], NOW, limit=2)
    event.remove(city_database.engine, "after_cursor_execute", note)
    assert len(page.rows) == 2
    assert read[-1] == 3  # the page, and one to know that there is more


def test_a_proposal_is_read_on_the_page_of_its_case(desk: Desk, case: Any) -> None:
    found = case()
    answer = desk("operator.dinkes").get(f"/proposals/{found.proposal_id}")
    assert answer.location.endswith(f"/cases/{found.case_id}")
