"""The documentation holds: links lead somewhere, and nothing that can be used is left out."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import click
import pytest
import yaml
from flask import Flask

import config
from blueprints import commands, create_app
from blueprints.edge import Alur
from config import Settings
from states.edits import (
    ACTION_KEYS,
    AGAIN_KEYS,
    ENTRY_KEYS,
    RULE_KEYS,
    SEAT_KEYS,
    STEP_KEYS,
    TRACK_KEYS,
    WHOLE_KEYS,
)
from states.findings import WORDS
from tests.crashes import installation
from workflow.database import open_database

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.png"))
FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Alur:
    """The application; its database is never asked."""
    folder = tmp_path_factory.mktemp("docs")
    settings = Settings.from_environment({"ALUR_ENV": "test", "DATA_DIR": str(folder)})
    return create_app(settings, open_database("postgresql://127.0.0.1/never", folder))


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def links(path: Path) -> list[str]:
    """The relative links and pictures of a page."""
    text = FENCED.sub("", path.read_text(encoding="utf-8"))
    return [link for link in LINK.findall(text) if "://" not in link]


def anchors(path: Path) -> set[str]:
    """What a link may point to inside a page."""
    headings = HEADING.findall(FENCED.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> list[str]:
    """The commands under a command, in full: `calendar load`."""
    if not isinstance(command, click.Group):
        return [" ".join(path)]
    return [
        leaf for name, child in command.commands.items() for leaf in leaves(child, (*path, name))
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    for link in links(path):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link} names no heading"


def test_every_picture_is_shown_and_small() -> None:
    shown = {
        (path.parent / link).resolve()
        for path in PAGES
        for link in links(path)
        if link.endswith(".png")
    }
    assert PICTURES
    assert set(PICTURES) == shown
    assert all(picture.stat().st_size < 250_000 for picture in PICTURES)


def test_every_page_is_reached_from_the_first() -> None:
    reached: set[Path] = set()
    found = {ROOT / "README.md"}
    while found - reached:
        path = (found - reached).pop()
        reached.add(path)
        if path.suffix == ".md":
            found |= {(path.parent / link.partition("#")[0]).resolve() for link in links(path)}
    assert set(PAGES) <= reached


def test_every_setting_is_explained() -> None:
    names = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)*)"', inspect.getsource(config._Reading)))
    assert {"PORT", "SECRET_KEY"} < names
    rows = set(re.findall(r"^\| `(\w+)` \|", page("operators/configure.md"), re.MULTILINE))
    assert rows == names


def test_every_command_is_explained() -> None:
    bare = Flask("bare")  # without the commands that Flask and its extensions bring
    commands.register(bare)
    own = leaves(bare.cli)
    assert "journal verify" in own
    headings = re.findall(r"^## (.+)$", page("operators/commands.md"), re.MULTILINE)
    assert sorted(headings) == sorted(own)


def test_every_address_of_the_api_is_explained(app: Alur) -> None:
    called = {
        f"{method} {re.sub(r'<[^>]+>', 'ID', rule.rule)}"
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    explained = re.findall(r"^## ([A-Z]+ /api/.+)$", page("api.md"), re.MULTILINE)
    assert sorted(explained) == sorted(called)


def test_every_figure_and_probe_is_explained() -> None:
    text = page("operators/observe.md")
    assert all(name in text for name in ("/healthz", "/readyz", "/metrics"))


def test_every_finding_is_explained() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (?:error|warning)", page("workflows.md"), re.MULTILINE)
    assert sorted(rows) == sorted(WORDS)


def deployed(name: str) -> str:
    return page(f"operators/deployment/{name}")


def test_services_and_containers_start_the_same_programs() -> None:
    containers = yaml.safe_load(deployed("compose.yaml"))["services"]
    for name, unit in (("migrate", "migrate"), ("pages", "pages"), ("worker", "worker@")):
        started = re.search(
            r"^ExecStart=/opt/alur/(.+)$", deployed(f"alur-{unit}.service"), re.MULTILINE
        )
        assert started is not None
        words = started[1].replace("127.0.0.1:8000", "0.0.0.0:8000")
        assert words.removesuffix(" --graceful-timeout 10") == containers[name]["command"]
    assert " ".join(installation.WORKER[1:]) in deployed("alur-worker@.service")


def test_the_settings_of_the_services_are_fit_for_production() -> None:
    lines = deployed("alur.env").splitlines()
    given = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    assert given["SECRET_KEY"] == "", "a secret does not belong into a file for everybody"
    settings = Settings.from_environment({**given, "SECRET_KEY": "k" * 32})
    assert settings.is_production
    containers = yaml.safe_load(deployed("compose.yaml"))["x-alur"]["environment"]
    assert containers.keys() == given.keys()


def test_every_test_that_catches_a_fault_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page("faults.md"))
    assert len(named) > 30
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{name}"


def test_the_architecture_names_every_module_of_the_domain() -> None:
    named = set(re.findall(r"`(\w+)`", page("architecture.md")))
    for layer in ("states", "workflow", "workflow/engine"):
        found = {path.stem for path in (ROOT / layer).iterdir() if path.suffix in (".py", "")}
        assert {name for name in found if not name.startswith("_")} <= named


def test_the_guide_explains_every_word_of_the_language() -> None:
    text = page("workflows.md")
    code = [*FENCED.findall(text), *re.findall(r"`([^`\n]+)`", FENCED.sub("", text))]
    explained = set(re.findall(r"\w+", " ".join(code)))
    for keys in (WHOLE_KEYS, STEP_KEYS, ACTION_KEYS, SEAT_KEYS, RULE_KEYS, AGAIN_KEYS, TRACK_KEYS):
        assert set(keys) <= explained
    assert {key for keys in ENTRY_KEYS.values() for key in keys} <= explained
