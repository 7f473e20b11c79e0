"""The line in which a filter is typed, and what is wrong with it. It filters nothing itself."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from modelops_tui.present.terminal import visible
from modelops_tui.tui.widgets.safe_inputs import SafeInput


class FilterBar(Vertical):
    """Folded away until it is asked for or holds something."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "no filter"),
        Binding("down,enter", "leave", "to the records"),
    ]

    DEFAULT_CSS = """
    FilterBar {
        height: auto;
        display: none;
        background: $surface;
        & > Static { height: auto; max-height: 5; color: $text-error; padding: 0 1; display: none; }
        & > Static.-wrong { display: block; }
    }
    FilterBar.-open { display: block; }
    """

    class Typed(Message):
        """The filter is now `text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The person goes on to the records."""

    def __init__(self) -> None:
        super().__init__()
        self.input = SafeInput(placeholder='words, or an expression such as state == "RUNNING"')
        self.below = Static("")

    def compose(self) -> ComposeResult:
        """The input and room for what is wrong."""
        yield self.input
        yield self.below

    def open(self) -> None:
        """Shows the line and takes the keys."""
        self.add_class("-open")
        # At once: the letters that are typed next belong here.
        self.screen.set_focus(self.input)

    def put(self, text: str) -> None:
        """Shows another filter without telling anybody."""
        with self.input.prevent(Input.Changed):
            self.input.value = text
        self.set_class(bool(text), "-open")
        self.show_mistake("")

    def show_mistake(self, says: str) -> None:
        """Says what is wrong with the filter, "" for nothing."""
        below = self.below
        below.set_class(bool(says), "-wrong")
        below.update(Text("✗ " + visible(says, multiline=True), no_wrap=True) if says else "")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_leave()

    def action_leave(self) -> None:
        """Keeps the filter and goes on to the records."""
        self.set_class(bool(self.input.value), "-open")
        self.post_message(self.Left())

    def action_clear(self) -> None:
        """Drops the filter."""
        self.put("")
        self.post_message(self.Typed(""))
        self.post_message(self.Left())
