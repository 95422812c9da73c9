"""What a workflow may ask about a proposal: typed facts, and the lane that they point to."""

from __future__ import annotations

from workflow.document import ProposalDocument
from workflow.document.gaps import gaps

Fact = str | int | bool

AT_START: dict[str, Fact] = {
    "conditions_set": False,
    "planning_blocked": False,
    "ict_blocked": False,
}
"""What only a decision makes true."""
LIGHT_MOST = 50_000_000
STRATEGIC_ABOVE = 1_000_000_000
"""Where the lanes part, in rupiah over all years."""
STRATEGIC_PERSONS_ABOVE = 1_000
"""People whose data are held."""


def facts(document: ProposalDocument) -> dict[str, Fact]:
    """All facts that the document tells; an unanswered question counts as no."""
    return {
        "lane": lane(document),
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


def lane(document: ProposalDocument) -> str:
    """The lane that the rules propose; the clerk who accepts the proposal confirms or changes it.

    Strategic by any one of: a new application, personal data of a specific kind or of many, more
    than one year, other agencies, outside the master plan, a quick win, much money. Light when in
    the plan, without personal data, and cheap.
    """
    if _is_strategic(document):
        return "strategic"
    handles_people = document.ict_involved and document.ict.personal_data not in (None, "none")
    if document.total_budget <= LIGHT_MOST and not handles_people:
        return "light"
    return "standard"


def _is_strategic(document: ProposalDocument) -> bool:
    return (
        _new_application(document)
        or _sensitive(document)
        or len(document.years) > 1
        or bool(document.supporting_agencies)
        or not document.plan_item
        or bool(document.quick_win)
        or document.total_budget > STRATEGIC_ABOVE
    )


def _new_application(document: ProposalDocument) -> bool:
    return bool(document.ict_involved and document.ict.new_application)


def _sensitive(document: ProposalDocument) -> bool:
    if not document.ict_involved or document.ict.personal_data in (None, "none"):
        return False
    persons = document.ict.personal_data_subjects or 0
    return document.ict.personal_data == "specific" or persons > STRATEGIC_PERSONS_ABOVE
