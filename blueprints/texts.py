"""Texts of workflows as files to save, and the lines in which two of them differ."""

from __future__ import annotations

import difflib

from flask import Response

YAML = "application/yaml; charset=utf-8"


def as_file(source: str, name: str) -> Response:
    """A text to save under a name, byte by byte."""
    answer = Response(source.encode(), content_type=YAML)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def difference(kept: str, typed: str) -> list[str]:
    """The lines in which the kept text and the typed one differ, with three lines around."""
    lines = difflib.unified_diff(kept.splitlines(), typed.splitlines(), lineterm="")
    return list(lines)[2:]
