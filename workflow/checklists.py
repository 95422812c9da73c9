"""The reviewers' checklists: data in `checklists.yaml`, read once. Knows no case, table or page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypedDict

import yaml

from workflow.errors import Problem

SOURCE = Path(__file__).with_name("checklists.yaml")
LONGEST_NOTE = 1000


class Answer(StrEnum):
    """What may be said of an item. Everything but YES asks for a note."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_APPLICABLE = "n/a"


@dataclass(frozen=True, slots=True)
class Item:
    """One question. `text` holds its wording by language; a killer answered "no" blocks."""

    key: str
    is_killer: bool
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """Items that are asked under one heading."""

    title: Mapping[str, str]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """All that is asked on one step."""

    name: str
    groups: tuple[Group, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item, in the order in which it is asked."""
        return tuple(item for group in self.groups for item in group.items)


@cache
def names() -> tuple[str, ...]:
    """The checklists that exist."""
    return tuple(_source())


@cache
def load(name: str) -> Checklist:
    """The checklist of that name. Raises KeyError when there is none."""
    groups = tuple(
        Group(entry["group"], tuple(_item(item) for item in entry["items"]))
        for entry in _source()[name]
    )
    return Checklist(name, groups)


def problems(name: str, answers: Mapping[str, Mapping[str, str]]) -> tuple[Problem, ...]:
    """What is still wrong with these answers: items not answered, notes not given or too long."""
    found = (_problem(item, answers.get(item.key, {})) for item in load(name).items)
    return tuple(problem for problem in found if problem)


def blocking(name: str, answers: Mapping[str, Mapping[str, str]]) -> tuple[Item, ...]:
    """The killer items that were answered "no"."""
    return tuple(
        item
        for item in load(name).items
        if item.is_killer and answers.get(item.key, {}).get("answer") == Answer.NO
    )


def _problem(item: Item, given: Mapping[str, str]) -> Problem | None:
    field = f"checklist.{item.key}"
    answer, note = given.get("answer", ""), given.get("note", "").strip()
    if answer not in set(Answer):
        return Problem(field, "checklist_unanswered", {"number": item.key})
    if answer != Answer.YES and not note:
        return Problem(field, "checklist_note_missing", {"number": item.key})
    if len(note) > LONGEST_NOTE:
        return Problem(field, "too_long", {"most": LONGEST_NOTE})
    return None


def _item(entry: Mapping[str, str]) -> Item:
    text = {"id": entry["id"], "en": entry["en"]}
    return Item(entry["key"], bool(entry.get("killer")), text)


class _Group(TypedDict):
    group: dict[str, str]
    items: list[dict[str, str]]


@cache
def _source() -> dict[str, list[_Group]]:
    document: dict[str, list[_Group]] = yaml.safe_load(SOURCE.read_text("utf-8"))
    return document
