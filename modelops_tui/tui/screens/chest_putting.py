"""The dialog that puts a secret into a chest. What is typed or made shows as dots and goes to the vault alone."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from modelops_tui.errors import Failure, Invalid, WrongUse
from modelops_tui.present.terminal import visible
from modelops_tui.services import chests
from modelops_tui.services.home import Home
from modelops_tui.tui.screens.vault_unlocking import ask_with_key
from modelops_tui.tui.typed_keys import TakesTyping
from modelops_tui.tui.widgets.safe_inputs import SafeInput
from modelops_tui.tui.widgets.secret_parts import SecretInput


class Putting(TakesTyping, ModalScreen[str]):
    """Asks for an entry, its field and its value; gives `ENTRY.FIELD` when it was put, "" when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave"),
        Binding("ctrl+s", "save", "put", priority=True),
        Binding("ctrl+g", "generate", "generate", priority=True),
    ]

    def __init__(self, home: Home, chest: str, name: str, place: str = "") -> None:
        """`chest` is its id, `name` what it is called, `place` the entry and field to change, "" for a new one."""
        super().__init__()
        self.home = home
        self.chest = chest
        self.chest_name = name
        self.line = SafeInput(place, placeholder="ENTRY or ENTRY.FIELD, such as db.password", disabled=bool(place))
        self.secret = SecretInput("the value; it is not shown", lines=True)
        self.note = Static("", classes="problem")
        self._busy = False

    def compose(self) -> ComposeResult:
        """The place, the value, the buttons."""
        with Vertical(classes="dialog"):
            yield Static(Text(visible(f"Put into {self.chest_name}")), classes="dialog-title")
            yield self.line
            yield self.secret
            yield self.note
            with Horizontal(classes="buttons"):
                yield Button(Text("Generate (^g)"), id="generate", compact=True)
                yield Button(Text("Put (^s)"), id="put", compact=True)
                yield Button(Text("Leave (Esc)"), id="leave", compact=True)

    def on_mount(self) -> None:
        """Takes the keys to what is to be filled in."""
        (self.secret if self.line.disabled else self.line).focus()

    def action_leave(self) -> None:
        """Puts nothing."""
        self.secret.take()
        self.dismiss("")

    def action_generate(self) -> None:
        """Makes a fresh value, unseen."""
        fresh = chests.generate()
        self.secret.value = fresh
        self.secret.cursor_position = len(fresh)
        self._say(f"A fresh value of {len(fresh)} signs; ^s puts it.", sign="")
        (self.secret if self.line.value else self.line).focus()

    @on(Button.Pressed)
    async def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        await self.run_action({"generate": "generate", "put": "save"}.get(event.button.id or "", "leave"))

    @on(Input.Submitted)
    def _place_entered(self, event: Input.Submitted) -> None:
        event.stop()
        # At once: what is typed after Enter is the secret.
        self.set_focus(self.secret)

    @on(SecretInput.Entered)
    def _value_entered(self, event: SecretInput.Entered) -> None:
        event.stop()
        self.action_save()

    def action_save(self) -> None:
        """Puts it, once the line that is typed into has taken in every key before this one."""
        (self.focused or self).call_later(self._save)

    def _save(self) -> None:
        place = self.line.value.strip()
        if self._busy:
            return
        try:
            entry, field = chests.split_place(place)
            if not self.secret.value:
                raise WrongUse("There is no value yet.")
        except WrongUse as failure:
            self._failed(failure)
            return
        self._busy = True
        field, value = field or chests.DEFAULT_FIELD, self.secret.value

        def write() -> Any:
            chests.put(self.home, self.chest, entry, {field: value})
            return f"{entry}.{field}"

        ask_with_key(self, self.home, write, self._done, self._failed)

    def _done(self, place: str) -> None:
        self.secret.take()
        self.dismiss(place)

    def _failed(self, failure: Failure) -> None:
        self._busy = False
        says = [failure.says]
        if isinstance(failure, Invalid):
            says = [f"{problem.path} {problem.says}" for problem in failure.problems] or says
        self._say("\n".join([*says, *([failure.hint] if failure.hint else [])]))

    def _say(self, text: str, sign: str = "✗ ") -> None:
        self.note.update(Text(sign + visible(text, multiline=True)))
