"""A simulated year: every reminder, escalation and lapse is where plain counting says."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.workflow import year
from workflow import journal

pytestmark = pytest.mark.postgres15

CASES = 25
"""In CI; `python -m bench.year` lives through 1,000."""


def test_a_year_brings_what_plain_counting_says(sessions: sessionmaker[Session]) -> None:
    made = year.plan(CASES, seed=2026)
    assert year.live(sessions, made) == made.expected
    kinds = {kind for *_, kind in made.expected}
    told = {f"{kind}.{number}" for kind in ("reminder", "escalation") for number in range(3)}
    assert kinds == {*told, "lapse"}
    assert set(made.expected.values()) == {1}
    with sessions() as session:
        assert list(journal.verify(session)) == []
