"""Who has the ball: the open tasks of cases, and who can do them at this instant. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflow import cases, meanings, versions
from workflow.cases import CaseState
from workflow.eligibility import Asked, Eligibility
from workflow.models.base import Json
from workflow.models.organisation import TITLE_ON
from workflow.parties import Holding


@dataclass(frozen=True, slots=True)
class Holder:
    """One open task and the position that has it; without people it is unattended."""

    task_id: int
    path: str
    visit: int
    seat: int
    party: str
    agency_id: int
    agency: str
    """The agency's name of the day."""
    week: str
    """The working week of the agency, over which the due time was counted."""
    position_id: int
    title: str
    post: str
    superior_id: int | None
    assignee_id: int | None
    """Who alone may do it: somebody who was named, while they hold the post and may."""
    since: datetime
    due_at: datetime | None
    due_explained: Json | None
    people: tuple[Holding, ...]
    """Who can do it now: whoever has taken it or was given it, or else all who may."""
    able: tuple[Holding, ...]
    """All holders who may do it, whoever has it."""
    is_held: bool
    """Whether anybody holds the position, though maybe nobody who may do this task."""


def holders(session: Session, case_id: int, now: datetime) -> list[Holder]:
    """The open tasks of a case with who has them at this instant, in the order of opening.

    Raises NotFound.
    """
    return of_case(session, cases.read(session, case_id), now)


def of_case(session: Session, case: CaseState, now: datetime) -> list[Holder]:
    """The same of a case that was read already."""
    rules = {case.id: Eligibility.of(case, versions.of(session, case))}
    return holders_of(session, rules, now)[case.id]


def holders_of(
    session: Session, rules: Mapping[int, Eligibility], now: datetime
) -> dict[int, list[Holder]]:
    """The same of several cases in one statement, by case; the rules of each say who may."""
    asked = {"cases": list(rules), "day": now.date()}
    found: dict[int, list[Holder]] = {case_id: [] for case_id in rules}
    if rules:
        rows = session.connection().exec_driver_sql(_OPEN, asked).mappings()
        for row in rows:
            case_id = row["case_id"]
            found[case_id].append(_holder(dict(row), rules[case_id]))
    return found


def rules_of(session: Session, case_ids: Collection[int]) -> dict[int, Eligibility]:
    """Who may work on each of these cases, for `holders_of`; asks nothing of no case."""
    if not case_ids:
        return {}
    return {
        row.id: Eligibility(versions.load(session, row.version_id, row.hash), row.line, row.hats)
        for row in session.execute(_RULES, {"cases": list(case_ids)}).all()
    }


def _holder(row: dict[str, Any], rules: Eligibility) -> Holder:
    del row["case_id"]
    held = [Holding.read(one) for one in row.pop("holdings") or ()]
    hat = rules.version.definition.hat(row["party"])
    asked = Asked(hat, row["agency_id"], row["agency"])
    named = row.pop("assignee_id")
    people = rules.at_work(held, asked, named)
    is_given = any(one.person_id == named for one in people)
    return Holder(
        **row,
        assignee_id=named if is_given else None,
        people=tuple(people),
        able=tuple(rules.eligible(held, asked)),
        is_held=bool(held),
    )


_TITLE = TITLE_ON.format(positions="positions", day="%(day)s")
_OPEN = f"""
    SELECT tasks.case_id, tasks.id AS task_id, tasks.path, tasks.visit, tasks.seat,
           tasks.party, positions.agency_id,
           coalesce((
               SELECT name FROM agency_names
               WHERE agency_id = positions.agency_id AND valid_from <= %(day)s
                 AND (valid_until IS NULL OR valid_until >= %(day)s)
               ORDER BY valid_from DESC LIMIT 1
           ), agencies.code) AS agency, agencies.week,
           tasks.position_id, {_TITLE} AS title, positions.post, positions.superior_id,
           tasks.assignee_id,
           tasks.opened_at AS since, tasks.due_at, tasks.due_explained,
           {meanings.HOLDINGS} AS holdings
    FROM tasks JOIN positions ON positions.id = tasks.position_id
    JOIN agencies ON agencies.id = positions.agency_id
    WHERE tasks.case_id = ANY (%(cases)s) AND tasks.status = 'open'
    ORDER BY tasks.id
"""  # noqa: S608
_RULES = text("""
    SELECT cases.id, workflow_version_id AS version_id, workflow_versions.hash,
           owner_line AS line, hats
    FROM cases JOIN workflow_versions ON workflow_versions.id = workflow_version_id
    WHERE cases.id = ANY (CAST(:cases AS bigint[]))
""")
