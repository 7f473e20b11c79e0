"""Single lines of the screen: the top line, the title over a table, the tabs, the keys that work here.

They only paint what they are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, TextArea

from modelops_tui.tui.terminal_text import safe


class TwoSides(Widget):
    """A line with a text at the left and one at the right; the left gives way when they do not both fit."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"two-sides--right"}
    DEFAULT_CSS = """
    TwoSides {
        height: 1;
        background: $panel;
        color: $foreground;
        & > .two-sides--right { color: $text-muted; }
    }
    """

    def __init__(self, left: str = "", right: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = (left, right)
        self._shorter: Sequence[str] = ()

    @property
    def texts(self) -> tuple[str, str]:
        """What stands at the left and at the right."""
        return self._texts

    def show(self, left: str | None = None, right: str | None = None, *shorter: str) -> None:
        """Puts other texts; None keeps one. Of the right one and the `shorter` ones the first that has room shows."""
        texts = (
            self._texts[0] if left is None else left,
            self._texts[1] if right is None else right,
        )
        others = self._shorter if right is None else shorter
        if (texts, others) != (self._texts, self._shorter):
            self._texts, self._shorter = texts, others
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paints the line."""
        width = self.size.width
        if y > 0:
            return Strip.blank(width, self.rich_style)
        room = max(0, width // 2)
        rights = [safe(text) for text in (self._texts[1], *self._shorter)]
        right = next((text for text in rights if cell_len(text) <= room), safe(rights[-1], room))
        left = safe(self._texts[0], max(0, width - cell_len(right) - 3))
        gap = " " * max(0, width - 2 - cell_len(left) - cell_len(right))
        style = self.get_component_rich_style("two-sides--right")
        line = [Segment(f" {left}{gap}", self.rich_style), Segment(right + " ", style)]
        return Strip(line).crop_extend(0, width, self.rich_style)


class TabLine(Widget):
    """The names of tabs, the open one in brackets; a click opens one."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"tab-line--open"}
    DEFAULT_CSS = """
    TabLine {
        height: 1;
        background: $panel;
        color: $text-muted;
        & > .tab-line--open { color: $foreground; text-style: bold; }
    }
    """

    class Opened(Message):
        """Another tab was asked for."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, names: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.names = tuple(names)
        self.open = self.names[0]
        self._notes: dict[str, str] = {}

    def show(self, name: str) -> None:
        """Marks a tab as the open one."""
        self.open = name
        self.refresh()

    def note(self, name: str, text: str) -> None:
        """Puts a word beside the name of a tab, "" for none."""
        if self._notes.get(name, "") != text:
            self._notes[name] = text
            self.refresh()

    def _parts(self) -> list[tuple[str, str]]:
        words = {name: f"{name} {self._notes.get(name, '')}".rstrip() for name in self.names}
        return [(f"[{words[name]}]" if name == self.open else f" {words[name]} ", name) for name in self.names]

    def render_line(self, y: int) -> Strip:
        """Paints the names."""
        if y > 0:
            return Strip.blank(self.size.width, self.rich_style)
        chosen = self.get_component_rich_style("tab-line--open")
        segments = [Segment(text, chosen if name == self.open else self.rich_style) for text, name in self._parts()]
        return Strip(segments).crop_extend(0, self.size.width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Opens the tab that was clicked."""
        event.stop()
        left = 0
        for text, name in self._parts():
            if left <= event.x < left + len(text):
                self.post_message(self.Opened(name))
                return
            left += len(text)


class KeyLine(Widget):
    """The keys that work on this screen now, as many as fit; a click does what the key does."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key"}
    DEFAULT_CSS = """
    KeyLine {
        dock: bottom;
        height: 1;
        background: $panel;
        color: $foreground;
        & > .key-line--key { color: $text-accent; text-style: bold; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[tuple[int, int, str]] = []
        self._painted: list[tuple[str, str, str]] = []

    def on_mount(self) -> None:
        """Listens for other keys."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        """Listens no more."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, screen: Screen[Any]) -> None:
        # What works is asked for anew at each move of a cursor, and mostly is the same.
        if self.is_attached and screen is self.screen and self.keys() != self._painted:
            self.refresh()

    def keys(self) -> list[tuple[str, str, str]]:
        """The keys that work: what is shown for them, what they do, and the key itself."""
        found: dict[str, tuple[str, str, str]] = {}
        typing = isinstance(self.screen.focused, Input | TextArea)
        for key, active in self.screen.active_bindings.items():
            binding = active.binding
            display = self.app.get_key_display(binding)
            # A sign that is being typed reaches no key of the screen.
            typed = typing and len(display) == 1 and display.isascii()
            if binding.show and active.enabled and not typed and binding.action not in found:
                found[binding.action] = (display, binding.description, key)
        return list(found.values())

    def render_line(self, y: int) -> Strip:
        """Paints the keys."""
        width = self.size.width
        if y > 0:
            return Strip.blank(width, self.rich_style)
        style = self.get_component_rich_style("key-line--key")
        segments: list[Segment] = []
        self._shown = []
        used = 0
        self._painted = self.keys()
        for display, says, key in self._painted:
            room = cell_len(display) + cell_len(says) + 4
            if used + room > width:
                break
            segments += [Segment(f" {display}", style), Segment(f" {says}  ", self.rich_style)]
            self._shown.append((used, used + room, key))
            used += room
        return Strip(segments).crop_extend(0, width, self.rich_style)

    async def on_click(self, event: events.Click) -> None:
        """Does what the clicked key does."""
        event.stop()
        for left, right, key in self._shown:
            if left <= event.x < right:
                self.app.simulate_key(key)
                return
