"""The document of a programme proposal: what can be stored. Knows no database.

A draft may have gaps anywhere; only what no field can hold is refused. What is missing before a
submission is told by `gaps`, what the workflow needs to know by `facts`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from workflow.document.choices import choices
from workflow.errors import Invalid, Problem

MOST_RUPIAH = 10**13
MOST_ROWS = 100
LONGEST_LINE = 2_000
LONGEST_TEXT = 20_000
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
LARGEST_NUMBER = Decimal(10**12)

GROUPED = re.compile(r"(?:Rp\.?\s*)?(\d{1,3}(?:\.\d{3})+|\d+)(?:,0+)?", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
CODES = {
    "string_too_long": "too_long",
    "too_long": "too_many",
    "extra_forbidden": "unknown_field",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large",
    "int_parsing": "not_a_number",
    "int_type": "not_a_number",
    "int_from_float": "not_a_whole_number",
    "int_parsing_size": "too_large",
    "decimal_parsing": "not_a_number",
    "decimal_type": "not_a_number",
    "decimal_max_places": "too_many_decimals",
    "finite_number": "not_a_number",
    "bool_parsing": "not_yes_or_no",
    "bool_type": "not_yes_or_no",
    "string_type": "not_text",
}
LIMITS = {"max_length": "most", "le": "most", "ge": "least", "decimal_places": "most"}


def _blank_is_none(value: object) -> object:
    """What a form sends for a field that nobody filled in."""
    return None if isinstance(value, str) and not value.strip() else value


def _no_control_characters(text: str) -> str:
    if CONTROL.search(text):
        raise PydanticCustomError("control_character", "holds a control character")
    return text.replace("\r\n", "\n")


def _one_line(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) and "\x00" not in value else value


def _no_true_or_false(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("not_a_number", "is not a number")
    return value


def _rupiah(value: object) -> object:
    """Accept `Rp 1.234.567` as people write it."""
    if not isinstance(value, str):
        return _no_true_or_false(value)
    match = GROUPED.fullmatch(value.strip())
    return match[1].replace(".", "") if match else value


def _decimal(value: object) -> object:
    """Accept `12,5` as people write it."""
    return value.replace(",", ".") if isinstance(value, str) else _no_true_or_false(value)


def _choice(field: str) -> AfterValidator:
    def known(code: str | None) -> str | None:
        if code is not None and code not in choices(field):
            raise PydanticCustomError("unknown_choice", "is not offered")
        return code

    return AfterValidator(known)


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else format(number.normalize(), "f")


Blank = BeforeValidator(_blank_is_none)
Checked = AfterValidator(_no_control_characters)
Line = Annotated[
    Annotated[str, Field(max_length=LONGEST_LINE), Checked], BeforeValidator(_one_line)
]
Text = Annotated[str, Field(max_length=LONGEST_TEXT), Checked]
Code = Annotated[str, Field(max_length=64), Checked]
YearNumber = Annotated[
    int, BeforeValidator(_no_true_or_false), Field(ge=EARLIEST_YEAR, le=LATEST_YEAR)
]
Year = Annotated[YearNumber | None, Blank]
Rupiah = Annotated[
    Annotated[int, Field(ge=0, le=MOST_RUPIAH)] | None, BeforeValidator(_rupiah), Blank
]
Number = Annotated[
    Annotated[Decimal, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER, decimal_places=2)] | None,
    BeforeValidator(_decimal),
    PlainSerializer(_plain),
    Blank,
]
Count = Annotated[Annotated[int, Field(ge=0, le=10**9)] | None, Blank]
YesNo = Annotated[bool | None, Blank]


class Part(BaseModel):
    """What all parts have in common: nothing unknown is kept, and nothing changes in place."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class BudgetRow(Part):
    """Money of one year from one source, in whole rupiah."""

    year: Year = None
    source: Annotated[Code | None, _choice("source"), Blank] = None
    amount: Rupiah = None


class Indicator(Part):
    """One measure of what the programme brings, with where it stands and where it shall go."""

    name: Line = ""
    unit: Line = ""
    direction: Annotated[Code | None, _choice("direction"), Blank] = None
    baseline: Number = None
    baseline_year: Year = None
    targets: Annotated[dict[YearNumber, Number], Field(max_length=MOST_ROWS)] = {}


class Supporter(Part):
    """Another agency that takes part, and as what."""

    code: Code = ""
    role: Line = ""


class Ict(Part):
    """What a proposal with information technology says besides."""

    kinds: Annotated[
        tuple[Annotated[Code, _choice("ict_kinds")], ...], Field(max_length=MOST_ROWS)
    ] = ()
    new_application: YesNo = None
    application_name: Line = ""
    existing_check: Text = ""
    """Which applications the city has already were looked at, and why none of them will do."""
    hosting: Annotated[Code | None, _choice("hosting"), Blank] = None
    personal_data: Annotated[Code | None, _choice("personal_data"), Blank] = None
    personal_data_subjects: Count = None


Rows = Field(max_length=MOST_ROWS)


class ProposalDocument(Part):
    """A programme proposal. Every field may be empty in a draft."""

    title: Line = ""
    short_name: Line = ""
    dimension: Annotated[Code | None, _choice("dimension"), Blank] = None
    sub_dimension: Annotated[Code | None, _choice("sub_dimension"), Blank] = None
    kind: Annotated[Code | None, _choice("kind"), Blank] = None
    action_groups: Annotated[tuple[Annotated[Code, _choice("action_groups")], ...], Rows] = ()
    quick_win: YesNo = None
    origin: Annotated[Code | None, _choice("origin"), Blank] = None
    problem: Text = ""
    beneficiaries: Line = ""
    objective: Text = ""
    scope: Text = ""
    locations: Annotated[tuple[Annotated[Code, _choice("locations")], ...], Rows] = ()
    plan_item: Line = ""
    off_plan_reason: Text = ""
    changes_plan: YesNo = None
    mayoral_priority: YesNo = None
    year_start: Year = None
    year_end: Year = None
    budget: Annotated[tuple[BudgetRow, ...], Rows] = ()
    outputs: Annotated[tuple[Indicator, ...], Rows] = ()
    outcomes: Annotated[tuple[Indicator, ...], Rows] = ()
    supporting_agencies: Annotated[tuple[Supporter, ...], Rows] = ()
    ict_involved: YesNo = None
    ict: Ict = Ict()
    sustainability: Text = ""
    remarks: Text = ""
    """What an imported list said that has no field of its own."""

    @property
    def total_budget(self) -> int:
        """The sum of all budget rows, in whole rupiah. Computed, never typed."""
        return sum(row.amount or 0 for row in self.budget)

    @property
    def years(self) -> range:
        """The years that the programme runs; none while they are not said, or the wrong way."""
        if self.year_start is None or self.year_end is None:
            return range(0)
        return range(self.year_start, self.year_end + 1)

    def stored(self) -> dict[str, Any]:
        """The document as it is kept in the database."""
        return self.model_dump(mode="json")


def parse(document: Mapping[str, Any]) -> ProposalDocument:
    """Read a document. Raises Invalid with everything in it that cannot be stored."""
    try:
        return ProposalDocument.model_validate(document)
    except ValidationError as error:
        problems = [_problem(details) for details in error.errors(include_url=False)]
        raise Invalid(*problems) from None


def _problem(details: ErrorDetails) -> Problem:
    path = ".".join(str(part) for part in details["loc"] if part != "[key]")
    values = {
        LIMITS[name]: limit for name, limit in details.get("ctx", {}).items() if name in LIMITS
    }
    own = details["type"] if details["type"] in OWN else "not_understood"
    return Problem(path, CODES.get(details["type"], own), values)


OWN = {"control_character", "not_a_number", "unknown_choice"}
