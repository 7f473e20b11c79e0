"""The fields and values an expression names, checked. It never asks a clock for the time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from modelops_tui.entities.expression_compare import read_instant
from modelops_tui.entities.expression_tokens import Token, mistake, shown
from modelops_tui.entities.expression_tree import (
    Comparison,
    FieldPath,
    Listing,
    Literal,
    Operand,
    Path,
    Value,
    written_path,
)
from modelops_tui.entities.spans import read_span
from modelops_tui.errors import NotFound, WrongUse

AGO_HINT = 'For example ago("7d"); the units are s, m, h, d and w.'
_MEMBERSHIP = {"==": "in", "!=": "not in"}
_MEMBER = ("in", "not in")
_SAME = (*_MEMBERSHIP, *_MEMBER)
_INDEX = re.compile(r"\[-?[0-9]+\]")


class FieldNames(Protocol):
    """What the parser asks about fields; list places like `[0]` are left out of the paths."""

    def knows(self, path: FieldPath) -> bool | None:
        """Whether there is such a field; None inside a free map, where any name goes."""

    def near(self, path: FieldPath) -> list[str]:
        """Dotted names that may have been meant; the nearest are picked here."""

    def is_time(self, path: FieldPath) -> bool:
        """Whether the field holds points in time."""

    def ids(self, path: FieldPath, key: str) -> Sequence[str] | None:
        """The ids that a key means where the field points at documents; None for any other field.

        Raises NotFound, with near keys as its hint, for a key of nothing.
        """


class Operands:
    """Makes checked operands out of the words of one text."""

    def __init__(self, text: str, fields: FieldNames, now: datetime | None) -> None:
        self._text, self._fields = text, fields
        self._now = now.replace(tzinfo=UTC) if now and now.tzinfo is None else now

    def path(self, token: Token) -> Path:
        """The field `token` names; raises WrongUse with the nearest names if there is none."""
        names = _names(token.value)
        if self._fields.knows(names) is not False:
            return Path(token.value)
        says = f"There is no field {shown(written_path(names))}."
        hint = self._near(names)
        raise mistake(self._text, token.start, token.end, says, hint)

    def literal(self, first: Token, value: Value, end: int) -> Literal:
        """The value written from `first` up to the character `end`."""
        return Literal(value, self._text[first.start : end], first.start)

    def ago(self, span: Token) -> datetime:
        """The instant that lies the span before now; raises WrongUse if it cannot be known."""
        seconds = read_span(span.value)
        if seconds is None:
            raise self._wrong(span, "This is not a span of time.", AGO_HINT)
        if self._now is None:
            raise self._wrong(span, "The present time is not known here.", "Write a date instead.")
        try:
            return self._now - timedelta(seconds=seconds)
        except OverflowError as problem:
            raise self._wrong(span, "This lies before all time.", AGO_HINT) from problem

    def comparison(self, left: Path | Literal, sign: str, right: Operand) -> Comparison:
        """The comparison: keys stand for ids where a side is a reference, texts for instants where it is a time."""
        if sign in _SAME and isinstance(left, Literal) and isinstance(right, Path) and "in" not in sign:
            left, right = right, left
        if sign in _SAME and isinstance(left, Path) and not isinstance(right, Path):
            sign, right = self._pointed(left, sign, right)
        elif sign in _MEMBER and isinstance(left, Literal) and isinstance(right, Path):
            (left,) = self._meant(right, left, 1)
        return self._timed(left, sign, right)

    def _pointed(self, path: Path, sign: str, right: Literal | Listing) -> tuple[str, Literal | Listing]:
        items = right.items if isinstance(right, Listing) else (right,)
        meant = tuple(one for item in items for one in self._meant(path, item))
        if isinstance(right, Literal) and len(meant) == 1 and isinstance(meant[0], Literal):
            return sign, meant[0]
        return (_MEMBERSHIP.get(sign, sign), Listing(meant)) if meant else (sign, right)

    def _meant(self, path: Path, item: Path | Literal, most: int = 0) -> tuple[Any, ...]:
        """The operand with the id that its key means; several where the key fits several documents."""
        if isinstance(item, Path) or not isinstance(item.value, str):
            return (item,)
        end = item.start + len(item.written)
        try:
            ids = self._fields.ids(_names(path.parts), item.value)
        except NotFound as unknown:
            raise mistake(self._text, item.start, end, unknown.says, unknown.hint) from unknown
        if most and ids is not None and len(ids) > most:
            raise mistake(self._text, item.start, end, f"This fits {len(ids)} documents.", "Write the id of one.")
        return (item,) if ids is None else tuple(item._replace(value=id) for id in ids)

    def _timed(self, left: Path | Literal, sign: str, right: Operand) -> Comparison:
        items = right.items if isinstance(right, Listing) else (right,)
        if not any(self._is_time(operand) for operand in (left, *items)):
            return Comparison(left, sign, right, instants=False)
        moments = tuple(self._instant(item) for item in items)
        side: Operand = Listing(moments) if isinstance(right, Listing) else moments[0]
        return Comparison(self._instant(left), sign, side, instants=True)

    def _is_time(self, operand: Path | Literal) -> bool:
        if isinstance(operand, Path):
            return self._fields.is_time(_names(operand.parts))
        return isinstance(operand.value, datetime)

    def _instant(self, operand: Path | Literal) -> Path | Literal:
        if isinstance(operand, Path) or not isinstance(operand.value, str):
            return operand
        moment = read_instant(operand.value)
        if moment is None:
            end = operand.start + len(operand.written)
            hint = 'For example "2026-01-31", "2026-01-31T09:30Z" or ago("7d").'
            raise mistake(self._text, operand.start, end, "This is not a date or time.", hint)
        return operand._replace(value=moment)

    def _near(self, names: FieldPath) -> str:
        from difflib import get_close_matches

        known = list(dict.fromkeys(self._fields.near(names)))
        near = get_close_matches(".".join(names), known, n=3, cutoff=0.5)
        if near:
            return f"Did you mean {' or '.join(near)}?"
        return f'To mean text, write "{shown(names[0])}" in quotes.' if len(names) == 1 else ""

    def _wrong(self, token: Token, says: str, hint: str) -> WrongUse:
        return mistake(self._text, token.start, token.end, says, hint)


def _names(parts: FieldPath) -> FieldPath:
    return tuple(part for part in parts if not _INDEX.fullmatch(part))
