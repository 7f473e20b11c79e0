"""One document with its tabs. It asks for what it shows from a thread and never changes anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from modelops_tui.entities.kind import Kind
from modelops_tui.errors import Failure
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask
from modelops_tui.tui.messages import Jump
from modelops_tui.tui.sheet import Piece, SheetLine, line
from modelops_tui.tui.trail_sheets import SHEETS
from modelops_tui.tui.widgets.lines import TabLine
from modelops_tui.tui.widgets.sheet_view import SheetView

SETTLING = 0.05
"""Seconds that the cursor must rest on a record before it is read."""


class DetailPane(Vertical):
    """The tabs of the document under the cursor."""

    DEFAULT_CSS = "DetailPane { height: 1fr; } "

    def __init__(self, home: Home, clock: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._home = home
        self._clock = clock
        self._shown: tuple[Kind, str] | None = None
        self._place: tuple[str, str] = ("", "")
        self._to_target = False
        self.tabs = TabLine(tuple(SHEETS))
        self.sheet = SheetView()

    def compose(self) -> ComposeResult:
        """The tabs and the sheet."""
        yield self.tabs
        yield self.sheet

    @property
    def tab(self) -> str:
        """The open tab."""
        return self.tabs.open

    def show(self, kind: Kind, id: str, *, now: bool = False) -> None:
        """Shows a document, after a moment so that a moving cursor costs nothing; "" shows none."""
        self._shown = (kind, id)
        if not id:
            self.workers.cancel_group(self, "sheet")
            self._place = ("", "")
            self.sheet.show(())
        elif now:
            self.read()
        else:
            self.set_timer(SETTLING, lambda: self.read() if self._shown == (kind, id) else None)

    def open_tab(self, name: str, *, to_target: bool = False) -> None:
        """Opens a tab; `to_target` puts the cursor on the first line that leads somewhere."""
        self.tabs.show(name)
        self._to_target = to_target
        self.read()

    def next_tab(self, step: int) -> None:
        """Opens the tab beside the open one."""
        names = list(SHEETS)
        self.open_tab(names[(names.index(self.tab) + step) % len(names)])

    def read(self) -> None:
        """Reads the document again, because it or what it refers to may have changed."""
        if self._shown is None or not self._shown[1] or not self.display:
            return
        kind, id = self._shown
        maker, now, home = SHEETS[self.tab], self._clock(), self._home
        place = (id, self.tab)

        def question() -> list[SheetLine]:
            return maker(home, kind, home.read(kind, id), now)

        ask(
            self,
            question,
            lambda lines: self._paint(place, lines),
            group="sheet",
            failed=self._lost,
        )

    def _paint(self, place: tuple[str, str], lines: list[SheetLine]) -> None:
        self.sheet.show(lines, from_top=place != self._place)
        self._place = place
        if self._to_target:
            self._to_target = False
            self.sheet.to_target()

    def _lost(self, failure: Failure) -> None:
        lines = [line(Piece("✗ ", "bad"), failure.says)]
        if failure.code == 3 and self._shown is not None:
            lines = [
                line(
                    Piece("✗ ", "bad"),
                    f"This {self._shown[0].title} is not there any more: it was removed.",
                )
            ]
        self.sheet.show([*lines, line(Piece(failure.hint, "dim"))])
        self._place = ("", "")

    @on(TabLine.Opened)
    def _tab_opened(self, event: TabLine.Opened) -> None:
        event.stop()
        self.open_tab(event.name)

    @on(SheetView.Followed)
    def _followed(self, event: SheetView.Followed) -> None:
        event.stop()
        self.post_message(Jump(event.kind, event.id))
