"""One line that shows how far long work is: what is done now, a bar, numbers. It only paints what it is given."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from modelops_tui.tui.terminal_text import safe

BAR = 20
"""Cells of the bar where there is room for it."""


class ProgressLine(Widget):
    """What is under way; it takes no room while nothing is."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"progress-line--bar"}
    DEFAULT_CSS = """
    ProgressLine {
        height: 1;
        display: none;
        background: $boost;
        color: $foreground;
        & > .progress-line--bar { color: $text-warning; }
        &.-busy { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._says = ""
        self._share: float | None = None
        self._numbers = ""

    def show(self, says: str, share: float | None = None, numbers: str = "") -> None:
        """Shows what is done now, the share from 0 to 1 where it is known, and numbers; "" hides the line."""
        self.set_class(bool(says), "-busy")
        if (says, share, numbers) != (self._says, self._share, self._numbers):
            self._says, self._share, self._numbers = says, share, numbers
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paints the line."""
        width = self.size.width
        if y > 0:
            return Strip.blank(width, self.rich_style)
        bar = ""
        if self._share is not None:
            cells = min(BAR, width // 5)
            full = int(cells * self._share)
            bar = f"{'▇' * full}{'░' * (cells - full)} {self._share:4.0%} "
        numbers = safe(self._numbers, max(0, width // 3))
        says = safe(f"⟳ {self._says}", max(0, width - cell_len(bar) - cell_len(numbers) - 4))
        gap = " " * max(1, width - 2 - cell_len(says) - cell_len(bar) - cell_len(numbers))
        style = self.get_component_rich_style("progress-line--bar")
        pieces = [
            Segment(f" {says}{gap}", self.rich_style),
            Segment(bar, style),
            Segment(f"{numbers} ", self.rich_style),
        ]
        return Strip(pieces).crop_extend(0, width, self.rich_style)
