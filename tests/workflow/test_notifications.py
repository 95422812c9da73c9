"""Who is told what: decided when it is announced, once a person, in words that say enough."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from states import library
from tests.workflow.factories import City
from tests.workflow.sweeping import fire_due
from workflow import messages, notifications, outbox, timers
from workflow.errors import NotFound
from workflow.models import (
    Appointment,
    Case,
    Event,
    Notification,
    OutboxMessage,
    Person,
    Position,
    Timer,
)
from workflow.notifications import Told, announcements, letters, sending
from workflow.notifications.mail import Mail

WIB = ZoneInfo("Asia/Jakarta")
KINDS = (
    "task_given",
    "returned",
    "received",
    "ended",
    "unattended",
    timers.REMINDED,
    timers.ESCALATED,
    timers.LAPSE_FAILED,
    "task_moved",
    "more_time",
)


@pytest.fixture
def city(session: Session, now: datetime) -> City:
    city = City.founded(session, now)
    city.person("admin", administers=True)
    return city


@pytest.fixture
def case_id(city: City, now: datetime) -> int:
    return city.case(city.publish(library.text("program-proposal")), now)


def announce(session: Session, case_id: int, now: datetime) -> dict[str, str]:
    """Announce the case's last event; who was told which kind of matter."""
    before = set(session.scalars(select(Notification.id)))
    session.expire_all()
    announcements.announce(session, case_id, session.get_one(Case, case_id).journal_seq, now)
    query = (
        select(Person.username, Notification.kind)
        .join(Person, Person.id == Notification.person_id)
        .where(Notification.id.not_in(before))
    )
    return {row.username: row.kind for row in session.execute(query)}


def to_endorsing(city: City, case_id: int, now: datetime) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    city.act(case_id, "secretary.dinkes", "initial", now)


def to_checking(city: City, case_id: int, now: datetime) -> None:
    to_endorsing(city, case_id, now)
    city.act(case_id, "head.dinkes", "submit", now)


def leave_office(session: Session, city: City, name: str) -> None:
    leaves = update(Appointment).where(Appointment.id == city.appointments[f"{name}@{name}"])
    session.execute(leaves.values(ends_on=date(2026, 11, 1)))


def fire(session: Session, case_id: int, kind: str, now: datetime) -> datetime:
    """Fire the case's timers up to one, and return its moment in the city."""
    query = select(Timer.due_at).where(
        Timer.case_id == case_id, Timer.kind == kind, Timer.status == "waiting"
    )
    moment = session.scalars(query).one().astimezone(WIB)
    assert fire_due(session, case_id, moment)[-1] == kind
    return moment


def test_the_holders_of_a_new_task_are_told(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    assert announce(session, case_id, now) == {"secretary.dinkes": "task_given"}
    notification = session.scalars(select(Notification)).one()
    assert notification.values == {
        "title": "Antrean puskesmas",
        "agency": "Dinas dinkes",
        "receipt": None,
        "by": "operator dinkes",
        "tasks": [
            {
                "path": "verifying",
                "position": "secretary dinkes",
                "due_at": "2026-11-25T09:00:00+00:00",
            }
        ],
    }
    message = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "mail")).one()
    assert message.arguments == {"notification": notification.id}


def test_what_is_announced_twice_is_told_once(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    assert announce(session, case_id, now)
    assert announce(session, case_id, now) == {}
    mails = session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind == "mail")).all()
    assert len(mails) == 1


def test_recipients_are_those_in_office_when_it_is_announced(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    leave_office(session, city, "secretary.dinkes")
    city.person("stand_in")
    city.appoint("stand_in", "secretary.dinkes", "plh", now.date(), now.date())
    assert announce(session, case_id, now) == {"stand_in": "task_given"}


def test_a_person_of_two_posts_is_told_once(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    to_checking(city, case_id, now)
    until = now.date() + timedelta(days=20)
    city.appoint("reviewer.bapperida", "secretary.diskominfo", "plh", now.date(), until)
    leave_office(session, city, "secretary.diskominfo")
    city.act(case_id, "clerk.bapperida", "accept", now, lane="standard")
    assert announce(session, case_id, now) == {"reviewer.bapperida": "task_given"}
    paths = [task["path"] for task in session.scalars(select(Notification.values)).one()["tasks"]]
    assert sorted(paths) == ["review.ict.assigning", "review.planning.assessing"]


def test_nobody_is_told_of_a_task_that_is_done_already(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    opened_by = session.get_one(Case, case_id, populate_existing=True).journal_seq
    city.act(case_id, "secretary.dinkes", "initial", now)
    announcements.announce(session, case_id, opened_by, now)
    assert session.scalars(select(Notification)).all() == []


def test_a_receipt_reaches_the_owner(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    to_checking(city, case_id, now)
    assert announce(session, case_id, now) == {
        "operator.dinkes": "received",
        "head.dinkes": "received",
        "clerk.bapperida": "task_given",
    }
    query = select(Notification).where(Notification.kind == "received")
    assert {line.values["receipt"] for line in session.scalars(query)} == {"USL/2026/0001"}


def test_a_return_reaches_the_owner_instead_of_a_mere_task(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    to_checking(city, case_id, now)
    points = [{"field": None, "text": "Lokasi belum jelas"}]
    city.act(case_id, "clerk.bapperida", "return", now, points=points)
    assert announce(session, case_id, now) == {
        "operator.dinkes": "returned",
        "head.dinkes": "returned",
    }


def test_a_return_inside_the_agency_is_a_task(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    to_endorsing(city, case_id, now)
    city.act(case_id, "head.dinkes", "return", now, comment="Perbaiki judul")
    assert announce(session, case_id, now) == {"operator.dinkes": "task_given"}


def test_the_outcome_reaches_the_owner_with_its_reason(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    to_checking(city, case_id, now)
    city.act(case_id, "head.dinkes", "withdraw", now, reason="Anggaran dialihkan")
    assert announce(session, case_id, now) == {
        "operator.dinkes": "ended",
        "head.dinkes": "ended",
    }
    values = session.scalars(select(Notification.values)).all()[0]
    assert (values["outcome"], values["reason"]) == ("withdrawn", "Anggaran dialihkan")


def test_administrators_hear_at_once_of_a_task_that_nobody_can_do(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    leave_office(session, city, "secretary.dinkes")
    city.act(case_id, "operator.dinkes", "forward", now)
    assert announce(session, case_id, now) == {"admin": "unattended"}


def test_a_reminder_reaches_the_holders_and_without_them_the_administrators(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    to_endorsing(city, case_id, now)
    at = fire(session, case_id, "reminder.0", now)
    assert announce(session, case_id, at) == {"head.dinkes": "reminded"}
    leave_office(session, city, "head.dinkes")
    at = fire(session, case_id, "reminder.1", now)
    assert announce(session, case_id, at) == {"admin": "unattended"}


def test_a_late_task_is_shown_to_the_superior_the_head_and_the_secretariat(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    superior = update(Position).where(Position.id == city.positions["secretary.dinkes"])
    session.execute(superior.values(superior_id=city.positions["operator.dinkes"]))
    told = []
    for number in range(3):
        at = fire(session, case_id, f"escalation.{number}", now)
        told.append(announce(session, case_id, at))
    assert told == [
        {"operator.dinkes": "escalated"},
        {"head.dinkes": "escalated"},
        {"assistant.setda": "escalated"},
    ]


def test_an_escalation_that_finds_nobody_goes_to_the_administrators(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    at = fire(session, case_id, "escalation.0", now)  # the position has no superior
    assert announce(session, case_id, at) == {"admin": "escalated"}
    leave_office(session, city, "assistant.setda")
    at = fire(session, case_id, "escalation.2", now)
    assert announce(session, case_id, at) == {"head.setda": "escalated"}


def test_an_escalation_of_a_task_that_was_done_meanwhile_tells_nobody(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    at = fire(session, case_id, "escalation.0", now)
    seq = session.get_one(Case, case_id, populate_existing=True).journal_seq
    city.act(case_id, "secretary.dinkes", "initial", at)
    announcements.announce(session, case_id, seq, at)
    assert session.scalars(select(Notification)).all() == []


def test_an_event_that_concerns_nobody_tells_nobody(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    session.execute(
        Event.__table__.insert().values(  # type: ignore[attr-defined]
            case_id=case_id,
            seq=99,
            kind="proposal_saved",
            at=now,
            payload={},
            previous_hash="",
            hash="",
        )
    )
    announcements.announce(session, case_id, 99, now)
    assert session.scalars(select(Notification)).all() == []


def test_an_unknown_event_is_not_found(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        announcements.announce(session, 1, 1, now)


def test_assignees_alone_are_told_while_they_hold_the_post(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    city.person("reviewer2")
    city.appoint("reviewer2", "reviewer.diskominfo")
    to_checking(city, case_id, now)
    city.act(case_id, "clerk.bapperida", "accept", now, lane="standard")
    picks = [city.people["reviewer2"]]
    city.act(case_id, "secretary.diskominfo", "dispose", now, picks=picks)
    assert announce(session, case_id, now) == {"reviewer2": "task_given"}


# --- the bell


def told(city: City, key: str, username: str = "head.dinkes", **values: Any) -> Told:
    given = {"title": "Antrean", "agency": "Dinkes", "receipt": None, "by": None, "tasks": []}
    return Told(city.people[username], None, "received", key, given | values)  # type: ignore[arg-type]


def test_the_bell_counts_to_its_cap_and_lists_the_newest_first(
    session: Session, city: City, now: datetime
) -> None:
    notifications.tell(session, [told(city, f"{number}") for number in range(5)], now)
    person_id = city.people["head.dinkes"]
    assert notifications.unread(session, person_id) == 5
    assert notifications.unread(session, person_id, cap=3) == 3
    first = notifications.list_for(session, person_id, limit=2)
    assert [line.key for line in first] == ["4", "3"]
    rest = notifications.list_for(session, person_id, before=first[-1].id)
    assert [line.key for line in rest] == ["2", "1", "0"]


def test_a_person_reads_only_their_own_lines(session: Session, city: City, now: datetime) -> None:
    lines = [told(city, "1"), told(city, "2"), told(city, "1", "operator.dinkes")]
    notifications.tell(session, lines, now)
    mine, other = city.people["head.dinkes"], city.people["operator.dinkes"]
    (theirs,) = notifications.list_for(session, other)
    notifications.mark_read(session, mine, now, [theirs.id])
    assert notifications.unread(session, other) == 1
    newest = notifications.list_for(session, mine)[0]
    notifications.mark_read(session, mine, now, [newest.id])
    assert notifications.unread(session, mine) == 1
    notifications.mark_read(session, mine, now)
    assert notifications.unread(session, mine) == 0
    assert notifications.unread(session, other) == 1


def test_telling_nobody_writes_nothing(session: Session, now: datetime) -> None:
    notifications.tell(session, [], now)
    assert outbox.claim(session, now) == []


# --- the words

VALUES: dict[str, Any] = {
    "title": "Antrean daring\npuskesmas",
    "agency": "Dinas Kesehatan",
    "receipt": "USL/2026/0007",
    "by": "Kepala Bapperida",
    "outcome": "rejected",
    "reason": "Sudah ada",
    "tasks": [
        {
            "path": "review.planning.deciding",
            "position": "Kepala Bapperida",
            "due_at": "2026-11-23T09:30:00+00:00",
        }
    ],
}
UNDATED: dict[str, Any] = {
    **VALUES,
    "receipt": None,
    "by": None,
    "reason": None,
    "tasks": [{**VALUES["tasks"][0], "due_at": None}],
}


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_matter_has_words_in_both_languages(kind: str, language: str) -> None:
    words = messages.write(kind, language, VALUES, zone=WIB, link="https://alur.example/cases/1")
    assert "\n" not in words.subject
    assert "Antrean daring puskesmas" in words.subject
    assert "Dinas Kesehatan" in words.subject
    assert "https://alur.example/cases/1" in words.text
    assert "USL/2026/0007" in words.text
    if kind not in ("received", "ended", "unattended", "task_moved", timers.LAPSE_FAILED):
        assert "23 November 2026 16.30 WIB" in words.subject


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("kind", ["task_given", "returned", "received", "ended", "unattended"])
def test_words_leave_out_what_is_not_known(kind: str, language: str) -> None:
    words = messages.write(kind, language, UNDATED, zone=WIB, link="https://alur.example/cases/1")
    assert "None" not in words.subject + words.text
    assert "WIB" not in words.subject + words.text


@pytest.mark.parametrize(
    ("zone", "language", "written"),
    [
        ("Asia/Jakarta", "id", "1 Agustus 2026 07.05 WIB"),
        ("Asia/Makassar", "en", "1 August 2026 08.05 WITA"),
        ("Asia/Jayapura", "id", "1 Agustus 2026 09.05 WIT"),
    ],
)
def test_times_are_written_as_people_say_them(zone: str, language: str, written: str) -> None:
    moment = datetime.fromisoformat("2026-08-01T00:05:00+00:00").astimezone(ZoneInfo(zone))
    assert messages.moment(moment, language) == written


def test_a_line_of_the_bell_is_the_first_line_of_the_mail(
    session: Session, city: City, case_id: int, now: datetime
) -> None:
    city.act(case_id, "operator.dinkes", "forward", now)
    announce(session, case_id, now)
    notification = session.scalars(select(Notification)).one()
    line = notifications.line(notification, "id", WIB)
    assert line == (
        "Verifikasi internal: Antrean puskesmas (Dinas dinkes), batas 25 November 2026 16.00 WIB"
    )
    writing = letters.Letters("https://alur.example:8443", WIB)
    mail = sending.weigh(session, notification.id, writing, now)
    assert isinstance(mail, Mail)
    assert mail.subject == line
    assert mail.text.startswith(f"{line}\n\n")
    assert mail.message_id == f"<{letters.fingerprint(notification)}@alur.example>"
    assert mail.thread == f"<case-{case_id}@alur.example>"
    assert f"https://alur.example:8443/cases/{case_id}" in mail.text


def test_a_mail_is_known_by_who_is_told_what_and_not_by_the_number_of_a_row() -> None:
    told = {"person_id": 1, "kind": "received", "key": "7:2", "values": {"title": "Antrean"}}
    known = letters.fingerprint(Notification(id=1, **told))
    assert letters.fingerprint(Notification(id=2, **told)) == known
    for change in ({"person_id": 2}, {"kind": "ended"}, {"key": "7:3"}, {"values": {}}):
        assert letters.fingerprint(Notification(id=1, **{**told, **change})) != known
