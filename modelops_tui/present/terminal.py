"""Text as a terminal may safely show it, and how many cells it takes.

It never drops a character silently and never lets one through that a terminal obeys.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Measure = Callable[[str], int]
"""Cells that a text takes on the screen."""

ELLIPSIS = "…"

# More characters than this on one cell are marks piled up to hide something or to slow us down.
_CHARACTERS_PER_CELL = 16

_TAB_WIDTH = 4

_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_HIDDEN_EXCEPT_LINES = re.compile(_HIDDEN.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))


def _stand_in(found: re.Match[str]) -> str:
    character = found.group()
    code = ord(character)
    if character == "\n":
        return "⏎"
    if character == "\t":
        return "⇥"
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xD800 <= code <= 0xDFFF:
        return "�"
    return f"⟨U+{code:04X}⟩"


def visible(text: str, multiline: bool = False) -> str:
    """Return `text` with a sign for everything that a terminal would obey, reorder by or hide.

    Line ends become `⏎` and tabs `⇥`; with `multiline` line ends stay (as `\\n`) and tabs become
    spaces. A text that went through once is not changed by going through again.
    """
    if text.isprintable() and text.isascii():
        return text
    text = text.replace("\r\n", "\n")
    if not multiline:
        return _HIDDEN.sub(_stand_in, text)
    return _HIDDEN_EXCEPT_LINES.sub(_stand_in, text).expandtabs(_TAB_WIDTH)


def cell_width(text: str) -> int:
    """Return the cells that a text already made `visible` takes."""
    if text.isascii():
        return len(text)
    # Its tables cost more to load than a whole short command, and most texts never need them.
    from wcwidth import wcswidth, wcwidth

    # Measured behind a blank: there a mark that has no letter takes a cell of its own, at a beginning none.
    width: int = wcswidth(" " + text) - 1
    return width if width >= 0 else sum(max(0, wcwidth(character)) for character in text)


def fit(text: str, width: int, measure: Measure = cell_width) -> str:
    """Return `text` made visible and, over `width` cells, clipped with `…`; it is not padded."""
    if width <= 0:
        return ""
    longest = width * _CHARACTERS_PER_CELL
    shown = visible(text[: longest + 1])
    whole = len(text) <= longest
    if whole and (len(shown) if shown.isascii() else measure(shown)) <= width:
        return shown
    return _prefix(shown, width, measure) + ELLIPSIS


def _prefix(text: str, width: int, measure: Measure) -> str:
    if text.isascii():
        return text[: width - 1]
    end = taken = 0
    for character in text:
        taken += measure(character)
        if taken >= width:
            break
        end += 1
    # Joined characters can be wider together than one by one (an emoji presentation selector).
    while end and measure(text[:end] + ELLIPSIS) > width:
        end -= 1
    return text[:end]
