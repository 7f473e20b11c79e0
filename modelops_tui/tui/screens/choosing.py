"""Dialogs in which one thing, or several, are chosen from a list. They change nothing themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import SelectionList, Static
from textual.widgets.selection_list import Selection

from modelops_tui.present.terminal import visible
from modelops_tui.tui.row_source import PlainRows
from modelops_tui.tui.widgets.record_table import Column, RecordTable
from modelops_tui.tui.widgets.tick_box import TickList


class ChooseOne(ModalScreen[str]):
    """Gives the identity of the chosen row, "" for none."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave")]

    def __init__(self, heading: str, titles: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> None:
        super().__init__()
        self.heading = heading
        self.rows = rows
        self.columns = tuple(Column(title, title, weight=1 - place) for place, title in enumerate(titles[:2]))

    def compose(self) -> ComposeResult:
        """The heading and the rows."""
        with Vertical(classes="dialog"):
            yield Static(Text(visible(self.heading)), classes="dialog-title")
            yield RecordTable()

    def on_mount(self) -> None:
        """Fills the table and makes it as high as it needs."""
        table = self.query_one(RecordTable)
        table.styles.height = min(len(self.rows) + 1, max(3, self.app.size.height - 6))
        table.set_source(PlainRows(self.rows), self.columns)
        table.focus()

    def action_leave(self) -> None:
        """Chooses none."""
        self.dismiss("")

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        self.dismiss(event.identity)


class ChooseColumns(ModalScreen[list[str] | None]):
    """Gives the names that are chosen, in the order of the list; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave"),
        Binding("enter", "take", "take these", priority=True),
        Binding("ctrl+r", "usual", "the usual ones"),
    ]

    def __init__(self, names: Sequence[str], chosen: Sequence[str]) -> None:
        super().__init__()
        self.names = names
        self.chosen = chosen

    def compose(self) -> ComposeResult:
        """A box for each column."""
        rest = [name for name in self.names if name not in self.chosen]
        boxes = [Selection(Text(name), name, name in self.chosen) for name in (*self.chosen, *rest)]
        with Vertical(classes="dialog"):
            yield Static(Text("Columns"), classes="dialog-title")
            yield TickList[str](*boxes)
            yield Static(
                Text("Space chooses, Enter takes, ^r the usual ones, Esc leaves"),
                classes="dialog-foot",
            )

    def action_leave(self) -> None:
        """Leaves the columns as they are."""
        self.dismiss(None)

    def action_take(self) -> None:
        """Takes what is chosen."""
        picked = set(self.query_one(SelectionList).selected)
        order = [*self.chosen, *(name for name in self.names if name not in self.chosen)]
        self.dismiss([name for name in order if name in picked])

    def action_usual(self) -> None:
        """Takes what the kind declares."""
        self.dismiss([])
