"""Ctrl+C and SIGTERM taken as a wish, for work that ends between two steps and for waiting that ends at once.

It never ends a call by itself, but for a second Ctrl+C.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from select import select
from types import FrameType

NOTICE = b"\nStopping after this step. Press Ctrl+C again to stop now.\n"
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether somebody wished for an end, and waiting that the wish cuts short."""

    def __init__(self, waker: tuple[int, int]) -> None:
        self.wanted = False
        self.waiting = False
        self._read_end, self._write_end = waker

    def __call__(self) -> bool:
        """Whether an end is wished for."""
        return self.wanted

    def wait(self, seconds: float) -> None:
        """Waits, or ends at once when an end is wished for."""
        self.waiting = True
        try:
            # The byte that the signal writes is there even when it comes just before this.
            select([self._read_end], [], [], seconds)
        finally:
            self.waiting = False

    def wish(self, number: int, _frame: FrameType | None = None) -> None:
        """Takes a signal; raises KeyboardInterrupt for the second Ctrl+C."""
        if self.wanted and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.wanted = True
        with suppress(OSError):
            os.write(self._write_end, b".")
        if number == signal.SIGINT and not self.waiting:
            _notice()


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Takes the signals as wishes while the block runs; outside of the main thread nothing is taken."""
    waker = os.pipe()
    stop = Stop(waker)
    former = {}
    try:
        with suppress(ValueError):
            former = {number: signal.signal(number, stop.wish) for number in SIGNALS}
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler or signal.SIG_DFL)
        for end in waker:
            os.close(end)


def _notice() -> None:
    # What the main thread may be writing just now must not be entered a second time, so the text goes past it.
    with suppress(OSError, ValueError):
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), NOTICE)
