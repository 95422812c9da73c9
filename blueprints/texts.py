"""Texts of workflows as files to save."""

from __future__ import annotations

from flask import Response

YAML = "application/yaml; charset=utf-8"


def as_file(source: str, name: str) -> Response:
    """A text to save under a name, byte by byte."""
    answer = Response(source.encode(), content_type=YAML)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
