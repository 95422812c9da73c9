"""What a new version means for running cases is shown, then moved on purpose, and taken back."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
from click.testing import Result
from flask.testing import FlaskClient
from sqlalchemy import select, text

from blueprints.edge import Alur
from tests.blueprints.conftest import NOW, Script
from tests.databases import statements
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
        self.key = key = f"moving-{next(_keys)}"
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


def test_a_script_reads_what_a_version_means_for_each_case(
    script: Callable[[str], Script], scene: Callable[..., Scene]
) -> None:
    one, send = scene(RENAMED), script("admin")
    path = f"/workflows/{one.new}/impact"
    first = send("GET", path, query_string={"limit": 1}).json
    assert first["counts"] == {"moves": 1, "needs_mapping": 2, "stays": 0}
    assert [(row["id"], row["fate"], row["to"]) for row in first["cases"]] == [
        (one.cases[0], "moves", ["drafting"])
    ]
    rest = send("GET", path, query_string={"cursor": first["next"]}).json
    assert [(row["id"], row["version"], row["steps"], row["to"]) for row in rest["cases"]] == [
        (case_id, 2, ["checking"], []) for case_id in one.cases[1:]
    ]
    assert [reason["code"] for reason in rest["cases"][0]["reasons"]] == ["step_gone"]
    assert "screening" in rest["cases"][0]["choices"]["checking"]
    assert rest["next"] is None
    named = send("GET", path, query_string={"map.checking": "screening"}).json
    assert [row["to"] for row in named["cases"]] == [["drafting"], ["screening"], ["screening"]]


def test_a_script_moves_cases_once_and_takes_them_back(
    script: Callable[[str], Script], scene: Callable[..., Scene]
) -> None:
    one, send = scene(RENAMED), script("admin")
    path = f"/workflows/{one.new}/moves"
    seen = [{"id": case_id, "version": 2} for case_id in one.cases[1:]]
    body = {"cases": seen, "mapping": {"checking": "screening"}, "reason": WHY}
    first = send("POST", path, json=body, key="move-them-once")
    again = send("POST", path, json=body, key="move-them-once")
    assert (first.json["done"], first.json["failed"]) == (2, [])
    assert again.json == {**first.json, "replayed": True}
    assert one.on() == [one.old, one.new, one.new]
    back = f"{path}/{first.json['batch']}/take-back"
    for replayed in (False, True):
        taken = send("POST", back, json={"reason": "Keliru"}, key="take-them-back").json
        assert (taken["done"], taken["replayed"]) == (2, replayed)
    assert one.on() == [one.old] * 3
    assert one.flaws() == []


def test_a_script_is_told_why_each_case_was_left(
    script: Callable[[str], Script], scene: Callable[..., Scene]
) -> None:
    one, other, send = scene(RENAMED), scene(LONGER, 1), script("admin")
    seen = [(one.cases[0], 7), (one.cases[1], 2), (other.cases[0], 1), (987_654_321, 1)]
    body = {"cases": [{"id": number, "version": at} for number, at in seen], "reason": WHY}
    said = send("POST", f"/workflows/{one.new}/moves", json=body, key="not-all-go").json
    codes = {left["id"]: [why["code"] for why in left["reasons"]] for left in said["failed"]}
    assert codes == {
        one.cases[0]: ["moved_on_since"],
        one.cases[1]: ["step_gone"],
        other.cases[0]: ["no_such_case"],
        987_654_321: ["no_such_case"],
    }
    assert said["done"] == 0
    assert one.on() == [one.old] * 3


def test_a_script_is_told_reasons_in_the_words_of_the_version(
    script: Callable[[str], Script], scene: Callable[..., Scene]
) -> None:
    spoken = "wording: {steps: {endorsing: {id: Pengesahan akhir}}}\n"
    one, send = scene(RENAMED + spoken), script("admin")
    seen = [{"id": one.cases[1], "version": 2}]
    body = {"cases": seen, "mapping": {"checking": "endorsing"}, "reason": WHY}
    said = send("POST", f"/workflows/{one.new}/moves", json=body, key="in-its-words").json
    assert "Pengesahan akhir" in said["failed"][0]["reasons"][0]["text"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cases": [], "reason": WHY}, "cases"),
        ({"cases": [{"id": 1, "version": 1}], "reason": " "}, "reason"),
        ({"cases": [{"id": 2**63, "version": 1}], "reason": WHY}, "cases.0.id"),
        ({"cases": [{"id": 1}], "reason": WHY}, "cases.0.version"),
        ({"cases": [{"id": 1, "version": 1}] * 501, "reason": WHY}, "cases"),
    ],
)
def test_what_a_script_lacks_is_told_by_field(
    script: Callable[[str], Script],
    scene: Callable[..., Scene],
    body: dict[str, object],
    field: str,
) -> None:
    one, send = scene(LONGER, 1), script("admin")
    answer = send("POST", f"/workflows/{one.new}/moves", json=body, key="something-lacks")
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json["reasons"]] == [field]
    assert send("POST", f"/workflows/{one.new}/moves", json=body).status_code == 422


def test_scripts_of_those_who_decide_move_nothing(
    script: Callable[[str], Script], scene: Callable[..., Scene]
) -> None:
    one, send = scene(LONGER, 1), script("head.bapperida")
    body = {"cases": [{"id": one.cases[0], "version": 1}], "reason": WHY}
    assert send("GET", f"/workflows/{one.new}/impact").status_code == 403
    path = f"/workflows/{one.new}/moves"
    assert send("POST", path, json=body, key="not-for-me").status_code == 403
    back = send("POST", f"{path}/0123/take-back", json={"reason": WHY}, key="not-for-me")
    assert back.status_code == 403
    old = script("admin")("POST", f"/workflows/{one.old}/moves", json=body, key="not-newest")
    assert (old.status_code, old.json["code"]) == (403, "version_replaced")
    assert one.on() == [one.old]


@pytest.fixture
def command(app: Alur) -> Callable[..., Result]:
    return lambda *words: app.test_cli_runner().invoke(args=["cases", *words])


def test_the_command_line_shows_moves_and_takes_back(
    command: Callable[..., Result], scene: Callable[..., Scene]
) -> None:
    one = scene(RENAMED)
    shown = command("impact", one.key)
    assert "can move: 1, needs a step: 2, stays: 0" in shown.output
    assert "step gone: checking; instead of checking: " in shown.output
    who, why = ("--by", "admin"), ("--reason", WHY)
    named = ("--map", "checking=screening")
    single = ("--case", str(one.cases[1]), "--request-id", "satu-kali")
    for said in ("1 moved, 0 were so already, 0 not.", "This request was made before."):
        done = command("move", one.key, *single, *named, *who, *why)
        assert said in done.output
        assert done.exit_code == 0
    rest = command("move", one.key, "--all", *named, *who, *why)
    assert "2 moved" in rest.output
    assert one.on() == [one.new] * 3
    batch = rest.output.split()[-1]
    back = command("take-back", one.key, batch, *who, *why)
    assert "2 taken back" in back.output
    assert one.on() == [one.old, one.new, one.old]


def test_the_command_line_refuses_in_a_sentence(
    command: Callable[..., Result], scene: Callable[..., Scene]
) -> None:
    one = scene(RENAMED)
    move = ("move", one.key, "--reason", WHY)
    for words, said in (
        (("impact", "no-such-workflow"), "There is no workflow 'no-such-workflow'."),
        ((*move, "--by", "admin", "--map", "checking"), "does not read STEP=OTHER"),
        ((*move, "--by", "admin"), "cases: it is needed"),
        ((*move, "--by", "head.bapperida", "--all"), "head.bapperida does not administer."),
        ((*move, "--by", "admin", "--case", str(one.cases[1])), "step gone: checking"),
        (
            (*move, "--by", "admin", "--case", str(one.cases[0]), "--case", "987654321"),
            "case 987654321 runs on no older version",
        ),
        (("take-back", one.key, "0123", "--by", "admin", "--reason", WHY), "There is no move"),
    ):
        ended = command(*words)
        assert ended.exit_code == 1, ended.output
        assert said in ended.output
    assert one.on() == [one.new, one.old, one.old]
