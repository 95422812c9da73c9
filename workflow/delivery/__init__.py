"""Carries one message of the outbox to where it belongs, whoever asks and however often.

The attempt is counted in a transaction of its own, the network is used outside of any, and the
effect is written together with the note that it is done. Knows no broker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from smtplib import SMTPException

import structlog
from sqlalchemy.orm import Session, sessionmaker
from structlog.contextvars import bound_contextvars

from workflow import (
    address_changes,
    deadlines,
    due_timers,
    given_rights,
    journal,
    mail_texts,
    notifications,
    outages,
    outbox,
    password_links,
    succession,
    webhooks,
)
from workflow.database import at_once
from workflow.engine.firing import CATCH_UP, SETTLING
from workflow.notifications import announcements, bounces, mail, piles, sending
from workflow.notifications.letters import DIGEST, Letters
from workflow.notifications.mail import Mail, MailServer
from workflow.organising import people
from workflow.outbox import Message
from workflow.webhooks import outcomes
from workflow.webhooks.posting import Outbound

LEADING_ON = frozenset(
    {
        journal.ANNOUNCE,
        CATCH_UP,
        piles.PILE,
        deadlines.RECOUNT,
        deadlines.REWEEK,
        outages.OUTAGE,
        given_rights.APPOINTED,
    }
)
"""The kinds of message whose delivery may write further messages."""


class NotTaken(Exception):
    """The endpoint did not take a webhook; says what it answered."""


log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Delivery:
    """What deliveries need of the installation; without a mail server mails are kept.

    `outbound` posts webhooks; `secret_key` makes links for passwords.

    `now` gives the present moment in the city's zone.
    """

    sessions: sessionmaker[Session]
    now: Callable[[], datetime]
    base_url: str
    mail_server: MailServer | None = None
    outbound: Outbound = field(default_factory=lambda: Outbound(""))
    secret_key: str = ""

    def deliver(self, message_id: int) -> bool:
        """Make one attempt. True when it was made and led to more messages, maybe.

        Never raises for a message that cannot be delivered: it stays in the outbox with the error.
        """
        with at_once(self.sessions) as session:
            message = outbox.begin_attempt(session, message_id, self.now())
        if message is None:
            return False
        try:
            with bound_contextvars(message=message_id, case=message.arguments.get("case_id")):
                CARRIERS[message.kind](self, message)
                log.info("delivered", kind=message.kind, attempt=message.attempts)
        except SMTPException as error:  # its words name the recipient, and a log names nobody
            log.error(
                "message not delivered",
                message=message_id,
                kind=message.kind,
                error=type(error).__name__,
            )
            self._failed(message, error)
            return False
        except Exception as error:
            log.exception("message not delivered", message=message_id, kind=message.kind)
            self._failed(message, error)
            return False
        return message.kind in LEADING_ON

    def _failed(self, message: Message, error: Exception) -> None:
        words, refusal = f"{type(error).__name__}: {error}", bounces.refusal(error)
        with self.sessions.begin() as session:
            now = self.now()
            outbox.failed(session, message, words, now, for_good=refusal is not None)
            if refusal is not None:
                bounces.note(session, *refusal, now)

    def announce(self, message: Message) -> None:
        """Tell everybody whom an event concerns; rows only."""
        with self.sessions.begin() as session:
            now = self.now()
            if outbox.done(session, message.id, now):
                announcements.announce(session, **message.arguments, now=now)
                about = message.arguments
                webhooks.announce(session, [(about["case_id"], about["seq"])], now)

    def catch_up(self, message: Message) -> None:
        """Put what piled up in some cases on the piles of whom it concerns; rows only."""
        with self.sessions.begin() as session:
            now = self.now()
            if due_timers.is_behind(session, now):
                outbox.postpone(session, message, now + SETTLING)
            elif outbox.done(session, message.id, now):
                events = [(case_id, seq) for case_id, seq in message.arguments["events"]]
                piles.add(session, announcements.of_events(session, events, now), now)
                webhooks.announce(session, events, now)

    def pile(self, message: Message) -> None:
        """Tell a person once what piled up, when all of it is gathered; rows only."""
        with self.sessions.begin() as session:
            now = self.now()
            if due_timers.is_behind(session, now) or outbox.is_awaited(session, CATCH_UP):
                outbox.postpone(session, message, now + piles.PAUSE)
            elif outbox.done(session, message.id, now):
                piles.tell(session, message.arguments["person"], now)

    def outage(self, message: Message) -> None:
        """Move deadlines that fell in an outage."""
        moved = deadlines.give_back(self.sessions, self.now(), **message.arguments)
        self._go_on(message, moved)

    def recount(self, message: Message) -> None:
        """Count open deadlines again. Done twice, it changes nothing more."""
        self._go_on(message, deadlines.recount(self.sessions, self.now(), **message.arguments))

    def reweek(self, message: Message) -> None:
        """Count an agency's open deadlines over the week that it works by now."""
        self._go_on(message, deadlines.reweek(self.sessions, self.now(), **message.arguments))

    def succeed(self, message: Message) -> None:
        """Let the heirs of an agency have what is theirs from today on."""
        with self.sessions.begin() as session:
            now = self.now()
            if outbox.done(session, message.id, now):
                succession.carry_out(session, **message.arguments, now=now)

    def succeed_again(self, message: Message) -> None:
        """Let go to an agency's heirs what came up while the rest went."""
        with self.sessions.begin() as session:
            now = self.now()
            if outbox.done(session, message.id, now):
                succession.look_again(session, **message.arguments, now=now)

    def _go_on(self, message: Message, counted: deadlines.Recounted) -> None:
        """Leave the cases beyond one batch to another message."""
        with self.sessions.begin() as session:
            now = self.now()
            if outbox.done(session, message.id, now) and counted.after_case_id is not None:
                rest = {**message.arguments, "after_case_id": counted.after_case_id}
                key = f"{message.kind}:after:{message.id}"
                outbox.post(session, [outbox.row(message.kind, key, rest, now)])

    def mail(self, message: Message) -> None:
        """Send a line of the bell by mail, or note why not, or when."""
        now = self.now()
        with at_once(self.sessions) as session:
            line_id = message.arguments["notification"]
            letters = Letters(self.base_url, now.tzinfo)
            fate = sending.weigh(session, line_id, letters, now)
        if isinstance(fate, Mail) and self.mail_server is not None:
            self.mail_server.send(fate, now)
            with at_once(self.sessions) as session:
                sending.sent(session, message, fate, self.now())
        else:
            with self.sessions.begin() as session:
                if sending.settle(session, message, fate, self.now()) and isinstance(fate, Mail):
                    mail.keep(session, fate, now)
        if letters.broken:
            with self.sessions.begin() as session:
                mail_texts.note_broken(session, letters.broken, now)

    def digest(self, message: Message) -> None:
        """Send what waited for a person in one mail, if any of it still matters."""
        now = self.now()
        day = date.fromisoformat(message.arguments["day"])
        with self.sessions() as session:
            person_id = message.arguments["person"]
            letters = self._letters(session)
            ready = sending.digest(session, person_id, day, letters, now)
        self._send(ready.mail, now)
        with self.sessions.begin() as session:
            if sending.settle_digest(session, message, ready, self.now()):
                self._keep(session, ready.mail, now)
            mail_texts.note_broken(session, letters.broken, now)

    def _letters(self, session: Session) -> Letters:
        return Letters(self.base_url, self.now().tzinfo, mail_texts.own_texts(session))

    def _send(self, written: Mail | None, now: datetime) -> None:
        if written is not None and self.mail_server is not None:
            self.mail_server.send(written, now)

    def _keep(self, session: Session, written: Mail | None, now: datetime) -> None:
        if written is not None and self.mail_server is None:
            mail.keep(session, written, now)
        elif written is not None and written.has_bounced:
            bounces.forget(session, written.recipient)

    def password_link(self, message: Message) -> None:
        """Send somebody the link for their password. It is kept nowhere."""
        now = self.now()
        if self.mail_server is not None:
            with self.sessions() as session:
                about = message.arguments
                person = password_links.still_sent(session, about["person"], about["salt"], now)
                if person is not None:
                    token = password_links.token_of(person, self.secret_key)
                    self._send(self._letters(session).of_password_link(person, token), now)
        with self.sessions.begin() as session:
            outbox.done(session, message.id, self.now())

    def address_changed(self, message: Message) -> None:
        """Tell somebody's former address that it is one."""
        now, about = self.now(), message.arguments
        with self.sessions() as session:
            person = people.person(session, about["person"])
            at = datetime.fromisoformat(about["at"])
            written = self._letters(session).of_address_change(person, about["address"], at)
        self._send(written, now)
        with self.sessions.begin() as session:
            if outbox.done(session, message.id, self.now()):
                self._keep(session, written, now)

    def appointed(self, message: Message) -> None:
        """Tell of appointments that somebody entered; rows only."""
        with self.sessions.begin() as session:
            now, about = self.now(), message.arguments
            if outbox.done(session, message.id, now):
                at = datetime.fromisoformat(about["at"])
                given_rights.tell_appointments(session, about["by"], at, now)

    def webhook(self, message: Message) -> None:
        """Post to an endpoint. Raises NotTaken, so that it is tried again."""
        number = message.arguments["delivery"]
        with self.sessions() as session:
            parcel = webhooks.parcel(session, number, self.outbound, self.now())
        if parcel is None:
            with self.sessions.begin() as session:
                if outbox.done(session, message.id, self.now()):
                    outcomes.leave_out(session, number)
            return
        answer = self.outbound.post(parcel.url, parcel.headers, parcel.body)
        with self.sessions.begin() as session:
            now = self.now()
            if answer.is_taken:
                outbox.done(session, message.id, now)
            outcomes.record(session, number, answer, now)
        if not answer.is_taken:
            raise NotTaken(answer.words if answer.status is None else f"status {answer.status}")


CARRIERS: Mapping[str, Callable[[Delivery, Message], None]] = {
    journal.ANNOUNCE: Delivery.announce,
    CATCH_UP: Delivery.catch_up,
    piles.PILE: Delivery.pile,
    deadlines.RECOUNT: Delivery.recount,
    deadlines.REWEEK: Delivery.reweek,
    outages.OUTAGE: Delivery.outage,
    succession.SUCCEED: Delivery.succeed,
    succession.LOOK_AGAIN: Delivery.succeed_again,
    notifications.MAIL: Delivery.mail,
    DIGEST: Delivery.digest,
    webhooks.WEBHOOK: Delivery.webhook,
    password_links.PASSWORD_LINK: Delivery.password_link,
    address_changes.ADDRESS_CHANGED: Delivery.address_changed,
    given_rights.APPOINTED: Delivery.appointed,
}
"""What is done with each kind of message."""
