"""One record with its tabs over the whole terminal, for where there is no room beside the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from modelops_tui.entities.kind import Kind
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask
from modelops_tui.tui.messages import Jump, StoreChanged, SyncChanged
from modelops_tui.tui.owner import hand_down
from modelops_tui.tui.screens.records import RecordScreen, name_of
from modelops_tui.tui.widgets.detail_pane import DetailPane
from modelops_tui.tui.widgets.lines import KeyLine, TwoSides


class DetailScreen(RecordScreen):
    """A record; Esc goes back to the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back"),
        Binding("tab,right,l", "tab(1)", "next tab", show=False),
        Binding("shift+tab,left,h", "tab(-1)", "tab before", show=False),
    ]

    def __init__(self, home: Home, clock: Callable[[], datetime], kind: Kind, id: str, tab: str) -> None:
        super().__init__(home, clock)
        self.kind = kind
        self.record = id
        self.first_tab = tab
        self.title_line = TwoSides(f"{kind.name} ▸", id="title")
        self.pane = DetailPane(home, clock)

    def compose(self) -> ComposeResult:
        """The name, the tabs, the keys."""
        yield self.title_line
        yield self.pane
        yield KeyLine()

    def on_mount(self) -> None:
        """Shows the record."""
        self.pane.show(self.kind, self.record, now=False)
        self.pane.open_tab(self.first_tab, to_target=True)
        self.pane.sheet.focus()
        self._show_name()

    def _show_name(self) -> None:
        ask(
            self,
            lambda: name_of(self.home, self.kind.name, self.record),
            lambda name: self.title_line.show(f"{self.kind.name} ▸ {name}"),
            group="name",
        )

    def open_kind(self) -> Kind:
        """The kind of the record."""
        return self.kind

    def chosen(self) -> str:
        """The record."""
        return self.record

    def show_tab(self, name: str) -> None:
        """Opens a tab."""
        self.pane.open_tab(name, to_target=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key can act here now; lists are filtered and records made where the list is."""
        if action in ("filter", "go_to", "new", "back"):
            return False
        return super().check_action(action, parameters)

    def action_tab(self, step: int) -> None:
        """Opens the tab beside the open one."""
        self.pane.next_tab(step)

    def action_leave(self) -> None:
        """Goes back to the list."""
        self.dismiss()

    @on(Jump)
    def _jump(self, event: Jump) -> None:
        """Hands the jump to the list below, which keeps the trail."""
        if (event.kind, event.id) == (self.kind.name, self.record):
            event.stop()
        else:
            hand_down(self, event)

    @on(SyncChanged)
    def _sync_changed(self) -> None:
        self.refresh_bindings()

    @on(StoreChanged)
    def _store_changed(self) -> None:
        self.pane.read()
        self._show_name()
