"""Mails: composed for one person, sent by SMTP, or kept where no mail server is configured.

A mail's `Message-ID` comes from the outbox, so that one that was sent twice is known as one.
Knows nothing of why it is written.
"""

from __future__ import annotations

import re
import select
import smtplib
import ssl
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.errors import HeaderParseError
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import Compat32
from email.utils import format_datetime, formataddr
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workflow import messages
from workflow.models import KeptMail

SECONDS_TO_ANSWER = 10
ALL_IS_WELL = 250

LONGEST_LINE = 78 - len("Subject: ")
"""Characters of a header that stand in one line."""

_READABLE = Charset("utf-8")
_READABLE.body_encoding = QP
SECONDS_TO_TRUST = 5.0
"""How long a connection that rests needs no question whether the server still listens."""

_BOUNDARY = "=_alur"
"""In quoted-printable words "=_" never occurs."""
SYSTEM_NAME = "Alur"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one address. Mails with the same `thread` belong together in a mail program.

    Of all addresses in the text only `links` can be clicked: others may be what somebody typed.
    """

    message_id: str
    thread: str
    recipient: str
    language: str
    subject: str
    text: str
    links: tuple[str, ...]
    has_bounced: bool = False
    """Whether the last mail to this address came back."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server: `smtp://user:password@host:port?from=address`, or `smtps://`.

    Plain connections are encrypted as soon as the server offers it.
    """

    host: str
    port: int
    is_encrypted: bool
    username: str | None
    password: str | None
    sender: str

    @classmethod
    def from_url(cls, url: str, default_sender: str) -> MailServer:
        """Read the address of a server; `from` in it says who the mails are from."""
        parts = urlsplit(url)
        is_encrypted = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if is_encrypted else 25),
            is_encrypted=is_encrypted,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            sender=parse_qs(parts.query).get("from", [default_sender])[0],
        )

    def send(self, mail: Mail, now: datetime) -> None:
        """Hand the mail over, by a connection that this thread keeps for its next mail.

        Raises OSError or SMTPException when the server did not take it.
        """
        message = compose(mail, self.sender, now)
        kept: _Kept | None = _connections.__dict__.pop(repr(self), None)
        if kept is None or not kept.is_alive():
            kept = self._connect()
        with ExitStack() as on_failure:
            on_failure.callback(kept.connection.close)
            kept.connection.sendmail(self.sender, [mail.recipient], message)
            on_failure.pop_all()
        kept.rests_since = time.monotonic()
        _connections.__dict__[repr(self)] = kept

    def _connect(self) -> _Kept:
        connection = self._open()
        with ExitStack() as on_failure:
            on_failure.callback(connection.close)
            if self.username is not None:
                connection.login(self.username, self.password or "")
            on_failure.pop_all()
        return _Kept(connection)

    def _open(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.is_encrypted:
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=SECONDS_TO_ANSWER, context=context
            )
        connection = smtplib.SMTP(self.host, self.port, timeout=SECONDS_TO_ANSWER)
        connection.ehlo()
        if connection.has_extn("starttls"):
            connection.starttls(context=context)
        return connection


class _Wire(Compat32):
    """How headers go over the wire: as they are, and encoded and folded only where they must be.

    The library's own policy takes each of them apart, which is most of what a mail costs.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header. Raises HeaderParseError for a line break in it."""
        if "\n" in value or "\r" in value:
            raise HeaderParseError(f"line break in {name}")
        if not value.isascii() or len(value) > LONGEST_LINE:
            value = Header(value, header_name=name).encode(linesep=self.linesep)
        return f"{name}: {value}{self.linesep}".encode("ascii")


_ON_THE_WIRE = _Wire(linesep="\r\n")


class _Kept:
    """A connection that is closed when nobody keeps it any more, its thread's end included."""

    def __init__(self, connection: smtplib.SMTP) -> None:
        self.connection = connection
        self.rests_since = time.monotonic()

    def is_alive(self) -> bool:
        """Whether the server still listens: it may have hung up while nothing was sent.

        One that was used a moment ago is only looked at: a server says so when it hangs up.
        """
        if time.monotonic() - self.rests_since < SECONDS_TO_TRUST and not self._has_news():
            return True
        try:
            return self.connection.noop()[0] == ALL_IS_WELL
        except (OSError, smtplib.SMTPException):
            return False

    def _has_news(self) -> bool:
        if self.connection.sock is None:
            return True
        watch = select.poll()
        watch.register(self.connection.sock, select.POLLIN)
        return bool(watch.poll(0))

    def __del__(self) -> None:
        self.connection.close()


_connections = threading.local()


def compose(mail: Mail, sender: str, now: datetime) -> bytes:
    """The mail as it goes over the wire: plain text, the same in simple HTML, threaded by case.

    Raises HeaderParseError for a line break in what becomes a header.
    """
    message = MIMEMultipart("alternative", boundary=_BOUNDARY)
    message["Message-ID"] = mail.message_id
    message["Date"] = format_datetime(now)
    message["From"] = formataddr((SYSTEM_NAME, sender))
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["In-Reply-To"] = message["References"] = mail.thread
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = mail.language
    message.attach(MIMEText(mail.text, "plain", _READABLE))  # type: ignore[arg-type]
    message.attach(MIMEText(_as_html(mail), "html", _READABLE))  # type: ignore[arg-type]
    return message.as_bytes(policy=_ON_THE_WIRE)


def keep(session: Session, mail: Mail, now: datetime) -> None:
    """Keep the mail for the administrator to read; one that is kept already stays as it is."""
    row = {
        "message_id": mail.message_id,
        "recipient": mail.recipient,
        "subject": mail.subject,
        "body": mail.text,
        "kept_at": now,
    }
    session.execute(insert(KeptMail).on_conflict_do_nothing(index_elements=["message_id"]), row)


def _as_html(mail: Mail) -> str:
    """The text in simple HTML; the mail's own links can be clicked where they end a line."""
    title, *paragraphs = re.split(r"\n\s*\n", mail.text.strip())
    return messages.page(
        mail.language,
        mail.subject,
        title,
        [[_linked(line, mail.links) for line in text.splitlines()] for text in paragraphs],
    )


def _linked(line: str, links: tuple[str, ...]) -> tuple[str, str]:
    """A line's words, and the link at its end, if any."""
    link = next((link for link in links if line == link or line.endswith(f" {link}")), "")
    return line.removesuffix(link), link
