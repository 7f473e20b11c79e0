"""Leaving while a sync is under way or wished for: it shows how far that is. Leaving at once loses nothing."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from modelops_tui.ports import VaultLocked
from modelops_tui.present.terminal import visible
from modelops_tui.services.home import Home
from modelops_tui.tui.messages import SyncChanged
from modelops_tui.tui.owner import app_of
from modelops_tui.tui.screens.vault_unlocking import Unlocking
from modelops_tui.tui.sync_sheets import progress_words
from modelops_tui.tui.sync_work import SYNCING, SyncWork
from modelops_tui.tui.widgets.progress_line import ProgressLine


class LeavingScreen(ModalScreen[None]):
    """Syncs and then leaves the app; a key leaves at once, another stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,s", "skip", "leave now"),
        Binding("p", "unlock", "unlock the vault"),
        Binding("escape", "stay", "stay"),
    ]

    def __init__(self, home: Home, work: SyncWork, *, wished: bool) -> None:
        """`wished` is whether to sync once more, when something else is under way now."""
        super().__init__()
        self.home = home
        self.work = work
        self._wished = wished
        self.bar = ProgressLine()
        self.note = Static("", classes="problem")

    def compose(self) -> ComposeResult:
        """What is done, how far it is, what can be done about it."""
        with Vertical(classes="dialog"):
            yield Static(Text("Syncing before leaving"), classes="dialog-title")
            yield self.bar
            yield self.note
            with Horizontal(classes="buttons"):
                yield Button(Text("Leave now (q)"), id="skip", compact=True)
                yield Button(Text("Unlock (p)"), id="unlock", compact=True)
                yield Button(Text("Stay (Esc)"), id="stay", compact=True)

    def on_mount(self) -> None:
        """Begins, unless a sync is under way already."""
        self._begin()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Whether a key can act here now."""
        return action != "unlock" or isinstance(self.work.failure, VaultLocked)

    def _begin(self) -> None:
        self.work.failure = None
        self.note.update("")
        if self.work.start() or self.work.doing == SYNCING:
            self._wished = False
        self._show()

    @on(SyncChanged)
    async def _changed(self) -> None:
        if self.work.doing:
            self._show()
        elif self._wished:
            self._begin()
        elif self.work.failure is None:
            await self.action_skip()
        else:
            self._show_failure()

    def _show(self) -> None:
        self.bar.show(*progress_words(self.work))
        self.query_one("#unlock").display = False

    def _show_failure(self) -> None:
        failure = self.work.failure
        if failure is None:
            return
        self.bar.show("")
        text = f"{failure.says}\nNothing is lost; what is unsent goes with the next sync."
        self.note.update(Text("✗ " + visible(text, multiline=True)))
        self.query_one("#unlock").display = isinstance(failure, VaultLocked)

    async def action_skip(self) -> None:
        """Leaves now; a sync that is under way stops after its next step."""
        await app_of(self).leave()

    def action_stay(self) -> None:
        """Stays in the app; a sync that is under way goes on."""
        app_of(self).stay()
        self.dismiss()

    def action_unlock(self) -> None:
        """Asks for the passphrase and syncs again."""
        self.app.push_screen(Unlocking(self.home), lambda is_open: self._begin() if is_open else None)

    @on(Button.Pressed)
    async def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        await self.run_action(event.button.id or "stay")
