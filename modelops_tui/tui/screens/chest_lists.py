"""The treasure chests and their entries in two lists, and how the vault stands. Every value in them is masked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from modelops_tui.services import vault
from modelops_tui.services.chests import CHEST
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask, say
from modelops_tui.tui.chest_rows import CHEST_COLUMNS, ENTRY_COLUMNS, Rows, chest_rows, entry_rows, status_words
from modelops_tui.tui.messages import StoreChanged
from modelops_tui.tui.owner import app_of
from modelops_tui.tui.row_source import PlainRows
from modelops_tui.tui.screens.above import AboveRecords
from modelops_tui.tui.screens.vault_unlocking import Founding, Unlocking, concealers
from modelops_tui.tui.widgets.lines import KeyLine, TwoSides
from modelops_tui.tui.widgets.record_table import RecordTable
from modelops_tui.tui.widgets.secret_parts import RevealBox

if TYPE_CHECKING:
    from modelops_tui.tui.app import ModelopsApp

STATUS_SECONDS = 5.0
"""Seconds between two looks at whether the vault is still unlocked."""

NEEDS = {"reveal": "reveal", "copy": "reveal", "change": "write", "remove": "write", "put": "write"}
"""What the user must be permitted for an action on the chosen chest."""

OF_A_FIELD = frozenset(("reveal", "copy", "change", "remove"))


class ChestLists(AboveRecords):
    """Chests at the left, entries at the right; where there is no room for both, one at a time."""

    HORIZONTAL_BREAKPOINTS = [(0, "-one"), (60, "-two")]  # noqa: RUF012
    DEFAULT_CSS: ClassVar[str] = """
    ChestLists #chest-panes { height: 1fr; }
    ChestLists #chests { width: 2fr; max-width: 44; }
    ChestLists #entries { width: 3fr; border-left: solid $panel; }
    ChestLists.-one #chests { width: 1fr; max-width: 100%; }
    ChestLists.-one #entries { width: 1fr; display: none; border-left: none; }
    ChestLists.-one.-inside #chests { display: none; }
    ChestLists.-one.-inside #entries { display: block; }
    """

    def __init__(self, home: Home, clock: Callable[[], datetime], chest: str = "") -> None:
        """`chest` is the id of the one to begin with."""
        super().__init__()
        self.home = home
        self.clock = clock
        self.top = TwoSides("treasure chests", "…", id="top")
        self.chests = RecordTable(id="chests", empty_text="No treasure chest yet. N makes one.")
        self.entries = RecordTable(id="entries", empty_text="Nothing in it yet. n puts something in.")
        self.box = RevealBox()
        self.status: vault.VaultStatus | None = None
        self._chest_rows, self._entry_rows = PlainRows(), PlainRows()
        self._wanted = chest
        self._wanted_entry = ""

    @property
    def modelops(self) -> ModelopsApp:
        """The app, by its own type."""
        return app_of(self)

    def compose(self) -> ComposeResult:
        """How the vault stands, the two lists, the secret, the keys."""
        yield self.top
        with Horizontal(id="chest-panes"):
            yield self.chests
            yield self.entries
        yield self.box
        yield KeyLine()

    def on_mount(self) -> None:
        """Reads the chests and how the vault stands; asks for the passphrase where it is locked."""
        self.chests.set_source(self._chest_rows, CHEST_COLUMNS)
        self.entries.set_source(self._entry_rows, ENTRY_COLUMNS)
        self.chests.loading_text = "loading…"
        self.chests.focus()
        self._load()
        self._look(first=True)
        self.set_interval(STATUS_SECONDS, self._look)
        concealers(self).add(self.conceal)
        self.app.app_suspend_signal.subscribe(self, lambda _: self.conceal())
        self.watch(self.app, "app_focus", lambda _: self.conceal(), init=False)

    def on_unmount(self) -> None:
        """Shows nothing any more."""
        concealers(self).discard(self.conceal)
        self.conceal()

    # ---- what is there ----

    def chosen(self) -> str:
        """The id of the chosen chest, "" for none."""
        return self.chests.current

    def chosen_name(self) -> str:
        """What the chosen chest is called."""
        return next((texts[0] for id, texts in self._chest_rows.rows if id == self.chosen()), "")

    def place(self) -> tuple[str, str]:
        """The entry and field under the cursor."""
        entry, _, field = self.entries.current.partition(".")
        return entry, field

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Whether a key can act here now; one that cannot is not shown."""
        is_open = self.status is not None and self.status.unlocked is not None
        if action in ("unlock", "lock"):
            return self.status is not None and is_open == (action == "lock")
        if action in OF_A_FIELD and not self.place()[action != "remove"]:
            return False
        if action in ("people", "reveals", "put") and not self.chosen():
            return False
        return action not in NEEDS or self.home.may(NEEDS[action], CHEST, self.chosen())

    def _load(self) -> None:
        ask(self, partial(chest_rows, self.home), self._show_chests, group="chests")

    def _show_chests(self, rows: Rows) -> None:
        self._chest_rows.rows = rows
        self.chests.loading_text = ""
        self.chests.refresh_rows()
        if self._wanted:
            found = [place for place, (id, _) in enumerate(rows) if id == self._wanted]
            self._wanted = ""
            if found:
                self.chests.cursor = found[0]
                self.action_inside()
        self._load_entries()

    def _load_entries(self) -> None:
        chest = self.chosen()
        if chest:
            ask(self, partial(entry_rows, self.home, chest), partial(self._show_entries, chest), group="entries")
        else:
            self._show_entries("", [])

    def _show_entries(self, chest: str, rows: Rows) -> None:
        if chest != self.chosen():
            return
        self._entry_rows.rows = rows
        self.entries.refresh_rows()
        found = [place for place, (name, _) in enumerate(rows) if name == self._wanted_entry]
        if found:
            self.entries.cursor, self._wanted_entry = found[0], ""
        self.top.show(f"treasure chests ▸ {self.chosen_name()}".rstrip(" ▸"))
        self.refresh_bindings()

    def conceal(self) -> None:
        """Hides and forgets what is shown, at once."""
        if self.box.is_attached:
            self.box.forget()

    def action_inside(self) -> None:
        """Goes to the entries of the chest."""
        self.add_class("-inside")
        self.entries.focus()

    # ---- how the vault stands ----

    def _look(self, *, first: bool = False) -> None:
        ask(self, partial(vault.vault_status, self.home), partial(self._show_status, first), group="status")

    def _show_status(self, first: bool, status: vault.VaultStatus) -> None:
        self.status = status
        self.top.show(right=status_words(status, short=self.has_class("-one")))
        if status.unlocked is None:
            self.conceal()
        if first and status.trouble:
            say(self, status.trouble, severity="warning")
        # Where its record is refused, no passphrase helps.
        if first and status.unlocked is None and not status.refused and self.is_current:
            self.action_unlock()
        self.refresh_bindings()

    def action_unlock(self) -> None:
        """Asks for the passphrase, or makes a vault where there is none."""
        there = self.status is None or bool(self.status.fingerprint or self.status.trouble)
        self.app.push_screen(Unlocking(self.home) if there else Founding(self.home), lambda _: self._look())

    @on(RecordTable.Highlighted, "#chests")
    def _chest_highlighted(self) -> None:
        self.conceal()
        self._load_entries()

    @on(RecordTable.Highlighted, "#entries")
    def _entry_highlighted(self) -> None:
        self.refresh_bindings()

    @on(RecordTable.Opened, "#chests")
    def _chest_opened(self) -> None:
        self.action_inside()

    @on(StoreChanged)
    def _store_changed(self, event: StoreChanged) -> None:
        if event.kinds & {"treasure-chest", "user"}:
            self._load()
