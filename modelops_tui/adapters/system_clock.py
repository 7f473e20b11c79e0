"""The machine's own clock. It never judges what a moment means."""

from __future__ import annotations

import time


class SystemClock:
    """The time of day and real waiting."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)


def seconds_since_boot() -> float:
    """A clock that only goes forward and, where the system has one, also counts the time asleep."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)
