"""The areas and their kinds with how many documents each has. It never counts anything itself."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import AREAS
from modelops_tui.tui.terminal_text import safe

ROWS: list[str | Kind] = []
for _area, _kinds in AREAS.items():
    ROWS += [_area.upper(), *_kinds]


class KindList(ScrollView, can_focus=True, inherit_bindings=False):
    """A list of the kinds under their areas; the chosen one is marked whether or not it has the focus."""

    ALLOW_SELECT = False

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "move(-8)", "Up", show=False),
        Binding("pagedown", "move(8)", "Down", show=False),
        Binding("home", "move(-99)", "First", show=False),
        Binding("end", "move(99)", "Last", show=False),
        Binding("enter,right,l", "enter", "To its records", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "kind-list--area",
        "kind-list--cursor",
        "kind-list--count",
    }

    DEFAULT_CSS = """
    KindList {
        width: 34;
        height: 1fr;
        background: $panel;
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        & > .kind-list--area { color: $text-muted; text-style: bold; }
        & > .kind-list--count { color: $text-muted; }
        & > .kind-list--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
        }
        &:focus > .kind-list--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
    }
    """

    cursor: reactive[int] = reactive(1, repaint=False, init=False)
    """The row of the chosen kind."""

    class Chosen(Message):
        """Another kind was chosen."""

        def __init__(self, kind: Kind) -> None:
            super().__init__()
            self.kind = kind

    class Entered(Message):
        """The person wants to go on to the records of the chosen kind."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.counts: dict[str, int] = {}
        self.virtual_size = Size(20, len(ROWS))

    @property
    def kind(self) -> Kind:
        """The chosen kind."""
        row = ROWS[self.cursor]
        assert isinstance(row, Kind)
        return row

    def choose(self, kind: Kind) -> None:
        """Puts the cursor on a kind without telling anybody."""
        old = self.cursor
        self.set_reactive(KindList.cursor, ROWS.index(kind))
        self._repaint(old)
        self._repaint(self.cursor)
        self._into_sight()

    def show_counts(self, counts: dict[str, int]) -> None:
        """Shows how many documents kinds have; kinds that are not named keep their number."""
        changed = [name for name, count in counts.items() if self.counts.get(name) != count]
        self.counts.update(counts)
        if changed:
            self.refresh()

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaints the two rows and tells which kind was chosen."""
        self._repaint(old)
        self._repaint(new)
        self._into_sight()
        if old != new:
            self.post_message(self.Chosen(self.kind))

    def _repaint(self, row: int) -> None:
        place = row - self.scroll_offset.y
        if 0 <= place < self.size.height:
            self.refresh(Region(0, place, self.size.width, 1))

    def _into_sight(self) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height)
        # The name of the area above the first kind is shown with it.
        first = self.cursor - 1 if isinstance(ROWS[self.cursor - 1], str) else self.cursor
        target = min(max(top, self.cursor - height + 1), first)
        if target != top and self.is_attached:
            self.scroll_to(0, target, animate=False, force=True)

    def on_resize(self) -> None:
        """Keeps the chosen kind in sight."""
        self._into_sight()

    def action_move(self, rows: int) -> None:
        """Moves to the kind so many rows away, over the names of areas."""
        step = 1 if rows > 0 else -1
        place = max(0, min(len(ROWS) - 1, self.cursor + rows))
        while 0 <= place < len(ROWS) and isinstance(ROWS[place], str):
            place += step
        if 0 <= place < len(ROWS):
            self.cursor = place
        elif rows < -1:
            self.cursor = 1

    def action_enter(self) -> None:
        """Goes on to the records."""
        self.post_message(self.Entered())

    def on_click(self, event: events.Click) -> None:
        """Chooses the kind; twice goes on to its records."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        event.stop()
        row = self.scroll_offset.y + offset.y
        if row < len(ROWS) and isinstance(ROWS[row], Kind):
            self.cursor = row
            if event.chain == 2:
                self.action_enter()

    def render_line(self, y: int) -> Strip:
        """Paints one row."""
        width = self.size.width
        place = self.scroll_offset.y + y
        if place >= len(ROWS):
            return Strip.blank(width, self.rich_style)
        row = ROWS[place]
        if isinstance(row, str):
            style = self.get_component_rich_style("kind-list--area")
            return Strip([Segment(" " + row, style)]).crop_extend(0, width, self.rich_style)
        here = place == self.cursor
        style = self.get_component_rich_style("kind-list--cursor") if here else self.rich_style
        number = self.counts.get(row.name)
        count = "" if number is None else f"{number:,}".replace(",", " ")
        name = safe(row.name, max(4, width - len(count) - 4))
        gap = " " * max(1, width - 4 - len(name) - len(count))
        dim = style if here else self.get_component_rich_style("kind-list--count")
        sign = " ▸ " if here else "   "
        return Strip([Segment(sign + name + gap, style), Segment(count + " ", dim)]).crop_extend(0, width, style)
