"""A journal line of very many writes, decoded only as far as it is asked for. It never reads past its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from modelops_tui.store.codec import DecodeError, decode
from modelops_tui.store.journal import Record

LONG = 1 << 20
"""From so many bytes on it pays not to decode a whole line."""
_LIST = b'"writes":['
_NAMES = re.compile(rb'\{"kind":"([a-z-]+)","id":"([0-9a-f]{24})","rev":')
# It begins with what is rare, so that it is found as fast as plain bytes are.
_NEXT = re.compile(rb"\}," + _NAMES.pattern)


class LongLine:
    """One line of a journal between two places of its bytes; what it reads raises DecodeError where it is damaged."""

    def __init__(self, data: Any, start: int, end: int, count: int) -> None:
        """Takes the bytes and how many different ids the line writes; raises DecodeError."""
        self._data = data
        self._end = end
        self._count = count
        self._names: list[tuple[str, str, int]] | None = None
        # The parts before it hold a text each, in which a quote is never bare: the first is the list of the writes.
        place = data.find(_LIST, start, end)
        if place < 0:
            raise DecodeError("no writes", "", 0)
        self._list = place + len(_LIST)
        self._head: Record = decode(bytes(data[start:place]) + _LIST + b"]}")

    def head(self) -> Record:
        """The transaction without its writes: what stands before them, and the marks behind them."""
        return {**self._head, **self._ending(), "writes": []}

    def names(self) -> list[tuple[str, str, int]]:
        """The kind and id of each write, and where it begins."""
        if self._names is None:
            found = list(self._candidates())
            ids = {id for _, id, _ in found}
            # A transaction writes a document once: what is not so stands inside of a document, as if it were a write.
            sure = len({(kind, id) for kind, id, _ in found}) == len(found) and len(ids) == self._count
            self._names = found if sure else [(write["kind"], write["id"], start) for write, start in self._walk()]
        return self._names

    def _candidates(self) -> Iterator[tuple[str, str, int]]:
        first = _NAMES.match(self._data, self._list, self._end)
        if first:
            yield first[1].decode(), first[2].decode(), self._list
        for found in _NEXT.finditer(self._data, self._list, self._end):
            yield found[1].decode(), found[2].decode(), found.start() + len("},")

    def writes(self, start: int = 0) -> Iterator[Record]:
        """Every write, or those from the one on that begins at `start`, one decoded at a time."""
        return (write for write, _ in self._walk(start))

    def _walk(self, start: int = 0) -> Iterator[tuple[Record, int]]:
        start = start or self._list
        if self._data[start : start + 1] == b"]":
            return
        for following in _NEXT.finditer(self._data, start, self._end):
            # The true end of a write is where its JSON is whole.
            try:
                write = decode(bytes(self._data[start : following.start() + 1]))
            except DecodeError:
                continue
            yield write, start
            start = following.start() + len("},")
        yield self._rest(start)["writes"][0], start

    def _rest(self, start: int) -> Record:
        rest: Record = decode(b"{" + _LIST + bytes(self._data[start : self._end]))
        return rest

    def _ending(self) -> Record:
        # Only from the true beginning of a write on is the rest of the line whole.
        for start in reversed([self._list, *(place for _, _, place in self._candidates())]):
            with suppress(DecodeError):
                return self._rest(start)
        raise DecodeError("no end", "", 0)
