"""What a definition calls its things is spoken wherever a case or a version of it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text as sql

from states import library
from states.edit_words import SetWords
from states.edits import edited
from states.reading import read
from states.reading_wording import named
from states.wording import Words
from tests.blueprints.conftest import NOW
from tests.workflow.factories import City
from workflow import accounts, labels, messages
from workflow.database import Database
from workflow.notifications import announcements

Desk = Callable[[str], FlaskClient]
PLAIN = library.text("program-proposal").replace("key: program-proposal", "key: worded", 1)
NAMES = {(kind, name) for kind, names in named(read(PLAIN)).items() for name in names}
WORDED = edited(
    PLAIN,
    SetWords(
        {
            ("definition", "worded"): Words("Alur bersebutan", "Worded flow"),
            **{(kind, name): Words(f"Kata {kind} {name}", f"Word {name}") for kind, name in NAMES},
            ("step", "endorsing"): Words("Kata step endorsing"),
        }
    ),
)
SHIPPED = [
    labels.label(kind, name, "id")
    for kind, name in sorted(NAMES)
    if kind in ("step", "action", "party", "clock") and labels.knows(kind, name)
]
UNMISTAKABLE = {words for words in SHIPPED if " " in words}


@dataclass(frozen=True)
class Scene:
    """A version without words, one with words for everything, and a case on it."""

    plain: int
    worded: int
    case: int


@pytest.fixture(scope="module")
def scene(city: City, city_database: Database) -> Scene:
    """The case of an agency of its own waits for its head."""
    with city_database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people, city.appointments)
        plain, worded = own.publish(PLAIN), own.publish(WORDED)
        own.agency("sebutan")
        for post in ("operator", "secretary", "head"):
            own.position("sebutan", post)
            own.person(f"{post}.sebutan")
            own.appoint(f"{post}.sebutan", f"{post}.sebutan")
        case = own.case(worded, NOW, owner="sebutan")
        own.act(case, "operator.sebutan", "forward", NOW)
        own.act(case, "secretary.sebutan", "initial", NOW)
    return Scene(plain, worded, case)


def texts(page: str) -> set[str]:
    """What stands between the tags."""
    return set(re.findall(r">\s*([^<>]*?)\s*<", page))


OF_IT_ALONE = [
    ("operator.sebutan", "/cases/{case}", "Kata party owner_head"),
    ("operator.sebutan", "/cases/{case}", "Kata done forward"),
    ("operator.sebutan", "/cases/{case}", "Alur bersebutan"),
    ("head.sebutan", "/cases/{case}", "Kata action submit"),
    ("admin", "/cases/{case}/forecast", "Kata step endorsing"),
    ("admin", "/cases/{case}/help/", "Kata step endorsing"),
    ("admin", "/admin/workflows/{worded}", "Kata party planning_head"),
    ("admin", "/admin/rights?version={worded}", "Kata action accept"),
]
OF_OTHERS_TOO = [
    ("operator.sebutan", "/", "Kata step endorsing"),
    ("operator.sebutan", "/proposals/", "Kata step endorsing"),
    ("head.sebutan", "/queue/", "Kata step endorsing"),
    ("admin", "/admin/workflows", "Alur bersebutan"),
    ("admin", "/admin/workflows/{worded}/replay", "Alur bersebutan"),
    ("admin", "/admin/workflows/{plain}/cases", "Kata step endorsing"),
    (
        "admin",
        "/admin/workflows/{worded}/changes?from={plain}",
        "“Pemeriksaan kelengkapan”: sebutan: semula tidak ada, menjadi Kata step checking",
    ),
]


@pytest.mark.parametrize(("username", "address", "words"), [*OF_IT_ALONE, *OF_OTHERS_TOO])
def test_pages_speak_the_words_of_the_definition(
    desk: Desk, scene: Scene, username: str, address: str, words: str
) -> None:
    page = desk(username).get(address.format(**vars(scene))).text
    assert words in page
    if (username, address, words) in OF_IT_ALONE:
        assert not texts(page) & UNMISTAKABLE


def test_in_english_what_has_no_english_words_goes_by_the_indonesian_ones(
    desk: Desk, scene: Scene
) -> None:
    page = desk("head.sebutan").get(f"/cases/{scene.case}?lang=en").text
    assert "Word checking" in page
    assert "Word submit" in page
    assert "Kata step endorsing" in page


def test_the_api_names_actions_in_the_words_of_the_definition(
    anonymous: FlaskClient, scene: Scene, city_database: Database
) -> None:
    with city_database.sessions.begin() as session:
        token = accounts.create_token(session, "head.sebutan", NOW)
    offered = anonymous.get(
        f"/api/v1/cases/{scene.case}/actions", headers={"Authorization": f"Bearer {token}"}
    ).json
    assert isinstance(offered, list)
    assert {one["label"] for one in offered} >= {"Kata action submit", "Kata action withdraw"}


def test_a_refusal_names_things_in_the_words_of_the_definition(
    anonymous: FlaskClient, scene: Scene, city_database: Database
) -> None:
    with city_database.sessions.begin() as session:
        token = accounts.create_token(session, "secretary.sebutan", NOW)
    answer = anonymous.post(
        f"/api/v1/cases/{scene.case}/actions",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "worded-refusal"},
        json={"action": "initial", "version": 1},
    )
    assert answer.status_code == 409
    assert ": Kata done forward, " in answer.text


def test_messages_carry_the_words_of_the_definition(scene: Scene, city_database: Database) -> None:
    with city_database.sessions() as session:
        query = sql("SELECT max(seq) FROM events WHERE case_id = :id AND kind = 'decided'")
        seq = session.execute(query, {"id": scene.case}).scalar_one()
        told = announcements.recipients(session, scene.case, seq, NOW)
    (line,) = [one for one in told if one.kind == "task_given"]
    subject = messages.subject(line.kind, "en", line.values, zone=NOW.tzinfo)
    assert subject.startswith("Kata step endorsing: ")


def test_forms_of_a_draft_and_its_examples_speak_its_words(desk: Desk, scene: Scene) -> None:
    admin = desk("admin")
    draft = admin.post("/admin/drafts/", data={"version_id": scene.worded}).location
    for part in ("", "/edit/step?step=checking", "/edit/action?step=checking&action=accept"):
        page = admin.get(f"{draft}{part}").text
        assert "Kata step checking" in page
        assert "Kata action accept" in page
        assert not texts(page) & UNMISTAKABLE
    assert "Kata fact lane" in admin.get(f"{draft}/scenarios/").text
    admin.post(f"{draft}/discard")


@pytest.mark.parametrize("language", [0, 1])
def test_what_can_be_asked_for_goes_by_words_that_nothing_else_has(language: int) -> None:
    words = [pair[language] for pair in labels.KINDS["need"].values()]
    assert sorted(words) == sorted(set(words))
