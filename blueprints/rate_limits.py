"""Where calls are counted that are limited in number: Redis, or the memory of this process."""

from __future__ import annotations

from threading import Timer

from limits.storage import MemoryStorage

_SECONDS = 60


class Memory(MemoryStorage):
    """Forgets what has passed once a minute.

    Its parent does so a hundredth of a second after each count, and begins a thread for it.
    """

    STORAGE_SCHEME = ["alur-memory"]  # noqa: RUF012 as the parent says it

    @property
    def timer(self) -> Timer:
        """What wakes the forgetting."""
        return self._timer

    @timer.setter
    def timer(self, timer: Timer) -> None:
        timer.interval = _SECONDS
        timer.daemon = True
        self._timer = timer


def storage(broker_url: str | None) -> str:
    """The address of the counts: several processes count together where there is a Redis."""
    broker = broker_url or ""
    is_redis = broker.startswith(("redis://", "rediss://"))
    return broker if is_redis else f"{Memory.STORAGE_SCHEME[0]}://"
