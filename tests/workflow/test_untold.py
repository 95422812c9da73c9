"""Facts that are asked and that nobody tells: where they are found, and that they bar the gate."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from states import library
from states.definition import FactKind
from states.reading import read
from tests.workflow.factories import City
from workflow import drafts
from workflow.errors import Invalid
from workflow.untold import Untold, untold

TEXT = library.text("program-proposal-sequential")
DECLARED = TEXT.replace("facts:\n", "facts:\n  urgent: boolean\n", 1)
ASKED = DECLARED.replace("{forward: verifying,", "{forward: {to: verifying, when: urgent},", 1)
OTHERWISE = TEXT.replace("in_master_plan: boolean", "in_master_plan: integer").replace(
    "not in_master_plan", "in_master_plan == 0"
)


@pytest.mark.parametrize("name", library.names())
def test_what_the_shipped_workflows_ask_is_told(name: str) -> None:
    assert untold(read(library.text(name))) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (DECLARED, []),
        (ASKED, [Untold("urgent", "drafting", None)]),
        (ASKED.replace("sets: [lane]", "sets: [lane, urgent]"), []),
        (OTHERWISE, [Untold("in_master_plan", "after_review", FactKind.BOOLEAN)]),
    ],
)
def test_a_fact_is_told_by_the_proposal_or_by_an_action(text: str, found: list[Untold]) -> None:
    assert untold(read(text)) == found


def test_a_draft_that_asks_what_nobody_tells_is_not_submitted(
    session: Session, now: datetime
) -> None:
    city = City.founded(session, now)
    author = city.person("author", administers=True)
    draft = drafts.begin(session, by=author, now=now)
    draft = drafts.save(session, draft.id, ASKED, seen=1, by=author, now=now)
    with pytest.raises(Invalid) as refused:
        drafts.submit(session, draft.id, seen=2, by=author, now=now)
    assert [one.code for one in refused.value.problems] == ["untold"]
