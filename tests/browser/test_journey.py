"""A proposal goes from its first word to its approval in a real browser, by everybody's own hands.

On the way every page is held against axe at two widths, and against a narrow phone's edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import func, select

from blueprints import create_app
from config import Settings
from tests.blueprints.serving import served
from tests.databases import Databases, opened
from workflow.city import seed
from workflow.database import Database
from workflow.models import Person, Task

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = (1280, 390)
NARROW = 320
PASSWORD = "metro-demo"
PROBLEM = (
    "Waktu tunggu ibu hamil di puskesmas rata-rata 96 menit pada 2025 menurut survei kepuasan "
    "Dinas Kesehatan; sepertiga kunjungan ulang dibatalkan."
)
LINES = {
    "plan_item": "1.2 Layanan kesehatan tanpa antre",
    "problem": PROBLEM,
    "objective": "Ibu hamil dilayani paling lama tiga puluh menit setelah datang ke puskesmas.",
    "scope": "Menata jadwal per jam, melatih petugas loket di sebelas puskesmas, dan menempatkan "
    "papan panggil di ruang tunggu setiap puskesmas.",
    "year_start": "2027",
    "year_end": "2027",
    "budget-0-year": "2027",
    "budget-0-amount": "Rp 150.000.000",
}
CHOSEN = {
    "dimension": "LIV",
    "sub_dimension": "health",
    "kind": "new",
    "origin": "technocratic",
    "budget-0-source": "PAD",
}
TICKED = (
    ("action_groups", "people"),
    ("quick_win", "no"),
    ("mayoral_priority", "no"),
    ("changes_plan", "no"),
    ("locations", "city"),
    ("ict_involved", "no"),
)
INDICATORS = {
    "outputs": ("Puskesmas dengan jadwal per jam", "puskesmas", "higher", "0", "11"),
    "outcomes": ("Waktu tunggu rata-rata", "menit", "lower", "96", "30,5"),
}


@dataclass
class Office:
    """The demo city, served, with a desk for each person."""

    address: str
    database: Database
    browser: Browser
    desks: dict[str, Page]
    looked_at: set[str] = field(default_factory=set)
    """The actions whose forms were looked at."""

    def desk(self, username: str) -> Page:
        """A browser in which this person is signed in."""
        if username not in self.desks:
            context = self.browser.new_context(locale="id-ID", viewport=_size(WIDTHS[0]))
            page = context.new_page()
            page.on("pageerror", _fail)
            page.goto(f"{self.address}/sign-in")
            page.fill("[name=username]", username)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(f"{self.address}/")
            self.desks[username] = page
        return self.desks[username]

    def username(self, person_id: int) -> str:
        """Who that is."""
        with self.database.sessions() as session:
            person = session.get(Person, person_id)
            assert person is not None
            return person.username


@pytest.fixture
def office(databases: Databases, browser: Browser, tmp_path: Path) -> Iterator[Office]:
    """The demo city on a free port."""
    environment = {"ALUR_ENV": "test", "DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 40}
    settings = Settings.from_environment(environment)
    for database in opened(databases, "journey"):
        with database.sessions.begin() as session:
            seed.ensure_demo(session, settings.now())
        app = create_app(settings, database)
        app.config["RATELIMIT_ENABLED"] = False
        desks: dict[str, Page] = {}
        with served(app) as address:
            yield Office(address, database, browser, desks)
            for page in desks.values():
                page.context.close()


def _fail(error: Any) -> None:
    raise AssertionError(f"a script failed: {error}")


TOO_WIDE = """most => [...document.querySelectorAll("main *")]
    .filter(one => one.getBoundingClientRect().right > most)
    .map(one => `${one.tagName}.${one.className}: ${one.textContent.slice(0, 40)}`).slice(0, 9)"""
"""What reaches beyond the edge, to be told."""


def _size(width: int) -> Any:
    return {"width": width, "height": 900}


def look(page: Page) -> None:
    """The page as it is: nothing that axe objects to, nothing beyond a narrow phone's edge."""
    for width in WIDTHS:
        page.set_viewport_size(_size(width))
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url} at {width}\n{found.generate_report()}"
    page.set_viewport_size(_size(NARROW))
    wide = page.evaluate(TOO_WIDE, NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW, f"{page.url}: {wide}"
    page.set_viewport_size(_size(WIDTHS[0]))


def decide(
    office: Office,
    username: str,
    case: str,
    action: str,
    track: str = "main",
    fill: Callable[[Page, str], None] | None = None,
) -> None:
    """Open the case, take the action with what it asks for, and see the receipt."""
    page = office.desk(username)
    page.goto(office.address + case)
    form = f"#f-{track}-{action}"
    if page.get_attribute(form, "open") is None:
        page.click(f"{form} > summary")
    if fill is not None:
        fill(page, form)
    if action not in office.looked_at:
        office.looked_at.add(action)
        look(page)
    page.click(f"{form} .decision-send button")
    page.wait_for_selector(".receipt")


def all_met(page: Page, form: str) -> None:
    """Answer every item of the checklist with "met"."""
    for answer in page.query_selector_all(f"{form} .segment input[value=yes]"):
        answer.check()


def lane(page: Page, form: str) -> None:
    """Confirm the ordinary lane."""
    page.select_option(f"{form} [name=set-lane]", "standard")


def points(page: Page, form: str) -> None:
    """One point about a field, in a second row that a script has added."""
    page.click(f"{form} [data-add=points]")
    page.fill(f"{form} [name=points-1-text]", "Sebutkan sumber data waktu tunggu.")
    page.select_option(f"{form} [name=points-1-field]", "problem")


def letter(page: Page, form: str) -> None:
    """Number and signature of what is issued."""
    page.fill(f"{form} [name=number]", "050/12/BAPPERIDA/2026")
    page.check(f"{form} [name=signature]")


def draft(office: Office) -> str:
    """Write a proposal piece by piece; returns the address of its case."""
    page = office.desk("operator.dinkes")
    page.goto(f"{office.address}/proposals/")
    look(page)
    page.goto(f"{office.address}/proposals/new")
    look(page)
    page.fill("[name=title]", "Jadwal periksa bagi ibu hamil")
    page.press("[name=title]", "Enter")
    page.wait_for_selector(".edit-form")
    look(page)
    for name, words in LINES.items():
        page.fill(f"[name='{name}']", words)
    for name, code in CHOSEN.items():
        page.select_option(f"[name='{name}']", code)
    for name, code in TICKED:
        page.check(f"[name='{name}'][value='{code}']")
    save(page)
    for name, (what, unit, direction, baseline, target) in INDICATORS.items():
        page.fill(f"[name='{name}-0-name']", what)
        page.fill(f"[name='{name}-0-unit']", unit)
        page.select_option(f"[name='{name}-0-direction']", direction)
        page.fill(f"[name='{name}-0-baseline']", baseline)
        page.fill(f"[name='{name}-0-baseline_year']", "2025")
        page.fill(f"[name='{name}-0-targets-2027']", target)
    save(page)
    assert page.query_selector(".missing-all"), page.inner_text(".missing")
    return str(page.get_attribute(".save-bar a", "href"))


def save(page: Page) -> None:
    """Save, and look at the form again."""
    page.click(".save-bar button")
    page.wait_for_selector(".notice-done")
    look(page)


def revise(office: Office, case: str) -> None:
    """Answer the point beside its field, and save."""
    page = office.desk("operator.dinkes")
    page.goto(office.address + case)
    page.click(".case-jumps a[href$='/edit']")
    page.fill("[name=problem]", f"{PROBLEM} Sumber: survei kepuasan 2025.")
    page.fill("[name=answers-1]", "Sumber sudah disebut.")
    look(page)
    save(page)


def review_ict(office: Office, case: str) -> None:
    """The ICT agency's whole chain, by the person who is picked."""
    picked: list[int] = []

    def pick(page: Page, form: str) -> None:
        box = page.locator(f"{form} [name=picks]").first
        box.check()
        picked.append(int(str(box.get_attribute("value"))))

    decide(office, "sekretaris.diskominfo", case, "dispose", "ict", pick)
    decide(office, office.username(picked[0]), case, "hand_in", "ict", all_met)
    decide(office, "pengendali.diskominfo", case, "recommend", "ict")
    decide(office, "kepala.diskominfo", case, "approve", "ict")


def test_a_proposal_is_drafted_reviewed_returned_and_approved(office: Office) -> None:
    case = draft(office)
    decide(office, "operator.dinkes", case, "forward")
    look(office.desk("operator.dinkes"))
    decide(office, "sekretaris.dinkes", case, "initial")
    decide(office, "kepala.dinkes", case, "submit")
    decide(office, "petugas.bapperida", case, "accept", fill=lane)
    decide(office, "telaah.bapperida", case, "recommend", "planning", all_met)
    decide(office, "kepala.bapperida", case, "return", "planning", points)
    review_ict(office, case)
    revise(office, case)
    decide(office, "operator.dinkes", case, "resubmit")
    decide(office, "kepala.dinkes", case, "submit")
    decide(office, "telaah.bapperida", case, "recommend", "planning", all_met)
    decide(office, "kepala.bapperida", case, "approve", "planning")
    decide(office, "petugas.bapperida", case, "issue", fill=letter)

    page = office.desk("kepala.dinkes")
    page.goto(office.address + case)
    assert "Disetujui" in page.inner_text(".case-facts")
    assert page.locator(".doc-changed").count() == 1
    look(page)
    page.click("a[href$='/snapshots/2']")
    look(page)


def test_a_deadline_is_explained_and_moved_on_a_phone(office: Office) -> None:
    page = office.desk("petugas.bapperida")
    page.goto(f"{office.address}/queue/")
    page.locator("a.row-title").first.click()
    page.locator(".ball a").first.click()
    page.wait_for_selector("caption")
    look(page)

    with office.database.sessions() as session:
        last = select(func.max(Task.due_at).op("AT TIME ZONE")("Asia/Jakarta"))
        due_at = session.execute(last.where(Task.status == "open")).scalar_one()
    page = office.desk("admin")
    page.goto(f"{office.address}/admin/outages/")
    page.fill("[name=day]", due_at.date().isoformat())
    page.fill("[name=from_time]", "00.00")
    page.fill("[name=until_time]", "23.59")
    page.fill("[name=reason]", "Pusat data tanpa listrik")
    page.click("button[value=look]")
    page.wait_for_selector("#effect-title")
    assert page.locator("section[aria-labelledby=effect-title] li a").count() > 0
    look(page)
