"""Something to read in front of the records: help, a comparison. Esc leaves it; nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static, TextArea

from modelops_tui.present.terminal import visible
from modelops_tui.tui.keys import FILTER_HELP
from modelops_tui.tui.sheet import Piece, SheetLine, blank, line, named, text_lines, title
from modelops_tui.tui.widgets.sheet_view import SheetView


class Reading(ModalScreen[tuple[str, str] | None]):
    """Shows lines; gives where a followed line leads, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "leave")]

    def __init__(self, heading: str, lines: Sequence[SheetLine]) -> None:
        super().__init__()
        self.heading = heading
        self.lines = lines

    def compose(self) -> ComposeResult:
        """The heading and the lines."""
        with Vertical(classes="dialog reading"):
            yield Static(Text(visible(self.heading)), classes="dialog-title")
            yield SheetView(self.lines, at_target=True)
            yield Static(Text("Esc leaves"), classes="dialog-foot")

    def action_leave(self) -> None:
        """Leads nowhere."""
        self.dismiss(None)

    @on(SheetView.Followed)
    def _followed(self, event: SheetView.Followed) -> None:
        event.stop()
        self.dismiss((event.kind, event.id))


def help_lines(screen: Screen[Any], about: str) -> list[SheetLine]:
    """The keys that work on a screen now, then those of the text that is typed into, then how to filter."""
    here: dict[str, tuple[str, str]] = {}
    typing: dict[str, tuple[str, str]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.system or not binding.description:
            continue
        keys = typing if isinstance(active.node, Input | TextArea) else here
        display = screen.app.get_key_display(binding)
        known = keys.get(binding.action)
        if known is None:
            keys[binding.action] = (display, binding.description)
        elif display not in known[0].split():
            keys[binding.action] = (f"{known[0]} {display}", known[1])
    lines = [line(Piece(about, "dim")), blank(), title("keys here"), *_key_lines(here)]
    if typing:
        lines += [blank(), title("while typing"), *_key_lines(typing)]
    if "filter" not in here:
        return lines
    lines += [blank(), title("mouse")]
    lines.append(line("A click selects, two open, a title sorts, the sign before a row marks it.", hang=2))
    return [*lines, blank(), title("filter ( / )"), *text_lines(FILTER_HELP)]


def _key_lines(keys: dict[str, tuple[str, str]]) -> list[SheetLine]:
    return [named(display, says, width=18) for display, says in keys.values()]
