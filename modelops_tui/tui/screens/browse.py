"""The kinds, the records of one, and the record under the cursor. It shows at once and reads beside the screen."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from modelops_tui.entities.registry import BY_NAME
from modelops_tui.tui.background import say
from modelops_tui.tui.keys import BROWSE_KEYS
from modelops_tui.tui.messages import Jump, StoreChanged, SyncChanged
from modelops_tui.tui.screens.listing import ListingScreen
from modelops_tui.tui.widgets.filter_bar import FilterBar
from modelops_tui.tui.widgets.kind_list import KindList
from modelops_tui.tui.widgets.record_table import RecordTable


class BrowseScreen(ListingScreen):
    """The screen one starts with."""

    BINDINGS: ClassVar[list[BindingType]] = BROWSE_KEYS

    def show_tab(self, name: str) -> None:
        """Opens a tab beside the records, or on a screen of its own where there is no room."""
        if self.detail.display:
            self.detail.open_tab(name, to_target=True)
            self.detail.sheet.focus()
        else:
            self.open_detail(name)

    def open_detail(self, tab: str = "overview") -> None:
        """Shows the record under the cursor on a screen of its own."""
        from modelops_tui.tui.screens.detail import DetailScreen

        if self.chosen():
            self.app.push_screen(DetailScreen(self.home, self.clock, self.kind, self.chosen(), tab))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key can act here now."""
        if action == "back":
            return bool(self.trail)
        if action == "all":
            return "deprecated" in self.kind.by_name
        return super().check_action(action, parameters)

    # ---- keys ----

    def action_filter(self) -> None:
        """Opens the filter."""
        self.bar.open()

    def action_go_to(self) -> None:
        """Opens the line that goes anywhere."""
        from modelops_tui.tui.screens.go_to import GoTo

        self.app.push_screen(GoTo(self.home, self.records, self), self._went)

    async def _went(self, target: tuple[str, str] | None) -> None:
        if target is None:
            return
        word, rest = target
        if word == "do":
            await self.run_action(rest)
        else:
            self.post_message(Jump(word, rest))

    def action_kinds(self) -> None:
        """Shows the kinds, or folds them away."""
        shown = self.kinds.display
        self.set_class(not shown, "-kinds-on")
        self.set_class(shown, "-kinds-off")
        (self.table if shown else self.kinds).focus()

    def action_detail(self) -> None:
        """Shows the detail, or folds it away."""
        shown = self.detail.display
        self.set_class(not shown, "-detail-on")
        self.set_class(shown, "-detail-off")

    def action_pane(self, step: int) -> None:
        """Goes to the next pane; where the kinds are folded away they are shown for the visit."""
        panes: list[Widget] = [self.kinds, self.table]
        if self.detail.display:
            panes.append(self.detail.sheet)
        here = next((place for place, pane in enumerate(panes) if pane.has_focus), 1)
        there = panes[(here + step) % len(panes)]
        self.set_class(there is self.kinds and not self.has_class("-kinds-off"), "-kinds-visit")
        if there is self.kinds:
            self.remove_class("-kinds-off")
        there.focus()

    def action_tab(self, step: int) -> None:
        """Opens the tab beside the open one."""
        self.detail.next_tab(step)

    def action_leave(self) -> None:
        """Takes the marks away, else drops the filter, else goes to the records, else back along the trail."""
        if self.table.marked:
            self.unmark()
        elif self.wish.text:
            self.bar.action_clear()
        elif not self.table.has_focus:
            self._to_table()
        elif self.trail:
            self.action_back()

    def action_back(self) -> None:
        """Goes back to where the last jump began."""
        if self.trail:
            kind, id = self.trail.pop()
            self.open(BY_NAME[kind], id)
            self._to_table()

    def _to_table(self) -> None:
        self.remove_class("-kinds-visit")
        self.table.focus()

    # ---- messages ----

    @on(KindList.Chosen)
    def _kind_chosen(self, event: KindList.Chosen) -> None:
        self.open(event.kind)

    @on(KindList.Entered)
    def _kind_entered(self) -> None:
        self._to_table()

    @on(RecordTable.Highlighted)
    def _highlighted(self, event: RecordTable.Highlighted) -> None:
        self.detail.show(self.kind, event.identity)
        self.refresh_bindings()

    @on(RecordTable.Opened)
    def _opened(self) -> None:
        self.open_detail()

    @on(RecordTable.Marked)
    def _marked(self) -> None:
        self._show_title()
        self.refresh_bindings()

    @on(RecordTable.SortAsked)
    def _sort_asked(self, event: RecordTable.SortAsked) -> None:
        self._sort(event.column)

    @on(FilterBar.Typed)
    def _typed(self, event: FilterBar.Typed) -> None:
        self._wish(replace(self.wish, text=event.text))

    @on(FilterBar.Left)
    def _filter_left(self) -> None:
        self.table.focus()

    @on(Jump)
    def _jump(self, event: Jump) -> None:
        event.stop()
        here = (self.kind.name, self.table.current)
        if event.id and here[1] and here != (event.kind, event.id):
            self.trail.append(here)
        self.open(BY_NAME[event.kind], event.id)
        self._to_table()
        if event.id and self.home.names.get(event.kind, event.id) is None:
            say(self, f"That {event.kind} is not there any more.", severity="warning")

    @on(SyncChanged)
    def _sync_changed(self) -> None:
        if self.show_conflicts():
            self.detail.read()
            self.refresh_bindings()

    @on(StoreChanged)
    def _store_changed(self, event: StoreChanged) -> None:
        if self.kind.name in event.kinds:
            self._load(names_changed=len(event.kinds) > 1)
        else:
            self.rows.forget()
            self.table.refresh_rows()
        self.detail.read()
