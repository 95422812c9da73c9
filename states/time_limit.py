"""How much work exploring may be: a bound in seconds, and the word that it was passed."""

from __future__ import annotations

import time
from collections.abc import Callable

_ASKED_TO_A_LOOK = 64
"""A look at the clock is a call of the system, far dearer than what is done between two of them."""


class TooLarge(Exception):
    """The definition cannot be explored within a bound; `limit` names it, `most` is its value."""

    def __init__(self, limit: str, most: float) -> None:
        self.limit = limit
        self.most = most
        super().__init__(f"more than {most} {limit}")


class TimeLimit:
    """Asked again and again, raises TooLarge once so many seconds have passed.

    Seconds of this thread's own work, unless another clock is given.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.thread_time) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until = clock() + seconds
        self._asked = 0

    def __call__(self) -> None:
        """Look at the clock, now and then. Raises TooLarge."""
        self._asked += 1
        if self._asked % _ASKED_TO_A_LOOK == 0 and self._clock() > self._until:
            raise TooLarge("seconds", self._seconds)
