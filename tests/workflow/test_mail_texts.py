"""The city's own words for mails: little can be said in them, and no mail is lost by them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.workflow.factories import City
from workflow import mail_texts, messages, notifications, outbox, setting_changes
from workflow.delivery import Delivery
from workflow.errors import Invalid, NotFound
from workflow.messages import MONTHS, Words, own
from workflow.models import KeptMail, MailText, OutboxMessage
from workflow.notifications import Told

WIB = ZoneInfo("Asia/Jakarta")
LINK = "https://alur.example/cases/1"
GOOD = Words(
    "Tugas: {{ title }}",
    "Untuk {{ agency }}.\n{% for task in tasks %}{{ task.path | step }}{% endfor %}\n{{ link }}",
)


@pytest.fixture
def admin(session: Session, now: datetime) -> int:
    return City(session).person("admin", administers=True)


def keep(session: Session, words: Words, by: int, now: datetime, kind: str = "task_given") -> None:
    mail_texts.save(
        session, kind, "id", words, base_url="https://alur.example", zone=WIB, by=by, now=now
    )


@pytest.mark.parametrize("language", MONTHS)
@pytest.mark.parametrize("kind", own.kinds())
def test_the_shipped_text_may_be_kept_as_it_is_and_says_the_same(kind: str, language: str) -> None:
    shipped = own.shipped(kind, language)
    assert own.problems(kind, language, shipped) == []
    filled = own.fill(shipped, language, mail_texts.EXAMPLE, zone=WIB, link=LINK)
    wanted = messages.write(kind, language, mail_texts.EXAMPLE, zone=WIB, link=LINK)
    assert filled.subject == wanted.subject
    assert filled.text.split() == wanted.text.split()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing"),
        ("x" * 10_001, "too_long"),
        ("{{ title", "not_a_text"),
        ("{% if title %}", "not_a_text"),
        ("{{ title | nothing }}", "more_than_a_text"),
        ("{{ title is nothing }}", "not_a_text"),
        ("{{ password }}", "unknown_names"),
        ("{{ outcome }}", "unknown_names"),
        ("{{ title.upper() }}", "more_than_a_text"),
        ("{{ title | center(1000000000) }}", "more_than_a_text"),
        ("{{ 'x' * 1000000000 }}", "more_than_a_text"),
        ("{{ 9 ** 9 ** 9 }}", "more_than_a_text"),
        ("{{ '%1000000000d' % 1 }}", "more_than_a_text"),
        ("{% set title = title ~ title %}", "more_than_a_text"),
        ("{% macro a() %}{% endmacro %}", "more_than_a_text"),
        ("{% include 'frame.txt.j2' %}", "more_than_a_text"),
        ("{% extends 'frame.txt.j2' %}", "more_than_a_text"),
        ("{% import 'frame.txt.j2' as f %}", "more_than_a_text"),
        ("{% for a in range(10) %}{% endfor %}", "more_than_a_text"),
        (
            "{% for a in tasks %}{% for b in tasks %}{% for c in tasks %}x"
            "{% endfor %}{% endfor %}{% endfor %}",
            "more_than_a_text",
        ),
    ],
)
def test_a_text_that_does_more_than_name_things_is_refused(text: str, code: str) -> None:
    found = own.problems("task_given", "id", Words("Tugas", text))
    assert code in [problem.code for problem in found]
    assert {problem.field for problem in found} == {"text"}


@pytest.mark.parametrize(
    "text", ["{{ title.__class__ }}", "{{ tasks[0]['__class__'] }}", "{{ tasks[0].nothing }}"]
)
def test_what_lies_behind_a_value_cannot_be_named(text: str) -> None:
    words = Words("Tugas", text)
    with pytest.raises(own.Broken):
        own.fill(words, "id", mail_texts.EXAMPLE, zone=WIB, link=LINK)


def test_the_subject_cannot_name_the_link_and_is_one_line() -> None:
    (problem,) = own.problems("task_given", "id", Words("{{ link }}", "x"))
    assert (problem.field, problem.code) == ("subject", "unknown_names")
    values = {**mail_texts.EXAMPLE, "title": "Satu\nBcc: dua"}
    words = own.fill(Words("{{ title }}", "x"), "id", values, zone=WIB, link=LINK)
    assert words.subject == "Satu Bcc: dua"


def test_a_text_is_kept_journalled_and_taken_back(
    session: Session, admin: int, now: datetime
) -> None:
    keep(session, GOOD, admin, now)
    keep(session, GOOD._replace(subject="Baru"), admin, now)
    assert mail_texts.own_texts(session)["task_given", "id"].subject == "Baru"
    for _ in range(2):
        mail_texts.reset(session, "task_given", "id", by=admin, now=now)
    assert mail_texts.own_texts(session) == {}
    history = setting_changes.history(session, mail_texts.subject("task_given", "id"))
    assert [(one.kind, one.name, one.what.get("subject")) for one in history] == [
        (mail_texts.RESET, "Ibu admin", None),
        (mail_texts.CHANGED, "Ibu admin", "Baru"),
        (mail_texts.CHANGED, "Ibu admin", GOOD.subject),
    ]


def test_a_text_that_cannot_be_filled_for_one_of_the_newest_matters_is_not_kept(
    session: Session, admin: int, now: datetime
) -> None:
    told = Told(admin, None, "task_given", "1:1", {**mail_texts.EXAMPLE, "tasks": []})
    notifications.tell(session, [told], now)
    with pytest.raises(Invalid, match="not_filled"):
        keep(session, Words("{{ tasks[0].path | step }}", "x"), admin, now)
    assert mail_texts.own_texts(session) == {}


def test_what_has_no_text_is_not_found(session: Session, admin: int, now: datetime) -> None:
    with pytest.raises(NotFound):
        mail_texts.text(session, "nothing", "id")
    with pytest.raises(NotFound):
        keep(session, GOOD, admin, now, kind="nothing")
    with pytest.raises(NotFound):
        mail_texts.reset(session, "task_given", "fr", by=admin, now=now)


class Office:
    """A case with a task to tell of, and a delivery that keeps its mails."""

    def __init__(self, sessions: sessionmaker[Session], now: datetime) -> None:
        self.sessions, self.now = sessions, now
        with sessions.begin() as session:
            city = City.founded(session, now)
            self.admin = city.person("admin", administers=True)
            case_id = city.case(city.publish(library.text("program-proposal")), now)
            city.act(case_id, "operator.dinkes", "forward", now)

    def mail(self) -> KeptMail:
        """The mail that tells of the task."""
        delivery = Delivery(self.sessions, lambda: self.now, "https://alur.example")
        while True:
            with self.sessions.begin() as session:
                ids = outbox.claim(session, self.now)
            if not ids:
                break
            for message_id in ids:
                delivery.deliver(message_id)
        with self.sessions() as session:
            assert not session.scalars(
                select(OutboxMessage.error).where(OutboxMessage.error.is_not(None))
            ).all()
            query = select(KeptMail).where(KeptMail.recipient == "secretary.dinkes@metro.example")
            return session.scalars(query).one()


@pytest.fixture
def office(sessions: sessionmaker[Session], now: datetime) -> Office:
    return Office(sessions, now)


def test_mails_speak_in_the_citys_own_words(office: Office) -> None:
    with office.sessions.begin() as session:
        keep(session, GOOD, office.admin, office.now)
    mail = office.mail()
    assert mail.subject == "Tugas: Antrean puskesmas"
    assert "Untuk Dinas dinkes." in mail.body


def test_a_broken_text_loses_no_mail_and_administrators_see_it(office: Office) -> None:
    with office.sessions.begin() as session:
        session.add(
            MailText(
                kind="task_given",
                language="id",
                subject="{{ tasks[7].path }}",
                text="x",
                changed_at=office.now,
            )
        )
    mail = office.mail()
    assert "Antrean puskesmas" in mail.subject
    assert "Ada tugas baru" in mail.body
    with office.sessions.begin() as session:
        row = session.scalars(select(MailText)).one()
        assert row.broken_at == office.now
        assert "UndefinedError" in (row.error or "")
        keep(session, GOOD, office.admin, office.now)
        assert (row.broken_at, row.error) == (None, None)
