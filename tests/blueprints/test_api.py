"""The API as a script meets it: tokens, problems in words, keys that make a repeat harmless."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient

from blueprints.edge import Alur
from tests.blueprints.conftest import NOW, Script
from workflow.rehearsal import plausible


@pytest.fixture
def draft(script: Callable[[str], Script], request: pytest.FixtureRequest) -> dict[str, Any]:
    """A proposal of the health agency, begun by its operator's script."""
    body = {"agency": "dinkes", "title": "Antrean puskesmas daring"}
    answer = script("operator.dinkes")(
        "POST", "/proposals", json=body, key=f"draft-{request.node.name}"[:100]
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def test_a_script_learns_whose_token_it_carries(script: Callable[[str], Script]) -> None:
    me = script("head.dinkes")("GET", "/me").json
    assert me["username"] == "head.dinkes"
    assert [(held["post"], held["capacity"]) for held in me["appointments"]] == [
        ("head", "definitive")
    ]


@pytest.mark.parametrize("header", [None, "Bearer nobody's", "Basic YTpi"])
def test_without_a_valid_token_nothing_is_told(anonymous: FlaskClient, header: str | None) -> None:
    answer = anonymous.get("/api/v1/me", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "not_signed_in"


def test_the_same_key_begins_one_proposal(script: Callable[[str], Script]) -> None:
    send = script("operator.dinkes")
    body = {"agency": "dinkes", "title": "Satu usulan saja"}
    first = send("POST", "/proposals", json=body, key="the-same-key")
    again = send("POST", "/proposals", json=body, key="the-same-key")
    other = send("POST", "/proposals", json=body, key="another-key")
    assert first.json["id"] == again.json["id"] != other.json["id"]
    assert first.headers["Location"].endswith(f"/api/v1/proposals/{first.json['id']}")


def test_a_new_proposal_tells_what_it_lacks(draft: dict[str, Any]) -> None:
    assert draft["revision"] == 1
    assert {"problem", "budget"} <= {gap["field"] for gap in draft["gaps"]}
    assert all(gap["text"] for gap in draft["gaps"])


def test_a_script_needs_no_token_of_a_form(
    app: Alur, script: Callable[[str], Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    body = {"agency": "dinkes", "title": "Tanpa formulir"}
    answer = script("operator.dinkes")("POST", "/proposals", json=body, key="without-a-form")
    assert answer.status_code == 201, answer.text


def test_everything_wrong_with_a_body_is_told_at_once(script: Callable[[str], Script]) -> None:
    body = {"title": 7, "colour": "red"}
    answer = script("operator.dinkes")("POST", "/proposals", json=body, key="wrong-body")
    assert answer.status_code == 422
    assert {problem["field"] for problem in answer.json["reasons"]} == {"agency", "title", "colour"}


def test_an_agency_that_is_not_known_is_a_problem(script: Callable[[str], Script]) -> None:
    body = {"agency": "dinkess", "title": "Antrean puskesmas"}
    answer = script("operator.dinkes")("POST", "/proposals", json=body, key="typo-in-agency")
    assert answer.status_code == 422
    assert answer.json["reasons"][0]["field"] == "agency"


def test_nobody_proposes_for_another_agency(script: Callable[[str], Script]) -> None:
    body = {"agency": "dinkes", "title": "Antrean puskesmas"}
    answer = script("operator.dinsos")("POST", "/proposals", json=body, key="not-my-agency")
    assert answer.status_code == 403


def test_a_change_keeps_what_it_does_not_name(
    script: Callable[[str], Script], draft: dict[str, Any]
) -> None:
    send, path = script("operator.dinkes"), f"/proposals/{draft['id']}"
    changed = send("PATCH", path, json={"revision": 1, "document": {"problem": "Warga menunggu"}})
    assert changed.status_code == 200, changed.text
    assert changed.json["revision"] == 2
    assert changed.json["document"]["problem"] == "Warga menunggu"
    assert changed.json["document"]["title"] == draft["title"]


@pytest.mark.parametrize("revision", [-1, 0, 2, 10**12])
def test_a_revision_that_never_was_is_a_problem(
    script: Callable[[str], Script], draft: dict[str, Any], revision: int
) -> None:
    body = {"revision": revision, "document": {"objective": "Apa pun"}}
    answer = script("operator.dinkes")("PATCH", f"/proposals/{draft['id']}", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json["reasons"][0]["field"] == "revision"


def test_a_change_on_an_old_revision_is_a_conflict(
    script: Callable[[str], Script], draft: dict[str, Any]
) -> None:
    send, path = script("operator.dinkes"), f"/proposals/{draft['id']}"
    for expected in (200, 409):
        body = {"revision": 1, "document": {"objective": f"Jawaban {expected}"}}
        assert send("PATCH", path, json=body).status_code == expected
    assert send("GET", path).json["document"]["objective"] == "Jawaban 200"


@pytest.mark.parametrize("path", ["/proposals/{id}", "/cases/{case_id}", "/cases/{case_id}/events"])
def test_another_agency_does_not_learn_of_a_draft(
    script: Callable[[str], Script], draft: dict[str, Any], path: str
) -> None:
    assert script("head.dinsos")("GET", path.format(**draft)).status_code == 404


def test_a_case_tells_who_has_the_ball(
    script: Callable[[str], Script], draft: dict[str, Any]
) -> None:
    case = script("head.dinkes")("GET", f"/cases/{draft['case_id']}").json
    assert (case["state"], case["outcome"], case["tracks"]) == ("drafting", None, {})
    assert [(clock["name"], clock["state"], clock["left"]) for clock in case["clocks"]] == [
        ("planning", "waiting", 5),
        ("ict", "waiting", 5),
    ]
    assert [(holder["post"], holder["people"]) for holder in case["holders"]] == [
        ("operator", ["Ibu operator.dinkes"])
    ]


def test_an_action_that_is_not_open_says_why_and_who_can(
    script: Callable[[str], Script], draft: dict[str, Any]
) -> None:
    actions = script("head.dinkes")("GET", f"/cases/{draft['case_id']}/actions").json
    forward = next(offer for offer in actions if offer["action"] == "forward")
    assert forward["allowed"] is False
    assert [reason["code"] for reason in forward["why_not"]] == ["not_your_position"]
    assert "operator dinkes" in forward["who_can"][0]


def complete(send: Script, draft: dict[str, Any]) -> None:
    """Make the draft say everything that submission asks for."""
    document = plausible.complete(draft["document"], Random(1), NOW.year)
    answer = send("PATCH", f"/proposals/{draft['id']}", json={"revision": 1, "document": document})
    assert answer.json["gaps"] == [], answer.text


def test_a_repeated_decision_is_the_same_decision(
    script: Callable[[str], Script], draft: dict[str, Any]
) -> None:
    send, path = script("operator.dinkes"), f"/cases/{draft['case_id']}/actions"
    complete(send, draft)
    version = send("GET", f"/cases/{draft['case_id']}").json["version"]
    body = {"action": "forward", "version": version}
    first = send("POST", path, json=body, key="decide-once")
    again = send("POST", path, json=body, key="decide-once")
    assert first.status_code == again.status_code == 200, first.text
    assert first.json["decision_id"] == again.json["decision_id"]
    assert (first.json["replayed"], again.json["replayed"]) == (False, True)
    assert first.json["state"] == "verifying"


def test_who_comes_too_late_is_told_who_decided(
    script: Callable[[str], Script], draft: dict[str, Any]
) -> None:
    send, path = script("operator.dinkes"), f"/cases/{draft['case_id']}/actions"
    complete(send, draft)
    version = send("GET", f"/cases/{draft['case_id']}").json["version"]
    body = {"action": "forward", "version": version}
    assert send("POST", path, json=body, key="the-quick-one").status_code == 200
    late = send("POST", path, json=body, key="the-late-one")
    assert late.status_code == 409
    assert "Ibu operator.dinkes" in late.json["detail"]


def test_a_refused_decision_is_in_the_journal(
    script: Callable[[str], Script], draft: dict[str, Any]
) -> None:
    path = f"/cases/{draft['case_id']}"
    version = script("head.dinkes")("GET", path).json["version"]
    body = {"action": "forward", "version": version}
    refused = script("head.dinkes")("POST", f"{path}/actions", json=body, key="not-mine-to-do")
    assert refused.status_code == 403
    journal = script("admin")("GET", f"{path}/events").json["events"]
    assert journal[-1]["kind"] == "attempt_refused"
    assert [event["previous_hash"] for event in journal[1:]] == [
        event["hash"] for event in journal[:-1]
    ]


def test_a_decision_needs_a_key(script: Callable[[str], Script], draft: dict[str, Any]) -> None:
    body = {"action": "forward", "version": 1}
    answer = script("operator.dinkes")("POST", f"/cases/{draft['case_id']}/actions", json=body)
    assert answer.status_code == 422
    assert answer.json["reasons"][0]["field"] == "Idempotency-Key"


def test_the_journal_comes_in_pages(script: Callable[[str], Script], draft: dict[str, Any]) -> None:
    send, path = script("admin"), f"/cases/{draft['case_id']}/events"
    script("operator.dinkes")(
        "PATCH",
        f"/proposals/{draft['id']}",
        json={"revision": 1, "document": {"problem": "Warga menunggu"}},
    )
    first = send("GET", f"{path}?limit=1").json
    rest = send("GET", f"{path}?cursor={first['next']}").json
    assert [event["seq"] for event in first["events"] + rest["events"]] == [1, 2]
    assert rest["next"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=many", "cursor=-1"])
def test_a_page_that_cannot_be_is_a_problem(
    script: Callable[[str], Script], draft: dict[str, Any], query: str
) -> None:
    answer = script("admin")("GET", f"/cases/{draft['case_id']}/events?{query}")
    assert answer.status_code == 422


def test_the_queue_has_what_waits_for_the_person(
    script: Callable[[str], Script], draft: dict[str, Any]
) -> None:
    tasks = script("operator.dinkes")("GET", "/tasks?limit=200").json["tasks"]
    mine = next(task for task in tasks if task["case_id"] == draft["case_id"])
    assert (mine["path"], mine["title"]) == ("drafting", draft["title"])


def test_workflow_versions_come_with_their_document(script: Callable[[str], Script]) -> None:
    send = script("operator.dinkes")
    listed = send("GET", "/workflows").json
    version = next(each for each in listed if each["key"] == "program-proposal")
    assert "key: program-proposal" in send("GET", f"/workflows/{version['id']}").json["source"]
    assert send("GET", "/workflows/999999").status_code == 404
