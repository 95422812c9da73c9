"""Examples are recorded in a form and tried out on the page of every draft."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import text as sql

from blueprints import scenario_words
from blueprints.edge import Alur
from states.scenarios import Failure
from tests.workflow.factories import City
from workflow.database import Database
from workflow.drafts import FRAME

TEXT = FRAME.replace("key: new-workflow", "key: example-trial").replace(
    "initial: asking\n", "initial: asking\nfacts: {total_budget: integer, urgent: boolean}\n"
)
SHORTER = TEXT.replace("submit: {to: deciding,", "take: approved, submit: {to: deciding,").replace(
    "verbs:", "verbs:\n  take: {means: approve}"
)
FORM = {
    "name": "Usulan Rp 2 miliar diputuskan asisten",
    "owner": "planning",
    "outcome": "approved",
    "facts.total_budget": "2.000.000.000",
    "facts.urgent": "true",
    "passes": "deciding",
    "asks": "deciding",
    "asked": "assistant|secretariat",
}


@pytest.fixture
def admin(desk: Callable[[str], FlaskClient]) -> FlaskClient:
    return desk("admin")


@pytest.fixture
def draft(admin: FlaskClient, city: City, city_database: Database) -> Iterator[str]:
    """The address of a draft; drafts and examples are put away afterwards."""
    address = str(admin.post("/admin/drafts/").location)
    admin.post(address, data={"source": TEXT, "revision": 1})
    yield address
    with city_database.sessions.begin() as session:
        session.execute(sql("UPDATE drafts SET status = 'discarded' WHERE status = 'draft'"))
        session.execute(sql("UPDATE scenarios SET removed_at = now()"))


def test_an_example_is_recorded_and_the_first_difference_shown(
    admin: FlaskClient, draft: str
) -> None:
    assert admin.post(f"{draft}/scenarios/", data=FORM).status_code == 303
    page = admin.get(f"{draft}/scenarios/").text
    assert "Usulan Rp 2 miliar diputuskan asisten" in page
    assert "Rp\N{NO-BREAK SPACE}2.000.000.000" in page
    admin.post(draft, data={"source": SHORTER, "revision": 2})
    page = admin.get(draft).text
    assert "Berbeda:" in page
    assert "Ada jalan menuju “Disetujui” tanpa melalui “Keputusan”" in page
    refused = admin.post(f"{draft}/submit", data={"revision": 3})
    assert refused.status_code == 422
    assert "Contoh berikut tidak lagi terpenuhi" in refused.text


def test_an_example_can_be_removed_and_the_journal_tells(admin: FlaskClient, draft: str) -> None:
    admin.post(f"{draft}/scenarios/", data=FORM)
    page = admin.get(f"{draft}/scenarios/").text
    remove = re.search(rf"{draft}/scenarios/\d+/remove", page)
    assert remove is not None
    assert admin.post(remove.group()).status_code == 303
    assert "Contoh dihapus" in admin.get(draft).text
    assert admin.post(remove.group()).status_code == 404


def test_what_was_typed_is_kept_beside_what_is_wrong(admin: FlaskClient, draft: str) -> None:
    wrong = {**FORM, "name": "", "facts.total_budget": "banyak", "asked": ""}
    answer = admin.post(f"{draft}/scenarios/", data=wrong)
    assert answer.status_code == 422
    assert 'value="banyak"' in answer.text
    assert answer.text.count("field-error") == 3
    assert re.search(r'value="deciding" checked', answer.text)


def test_an_unreadable_draft_has_no_examples_to_show(admin: FlaskClient, draft: str) -> None:
    admin.post(draft, data={"source": "key: [", "revision": 2})
    assert admin.get(f"{draft}/scenarios/").status_code == 404
    assert admin.get(draft).status_code == 200


def test_only_administrators_record_examples(
    desk: Callable[[str], FlaskClient], draft: str
) -> None:
    head = desk("head.bapperida")
    assert head.get(f"{draft}/scenarios/").status_code == 403
    assert head.post(f"{draft}/scenarios/", data=FORM).status_code == 403
    assert head.post(f"{draft}/scenarios/1/remove").status_code == 403


def test_every_difference_has_words(app: Alur) -> None:
    written = set(re.findall(r'Failure\(\s*"(\w+)"', Path("states/scenarios.py").read_text()))
    assert written == set(scenario_words.FAILURES)
    values = {"fact": "lane", "value": "fast", "step": "deciding", "outcome": "approved"}
    values |= {"post": "head", "agency": "ict", "found_post": "clerk", "found_agency": "planning"}
    for code in written:
        told = set()
        for language in ("id", "en"):
            with app.test_request_context(), force_locale(language):
                told.add(scenario_words.difference(Failure(code, values)))
        assert len(told) == 2
        assert not [sentence for sentence in told if "%(" in sentence]
