"""Links for passwords: whose they are, how long and how often they are good, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, sessionmaker
from structlog.testing import capture_logs

from tests.workflow.factories import City
from workflow import accounts, password_links, setting_changes
from workflow.delivery import Delivery
from workflow.errors import Invalid, NotFound
from workflow.models import KeptMail, OutboxMessage, Person
from workflow.notifications.mail import Mail
from workflow.organising import people
from workflow.password_links import LASTS

KEY = "k" * 40
WORDS = "empat kata tidak berhubungan"
TWICE: Mapping[str, str] = {"password": WORDS, "again": WORDS}


@pytest.fixture
def person(session: Session) -> Person:
    city = City(session)
    city.person("admin", administers=True)
    return session.get_one(Person, city.person("baru.dinkes"))


def _made(session: Session, person: Person, now: datetime) -> str:
    return password_links.make(session, person.id, KEY, by=person.id, now=now)


def test_a_link_sets_a_password_once(session: Session, person: Person, now: datetime) -> None:
    token = _made(session, person, now)
    assert password_links.holder(session, person.id, token, KEY, now) is person
    password_links.spend(session, person.id, token, KEY, TWICE, now)
    session.flush()
    assert accounts.authenticate(session, person.username, WORDS) is person
    with pytest.raises(NotFound):
        password_links.spend(session, person.id, token, KEY, TWICE, now)
    kinds = [one.kind for one in setting_changes.history(session, people.subject(person.id))]
    assert kinds == ["password_set", "password_link_made"]


def test_a_link_is_good_for_three_days(session: Session, person: Person, now: datetime) -> None:
    token, last = _made(session, person, now), now + LASTS - timedelta(seconds=1)
    assert password_links.holder(session, person.id, token, KEY, last) is person
    with pytest.raises(NotFound):
        password_links.spend(session, person.id, token, KEY, TWICE, now + LASTS)


@pytest.mark.parametrize(
    "what", ["newer", "given", "off", "moved", "key", "another", "altered", "none"]
)
def test_a_link_opens_nothing(session: Session, person: Person, now: datetime, what: str) -> None:
    token, key, person_id = _made(session, person, now), KEY, person.id
    if what == "newer":
        _made(session, person, now)
    elif what == "given":
        accounts.set_password(session, person.username, WORDS)
    elif what == "off":
        person.is_active = False
    elif what == "moved":
        typed = {"name": person.name, "email": "lain@metro.example"}
        people.change(session, person.id, typed, by=person.id, now=now)
    elif what == "key":
        key = KEY.upper()
    elif what == "another":
        person_id = City(session).person("lain.dinkes")
        session.get_one(Person, person_id).password_link_until = now + LASTS
        session.get_one(Person, person_id).password_link_salt = person.password_link_salt
    elif what == "altered":
        token = token[:-1] + "é"
    else:
        person_id = 987_654_321
    session.flush()
    with pytest.raises(NotFound):
        password_links.holder(session, person_id, token, key, now)


def test_switching_an_account_off_and_on_revives_no_link(
    session: Session, person: Person, now: datetime
) -> None:
    token, why = _made(session, person, now), {"reason": "Cuti"}
    administrator = accounts.named(session, "admin").id
    people.switch_off(session, person.id, why, by=administrator, now=now)
    with pytest.raises(NotFound):
        _made(session, person, now)
    people.switch_on(session, person.id, why, by=administrator, now=now)
    with pytest.raises(NotFound):
        password_links.holder(session, person.id, token, KEY, now)


def test_all_that_is_wrong_is_told_at_once_and_the_link_stays_good(
    session: Session, person: Person, now: datetime
) -> None:
    token, typed = _made(session, person, now), {"password": "pendek", "again": ""}
    with pytest.raises(Invalid, match="password: too_short, again: differs"):
        password_links.spend(session, person.id, token, KEY, typed, now)
    assert password_links.holder(session, person.id, token, KEY, now) is person


def test_nothing_in_the_database_opens_the_link(
    session: Session, person: Person, now: datetime
) -> None:
    token = _made(session, person, now)
    session.flush()
    noted = [one.what for one in setting_changes.history(session, people.subject(person.id))]
    kept = {one.key: getattr(person, one.key) for one in inspect(Person).column_attrs}
    assert token not in f"{kept} {noted}"


class Post:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[Mail] = []

    def send(self, mail: Mail, _now: datetime) -> None:
        """Take it."""
        self.taken.append(mail)


def _delivered(sessions: sessionmaker[Session], now: datetime, post: Post | None) -> list[str]:
    """Deliver every message; what each kept of its errand."""
    key = {"secret_key": KEY}
    delivery = Delivery(sessions, lambda: now, "https://alur.example", post, **key)  # type: ignore[arg-type]
    with sessions() as session:
        waiting = session.execute(select(OutboxMessage.id, OutboxMessage.arguments)).all()
    for message_id, _ in waiting:
        delivery.deliver(message_id)
    return [str(arguments) for _, arguments in waiting]


def _hired(sessions: sessionmaker[Session]) -> int:
    with sessions.begin() as session:
        return City(session).person("baru.dinkes")


def test_a_link_goes_by_mail_to_its_person_alone(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    person_id, post = _hired(sessions), Post()
    with sessions.begin() as session:
        password_links.ask(session, " Baru.Dinkes ", now)
        password_links.ask(session, "nobody", now)
    (kept,) = _delivered(sessions, now, post)
    (mail,) = post.taken
    token = mail.links[0].removeprefix(f"https://alur.example/password/{person_id}/")
    assert mail.links[0] in mail.text
    assert token not in kept
    with sessions() as session:
        assert password_links.holder(session, person_id, token, KEY, now).email == mail.recipient
        (change,) = setting_changes.history(session, people.subject(person_id))
    assert change.kind == "password_link_asked"


def test_the_log_does_not_name_the_address_that_a_mail_server_refused(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    class Refusing(Post):
        def send(self, mail: Mail, _now: datetime) -> None:
            """Take nothing."""
            said = f"<{mail.recipient}>: no such mailbox".encode()
            raise SMTPRecipientsRefused({mail.recipient: (550, said)})

    person_id = _hired(sessions)
    with sessions.begin() as session:
        password_links.ask(session, "baru.dinkes", now)
    with capture_logs() as lines:
        _delivered(sessions, now, Refusing())
    (line,) = [line for line in lines if line["event"] == "message not delivered"]
    assert line["error"] == "SMTPRecipientsRefused"
    assert "exc_info" not in line
    assert "baru.dinkes" not in str(line)
    with sessions() as session:
        assert session.get_one(Person, person_id).is_bouncing


@pytest.mark.parametrize("what", ["newer", "over", "off", "no server"])
def test_a_link_that_opens_nothing_is_not_sent(
    sessions: sessionmaker[Session], now: datetime, what: str
) -> None:
    person_id, post = _hired(sessions), Post()
    with sessions.begin() as session:
        password_links.send(session, person_id, by=person_id, now=now)
        if what == "newer":
            session.flush()
            password_links.make(session, person_id, KEY, by=person_id, now=now)
        elif what == "off":
            session.get_one(Person, person_id).is_active = False
    later = now + LASTS if what == "over" else now
    assert len(_delivered(sessions, later, None if what == "no server" else post)) == 1
    assert not post.taken
    with sessions() as session:
        assert session.scalars(select(OutboxMessage.done_at)).one() == later
        assert session.scalars(select(KeptMail.id)).all() == []
