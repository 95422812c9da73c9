"""A thread that repeats one thing, is woken, survives failures and stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from structlog.testing import capture_logs

from tests.waiting import PATIENCE
from workflow.delivery.rounds import Rounds


class Count:
    """Work that counts itself and fails as often as it is told to."""

    def __init__(self, failing: int = 0) -> None:
        self.rounds = 0
        self.failing = failing
        self._done = threading.Condition()

    def __call__(self) -> None:
        with self._done:
            self.rounds += 1
            self._done.notify_all()
        if self.rounds <= self.failing:
            raise RuntimeError("no")

    def reaches(self, rounds: int) -> bool:
        with self._done:
            return self._done.wait_for(lambda: self.rounds >= rounds, timeout=PATIENCE)


@contextmanager
def running(work: Callable[[], object], every: float) -> Iterator[Rounds]:
    rounds = Rounds("test", work, every=every)
    rounds.start()
    yield rounds
    rounds.stop()


def test_the_first_round_comes_at_once_and_the_next_after_a_while() -> None:
    work = Count()
    with running(work, every=0.01):
        assert work.reaches(3)


def test_a_round_can_be_asked_for() -> None:
    work = Count()
    with running(work, every=3600) as rounds:
        assert work.reaches(1)
        rounds.wake()
        assert work.reaches(2)


def test_stopping_waits_for_the_round_and_ends_the_thread() -> None:
    ended = []

    def work() -> None:
        time.sleep(0.1)
        ended.append(True)

    with running(work, every=3600):
        pass
    assert ended == [True]
    assert "test" not in [thread.name for thread in threading.enumerate()]


def test_a_failed_round_is_told_once_and_not_the_last() -> None:
    work = Count(failing=3)
    with capture_logs() as logs, running(work, every=0.001):
        assert work.reaches(5)
    assert [entry["event"] for entry in logs] == ["round failed", "round succeeded again"]
    assert logs[1]["failures"] == 3
