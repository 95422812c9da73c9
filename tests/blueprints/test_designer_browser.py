"""In a real browser: the designer by picture and keyboard, on a phone, a tablet and a desk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import text as sql

from blueprints.edge import Alur
from states import library
from tests.blueprints.serving import served, sign_in
from workflow.database import Database

pytestmark = [
    pytest.mark.browser,
    # the base_url fixture of the browser plugin's own plugin
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods"),
]
FORMS = (
    "",
    "/edit/step?step=checking",
    "/edit/step?step=after_review",
    "/edit/step?step=review",
    "/edit/action?step=endorsement&action=endorse",
    "/edit/review",
    "/edit/due",
    "/edit/words",
    "/edit/seats?step=review.ict.studying",
    "/edit/action?action=withdraw",
    "/edit/action?step=endorsement&action=refuse",
    "/edit/begin",
    "/edit/end",
    "/edit/fork?step=meeting",
    "/edit/step-before?step=review.ict.deciding",
    "/edit/side-by-side?step=endorsing",
)


@pytest.fixture(scope="module")
def address(app: Alur, city_database: Database) -> Iterator[str]:
    """Where the application is served while these tests run; their drafts are discarded."""
    with served(app) as address:
        yield address
    with city_database.sessions.begin() as session:
        session.execute(sql("UPDATE drafts SET status = 'discarded' WHERE status = 'draft'"))


@pytest.fixture
def draft(page: Page, address: str) -> str:
    """The address of a draft of the programme proposal; its administrator is signed in."""
    sign_in(page, address, "admin")
    page.goto(f"{address}/admin/workflows")
    page.get_by_role("button", name="Mulai alur kerja baru").click()
    page.locator("#f-source").fill(library.text("program-proposal"))
    page.get_by_role("button", name="Simpan dan periksa").click()
    expect(page.get_by_text("Tersimpan.")).to_be_visible()
    return page.url


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_every_form_can_be_read_and_reached_on_every_width(
    page: Page, draft: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for form in FORMS:
        page.goto(draft + form)
        _looked_at(page, width, re.sub(r"\W+", "_", form) or "draft")


def test_brackets_are_written_and_read_by_keyboard(page: Page, draft: str) -> None:
    form = f"{draft}/edit/action?step=endorsement&action=refuse"
    page.goto(form)
    guard = page.get_by_role("group", name="Hanya mungkin dengan syarat")
    guard.get_by_label("Jika", exact=True).select_option(label="prioritas Wali Kota")
    guard.get_by_text("Beberapa syarat dalam kurung").focus()
    page.keyboard.press("Enter")
    inside = guard.get_by_role("group").last
    inside.get_by_label("Dari syarat ini").select_option(label="tidak satu pun berlaku")
    for number, what in enumerate(("jalur strategis", "yang dinilai Perencanaan telah berubah")):
        inside.get_by_label("Syarat", exact=True).nth(number).select_option(label=what)
    page.get_by_role("button", name="Simpan dan periksa").press("Enter")
    page.wait_for_url(draft)
    told = "bukan (jalur strategis atau yang dinilai Perencanaan telah berubah)"
    expect(page.get_by_text(f"menjadi prioritas Wali Kota dan {told}")).to_be_visible()
    for width, language in product((390, 1280), ("en", "id")):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{form}&lang={language}")
        legend = "In brackets" if language == "en" else "Dalam kurung"
        expect(page.get_by_role("group", name=legend)).to_be_visible()
        _looked_at(page, width, f"brackets_{language}")


def _looked_at(page: Page, width: int, name: str) -> None:
    """It fits the width, axe finds nothing, and is kept as a picture where SHOTS says so."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{width}{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    found = Axe().run(page)
    assert found.violations_count == 0, (name, found.generate_report())


def test_a_step_is_reached_in_the_picture_by_mouse_and_by_keyboard(page: Page, draft: str) -> None:
    step = page.locator("a:has(title:text-is('Pemeriksaan kelengkapan, Petugas perencanaan'))")
    step.locator(".box").click()
    page.get_by_role("textbox", name="Batas waktu").first.fill("5")
    page.get_by_role("button", name="Simpan dan periksa").click()
    page.wait_for_url(draft)
    expect(page.get_by_text("menjadi 5 hari kerja")).to_be_visible()
    step.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Batas waktu").first).to_have_value("5")
    page.goto(draft)
    page.get_by_role("button", name="Urungkan").press("Enter")
    expect(page.get_by_text("Perubahan terakhir diurungkan.")).to_be_visible()
    expect(page.get_by_text("menjadi 5 hari kerja")).to_have_count(0)
    page.get_by_role("button", name="Ulangi").press("Enter")
    expect(page.get_by_text("menjadi 5 hari kerja")).to_be_visible()
