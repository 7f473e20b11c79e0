"""A list of the documents of one kind, filtered as one types, from which one is picked. It changes nothing."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from modelops_tui.entities.keys import candidates, key_of
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.wording import a
from modelops_tui.services.home import Home
from modelops_tui.tui.app import utc_now
from modelops_tui.tui.background import ask
from modelops_tui.tui.record_list import Arrangement, RecordList, Wish
from modelops_tui.tui.row_source import RecordRows, table_columns
from modelops_tui.tui.typed_keys import TakesTyping
from modelops_tui.tui.widgets.record_table import RecordTable
from modelops_tui.tui.widgets.safe_inputs import SafeInput


class Picker(TakesTyping, ModalScreen[str]):
    """Gives the key of what was picked, its id where the key would not do, "" for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave"),
        Binding("down", "move(1)", "down", show=False, priority=True),
        Binding("up", "move(-1)", "up", show=False, priority=True),
        Binding("pagedown", "move(10)", "down", show=False, priority=True),
        Binding("pageup", "move(-10)", "up", show=False, priority=True),
    ]

    def __init__(self, home: Home, kind: Kind) -> None:
        super().__init__()
        self.home = home
        self.kind = kind
        self.records = RecordList(home, kind)
        first = "key" if kind.key or kind.name in ("artifact", "artifact-revision") else "id"
        others = [name for name in kind.columns if name != first][:2]
        self.rows = RecordRows(kind, home.readable, [first, *others], utc_now)

    def compose(self) -> ComposeResult:
        """The filter and the list."""
        with Vertical(classes="dialog reading"):
            yield Static(Text(f"Pick {a(self.kind.title)}"), classes="dialog-title")
            yield SafeInput(placeholder="words to filter by")
            yield RecordTable(empty_text=f"No {self.kind.title} here.")

    def on_mount(self) -> None:
        """Reads what there is."""
        table = self.query_one(RecordTable)
        table.set_source(self.rows, table_columns(self.kind, self.rows.columns))
        table.loading_text = "loading…"
        self.query_one(SafeInput).focus()
        ask(self, lambda: self.records.load(Wish()), self._take, group="load")

    def _take(self, arrangement: Arrangement) -> None:
        table = self.query_one(RecordTable)
        self.rows.replace(arrangement)
        table.loading_text = ""
        table.refresh_rows()
        wish = Wish(self.query_one(SafeInput).value)
        if arrangement.wish != wish:
            self._arrange(wish)

    def _arrange(self, wish: Wish) -> None:
        ask(self, lambda: self.records.arrange(wish), self._take, group="arrange")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._arrange(Wish(event.value))

    def action_move(self, rows: int) -> None:
        """Moves through the list while one types."""
        self.query_one(RecordTable).cursor += rows

    def action_leave(self) -> None:
        """Picks nothing."""
        self.dismiss("")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._pick(self.query_one(RecordTable).current)

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        self._pick(event.identity)

    def _pick(self, id: str) -> None:
        if not id:
            return
        document = self.home.names.get(self.kind.name, id)
        key = key_of(self.kind, document, self.home.names) if document is not None else None
        alone = key is not None and len(candidates(self.kind, key, self.home.names)) == 1
        self.dismiss(key if key is not None and alone else id)
