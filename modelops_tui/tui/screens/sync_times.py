"""The dialog in which one chooses when the app syncs by itself. It changes nothing itself."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from modelops_tui.tui.preferences import LONGEST_MINUTES, SyncTimes
from modelops_tui.tui.typed_keys import TakesTyping
from modelops_tui.tui.widgets.safe_inputs import SafeInput
from modelops_tui.tui.widgets.tick_box import TickBox

SAYS = (
    "The app syncs beside everything else while it is open, and waits longer after each failure. "
    "The top line says when one fails; nothing pops up."
)


class ChooseTimes(TakesTyping, ModalScreen[SyncTimes | None]):
    """Gives the chosen times, None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave"),
        Binding("ctrl+s", "take", "take these", priority=True),
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "before", show=False),
    ]
    DEFAULT_CSS: ClassVar[str] = """
    ChooseTimes .dialog-foot { height: auto; }
    ChooseTimes Checkbox { width: auto; }
    """

    def __init__(self, times: SyncTimes) -> None:
        super().__init__()
        self.minutes = SafeInput(str(times.minutes or ""), placeholder="never")
        self.box = TickBox("sync on leaving the app", value=times.on_quit, compact=True)

    def compose(self) -> ComposeResult:
        """The minutes, the box, the buttons."""
        with Vertical(classes="dialog"):
            yield Static(Text("Sync by itself"), classes="dialog-title")
            yield Static(Text("every so many minutes (empty: never)"))
            yield self.minutes
            yield Static("", classes="problem")
            yield self.box
            with Horizontal(classes="buttons"):
                yield Button(Text("Take these (^s)"), id="take", compact=True)
                yield Button(Text("Leave (Esc)"), id="leave", compact=True)
            yield Static(Text(SAYS), classes="dialog-foot")

    def on_mount(self) -> None:
        """Takes the keys to the minutes."""
        self.minutes.focus()

    def action_leave(self) -> None:
        """Leaves the times as they are."""
        self.dismiss(None)

    def action_take(self) -> None:
        """Takes the times, once the line has taken in every key before this one."""
        (self.focused or self).call_later(self._take)

    def _take(self) -> None:
        text = self.minutes.value.strip()
        minutes = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LONGEST_MINUTES)) else -1
        if text and not 0 <= minutes <= LONGEST_MINUTES:
            says = f"✗ must be a whole number of minutes, at most {LONGEST_MINUTES} (a week)."
            self.query_one(".problem", Static).update(Text(says))
            self.minutes.focus()
            return
        self.dismiss(SyncTimes(max(0, minutes), self.box.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    @on(Button.Pressed)
    async def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        await self.run_action(event.button.id or "leave")
