"""Takes the locks of a writer and adds one line to the journal, or leaves it as it was.

It never knows what a transaction means.

The sync happens under the lock, one for each commit. Syncing after the unlock, so that writers share one sync, would
be faster with many writers, but a failed sync could then not be taken back: another writer may already have appended,
and been told that it succeeded, behind the line that has to go. Linux reports such a failure once and forgets the
dirty pages, so the second writer's own sync would succeed over a hole. Neither cutting back both nor keeping both is
true to what the two were told.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from weakref import WeakSet

from modelops_tui.errors import Failure, OutsideMissing, Refused
from modelops_tui.store import disk
from modelops_tui.store.journal import ROOM
from modelops_tui.store.lock import LockFile
from modelops_tui.store.manifest import BACKUP_LISTING, FORMAT
from modelops_tui.store.reading import Reader

_writers: WeakSet[Writer] = WeakSet()


class Writer:
    """The writing side of one open store."""

    _journal = -1

    def __init__(self, home: str, reader: Reader, timeout: float) -> None:
        """Gets ready to write; raises Refused for a backup, which must stay what was copied."""
        if os.path.lexists(os.path.join(home, BACKUP_LISTING)):
            raise Refused(
                f"{home} is a backup: it is read, but not written, so that it stays what was copied.",
                f"Make a registry of it in another folder: modelops --home FOLDER store restore {home}",
            )
        self._reader = reader
        self._timeout = timeout
        self._file = LockFile(os.path.join(home, "store.lock"))
        self._turn = threading.Lock()
        self._owner = 0
        self._journal = -1
        self._journal_inode = 0
        self._made_room = False
        _writers.add(self)

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Holds the lock, with everything others wrote taken in and a torn tail cut off.

        Raises OutsideMissing when it does not become free, Damaged, and Failure when this thread
        holds it already.
        """
        self.begin()
        try:
            yield
        finally:
            self.end()

    def begin(self) -> None:
        """Enters as `exclusively` does."""
        if self._owner == threading.get_ident():
            raise Failure("A transaction was begun inside another one of the same thread.")
        if not self._turn.acquire(timeout=self._timeout):
            raise OutsideMissing(
                "Another part of this program is writing to the store; "
                f"it was not free within {self._timeout:g} seconds."
            )
        try:
            self._lock()
        except BaseException:
            self._turn.release()
            raise
        self._owner = threading.get_ident()

    def _lock(self) -> None:
        try:
            self._file.acquire(self._timeout)
        except OSError as error:
            raise disk.outside(error, "store.lock") from error
        try:
            with self._reader.lock:
                if self._reader.catch_up():
                    self._cut()
                self._refuse_newer_format()
        except BaseException:
            self._file.release()
            raise

    def end(self) -> None:
        """Gives the lock back."""
        self._owner = 0
        try:
            self._file.release()
        finally:
            self._turn.release()

    def _cut(self) -> None:
        try:
            descriptor = self._open_journal()
            os.ftruncate(descriptor, self._reader.place.offset)
            disk.sync_data(descriptor)
            self._reader.cut()
        except OSError as error:
            raise disk.outside(error, self._reader.place.name) from error

    def _open_journal(self) -> int:
        if self._journal >= 0 and self._journal_inode == self._reader.tail.inode:
            return self._journal
        self.close_journal()
        self._journal = disk.open_to_write(self._reader.journal_path)
        self._journal_inode = os.fstat(self._journal).st_ino
        if self._journal_inode != self._reader.tail.inode:
            raise _replaced(self._reader.place.name)
        return self._journal

    def append(self, line: bytes) -> None:
        """Writes a line durably; raises OutsideMissing with the journal as it was before."""
        place = self._reader.place
        try:
            current = self._file.is_current()
            descriptor = self._open_journal()
        except OSError as error:
            raise disk.outside(error, place.name) from error
        if not current:
            raise _replaced("store.lock")
        try:
            self._write(descriptor, place.offset, line)
            disk.sync_data(descriptor)
        except OSError as error:
            if self._take_back(descriptor, place.offset):
                raise disk.outside(error, place.name) from error
            raise disk.uncertain(error, place.name) from error
        except BaseException:
            self._take_back(descriptor, place.offset)
            raise

    def _write(self, descriptor: int, offset: int, line: bytes) -> None:
        end = offset + len(line)
        if end <= self._reader.journal_size:
            disk.write_at(descriptor, offset, line, len(line))
            return
        disk.write_at(descriptor, offset, line + ROOM, len(line))
        self._reader.journal_size = end + len(ROOM)
        self._made_room = True

    def _refuse_newer_format(self) -> None:
        manifest = self._reader.manifest
        if manifest.format > FORMAT:
            raise Refused(
                f"The store has format {manifest.format}; this program reads it, but writes format {FORMAT} only.",
                "Use a newer modelops.",
            )

    def _take_back(self, descriptor: int, length: int) -> bool:
        """Cuts the journal back; whether that is on the medium too."""
        try:
            os.ftruncate(descriptor, length)
            disk.sync(descriptor)
            self._reader.cut()
        except OSError:
            # A torn tail is cut off by the next writer; a whole line would be found by the next look.
            return False
        return True

    def __del__(self) -> None:
        self.close_journal()

    def close_journal(self) -> None:
        """Closes the journal; the next append opens it again."""
        descriptor, self._journal = self._journal, -1
        if descriptor >= 0:
            os.close(descriptor)

    def close(self) -> None:
        """Closes every descriptor; room that was made goes, so that a journal at rest is lines and nothing else."""
        if self._made_room:
            with suppress(OSError, Failure):
                self._take_room_away()
        self._close_files()

    def _take_room_away(self) -> None:
        # Whoever writes just now, in this process or another, goes on using it.
        if not self._turn.acquire(blocking=False):
            return
        try:
            if self._file.try_acquire():
                with self._reader.lock:
                    if not self._reader.catch_up():
                        os.ftruncate(self._open_journal(), self._reader.place.offset)
                        self._made_room = False
                self._file.release()
        finally:
            self._turn.release()

    def _close_files(self) -> None:
        self.close_journal()
        self._file.close()

    def after_fork(self) -> None:
        """Makes a child of this process forget the locks of its parent."""
        self._close_files()
        self._made_room = False
        self._turn = threading.Lock()
        self._owner = 0


def _replaced(name: str) -> OutsideMissing:
    return OutsideMissing(
        f"{name} was deleted or replaced while this was being written; nothing was changed.", "Try again."
    )


def _forget_in_child() -> None:
    for writer in list(_writers):
        writer.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
