"""What a new version means for running cases is shown, then moved on purpose, and taken back."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from tests.blueprints.conftest import NOW, statements
from tests.workflow.factories import City
from tests.workflow.test_moving import LONGER, OLD, RENAMED
from workflow import journal, setting_changes
from workflow.database import Database
from workflow.models import Case
from workflow.moves import MOVED, TAKEN_BACK

WHY = "Peraturan Wali Kota yang baru"
_keys = itertools.count(1)


class Scene:
    """A workflow of its own with an older version, a newer one, and cases on the older."""

    def __init__(self, city: City, database: Database, new: str, count: int) -> None:
        self.database = database
        key = f"moving-{next(_keys)}"
        with database.sessions.begin() as session:
            own = City(session, city.agencies, city.positions, city.people, city.appointments)
            self.old = own.publish(OLD.replace("key: small", f"key: {key}"))
            self.cases = [own.case(self.old, NOW) for _ in range(count)]
            for case_id in self.cases[1:]:
                own.act(case_id, "operator.dinkes", "submit", NOW)
            session.execute(
                text("UPDATE workflow_versions SET status = 'retired' WHERE id = :id"),
                {"id": self.old},
            )
            self.new = own.publish(new.replace("key: small", f"key: {key}"))
        self.address = f"/admin/workflows/{self.new}/cases"

    def on(self) -> list[int]:
        with self.database.sessions() as session:
            query = (
                select(Case.workflow_version_id).where(Case.id.in_(self.cases)).order_by(Case.id)
            )
            return list(session.scalars(query))

    def flaws(self) -> list[object]:
        with self.database.sessions() as session:
            return [flaw for case_id in self.cases for flaw in journal.verify(session, case_id)]


@pytest.fixture
def scene(city: City, city_database: Database) -> Callable[..., Scene]:
    return lambda new, count=3: Scene(city, city_database, new, count)


@pytest.fixture
def admin(desk: Callable[[str], FlaskClient]) -> FlaskClient:
    return desk("admin")


def groups(page: str) -> list[str]:
    return re.findall(r'name="group" value="([0-9a-f]+)"', page)


def shown(page: str) -> list[str]:
    return re.findall(r'name="case" value="(\d+:\d+)"', page)


def test_the_impact_says_where_cases_go_and_where_a_step_has_to_be_named(
    admin: FlaskClient, scene: Callable[..., Scene]
) -> None:
    one = scene(RENAMED)
    page = admin.get(one.address).text
    assert "1 berkas dapat dipindahkan" in page
    assert "2 perlu langkah pengganti" in page
    assert len(groups(page)) == 1
    named = admin.get(one.address, query_string={"map.checking": "screening"}).text
    assert "3 berkas dapat dipindahkan" in named
    assert len(groups(named)) == 2


def test_cases_are_shown_moved_and_taken_back(
    admin: FlaskClient, scene: Callable[..., Scene]
) -> None:
    one = scene(RENAMED)
    mapping = {"map.checking": "screening"}
    keys = groups(admin.get(one.address, query_string=mapping).text)
    page = admin.get(f"{one.address}/preview", query_string={**mapping, "group": keys}).text
    assert len(shown(page)) == 3
    assert "ditutup" in page
    assert "dibuka" in page
    assert one.on() == [one.old] * 3
    form = {**mapping, "case": shown(page), "reason": WHY}
    answer = admin.post(f"{one.address}/move", data=form)
    assert answer.status_code == 303
    assert one.on() == [one.new] * 3
    again = admin.post(f"{one.address}/move", data=form)
    assert again.status_code == 303
    page = admin.get(one.address).text
    assert WHY in page
    batch = re.findall(r'name="batch" value="([0-9a-f]+)"', page)[-1]
    answer = admin.post(
        f"{one.address}/take-back", data={"batch": batch, "reason": "Belum waktunya"}
    )
    assert answer.status_code == 303
    assert one.on() == [one.old] * 3
    assert one.flaws() == []
    with one.database.sessions() as session:
        kinds = [row.kind for row in setting_changes.history(session, f"moves:{one.new}")]
    assert sorted(set(kinds)) == [MOVED, TAKEN_BACK]


def test_a_single_case_is_chosen(admin: FlaskClient, scene: Callable[..., Scene]) -> None:
    one = scene(LONGER)
    query = {"case": one.cases[2]}
    page = admin.get(f"{one.address}/preview", query_string=query).text
    admin.post(f"{one.address}/move", data={"case": shown(page), "reason": WHY})
    assert one.on() == [one.old, one.old, one.new]


def test_without_a_reason_nothing_is_moved_and_the_choice_is_kept(
    admin: FlaskClient, scene: Callable[..., Scene]
) -> None:
    one = scene(LONGER)
    form = {"case": [f"{one.cases[0]}:1"], "reason": " "}
    answer = admin.post(f"{one.address}/move", data=form)
    assert answer.status_code == 422
    assert shown(answer.text) == form["case"]
    assert "Ini harus diisi." in answer.text
    assert one.on() == [one.old] * 3


def test_a_case_that_has_moved_on_since_is_left_and_told(
    admin: FlaskClient, scene: Callable[..., Scene]
) -> None:
    one = scene(LONGER)
    form = {"case": [f"{one.cases[0]}:7", f"{one.cases[1]}:2"], "reason": WHY}
    admin.post(f"{one.address}/move", data=form)
    assert one.on() == [one.old, one.new, one.old]
    page = admin.get(one.address).text
    assert f"/cases/{one.cases[0]}" in page
    assert "Berkas ini sudah berlanjut" in page


def test_a_version_that_was_replaced_takes_no_cases(
    admin: FlaskClient, scene: Callable[..., Scene]
) -> None:
    one = scene(LONGER)
    address = f"/admin/workflows/{one.old}/cases"
    assert groups(admin.get(address).text) == []
    answer = admin.post(f"{address}/move", data={"case": [f"{one.cases[0]}:1"], "reason": WHY})
    assert answer.status_code == 403


def test_nothing_chosen_leads_back_to_the_choice(
    admin: FlaskClient, scene: Callable[..., Scene]
) -> None:
    answer = admin.get(f"{scene(LONGER).address}/preview")
    assert answer.status_code == 303


@pytest.mark.parametrize("written", ["x", "1", "1:x", "9" * 60 + ":1"])
def test_what_is_no_case_is_refused(
    admin: FlaskClient, scene: Callable[..., Scene], written: str
) -> None:
    one = scene(LONGER, 1)
    answer = admin.post(f"{one.address}/move", data={"case": written, "reason": WHY})
    assert answer.status_code == 400


def test_those_who_decide_move_nothing(
    desk: Callable[[str], FlaskClient], scene: Callable[..., Scene]
) -> None:
    one = scene(LONGER)
    for username in ("head.bapperida", "operator.dinkes", "head.inspektorat"):
        client = desk(username)
        assert client.get(one.address).status_code == 403
        form = {"case": f"{one.cases[0]}:1", "reason": WHY}
        assert client.post(f"{one.address}/move", data=form).status_code == 403
    assert one.on() == [one.old] * 3


def test_the_history_of_the_case_tells_the_move_in_words(
    admin: FlaskClient, scene: Callable[..., Scene], desk: Callable[[str], FlaskClient]
) -> None:
    one = scene(LONGER)
    form = {"case": [f"{one.cases[1]}:2"], "reason": WHY}
    admin.post(f"{one.address}/move", data=form)
    page = desk("head.dinkes").get(f"/cases/{one.cases[1]}").text
    assert "Dipindahkan ke versi" in page
    assert WHY in page
    assert "Ibu admin" in page


def test_the_impact_costs_the_same_however_many_cases_there_are(
    admin: FlaskClient, scene: Callable[..., Scene]
) -> None:
    few, many = scene(RENAMED, 3), scene(RENAMED, 12)
    said = []
    for one in (few, many):
        admin.get(one.address)
        with statements(one.database) as told:
            admin.get(one.address)
        said.append(len(told))
    assert said[0] == said[1]
    assert said[0] <= 12
