"""Who changed what in the whole registry, the newest first, and taking one of one's own changes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from modelops_tui.errors import Failure
from modelops_tui.present.moments import full_time, relative_time
from modelops_tui.services import history
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask, tell
from modelops_tui.tui.keys import CHANGES_KEYS
from modelops_tui.tui.messages import Jump, StoreChanged
from modelops_tui.tui.owner import app_of
from modelops_tui.tui.row_source import PlainRows
from modelops_tui.tui.screens.above import AboveRecords
from modelops_tui.tui.sheet import Piece, SheetLine, blank, line
from modelops_tui.tui.turning import tell_turning
from modelops_tui.tui.widgets.lines import KeyLine, TwoSides
from modelops_tui.tui.widgets.record_table import Column, RecordTable

PAGE = 200
"""Changes that are read at once; the next are read when the cursor comes to the last."""

MOST_ENTRIES = 500
COLUMNS = (
    Column("number", "#", "right"),
    Column("at", "when"),
    Column("by", "who"),
    Column("says", "what", weight=1, minimum=10),
    Column("count", "records", "right"),
)
TONES = {"made": "good", "removed": "bad", "changed": "busy"}


class ChangesScreen(AboveRecords):
    """The transactions that the user may see."""

    ABOUT: ClassVar[str] = (
        "Every change of the registry, the newest first. What was changed is never rewritten: undo writes the opposite."
    )
    BINDINGS: ClassVar[list[BindingType]] = CHANGES_KEYS

    def __init__(self, home: Home, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.home = home
        self.clock = clock
        self.top = TwoSides("changes", "…", id="top")
        self.table = RecordTable(empty_text="Nothing was changed yet.")
        self.rows = PlainRows()
        self._whole = False
        self._reading = False

    def compose(self) -> ComposeResult:
        """The top line, the changes, the keys."""
        yield self.top
        yield self.table
        yield KeyLine()

    def on_mount(self) -> None:
        """Reads the newest changes."""
        self.table.set_source(self.rows, COLUMNS)
        self.table.focus()
        self._read()

    # ---- reading ----

    def _read(self, before: int | None = None) -> None:
        """Reads the newest changes, or the next before a number."""
        self._reading = True
        self.table.loading_text = "loading…"
        question = partial(history.changes, self.home, PAGE, before, shown=0)
        ask(self, question, partial(self._came, before), group="changes", failed=self._could_not)

    def _could_not(self, failure: Failure) -> None:
        self._reading = False
        self.table.loading_text = "The changes could not be read."
        tell(self, failure)

    def _came(self, before: int | None, found: list[history.ChangeSet]) -> None:
        self._reading = False
        self.table.loading_text = ""
        self._whole = len(found) < PAGE
        now = self.clock()
        rows = [(str(one.sequence), self._texts(one, now)) for one in found]
        there, cursor = self.table.current, self.table.cursor
        self.rows = PlainRows([*(self.rows.rows if before is not None else ()), *rows])
        self.table.set_source(self.rows, COLUMNS)
        places = (place for place, (identity, _) in enumerate(self.rows.rows) if identity == there)
        self.table.cursor = next(places, min(cursor, max(0, len(self.rows) - 1)))
        self.top.show("changes", f"{len(self.rows):,}{'' if self._whole else '+'}")
        self.refresh_bindings()

    def _texts(self, one: history.ChangeSet, now: datetime) -> tuple[str, ...]:
        return (str(one.sequence), relative_time(one.at, now), one.by, one.says, f"{one.count:,}")

    @on(RecordTable.Highlighted)
    def _highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        last = self.rows.rows[-1][0] if self.rows.rows else ""
        if event.identity == last and not self._whole and not self._reading:
            self._read(int(last))

    @on(StoreChanged)
    def _store_changed(self) -> None:
        self._whole = False
        self._read()

    # ---- one change ----

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Whether a key can act here now; one that cannot is not shown."""
        return action != "undo" or bool(self.is_mounted and self.table.current)

    def _one(self, number: int) -> history.ChangeSet | None:
        found = history.changes(self.home, 1, number + 1, shown=MOST_ENTRIES)
        return found[0] if found and found[0].sequence == number else None

    def _lines(self, number: int) -> tuple[history.ChangeSet, list[SheetLine]] | None:
        one = self._one(number)
        if one is None:
            return None
        at = f"{full_time(one.at, self.clock())} by {one.by}"
        lines = [line(one.says, hang=2), line(Piece(at, "dim")), blank()]
        for kind, id, label, action in one.entries:
            target = (kind, id) if self.home.names.get(kind, id) is not None else None
            name = Piece(label, "link" if target else "")
            lines.append(
                line(Piece(f"{action:8}", TONES[action]), Piece(f"{kind} ", "name"), name, target=target, hang=8)
            )
        if one.count > len(one.entries):
            lines.append(line(Piece(f"… {one.count - len(one.entries):,} more", "dim")))
        return one, lines

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        ask(self, partial(self._lines, int(event.identity)), self._show, group="one")

    def _show(self, found: tuple[history.ChangeSet, list[SheetLine]] | None) -> None:
        from modelops_tui.tui.screens.reading import Reading

        if found is not None:
            self.app.push_screen(Reading(f"Change {found[0].sequence}", found[1]), self._follow)

    def _follow(self, target: tuple[str, str] | None) -> None:
        if target is not None:
            self.post_message(Jump(*target))

    # ---- taking back ----

    def action_undo(self) -> None:
        """Shows the change under the cursor and asks whether to take it back."""
        ask(self, partial(self._lines, int(self.table.current)), self._ask_undo, group="one")

    def _ask_undo(self, found: tuple[history.ChangeSet, list[SheetLine]] | None) -> None:
        from modelops_tui.tui.screens.question import Answer, Question

        if found is None:
            return
        one, lines = found
        question = Question(f"Take change {one.sequence} back?", lines, (Answer("y", "Take back"),))
        self.app.push_screen(question, partial(self._undo, one.sequence))

    def _undo(self, number: int, answer: str | None) -> None:
        if answer == "y":
            question = partial(history.undo, self.home, number, 3)
            ask(self, question, partial(self._turned, "Undone"), group="write", replacing=False)

    def action_redo(self) -> None:
        """Does again what was taken back last."""
        question = partial(history.redo, self.home, 3)
        ask(self, question, partial(self._turned, "Done again"), group="write", replacing=False)

    def _turned(self, what: str, change: history.ChangeSet) -> None:
        tell_turning(self, what, change)
        app_of(self).look()
