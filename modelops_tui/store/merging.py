"""Makes one segment out of several, copying lines without decoding them.

It never looks at what is newer than its inputs and never touches the MANIFEST.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from modelops_tui.store import disk
from modelops_tui.store.codec import checksum
from modelops_tui.store.index import Index, pack
from modelops_tui.store.manifest import SegmentEntry
from modelops_tui.store.segment import Segment

_CHUNK = 1 << 20
Run = tuple[int, int, int]


def suffix_to_merge(entries: Sequence[SegmentEntry]) -> int:
    """Where the newest segments begin that are better one; the length when none are.

    A segment is taken in as soon as what follows it is as large: n documents are copied log n
    times at most, and no more than log n segments remain.
    """
    start = len(entries) - 1
    if start < 1:
        return len(entries)
    total = entries[start].bytes
    while start > 0 and entries[start - 1].bytes <= total:
        start -= 1
        total += entries[start].bytes
    return start if start < len(entries) - 1 else len(entries)


def merge(segments: Sequence[Segment], path: str, version: str) -> SegmentEntry:
    """Writes the newest state of every id to `path` and its index; raises OSError.

    Removals are kept, so that an id is never given twice.
    """
    runs = list(_runs(segments))
    crc = 0

    def chunks() -> Iterator[bytes]:
        nonlocal crc
        for number, first, last in runs:
            segment = segments[number]
            start, end = _span(segment, first, last)
            for place in range(start, end, _CHUNK):
                piece = segment.data[place : min(place + _CHUNK, end)]
                crc = checksum(piece, crc)
                yield piece

    disk.write_new(path, chunks())
    index, size = _index(segments, runs)
    disk.write_new(path + ".idx", (pack(index, size, crc, version),))
    return SegmentEntry("", len(index.high), size, crc, sum(index.gone))


def _span(segment: Segment, first: int, last: int) -> tuple[int, int]:
    offsets = segment.index.offsets
    end = offsets[last] if last < len(offsets) else len(segment.data)
    return offsets[first], end


def _runs(segments: Sequence[Segment]) -> Iterator[Run]:
    """Rows that lie together: (segment, first row, row after the last), in id order."""
    if all(
        segments[place].index.id(len(segments[place].index.high) - 1) < after.index.id(0)
        for place, after in enumerate(segments[1:])
    ):
        for number, segment in enumerate(segments):
            yield number, 0, len(segment.index.high)
        return
    newest: dict[int, tuple[int, int]] = {}
    for number, segment in enumerate(segments):
        index = segment.index
        keys = zip(index.high, index.low, strict=True)
        newest.update({high << 32 | low: (number, row) for row, (high, low) in enumerate(keys)})
    current, first, last = -1, 0, 0
    for key in sorted(newest):
        number, row = newest[key]
        if number == current and row == last:
            last += 1
            continue
        if current >= 0:
            yield current, first, last
        current, first, last = number, row, row + 1
    yield current, first, last


def _index(segments: Sequence[Segment], runs: list[Run]) -> tuple[Index, int]:
    high, low, offsets, gone = array("Q"), array("I"), array("Q"), array("B")
    moved = [array("q", [-1]) * len(segment.index.high) for segment in segments]
    size = row = 0
    for number, first, last in runs:
        index = segments[number].index
        start, end = _span(segments[number], first, last)
        high.extend(index.high[first:last])
        low.extend(index.low[first:last])
        gone.extend(index.gone[first:last])
        shift = size - start
        offsets.extend([offset + shift for offset in index.offsets[first:last]])
        moved[number][first:last] = array("q", range(row, row + last - first))
        size += end - start
        row += last - first
    terms: list[int] = []
    for segment, rows in zip(segments, moved, strict=True):
        terms += [
            term - (term & 0xFFFFFFFF) + rows[term & 0xFFFFFFFF]
            for term in segment.index.terms
            if rows[term & 0xFFFFFFFF] >= 0
        ]
    terms.sort()
    return Index(high, low, offsets, gone, array("Q", terms)), size
