"""In which language and zone a page speaks. Knows the catalogues, no sentence."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import has_request_context, request, session
from flask_babel import Babel

from blueprints.edge import Alur
from blueprints.identity import LANGUAGE

LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
DEFAULT = "id"
CATALOGUES = Path(__file__).parent / "translations"


def install(app: Alur) -> None:
    """Compile the catalogues that are newer than their compiled form, and choose by request."""
    app.config.update(
        BABEL_DEFAULT_LOCALE=DEFAULT,
        BABEL_DEFAULT_TIMEZONE=app.settings.timezone,
        BABEL_TRANSLATION_DIRECTORIES=str(compiled(CATALOGUES)),
    )
    Babel(app, locale_selector=language)
    app.before_request(_remember_choice)


def language() -> str:
    """The language of this request: the session's, which began with the person's own."""
    chosen = session.get(LANGUAGE) if has_request_context() else None
    return chosen if chosen in LANGUAGES else DEFAULT


def compiled(catalogues: Path) -> Path:
    """The folder with the compiled catalogues: beside their sources, or, where nothing may be
    written there, one of this process's own.
    """
    try:
        return _compile_all(catalogues, catalogues)
    except OSError:
        return _compile_all(catalogues, _own_folder())


def _compile_all(catalogues: Path, into: Path) -> Path:
    for source in catalogues.glob("*/LC_MESSAGES/messages.po"):
        target = into / source.relative_to(catalogues).with_suffix(".mo")
        target.parent.mkdir(parents=True, exist_ok=True)
        compile_catalogue(source, target)
    return into


@functools.cache
def _own_folder() -> Path:
    """A folder that is removed when this process ends."""
    folder = tempfile.mkdtemp(prefix="alur-words-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def compile_catalogue(source: Path, target: Path) -> Path:
    """Compile `source` unless that is done already. Readers never see half a file."""
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return target
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parents[1].name)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as draft:
        write_mo(draft, catalogue)
    Path(draft.name).chmod(0o644)
    return Path(draft.name).replace(target)


def _remember_choice() -> None:
    wanted = request.args.get("lang")
    if wanted in LANGUAGES:
        session[LANGUAGE] = wanted
