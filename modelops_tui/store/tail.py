"""The end of a journal, kept open: whether it is still as it was read, and what stands behind it.

It never asks for the size or the times of the file: after a `stat`, Linux sets the times anew at the next write, and
the sync of that commit then takes half as long again. It never judges what a line says.
"""

from __future__ import annotations

import os

from modelops_tui.store import disk
from modelops_tui.store.journal import Place, is_room, line_start

_CHUNK = 1 << 16
PIECE = 1 << 12
_ROOM = (b" ", b"")


def read_to_end(descriptor: int, offset: int) -> bytes:
    """The bytes of an open file from an offset on; raises OSError."""
    chunks = []
    while chunk := os.pread(descriptor, _CHUNK, offset):
        chunks.append(chunk)
        offset += len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def read_journal(path: str) -> bytes:
    """All bytes of a journal; raises OSError."""
    descriptor = disk.open_to_read(path)
    try:
        return read_to_end(descriptor, 0)
    finally:
        os.close(descriptor)


class Tail:
    """A journal that is open for reading."""

    _descriptor = -1

    def __init__(self, path: str) -> None:
        """Opens it; raises OSError."""
        self._path = path
        self._descriptor = disk.open_to_read(path)
        self.inode = os.fstat(self._descriptor).st_ino
        self._link = f"/proc/self/fd/{self._descriptor}"
        self._name = self._present_name()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Closes it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _present_name(self) -> str:
        try:
            return os.readlink(self._link)
        except OSError:
            # Where the system does not tell a name, the file's number does as well.
            return str(os.stat(self._path).st_ino)

    def is_there(self) -> bool:
        """Whether it still has the name it was opened by; raises FileNotFoundError where no file has it."""
        return self._present_name() == self._name

    def is_at(self, place: Place) -> bool:
        """Whether the line that was read last is still there, and nothing but room behind it as far as one byte tells.

        Another writer may have taken the line back.
        """
        if not place.lines:
            return os.pread(self._descriptor, 1, 0) in _ROOM
        end = os.pread(self._descriptor, 2, place.offset - 1)
        return (end == b"\n " or end == b"\n") and self._starts(place)

    def holds(self, place: Place) -> bool:
        """Whether the line that was read last is still there, whatever stands behind it."""
        return not place.lines or (os.pread(self._descriptor, 1, place.offset - 1) == b"\n" and self._starts(place))

    def _starts(self, place: Place) -> bool:
        """Whether the line that was read last still begins with its sum."""
        start = line_start(place.chain)
        return os.pread(self._descriptor, len(start), place.last) == start

    def read_lines(self, offset: int) -> bytes:
        """The lines from an offset on, with some of the room behind them or a torn line; raises OSError."""
        data = os.pread(self._descriptor, PIECE, offset)
        rest = data[data.rfind(b"\n") + 1 :]
        # A piece that ends with a line says nothing of what comes behind it.
        if len(data) < PIECE or (rest and is_room(rest)):
            return data
        return data + read_to_end(self._descriptor, offset + len(data))
