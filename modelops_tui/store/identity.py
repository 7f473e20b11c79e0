"""Ids and times as the store writes them.

It never reads a document and never trusts the clock to go forward.
"""

from __future__ import annotations

import os
import time
from functools import lru_cache

_HEX = "0123456789abcdef"
_process = -1
_random = b""
_counter = 0


def _draw() -> None:
    # A forked child would otherwise continue its parent's numbers.
    global _process, _random, _counter
    _process = os.getpid()
    _random = os.urandom(5)
    _counter = int.from_bytes(os.urandom(3), "big")


def new_id() -> str:
    """A fresh id: 24 hex digits of seconds, a random part of this process, and a counter."""
    global _counter
    if _process != os.getpid():
        _draw()
    _counter = (_counter + 1) & 0xFFFFFF
    if _counter == 0:
        _draw()
    seconds = int(time.time()) & 0xFFFFFFFF
    return f"{seconds:08x}{_random.hex()}{_counter:06x}"


def is_id(text: object) -> bool:
    """Whether it is text of 24 lowercase hex digits."""
    # strip() takes every hex digit off both ends: only another character stops it.
    return isinstance(text, str) and len(text) == 24 and not text.strip(_HEX)


def split_id(text: str) -> tuple[int, int]:
    """The first 16 and the last 8 hex digits of an id as numbers."""
    return int(text[:16], 16), int(text[16:], 16)


def join_id(high: int, low: int) -> str:
    """The id of the two numbers of `split_id`."""
    return f"{high:016x}{low:08x}"


def time_text(nanoseconds: int | None = None) -> str:
    """A moment (now when None) as ISO text in UTC with milliseconds."""
    seconds, rest = divmod(time.time_ns() if nanoseconds is None else nanoseconds, 1_000_000_000)
    return f"{_whole_seconds(seconds)}.{rest // 1_000_000:03d}Z"


@lru_cache(4)
def _whole_seconds(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
