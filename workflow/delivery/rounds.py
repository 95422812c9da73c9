"""A thread that does one thing again and again: every so often, and at once when it is woken."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

LONGEST_PAUSE = 30.0
"""Seconds between two rounds while they fail."""

log = structlog.get_logger(__name__)


class Rounds:
    """Repeats `work` in a thread of its own until stopped.

    A round that fails is not the last: the pauses grow until one succeeds, and the log tells the
    first failure at length and how many there were in the end.
    """

    def __init__(self, name: str, work: Callable[[], object], *, every: float) -> None:
        """`every` is the pause in seconds between two rounds of which nobody wakes the second."""
        self._work = work
        self._every = every
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin with a first round at once."""
        self._thread.start()

    def wake(self) -> None:
        """Ask for a round now, or for one more after the one that is under way."""
        self._woken.set()

    def stop(self) -> None:
        """Return when the round that is under way has ended."""
        self._stopping.set()
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._woken.clear()
            failures = self._round(failures)
            pause = self._every * 2 ** min(failures, 10)
            self._woken.wait(min(pause, max(self._every, LONGEST_PAUSE)))

    def _round(self, failures: int) -> int:
        """One round; returns how many have failed in a row by now."""
        try:
            self._work()
        except Exception:
            if failures == 0:
                log.exception("round failed", thread=self._thread.name)
            return failures + 1
        if failures:
            log.info("round succeeded again", thread=self._thread.name, failures=failures)
        return 0
