"""What a script sends: bodies, cursors and keys, with every problem told at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError

from blueprints.digits import whole
from workflow.errors import Invalid, Problem

MOST_ROWS = 200
FEWEST_KEY = 8
MOST_KEY = 128

Body = TypeVar("Body", bound=BaseModel)


class Strict(BaseModel):
    """A body in which nothing is guessed: unknown keys and other types are problems."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def body(model: type[Body]) -> Body:
    """The request's body as `model`. Raises Invalid with each problem at its field."""
    try:
        document = request.get_json(silent=True)
    except RecursionError:
        document = None  # nested deeper than anything that could be meant
    if not isinstance(document, dict):
        raise Invalid(Problem("", "not_json_object"))
    if not all(map(_is_storable, _texts(document))):
        raise Invalid(Problem("", "control_character"))
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise Invalid(*(_problem(dict(detail)) for detail in error.errors())) from None


def limit() -> int:
    """How many rows are asked for, 50 unless told, at most 200. Raises Invalid."""
    asked = whole(request.args.get("limit", "50"))
    if asked is None or not 1 <= asked <= MOST_ROWS:
        raise Invalid(Problem("limit", "not_in_range", {"least": 1, "most": MOST_ROWS}))
    return asked


def whole_number(name: str, default: int) -> int:
    """A whole number from the address. Raises Invalid."""
    number = whole(request.args.get(name, str(default)))
    if number is None:
        raise Invalid(Problem(name, "not_a_number"))
    return number


def idempotency_key() -> str:
    """The key that makes a repeated write the same write. Raises Invalid when it is missing."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not FEWEST_KEY <= len(key) <= MOST_KEY:
        values = {"least": FEWEST_KEY, "most": MOST_KEY}
        raise Invalid(Problem("Idempotency-Key", "not_in_length", values))
    return key


def _texts(document: object) -> Iterator[str]:
    """Every text of a document, names included, however deep it lies."""
    waiting = [document]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case dict() as pairs:
                waiting += [*pairs, *pairs.values()]
            case list() as items:
                waiting += items


def _is_storable(text: str) -> bool:
    """Whether the database can hold it: no NUL, no half characters."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _problem(detail: dict[str, object]) -> Problem:
    place = detail["loc"]
    assert isinstance(place, tuple)
    code = "missing" if detail["type"] == "missing" else "not_understood"
    return Problem(".".join(map(str, place)), code, {"detail": str(detail["msg"])})
