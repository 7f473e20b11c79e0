"""The words of a `--where` expression, each with its place. It never asks what a field means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from modelops_tui.errors import WrongUse

LONGEST_TEXT = 4_000
_WINDOW = 60

KEYWORDS = frozenset({"and", "or", "not", "in", "like", "true", "false", "null"})
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\", "/": "/"}
_SPACE = re.compile(r"\s+")
_NAME = re.compile(r"[^\W\d][\w-]*")
_PART = re.compile(r"[\w-]+")
_INDEX = re.compile(r"\[-?[0-9]+\]")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SYMBOL = re.compile(r"==|!=|<=|>=|[<>~()\[\],]")
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ADVICE = {
    "=": "Equality is written ==.",
    "!": "Write != for unequal, or the word not.",
    "&": "Write the word and.",
    "|": "Write the word or.",
    "“": 'Use straight quotes: "text".',
    "”": 'Use straight quotes: "text".',
}


class Token(NamedTuple):
    """One word: its sort (`path`, `text`, `number`, `word`, `symbol`, `end`), value and place."""

    sort: str
    value: Any
    start: int
    end: int


def mistake(text: str, start: int, end: int, says: str, hint: str = "") -> WrongUse:
    """The failure that points at characters `start` to `end` of `text` with a line of carets."""
    first = max(0, min(start, len(text)) - _WINDOW)
    before, within = text[first:start], text[start : min(end, start + _WINDOW)]
    after = text[start + len(within) : start + len(within) + _WINDOW]
    lead = "…" if first else ""
    tail = "…" if start + len(within) + len(after) < len(text) else ""
    line = lead + shown(before) + shown(within) + shown(after) + tail
    caret = " " * _cells(lead + shown(before)) + "^" * max(1, _cells(shown(within)))
    return WrongUse(f"{shown(says)}\n  {line}\n  {caret}", hint)


def shown(text: str) -> str:
    """`text` on one line, with what a terminal would obey replaced by a dot."""
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "·" for letter in text)


def tokens(text: str) -> list[Token]:
    """The words of `text`, the last one of sort `end`; raises WrongUse where none can be read."""
    if len(text) > LONGEST_TEXT:
        raise WrongUse(
            f"The expression has {len(text):,} characters; at most {LONGEST_TEXT:,} are read.",
            "Split it, or filter the output of a simpler one.",
        )
    for place, letter in enumerate(text):
        if "\ud800" <= letter <= "\udfff":
            raise mistake(text, place, place + 1, "The expression holds a broken character.")
    return list(_read(text))


def _read(text: str) -> Iterator[Token]:
    at = 0
    while True:
        if space := _SPACE.match(text, at):
            at = space.end()
        if at >= len(text):
            yield Token("end", None, len(text), len(text))
            return
        token = _next(text, at)
        yield token
        at = token.end


def _next(text: str, at: int) -> Token:
    if text[at] in "\"'":
        value, end = _quoted(text, at)
        return Token("text", value, at, end)
    if number := _NUMBER.match(text, at):
        return _number(text, number)
    if name := _NAME.match(text, at):
        return _path_or_word(text, name)
    if symbol := _SYMBOL.match(text, at):
        return Token("symbol", symbol.group(), at, symbol.end())
    says = f"{shown(text[at])} has no meaning here."
    raise mistake(text, at, at + 1, says, _ADVICE.get(text[at], ""))


def _number(text: str, found: re.Match[str]) -> Token:
    start, end, written = found.start(), found.end(), found.group()
    if stuck := re.compile(r"[\w.]+").match(text, end):
        raise mistake(text, start, stuck.end(), "This is not a number.", "Quote it to mean text.")
    value = float(written) if any(sign in written for sign in ".eE") else int(written)
    if value in (float("inf"), float("-inf")):
        raise mistake(text, start, end, "This number is too large.")
    return Token("number", value, start, end)


def _path_or_word(text: str, name: re.Match[str]) -> Token:
    at = name.end()
    if name.group().lower() in KEYWORDS:
        return Token("word", name.group().lower(), name.start(), at)
    parts = [name.group()]
    while True:
        if index := _INDEX.match(text, at):
            parts.append(index.group())
            at = index.end()
        elif text[at : at + 1] == ".":
            part, at = _part(text, at + 1)
            parts.append(part)
        else:
            return Token("path", tuple(parts), name.start(), at)


def _part(text: str, at: int) -> tuple[str, int]:
    if text[at : at + 1] in ('"', "'"):
        return _quoted(text, at)
    if part := _PART.match(text, at):
        return part.group(), part.end()
    raise mistake(text, at, at + 1, "A name is missing after the dot.")


def _quoted(text: str, start: int) -> tuple[str, int]:
    """The text between the quote at `start` and its partner, and the place after that one."""
    quote, at = text[start], start + 1
    letters: list[str] = []
    while at < len(text):
        if text[at] == quote:
            return "".join(letters), at + 1
        if text[at] == "\\":
            letter, at = _escape(text, at)
        else:
            letter, at = text[at], at + 1
        letters.append(letter)
    raise mistake(text, start, start + 1, "This quote is never closed.", f"Add a closing {quote}.")


def _escape(text: str, at: int) -> tuple[str, int]:
    found = _ESCAPED.match(text, at)
    if found is None:
        raise mistake(text, at, at + 1, "Nothing follows the backslash.")
    code, letter = found.groups()
    meant = chr(int(code, 16)) if code else _ESCAPES.get(letter)
    if meant is None or "\ud800" <= meant <= "\udfff":
        raise mistake(text, at, found.end(), "This escape has no meaning.", r"Write \\ for a backslash.")
    return meant, found.end()


def _cells(text: str) -> int:
    """How many terminal cells `text` takes, so that the caret stands under its mistake."""
    return sum(0 if unicodedata.combining(letter) else 2 if _wide(letter) else 1 for letter in text)


def _wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"
