"""Every sentence exists in Indonesian, and every name of the shipped definitions has words."""

from __future__ import annotations

import io
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from blueprints import language, words
from states import library
from states.definition import Definition
from states.reading import read
from workflow import labels

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "blueprints/translations/id/LC_MESSAGES/messages.po"
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    """The Indonesian catalogue."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="id")


@pytest.fixture(scope="module")
def sentences() -> set[str]:
    """Every sentence that code and templates hold."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(str(ROOT), methods, options, KEYWORDS, directory_filter=_is_own)
    return {text[0] if isinstance(text, tuple) else text for _, _, text, _, _ in found}


def _is_own(folder: str | os.PathLike[str]) -> bool:
    return Path(folder).name not in {"data", "tests"} and not Path(folder).name.startswith(".")


def test_every_sentence_has_an_indonesian_translation(
    catalogue: Catalog, sentences: set[str]
) -> None:
    known = {_id(message) for message in catalogue if message.id and _is_translated(message)}
    assert sorted(sentences - known) == []


def test_no_translation_is_fuzzy_or_left_over(catalogue: Catalog, sentences: set[str]) -> None:
    assert [_id(message) for message in catalogue if message.id and message.fuzzy] == []
    assert sorted({_id(message) for message in catalogue if message.id} - sentences) == []


def test_translations_keep_their_placeholders(catalogue: Catalog) -> None:
    for message in catalogue:
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set(PLACEHOLDER.findall(str(message.id)))
        for text in texts:
            assert set(PLACEHOLDER.findall(text)) <= wanted, message.id
            assert wanted - {"num"} <= set(PLACEHOLDER.findall(text)), message.id


def test_indonesian_has_one_plural_form(catalogue: Catalog) -> None:
    assert catalogue.num_plurals == 1


def test_a_catalogue_is_compiled_only_when_it_is_newer(tmp_path: Path) -> None:
    source = _written(tmp_path)
    target = source.with_suffix(".mo")
    assert language.compiled(tmp_path) == tmp_path
    assert b"Antrean" in target.read_bytes()
    target.write_bytes(b"kept")
    language.compiled(tmp_path)
    assert target.read_bytes() == b"kept"
    os.utime(source, (target.stat().st_mtime + 5,) * 2)
    language.compiled(tmp_path)
    assert b"Antrean" in target.read_bytes()
    assert [
        path.name for path in source.parent.iterdir() if path.suffix not in {".po", ".mo"}
    ] == []


def _written(folder: Path) -> Path:
    source = folder / "id" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid ""\nmsgstr ""\n\nmsgid "Queue"\nmsgstr "Antrean"\n')
    return source


def test_code_that_may_not_be_written_speaks_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service runs as a user to whom the code does not belong; root alone may write there."""
    source = _written(tmp_path)
    draft = tempfile.NamedTemporaryFile

    def refuse(*, dir: Path, **options: Any) -> Any:  # noqa: A002 - its name in the library
        if dir.is_relative_to(tmp_path):
            raise PermissionError(13, "Permission denied", str(dir))
        return draft(dir=dir, **options)

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    into = language.compiled(tmp_path)
    assert b"Antrean" in (into / "id" / "LC_MESSAGES" / "messages.mo").read_bytes()
    assert not source.with_suffix(".mo").exists()


@pytest.mark.parametrize("name", library.names())
def test_every_name_of_a_shipped_definition_has_words(name: str) -> None:
    definition = read(library.text(name))
    unknown = {(kind, used) for kind, used in _names(definition) if not labels.knows(kind, used)}
    assert unknown == set()


def _names(definition: Definition) -> set[tuple[str, str]]:
    steps = list(definition.every_step())
    actions = [action for step in steps for action in step.actions.values()]
    return {
        ("definition", definition.key),
        *(("fact", fact) for fact in definition.facts),
        *(("party", party) for party in definition.parties),
        *(("step", step.path) for step in steps),
        *(("track", track) for step in steps for track in step.tracks),
        *(("action", action.name) for action in [*actions, *definition.anywhere.values()]),
        *(("need", need) for action in actions for need in action.needs),
        *(("verdict", rule.outcome) for step in steps for rule in step.tally),
        *(("verdict", action.verdict) for action in actions if action.verdict),
        *(
            ("post", place.post)
            for party in definition.parties.values()
            for place in (party.place, party.instead)
            if place is not None
        ),
    }


def test_both_languages_have_a_word_for_everything() -> None:
    for kind, names in labels.KINDS.items():
        for name, texts in names.items():
            assert kind == "capacity_short" or all(texts), (kind, name)


def test_a_path_is_known_by_its_longest_known_end() -> None:
    assert labels.label("step", "review.ict.deciding", "id") == "Rekomendasi teknis"
    assert labels.label("step", "elsewhere.deciding", "en") == "Decision"
    assert labels.label("step", "some.new_step", "en") == "new step"


def test_every_rule_that_the_engine_names_has_words() -> None:
    source = io.StringIO()
    for path in (ROOT / "workflow").rglob("*.py"):
        source.write(path.read_text(encoding="utf-8"))
    raised = set(re.findall(r'Reason\(\s*"(\w+)"', source.getvalue()))
    refused = set()
    for path in (ROOT / "states").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        refused |= set(re.findall(r'^    code = "(\w+)"', text, re.MULTILINE))
    assert (raised | refused) - {"refused"} - words.REASONS.keys() == set()


def _is_translated(message: object) -> bool:
    string = message.string  # type: ignore[attr-defined]
    return all(string) if isinstance(string, tuple) else bool(string)


def _id(message: object) -> str:
    identity = message.id  # type: ignore[attr-defined]
    return identity[0] if isinstance(identity, tuple) else identity
