"""Boxes whose tick is there or not, so that it can be told without colour. They mean nothing themselves."""

from __future__ import annotations

from typing import TypeVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import Checkbox, SelectionList
from textual.widgets.option_list import OptionDoesNotExist

TICK, NO_TICK = "✓", " "
Chosen = TypeVar("Chosen")
_INNER = 1
"""The place of the tick among the parts that Textual draws: left side, tick, right side, blank, text."""


class TickBox(Checkbox):
    """A single box."""

    BUTTON_INNER = NO_TICK

    def _watch_value(self, value: bool) -> None:
        self.BUTTON_INNER = TICK if value else NO_TICK


class TickList(SelectionList[Chosen]):
    """A list of boxes."""

    def render_line(self, y: int) -> Strip:
        """A line of the list with its own tick."""
        strip = super().render_line(y)
        try:
            option = self.get_option_at_index(self.scroll_offset.y + y)
        except OptionDoesNotExist:
            return strip
        parts = list(strip)
        tick = TICK if option.value in self.selected else NO_TICK
        parts[_INNER] = Segment(tick, parts[_INNER].style)
        return Strip(parts)
