"""Past and running cases are played through a draft, and those that differ are listed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from blueprints.edge import Alur
from blueprints.reruns import sentence
from states.reruns import Difference
from tests.blueprints.conftest import NOW
from tests.blueprints.test_moves import Scene
from tests.databases import statements
from tests.workflow.factories import City
from tests.workflow.test_moving import LONGER, OLD
from workflow import definitions, drafts, reruns, versions
from workflow.database import Database


@pytest.fixture
def scene(city: City, city_database: Database) -> Scene:
    """Three cases on the older of two versions; one of them has ended, one was moved."""
    found = Scene(city, city_database, LONGER, 3)
    with city_database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people, city.appointments)
        own.act(found.cases[1], "clerk.bapperida", "accept", NOW)
        own.act(found.cases[1], "head.bapperida", "reject", NOW, track="planning")
        own.act(found.cases[1], "head.diskominfo", "approve", NOW, track="ict")
    return found


def key(scene: Scene) -> str:
    with scene.database.sessions() as session:
        return definitions.version(session, scene.old).key


@pytest.fixture
def draft(scene: Scene, city: City) -> Callable[[str], str]:
    """Keep a draft of the workflow; its address."""

    def kept(text: str) -> str:
        source = text.replace("key: small", f"key: {key(scene)}")
        with scene.database.sessions.begin() as session:
            by = city.people["admin"]
            begun = drafts.begin(session, by=by, now=NOW, version_id=scene.old)
            drafts.save(session, begun.id, source, seen=1, by=by, now=NOW)
            return f"/admin/drafts/{begun.id}"

    return kept


def test_cases_that_would_go_the_same_way_are_counted_only(
    desk: Callable[[str], FlaskClient], draft: Callable[[str], str]
) -> None:
    page = desk("admin").get(f"{draft(LONGER)}/replay").text
    assert "3 berkas dijalankan ulang" in page
    assert "0 akan berjalan lain" in page


def test_a_case_that_would_go_otherwise_is_listed_with_the_first_difference(
    desk: Callable[[str], FlaskClient], draft: Callable[[str], str], scene: Scene
) -> None:
    address = draft(OLD.replace("accept: review", "accept: endorsing"))
    client = desk("admin")
    assert f"{address}/replay" in client.get(address).text
    page = client.get(f"{address}/replay").text
    assert "1 akan berjalan lain" in page
    assert f"/cases/{scene.cases[1]}" in page
    assert "Berkas akan menuju" in page


def test_a_version_is_played_like_a_draft(desk: Callable[[str], FlaskClient], scene: Scene) -> None:
    page = desk("admin").get(f"/admin/workflows/{scene.new}/replay").text
    assert "3 berkas dijalankan ulang" in page


def test_older_cases_are_a_page_further(
    desk: Callable[[str], FlaskClient], scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reruns, "MOST", 2)
    client, address = desk("admin"), f"/admin/workflows/{scene.new}/replay"
    first = client.get(address).text
    assert "2 berkas dijalankan ulang" in first
    further = f"?before={scene.cases[1]}"
    assert further in first
    assert "1 berkas dijalankan ulang" in client.get(address + further).text


def test_playing_writes_nothing_and_costs_the_same_for_all(
    desk: Callable[[str], FlaskClient], scene: Scene
) -> None:
    client, address = desk("admin"), f"/admin/workflows/{scene.new}/replay"
    client.get(address)
    with statements(scene.database) as said:
        client.get(address)
    assert len(said) <= 8, said


def test_a_draft_that_cannot_be_read_is_not_played(
    desk: Callable[[str], FlaskClient], draft: Callable[[str], str]
) -> None:
    address = draft("key: [")
    client = desk("admin")
    assert client.get(f"{address}/replay").status_code == 404
    assert client.get(f"{address}/cases").status_code == 404


def test_a_draft_with_an_error_is_played_but_weighed_for_no_running_case(
    desk: Callable[[str], FlaskClient], draft: Callable[[str], str]
) -> None:
    address = draft(OLD.replace("approve: approved, reject: rejected", "reject: rejected"))
    client = desk("admin")
    assert f"{address}/cases" not in client.get(address).text
    assert client.get(f"{address}/cases").status_code == 404
    assert client.get(f"{address}/replay").status_code == 200


def test_a_draft_says_what_it_would_mean_for_running_cases(
    desk: Callable[[str], FlaskClient], draft: Callable[[str], str]
) -> None:
    address = draft(LONGER)
    page = desk("admin").get(f"{address}/cases").text
    assert "2 berkas dapat dipindahkan" in page
    assert 'name="group"' not in page


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("refused", {"action": "accept", "code": "unknown_action", "why": {"action": "accept"}}),
        ("ends_otherwise", {"was": "approved", "outcome": "rejected"}),
        ("goes_otherwise", {"was": "review", "step": "drafting"}),
        ("opens_otherwise", {"was": ("review",), "steps": ()}),
        ("asks_otherwise", {"step": "review", "was": "drafter", "party": "owner_head"}),
    ],
)
def test_every_difference_has_a_sentence(app: Alur, code: str, values: dict[str, object]) -> None:
    with app.test_request_context():
        said = sentence(Difference(0, code, values))
    assert said.endswith(".")
    assert "%(" not in said


def test_a_case_is_compared_with_the_version_that_it_began_on(
    city_database: Database, scene: Scene
) -> None:
    with city_database.sessions() as session:
        definition = versions.load(session, scene.old).definition
        found = reruns.run(session, definition)
    assert (found.played, found.otherwise, found.further) == (3, (), None)
