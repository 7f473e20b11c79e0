"""The one door through which data reaches the screen as text.

It never lets an escape sequence or markup act.
"""

from __future__ import annotations

from rich.cells import cell_len

from modelops_tui.present.terminal import fit, visible


def safe(text: str, width: int | None = None) -> str:
    """Return `text` on one line with nothing a terminal obeys, clipped to `width` cells if given.

    Cells are counted as Textual counts them, so that what is painted and what is planned agree.
    """
    return visible(text) if width is None else fit(text, width, cell_len)
