"""Who changed what, newest first, read from the journal and the former journals.

It never changes a line of them.
"""

from __future__ import annotations

import os
import struct
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from modelops_tui.errors import Damaged
from modelops_tui.store import disk
from modelops_tui.store.bases import BOOKS
from modelops_tui.store.codec import DecodeError, Document, checksum, collector_paused, decode, encode
from modelops_tui.store.identity import is_id, split_id
from modelops_tui.store.journal import Record, claimed_sum, follows
from modelops_tui.store.long_line import LONG, LongLine
from modelops_tui.store.manifest import HistoryEntry
from modelops_tui.store.segment import map_file

_DOCTOR = "See what can be done: modelops doctor"
_MAGIC = b"MODELHX2"
# magic, byte order, CRC-32 of the numbers, lines, ids, bytes of the journal, CRC-32 of how it begins.
_HEADER = struct.Struct("=8sIIQQQQ")
_ORDER = 0x01020304
# As much of a line as tells its sum.
_SUM = 32
# What a line that was edited by hand may meet while it is indexed.
_UNREADABLE = (DecodeError, KeyError, TypeError, ValueError, AttributeError)
_OWN = frozenset(("sum", "seq", "at", "by", "says", "writes"))


@dataclass(frozen=True, slots=True)
class Entry:
    """What one transaction did to one document; before is None for an insert."""

    seq: int
    at: str
    by: str
    says: str
    kind: str
    id: str
    before: Document | None
    after: Document | None
    marks: Mapping[str, Any]


class Named(NamedTuple):
    """A write by its kind and id alone, and how to read it."""

    kind: str
    id: str
    read: Callable[[], Entry]


@dataclass(frozen=True, slots=True)
class TransactionRecord:
    """One transaction: its number, time, user id, sentence and further marks, and its writes, read when asked for."""

    seq: int
    at: str
    by: str
    says: str
    marks: Mapping[str, Any]
    _source: Record | LongLine

    @property
    def writes(self) -> Iterator[Entry]:
        """Every write, in order; raises Damaged."""
        source = self._source
        with _told_damage(self.seq):
            for write in source.writes() if isinstance(source, LongLine) else source["writes"]:
                if write["kind"] not in BOOKS:
                    yield self._entry(write)

    def named(self) -> Iterator[Named]:
        """Every write by its name, without decoding what is not read."""
        source = self._source
        if isinstance(source, LongLine):
            with _told_damage(self.seq):
                names = source.names()
            for kind, id, start in names:
                if kind not in BOOKS:
                    yield Named(kind, id, partial(self._at, source, start))
        else:
            for write in source["writes"]:
                if write["kind"] not in BOOKS:
                    yield Named(write["kind"], write["id"], partial(self._entry, write))

    def of_document(self, kind: str, id: str) -> Iterator[Entry]:
        """The writes of one document; raises Damaged."""
        return (write.read() for write in self.named() if write.id == id and write.kind == kind)

    def _at(self, line: LongLine, start: int) -> Entry:
        with _told_damage(self.seq):
            return self._entry(next(line.writes(start)))

    def _entry(self, write: Record) -> Entry:
        head = (self.seq, self.at, self.by, self.says)
        return Entry(*head, write["kind"], write["id"], _before(write), write["document"], self.marks)


@contextmanager
def _told_damage(sequence: int) -> Iterator[None]:
    try:
        yield
    except DecodeError as error:
        raise Damaged(f"Transaction {sequence} is not what was written.", _DOCTOR) from error


class _Lines(NamedTuple):
    offsets: Any
    ids: Any


def open_record(record: Record | LongLine) -> TransactionRecord:
    """A transaction as others read it, from its journal line."""
    head = record.head() if isinstance(record, LongLine) else record
    marks = {name: value for name, value in head.items() if name not in _OWN}
    return TransactionRecord(head["seq"], head["at"], head["by"], head["says"], marks, record)


def _before(write: Record) -> Document | None:
    after, was = write["document"], write["was"]
    if after is None or was is None:
        return was  # type: ignore[no-any-return]
    new = set(write["new"])
    before = {name: was.get(name, value) for name, value in after.items() if name not in new}
    return {**before, **was}


def _key(id: str) -> int:
    high, low = split_id(id)
    return high ^ (low << 32)


def _read_index(index: memoryview, data: memoryview) -> _Lines | None:
    if len(index) < _HEADER.size:
        return None
    magic, order, crc, lines, ids, *journal = _HEADER.unpack(index[: _HEADER.size])
    body = index[_HEADER.size :]
    # A journal begins with the sum of its first line, so an index of another one, as long as it, is told from its own.
    if (magic, order, journal) != (_MAGIC, _ORDER, [len(data), checksum(data[:_SUM])]):
        return None
    if len(body) != 8 * lines + 16 * ids:
        return None
    if checksum(body) != crc:
        return None
    numbers = body.cast("Q")
    return _Lines(numbers[:lines], numbers[lines:])


def _make_index(data: Any) -> tuple[_Lines, bytes]:
    offsets = array("Q")
    pairs = set()
    place = 0
    while place < len(data):
        end = data.find(b"\n", place)
        if end < 0:
            break
        for write in decode(data[place:end])["writes"]:
            pairs.add((_key(write["id"]), len(offsets)))
        offsets.append(place)
        place = end + 1
    ordered = sorted(pairs)
    ids = array("Q", [key for key, _ in ordered]) + array("Q", [line for _, line in ordered])
    body = offsets.tobytes() + ids.tobytes()
    head = _HEADER.pack(_MAGIC, _ORDER, checksum(body), len(offsets), len(pairs), len(data), checksum(data[:_SUM]))
    return _Lines(offsets, ids), head + body


def write_history_index(path: str) -> None:
    """Writes the index of a former journal beside it; raises OSError."""
    data = map_file(path)
    try:
        disk.replace(*os.path.split(path + ".idx"), _make_index(data)[1])
    except _UNREADABLE:
        # Reading its history will say what is wrong with the journal itself.
        return


class _Former:
    """A former journal, open for reading."""

    def __init__(self, home: str, entry: HistoryEntry) -> None:
        self._first = entry.first
        self._chain = entry.chain
        # A compaction may not have moved the file yet, or move it between two looks.
        places = [os.path.join(home, "history", entry.file), os.path.join(home, entry.file)]
        for self.path in (*places, places[0]):
            try:
                self._data = map_file(self.path)
                break
            except FileNotFoundError as error:
                missing = error
        else:
            raise missing
        if entry.bytes and len(self._data) > entry.bytes:
            # Room that was not taken away yet, or what somebody added.
            self._data = self._data[: entry.bytes]
        self._lines = self._open_index()

    def _open_index(self) -> _Lines:
        try:
            lines = _read_index(memoryview(map_file(self.path + ".idx")), memoryview(self._data))
        except OSError:
            lines = None
        if lines is not None:
            return lines
        try:
            lines, packed = _make_index(self._data)
        except _UNREADABLE as error:
            raise self._damage(0) from error
        # Reading works without a place to write, and a journal that is still to be moved gets its index then.
        with suppress(OSError):
            if os.path.basename(os.path.dirname(self.path)) == "history":
                disk.replace(*os.path.split(self.path + ".idx"), packed)
        return lines

    def _damage(self, line: int) -> Damaged:
        where = f"{self.path}, line {line}," if line else self.path
        return Damaged(f"{where} is not what was written.", _DOCTOR)

    def record(self, line: int) -> TransactionRecord:
        start, end = self._span(line)
        chain = self._chain if line == 0 else self._sum(line - 1)
        if chain is None or not follows(memoryview(self._data)[start:end], chain):
            raise self._damage(line + 1)
        try:
            # The line of a transaction over very many documents makes as many objects.
            with collector_paused():
                record = open_record(self._source(line, start, end))
        except (DecodeError, KeyError) as error:
            raise self._damage(line + 1) from error
        if record.seq != self._first + line:
            raise self._damage(line + 1)
        return record

    def _span(self, line: int) -> tuple[int, int]:
        offsets = self._lines.offsets
        return offsets[line], (offsets[line + 1] if line + 1 < len(offsets) else len(self._data)) - 1

    def _sum(self, line: int) -> int | None:
        start, _ = self._span(line)
        return claimed_sum(bytes(self._data[start : start + _SUM]))

    def _source(self, line: int, start: int, end: int) -> Record | LongLine:
        if end - start <= LONG:
            record: Record = decode(self._data[start:end])
            return record
        ids = self._lines.ids
        return LongLine(self._data, start, end, array("Q", bytes(ids[len(ids) // 2 :])).count(line))

    def names_author(self, by: str) -> bool:
        return self._data.find(b'"by":' + encode(by)) >= 0

    def lines_before(self, sequence: int | None) -> range:
        count = len(self._lines.offsets)
        if sequence is not None:
            count = max(0, min(count, sequence - self._first))
        return range(count - 1, -1, -1)

    def lines_of(self, id: str) -> list[int]:
        ids = self._lines.ids
        count = len(ids) // 2
        key = _key(id)
        place = bisect_left(ids, key, 0, count)
        found = []
        while place < count and ids[place] == key:
            found.append(ids[count + place])
            place += 1
        return found[::-1]


class History:
    """The past of a store as of one moment: its journal's lines and its former journals."""

    def __init__(self, home: str, records: list[Record], former: tuple[HistoryEntry, ...]) -> None:
        self._home = home
        self._records = records
        self._former = former

    def of_document(self, kind: str, id: str) -> Iterator[Entry]:
        """Every change of one document, newest first; raises Damaged."""
        for record in reversed(self._records):
            yield from open_record(record).of_document(kind, id)
        if not is_id(id):
            return
        for entry in reversed(self._former):
            past = self._open(entry)
            if past is not None:
                for line in past.lines_of(id):
                    yield from past.record(line).of_document(kind, id)

    def transactions(self, before: int | None) -> Iterator[TransactionRecord]:
        """Every transaction whose number is below `before`, newest first; raises Damaged."""
        for record in reversed(self._records):
            if before is None or record["seq"] < before:
                yield open_record(record)
        for entry in reversed(self._former):
            if before is None or entry.first < before:
                past = self._open(entry)
                if past is not None:
                    for line in past.lines_before(before):
                        yield past.record(line)

    def by_author(self, by: str) -> Iterator[TransactionRecord | range]:
        """What one user did, newest first, and between it the numbers of what others did; raises Damaged.

        A former journal that does not name the user is not decoded. Numbers that are not told are not in the history.
        """
        for record in reversed(self._records):
            yield open_record(record) if record["by"] == by else range(record["seq"], record["seq"] + 1)
        for entry in reversed(self._former):
            past = self._open(entry)
            if past is None:
                continue
            if not past.names_author(by):
                yield range(entry.first, entry.last + 1)
                continue
            for line in past.lines_before(None):
                told = past.record(line)
                yield told if told.by == by else range(told.seq, told.seq + 1)

    def names_author(self, by: str) -> bool:
        """Whether a transaction was written by this user id, as far as its bytes tell; raises Damaged."""
        if any(record["by"] == by for record in self._records):
            return True
        pasts = (self._open(entry) for entry in reversed(self._former))
        return any(past is not None and past.names_author(by) for past in pasts)

    def _open(self, entry: HistoryEntry) -> _Former | None:
        try:
            return _Former(self._home, entry)
        except FileNotFoundError:
            # What was let go for its age is no longer part of the past that can be told.
            return None
