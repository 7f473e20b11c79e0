"""Texts side by side, or one below the other where there is no room, scrolled together. It decides nothing.

It paints plain text only, and never obeys what a text holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len

from modelops_tui.tui.sheet import Piece, Row, SheetLine, blank, laid_rows, line, text_lines, title
from modelops_tui.tui.widgets.sheet_view import SheetView

NARROWEST = 22
"""Cells that a text needs to stand beside others."""

BETWEEN = " │ "


class Side(NamedTuple):
    """One text and what stands above it; `signs` holds a sign for each of its lines, "" for none at all."""

    heading: str
    text: str
    signs: str = ""


class SidesView(SheetView):
    """Scrolls through two or three texts at once."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sides: Sequence[Side] = ()

    def show_sides(self, sides: Sequence[Side], *, from_top: bool = True) -> None:
        """Shows other texts, from the first line or from where one was reading."""
        self.sides = sides
        self.show([blank()], from_top=from_top)

    def lay(self, width: int) -> list[Row]:
        """The texts as rows of at most `width` cells."""
        if not self.sides:
            return super().lay(width)
        room = (width - len(BETWEEN) * (len(self.sides) - 1)) // len(self.sides)
        if room < NARROWEST:
            lines: list[SheetLine] = []
            for side in self.sides:
                lines += [title(side.heading), *_lines(side), blank()]
            return [Row(0, row.pieces) for row in laid_rows(lines, width)]
        heads = [[row.pieces for row in laid_rows([title(side.heading)], room)] for side in self.sides]
        highest = max(len(head) for head in heads)
        rule = (Piece("─" * room, "dim"),)
        columns = [
            [*head, *[()] * (highest - len(head)), rule, *(row.pieces for row in laid_rows(_lines(side), room))]
            for head, side in zip(heads, self.sides, strict=True)
        ]
        return [Row(0, _joined(cells, room)) for cells in zip_longest(*columns, fillvalue=())]


def _lines(side: Side) -> list[SheetLine]:
    found = text_lines(side.text)
    if not side.signs:
        return found
    signed = []
    for sign, item in zip_longest(side.signs, found, fillvalue=" "):
        if isinstance(item, SheetLine):
            tone = {"+": "good", "−": "bad"}.get(str(sign), "")
            signed.append(line(Piece(f"{sign} ", tone), *(Piece(piece.text, tone) for piece in item.pieces), hang=2))
    return signed


def _joined(cells: Sequence[tuple[Piece, ...]], room: int) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for place, cell in enumerate(cells):
        pieces += [Piece(BETWEEN, "dim")] if place else []
        used = sum(cell_len(piece.text) for piece in cell)
        pieces += [*cell, Piece(" " * max(0, room - used))]
    return tuple(pieces)


def signs_of(text: str, others: Sequence[str], sign: str) -> str:
    """The sign for each line of a text that one of the others lacks, a blank for the rest."""
    known = [set(other.split("\n")) for other in others]
    return "".join(sign if any(row not in lines for lines in known) else " " for row in text.split("\n"))
