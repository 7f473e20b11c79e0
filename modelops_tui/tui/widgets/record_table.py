"""The table of records, painted line by line.

It never reads cells that are not in sight and never obeys what a cell holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from modelops_tui.tui.terminal_text import safe
from modelops_tui.tui.widgets.virtual_list import (
    GAP,
    Column,
    Columns,
    NoRows,
    RememberedRows,
    RowSource,
    centred_line,
    find_row,
    fitted_widths,
    laid_out,
    natural_widths,
)

__all__ = ["Column", "Columns", "RecordTable", "RowSource"]

HEADER = 1
"""Lines above the first row."""

SIGNS = 2
"""Cells before the first column: the cursor's sign and the mark's."""

TOKENS = frozenset({"good", "bad", "busy", "dim"})


class RecordTable(ScrollView, can_focus=True, inherit_bindings=False):
    """A table with a fixed header whose cost does not depend on how many rows there are."""

    ALLOW_SELECT = False

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
        Binding("left,h", "sideways(-1)", "Left", show=False),
        Binding("right,l", "sideways(1)", "Right", show=False),
        Binding("enter", "open", "Open", show=False),
        Binding("space", "mark", "Mark", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "record-table--header",
        "record-table--cursor",
        "record-table--message",
        "record-table--good",
        "record-table--bad",
        "record-table--busy",
        "record-table--dim",
    }

    DEFAULT_CSS = """
    RecordTable {
        background: $surface;
        color: $foreground;
        height: 1fr;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        & > .record-table--header { background: $panel; color: $foreground; text-style: bold; }
        & > .record-table--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus > .record-table--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
        & > .record-table--message { color: $text-muted; }
        & > .record-table--good { color: $text-success; }
        & > .record-table--bad { color: $text-error; }
        & > .record-table--busy { color: $text-warning; }
        & > .record-table--dim { color: $text-muted; }
    }
    """

    cursor: reactive[int] = reactive(0, repaint=False, init=False)
    """The row the cursor is on; its lines are repainted by hand, a reactive would repaint all."""

    empty_text: reactive[str] = reactive("Nothing here yet.")
    """What stands in the middle when there are no rows."""

    loading_text: reactive[str] = reactive("")
    """What stands there instead while rows are on their way; "" when they are not."""

    class RowMessage(Message):
        """News about one row; `identity` is "" when there is none."""

        def __init__(self, identity: str, table: RecordTable | None = None) -> None:
            super().__init__()
            self.identity = identity
            self.table = table

        @property
        def control(self) -> RecordTable | None:
            """The table it came from, for `@on` with a selector."""
            return self.table

    class Opened(RowMessage):
        """Enter or a double click on a row."""

    class Highlighted(RowMessage):
        """The cursor came to another record: sent for every step, so load for it with a delay."""

    class Marked(RowMessage):
        """A row was marked or unmarked."""

    class SortAsked(Message):
        """A title was clicked; whoever owns the rows sorts them and calls `show_sort`."""

        def __init__(self, column: str, table: RecordTable | None = None) -> None:
            super().__init__()
            self.column = column
            self.table = table

        @property
        def control(self) -> RecordTable | None:
            """The table it came from, for `@on` with a selector."""
            return self.table

    def __init__(
        self,
        *,
        empty_text: str = "Nothing here yet.",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.marked: set[str] = set()
        self.flagged: frozenset[str] = frozenset()
        self._source: RowSource = NoRows()
        self._rows = RememberedRows(self._source)
        self._columns: Columns = ()
        self._length = 0
        self._natural: tuple[int, ...] = ()
        self._widths: tuple[int, ...] = ()
        self._sort: tuple[str, bool] = ("", False)
        self._identity = ""
        self.set_reactive(RecordTable.empty_text, empty_text)

    @property
    def columns(self) -> Columns:
        """The columns shown."""
        return self._columns

    @property
    def current(self) -> str:
        """The identity of the row under the cursor, "" when there is none."""
        return self._identity

    def set_source(self, source: RowSource, columns: Columns) -> None:
        """Show other rows from the first on, unmarked; only rows in sight are asked for."""
        self._source, self._columns = source, columns
        self._rows = RememberedRows(source)
        self._length = len(source)
        self._natural = ()
        self._sort = ("", False)
        self.marked.clear()
        self.set_reactive(RecordTable.loading_text, "")
        self.set_reactive(RecordTable.cursor, 0)
        self._scroll(0, 0)
        self._measure()
        self._announce()
        self.refresh()

    def refresh_rows(self) -> None:
        """Show what the source holds now, the cursor on the same record if it is still there."""
        offset = self.cursor - self.scroll_offset.y
        self._rows.forget()
        self._length = len(self._source)
        found = find_row(self._source, self._identity) if self._identity else None
        cursor = self.cursor if found is None else found
        self.set_reactive(RecordTable.cursor, self.validate_cursor(cursor))
        self._measure()
        self._scroll(y=max(0, self.cursor - offset))
        self._show_cursor()
        self._announce()
        self.refresh()

    def show_sort(self, column: str, descending: bool = False) -> None:
        """Put the sort sign beside the title of `column` ("" for none)."""
        self._sort = (column, descending)
        self._refresh_line(0)

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row that exists."""
        return max(0, min(cursor, self._length - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint the row left and the row reached, and nothing else unless it must scroll."""
        self._refresh_row(old)
        self._refresh_row(new)
        self._show_cursor(jump=True)
        self._announce()

    def on_resize(self) -> None:
        """Fit the columns to the new width."""
        self._measure()
        self._show_cursor()
        self.refresh()

    # ---- widths ----

    def _measure(self) -> None:
        """Fit the columns; none asks for less than before, so that nothing jumps on news."""
        room = self.scrollable_content_region.width - SIGNS - GAP * (len(self._columns) - 1)
        if self.size:
            first = min(self.scroll_offset.y, max(0, self._length - 1))
            last = min(first + self.size.height, self._length, len(self._source))
            seen = natural_widths(self._columns, [self._rows.cells(row) for row in range(first, last)])
            self._natural = tuple(map(max, seen, self._natural)) if self._natural else seen
        self._widths = fitted_widths(self._columns, self._natural or natural_widths(self._columns, ()), room)
        total = SIGNS + sum(self._widths) + GAP * max(0, len(self._widths) - 1)
        self.virtual_size = Size(total, self._length + HEADER)

    # ---- moving ----

    def action_move(self, rows: int) -> None:
        """Move the cursor by so many rows."""
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        """Move the cursor by so many screens."""
        self.cursor += pages * max(1, self.size.height - HEADER)

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self.cursor = self._length - 1

    def action_sideways(self, columns: int) -> None:
        """Scroll to the next column that way; with all in sight the key is left to others."""
        if self.max_scroll_x <= 0:
            raise SkipAction()
        starts = [sum(self._widths[:place]) + GAP * place for place in range(len(self._widths))]
        here = self.scroll_offset.x
        if columns > 0:
            target = next((start for start in starts if start > here), self.max_scroll_x)
        else:
            target = next((start for start in reversed(starts) if start < here), 0)
        self._scroll(x=min(target, self.max_scroll_x))

    def action_open(self) -> None:
        """Tell that the row under the cursor was opened."""
        if self._identity:
            self.post_message(self.Opened(self._identity, self))

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away."""
        if self._identity:
            self.marked ^= {self._identity}
            self._refresh_row(self.cursor)
            self.post_message(self.Marked(self._identity, self))

    def on_click(self, event: events.Click) -> None:
        """A title asks to sort, the signs mark, a row takes the cursor, twice opens it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        event.stop()
        if offset.y < HEADER:
            self._ask_sort(offset.x)
            return
        row = self.scroll_offset.y + offset.y - HEADER
        if row >= self._length:
            return
        self.cursor = row
        if offset.x < SIGNS:
            self.action_mark()
        elif event.chain == 2:
            self.action_open()

    def _ask_sort(self, x: int) -> None:
        place = x - SIGNS + self.scroll_offset.x
        for column, width in zip(self._columns, self._widths, strict=False):
            if 0 <= place < width + GAP and x >= SIGNS:
                self.post_message(self.SortAsked(column.name, self))
                return
            place -= width + GAP

    def _scroll(self, x: int | None = None, y: int | None = None) -> None:
        if self.is_attached:
            self.scroll_to(x, y, animate=False, force=True)

    def _show_cursor(self, jump: bool = False) -> None:
        """Scroll the cursor into sight; `jump` half a screen, since every scroll repaints all."""
        top, rows = self.scroll_offset.y, max(1, self.size.height - HEADER)
        target = min(max(top, self.cursor - rows + 1), self.cursor)
        if target == top or not self.size:
            return
        if jump and abs(target - top) == 1:
            target += (target - top) * (rows // 2 - 1)
        self._scroll(y=max(0, min(target, self._length - rows)))

    def _announce(self) -> None:
        before = self._identity
        there = self.cursor < min(self._length, len(self._source))
        self._identity = self._source.identity(self.cursor) if there else ""
        if self._identity != before:
            self.post_message(self.Highlighted(self._identity, self))

    # ---- painting ----

    def _refresh_row(self, row: int) -> None:
        self._refresh_line(row - self.scroll_offset.y + HEADER, first=HEADER)

    def _refresh_line(self, line: int, first: int = 0) -> None:
        if first <= line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """Paint one line of the screen, counted from the header."""
        width = self.size.width
        if y < HEADER:
            return self._header_line(width)
        row = self.scroll_offset.y + y - HEADER
        if row < min(self._length, len(self._source)):
            return self._row_line(row, width)
        if not self._length:
            style = self.get_component_rich_style("record-table--message")
            text = safe(self.loading_text or self.empty_text)
            return centred_line(text, y - HEADER, Size(width, self.size.height - HEADER), style)
        return Strip.blank(width, self.rich_style)

    def _header_line(self, width: int) -> Strip:
        style = self.get_component_rich_style("record-table--header")
        sorted_by, descending = self._sort
        titles = []
        for column, room in zip(self._columns, self._widths, strict=False):
            sign = ("▼" if descending else "▲") if column.name == sorted_by else ""
            title = safe(column.title, room - 2) + " " if sign and room > 2 else ""
            titles.append((title + sign if sign else safe(column.title, room), style))
        left, right = "  ", ""
        if self.scroll_offset.x:
            left = "‹ "
        if self.scroll_offset.x < self.max_scroll_x:
            right = "›"
        strip = self._line(left, titles, style, width - len(right))
        return Strip([*strip, Segment(right, style)], width) if right else strip

    def _row_line(self, row: int, width: int) -> Strip:
        here = row == self.cursor
        style = self.get_component_rich_style("record-table--cursor") if here else self.rich_style
        signs = ("▸" if here else " ") + self._mark(row)
        cells = self._rows.cells(row)
        texts = []
        for place, (column, room) in enumerate(zip(self._columns, self._widths, strict=False)):
            text = safe(cells[place], room) if place < len(cells) else ""
            token = "" if here else self._source.style(row, column.name)
            texts.append((text, self._token_style(token, style)))
        return self._line(signs, texts, style, width)

    def _mark(self, row: int) -> str:
        """Marked by the person, else flagged as being in conflict."""
        identity = self._source.identity(row) if self.marked or self.flagged else ""
        return "◆" if identity in self.marked else "≠" if identity in self.flagged else " "

    def _line(self, signs: str, texts: Sequence[tuple[str, Style]], style: Style, width: int) -> Strip:
        content = laid_out(self._columns, self._widths, texts, style)
        left = self.scroll_offset.x
        shown = content.crop_extend(left, left + max(0, width - SIGNS), style)
        return Strip([Segment(signs[:width], style), *shown], width)

    def _token_style(self, token: str, plain: Style) -> Style:
        if token not in TOKENS:
            return plain
        return self.get_component_rich_style(f"record-table--{token}")
