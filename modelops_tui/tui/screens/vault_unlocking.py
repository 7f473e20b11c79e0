"""Dialogs for the vault: making one, unlocking it, its recovery text. A passphrase is handed on once and not kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, TypeVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Button, Static

from modelops_tui.errors import Failure, VaultFailure
from modelops_tui.ports import VaultLocked
from modelops_tui.present.terminal import visible
from modelops_tui.services import vault
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask, say, tell
from modelops_tui.tui.owner import app_of
from modelops_tui.tui.typed_keys import TakesTyping
from modelops_tui.tui.widgets.secret_parts import Secret, SecretInput, SecretView, seconds

Result = TypeVar("Result")


class PassphraseDialog(TakesTyping, ModalScreen[bool]):
    """What the dialogs share: lines with dots, one sentence below them, a wait that shows how long it takes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave")]
    HEADING = ""
    SAYS = ""
    LINES: ClassVar[tuple[str, ...]] = ()

    def __init__(self, home: Home) -> None:
        super().__init__()
        self.home = home
        self._since: float | None = None

    def compose(self) -> ComposeResult:
        """The heading, the lines, room for what is wrong."""
        with Vertical(classes="dialog"):
            yield Static(Text(self.HEADING), classes="dialog-title")
            yield Static(Text(self.SAYS))
            for placeholder in self.LINES:
                yield SecretInput(placeholder)
            yield Static("", classes="problem")
            yield Static(Text("Enter goes on, Esc leaves"), classes="dialog-foot")

    def on_mount(self) -> None:
        """Takes the keys to the first line."""
        self.query(SecretInput).first().focus()
        self.set_interval(0.5, self._tick)

    def action_leave(self) -> None:
        """Goes on without."""
        self.dismiss(False)

    def act(self, typed: list[str]) -> Any:
        """Does what the dialog is for, in a thread. Raises Failure."""
        raise NotImplementedError

    def done(self, result: Any) -> None:
        """Goes on with what came of it."""
        raise NotImplementedError

    @on(SecretInput.Entered)
    def _entered(self, event: SecretInput.Entered) -> None:
        event.stop()
        inputs = list(self.query(SecretInput))
        empty = next((item for item in inputs if not item.value), None)
        if empty is not None:
            self.set_focus(empty)
        elif self._since is None:
            self._since = seconds()
            typed = [item.take() for item in inputs]
            for item in inputs:
                item.disabled = True
            self._say("checking…", "")
            ask(self, lambda: self.act(typed), self.done, group="passphrase", failed=self._failed, replacing=False)

    def _failed(self, failure: Failure) -> None:
        self._since = None
        for item in self.query(SecretInput):
            item.disabled = False
        self.query(SecretInput).first().focus()
        self._say(failure.says)

    def _tick(self) -> None:
        if self._since is not None and seconds() - self._since >= 1:
            # After wrong passphrases the next is checked later and later.
            self._say(f"checking… {seconds() - self._since:.0f} s", "")

    def _say(self, text: str, sign: str = "✗ ") -> None:
        self.query_one(".problem", Static).update(Text(sign + visible(text, multiline=True)))


class Unlocking(PassphraseDialog):
    """Asks for the passphrase until it is right; gives whether the vault is unlocked."""

    HEADING = "The vault is locked"
    SAYS = "Your passphrase unlocks it, until it was idle for a quarter of an hour."
    LINES = ("passphrase",)

    def act(self, typed: list[str]) -> vault.VaultStatus:
        """Unlocks it."""
        return vault.unlock(self.home, typed[0])

    def done(self, result: Any) -> None:
        """Says so, and what was done with chests that waited for it."""
        for says in result.news:
            say(self, says)
        self.dismiss(True)


class Founding(PassphraseDialog):
    """Makes a vault and shows its recovery text; gives whether there is one now."""

    HEADING = "You have no vault yet"
    SAYS = "Choose a passphrase of several words. It cannot be looked up anywhere; only you know it."
    LINES = ("new passphrase", "the same once more")

    def act(self, typed: list[str]) -> Secret:
        """Makes it and unlocks it."""
        if typed[0] != typed[1]:
            raise VaultFailure("The two are not the same; nothing was made.")
        text = Secret(vault.init_vault(self.home, typed[0]))
        vault.unlock(self.home, typed[0])
        return text

    def done(self, result: Any) -> None:
        """Shows the recovery text, then says that it is made."""
        self.app.push_screen(RecoveryText(result), self._noted)

    def _noted(self, _: None) -> None:
        self.dismiss(True)


class RecoveryText(ModalScreen[None]):
    """Shows the recovery text, this once; no picture of the screen holds it."""

    def __init__(self, secret: Secret) -> None:
        super().__init__()
        self._secret = secret
        self.view = SecretView()

    def compose(self) -> ComposeResult:
        """What it is for, the text, one button."""
        says = "Write it down and keep it apart: it opens the vault when the passphrase is lost. It is shown this once."
        with Vertical(classes="dialog"):
            yield Static(Text("Your recovery text"), classes="dialog-title")
            yield Static(Text(says))
            yield self.view
            with Horizontal(classes="buttons"):
                yield Button(Text("I have written it down"), compact=True)

    def on_mount(self) -> None:
        """Shows the text when its room is known."""
        self.query_one(Button).focus()
        concealers(self).add(self.conceal)
        self.call_after_refresh(lambda: self.view.put(self._secret))

    def on_unmount(self) -> None:
        """Keeps it no more."""
        concealers(self).discard(self.conceal)
        self.view.forget()

    def conceal(self) -> None:
        """Hides it for one picture."""
        self.view.mask(True)
        self.call_later(self.view.mask, False)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss()


def concealers(screen: Screen[Any]) -> set[Callable[[], None]]:
    """What the app calls before a picture of the screen is made."""
    return app_of(screen).concealers


def ask_with_key(
    screen: Screen[Any],
    home: Home,
    question: Callable[[], Result],
    then: Callable[[Result], None],
    failed: Callable[[Failure], None] | None = None,
) -> None:
    """Asks, in a thread, what needs an unlocked vault; where it is locked the person unlocks it and it is asked again.

    A failure goes to `failed`, else is told; so is a vault that stays locked.
    """
    give_up = failed or partial(tell, screen)

    def refused(failure: Failure) -> None:
        if not isinstance(failure, VaultLocked):
            give_up(failure)
            return

        def unlocked(is_open: bool | None) -> None:
            if is_open:
                ask_with_key(screen, home, question, then, failed)
            else:
                give_up(failure)

        screen.app.push_screen(Unlocking(home), unlocked)

    ask(screen, question, then, group="with-key", failed=refused, replacing=False)
