"""Reads the demo city's data into what `founding` takes. Knows no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

import yaml

from workflow.city.founding import Name, Post, Unit

LONGEST_IN_TITLE = 42
"""A title with a longer agency name uses the short one: "Kepala Bapperida"."""


@cache
def city() -> Mapping[str, Any]:
    """The city's data as it is written."""
    text = resources.files("workflow.city").joinpath("metro.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Any] = yaml.safe_load(text)
    return data


@cache
def proposals() -> Sequence[Mapping[str, Any]]:
    """The proposals on their way, as they are written."""
    text = resources.files("workflow.city").joinpath("proposals.yaml").read_text(encoding="utf-8")
    rows: Sequence[Mapping[str, Any]] = yaml.safe_load(text)
    return rows


def units(since: date) -> list[Unit]:
    """All agencies of the city; the oldest name of each holds since that day, or long before."""
    return [_unit(row, since) for row in city()["agencies"]]


def _unit(row: Mapping[str, Any], since: date) -> Unit:
    return Unit(
        code=row["code"],
        names=_names(row, since),
        posts=_posts(row),
        parent=row.get("parent"),
        week=row.get("week", "five"),
        functions=tuple(row.get("functions", ())),
    )


def _names(row: Mapping[str, Any], since: date) -> tuple[Name, ...]:
    renamed: date = city()["renamed_on"]
    before = row.get("before")
    oldest = min(since, renamed - timedelta(days=365))
    if before is None:
        return (Name(row["name"], row["short"], oldest),)
    return (
        Name(before["name"], before["short"], oldest, renamed - timedelta(days=1)),
        Name(row["name"], row["short"], renamed),
    )


def _posts(row: Mapping[str, Any]) -> tuple[Post, ...]:
    return tuple(
        Post(
            post=post,
            title=_title(row, post, said["title"]),
            usernames=_usernames(row["code"], said["user"], said.get("people", 1)),
            superior=said.get("superior"),
        )
        for post, said in city()["posts"][row.get("posts", "agency")].items()
    )


def _title(row: Mapping[str, Any], post: str, pattern: str) -> str:
    own: str | None = row.get("titles", {}).get(post)
    name = row["name"] if len(row["name"]) <= LONGEST_IN_TITLE else row["short"]
    return own or pattern.format(name.removeprefix("UPTD "))


def _usernames(code: str, user: str, people: int) -> tuple[str, ...]:
    if user.startswith("="):
        return (user[1:],)
    return tuple(f"{user}{'' if number == 1 else number}.{code}" for number in range(1, people + 1))
