"""Every change of a draft can be undone and made again, and nothing of it is forgotten."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.workflow.factories import City
from workflow import draft_history, drafts, setting_changes
from workflow.draft_history import Reach, reach_of
from workflow.drafts import FRAME, Overtaken
from workflow.errors import NotFound, Refused
from workflow.models import Draft


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    city = City.founded(session, now)
    for name in ("author", "editor"):
        city.person(name, administers=True)
    return city


def text(days: int) -> str:
    return FRAME.replace("within: 3 working days", f"within: {days} working days")


def do(city: City, found: Draft, now: datetime, what: str, by: str = "author") -> str:
    """Save a text, or undo and redo; what the draft says then."""
    who, session = city.people[by], city.session
    if what in ("undo", "redo"):
        move = draft_history.undo if what == "undo" else draft_history.redo
        return move(session, found.id, seen=found.revision, by=who, now=now).source
    return drafts.save(session, found.id, what, seen=found.revision, by=who, now=now).source


def test_changes_are_undone_one_by_one_and_made_again(city: City, now: datetime) -> None:
    found = drafts.begin(city.session, by=city.people["author"], now=now)
    for days in (4, 5, 6):
        do(city, found, now, text(days))
    assert [do(city, found, now, "undo") for _ in range(3)] == [text(5), text(4), FRAME]
    with pytest.raises(Refused):
        do(city, found, now, "undo")
    assert [do(city, found, now, "redo") for _ in range(3)] == [text(4), text(5), text(6)]
    with pytest.raises(Refused):
        do(city, found, now, "redo")
    assert found.revision == 10


def test_a_new_change_ends_what_could_be_made_again(city: City, now: datetime) -> None:
    found = drafts.begin(city.session, by=city.people["author"], now=now)
    do(city, found, now, text(4))
    do(city, found, now, "undo")
    do(city, found, now, text(7), by="editor")
    assert draft_history.reach(city.session, found.id) == Reach(undo=1, redo=None)
    assert do(city, found, now, "undo") == FRAME
    assert do(city, found, now, "redo") == text(7)


def test_each_step_back_is_in_the_journal_with_who_and_when(city: City, now: datetime) -> None:
    found = drafts.begin(city.session, by=city.people["author"], now=now)
    do(city, found, now, text(4))
    do(city, found, now, "undo", by="editor")
    do(city, found, now, "redo", by="editor")
    events = setting_changes.history(city.session, drafts.subject(found.id))
    kinds = [event.kind for event in events]
    assert kinds == ["draft_redone", "draft_undone", "draft_saved", "draft_begun"]
    assert [event.what["revision"] for event in events] == [4, 3, 2, 1]
    assert drafts.editors(city.session, found.id)[1:] == [events[0].name]


def test_who_undoes_does_not_undo_what_another_one_saved(city: City, now: datetime) -> None:
    found = drafts.begin(city.session, by=city.people["author"], now=now)
    do(city, found, now, text(4))
    seen = found.revision
    do(city, found, now, text(5), by="editor")
    for move in (draft_history.undo, draft_history.redo):
        with pytest.raises((Overtaken, Refused)):
            move(city.session, found.id, seen=seen, by=city.people["author"], now=now)
    assert found.source == text(5)


def test_a_draft_in_approval_is_not_moved(city: City, now: datetime) -> None:
    who = city.people["author"]
    found = drafts.begin(city.session, by=who, now=now)
    do(city, found, now, text(4))
    drafts.submit(city.session, found.id, seen=found.revision, by=who, now=now)
    with pytest.raises(Refused):
        do(city, found, now, "undo")


def test_a_revision_that_is_not_there_is_not_found(city: City, now: datetime) -> None:
    found = drafts.begin(city.session, by=city.people["author"], now=now)
    assert drafts.source_of(city.session, found.id, 1) == FRAME
    with pytest.raises(NotFound):
        drafts.source_of(city.session, found.id, 2)


@pytest.mark.parametrize(
    ("restores", "reach"),
    [
        ([None], Reach(None, None)),
        ([None, None], Reach(1, None)),
        ([None, None, 1], Reach(None, 2)),
        ([None, None, 1, 2], Reach(1, None)),
        ([None, None, None, 2, 1], Reach(None, 2)),
        ([None, None, None, 2, 1, 2], Reach(1, 3)),
        ([None, None, 1, None], Reach(1, None)),
        ([None, None, None, 2, None], Reach(2, None)),
    ],
)
def test_what_can_be_undone_and_redone_follows_from_the_revisions(
    restores: list[int | None], reach: Reach
) -> None:
    assert reach_of(dict(enumerate(restores, start=1))) == reach
