"""Whole proposals for the tests of pages, brought as far as a test needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from tests.databases import SEEDED_AT
from tests.workflow.factories import City, checklist
from workflow import engine, proposals
from workflow.database import Database

DOCUMENT: Mapping[str, Any] = {
    "dimension": "LIV",
    "sub_dimension": "health",
    "kind": "new",
    "origin": "technocratic",
    "action_groups": ["people"],
    "quick_win": False,
    "mayoral_priority": False,
    "changes_plan": False,
    "plan_item": "1.2 Layanan kesehatan",
    "problem": "Waktu tunggu ibu hamil rata-rata 96 menit pada 2025 menurut survei Dinas. " * 2,
    "objective": "Ibu hamil dilayani paling lama tiga puluh menit setelah datang ke puskesmas.",
    "scope": "Menata jadwal per jam, melatih petugas loket, dan menempatkan papan panggil. " * 2,
    "locations": ["city"],
    "year_start": 2027,
    "year_end": 2027,
    "budget": [{"year": 2027, "source": "PAD", "amount": 150_000_000}],
    "outputs": [
        {
            "name": "Puskesmas dengan jadwal",
            "unit": "unit",
            "direction": "higher",
            "baseline": "0",
            "baseline_year": 2025,
            "targets": {"2027": "11"},
        }
    ],
    "outcomes": [
        {
            "name": "Waktu tunggu",
            "unit": "menit",
            "direction": "lower",
            "baseline": "96",
            "baseline_year": 2025,
            "targets": {"2027": "30.5"},
        }
    ],
    "ict_involved": False,
}

TO_REVIEW: tuple[tuple[str, str, str | None, dict[str, Any]], ...] = (
    ("operator.dinkes", "forward", None, {}),
    ("secretary.dinkes", "initial", None, {}),
    ("head.dinkes", "submit", None, {}),
    ("clerk.bapperida", "accept", None, {}),
)
TO_PLANNING_HEAD = (
    *TO_REVIEW,
    ("reviewer.bapperida", "recommend", "planning", {"checklist": checklist("planning")}),
)
POINTS = {"points": [{"field": "problem", "text": "Sebutkan sumber data."}]}
RETURNED = (
    *TO_PLANNING_HEAD,
    ("head.bapperida", "return", "planning", POINTS),
    ("secretary.diskominfo", "dispose", "ict", {"picks": ["reviewer.diskominfo"]}),
    ("reviewer.diskominfo", "hand_in", "ict", {"checklist": checklist("ict")}),
    ("lead_reviewer.diskominfo", "recommend", "ict", {}),
    ("head.diskominfo", "approve", "ict", {}),
)


@dataclass(frozen=True)
class Papers:
    """A proposal and its case."""

    proposal_id: int
    case_id: int


Begin = Callable[..., Papers]


def begun(city: City, database: Database, *, title: str, **changes: Any) -> Papers:
    """A complete draft of the health agency."""
    with database.sessions.begin() as session:
        proposal = proposals.create(
            session,
            city.agencies["dinkes"],
            title,
            person_id=city.people["operator.dinkes"],
            appointment_id=None,
            now=SEEDED_AT,
            document={**DOCUMENT, **changes},
        )
        return Papers(proposal.id, proposals.read(session, proposal.id).case_id)


def brought(city: City, database: Database, papers: Papers, steps: Any) -> None:
    """Take these decisions: who, what, in which track, with which words."""
    for username, action, track, words in steps:
        with database.sessions.begin() as session:
            acted(city, session, papers, username, action, track, words)


def acted(
    city: City,
    session: Session,
    papers: Papers,
    username: str,
    action: str,
    track: str | None,
    words: Mapping[str, Any],
) -> None:
    """Take one decision; people who are picked are given by user name."""
    data = dict(words)
    if "picks" in data:
        data["picks"] = [city.people[name] for name in data["picks"]]
    version = engine.state(session, papers.case_id).version
    engine.act(
        session,
        papers.case_id,
        action,
        person_id=city.people[username],
        request_id=f"{papers.case_id}-{version}",
        seen_version=version,
        now=SEEDED_AT,
        track=track,
        data=data,
    )
