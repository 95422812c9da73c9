"""What somebody must not read, asked by every way there is: page, script, refusal."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from blueprints.edge import Alur
from states import library
from tests.blueprints import papers
from tests.blueprints.conftest import NOW
from tests.workflow.factories import City, checklist
from workflow import accounts, proposals
from workflow.database import Database

Desk = Callable[[str], FlaskClient]
_numbers = itertools.count(1)


@pytest.fixture
def ask(app: Alur, city_database: Database) -> Callable[..., TestResponse]:
    """A request of somebody's script: `ask(username, method, path, json=…)`."""

    def asked(username: str, method: str, path: str, **kwargs: Any) -> TestResponse:
        with city_database.sessions.begin() as session:
            token = accounts.create_token(session, username, NOW)
        headers = {"Authorization": f"Bearer {token}"}
        headers["Idempotency-Key"] = f"rahasia-{next(_numbers):05}"
        return app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **kwargs)

    return asked


def test_a_script_of_the_owner_does_not_see_a_verdict_before_the_join(case: Any, ask: Any) -> None:
    found = case(papers.RETURNED[:6])
    path = f"/cases/{found.case_id}"
    reviewers = ask("head.bapperida", "GET", path).json["tracks"]
    assert reviewers["planning"]["verdict"] == "return"
    owners = ask("head.dinkes", "GET", path).json["tracks"]
    assert owners["planning"]["verdict"] is None
    assert ask("head.dinkes", "GET", f"{path}/events").status_code == 404


def test_agencies_in_a_row_do_not_tell_the_owner_what_they_said_before_it_is_asked(
    city: City, city_database: Database, ask: Any, desk: Desk
) -> None:
    with city_database.sessions.begin() as session:
        there = replace(city, session=session)
        case_id = there.case(there.publish(library.text("program-proposal-sequential")), NOW)
        for username, action, _track, words in papers.TO_REVIEW:
            there.act(case_id, username, action, NOW, **words)
        filled = checklist("planning")
        there.act(
            case_id, "reviewer.bapperida", "recommend", NOW, checklist=filled, comment="Lemah"
        )
        conditions = [{"text": "Tunjuk walidata", "gate": "rka", "is_blocking": True}]
        there.act(case_id, "head.bapperida", "conditions", NOW, conditions=conditions)

    def reads(username: str) -> list[bool]:
        page = desk(username).get(f"/cases/{case_id}").text
        return ["Tunjuk walidata" in page, "Lemah" in page, "giliran Anda" in page]

    assert reads("head.dinkes") == reads("operator.dinkes") == [False, False, True]
    assert reads("secretary.diskominfo") == [True, True, False]
    for path in ("", "/actions"):
        said = ask("head.dinkes", "GET", f"/cases/{case_id}{path}").text
        assert "walidata" not in said
    assert ask("head.dinkes", "GET", f"/cases/{case_id}/events").status_code == 404
    with city_database.sessions.begin() as session:
        there = replace(city, session=session)
        picks = [city.people["reviewer.diskominfo"]]
        there.act(case_id, "secretary.diskominfo", "dispose", NOW, picks=picks)
        filled = checklist("ict")
        there.act(case_id, "reviewer.diskominfo", "hand_in", NOW, checklist=filled)
        there.act(case_id, "lead_reviewer.diskominfo", "recommend", NOW)
        there.act(case_id, "head.diskominfo", "return", NOW, **papers.POINTS)
    assert reads("head.dinkes") == reads("operator.dinkes") == [True, True, False]


@pytest.mark.parametrize("behind", [1, 2])
def test_coming_too_late_does_not_tell_the_owner_what_a_reviewer_decided(
    case: Any, ask: Any, desk: Desk, behind: int
) -> None:
    found = case(papers.RETURNED[:6])
    version = ask("head.dinkes", "GET", f"/cases/{found.case_id}").json["version"] - behind
    body = {"action": "withdraw", "version": version, "comment": "Kami tarik"}
    path = f"/cases/{found.case_id}/actions"
    late = ask("head.dinkes", "POST", path, json=body)
    assert late.status_code == 409
    assert [reason["code"] for reason in late.json["reasons"]] == ["moved_meanwhile"]
    assert "bapperida" not in late.text
    assert "Kembalikan" not in late.text
    data = {"action": "withdraw", "track": "", "version": version, "request_id": f"lambat-{behind}"}
    page = desk("head.dinkes").post(path, data={**data, "reason": "Kami tarik"})
    assert page.status_code == 409
    assert "Berkas telah maju." in page.text
    assert "head bapperida lebih dahulu" not in page.text
    told = ask("head.diskominfo", "POST", path, json=body)
    assert [reason["code"] for reason in told.json["reasons"]] == ["already_decided"]


def test_reviewers_scripts_read_what_was_submitted_and_not_what_is_being_written(
    case: Any, ask: Any, city: City, city_database: Database
) -> None:
    found = case(papers.RETURNED)
    path = f"/proposals/{found.proposal_id}"
    before = ask("reviewer.bapperida", "GET", path).json
    with city_database.sessions.begin() as session:
        held = proposals.read(session, found.proposal_id)
        changed = {**held.document, "problem": "Kalimat yang belum diajukan. " * 6}
        proposals.save(
            session,
            found.proposal_id,
            changed,
            person_id=city.people["operator.dinkes"],
            revision=held.revision,
            now=NOW,
        )
    own = ask("operator.dinkes", "GET", path).json
    assert "belum diajukan" in own["document"]["problem"]
    after = ask("reviewer.bapperida", "GET", path).json
    assert after["document"] == before["document"]


def test_administrators_know_of_a_draft_but_do_not_read_it(
    case: Any, ask: Any, desk: Desk, city: City
) -> None:
    found = case()
    page = desk("admin").get(f"/cases/{found.case_id}")
    assert page.status_code == 200
    assert "Waktu tunggu ibu hamil" not in page.text
    assert "Waktu tunggu ibu hamil" in desk("head.dinkes").get(f"/cases/{found.case_id}").text
    asked = ask("admin", "GET", f"/proposals/{found.proposal_id}")
    assert asked.status_code == 200
    assert "Waktu tunggu ibu hamil" not in asked.text


def test_others_attempts_are_told_without_their_words(case: Any, ask: Any) -> None:
    found = case(papers.TO_REVIEW)
    path = f"/cases/{found.case_id}"
    version = ask("head.bapperida", "GET", path).json["version"]
    body = {"action": "approve", "track": "planning", "version": version}
    assert ask("head.diskominfo", "POST", f"{path}/actions", json=body).status_code == 403

    def payload(username: str) -> object:
        events = ask(username, "GET", f"{path}/events?limit=200").json["events"]
        (attempt,) = [event for event in events if event["kind"] == "attempt_refused"]
        return attempt["payload"]

    assert payload("reviewer.bapperida") is None
    assert payload("head.diskominfo")["action"] == "approve"  # type: ignore[index]
    assert payload("head.inspektorat")["action"] == "approve"  # type: ignore[index]


def test_what_an_act_would_lead_to_does_not_tell_the_owner_the_verdicts(
    case: Any, ask: Any
) -> None:
    found = case(papers.RETURNED[:-1])
    path = f"/cases/{found.case_id}/actions"

    def approval(username: str) -> dict[str, Any]:
        (offer,) = [
            offer
            for offer in ask(username, "GET", path).json
            if (offer["action"], offer["track"]) == ("approve", "ict")
        ]
        return dict(offer)

    assert approval("head.diskominfo")["leads_to"] == ["revising"]
    assert approval("head.dinkes")["leads_to"] == []
    assert {reason["code"] for reason in approval("head.dinkes")["why_not"]} == {
        "not_your_position",
        "not_your_agency",
        "own_agency",
    }
