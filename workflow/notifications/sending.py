"""What becomes of a line's mail, decided when it is to be sent: sent, later, in a digest, or not.

Reads and writes rows only; the network is the business of `delivery`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import Select, Table, func, select, update
from sqlalchemy.orm import Session

from workflow import mail_texts, outbox
from workflow.calendar import Calendar
from workflow.models import Agency, Appointment, Notification, Person, Position
from workflow.notifications import Told
from workflow.notifications.letters import DIGEST, Letters
from workflow.notifications.mail import Mail
from workflow.notifications.preferences import URGENT, Choice, choice
from workflow.notifications.relevance import Inquiry, Unsent
from workflow.organisation import valid_on

AFTER_OPENING = timedelta(minutes=10)
"""How long after opening a digest goes out, so that the reminders of the opening are in it."""

MOST_IN_A_DIGEST = 200


@dataclass(frozen=True, slots=True)
class Later:
    """The mail waits for the person's offices to open."""

    at: datetime


@dataclass(frozen=True, slots=True)
class InDigest:
    """The line waits for the person's next digest."""

    at: datetime


Fate = Mail | Later | InDigest | Unsent


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest ready to be sent, the lines in it, and those that no longer matter."""

    mail: Mail | None
    lines: tuple[int, ...]
    unsent: tuple[tuple[int, Unsent], ...]


def weigh(session: Session, line_id: int, letters: Letters, now: datetime) -> Fate | None:
    """What is to become of a line's mail now; None when there is no such line or it was decided.

    Gives the letters the city's own texts, as they are at this moment.
    """
    row = session.connection().exec_driver_sql(_READ, {"line": line_id}).one_or_none()
    if row is None:
        return None
    line, person = Notification(**row.line), Person(**row.person)
    letters.own_texts = mail_texts.read_own(row.own)
    told = _told(Inquiry(session, now), line, person)
    if isinstance(told, Unsent):
        return told
    wanted = choice(person.mail_choices, line.kind)
    if wanted is Choice.OFF:
        return Unsent.SWITCHED_OFF
    if wanted is Choice.DIGEST:
        return InDigest(next_digest(session, person.id, now))
    if person.quiet_hours and line.kind not in URGENT:
        opening = _Hours(session, person.id, now).waiting_until(now)
        if opening is not None:
            return Later(opening)
    return letters.of_line(line, told, person)


def sent(session: Session, message: outbox.Message, mail: Mail, now: datetime) -> None:
    """Note that a line's mail was taken, and that its message is done, in one statement.

    It clears the note that mails to the address came back.
    """
    asked = {
        "message": message.id,
        "line": message.arguments["notification"],
        "bounced": mail.recipient if mail.has_bounced else None,
        "now": now,
    }
    session.connection().exec_driver_sql(_SENT, asked)


def settle(session: Session, message: outbox.Message, fate: Fate | None, now: datetime) -> bool:
    """Note what became of a line's mail, and that its message is done. False when noted before."""
    if isinstance(fate, Later):
        outbox.postpone(session, message, fate.at)
        return True
    if not outbox.done(session, message.id, now):
        return False
    line_id = message.arguments["notification"]
    if isinstance(fate, Unsent):
        _note(session, [line_id], unsent=fate)
    elif isinstance(fate, InDigest):
        _note(session, [line_id], digest_at=fate.at)
        person_id = session.execute(_PERSON.where(_line.c.id == line_id)).scalar_one()
        _ask_for_digest(session, person_id, fate.at, now)
    elif fate is not None:
        _note(session, [line_id], mailed_at=now)
    return True


def digest(session: Session, person_id: int, day: date, letters: Letters, now: datetime) -> Digest:
    """All that waits for a person and still matters, in one mail of the day."""
    person = session.get_one(Person, person_id)
    lines = session.scalars(
        select(Notification)
        .where(Notification.person_id == person_id, Notification.digest_at.is_not(None))
        .order_by(Notification.id)
        .limit(MOST_IN_A_DIGEST)
    ).all()
    inquiry = Inquiry(session, now)
    told = {line.id: _told(inquiry, line, person) for line in lines}
    unsent = {line_id: one for line_id, one in told.items() if isinstance(one, Unsent)}
    matters = {line_id: one for line_id, one in told.items() if not isinstance(one, Unsent)}
    mail = letters.of_digest(person, day, tuple(matters.values())) if matters else None
    return Digest(mail, tuple(matters), tuple(unsent.items()))


def settle_digest(session: Session, message: outbox.Message, sent: Digest, now: datetime) -> bool:
    """Note what went out, and leave what came meanwhile to the next digest."""
    if not outbox.done(session, message.id, now):
        return False
    _note(session, sent.lines, mailed_at=now, digest_at=None)
    for line_id, reason in sent.unsent:
        _note(session, [line_id], unsent=reason, digest_at=None)
    person_id = message.arguments["person"]
    left = select(func.count()).where(
        _line.c.person_id == person_id, _line.c.digest_at.is_not(None)
    )
    if session.scalar(left):
        _ask_for_digest(session, person_id, next_digest(session, person_id, now), now)
    return True


def next_digest(session: Session, person_id: int, now: datetime) -> datetime:
    """When the person's next digest goes out: a little after the next opening of their offices."""
    return _Hours(session, person_id, now).next_opening(now - AFTER_OPENING) + AFTER_OPENING


def _told(inquiry: Inquiry, line: Notification, person: Person) -> Told | Unsent:
    if not person.is_active:
        return Unsent.ACCOUNT_CLOSED
    if not person.email:
        return Unsent.NO_ADDRESS
    return inquiry.told(line)


def _ask_for_digest(session: Session, person_id: int, at: datetime, now: datetime) -> None:
    day = at.date().isoformat()
    arguments = {"person": person_id, "day": day}
    key = f"{DIGEST}:{person_id}:{day}"
    outbox.post(session, [outbox.row(DIGEST, key, arguments, now, at)])


def _note(session: Session, line_ids: Iterable[int], **values: object) -> None:
    session.execute(update(_line).where(_line.c.id.in_(tuple(line_ids))).values(**values))


class _Hours:
    """The working hours of the agency in which a person holds their first position of the day."""

    def __init__(self, session: Session, person_id: int, now: datetime) -> None:
        self._calendar = Calendar.load(session)
        weeks = self._calendar.weeks
        found = session.scalar(_week(person_id, now.date()))
        self._week = found if found in weeks else next(iter(sorted(weeks)), None)

    def waiting_until(self, now: datetime) -> datetime | None:
        """The next opening, when the offices are closed now; None while they are open."""
        week = self._week
        if week is None:
            return None
        day = now.date()
        if self._calendar.is_open(day, week):
            opening = self._calendar.opening(day, week, now.tzinfo)
            if opening <= now < self._calendar.closing(day, week, now.tzinfo):
                return None
        return self.next_opening(now)

    def next_opening(self, now: datetime) -> datetime:
        """The first opening after a moment; the next day's same hour in a city without a week."""
        week = self._week
        if week is None:
            return now + timedelta(days=1)
        day = self._calendar.open_day(now.date(), week)
        opening = self._calendar.opening(day, week, now.tzinfo)
        if opening > now:
            return opening
        return self._calendar.opening(self._calendar.add_days(day, 1, week), week, now.tzinfo)


def _week(person_id: int, day: date) -> Select[str]:
    return (
        select(Agency.week)
        .join(Position, Position.agency_id == Agency.id)
        .join(Appointment, Appointment.position_id == Position.id)
        .where(
            Appointment.person_id == person_id,
            valid_on(day, Appointment.starts_on, Appointment.ends_on),
        )
        .order_by(Appointment.id)
        .limit(1)
    )


_line = cast("Table", Notification.__table__)
_PERSON = select(_line.c.person_id)

# Asked for every mail: as few statements as can be, and none that is built anew.
_READ = f"""
    SELECT json_build_object(
        'id', lines.id, 'person_id', person_id, 'case_id', case_id, 'kind', kind, 'key', key,
        'values', lines.values
    ) AS line, json_build_object(
        'id', people.id, 'email', email, 'is_active', is_active, 'language', language,
        'mail_choices', mail_choices, 'quiet_hours', quiet_hours,
        'bounced_address', bounced_address
    ) AS person, {mail_texts.OWN} AS own
    FROM notifications AS lines JOIN people ON people.id = lines.person_id
    WHERE lines.id = %(line)s AND digest_at IS NULL
"""  # noqa: S608
_SENT = f"""
    WITH done AS ({outbox.DONE}), noted AS (
        UPDATE notifications SET mailed_at = %(now)s
        WHERE id = %(line)s AND EXISTS (SELECT FROM done)
    )
    UPDATE people SET bounced_address = NULL, bounced_at = NULL, bounce_reason = NULL
    WHERE CAST(%(bounced)s AS text) IS NOT NULL AND bounced_address = CAST(%(bounced)s AS text)
      AND EXISTS (SELECT FROM done)
"""  # noqa: S608
