"""One POST to one endpoint: to an address that was looked at, without redirects or proxies.

Knows no database. However a receiver behaves, it ends within SECONDS_IN_ALL.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from workflow.webhooks import addresses
from workflow.webhooks.addresses import Network

SECONDS_TO_ANSWER = 10.0
SECONDS_IN_ALL = 20.0
"""Also for a receiver that answers one byte at a time; well within the outbox's lease."""

KEPT_CHARACTERS = 200
GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt; without a status there was no answer, and the words say why."""

    status: int | None
    milliseconds: int
    words: str

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True)
class Outbound:
    """How this installation posts: its key, the networks it may reach, whether only by HTTPS."""

    key: str
    allowed: tuple[Network, ...] = ()
    https_only: bool = True
    seconds_to_answer: float = SECONDS_TO_ANSWER
    seconds_in_all: float = SECONDS_IN_ALL

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Make one attempt. Never raises for what the network or the receiver does."""
        began = time.perf_counter()
        status = None
        try:
            status, words = self._post(url, headers, body)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            words = f"{type(error).__name__}: {error}"
        milliseconds = round((time.perf_counter() - began) * 1000)
        return Answer(status, milliseconds, words.replace("\0", "")[:KEPT_CHARACTERS])

    def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        parts = urlsplit(url)
        is_encrypted = parts.scheme == "https"
        if self.https_only and not is_encrypted:
            raise addresses.Closed("only addresses that begin with https:// are posted to")
        host, port = parts.hostname or "", parts.port or (443 if is_encrypted else 80)
        found = addresses.resolve(host, port, self.allowed)
        connection = _Connection(host, port, found, self.seconds_to_answer, is_encrypted)
        limit = threading.Timer(self.seconds_in_all, connection.cut)
        limit.daemon = True
        limit.start()
        try:
            place = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            said = {"Content-Type": "application/json", "User-Agent": "Alur", **headers}
            connection.request("POST", place, body=body, headers=said)
            response = connection.getresponse()
            return response.status, response.read(4 * KEPT_CHARACTERS).decode(errors="replace")
        finally:
            limit.cancel()
            connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection to the addresses that a host was found to have."""

    def __init__(
        self, host: str, port: int, found: Sequence[str], seconds: float, is_encrypted: bool
    ) -> None:
        super().__init__(host, port, timeout=seconds)
        self._found = found
        self._seconds = seconds
        self._context = ssl.create_default_context() if is_encrypted else None
        self._is_cut = False
        if is_encrypted:
            self.default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        """Take the first address that answers."""
        for number, address in enumerate(self._found, start=1):
            try:
                plain = socket.create_connection((address, self.port), self._seconds)
                break
            except OSError:
                if number == len(self._found) or self._is_cut:
                    raise
        self.sock = plain  # for `cut`
        if self._context is not None:
            self.sock = self._context.wrap_socket(plain, server_hostname=self.host)
        if self._is_cut:
            raise TimeoutError("the receiver was too slow")

    def cut(self) -> None:
        """End whatever this connection waits for; called from another thread."""
        self._is_cut = True
        if (open_socket := self.sock) is not None:
            try:
                open_socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself
