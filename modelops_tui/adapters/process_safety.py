"""Keeps keys out of core dumps and swap, as far as the system lets it. It never fails for what cannot be had."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cache

_PR_SET_DUMPABLE = 4


@cache
def forbid_core_dumps() -> None:
    """No core dump of this process or of what it starts, from here on."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))


@cache
def forbid_looking_in() -> None:
    """No debugger and no other process of the same account reads this one's memory, where the system has that."""
    forbid_core_dumps()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def keep_from_swap(secret: bytearray) -> None:
    """Pins the pages of a secret in memory, best effort."""
    with suppress(OSError, AttributeError, ImportError):
        import ctypes

        place = ctypes.addressof((ctypes.c_char * len(secret)).from_buffer(secret))
        ctypes.CDLL(None).mlock(ctypes.c_void_p(place), ctypes.c_size_t(len(secret)))


def wipe(secret: bytearray) -> None:
    """Overwrites a secret."""
    for place in range(len(secret)):
        secret[place] = 0
