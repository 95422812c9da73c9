"""The page of a case: who has it, what may be done, what happens to what was typed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from blueprints.edge import Alur
from states import library
from states.definition import Duration
from tests.blueprints import papers
from tests.blueprints.conftest import NOW, words
from tests.blueprints.papers import Papers
from tests.databases import statements
from tests.workflow.factories import City
from workflow import engine
from workflow.calendar import Calendar
from workflow.database import Database
from workflow.delivery import relay
from workflow.models import Case, Event, OutboxMessage, Task

Desk = Callable[[str], FlaskClient]


def form_of(response: TestResponse, action: str, track: str = "") -> dict[str, str]:
    """The hidden fields of an action's form."""
    key = f'id="f-{track or "main"}-{action}"'
    assert key in response.text, f"{action} is not offered"
    part = response.text.partition(key)[2].partition("</details>")[0]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', part))


def decide(
    client: FlaskClient, found: Papers, action: str, track: str = "", **typed: Any
) -> TestResponse:
    """Send an action's form as the page draws it."""
    hidden = form_of(client.get(f"/cases/{found.case_id}"), action, track)
    return client.post(f"/cases/{found.case_id}/actions", data={**hidden, **typed})


def test_the_page_says_who_has_it_since_when_and_until_when(desk: Desk, case: Any) -> None:
    found = case(papers.TO_REVIEW[:1])
    page = words(desk("operator.dinkes").get(f"/cases/{found.case_id}"))
    assert "Di tangan secretary dinkes" in page
    assert "sejak 23 November 2026" in page
    assert "batas 25 November 2026 16.00 WIB" in page


def test_the_day_of_a_deadline_is_explained(desk: Desk, case: Any) -> None:
    found = case(papers.TO_REVIEW[:1])
    client = desk("head.dinkes")
    address = re.search(
        r'href="(/cases/\d+/due/[^"]+)"', client.get(f"/cases/{found.case_id}").text
    )
    assert address is not None
    page = words(client.get(address[1]))
    assert "Hari penerimaan: hari ke-0" in page
    assert "Rabu, 25 November 2026" in page
    assert "Dihitung dengan kalender versi pertama." in page


def test_only_what_may_be_done_is_a_form_and_the_rest_says_who_can(desk: Desk, case: Any) -> None:
    found = case(papers.TO_REVIEW[:1])
    page = desk("operator.dinkes").get(f"/cases/{found.case_id}")
    assert 'id="f-main-initial"' not in page.text
    assert "Yang berwenang: secretary dinkes" in words(page)
    assert 'id="f-main-initial"' in desk("secretary.dinkes").get(f"/cases/{found.case_id}").text


def test_a_decision_ends_in_a_receipt_that_can_be_opened_again(desk: Desk, case: Any) -> None:
    found = case(papers.TO_REVIEW[:2])
    client = desk("head.dinkes")
    answer = decide(client, found, "submit")
    assert answer.status_code == 303
    page = words(client.get(answer.location))
    assert "Tercatat: Diajukan" in page
    assert re.search(r"USL/2026/\d{4}", page)
    assert "Pemeriksaan kelengkapan: clerk bapperida" in page
    assert desk("clerk.bapperida").get(answer.location).status_code == 404


def test_a_decision_stands_when_no_message_can_leave(
    app: Alur, desk: Desk, case: Any, city_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_broker(_message_id: int) -> None:
        raise ConnectionError("the broker does not answer")

    found = case(papers.TO_REVIEW[:2])
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    running = {relay.Relay(city_database.sessions, lambda: NOW, no_broker)}
    monkeypatch.setattr(relay, "_running", running)
    assert decide(desk("head.dinkes"), found, "submit").status_code == 303
    with city_database.sessions() as session:
        case_now = session.get_one(Case, found.case_id)
        assert case_now.step == "checking"
        key = f"announce:{found.case_id}:{case_now.journal_seq}"
        waiting = select(OutboxMessage.done_at).where(OutboxMessage.key == key)
        assert session.scalars(waiting).all() == [None]


def test_a_repeated_click_is_the_same_decision(
    desk: Desk, case: Any, city_database: Database
) -> None:
    found = case()
    client = desk("operator.dinkes")
    hidden = form_of(client.get(f"/cases/{found.case_id}"), "forward")
    answers = [client.post(f"/cases/{found.case_id}/actions", data=hidden) for _ in range(3)]
    assert {answer.location for answer in answers} == {answers[0].location}
    with city_database.sessions() as session:
        assert engine.state(session, found.case_id).step == "verifying"


def test_what_is_missing_is_said_beside_its_box_and_nothing_is_lost(desk: Desk, case: Any) -> None:
    found = case(papers.TO_PLANNING_HEAD)
    client = desk("head.bapperida")
    answer = decide(client, found, "reject", "planning", reason="", criterion="budget")
    assert answer.status_code == 422
    assert 'href="#f-planning-reject-reason"' in answer.text
    assert re.search(r'value="budget" selected', answer.text)


def test_a_half_filled_checklist_comes_back_with_every_open_item(desk: Desk, case: Any) -> None:
    found = case(papers.TO_REVIEW)
    typed = {
        "checklist-1-answer": "yes",
        "checklist-2-answer": "no",
        "checklist-3-note": "Lampiran",
    }
    answer = decide(desk("reviewer.bapperida"), found, "recommend", "planning", **typed)
    assert answer.status_code == 422
    linked = re.findall(r'href="#f-planning-recommend-checklist-(\d+)"', answer.text)
    assert linked == ["2", "3"]
    assert "16 butir belum dijawab, mulai dari butir 3." in words(answer)
    wrong = re.findall(r'field-wrong" id="f-planning-recommend-checklist-(\d+)"', answer.text)
    assert wrong == [str(number) for number in range(2, 19)]
    assert ">Lampiran</textarea>" in answer.text


def test_points_are_added_row_by_row_without_deciding(
    desk: Desk, case: Any, city_database: Database
) -> None:
    found = case(papers.TO_REVIEW[:3])
    client = desk("clerk.bapperida")
    answer = decide(client, found, "return", **{"points-0-text": "Lampirkan KAK.", "add": "points"})
    assert answer.status_code == 200
    assert "Lampirkan KAK.</textarea>" in answer.text
    assert 'name="points-1-text"' in answer.text
    with city_database.sessions() as session:
        assert engine.state(session, found.case_id).step == "checking"


def test_returned_points_are_numbered_and_tied_to_their_fields(desk: Desk, case: Any) -> None:
    found = case(papers.TO_REVIEW[:3])
    typed = {
        "points-0-text": "Lampirkan KAK.",
        "points-0-field": "",
        "points-1-text": "Sebutkan sumber data.",
        "points-1-field": "problem",
    }
    answer = decide(desk("clerk.bapperida"), found, "return", **typed)
    assert answer.status_code == 303
    page = words(desk("operator.dinkes").get(f"/cases/{found.case_id}"))
    assert "Sebutkan sumber data. Masalah prioritas" in page


def test_people_are_chosen_for_a_study(desk: Desk, case: Any, city: City) -> None:
    found = case(papers.TO_REVIEW)
    client = desk("secretary.diskominfo")
    assert decide(client, found, "dispose", "ict").status_code == 422
    picks = {"picks": str(city.people["reviewer.diskominfo"])}
    assert decide(client, found, "dispose", "ict", **picks).status_code == 303
    page = desk("reviewer.diskominfo").get(f"/cases/{found.case_id}")
    assert 'id="f-ict-hand_in"' in page.text


def test_whoever_comes_second_is_told_who_decided_and_keeps_the_words(
    desk: Desk, case: Any, city: City, city_database: Database
) -> None:
    found = case(papers.TO_REVIEW[:3])
    client = desk("clerk.bapperida")
    hidden = form_of(client.get(f"/cases/{found.case_id}"), "return")
    papers.brought(city, city_database, found, papers.TO_REVIEW[3:])
    typed = {"points-0-text": "Kerangka acuan belum ada."}
    answer = client.post(f"/cases/{found.case_id}/actions", data={**hidden, **typed})
    assert answer.status_code == 409
    assert "Ibu clerk.bapperida" in words(answer)
    assert "Kerangka acuan belum ada.</textarea>" in answer.text


def test_a_decision_on_the_other_track_leaves_the_typed_words_in_their_form(
    desk: Desk, case: Any, city: City, city_database: Database
) -> None:
    found = case(papers.TO_PLANNING_HEAD)
    client = desk("head.bapperida")
    hidden = form_of(client.get(f"/cases/{found.case_id}"), "reject", "planning")
    papers.brought(city, city_database, found, papers.RETURNED[6:7])
    typed = {"reason": "Pagu tidak cukup.", "criterion": "budget"}
    answer = client.post(f"/cases/{found.case_id}/actions", data={**hidden, **typed})
    assert answer.status_code == 409
    again = form_of(answer, "reject", "planning")
    assert "Pagu tidak cukup.</textarea>" in answer.text
    assert int(again["version"]) == int(hidden["version"]) + 1
    second = client.post(f"/cases/{found.case_id}/actions", data={**again, **typed})
    assert second.status_code == 303


def test_a_refused_attempt_is_told_and_journalled(
    desk: Desk, case: Any, city_database: Database
) -> None:
    found = case()
    client = desk("head.dinkes")
    data = {"action": "forward", "track": "", "version": "1", "request_id": "keluar-jalur"}
    answer = client.post(f"/cases/{found.case_id}/actions", data=data)
    assert answer.status_code == 403
    with city_database.sessions() as session:
        kinds = session.query(Event.kind).filter_by(case_id=found.case_id).order_by(Event.seq)
        assert [kind for (kind,) in kinds][-1] == "attempt_refused"


def test_the_owner_waits_for_the_words_of_an_open_review(desk: Desk, case: Any) -> None:
    found = case(papers.RETURNED[:6])
    owner = words(desk("head.dinkes").get(f"/cases/{found.case_id}"))
    reviewer = words(desk("head.bapperida").get(f"/cases/{found.case_id}"))
    assert "Dikembalikan, pada" in reviewer
    assert "Dikembalikan, pada" not in owner
    assert "isinya terbuka setelah semua penelaah selesai" in owner
    assert "Sebutkan sumber data." in reviewer
    assert "Sebutkan sumber data." not in owner


def test_a_verdict_in_one_track_says_that_the_others_are_awaited(desk: Desk, case: Any) -> None:
    found = case(papers.TO_PLANNING_HEAD)
    page = desk("head.bapperida").get(f"/cases/{found.case_id}").text
    summary = page.partition('id="f-planning-approve"')[2].partition("</summary>")[0]
    assert "dicatat, lalu menunggu Teknis (TIK)" in summary


def test_a_submitted_proposal_can_be_read_as_it_was(desk: Desk, case: Any) -> None:
    found = case(papers.TO_REVIEW)
    page = words(desk("head.diskominfo").get(f"/cases/{found.case_id}/snapshots/1"))
    assert "Sebagaimana diajukan oleh Ibu head.dinkes" in page
    assert re.search(r"[0-9a-f]{64}", page)
    assert desk("head.diskominfo").get(f"/cases/{found.case_id}/snapshots/2").status_code == 404


def test_a_draft_is_not_known_outside_its_agency(desk: Desk, case: Any) -> None:
    found = case()
    assert desk("head.bapperida").get(f"/cases/{found.case_id}").status_code == 404
    assert desk("head.dinsos").get(f"/cases/{found.case_id}").status_code == 404


def test_the_picture_marks_where_the_case_stands_and_the_table_says_it(
    desk: Desk, case: Any
) -> None:
    found = case(papers.TO_REVIEW)
    page = desk("head.bapperida").get(f"/cases/{found.case_id}").text
    assert page.count("is-here") >= 2
    assert page.count('aria-current="step"') >= 2


@pytest.mark.parametrize(
    "username", ["head.bapperida", "head.dinkes", "reviewer.bapperida", "admin"]
)
def test_the_page_costs_at_most_twelve_statements(
    username: str, desk: Desk, case: Any, city_database: Database
) -> None:
    found = case(papers.TO_PLANNING_HEAD)
    client = desk(username)
    client.get(f"/cases/{found.case_id}")
    with statements(city_database) as said:
        assert client.get(f"/cases/{found.case_id}").status_code == 200
    assert len(said) <= 12, "\n\n".join(said)


def test_whoever_has_the_ball_meets_the_panel_before_the_document(desk: Desk, case: Any) -> None:
    found = case(papers.TO_PLANNING_HEAD)

    def order(post: str) -> list[str]:
        page = desk(post).get(f"/cases/{found.case_id}").text
        return re.findall(r' id="(decide|document)"', page)

    assert order("head.bapperida") == ["decide", "document"]
    assert order("head.dinkes") == ["document", "decide"]


def test_what_may_be_done_at_any_time_is_not_taken_for_a_turn(desk: Desk, case: Any) -> None:
    found = case(papers.TO_PLANNING_HEAD)
    page = desk("head.dinkes").get(f"/cases/{found.case_id}")
    assert "Belum ada yang perlu Anda lakukan di sini" in words(page)
    assert "Berkas menunggu" in words(page)
    assert "Tindakan lain yang terbuka bagi Anda" in words(page)
    form = page.text.partition('id="f-main-withdraw"')[0].rpartition("<details")[2]
    assert " open" not in form


def test_closed_actions_are_told_once_for_the_same_reason(desk: Desk, case: Any) -> None:
    found = case(papers.TO_PLANNING_HEAD)
    page = words(desk("head.diskominfo").get(f"/cases/{found.case_id}"))
    assert page.count("Yang berwenang: head bapperida") == 1
    assert "Kembalikan, Tolak, Setujui, Setujui dengan catatan" in page


def test_a_question_stands_beside_its_answer_which_is_needed(desk: Desk, case: Any) -> None:
    ask = ("reviewer.bapperida", "ask", "planning", {"question": "Dari mana datanya?"})
    found = case((*papers.TO_REVIEW, ask))
    client = desk("operator.dinkes")
    page = words(client.get(f"/cases/{found.case_id}"))
    assert "Pertanyaan: Dari mana datanya?" in page.partition("Jawab klarifikasi")[0]
    answer = decide(client, found, "answer", "planning")
    assert answer.status_code == 422
    assert "Keterangan: Ini harus diisi." in words(answer)
    said = decide(client, found, "answer", "planning", comment="Dari survei 2025.")
    assert said.status_code == 303


def test_an_extended_deadline_is_explained_from_its_beginning(
    desk: Desk, case: Any, city_database: Database
) -> None:
    found = case(papers.TO_REVIEW[:1])
    with city_database.sessions.begin() as session:
        task = session.scalars(
            select(Task).where(Task.case_id == found.case_id, Task.path == "verifying")
        ).one()
        assert task.due_at is not None
        start, length = task.due_at.astimezone(NOW.tzinfo), Duration(3, "working_days")
        more = Calendar.load(session).due(start, length, "five", facts={})
        task.due_at = more.at
        task.due_explained = {**more.explained, "earlier": task.due_explained}
    page = words(desk("head.dinkes").get(f"/cases/{found.case_id}/due/verifying/1/0"))
    assert "Langkah ini diberi waktu 2 hari kerja" in page
    assert "Diperpanjang 3 hari kerja, dihitung dari batas waktu itu." in page
    assert page.index("Rabu, 25 November 2026") < page.index("Senin, 30 November 2026")


def test_the_days_to_come_are_told_to_who_sees_the_case(desk: Desk, case: Any) -> None:
    found = case(papers.TO_REVIEW[:1])
    client = desk("operator.dinkes")
    assert f"/cases/{found.case_id}/forecast" in client.get(f"/cases/{found.case_id}").text
    page = words(client.get(f"/cases/{found.case_id}/forecast"))
    assert "25 November 2026 07.30 WIB" in page
    assert "Pengingat" in page
    assert "kepada atasan" in page
    assert desk("operator.dinsos").get(f"/cases/{found.case_id}/forecast").status_code == 404


def test_an_ended_case_has_no_days_to_come(desk: Desk, case: Any) -> None:
    found = case([("operator.dinkes", "discard", "", {})])
    client = desk("operator.dinkes")
    assert "/forecast" not in client.get(f"/cases/{found.case_id}").text
    page = words(client.get(f"/cases/{found.case_id}/forecast"))
    assert "Tidak ada yang terjadi dengan sendirinya" in page


def follow(
    city: City, city_database: Database, found: Papers, *changes: tuple[str, str], more: str = ""
) -> str:
    """Let the case run on another version of the shipped text; the address of its page."""
    source = library.text("program-proposal") + more
    for before, after in changes:
        source = source.replace(before, after, 1)
    with city_database.sessions.begin() as session:
        version_id = dataclasses.replace(city, session=session).publish(source)
        session.execute(
            update(Case).where(Case.id == found.case_id).values(workflow_version_id=version_id)
        )
    return f"/cases/{found.case_id}"


def test_the_owner_reads_the_state_in_the_words_meant_for_it(
    case: Callable[..., Papers], desk: Desk, city: City, city_database: Database
) -> None:
    found = case(papers.TO_REVIEW[:3])
    told = "  checking:\n    owner_sees: {id: Sedang diperiksa, en: Being looked at}\n"
    address = follow(city, city_database, found, ("  checking:\n", told))
    assert "Sedang diperiksa" in words(desk("head.dinkes").get(address))
    assert "Sedang diperiksa" not in words(desk("head.bapperida").get(address))
    owner = desk("operator.dinkes")
    assert "Being looked at" in words(owner.get(f"{address}?lang=en"))
    assert "Being looked at" in words(owner.get("/proposals/?lang=en"))
    assert "Being looked at" in words(owner.get("/?lang=en"))
    owner.get("/?lang=id")


def test_what_a_definition_asks_for_in_its_own_words_is_asked_and_told(
    case: Callable[..., Papers], desk: Desk, city: City, city_database: Database
) -> None:
    found = case(papers.TO_REVIEW[:2])
    address = follow(
        city,
        city_database,
        found,
        ("to: checking, needs: [complete]", "to: checking, needs: [complete, statement]"),
        more="wording:\n"
        "  needs: {statement: {id: surat pernyataan}}\n"
        "  done: {submit: {id: Berkas diserahkan}}\n",
    )
    head = desk("head.dinkes")
    assert "surat pernyataan" in words(head.get(address))
    assert decide(head, found, "submit", statement="Nomor 12, terlampir").status_code == 303
    page = words(head.get(address))
    assert "Surat pernyataan: Nomor 12, terlampir" in page
    assert "Berkas diserahkan" in page
