"""The definitions that come with Alur, as text; the first is the one proposed to a new city."""

from __future__ import annotations

from importlib.resources import files

_NAMES = ("program-proposal", "program-proposal-sequential")


def names() -> tuple[str, ...]:
    """The keys of the shipped definitions."""
    return _NAMES


def text(name: str) -> str:
    """The YAML of a shipped definition; raises KeyError for any other name."""
    if name not in _NAMES:
        raise KeyError(name)
    return files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
