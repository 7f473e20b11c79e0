"""The patterns of `like` and `~`. No pattern may ever hold the program up or eat its memory."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from time import perf_counter
from typing import Any

from modelops_tui.errors import WrongUse

LONGEST_MATCH = 0.25
LONGEST_RUN = 2.0
# Measured: the regex module takes 400 MB to prepare what unrolls to 60,000 pieces.
_MOST_PIECES = 10_000
_MOST_SHOWN = 60

_PIECES = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()+]|\{[^{}]*\}|.", re.DOTALL)


def glob(pattern: str) -> Callable[[str], bool]:
    """A test of whole texts against `*` and `?`, whatever the case, in linear tries."""
    first, *others = [_piece(part) for part in pattern.split("*")]
    if not others:
        return lambda text: first.fullmatch(text) is not None
    *middle, last = others
    ending = len(pattern.rsplit("*", 1)[1])

    def matches(text: str) -> bool:
        found = first.match(text)
        for piece in middle:
            # The leftmost fit of each piece leaves most room for the next: no way back is needed.
            if found is not None:
                found = piece.search(text, found.end())
        if found is None or len(text) - ending < found.end():
            return False
        return last.fullmatch(text, len(text) - ending) is not None

    return matches


def _piece(part: str) -> re.Pattern[str]:
    letters = ("." if letter == "?" else re.escape(letter) for letter in part)
    return re.compile("".join(letters), re.IGNORECASE | re.DOTALL)


class Search:
    """Searches of one evaluation run, which share 2 seconds; no single one takes over 0.25."""

    def __init__(self) -> None:
        self._left = LONGEST_RUN

    def for_pattern(self, pattern: str) -> Callable[[str], bool]:
        """A test whether the pattern occurs in a text; it raises WrongUse when time runs out."""
        search = prepared(pattern).search

        def found(text: str) -> bool:
            if self._left <= 0:
                raise _too_long(pattern)
            begun = perf_counter()
            try:
                return search(text, timeout=min(LONGEST_MATCH, self._left)) is not None
            except (TimeoutError, MemoryError) as problem:
                raise _too_long(pattern) from problem
            finally:
                self._left -= perf_counter() - begun

        return found


def prepared(pattern: str) -> Any:
    """The compiled pattern of the `regex` module; raises WrongUse when it is none."""
    import regex

    if _pieces(pattern) > _MOST_PIECES:
        raise WrongUse("The pattern repeats too much.", "Use smaller counts or fewer of them.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return regex.compile(pattern)
    except regex.error as problem:
        raise WrongUse(f"The pattern cannot be read: {problem}.") from problem
    except (RecursionError, MemoryError, OverflowError, ValueError) as problem:
        raise WrongUse("The pattern cannot be read: it is too involved.") from problem


def _pieces(pattern: str) -> int:
    """How many pieces the pattern has once its repetitions are written out, roughly."""
    sums, last = [0], 0
    for piece in _PIECES.findall(pattern):
        if piece == "(":
            sums[-1] += last
            last = 0
            sums.append(0)
        elif piece == ")" and len(sums) > 1:
            last = sums.pop() + last
        elif piece == "+":
            last *= 2
        elif piece.startswith("{"):
            counts = [int(count) for count in re.findall("[0-9]+", piece)[:2]]
            last *= max([0, *counts]) + 1
        else:
            sums[-1] += last
            last = 1
    return sum(sums) + last


def _too_long(pattern: str) -> WrongUse:
    short = pattern if len(pattern) <= _MOST_SHOWN else pattern[:_MOST_SHOWN] + "…"
    return WrongUse(
        f"The pattern {short!r} takes too long to search for.",
        "Make it simpler: avoid a repetition inside a repetition, or use like.",
    )
