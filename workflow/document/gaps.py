"""What a proposal still lacks before it may be submitted: each gap beside its field, by a code.

Judges a document that can be stored; knows no database and no workflow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from workflow.document import Ict, Indicator, ProposalDocument
from workflow.document.choices import choices
from workflow.errors import Problem

LENGTHS = {
    "title": (10, 200),
    "problem": (100, 2_000),
    "objective": (50, 1_000),
    "scope": (100, 5_000),
}
LONGEST_SHORT_NAME = 60
OFF_PLAN_REASON = (100, 1_500)
EXISTING_CHECK = (20, 1_500)
ROLE = (5, 200)
MOST_YEARS = 10
REQUIRED = (
    "dimension",
    "sub_dimension",
    "kind",
    "quick_win",
    "origin",
    "changes_plan",
    "mayoral_priority",
    "year_start",
    "year_end",
    "ict_involved",
)
REQUIRED_LISTS = ("action_groups", "locations", "budget", "outputs", "outcomes")


def gaps(document: ProposalDocument) -> tuple[Problem, ...]:
    """Everything that is missing or does not fit together, in the order of the form."""
    found = [
        *_texts(document),
        *_required(document),
        *_dimension(document),
        *_plan(document),
        *_years(document),
        *_budget(document),
        *_indicators(document),
        *_supporters(document),
        *(_ict(document.ict) if document.ict_involved else ()),
    ]
    order = {name: number for number, name in enumerate(ProposalDocument.model_fields)}
    return tuple(sorted(found, key=lambda gap: order[gap.field.partition(".")[0]]))


def _length(field: str, text: str, bounds: tuple[int, int]) -> Iterator[Problem]:
    least, most = bounds
    if not text:
        yield Problem(field, "missing")
    elif len(text) < least:
        yield Problem(field, "too_short", {"least": least, "have": len(text)})
    elif len(text) > most:
        yield Problem(field, "too_long", {"most": most, "have": len(text)})


def _texts(document: ProposalDocument) -> Iterator[Problem]:
    for field, bounds in LENGTHS.items():
        yield from _length(field, getattr(document, field), bounds)
    if len(document.short_name) > LONGEST_SHORT_NAME:
        yield from _length("short_name", document.short_name, (0, LONGEST_SHORT_NAME))


def _required(document: ProposalDocument) -> Iterator[Problem]:
    for field in REQUIRED:
        if getattr(document, field) is None:
            yield Problem(field, "missing")
    for field in REQUIRED_LISTS:
        if not getattr(document, field):
            yield Problem(field, "no_rows")


def _dimension(document: ProposalDocument) -> Iterator[Problem]:
    if document.dimension is None or document.sub_dimension is None:
        return
    if choices("sub_dimension")[document.sub_dimension].under != document.dimension:
        yield Problem("sub_dimension", "not_of_dimension", {"dimension": document.dimension})


def _plan(document: ProposalDocument) -> Iterator[Problem]:
    if not document.plan_item:
        yield from _length("off_plan_reason", document.off_plan_reason, OFF_PLAN_REASON)


def _years(document: ProposalDocument) -> Iterator[Problem]:
    if document.year_start is None or document.year_end is None:
        return
    if document.year_end < document.year_start:
        yield Problem("year_end", "before_start", {"start": document.year_start})
    elif len(document.years) > MOST_YEARS:
        yield Problem("year_end", "too_many_years", {"most": MOST_YEARS})


def _budget(document: ProposalDocument) -> Iterator[Problem]:
    for number, row in enumerate(document.budget):
        for field in ("year", "source", "amount"):
            if getattr(row, field) is None:
                yield Problem(f"budget.{number}.{field}", "missing")
        if row.year is not None and document.years and row.year not in document.years:
            yield Problem(f"budget.{number}.year", "outside_years", {"year": row.year})
    twice = Counter((row.year, row.source) for row in document.budget if row.year and row.source)
    for number, row in enumerate(document.budget):
        if row.year and row.source and twice[row.year, row.source] > 1:
            yield Problem(f"budget.{number}.source", "repeated", {"year": row.year})
    if document.budget:
        yield from _budget_years(document)


def _budget_years(document: ProposalDocument) -> Iterator[Problem]:
    without = sorted(set(document.years) - {row.year for row in document.budget})
    if without:
        yield Problem("budget", "years_without_budget", {"years": without})
    if document.total_budget == 0:
        yield Problem("budget", "no_money")


def _indicators(document: ProposalDocument) -> Iterator[Problem]:
    for group in ("outputs", "outcomes"):
        for number, indicator in enumerate(getattr(document, group)):
            yield from _indicator(f"{group}.{number}", indicator, document.years)
    outputs = {indicator.name.casefold() for indicator in document.outputs if indicator.name}
    for number, indicator in enumerate(document.outcomes):
        if indicator.name.casefold() in outputs:
            yield Problem(f"outcomes.{number}.name", "same_as_output")


def _indicator(path: str, indicator: Indicator, years: range) -> Iterator[Problem]:
    for field in ("name", "unit", "direction", "baseline", "baseline_year"):
        if getattr(indicator, field) in (None, ""):
            yield Problem(f"{path}.{field}", "missing")
    for year in years[:MOST_YEARS]:
        if indicator.targets.get(year) is None:
            yield Problem(f"{path}.targets.{year}", "missing")
    for year in sorted(set(indicator.targets) - set(years)) if years else ():
        if indicator.targets[year] is not None:
            yield Problem(f"{path}.targets.{year}", "outside_years", {"year": year})


def _supporters(document: ProposalDocument) -> Iterator[Problem]:
    twice = Counter(supporter.code for supporter in document.supporting_agencies)
    for number, supporter in enumerate(document.supporting_agencies):
        path = f"supporting_agencies.{number}"
        if not supporter.code:
            yield Problem(f"{path}.code", "missing")
        elif twice[supporter.code] > 1:
            yield Problem(f"{path}.code", "repeated")
        yield from _length(f"{path}.role", supporter.role, ROLE)


def _ict(ict: Ict) -> Iterator[Problem]:
    if not ict.kinds:
        yield Problem("ict.kinds", "no_rows")
    for field in ("new_application", "hosting", "personal_data"):
        if getattr(ict, field) is None:
            yield Problem(f"ict.{field}", "missing")
    if ict.new_application:
        if not ict.application_name:
            yield Problem("ict.application_name", "missing")
        yield from _length("ict.existing_check", ict.existing_check, EXISTING_CHECK)
    if ict.personal_data not in (None, "none") and ict.personal_data_subjects is None:
        yield Problem("ict.personal_data_subjects", "missing")
