"""The journal: one line is one transaction, chained to the line before it by a checksum.

It never drops a line that others stand behind. Spaces may stand behind the last line: room for the next ones, so that
a commit does not make the file longer, which would cost the disk a second write.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from modelops_tui.errors import Damaged
from modelops_tui.store.codec import DecodeError, checksum, decode, encode

_START = b'{"sum":"'
_BODY = len(_START) + 8 + len('",')
ROOM = b" " * (1 << 15)
Record = dict[str, Any]


@dataclass(slots=True)
class Place:
    """How far a journal was read: bytes, lines, start of the last line, chain, sequence, time."""

    name: str
    chain: int
    sequence: int
    at: str
    offset: int = 0
    lines: int = 0
    last: int = 0

    def copy(self) -> Place:
        """One that can be moved on without this one."""
        return Place(self.name, self.chain, self.sequence, self.at, self.offset, self.lines, self.last)

    def move_behind(self, length: int) -> None:
        """Goes behind one more line of so many bytes, its end among them."""
        self.last = self.offset
        self.offset += length
        self.lines += 1


class BrokenChainError(Exception):
    """A line does not follow from the lines before it, and more lines stand behind it."""

    def __init__(self, name: str, line: int) -> None:
        super().__init__(name, line)
        self.name = name
        self.line = line

    def damage(self, home: str) -> Damaged:
        """The failure a person reads."""
        return Damaged(
            f"{os.path.join(home, self.name)}, line {self.line}, is not what was written, "
            "and other transactions follow it.",
            "See what can be done: modelops doctor",
        )


def make_line(record: Record, chain: int) -> tuple[bytes, int]:
    """The line of a transaction after the line whose sum is `chain`, and its own sum."""
    body = encode(record)[1:]
    total = checksum(body, chain)
    return b'{"sum":"%08x",%b\n' % (total, body), total


def line_start(chain: int) -> bytes:
    """How a line with this sum begins."""
    return b'{"sum":"%08x",' % chain


def advance(place: Place, data: bytes) -> list[Record]:
    """The transactions in the bytes after `place`, which is moved behind the last whole one.

    A torn tail is left unread; raises BrokenChainError when a bad line has others behind it.
    """
    records: list[Record] = []
    start = 0
    while True:
        end = data.find(b"\n", start)
        if end < 0:
            return records
        record = _verified(data[start:end], place)
        if record is None:
            if data.find(_START, end) >= 0:
                raise BrokenChainError(place.name, place.lines + 1)
            return records
        records.append(record)
        place.move_behind(end + 1 - start)
        start = end + 1


def is_room(data: bytes) -> bool:
    """Whether bytes from behind the last whole line on are nothing but room."""
    return data == ROOM[: len(data)] or not data.strip(b" ")


def claimed_sum(line: bytes) -> int | None:
    """The sum a line says it has, None when it does not look like a line."""
    if line[: len(_START)] != _START:
        return None
    try:
        return int(line[len(_START) : len(_START) + 8], 16)
    except ValueError:
        return None


def follows(line: bytes | memoryview, chain: int) -> bool:
    """Whether the line has the sum it says, after a line whose sum is `chain`."""
    return claimed_sum(bytes(line[:_BODY])) == checksum(line[_BODY:], chain)


def _verified(line: bytes, place: Place) -> Record | None:
    total = claimed_sum(line)
    if total is None or not follows(line, place.chain):
        return None
    try:
        record = decode(line)
    except DecodeError:
        return None
    if not isinstance(record, dict) or record.get("seq") != place.sequence + 1:
        return None
    place.chain = total
    place.sequence += 1
    place.at = str(record.get("at", ""))
    return record
