"""Tables as lines of text, drawn by ourselves because a library for it costs more than the command. It never prints."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from modelops_tui.present.cells import Cell, Column
from modelops_tui.present.terminal import cell_width, fit

GAP = 2
NARROWEST = 6
COLOURS = {"good": "32", "bad": "31", "busy": "36", "dim": "2", "head": "1"}

# Letters of western Europe and the signs that we write ourselves take one cell each; to know that needs no tables.
_NARROW = re.compile("[ -~\u00a1-\u00ac\u00ae-\u02ff–…→−⏎⇥\u2400-\u2421]*")


def cells_of(text: str) -> int:
    """Cells that safe text takes; most texts are measured without loading the tables of all signs."""
    return len(text) if text.isascii() or _NARROW.fullmatch(text) else cell_width(text)


def painted(text: str, tone: str, colours: bool) -> str:
    """The text in the colour of its tone, where colours are wanted."""
    code = COLOURS.get(tone) if colours else None
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def table_lines(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    width: int | None = None,
    *,
    colours: bool = False,
) -> Iterator[str]:
    """The lines of a table with a head; with `width` (cells) the widest columns give way until it fits."""
    natural = [
        max(cells_of(column.title), *(cells_of(row[place].text) for row in rows), 1) if rows else cells_of(column.title)
        for place, column in enumerate(columns)
    ]
    widths = natural if width is None else _fitting(natural, width)
    head = [Cell(column.title, "head") for column in columns]
    for row in (head, *rows):
        yield _line(columns, row, widths, colours)


def _line(columns: Sequence[Column], row: Sequence[Cell], widths: Sequence[int], colours: bool) -> str:
    parts = []
    last = len(columns) - 1
    for place, (column, cell, width) in enumerate(zip(columns, row, widths, strict=True)):
        text = fit(cell.text, width, cells_of)
        blank = " " * (width - cells_of(text))
        shown = painted(text, cell.tone, colours)
        if column.align == "right":
            parts.append(blank + shown)
        else:
            parts.append(shown if place == last else shown + blank)
    return (" " * GAP).join(parts).rstrip()


def _fitting(natural: Sequence[int], width: int) -> list[int]:
    widths = list(natural)
    room = width - GAP * (len(widths) - 1)
    while sum(widths) > room:
        # The first column is the key, which people copy: it gives way last.
        others = range(1, len(widths)) if any(size > NARROWEST for size in widths[1:]) else (0,)
        widest = max(others, key=lambda place: widths[place])
        second = max((widths[place] for place in others if place != widest), default=NARROWEST)
        target = max(NARROWEST, min(second, widths[widest] - 1))
        excess = sum(widths) - room
        smaller = max(target, widths[widest] - excess)
        if smaller >= widths[widest]:
            smaller = widths[widest] - 1
        if smaller < NARROWEST:
            return widths
        widths[widest] = smaller
    return widths
