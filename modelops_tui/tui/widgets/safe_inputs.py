"""Inputs that show what their text holds instead of obeying it. The text itself is never changed by showing it."""

from __future__ import annotations

import re

from rich.text import Text
from textual.widgets import Input, TextArea

from modelops_tui.present.terminal import visible


def stand_ins(text: str) -> str:
    """The text with one sign for each character that a terminal would obey, so that places stay the same."""
    if text.isprintable() and text.isascii():
        return text
    return "".join(_sign(character) for character in text)


def _sign(character: str) -> str:
    shown = visible(character)
    return shown if len(shown) == 1 else "�"


class SafeInput(Input):
    """A line of text that may come from anywhere."""

    DEFAULT_CSS = """
    SafeInput { height: 1; border: none; padding: 0 1; background: $boost; }
    SafeInput:focus { border: none; background: $primary-muted; }
    """

    @property
    def _value(self) -> Text:
        return Text(stand_ins(self.value), no_wrap=True, overflow="ignore", end="")


class SafeTextArea(TextArea):
    """Text of many lines that may come from anywhere."""

    DEFAULT_CSS = """
    SafeTextArea { height: auto; min-height: 3; max-height: 10; border: none; padding: 0 1; background: $boost; }
    SafeTextArea:focus { border: none; background: $primary-muted; }
    """

    def get_line(self, line_index: int) -> Text:
        """A line as it is painted."""
        return Text(stand_ins(self.document.get_line(line_index)), end="", no_wrap=True)


LINE_BREAK = re.compile(r"\r\n|\r|\n")
