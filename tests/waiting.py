"""Waiting for what comes by itself: at once where nothing else runs, later on a busy machine."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 240.0
"""Seconds until something that comes in a moment is given up: so long that only what never comes
fails, however busy the machine is, and shorter than the limit of one test."""


def wait_until(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Return when it holds; an assertion fails when it never does."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.02)
