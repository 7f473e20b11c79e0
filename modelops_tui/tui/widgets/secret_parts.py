"""Widgets that take or show a secret: a line that shows dots, and a box that hides again by itself.

No secret is ever in a message, a selection, a representation or a picture of the screen.
"""

from __future__ import annotations

import time
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer
from textual.widgets import Input

from modelops_tui.present.terminal import visible
from modelops_tui.tui.widgets.lines import TwoSides
from modelops_tui.tui.widgets.safe_inputs import SafeInput

MASK = "●●●●"
REVEAL_SECONDS = 15
TICK = 0.25


def seconds() -> float:
    """Seconds that pass while the machine sleeps too, where the system counts them."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class Secret:
    """A text that is not told by accident: only `text` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def text(self) -> str:
        """The secret in clear."""
        return self._text

    def __repr__(self) -> str:
        return MASK


class SecretInput(SafeInput):
    """A line that takes a secret and shows dots; Enter tells that it is there, never what it is."""

    class Entered(Message):
        """Enter was pressed."""

    def __init__(self, placeholder: str = "", *, lines: bool = False, id: str | None = None) -> None:
        """`lines` lets a pasted text keep its line breaks."""
        super().__init__(placeholder=placeholder, password=True, id=id)
        self.lines = lines

    @property
    def _value(self) -> Text:
        return Text("•" * len(self.value), no_wrap=True, overflow="ignore", end="")

    def post_message(self, message: Message) -> bool:
        """Lets no message out that carries the value."""
        if isinstance(message, Input.Changed | Input.Submitted | Input.Blurred):
            return False
        return super().post_message(message)

    async def action_submit(self) -> None:
        """Tells that Enter was pressed."""
        self.post_message(self.Entered())

    def action_copy(self) -> None:
        """Copies nothing."""

    def action_cut(self) -> None:
        """Takes the selection away and copies nothing."""
        self.delete_selection()

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = event.text if self.lines else (event.text.splitlines() or [""])[0]
        start, end = self.selection
        self.replace(text, start, end)

    def take(self) -> str:
        """Gives the value and keeps it no more."""
        value = self.value
        self.value = ""
        return value


def broken(text: str, width: int) -> list[str]:
    """Every sign of a text in rows of at most `width` cells; blanks stay where they are."""
    rows: list[str] = []
    for part in visible(text, multiline=True).split("\n"):
        row, used = "", 0
        for sign in part:
            size = cell_len(sign)
            if used + size > width and row:
                rows.append(row)
                row, used = "", 0
            row, used = row + sign, used + size
        rows.append(row)
    return rows


class SecretView(ScrollView, can_focus=True):
    """Shows a secret as plain text that cannot be selected, or dots."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    SecretView { height: 1; background: $boost; color: $text-warning; padding: 0 1; scrollbar-size-vertical: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._secret: Secret | None = None
        self._broken = Secret("")
        self._masked = False

    @property
    def shows(self) -> bool:
        """Whether a secret can be read here."""
        return self._secret is not None and not self._masked

    def put(self, secret: Secret) -> None:
        """Shows a secret, on a third of the screen at most."""
        self._secret, self._masked = secret, False
        self._lay()
        self.scroll_to(0, 0, animate=False, force=True)

    def mask(self, masked: bool) -> None:
        """Shows dots instead, or the secret again."""
        self._masked = masked
        self.refresh()

    def forget(self) -> None:
        """Shows it no more and keeps it no more."""
        self._secret, self._broken = None, Secret("")
        self.virtual_size = Size(0, 1)
        self.refresh()

    def _rows(self) -> list[str]:
        if self._secret is None or self._masked:
            return [MASK]
        return self._broken.text().split("\n")

    def _lay(self) -> None:
        if self._secret is not None:
            # Once for a width, and not for every row that is painted: a secret may be long.
            width = max(4, (self.size.width or self.screen.size.width) - 3)
            self._broken = Secret("\n".join(broken(self._secret.text(), width)))
        count = len(self._rows())
        self.styles.height = max(1, min(count, self.screen.size.height // 3))
        self.virtual_size = Size(0, count)
        self.refresh()

    def on_resize(self) -> None:
        """Breaks the lines for the new width."""
        if self._secret is not None:
            self._lay()

    def render_line(self, y: int) -> Strip:
        """Paints one row."""
        rows, place = self._rows(), self.scroll_offset.y + y
        text = rows[place] if place < len(rows) else ""
        return Strip([Segment(text, self.rich_style)]).crop_extend(0, self.size.width, self.rich_style)


class RevealBox(Vertical):
    """One secret for some seconds, with a countdown; then it is hidden and forgotten."""

    DEFAULT_CSS: ClassVar[str] = "RevealBox { height: auto; display: none; } RevealBox.-open { display: block; }"

    def __init__(self) -> None:
        super().__init__()
        self.place = ""
        self.head = TwoSides()
        self.view = SecretView()
        self._until = 0.0
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """What it is and for how long, and the secret."""
        yield self.head
        yield self.view

    def on_mount(self) -> None:
        """Makes the clock, which stands still while nothing is shown."""
        self._timer = self.set_interval(TICK, self._tick, pause=True)

    def put(self, place: str, secret: Secret) -> None:
        """Shows the secret of `place` from now on for REVEAL_SECONDS."""
        self.place, self._until = place, seconds() + REVEAL_SECONDS
        self.view.put(secret)
        self.add_class("-open")
        self._tick()
        if self._timer is not None:
            self._timer.resume()

    def forget(self) -> None:
        """Hides and forgets it at once."""
        self.view.forget()
        if self.place and self.view.has_focus:
            self.screen.focus_previous()
        self.place = ""
        self.remove_class("-open")
        if self._timer is not None:
            self._timer.pause()

    def _tick(self) -> None:
        left = self._until - seconds()
        if left <= 0:
            self.forget()
        else:
            self.head.show(self.place, f"hidden again in {int(left) + 1 if left % 1 else int(left)} s")
