"""How long work with a remote is stopped between two of its steps. It stops nothing by itself."""

from __future__ import annotations

from collections.abc import Callable

Wish = Callable[[], bool]


class Cancelled(Exception):
    """Raised between two steps when the person wants no more; what was done so far stands and is whole."""


def never() -> bool:
    """The wish of nobody."""
    return False


def check_wish(cancelled: Wish) -> None:
    """Raises Cancelled when no more is wanted."""
    if cancelled():
        raise Cancelled
