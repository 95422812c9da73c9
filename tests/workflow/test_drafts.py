"""A draft is written by some, approved by another, and then it never changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from states.examining import examine
from tests.states.seeded import seeds
from tests.waiting import PATIENCE
from tests.workflow.factories import City
from workflow import definitions, drafts, setting_changes
from workflow.drafts import FRAME, Overtaken
from workflow.errors import Invalid, NotFound, Refused
from workflow.models import Draft, DraftRevision, WorkflowVersion

TEXT = FRAME.replace("key: new-workflow", "key: subdomain")
CHANGED = TEXT.replace("within: 3 working days", "within: 5 working days")


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    return peopled(City.founded(session, now))


def peopled(city: City) -> City:
    """With three administrators."""
    for name in ("author", "editor", "approver"):
        city.person(name, administers=True)
    return city


def begun(city: City, now: datetime, source: str = CHANGED, by: str = "author") -> Draft:
    """A draft of somebody with this text."""
    who = city.people[by]
    found = drafts.begin(city.session, by=who, now=now)
    return drafts.save(city.session, found.id, source, seen=1, by=who, now=now)


def submitted(city: City, now: datetime, source: str = CHANGED) -> Draft:
    """A draft that waits for approval."""
    found = begun(city, now, source)
    return drafts.submit(
        city.session, found.id, seen=found.revision, by=city.people["author"], now=now
    )


def approved(city: City, now: datetime, source: str = CHANGED) -> WorkflowVersion:
    """A version that went through the gate."""
    found = submitted(city, now, source)
    return drafts.publish(
        city.session, found.id, seen=found.revision, by=city.people["approver"], now=now
    )


def codes(refused: pytest.ExceptionInfo[Invalid] | pytest.ExceptionInfo[Refused]) -> list[str]:
    """What stands in the way."""
    error = refused.value
    return [one.code for one in (error.problems if isinstance(error, Invalid) else error.reasons)]


def test_the_empty_frame_can_be_published_as_it_stands() -> None:
    assert examine(FRAME).sound
    assert examine(FRAME).findings == ()


def test_a_version_has_its_hash_author_approver_and_day(city: City, now: datetime) -> None:
    version = approved(city, now)
    assert version.hash == examine(CHANGED).definition.hash  # type: ignore[union-attr]
    assert version.source == CHANGED
    assert (version.authored_by, version.published_by) == (
        city.people["author"],
        city.people["approver"],
    )
    assert version.published_at == now


def test_new_cases_start_on_the_newest_and_running_ones_stay(city: City, now: datetime) -> None:
    session = city.session
    old = definitions.publish(session, TEXT, by=None, now=now, default=True)
    city.case(old.id, now)
    new = approved(city, now)
    assert definitions.default_version(session, "proposal") is new
    assert (old.status, new.status) == ("retired", "published")
    assert definitions.running(session) == {old.id: 1}
    assert definitions.newest(session, "subdomain") is new


def test_another_workflow_does_not_take_over_new_cases(city: City, now: datetime) -> None:
    old = definitions.publish(city.session, TEXT, by=None, now=now, default=True)
    other = approved(city, now, FRAME)
    assert definitions.default_version(city.session, "proposal") is old
    assert (old.status, other.is_default) == ("published", False)


@pytest.mark.parametrize("by", ["author", "editor"])
def test_nobody_approves_what_they_worked_on(city: City, now: datetime, by: str) -> None:
    found = begun(city, now)
    people = city.people
    drafts.save(city.session, found.id, CHANGED + "# seen\n", seen=2, by=people["editor"], now=now)
    drafts.submit(city.session, found.id, seen=3, by=people["author"], now=now)
    with pytest.raises(Refused) as refused:
        drafts.publish(city.session, found.id, seen=3, by=people[by], now=now)
    assert codes(refused) == ["own_draft"]
    with pytest.raises(Refused):
        drafts.send_back(city.session, found.id, "Belum", by=people[by], now=now)
    assert drafts.editors(city.session, found.id) == ["Ibu author", "Ibu editor"]
    assert definitions.versions(city.session) == []


def test_who_is_no_administrator_approves_nothing(city: City, now: datetime) -> None:
    found = submitted(city, now)
    with pytest.raises(Refused):
        drafts.publish(city.session, found.id, seen=2, by=city.people["head.bapperida"], now=now)


def test_the_database_keeps_author_and_approver_apart(city: City, now: datetime) -> None:
    version = approved(city, now)
    with pytest.raises(DBAPIError, match="never changes"), city.session.begin_nested():
        city.session.execute(
            text("UPDATE workflow_versions SET authored_by = NULL WHERE id = :id"),
            {"id": version.id},
        )


@pytest.mark.parametrize("table", ["setting_changes", "draft_revisions"])
def test_what_was_done_to_a_draft_is_never_changed(city: City, now: datetime, table: str) -> None:
    begun(city, now)
    with pytest.raises(DBAPIError, match="append-only"), city.session.begin_nested():
        city.session.execute(text(f"DELETE FROM {table}"))


def test_no_broken_definition_is_submitted(city: City, now: datetime) -> None:
    found = begun(city, now)
    author, broken = city.people["author"], [c for c in seeds("broken") if c.severity == "error"]
    for case in broken:
        seen = found.revision
        drafts.save(city.session, found.id, case.text, seen=seen, by=author, now=now)
        with pytest.raises(Invalid) as refused:
            drafts.submit(city.session, found.id, seen=seen + 1, by=author, now=now)
        assert codes(refused) == ["unsound"], case.name
        assert found.status == "draft"
    assert len(broken) >= 30


def test_what_cannot_be_read_is_saved_and_not_submitted(city: City, now: datetime) -> None:
    found = begun(city, now, "key: [")
    assert (found.source, found.key) == ("key: [", "new-workflow")
    with pytest.raises(Invalid) as refused:
        drafts.submit(city.session, found.id, seen=2, by=city.people["author"], now=now)
    assert codes(refused) == ["unreadable"]


def test_what_was_published_before_is_not_submitted_again(city: City, now: datetime) -> None:
    definitions.publish(city.session, TEXT, by=None, now=now, default=True)
    found = begun(city, now, TEXT + "# a remark\n")
    with pytest.raises(Invalid) as refused:
        drafts.submit(city.session, found.id, seen=2, by=city.people["author"], now=now)
    assert codes(refused) == ["nothing_new"]


def test_what_was_seen_is_approved_or_nothing(city: City, now: datetime) -> None:
    found = submitted(city, now)
    with pytest.raises(Overtaken) as overtaken:
        drafts.publish(
            city.session, found.id, seen=found.revision - 1, by=city.people["approver"], now=now
        )
    assert (overtaken.value.by, overtaken.value.at) == ("Ibu author", now)


def test_a_draft_sent_back_tells_why_and_can_be_submitted_again(city: City, now: datetime) -> None:
    found = submitted(city, now)
    approver = city.people["approver"]
    with pytest.raises(Invalid):
        drafts.send_back(city.session, found.id, "  ", by=approver, now=now)
    drafts.send_back(city.session, found.id, "Batas waktu terlalu panjang", by=approver, now=now)
    assert (found.status, found.sent_back) == ("draft", "Batas waktu terlalu panjang")
    drafts.submit(city.session, found.id, seen=2, by=city.people["author"], now=now)
    assert found.sent_back is None
    drafts.publish(city.session, found.id, seen=2, by=approver, now=now)
    told = setting_changes.history(city.session, drafts.subject(found.id))
    assert [change.kind for change in reversed(told)] == [
        "draft_begun",
        "draft_saved",
        "draft_submitted",
        "draft_sent_back",
        "draft_submitted",
        "version_published",
    ]
    assert (told[2].what["reason"], told[2].name) == ("Batas waktu terlalu panjang", "Ibu approver")


def test_a_draft_that_waits_or_is_discarded_is_not_written(city: City, now: datetime) -> None:
    found = submitted(city, now)
    author = city.people["author"]
    with pytest.raises(Refused) as refused:
        drafts.save(city.session, found.id, TEXT, seen=2, by=author, now=now)
    assert codes(refused) == ["draft_elsewhere"]
    drafts.take_back(city.session, found.id, by=author, now=now)
    drafts.discard(city.session, found.id, by=author, now=now)
    assert drafts.drafts(city.session) == []
    with pytest.raises(Refused):
        drafts.save(city.session, found.id, TEXT, seen=2, by=author, now=now)
    with pytest.raises(NotFound):
        drafts.save(city.session, 987, TEXT, seen=1, by=author, now=now)
    with pytest.raises(NotFound):
        drafts.draft(city.session, 987)


def test_a_draft_begins_with_the_text_of_its_version(city: City, now: datetime) -> None:
    version = definitions.publish(city.session, TEXT, by=None, now=now, default=True)
    found = drafts.begin(city.session, by=city.people["author"], now=now, version_id=version.id)
    assert (found.source, found.key, found.based_on) == (TEXT, "subdomain", version.id)


def test_the_same_text_again_is_no_revision(city: City, now: datetime) -> None:
    found = begun(city, now)
    drafts.save(city.session, found.id, CHANGED, seen=1, by=city.people["editor"], now=now)
    assert (found.revision, drafts.editors(city.session, found.id)) == (2, ["Ibu author"])


@pytest.mark.parametrize("bad", ["key: a\x00b", "# " + "x" * 200_000])
def test_what_cannot_be_kept_is_refused(city: City, now: datetime, bad: str) -> None:
    found = begun(city, now)
    with pytest.raises(Invalid):
        drafts.save(city.session, found.id, bad, seen=2, by=city.people["author"], now=now)
    assert found.source == CHANGED


def test_typed_line_ends_are_those_of_the_draft() -> None:
    assert drafts.with_line_ends("a\r\nb\r\n", "a\nb\n") == "a\nb\n"
    assert drafts.with_line_ends("a\r\nb", "a\r\n") == "a\r\nb"
    assert drafts.with_line_ends("a\r\nb", "a\n") == "a\nb"
    assert drafts.with_line_ends("a\r\nb", "a\r\nb") == "a\r\nb"


def test_of_two_who_save_at_once_one_is_told_of_the_other(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        city = peopled(City.founded(session, now))
        people = dict(city.people)
        draft_id = begun(city, now).id
    barrier = Barrier(2)

    def save(name: str) -> str:
        barrier.wait(timeout=PATIENCE)
        try:
            with sessions.begin() as session:
                source = f"{TEXT}# {name}\n"
                drafts.save(session, draft_id, source, seen=2, by=people[name], now=now)
        except Overtaken as overtaken:
            return overtaken.by
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        said = dict(zip(("author", "editor"), pool.map(save, ("author", "editor")), strict=True))
    (winner,) = [name for name, answer in said.items() if answer == "saved"]
    (loser,) = said.keys() - {winner}
    assert said[loser] == f"Ibu {winner}"
    with sessions() as session:
        kept = drafts.draft(session, draft_id)
        assert (kept.revision, kept.source) == (3, f"{TEXT}# {winner}\n")
        assert session.query(DraftRevision).filter_by(draft_id=draft_id).count() == 3


def test_of_two_who_approve_at_once_one_publishes(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        city = peopled(City.founded(session, now))
        people = dict(city.people)
        draft_id = submitted(city, now).id
    barrier = Barrier(2)

    def publish(name: str) -> str:
        barrier.wait(timeout=PATIENCE)
        try:
            with sessions.begin() as session:
                drafts.publish(session, draft_id, seen=2, by=people[name], now=now)
        except Refused as refused:
            return refused.reasons[0].code
        return "published"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(publish, ("approver", "editor")))
    assert said == ["draft_elsewhere", "published"]
    with sessions() as session:
        assert len(definitions.versions(session)) == 1
