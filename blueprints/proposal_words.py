"""The words for the parts of a proposal: sections, fields, choices. Knows no form and no page."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workflow.document.choices import Choice, choices

SECTIONS: Mapping[str, tuple[LazyString, tuple[str, ...]]] = {
    "identity": (
        _l("Identity"),
        (
            "title",
            "short_name",
            "dimension",
            "sub_dimension",
            "kind",
            "action_groups",
            "origin",
            "quick_win",
            "mayoral_priority",
            "plan_item",
            "off_plan_reason",
            "changes_plan",
        ),
    ),
    "problem": (_l("Problem and objective"), ("problem", "objective", "beneficiaries")),
    "scope": (_l("Scope and location"), ("scope", "locations", "year_start", "year_end")),
    "budget": (_l("Budget"), ("budget",)),
    "indicators": (_l("Indicators"), ("outputs", "outcomes")),
    "ict": (_l("Information technology"), ("ict_involved", "ict")),
    "support": (_l("Support"), ("supporting_agencies", "sustainability", "remarks")),
}
"""The sections of the form, in order, each with its fields."""

FIELDS: Mapping[str, LazyString] = {
    "title": _l("Programme title"),
    "short_name": _l("Short name"),
    "dimension": _l("Main dimension"),
    "sub_dimension": _l("Sub-dimension"),
    "kind": _l("Kind of proposal"),
    "action_groups": _l("Groups of the action plan"),
    "origin": _l("Where the proposal comes from"),
    "quick_win": _l("Is it a quick win?"),
    "mayoral_priority": _l("Is it a priority of the mayor?"),
    "plan_item": _l("Master plan item"),
    "off_plan_reason": _l("Reason for being outside the master plan"),
    "changes_plan": _l("Does it change the master plan?"),
    "problem": _l("Priority problem"),
    "objective": _l("Objective"),
    "beneficiaries": _l("Beneficiaries and their number"),
    "scope": _l("Activities and scope"),
    "locations": _l("Location"),
    "year_start": _l("First budget year"),
    "year_end": _l("Last budget year"),
    "budget": _l("Indicative budget by year and source"),
    "outputs": _l("Outputs"),
    "outcomes": _l("Outcomes"),
    "ict_involved": _l("Does it involve information technology?"),
    "ict": _l("Information technology"),
    "supporting_agencies": _l("Supporting agencies"),
    "sustainability": _l("Sustainability and people"),
    "remarks": _l("Remarks"),
}

PARTS: Mapping[str, LazyString] = {
    "year": _l("Year"),
    "source": _l("Funding source"),
    "amount": _l("Amount"),
    "name": _l("Indicator"),
    "unit": _l("Unit"),
    "direction": _l("Direction"),
    "baseline": _l("Baseline"),
    "baseline_year": _l("Baseline year"),
    "targets": _l("Target"),
    "code": _l("Agency"),
    "role": _l("Role"),
    "kinds": _l("Kinds of ICT spending"),
    "new_application": _l("Is it a new application?"),
    "application_name": _l("Name of the application"),
    "existing_check": _l("Existing applications looked at"),
    "hosting": _l("Hosting"),
    "personal_data": _l("Personal data processed"),
    "personal_data_subjects": _l("Number of people in the data"),
}


def offered(field: str) -> list[tuple[str, str]]:
    """What may be chosen for a field: (code, words in the reader's language)."""
    return [(code, _words(choice)) for code, choice in choices(field).items()]


def offered_under(field: str) -> dict[str, str]:
    """What each choice of a field belongs to, by code."""
    return {code: choice.under or "" for code, choice in choices(field).items()}


def choice_words(field: str, code: str | None) -> str:
    """The words of one choice; the code itself when it is not offered any more."""
    choice = choices(field).get(code or "")
    return (code or "") if choice is None else _words(choice)


def place_of(path: str | None) -> str:
    """The words for a field's path: `budget.1.amount` is "Budget …, row 2: Amount"."""
    if not path:
        return _("The whole proposal")
    field, _dot, rest = path.partition(".")
    words = str(FIELDS.get(field, field))
    row, _dot, part = rest.partition(".")
    if row.isdecimal():
        words = _("%(list)s, row %(number)s", list=words, number=int(row) + 1)
        rest = part
    name, _dot, year = rest.partition(".")
    if name:
        words = f"{words}: {PARTS.get(name, name)}"
    return f"{words} {year}" if year else words


def _words(choice: Choice) -> str:
    locale = get_locale()
    return choice.english if locale and locale.language == "en" else choice.indonesian
