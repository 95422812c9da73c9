"""Takes the pictures of these pages: `make screenshots`.

Starts Alur with a fresh demo city in a data folder of its own, signs in as the people of the demo
and keeps what they see in docs/pictures. Knows the pages only as a browser does.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
PICTURES = HERE / "pictures"
PASSWORD = "metro-demo"
SECONDS_TO_START = 120
SECONDS_TO_SWEEP = 8  # until the first reminders are written
SECONDS_TO_DELIVER = 240  # what piled up is told after two minutes
DESK, PHONE = 1280, 390
TALL = 6000  # nothing is scrolled, so that nothing covers the part
FLOW = ".flow-figure"
CASE = "Pemetaan saluran air dan titik genangan"
DRAFT = "Jemput bola imunisasi bagi warga lanjut usia"
BROWSER = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Picture:
    """What to photograph: whose desk, which way there, how wide, which part, how deep."""

    name: str
    username: str
    way: Callable[[Page], None]
    width: int = DESK
    height: int = 720
    part: str | None = None
    deepest: int = 2000


def take_all() -> None:
    """Take every picture. Ends in SystemExit when there is no browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("The pictures need Chromium; on Debian install it with: apt-get install chromium")
    PICTURES.mkdir(exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER)
        desks = {username: desk(browser, address, username) for username in USERNAMES}
        for picture in ALL:
            take(desks[picture.username], picture)
        browser.close()


@contextmanager
def served() -> Iterator[str]:
    """The demo city on a free port, with all its messages delivered; gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        settings = {"ALUR_ENV": "demo", "PORT": str(port), "DATA_DIR": folder}
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}
        server = subprocess.Popen(
            [sys.executable, "wsgi.py"],
            cwd=HERE.parent,
            env={**kept, **settings},
            stdout=subprocess.DEVNULL,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: bool(read(f"{address}/readyz")), SECONDS_TO_START)
            time.sleep(SECONDS_TO_SWEEP)
            wait_until(lambda: is_quiet(address), SECONDS_TO_DELIVER)
            yield address
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


def desk(browser: Browser, address: str, username: str) -> Page:
    """A browser in which this person is signed in; without a name, nobody is."""
    page = browser.new_context(base_url=address, locale="id-ID").new_page()
    if username:
        page.goto("/sign-in")
        page.fill("[name=username]", username)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/")
    return page


def take(page: Page, picture: Picture) -> None:
    """Walk there and keep what is seen."""
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    picture.way(page)
    path = PICTURES / f"{picture.name}.png"
    if picture.part:
        box = page.locator(picture.part).first.bounding_box()
        assert box is not None, f"{picture.name}: there is no {picture.part}"
        page.screenshot(path=path, clip={**box, "height": min(box["height"], picture.deepest)})
    else:
        page.screenshot(path=path)
    print(f"{path.relative_to(HERE.parent)}: {path.stat().st_size // 1024} kB")


def to(path: str) -> Callable[[Page], None]:
    """The way to an address."""

    def go(page: Page) -> None:
        page.goto(path)

    return go


def to_case(page: Page) -> None:
    """The way to the case of the pictures, from the queue."""
    page.goto("/queue/")
    page.get_by_role("link", name=CASE).click()
    page.wait_for_url("**/cases/*")


def to_decision(page: Page) -> None:
    """The case, with the form for returning it opened."""
    to_case(page)
    page.locator("summary", has_text=re.compile(r"^\s*Kembalikan(?! ke)")).click()


def to_flow(page: Page) -> None:
    """The case, its picture of the flow scrolled to where the case stands."""
    to_case(page)
    page.locator(FLOW).evaluate("figure => figure.scrollLeft = 420")


def to_refusals(page: Page) -> None:
    """A draft as its head sees it: what is not for the head, and why."""
    page.goto("/")
    page.get_by_role("link", name=DRAFT).first.click()
    page.wait_for_url("**/cases/*")


def to_form(page: Page) -> None:
    """The form of a draft that is not complete."""
    to_refusals(page)
    page.get_by_role("link", name="Ubah usulan").first.click()
    page.wait_for_url("**/edit")


def to_workflow(page: Page) -> None:
    """The newest version of the proposals' workflow."""
    page.goto("/admin/workflows")
    page.get_by_role("link", name="Usulan program", exact=True).click()
    page.wait_for_url("**/admin/workflows/*")


# The ways of a newcomer's first workflow follow each other: each goes on where the last one ended.


def send(page: Page, link: str, **typed: str) -> None:
    """Open a form of the draft, fill in its boxes, save, and be on the draft's page again."""
    found = page.locator(f"a[href*='{link}']").first
    found.evaluate("link => { const fold = link.closest('details'); if (fold) fold.open = true }")
    found.click()
    for name, words in typed.items():
        box = page.locator(f".designer-form [name='{name.replace('__', '.')}']")
        kind = box.evaluate("box => box.tagName")
        box.select_option(words) if kind == "SELECT" else box.fill(words)


def to_empty_draft(page: Page) -> None:
    """A new draft: one asks, one decides."""
    page.goto("/admin/workflows")
    page.locator("form[action*='/admin/drafts/'] button").first.click()
    page.wait_for_url("**/admin/drafts/*")


def to_review(page: Page) -> None:
    """The form for another review, after the workflow and who decides are named."""
    save = page.locator(".designer-form .btn-primary")
    send(page, "edit/name", name="Permintaan subdomain", name_en="Subdomain request")
    save.click()
    send(page, "party=decider", place="ict|head", instead="secretariat|assistant_two")
    save.click()
    boxes = {"place": "ict|reviewer", "instead": "spbe_team|member", "name": "Pemeriksaan"}
    send(page, "edit/review", **boxes, name_en="Technical check")


def to_built_draft(page: Page) -> None:
    """The draft when everything is said."""
    page.locator(".designer-form .btn-primary").click()
    page.wait_for_url(re.compile("/admin/drafts/[0-9]+$"))


def to_approval(page: Page) -> None:
    """The same draft, as the second administrator has it to approve."""
    page.goto("/admin/workflows")
    page.get_by_role("link", name="Permintaan subdomain").first.click()
    page.wait_for_url("**/admin/drafts/*")


def to_submitted_draft(page: Page) -> None:
    """The draft, given to a second administrator."""
    page.locator("form[action$='/submit'] button").click()
    page.wait_for_load_state()


def to_offer(page: Page) -> None:
    """The published version, offered for new proposals."""
    page.locator("form[action$='/approve'] button").click()
    page.wait_for_selector(".notice-done")
    page.goto("/admin/workflows")
    page.get_by_role("link", name="Permintaan subdomain").first.click()
    page.locator("form[action$='/offer'] button").click()
    page.wait_for_load_state()


def to_choice(page: Page) -> None:
    """A proposal that begins on the new workflow."""
    page.goto("/proposals/new")
    page.select_option("[name=workflow]", "permintaan-subdomain")
    page.fill("[name=title]", "Subdomain untuk antrean puskesmas")


def is_quiet(address: str) -> bool:
    """Whether every message of the demo city has been delivered."""
    figures = read(f"{address}/metrics").splitlines()
    told = [line for line in figures if line.startswith("alur_messages{")]
    return bool(told) and all(
        line.endswith(" 0.0") for line in told if 'state="delivered"' not in line
    )


def read(url: str) -> str:
    """What an address answers, or nothing."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return str(answer.read(), "utf-8")
    except (urllib.error.URLError, ConnectionError):
        return ""


def wait_until(holds: Callable[[], bool], seconds: int) -> None:
    """Ask twice a second. Ends in SystemExit when it takes too long."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            sys.exit(f"Alur was not ready after {seconds} seconds.")
        time.sleep(0.5)


ALL = (
    Picture("sign-in", "", to("/sign-in"), height=800),
    Picture("start", "kepala.diskominfo", to("/"), height=560),
    Picture("queue", "kepala.bapperida", to("/queue/"), height=430),
    Picture("queue-phone", "kepala.bapperida", to("/queue/"), width=PHONE, height=640),
    Picture("case", "kepala.bapperida", to_case, height=820),
    Picture("case-phone", "kepala.bapperida", to_case, width=PHONE, height=780),
    Picture("decision", "kepala.bapperida", to_decision, height=TALL, part="#decide"),
    Picture("not-yours", "kepala.dinkes", to_refusals, height=TALL, part="#decide"),
    Picture("swimlane", "kepala.bapperida", to_flow, height=TALL, part=FLOW, deepest=560),
    Picture("proposal", "operator.dinkes", to_form, height=820),
    Picture("workflow", "admin", to_workflow, height=720),
    Picture("new-1-empty", "admin", to_empty_draft, height=900),
    Picture("new-2-review", "admin", to_review, height=1080),
    Picture("new-3-built", "admin", to_built_draft, height=980),
    Picture("new-4-submitted", "admin", to_submitted_draft, height=640),
    Picture("new-5-approval", "admin2", to_approval, height=900),
    Picture("new-6-offered", "admin2", to_offer, height=760),
    Picture("new-7-chosen", "operator.dinkes", to_choice, height=640),
)
USERNAMES = sorted({picture.username for picture in ALL})


if __name__ == "__main__":
    take_all()
