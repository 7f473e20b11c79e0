"""Lines for reading on the screen, with a cursor that follows what leads to other documents.

It paints plain text only, and never obeys what a text holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from modelops_tui.tui.sheet import Row, SheetLine, laid_rows

TONES = frozenset({"title", "name", "good", "bad", "busy", "dim", "link"})


class SheetView(ScrollView, can_focus=True, inherit_bindings=False):
    """Scrolls through lines; Enter or a double click follows the line under the cursor."""

    ALLOW_SELECT = False

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "edge(-1)", "First", show=False),
        Binding("end", "edge(1)", "Last", show=False),
        Binding("enter", "follow", "Go there", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sheet-view--cursor",
        *(f"sheet-view--{tone}" for tone in TONES),
    }

    DEFAULT_CSS = """
    SheetView {
        height: 1fr;
        background: $surface;
        color: $foreground;
        padding: 0 1;
        overflow-y: scroll;
        scrollbar-background: $surface;
        scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        & > .sheet-view--title { text-style: bold; color: $text-primary; }
        & > .sheet-view--name { color: $text-muted; }
        & > .sheet-view--good { color: $text-success; }
        & > .sheet-view--bad { color: $text-error; }
        & > .sheet-view--busy { color: $text-warning; }
        & > .sheet-view--dim { color: $text-muted; }
        & > .sheet-view--link { color: $text-accent; text-style: underline; }
        & > .sheet-view--cursor { background: $surface; }
        &:focus > .sheet-view--cursor { background: $block-cursor-blurred-background; }
    }
    """

    cursor: reactive[int] = reactive(0, repaint=False, init=False)
    """The row the cursor is on."""

    class Followed(Message):
        """The person wants to go where a line leads."""

        def __init__(self, kind: str, id: str) -> None:
            super().__init__()
            self.kind = kind
            self.id = id

    def __init__(self, lines: Sequence[SheetLine] = (), *, id: str | None = None, at_target: bool = False) -> None:
        """Shows lines; `at_target` begins on the first that leads somewhere."""
        super().__init__(id=id)
        self.lines: Sequence[SheetLine] = lines
        self._at_target = at_target
        self._rows: list[Row] = []
        self._width = 0

    def show(self, lines: Sequence[SheetLine], *, from_top: bool = True) -> None:
        """Shows other lines, from the first or from where one was reading."""
        former, top, cursor = [self._looks(row) for row in self._rows], self.scroll_offset.y, self.cursor
        self.lines = lines
        if from_top:
            self.set_reactive(SheetView.cursor, 0)
            self._to(0)
        self._lay()
        if top or cursor or self.cursor:
            self.refresh()
            return
        # A slow line should carry no more than what differs.
        now = [self._looks(row) for row in self._rows]
        for place in range(min(self.size.height, max(len(former), len(now)))):
            if former[place : place + 1] != now[place : place + 1]:
                self.refresh(Region(0, place, self.size.width, 1))

    def _looks(self, row: Row) -> tuple[object, ...]:
        line = self.lines[row.line] if row.line < len(self.lines) else None
        return row.pieces, line is not None and line.target is not None

    def to_target(self) -> None:
        """Puts the cursor on the first line that leads somewhere."""
        for place, row in enumerate(self._rows):
            if self.lines[row.line].target is not None:
                self.cursor = place
                return

    def _lay(self) -> None:
        self._width = self.scrollable_content_region.width or self.size.width
        if not self._width:
            return
        self._rows = self.lay(self._width - 2)
        self._fit(Size(self._width, len(self._rows)))
        self.set_reactive(SheetView.cursor, self.validate_cursor(self.cursor))
        if self._at_target:
            self._at_target = False
            self.to_target()

    def _fit(self, size: Size) -> None:
        # The place of the scrollbar is always kept: nothing else moves when it has more to show, or less.
        self.set_reactive(SheetView.virtual_size, size)
        self.vertical_scrollbar.window_virtual_size = size.height

    def lay(self, width: int) -> list[Row]:
        """The lines as rows of at most `width` cells."""
        return laid_rows(self.lines, width)

    def on_resize(self) -> None:
        """Breaks the lines for the new width."""
        self._lay()
        self.refresh()

    def validate_cursor(self, cursor: int) -> int:
        """Keeps the cursor on a row that exists."""
        return max(0, min(cursor, len(self._rows) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaints the two rows and brings the cursor into sight."""
        for row in (old, new):
            place = row - self.scroll_offset.y
            if 0 <= place < self.size.height:
                self.refresh(Region(0, place, self.size.width, 1))
        top, height = self.scroll_offset.y, max(1, self.size.height)
        target = min(max(top, new - height + 1), new)
        if target != top:
            self._to(target)

    def _to(self, y: int) -> None:
        if self.is_attached:
            self.scroll_to(0, y, animate=False, force=True)

    def action_move(self, rows: int) -> None:
        """Moves the cursor by so many rows."""
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        """Moves the cursor by so many screens."""
        self.cursor += pages * max(1, self.size.height - 1)

    def action_edge(self, side: int) -> None:
        """Moves the cursor to the first or the last row."""
        self.cursor = 0 if side < 0 else len(self._rows) - 1

    def action_follow(self) -> None:
        """Tells where the line under the cursor leads."""
        if self.cursor < len(self._rows):
            target = self.lines[self._rows[self.cursor].line].target
            if target is not None:
                self.post_message(self.Followed(*target))

    def on_click(self, event: events.Click) -> None:
        """Takes the cursor to the row; twice follows it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        event.stop()
        row = self.scroll_offset.y + offset.y
        if row < len(self._rows):
            self.cursor = row
            if event.chain == 2:
                self.action_follow()

    def render_line(self, y: int) -> Strip:
        """Paints one row."""
        width = self.size.width
        place = self.scroll_offset.y + y
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[place]
        here = place == self.cursor and self.has_focus
        plain = self.get_component_rich_style("sheet-view--cursor") if here else self.rich_style
        sign = "▸ " if here and self.lines[row.line].target is not None else "  "
        segments = [Segment(sign, plain)]
        segments += [Segment(piece.text, plain if here else self._style(piece.tone, plain)) for piece in row.pieces]
        return Strip(segments).crop_extend(0, width, plain)

    def _style(self, tone: str, plain: Style) -> Style:
        if tone not in TONES:
            return plain
        return self.get_component_rich_style(f"sheet-view--{tone}")

    def on_focus(self) -> None:
        """Shows the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hides the cursor."""
        self.refresh()
