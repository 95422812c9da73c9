"""How calls are counted: in the memory of the process without a thread a call, or in Redis."""

from __future__ import annotations

import time

from blueprints import rate_limits
from blueprints.rate_limits import Memory


def test_counting_begins_no_thread_a_call_and_forgets_what_has_passed() -> None:
    counts = Memory()
    first = counts.timer
    for _ in range(3):
        counts.incr("token", 60)
        counts.incr("passed", 0)
        time.sleep(0.02)
    assert counts.timer is first
    assert first.is_alive()
    first.function()
    assert (counts.get("token"), dict(counts.storage)) == (3, {"token": 3})
    first.cancel()


def test_several_processes_count_together_where_there_is_a_redis() -> None:
    assert rate_limits.storage("redis://cache:6379/1") == "redis://cache:6379/1"
    assert rate_limits.storage("amqp://broker") == rate_limits.storage(None) == "alur-memory://"
