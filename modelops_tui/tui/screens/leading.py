"""One line to type into and a list of where it may lead: the shape of going somewhere. It does nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from modelops_tui.tui.row_source import PlainRows
from modelops_tui.tui.typed_keys import TakesTyping
from modelops_tui.tui.widgets.record_table import Columns, RecordTable
from modelops_tui.tui.widgets.safe_inputs import SafeInput

Found = tuple[str, Sequence[str]]
"""Where a row leads, as "word\\nrest", and its texts."""


class Leading(TakesTyping, ModalScreen[tuple[str, str] | None]):
    """Gives the word and the rest of the row that was chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave"),
        Binding("down,tab", "move(1)", "down", show=False, priority=True),
        Binding("up,shift+tab", "move(-1)", "up", show=False, priority=True),
    ]
    COLUMNS: ClassVar[Columns]
    PLACEHOLDER: ClassVar[str]
    EMPTY: ClassVar[str]
    FOOT: ClassVar[str] = "Enter goes there, Esc leaves"

    def compose(self) -> ComposeResult:
        """The line and what it may mean."""
        with Vertical(classes="dialog reading"):
            yield SafeInput(placeholder=self.PLACEHOLDER)
            yield RecordTable(empty_text=self.EMPTY)
            yield Static(Text(self.FOOT), classes="dialog-foot")

    def show(self, rows: Sequence[Found]) -> None:
        """Lists where the line may lead, each place once."""
        self.query_one(RecordTable).set_source(PlainRows(list(dict(reversed(rows)).items())[::-1]), self.COLUMNS)

    def go(self, identity: str) -> None:
        """Leaves for where a row leads, if it leads anywhere."""
        word, sign, rest = identity.partition("\n")
        if sign:
            self.dismiss((word, rest))

    def action_move(self, rows: int) -> None:
        """Moves through the list while one types."""
        self.query_one(RecordTable).cursor += rows

    def action_leave(self) -> None:
        """Goes nowhere."""
        self.dismiss(None)

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        self.go(event.identity)
