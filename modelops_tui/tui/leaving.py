"""Lets a screen be left once: a second Esc, or an answer that comes late, never closes the screen below it."""

from __future__ import annotations

from typing import Any

from textual.await_complete import AwaitComplete
from textual.screen import Screen


def leave_once(screen: Screen[Any]) -> None:
    """From now on the screen is dismissed only while it is in front; Textual would take whichever is."""
    leave = screen.dismiss

    def dismiss(result: Any = None) -> AwaitComplete:
        return leave(result) if screen.is_active else AwaitComplete()

    screen.dismiss = dismiss  # type: ignore[method-assign]
