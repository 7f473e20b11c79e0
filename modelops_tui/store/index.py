"""The index beside a segment: sorted numbers that are searched where they lie on disk.

It never holds anything that the segment does not; losing it costs time only.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from modelops_tui.store.codec import checksum, term_checksum
from modelops_tui.store.identity import join_id, split_id

Numbers = Sequence[int]

_MAGIC = b"MODELIX1"
_ORDER = 0x01020304
# magic, byte order, terms version, rows, terms, segment bytes, segment crc, body crc; then crc.
_HEADER = struct.Struct("=8sIIQQQII")
_TOTAL = _HEADER.size + 8


class Index(NamedTuple):
    """Row by row in id order: the id in two numbers, the offset, whether it is a removal.

    `terms` holds CRC-32 of a term above the row number, sorted.
    """

    high: Numbers
    low: Numbers
    offsets: Numbers
    gone: Numbers
    terms: Numbers

    def row(self, id: str) -> int:
        """The row of an id, or -1."""
        high, low = split_id(id)
        start = bisect_left(self.high, high)
        rows = len(self.high)
        if start == rows or self.high[start] != high:
            return -1
        # Ids made within a second by one process share their first 16 digits.
        if self.low[start] != low:
            end = bisect_right(self.high, high, start)
            start = bisect_left(self.low, low, start, end)
            if start == end or self.low[start] != low:
                return -1
        return start

    def id(self, row: int) -> str:
        """The id of a row."""
        return join_id(self.high[row], self.low[row])

    def span(self, prefix: str) -> range:
        """The rows whose ids begin with these hex digits."""
        return range(self._place(prefix.ljust(24, "0"), 0), self._place(prefix.ljust(24, "f"), 1))

    def _place(self, id: str, after: int) -> int:
        high, low = split_id(id)
        start, end = bisect_left(self.high, high), bisect_right(self.high, high)
        return (bisect_right if after else bisect_left)(self.low, low, start, end)

    def rows_of_term(self, term: str) -> Iterator[int]:
        """The rows that may have the term, in id order."""
        wanted = term_checksum(term)
        place = bisect_left(self.terms, wanted << 32)
        while place < len(self.terms) and self.terms[place] >> 32 == wanted:
            yield self.terms[place] & 0xFFFFFFFF
            place += 1


class IndexBuilder:
    """Gathers rows in id order."""

    def __init__(self) -> None:
        self.high = array("Q")
        self.low = array("I")
        self.offsets = array("Q")
        self.gone = array("B")
        self.terms: list[int] = []

    def add(self, id: str, offset: int, terms: Iterable[str] | None) -> None:
        """Adds the next row; `terms` is None for a removal."""
        high, low = split_id(id)
        row = len(self.high)
        self.high.append(high)
        self.low.append(low)
        self.offsets.append(offset)
        self.gone.append(terms is None)
        if terms is not None:
            self.terms.extend({term_checksum(term) << 32 | row for term in terms})

    def finish(self) -> Index:
        """The index of all rows added."""
        self.terms.sort()
        return Index(self.high, self.low, self.offsets, self.gone, array("Q", self.terms))


def pack(index: Index, size: int, crc: int, version: str) -> bytes:
    """The bytes of an index for a segment of `size` bytes with CRC-32 `crc`."""
    columns = (index.high, index.offsets, index.terms, index.low, index.gone)
    body = b"".join(memoryview(one).tobytes() for one in columns)  # type: ignore[arg-type]
    header = _HEADER.pack(
        _MAGIC,
        _ORDER,
        term_checksum(version),
        len(index.high),
        len(index.terms),
        size,
        crc,
        checksum(body),
    )
    return header + struct.pack("=II", checksum(header), 0) + body


def unpack(data: bytes | memoryview, size: int, crc: int, version: str | None) -> Index | None:
    """The index in the bytes, searched in place; None when they are not of this segment.

    A `version` of None takes terms of any version.
    """
    view = memoryview(data)
    if len(view) < _TOTAL:
        return None
    header = bytes(view[: _HEADER.size])
    magic, order, terms, rows, entries, bytes_, sum_, _ = _HEADER.unpack(header)
    wanted = terms if version is None else term_checksum(version)
    expected = (_MAGIC, _ORDER, wanted, size, crc)
    if (magic, order, terms, bytes_, sum_) != expected:
        return None
    if struct.unpack_from("=I", view, _HEADER.size)[0] != checksum(header):
        return None
    if len(view) != _TOTAL + rows * 21 + entries * 8:
        return None
    high_end = _TOTAL + 8 * rows
    offsets_end = high_end + 8 * rows
    terms_end = offsets_end + 8 * entries
    low_end = terms_end + 4 * rows
    return Index(
        high=view[_TOTAL:high_end].cast("Q"),
        low=view[terms_end:low_end].cast("I"),
        offsets=view[high_end:offsets_end].cast("Q"),
        gone=view[low_end:],
        terms=view[offsets_end:terms_end].cast("Q"),
    )


def body_is_whole(data: bytes | memoryview) -> bool:
    """Whether the numbers after the header still have their checksum."""
    view = memoryview(data)
    whole: int = _HEADER.unpack(view[: _HEADER.size])[7]
    return checksum(view[_TOTAL:]) == whole
