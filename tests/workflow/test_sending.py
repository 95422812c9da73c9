"""What becomes of a mail is asked when it is sent: who, still, when, and why not."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from states import library
from tests.workflow.factories import City
from tests.workflow.sweeping import fire_due
from workflow import outbox
from workflow.delivery import Delivery
from workflow.errors import Invalid
from workflow.models import (
    Appointment,
    KeptMail,
    Notification,
    OutboxMessage,
    Person,
    Position,
)
from workflow.notifications import preferences
from workflow.notifications.sending import AFTER_OPENING

BASE_URL = "https://alur.example"
AT_ONCE = dict.fromkeys(preferences.CHOICES, "at_once")
TUESDAY_OPENING = datetime.fromisoformat("2026-11-24T07:30+07:00")


class Office:
    """A city whose outbox is carried at a moment of the test's choice."""

    def __init__(self, sessions: sessionmaker[Session], now: datetime) -> None:
        self.sessions = sessions
        self.now = now
        with sessions.begin() as session:
            city = City.founded(session, now)
            city.person("admin", administers=True)
            self.version_id = city.publish(library.text("program-proposal"))
            self.case_id = city.case(self.version_id, now)
        self.city = city

    def act(self, username: str, action: str, **data: object) -> None:
        """Decide, and carry nothing yet."""
        with self.sessions.begin() as session:
            self.city.session = session
            self.city.act(self.case_id, username, action, self.now, **data)

    def submit(self) -> None:
        """Bring the proposal out of its agency, and carry what that tells."""
        for username, action in (("operator", "forward"), ("secretary", "initial")):
            self.act(f"{username}.dinkes", action)
        self.act("head.dinkes", "submit")
        self.carry()

    def withdraw(self) -> None:
        """Let the agency take its proposal back; carry nothing yet."""
        self.act("head.dinkes", "withdraw", reason="Anggaran dialihkan")

    def fire(self, kind: str) -> None:
        """Let the case's timers fire up to one of a kind, and make its moment the present."""
        with self.sessions.begin() as session:
            query = "SELECT due_at FROM timers WHERE case_id = %(case)s AND kind = %(kind)s"
            waiting = f"{query} AND status = 'waiting'"
            asked = {"case": self.case_id, "kind": kind}
            moment = session.connection().exec_driver_sql(waiting, asked).scalar_one()
            self.now = moment.astimezone(self.now.tzinfo)
            fire_due(session, self.case_id, self.now)

    def carry(self, *kinds: str, at: datetime | None = None) -> None:
        """Carry what is due of these kinds, or of all kinds, until nothing more is."""
        self.now = at or self.now
        delivery = Delivery(self.sessions, lambda: self.now, BASE_URL)
        while ids := self.due(*kinds):
            for message_id in ids:
                delivery.deliver(message_id)

    def due(self, *kinds: str) -> list[int]:
        """The messages that may be attempted now."""
        query = select(OutboxMessage.id).where(
            OutboxMessage.done_at.is_(None),
            OutboxMessage.dead_at.is_(None),
            OutboxMessage.due_at <= self.now,
        )
        if kinds:
            query = query.where(OutboxMessage.kind.in_(kinds))
        with self.sessions() as session:
            return list(session.scalars(query.order_by(OutboxMessage.id)))

    def leave(self, appointment: str) -> None:
        """End an appointment before today."""
        ended = update(Appointment).where(Appointment.id == self.city.appointments[appointment])
        with self.sessions.begin() as session:
            session.execute(ended.values(ends_on=date(2026, 11, 1)))

    def change(self, username: str, **values: object) -> None:
        """Change a person."""
        with self.sessions.begin() as session:
            session.execute(update(Person).where(Person.username == username).values(**values))

    def prefers(self, username: str, *, quiet: bool = False, **choices: str) -> None:
        """Let a person choose."""
        person_id = self.city.people[username]
        with self.sessions.begin() as session:
            chosen = AT_ONCE | choices
            preferences.save(session, person_id, chosen, "id", quiet_hours=quiet)

    @property
    def mails(self) -> Counter[str]:
        """How many mails each person got."""
        with self.sessions() as session:
            recipients = session.scalars(select(KeptMail.recipient))
            return Counter(address.removesuffix("@metro.example") for address in recipients)

    def fates(self) -> dict[str, str | None]:
        """Person and kind of each line, and why no mail told of it."""
        query = select(Person.username, Notification.kind, Notification.unsent).join(
            Person, Person.id == Notification.person_id
        )
        with self.sessions() as session:
            return {f"{name} {kind}": unsent for name, kind, unsent in session.execute(query)}


@pytest.fixture
def office(sessions: sessionmaker[Session], now: datetime) -> Iterator[Office]:
    return Office(sessions, now)


# --- asked when it is sent


def test_a_mail_that_was_sent_is_noted_at_its_line(office: Office) -> None:
    office.act("operator.dinkes", "forward")
    office.carry()
    assert office.mails == {"secretary.dinkes": 1}
    with office.sessions() as session:
        line = session.scalars(select(Notification)).one()
    assert (line.mailed_at, line.unsent) == (office.now, None)


def test_whoever_has_lost_the_post_meanwhile_gets_nothing(office: Office) -> None:
    office.act("operator.dinkes", "forward")
    office.carry("announce")
    office.leave("secretary.dinkes@secretary.dinkes")
    office.carry()
    assert office.mails == {}
    assert office.fates() == {"secretary.dinkes task_given": "not_in_office"}


def test_whoever_did_the_task_before_the_mail_left_gets_nothing(office: Office) -> None:
    office.act("operator.dinkes", "forward")
    office.carry("announce")
    office.act("secretary.dinkes", "initial")
    office.carry("mail")
    assert office.mails == {}
    assert office.fates() == {"secretary.dinkes task_given": "task_closed"}


def test_a_reminder_and_an_escalation_of_a_task_done_meanwhile_are_not_sent(
    office: Office,
) -> None:
    office.act("operator.dinkes", "forward")
    office.carry()
    office.fire("escalation.0")
    office.carry("announce", "catch_up")
    office.act("secretary.dinkes", "initial")
    office.carry("mail")
    assert office.mails == {"secretary.dinkes": 1}
    assert set(office.fates().values()) == {None, "task_closed"}


def test_news_for_the_owner_are_not_sent_to_a_former_head(office: Office) -> None:
    office.submit()
    before = office.mails
    office.withdraw()
    office.carry("announce")
    office.leave("head.dinkes@head.dinkes")
    office.carry()
    assert office.mails - before == {"operator.dinkes": 1}
    assert office.fates()["head.dinkes ended"] == "not_in_office"


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"is_active": False}, "account_closed"), ({"email": ""}, "no_address")],
)
def test_without_an_account_or_an_address_there_is_no_mail(
    office: Office, change: dict[str, object], reason: str
) -> None:
    office.act("operator.dinkes", "forward")
    office.carry("announce")
    office.change("secretary.dinkes", **change)
    office.carry()
    assert office.mails == {}
    assert office.fates() == {"secretary.dinkes task_given": reason}


def test_of_what_piled_up_only_what_still_matters_is_sent(
    office: Office, sessions: sessionmaker[Session]
) -> None:
    with sessions.begin() as session:
        office.city.session = session
        other = office.city.case(office.version_id, office.now)
        office.city.act(other, "operator.dinkes", "forward", office.now)
    office.act("operator.dinkes", "forward")
    office.carry()
    with sessions.begin() as session:
        line = session.scalars(select(Notification).order_by(Notification.id)).all()
        matters = [{"kind": one.kind, "key": one.key, **one.values} for one in line]
        piled = Notification(
            person_id=line[0].person_id,
            case_id=None,
            kind="caught_up",
            key="caught_up:1",
            values={"matters": matters},
            created_at=office.now,
        )
        session.add(piled)
        session.flush()
        arguments = {"notification": piled.id}
        outbox.post(session, [outbox.row("mail", "mail:piled", arguments, office.now)])
    office.act("secretary.dinkes", "initial")
    office.carry("mail")
    with sessions() as session:
        newest = session.scalars(select(KeptMail).order_by(KeptMail.id.desc())).first()
    assert newest is not None
    assert newest.subject.startswith("1 hal menumpuk")


def test_who_holds_two_posts_above_a_late_task_is_told_once(office: Office) -> None:
    office.act("operator.dinkes", "forward")
    with office.sessions.begin() as session:
        head = office.city.positions["head.dinkes"]
        below = update(Position).where(Position.id == office.city.positions["secretary.dinkes"])
        session.execute(below.values(superior_id=head))
        office.city.session = session
        until = office.now.date() + timedelta(days=20)
        office.city.appoint("head.dinkes", "operator.dinkes", "plh", office.now.date(), until)
    office.carry()
    office.fire("escalation.0")
    office.carry("announce", "mail", "catch_up")
    assert office.mails["head.dinkes"] == 1


# --- as a person chose


def test_what_was_never_chosen_is_told_at_once() -> None:
    person = Person(mail_choices={"reminded": "off", "task_given": "off"}, quiet_hours=False)
    person.language = "id"
    chosen = preferences.of(person).choices
    assert chosen == {**AT_ONCE, "reminded": "off"}


@pytest.mark.parametrize(
    ("choices", "language", "wrong"),
    [
        ({"task_given": "off"}, "id", ["task_given"]),
        ({"returned": "off", "ended": "never"}, "xx", ["returned", "ended", "language"]),
    ],
)
def test_a_task_is_never_off_and_all_that_is_wrong_is_told_at_once(
    office: Office, choices: dict[str, str], language: str, wrong: list[str]
) -> None:
    with office.sessions() as session, pytest.raises(Invalid) as raised:
        preferences.save(session, 1, AT_ONCE | choices, language, quiet_hours=False)
    assert [problem.field for problem in raised.value.problems] == wrong


def test_what_is_switched_off_stays_in_the_bell(office: Office) -> None:
    office.prefers("operator.dinkes", ended="off")
    office.submit()
    before = office.mails
    office.withdraw()
    office.carry()
    assert office.mails - before == {"head.dinkes": 1}
    assert office.fates()["operator.dinkes ended"] == "switched_off"


@pytest.mark.parametrize(
    ("at", "waits_until"),
    [
        ("2026-11-23T16:00+07:00", "2026-11-24T07:30+07:00"),
        ("2026-11-24T07:29:59+07:00", "2026-11-24T07:30+07:00"),
        ("2026-11-28T10:00+07:00", "2026-11-30T07:30+07:00"),
    ],
)
def test_a_mail_outside_the_working_hours_waits_until_opening(
    office: Office, at: str, waits_until: str
) -> None:
    office.prefers("secretary.dinkes", quiet=True)
    office.act("operator.dinkes", "forward")
    office.carry(at=datetime.fromisoformat(at).astimezone(office.now.tzinfo))
    assert office.mails == {}
    opening = datetime.fromisoformat(waits_until).astimezone(office.now.tzinfo)
    office.carry(at=opening - timedelta(seconds=1))
    assert office.mails == {}
    office.carry(at=opening)
    assert office.mails == {"secretary.dinkes": 1}
    with office.sessions() as session:
        mail = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "mail")).one()
    assert mail.attempts == 1


def test_in_the_working_hours_nothing_waits(office: Office) -> None:
    office.prefers("secretary.dinkes", quiet=True)
    office.act("operator.dinkes", "forward")
    office.carry(at=office.now.replace(hour=15, minute=59))
    assert office.mails == {"secretary.dinkes": 1}


def test_a_task_closed_while_its_mail_waited_is_not_told(office: Office) -> None:
    office.prefers("secretary.dinkes", quiet=True)
    office.act("operator.dinkes", "forward")
    office.carry(at=office.now.replace(hour=20))
    office.act("secretary.dinkes", "initial")
    office.carry("mail", at=TUESDAY_OPENING.astimezone(office.now.tzinfo))
    assert office.fates()["secretary.dinkes task_given"] == "task_closed"


def test_what_is_urgent_waits_for_no_opening_and_no_digest(office: Office) -> None:
    office.prefers("admin", quiet=True)
    office.leave("secretary.dinkes@secretary.dinkes")
    office.act("operator.dinkes", "forward")
    office.carry(at=office.now.replace(hour=22))
    assert office.mails == {"admin": 1}


# --- the digest


def digests(office: Office) -> list[KeptMail]:
    with office.sessions() as session:
        query = select(KeptMail).where(KeptMail.subject.like("Ringkasan%")).order_by(KeptMail.id)
        return list(session.scalars(query))


def test_a_digest_is_one_mail_a_day_with_a_link_for_each_matter(office: Office) -> None:
    office.prefers("operator.dinkes", received="digest", ended="digest")
    office.act("operator.dinkes", "forward")
    office.act("secretary.dinkes", "initial")
    office.act("head.dinkes", "submit")
    office.withdraw()
    office.carry()
    assert office.mails["operator.dinkes"] == 0
    due = (TUESDAY_OPENING + AFTER_OPENING).astimezone(office.now.tzinfo)
    office.carry(at=due - timedelta(seconds=1))
    assert digests(office) == []
    office.carry(at=due)
    (mail,) = digests(office)
    assert mail.recipient == "operator.dinkes@metro.example"
    assert mail.subject.startswith("Ringkasan hari ini: 2 hal untuk Anda")
    assert "Diterima: Antrean puskesmas" in mail.body
    assert "Antrean puskesmas (Dinas dinkes)" in mail.body
    assert mail.body.count(f"{BASE_URL}/cases/{office.case_id}\n") == 2
    office.carry(at=due + timedelta(days=3))
    assert len(digests(office)) == 1


def test_a_digest_leaves_out_what_no_longer_matters(office: Office) -> None:
    office.prefers("secretary.dinkes", task_given="digest")
    office.act("operator.dinkes", "forward")
    office.carry()
    office.act("secretary.dinkes", "initial")
    office.carry(at=(TUESDAY_OPENING + timedelta(hours=1)).astimezone(office.now.tzinfo))
    assert digests(office) == []
    assert office.fates()["secretary.dinkes task_given"] == "task_closed"


def test_what_comes_while_a_digest_goes_out_is_in_the_next(office: Office) -> None:
    office.prefers("operator.dinkes", received="digest", ended="digest")
    office.act("operator.dinkes", "forward")
    office.act("secretary.dinkes", "initial")
    office.act("head.dinkes", "submit")
    office.carry()
    due = (TUESDAY_OPENING + AFTER_OPENING).astimezone(office.now.tzinfo)
    office.now = due
    (message_id,) = office.due("digest")
    delivery = Delivery(office.sessions, lambda: office.now, BASE_URL, Meanwhile(office))  # type: ignore[arg-type]
    delivery.deliver(message_id)
    with office.sessions() as session:
        waiting = session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == "digest").order_by(OutboxMessage.id)
        ).all()
    assert [message.done_at is None for message in waiting] == [False, True]
    assert waiting[1].due_at == due + timedelta(days=1)


class Meanwhile:
    """A mail server during whose work one more matter is put into the digest."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def send(self, *_: object) -> None:
        """Put one more line of the person beside those that are being sent."""
        person_id = self.office.city.people["operator.dinkes"]
        with self.office.sessions.begin() as session:
            session.add(
                Notification(
                    person_id=person_id,
                    case_id=None,
                    kind="received",
                    key="meanwhile",
                    values={},
                    created_at=self.office.now,
                    digest_at=self.office.now,
                )
            )


class Counting:
    """A mail server that counts, and lets a second worker try while it works."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def send(self, mail: object, _now: datetime) -> None:
        """Take a mail."""
        self.sent.append(mail.message_id)  # type: ignore[attr-defined]
        self.meanwhile()


def test_two_workers_never_send_two_digests(office: Office) -> None:
    office.prefers("operator.dinkes", received="digest", ended="digest")
    office.act("operator.dinkes", "forward")
    office.act("secretary.dinkes", "initial")
    office.act("head.dinkes", "submit")
    office.withdraw()
    office.carry("announce")
    mails = office.due("mail")
    server = Counting()
    first, second = (
        Delivery(office.sessions, lambda: office.now, BASE_URL, server)  # type: ignore[arg-type]
        for _ in range(2)
    )
    both_at_once([lambda each=each: first.deliver(each) for each in mails])
    with office.sessions() as session:
        asked = select(OutboxMessage).where(OutboxMessage.kind == "digest")
        assert len(session.scalars(asked).all()) == 1
        digest = session.scalars(asked).one()
    office.now = digest.due_at.astimezone(office.now.tzinfo)
    server.sent.clear()
    server.meanwhile = lambda: second.deliver(digest.id)
    both_at_once([lambda: first.deliver(digest.id), lambda: second.deliver(digest.id)])
    assert len(server.sent) == 1
    office.carry("digest", at=office.now + timedelta(days=1))
    assert digests(office) == []


def both_at_once(works: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_digest_speaks_the_language_of_its_reader(office: Office) -> None:
    office.prefers("operator.dinkes", ended="digest")
    office.change("operator.dinkes", language="en")
    office.submit()
    office.withdraw()
    office.carry()
    office.carry(at=(TUESDAY_OPENING + AFTER_OPENING).astimezone(office.now.tzinfo))
    with office.sessions() as session:
        query = select(KeptMail).where(KeptMail.subject.startswith("Today's digest"))
        mail = session.scalars(query).one()
    assert "See all notifications:" in mail.body
