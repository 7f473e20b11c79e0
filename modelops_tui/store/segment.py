"""A segment: an immutable file of documents of one kind in id order, and how it is written.

It never changes after it was listed, and nothing in it is skipped in silence.
"""

from __future__ import annotations

import mmap
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from modelops_tui.errors import Damaged
from modelops_tui.store import disk
from modelops_tui.store.codec import DecodeError, Document, checksum, decode, encode
from modelops_tui.store.identity import is_id
from modelops_tui.store.index import Index, IndexBuilder, body_is_whole, pack, unpack
from modelops_tui.store.manifest import SegmentEntry

Terms = Callable[[Document], Iterable[str]]
_SMALL = 1 << 16
# Bytes that are decoded at once: what is thrown away of them makes room for the next.
_DECODED = 1 << 18
_CHUNK = 1 << 20
# Small enough to stay in the cache of a processor between being copied and being searched.
_SEARCHED = 1 << 15


def map_file(path: str) -> bytes | mmap.mmap:
    """The bytes of a file: read when small, else mapped, so that opening costs the same."""
    descriptor = disk.open_to_read(path)
    try:
        size = os.fstat(descriptor).st_size
        if size <= _SMALL:
            return os.read(descriptor, size + 1)
        if sys.version_info >= (3, 13):
            return mmap.mmap(descriptor, size, access=mmap.ACCESS_READ, trackfd=False)
        return mmap.mmap(descriptor, size, access=mmap.ACCESS_READ)
    finally:
        os.close(descriptor)


class Segment:
    """An open segment. It stays readable after its file was removed."""

    def __init__(self, home: str, entry: SegmentEntry, terms: Terms, version: str) -> None:
        """Opens it; raises FileNotFoundError when the file is gone, Damaged when it changed."""
        self.entry = entry
        self.path = os.path.join(home, entry.file)
        self._terms = terms
        self._version = version
        self.data = map_file(self.path)
        if len(self.data) != entry.bytes:
            raise self.damage(0, f"it has {len(self.data)} bytes, not {entry.bytes}")
        self.index = self._open_index()

    def damage(self, line: int, reason: str) -> Damaged:
        """The failure for this file; `line` 0 means all of it."""
        where = f"{self.path}, line {line}" if line else self.path
        return Damaged(f"{where} is not what was written: {reason}.", "See what can be done: modelops doctor")

    def _open_index(self) -> Index:
        try:
            data = map_file(self.path + ".idx")
        except OSError:
            return self.rebuild()
        index = unpack(memoryview(data), self.entry.bytes, self.entry.crc, self._version)
        return self.rebuild() if index is None else index

    def rebuild(self) -> Index:
        """Makes the index anew from the documents, and writes it where that is possible."""
        builder = IndexBuilder()
        last = ""
        for number, offset, document in self._lines():
            id: Any = document.get("id")
            if not is_id(id) or id <= last:
                raise self.damage(number, "its id is missing or out of order")
            last = id
            builder.add(id, offset, self._terms(document) if "rev" in document else None)
        index = builder.finish()
        try:
            packed = pack(index, self.entry.bytes, self.entry.crc, self._version)
            disk.replace(*os.path.split(self.path + ".idx"), packed)
        except OSError:
            # A reader may have no right to write here; the index in memory is as good.
            pass
        return index

    def _lines(self) -> Iterator[tuple[int, int, Document]]:
        offset, number = 0, 0
        while offset < len(self.data):
            number += 1
            end = self.data.find(b"\n", offset)
            if end < 0:
                raise self.damage(number, "its end is missing")
            yield number, offset, self._parse(number, self.data[offset:end])
            offset = end + 1

    def _parse(self, number: int, line: bytes) -> Document:
        try:
            document = decode(line)
        except DecodeError as error:
            raise self.damage(number, f"it is not JSON ({error})") from error
        if not isinstance(document, dict):
            raise self.damage(number, "it is not a JSON object")
        return document

    def line(self, row: int) -> bytes:
        """The bytes of a row without its line end."""
        offsets = self.index.offsets
        end = offsets[row + 1] if row + 1 < len(offsets) else len(self.data)
        return self.data[offsets[row] : end - 1]

    def document(self, row: int) -> Document:
        """The document of a row; raises Damaged when another or none is there."""
        try:
            line = self.line(row)
        except IndexError as error:
            raise self.damage(row + 1, "the index leads beyond its end") from error
        document = self._parse(row + 1, line)
        if document.get("id") != self.index.id(row):
            raise self.damage(row + 1, f"the index expects {self.index.id(row)} there")
        return document

    def documents(self) -> Iterator[Document]:
        """Every line decoded, removals among them; raises Damaged, with the last of them at the latest."""
        count = start = 0
        while start < len(self.data):
            # No raw line end can be inside JSON text: one call decodes many lines.
            end = self.data.find(b"\n", start + _DECODED) + 1 or len(self.data)
            piece = self.data[start : end - 1]
            try:
                documents: list[Document] = decode(b"[" + piece.replace(b"\n", b",") + b"]")
            except DecodeError:
                documents = [document for _, _, document in self._lines()][count:]
                end = len(self.data)
            count += len(documents)
            yield from documents
            start = end
        if count != self.entry.lines:
            raise self.damage(0, f"it has {count} lines, not {self.entry.lines}")

    def rows_with(self, needle: bytes) -> Iterator[int]:
        """The rows whose bytes hold the needle."""
        from bisect import bisect_right

        offsets, start = self.index.offsets, 0
        while start < len(self.data):
            # Searching a mapping compares byte by byte in Python before 3.13; a copied piece is searched far faster.
            piece = self.data[start : start + _SEARCHED + len(needle) - 1]
            following = start + _SEARCHED
            place = piece.find(needle)
            while place >= 0:
                row = bisect_right(offsets, start + place) - 1
                yield row
                if row + 1 >= len(offsets):
                    return
                following = max(following, offsets[row + 1])
                # A damaged index must not lead round in a circle.
                place = piece.find(needle, max(place + 1, offsets[row + 1] - start))
            start = following

    def troubles(self) -> list[str]:
        """Reads all of it and says what differs from what was written."""
        found = []
        if checksum(memoryview(self.data)) != self.entry.crc:
            found.append("its bytes were changed: the checksum differs")
        try:
            for _ in self._lines():
                pass
        except Damaged as damage:
            found.append(damage.says)
        try:
            data = map_file(self.path + ".idx")
        except OSError:
            return found
        index = unpack(memoryview(data), self.entry.bytes, self.entry.crc, self._version)
        if index is not None and not body_is_whole(memoryview(data)):
            found.append("its index was changed")
        return found


def write_segment(
    path: str,
    name: str,
    documents: Iterable[tuple[str, Document | None]],
    terms: Terms,
    version: str,
) -> SegmentEntry:
    """Writes documents (id order, None for a removal) and their index durably; raises OSError.

    `path` is the file written, `name` what the MANIFEST will call it.
    """
    builder = IndexBuilder()
    size = crc = gone = 0

    def chunks() -> Iterator[bytes]:
        nonlocal size, crc, gone
        gathered: list[bytes] = []
        pending = 0
        for id, document in documents:
            line = encode({"id": id, "gone": True} if document is None else document) + b"\n"
            builder.add(id, size, None if document is None else terms(document))
            gone += document is None
            size += len(line)
            pending += len(line)
            crc = checksum(line, crc)
            gathered.append(line)
            if pending >= _CHUNK:
                yield b"".join(gathered)
                gathered.clear()
                pending = 0
        yield b"".join(gathered)

    disk.write_new(path, chunks())
    index = builder.finish()
    disk.write_new(path + ".idx", (pack(index, size, crc, version),))
    return SegmentEntry(name, len(index.high), size, crc, gone)
