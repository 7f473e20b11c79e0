"""Strict JSON and JSON Lines with line numbers. It takes no name twice, no NaN, and nothing beyond the last value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from modelops_tui.errors import Invalid
from modelops_tui.present.notation import check_size

_BLANK = re.compile(r"[ \t\r\n]*")


class _Twice(ValueError):
    pass


class _Place:
    """A place in a text that only moves on, so that lines are counted once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1

    def move(self, to: int) -> str:
        """Goes to the first sign that is not blank from `to` on, and gives it."""
        match = _BLANK.match(self.text, to)
        to = match.end() if match else to
        self.line += self.text.count("\n", self.at, to)
        self.at = to
        return self.text[to : to + 1]


def read_values(text: str, name: str) -> Iterator[tuple[int, Any]]:
    """The items of one JSON list, or the JSON values that follow each other, each with its line.

    Raises Invalid with the line of a mistake.
    """
    place = _Place(text)
    if place.move(0) == "[":
        yield from _items(place, name)
        return
    while place.at < len(text):
        value, end = _value(place, name)
        yield place.line, value
        place.move(end)


def _items(place: _Place, name: str) -> Iterator[tuple[int, Any]]:
    sign = place.move(place.at + 1)
    while sign != "]":
        value, end = _value(place, name)
        yield place.line, value
        sign = place.move(end)
        if sign == ",":
            sign = place.move(place.at + 1)
            if sign == "]":
                raise Invalid(f"{name}, line {place.line}: a value is missing after the comma.")
        elif sign != "]":
            raise Invalid(f"{name}, line {place.line}: a comma or ] is missing.")
    if place.move(place.at + 1):
        raise Invalid(f"{name}, line {place.line}: there is more text after the list.")


def _value(place: _Place, name: str) -> tuple[Any, int]:
    where = f"{name}, line {place.line}"
    try:
        value, end = _DECODER.raw_decode(place.text, place.at)
    except json.JSONDecodeError as error:
        if error.lineno > place.line and place.text.startswith("{", error.pos) and error.colno == 1:
            # In JSON Lines each line begins a value of its own: the one before is what is torn.
            raise Invalid(f"{where}: this value is not whole; another begins before its end.") from error
        raise Invalid(f"{name}, line {error.lineno}: this is no JSON: {error.msg}.") from error
    except RecursionError as error:
        raise Invalid(f"{where}: the document is nested too deeply.") from error
    except ValueError as error:
        raise Invalid(f"{where}: {error}") from error
    check_size(value, name, place.line)
    return value, end


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise _Twice(f"the name {twice!r} is there twice.")
    return values


def _no_constant(word: str) -> Any:
    raise _Twice(f"{word} is not a JSON value.")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
