"""What a workflow may ask about a proposal: typed facts, and the lane that they point to."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.document import ProposalDocument
from workflow.document.gaps import gaps

Fact = str | int | bool

AT_START: dict[str, Fact] = {
    "conditions_set": False,
    "planning_blocked": False,
    "ict_blocked": False,
}
"""What only a decision makes true."""


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """Where the lanes part. Rupiah are totals over all years; persons are those in the data."""

    light_most: int = 50_000_000
    strategic_above: int = 1_000_000_000
    strategic_persons_above: int = 1_000


LIMITS = LaneLimits()


def facts(document: ProposalDocument, limits: LaneLimits = LIMITS) -> dict[str, Fact]:
    """All facts that the document tells; an unanswered question counts as no."""
    return {
        "lane": lane(document, limits),
        "total_budget": document.total_budget,
        "new_application": _new_application(document),
        "in_master_plan": bool(document.plan_item),
        "changes_plan": bool(document.changes_plan),
        "mayoral_priority": bool(document.mayoral_priority),
        "complete": not gaps(document),
    }


def known() -> dict[str, Fact]:
    """All facts that a proposal and the decisions on it tell, as an empty one tells them."""
    return {**facts(ProposalDocument()), **AT_START}


def lane(document: ProposalDocument, limits: LaneLimits = LIMITS) -> str:
    """The lane that the rules propose; the clerk who accepts the proposal confirms or changes it.

    Strategic by any one of: a new application, personal data of a specific kind or of many, more
    than one year, other agencies, outside the master plan, a quick win, much money. Light when in
    the plan, without personal data, and cheap.
    """
    if _is_strategic(document, limits):
        return "strategic"
    handles_people = document.ict_involved and document.ict.personal_data not in (None, "none")
    if document.total_budget <= limits.light_most and not handles_people:
        return "light"
    return "standard"


def _is_strategic(document: ProposalDocument, limits: LaneLimits) -> bool:
    return (
        _new_application(document)
        or _sensitive(document, limits)
        or len(document.years) > 1
        or bool(document.supporting_agencies)
        or not document.plan_item
        or bool(document.quick_win)
        or document.total_budget > limits.strategic_above
    )


def _new_application(document: ProposalDocument) -> bool:
    return bool(document.ict_involved and document.ict.new_application)


def _sensitive(document: ProposalDocument, limits: LaneLimits) -> bool:
    if not document.ict_involved or document.ict.personal_data in (None, "none"):
        return False
    persons = document.ict.personal_data_subjects or 0
    return document.ict.personal_data == "specific" or persons > limits.strategic_persons_above
