"""Columns, widths, remembered rows and lines of a list too long to hold.

It knows no screen and never asks for cells by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Literal, Protocol

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from modelops_tui.tui.terminal_text import safe

GAP = 2
"""Cells between two columns."""

WIDEST = 60
"""Cells a column asks for at most, however long its texts; spare room is shared out by weight."""

_SORT_SIGN = 2
_REMEMBERED = 256


class RowSource(Protocol):
    """Rows by position; an `index_of(identity) -> int | None` beside these spares a search."""

    def __len__(self) -> int:
        """Return how many rows there are."""
        ...

    def cells(self, index: int) -> Sequence[str]:
        """Return the plain texts of a row, one a column."""
        ...

    def identity(self, index: int) -> str:
        """Return what stays the same when the row moves."""
        ...

    def style(self, index: int, column: str) -> str:
        """Return "", "good", "bad", "busy" or "dim"."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `minimum` in cells, `weight` its share of spare room (0: none)."""

    name: str
    title: str
    align: Literal["left", "right"] = "left"
    minimum: int = 4
    weight: int = 0


Columns = tuple[Column, ...]


class NoRows:
    """The source before there is one."""

    def __len__(self) -> int:
        return 0

    def cells(self, index: int) -> Sequence[str]:
        """Refuse: there are no rows."""
        raise IndexError(index)

    def identity(self, index: int) -> str:
        """Refuse: there are no rows."""
        raise IndexError(index)

    def style(self, index: int, column: str) -> str:  # noqa: ARG002
        """Refuse: there are no rows."""
        raise IndexError(index)


class RememberedRows:
    """The cells of the 256 rows last asked for, the longest unused forgotten first."""

    def __init__(self, source: RowSource) -> None:
        self._source = source
        self._rows: dict[int, Sequence[str]] = {}

    def cells(self, index: int) -> Sequence[str]:
        """Return the plain texts of a row, asking the source only when they are not remembered."""
        row = self._rows.pop(index, None)
        if row is None:
            row = tuple(self._source.cells(index))
            if len(self._rows) >= _REMEMBERED:
                del self._rows[next(iter(self._rows))]
        self._rows[index] = row
        return row

    def forget(self) -> None:
        """Forget every row, because the source changed."""
        self._rows.clear()


def natural_widths(columns: Columns, rows: Iterable[Sequence[str]]) -> tuple[int, ...]:
    """Return the cells each column would like for its title, a sort sign and these rows."""
    widths = [max(column.minimum, cell_len(safe(column.title)) + _SORT_SIGN) for column in columns]
    for row in rows:
        for place, cell in enumerate(row[: len(widths)]):
            widths[place] = max(widths[place], cell_len(safe(cell, WIDEST)))
    return tuple(widths)


def fitted_widths(columns: Columns, natural: Sequence[int], room: int) -> tuple[int, ...]:
    """Return widths that fill `room` cells, gaps not counted.

    Weighted columns give up cells first, always the widest of them; when even the minimums do not
    fit, every column keeps its own width and the line is longer than the room.
    """
    spare = room - sum(natural)
    if spare >= 0:
        return _grown(columns, natural, spare)
    if sum(column.minimum for column in columns) > room:
        return tuple(min(width, max(room, column.minimum)) for column, width in zip(columns, natural, strict=False))
    widths = list(natural)
    for group in (
        [place for place, column in enumerate(columns) if column.weight],
        list(range(len(columns))),
    ):
        while spare < 0:
            wider = [place for place in group if widths[place] > columns[place].minimum]
            if not wider:
                break
            widths[max(wider, key=widths.__getitem__)] -= 1
            spare += 1
    return tuple(widths)


def _grown(columns: Columns, natural: Sequence[int], spare: int) -> tuple[int, ...]:
    shares = sum(column.weight for column in columns)
    widths = list(natural)
    for place, column in enumerate(columns):
        if column.weight:
            share = spare * column.weight // shares
            widths[place] += share
            spare -= share
            shares -= column.weight
    return tuple(widths)


def find_row(source: RowSource, identity: str) -> int | None:
    """Return where a row is now, or None; without `index_of` it reads identities one by one."""
    index_of = getattr(source, "index_of", None)
    if index_of is not None:
        found: int | None = index_of(identity)
        return found
    for index in range(len(source)):
        if source.identity(index) == identity:
            return index
    return None


def laid_out(columns: Columns, widths: Sequence[int], texts: Sequence[tuple[str, Style]], style: Style) -> Strip:
    """Put texts, each already of at most its column's cells, into their columns as one line."""
    pieces: list[tuple[str, Style]] = []
    for place, (column, room, (text, own)) in enumerate(zip(columns, widths, texts, strict=False)):
        blank = " " * (room - cell_len(text))
        gap = " " * GAP if place else ""
        if column.align == "right":
            pieces += [(gap + blank, style), (text, own)]
        else:
            pieces += [(gap, style), (text, own), (blank, style)]
    return Strip(_joined(pieces))


def centred_line(text: str, line: int, area: Size, style: Style) -> Strip:
    """Return one line of an area that holds only `text`, wrapped and in the middle."""
    lines = wrap(text, max(1, area.width - 2))[: max(1, area.height)]
    place = line - (area.height - len(lines)) // 2
    shown = safe(lines[place], area.width) if 0 <= place < len(lines) else ""
    left = (area.width - cell_len(shown)) // 2
    right = area.width - left - cell_len(shown)
    return Strip([Segment(" " * left + shown + " " * right, style)], area.width)


def _joined(pieces: Iterable[tuple[str, Style]]) -> list[Segment]:
    """Make neighbours of one style one segment: each costs some forty bytes to the terminal."""
    segments: list[Segment] = []
    text, style = "", None
    for piece, own in pieces:
        if own is not style and text:
            segments.append(Segment(text, style))
            text = ""
        if piece:
            text, style = text + piece, own
    if text:
        segments.append(Segment(text, style))
    return segments
