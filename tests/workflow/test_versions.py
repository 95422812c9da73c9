"""A published definition stays what it was, and is refused when somebody got round that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from states import library
from states.reading import read
from states.wording import NO_WORDING
from tests.workflow.factories import City
from workflow import versions
from workflow.errors import Altered, NotFound
from workflow.models import WorkflowVersion

pytestmark = pytest.mark.postgres15

SOURCE = library.text("program-proposal").replace("within: 1 working day", "within: 9 working days")


@pytest.fixture(autouse=True)
def _nothing_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests have compiled in this process must not answer for the database."""
    monkeypatch.setattr(versions, "_compiled", {})


@pytest.fixture
def version_id(session: Session, now: datetime) -> int:
    return City.founded(session, now).publish(SOURCE)


def rewritten(session: Session, version_id: int, source: str) -> None:
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(
        update(WorkflowVersion).where(WorkflowVersion.id == version_id).values(source=source)
    )


@pytest.mark.parametrize(
    "source", [SOURCE.replace("9 working days", "99 working days"), "key: nothing", ""]
)
def test_a_definition_that_was_edited_in_the_database_is_refused(
    session: Session, version_id: int, source: str
) -> None:
    assert versions.altered(session) == []
    rewritten(session, version_id, source)
    with pytest.raises(Altered, match=f"workflow version {version_id}: its content does not fit"):
        versions.load(session, version_id)
    assert versions.altered(session) == [version_id]
    assert versions.wording(session, version_id, read(SOURCE).hash) == NO_WORDING


def test_a_definition_that_is_what_it_was_is_compiled_once(
    session: Session, version_id: int
) -> None:
    version = versions.load(session, version_id)
    assert version.definition.key == "program-proposal"
    assert versions.load(session, version_id) is version
    with pytest.raises(NotFound):
        versions.load(session, 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda: update(WorkflowVersion).values(source="key: other"),
        lambda: update(WorkflowVersion).values(hash="0" * 64),
        lambda: update(WorkflowVersion).values(number=WorkflowVersion.number + 1),
        lambda: update(WorkflowVersion).values(status="draft"),
        lambda: update(WorkflowVersion).values(published_at=None, published_by=7),
        lambda: delete(WorkflowVersion),
    ],
)
@pytest.mark.usefixtures("version_id")
def test_the_database_itself_keeps_what_was_published(
    session: Session, change: Callable[[], object]
) -> None:
    with pytest.raises(DBAPIError, match="a published workflow version never changes"):
        session.execute(change())  # type: ignore[call-overload]


def test_a_published_version_may_become_the_default_and_retire(
    session: Session, version_id: int
) -> None:
    session.execute(update(WorkflowVersion).values(is_default=True, status="retired"))
    found = session.get_one(WorkflowVersion, version_id, populate_existing=True)
    assert (found.is_default, found.status) == (True, "retired")


def test_a_draft_may_change_until_it_is_published(session: Session, version_id: int) -> None:
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(update(WorkflowVersion).values(status="draft"))
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.execute(update(WorkflowVersion).values(source="key: other", status="published"))
    session.execute(update(WorkflowVersion).values(status="retired"))
    with pytest.raises(DBAPIError, match="UPDATE is refused"):
        session.execute(update(WorkflowVersion).values(source="key: third"))
