"""Lines for reading: pieces of text with a tone, some of which lead to a document. It knows no widget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from modelops_tui.present.terminal import visible

LONGEST_TEXT = 40_000
MOST_ROWS = 20_000


class Piece(NamedTuple):
    """Text in one tone: "", title, name, good, bad, busy, dim or link."""

    text: str
    tone: str = ""


class SheetLine(NamedTuple):
    """One line; `target` is the (kind name, id) it leads to; a line too wide goes on `hang` cells in."""

    pieces: tuple[Piece, ...]
    target: tuple[str, str] | None = None
    hang: int = 0


class Row(NamedTuple):
    """One line of the screen: which sheet line it is of, and its pieces, safe to paint."""

    line: int
    pieces: tuple[Piece, ...]


def line(*pieces: Piece | str, target: tuple[str, str] | None = None, hang: int = 0) -> SheetLine:
    """A line of pieces; plain strings have no tone."""
    made = tuple(piece if isinstance(piece, Piece) else Piece(piece) for piece in pieces)
    return SheetLine(made, target, hang)


def blank() -> SheetLine:
    """An empty line."""
    return SheetLine(())


def title(text: str) -> SheetLine:
    """A line that heads others."""
    return line(Piece(text, "title"))


def named(name: str, *pieces: Piece | str, width: int, target: tuple[str, str] | None = None) -> SheetLine:
    """A name, then what it is, in a column of its own."""
    label = visible(name)
    room = max(1, width - cell_len(label))
    return line(Piece(label + " " * room, "name"), *pieces, target=target, hang=width)


def text_lines(text: str, indent: int = 0) -> list[SheetLine]:
    """Text of many lines, a sheet line each; a very long one is cut and says so."""
    shown = text[:LONGEST_TEXT]
    lines = [line(" " * indent + part, hang=indent) for part in visible(shown, multiline=True).split("\n")]
    if len(text) > LONGEST_TEXT:
        lines.append(line(Piece(f"… {len(text) - LONGEST_TEXT:,} more characters", "dim"), hang=indent))
    return lines


def laid_rows(lines: Sequence[SheetLine], width: int) -> list[Row]:
    """The lines as rows of at most `width` cells, broken at blanks where there are any."""
    rows: list[Row] = []
    for number, item in enumerate(lines):
        rows.extend(Row(number, pieces) for pieces in _broken(item, max(8, width)))
        if len(rows) > MOST_ROWS:
            more = Piece(f"… {len(lines) - number - 1:,} more lines", "dim")
            return [*rows[:MOST_ROWS], Row(number, (more,))]
    return rows


def _broken(item: SheetLine, width: int) -> Iterable[tuple[Piece, ...]]:
    hang = min(item.hang, width // 2)
    row: list[Piece] = []
    used = 0
    for text, tone in item.pieces:
        rest = visible(text)
        while rest:
            room = width - used
            part, rest = _cut(rest, room, wide=used > hang)
            if part:
                row.append(Piece(part, tone))
                used += cell_len(part)
            if rest:
                yield tuple(row)
                row, used = [Piece(" " * hang)], hang
                rest = rest.lstrip(" ")
    yield tuple(row)


def _cut(text: str, room: int, *, wide: bool) -> tuple[str, str]:
    """The part of `text` that fits into `room` cells, and the rest; `wide` allows it to begin on the next row."""
    if cell_len(text) <= room:
        return text, ""
    end = used = 0
    for sign in text:
        used += cell_len(sign)
        if used > room:
            break
        end += 1
    space = text.rfind(" ", 0, end + 1)
    if space > 0:
        return text[:space], text[space:]
    if wide and " " not in text[:end] and end < 16:
        return "", text
    return (text[:end], text[end:]) if end else (text[:1], text[1:])
