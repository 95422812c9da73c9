"""An SMTP server for tests, which keeps what it gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.ports import free_port
from tests.waiting import PATIENCE

LOGIN = LoginPassword(b"al ur", b"p@ss")


class Box:
    """What a server has received; while it `refuses`, it takes nothing.

    It `confirms` so many mails, and lets whoever brought another wait.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.arrived: list[bytes] = []
        self.refuses = False
        self.takes_seconds = 0.0
        self.confirms: int | None = None
        self.connections = 0
        self.questions = 0
        self.hang_up: Callable[[], None] = lambda: None
        """Closes every connection that is open."""

    @property
    def mails(self) -> list[EmailMessage]:
        """Every mail, in the order of arrival."""
        return [read(content) for content in self.arrived]

    @property
    def ids(self) -> list[str]:
        """The Message-ID of every mail, in the order of arrival."""
        return [mail["Message-ID"] for mail in self.mails]

    async def handle_NOOP(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, argument: str
    ) -> str:
        """Count who asks whether the server is there."""
        self.questions += 1
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a mail, and confirm it after a while."""
        if self.refuses:
            return "451 Try again later"
        assert isinstance(envelope.content, bytes)
        self.arrived.append(envelope.content)
        is_confirmed = self.confirms is None or len(self.arrived) <= self.confirms
        await asyncio.sleep(self.takes_seconds)  # meanwhile others arrive
        if not is_confirmed:
            await asyncio.Event().wait()  # until the connection ends
        return "250 OK"


class _Controller(Controller):
    """Also hangs up on clients that were killed and never said goodbye."""

    def __init__(self, box: Box) -> None:
        super().__init__(
            box,
            hostname="127.0.0.1",
            port=box.port,
            authenticator=_let_in,
            auth_require_tls=False,
        )
        self.connections: list[SMTP] = []
        self.box = box
        box.hang_up = self.close_connections

    def factory(self) -> SMTP:
        """One connection's server, remembered."""
        self.box.connections += 1
        self.connections.append(super().factory())
        return self.connections[-1]

    def hang_up(self) -> None:
        """Close what is still open, then stop."""
        self.close_connections()
        self.stop()

    def close_connections(self) -> None:
        """Close what is open, as a server that has waited long enough."""
        closing = asyncio.run_coroutine_threadsafe(self._close_connections(), self.loop)
        closing.result(timeout=PATIENCE)

    async def _close_connections(self) -> None:
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)  # the loop closes the sockets when it comes round again


@contextmanager
def receiving() -> Iterator[Box]:
    """A running server on a free port of this machine."""
    box = Box()
    controller = _Controller(box)
    controller.start()
    box.connections = 0  # the controller tries its server once
    try:
        yield box
    finally:
        controller.hang_up()


@cache
def read(content: bytes) -> EmailMessage:
    """A mail as a mail program reads it."""
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _let_in(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=data == LOGIN, handled=False)
