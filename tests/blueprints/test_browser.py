"""In a real browser: keys move through the queue, no page is wider than a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from blueprints.edge import Alur
from tests.blueprints.conftest import NOW
from tests.blueprints.serving import served, sign_in
from tests.blueprints.test_moves import Scene
from tests.workflow.factories import City
from tests.workflow.test_moving import RENAMED
from workflow import password_links
from workflow.database import Database
from workflow.models import WorkflowVersion

pytestmark = [
    pytest.mark.browser,
    # the base_url fixture of the browser plugin's own plugin
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods"),
]
PAGES = ("/", "/queue/", "/notifications/", "/appointments/", "/sign-in", "/nowhere")
SETTINGS = ("", "workflows", "agencies", "appointments", "users", "calendar", "mails", "outbox")
ORGANISATION = (
    "agencies/new",
    "agencies/1",
    "agencies/1/name",
    "agencies/1/week",
    "agencies/1/succession",
    "users/1",
    "users/1/switch",
    "workbook",
    "rights",
)
CALENDAR = ("calendar/history", "calendar/new/close_day", "calendar/new/set_season?week=five")


@pytest.fixture(scope="module")
def address(app: Alur) -> Iterator[str]:
    """Where the application is served while these tests run."""
    with served(app) as address:
        yield address


def test_j_and_k_move_and_enter_opens(
    page: Page, address: str, city: City, city_database: Database
) -> None:
    with city_database.sessions.begin() as session:
        own = City(session, city.agencies, city.positions, city.people, city.appointments)
        version_id = session.query(WorkflowVersion.id).limit(1).scalar()
        assert version_id is not None
        for _ in range(3):
            own.case(version_id, NOW, owner="inspektorat")
    sign_in(page, address, "operator.inspektorat")
    page.goto(f"{address}/queue/")
    links = page.locator("[data-rows] .row-title")
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(links.nth(at)).to_be_focused()
    target = links.nth(1).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}{target}")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox").first).to_be_focused()


SHOWN = """() => {
    const one = document.activeElement, style = getComputedStyle(one);
    const shown = style.outlineStyle !== "none" || style.boxShadow !== "none";
    return [one.tagName, one.type ?? "", shown, one === document.body];
}"""
"""What has the focus, whether one sees it, and whether it is nothing but the page."""


def test_whatever_has_the_focus_shows_it(page: Page, address: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, address, "admin")
    page.goto(f"{address}/admin/users/new")
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        tag, kind, is_shown, is_page = page.evaluate(SHOWN)
        if is_page:
            break
        assert is_shown, (tag, kind)
        seen.add(f"{tag} {kind}".strip())
    assert {"A", "BUTTON submit", "INPUT text", "INPUT checkbox", "SUMMARY"} <= seen


@pytest.mark.parametrize("width", [320, 390])
def test_no_page_is_wider_than_a_phone(
    context: BrowserContext, address: str, desk: Callable[..., object], width: int
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 700})
    sign_in(page, address, "admin")
    for path in (*PAGES, *(f"/admin/{name}" for name in (*SETTINGS, *ORGANISATION, *CALENDAR))):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_nothing_is_refused_by_the_policy(page: Page, address: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    sign_in(page, address, "admin")
    for path in PAGES[:-1]:
        page.goto(address + path)
    assert [line for line in said if "autocomplete" not in line] == []


@pytest.fixture(scope="module")
def tending(app: Alur, city: City, city_database: Database) -> list[str]:
    """Pages on which administrators move and help cases, and look after people and positions."""
    scene = Scene(city, city_database, RENAMED, 2)
    person_id, key = city.people["secretary.dinsos"], app.settings.secret_key
    with city_database.sessions.begin() as session:
        token = password_links.make(session, person_id, key, by=person_id, now=NOW)
    return [
        scene.address,
        f"{scene.address}?map.checking=screening",
        f"{scene.address}/preview?case={scene.cases[0]}&case={scene.cases[1]}&map.checking=screening",
        f"/admin/workflows/{scene.new}/replay",
        f"/cases/{scene.cases[1]}/help/",
        f"/admin/users/{person_id}",
        f"/admin/positions/{city.positions['head.dinsos']}/title",
        f"/password/{person_id}/{token}",
    ]


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_of_moving_and_helping_can_be_read_by_everybody(
    page: Page, address: str, tending: list[str], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, address, "admin")
    for path in tending:
        answer = page.goto(address + path)
        assert answer is not None
        assert answer.status == 200, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        found = Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())
