"""Keys that come faster than screens do: each acts before the next is looked at, and none is lost. It acts on none."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from textual.events import Key
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.widget import Widget
from textual.widgets import Input, TextArea

if TYPE_CHECKING:
    from textual.app import App

PATIENCE = 1.0
"""Seconds after which a key waits no longer for what a busy widget does with the ones before it."""


class TakesTyping:
    """A screen that gives the focus to what is typed into; what is typed before that is there waits for it."""

    # Textual's own choice would be the first widget that can have the focus, which may only scroll.
    AUTO_FOCUS: ClassVar[str | None] = ""


async def _caught_up(widget: Widget) -> None:
    """Waits until a widget has dealt with every message it was sent."""
    done = asyncio.Event()
    if widget.call_later(done.set):
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), PATIENCE)


class TypedKeys:
    """Looks at each key of an app before Textual passes it down."""

    def __init__(self, app: App[Any]) -> None:
        self.app = app
        self._waiting: list[Key] = []
        self._for: Screen[Any] | None = None

    async def take(self, key: Key) -> bool:
        """Whether the key was dealt with: its action was run, or it waits for a widget that is still to come.

        Textual sends a key down to the focused widget and looks for its action only when it comes up again; a letter
        typed meanwhile would go to the widget that had the focus before that action.
        """
        focused, screen = self.app.focused, self.app.screen
        if not self.app.app_focus:
            return False
        if focused is None:
            return self._keep(key, screen)
        if isinstance(focused, Input):
            return await self._after_the_letters(focused, key)
        if isinstance(focused, ScrollView) and not isinstance(focused, TextArea):
            return await self._acted(key)
        return False

    async def _after_the_letters(self, line: Input, key: Key) -> bool:
        """Lets a key act when the line has taken the letters before it, and be done with before the next is looked at.

        Enter may take the focus to another line: the first letters of a secret must not stay in the line above.
        """
        if line.check_consume_key(key.key, key.character):
            return False
        await _caught_up(line)
        acted = await self._acted(key)
        if acted:
            for node in line.ancestors_with_self:
                if not isinstance(node, Widget):
                    break
                await _caught_up(node)
        return acted

    async def _acted(self, key: Key) -> bool:
        return await self.app._check_bindings(key.key, priority=True) or await self.app._check_bindings(key.key)

    def _keep(self, key: Key, screen: Screen[Any]) -> bool:
        if not isinstance(screen, TakesTyping) or not key.is_printable:
            return False
        if self._for is not screen:
            self._for, self._waiting = screen, []
            self.app.watch(screen, "focused", self._let_go, init=False)
        self._waiting.append(key)
        return True

    def _let_go(self, focused: Widget | None) -> None:
        waiting, self._waiting = self._waiting, []
        if isinstance(focused, Input | TextArea):
            for key in waiting:
                focused.post_message(key)
