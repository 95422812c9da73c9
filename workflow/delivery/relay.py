"""Hands the ids of waiting messages on to whoever carries them. Knows no broker.

Every process that commits or carries has one; side by side they never hand on the same message
within its lease.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from workflow import outbox
from workflow.delivery.rounds import Rounds

SECONDS_BETWEEN_ROUNDS = 1.0


class Relay(Rounds):
    """Looks at the outbox each second, and at once when something was committed."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        now: Callable[[], datetime],
        send: Callable[[int], object],
    ) -> None:
        """`send` takes an id; what it raises leaves the message in the outbox."""
        super().__init__("relay", self.hand_on, every=SECONDS_BETWEEN_ROUNDS)
        self._sessions = sessions
        self._now = now
        self._send = send

    def start(self) -> None:
        """Begin with a first round at once; `wake` reaches it from now on."""
        super().start()
        _running.add(self)

    def stop(self) -> None:
        """Return when the round that is under way has ended."""
        _running.discard(self)
        super().stop()

    def hand_on(self) -> None:
        """Hand on what may be attempted now, until nothing is left."""
        while claimed := self._claim():
            try:
                while claimed:
                    self._send(claimed[-1])
                    claimed.pop()
            finally:
                self._give_back(claimed)

    def _claim(self) -> list[int]:
        with self._sessions.begin() as session:
            return outbox.claim(session, self._now())[::-1]

    def _give_back(self, claimed: list[int]) -> None:
        if claimed:
            with self._sessions.begin() as session:
                outbox.release(session, claimed)


_running: weakref.WeakSet[Relay] = weakref.WeakSet()


def wake() -> None:
    """After a commit: let this process's relay look at the outbox now."""
    for relay in tuple(_running):
        relay.wake()
