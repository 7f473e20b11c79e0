"""The lock file: one writer at a time among all processes, and nobody is passed over for long.

Who has waited for a while says so by the size of the file, which everybody who locks it sees anyway; who comes later
then lets it go first. It never breaks a lock that is held, and never unlocks for another process.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import NamedTuple
from weakref import WeakSet

from modelops_tui.errors import OutsideMissing
from modelops_tui.store import disk

_FIRST_PAUSE, _BRISK_PAUSE, _LONGEST_PAUSE = 0.00005, 0.0002, 0.002
_BRISK_WAIT = 0.5
# So long a wait gives the right to go first, and so long at most is it given to others: a crash may leave the sign.
_PATIENCE = 0.005
_files: WeakSet[LockFile] = WeakSet()


class Native(NamedTuple):
    """The two calls of filelock for a file that is open already."""

    lock: Callable[..., bool]
    unlock: Callable[[int], None]


@cache
def native() -> Native:
    """The lock of the operating system, loaded when something is first written."""
    from filelock import lock_descriptor, unlock_descriptor

    return Native(lock_descriptor, unlock_descriptor)


class LockFile:
    """A lock on a file that may be taken again and again; not for two threads at once."""

    _descriptor = -1

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1
        self._inode = 0
        self._somebody_waits = False
        _files.add(self)

    def acquire(self, timeout: float) -> None:
        """Waits up to `timeout` seconds; raises OutsideMissing naming the holder, or OSError."""
        try:
            if not self._acquire_in_turn(0.0, min(_PATIENCE, timeout)):
                self._wait(timeout)
        except BaseException:
            # Whatever stopped it may have come when the lock was taken already: nobody would ever give it back.
            self.close()
            raise

    def _wait(self, timeout: float) -> None:
        begun = time.monotonic()
        waited, pause = 0.0, _FIRST_PAUSE
        while waited < timeout:
            time.sleep(pause)
            waited = time.monotonic() - begun
            if self._acquire_in_turn(waited, _PATIENCE):
                return
            # A busy writer leaves the lock free for microseconds: long pauses would miss them all.
            longest = _BRISK_PAUSE if waited < _BRISK_WAIT else _LONGEST_PAUSE
            pause = min(pause * 1.5, longest)
        raise self._held(timeout)

    def _acquire_in_turn(self, waited: float, patience: float) -> bool:
        taken = self.try_acquire()
        if waited < patience:
            if taken and self._somebody_waits:
                self.release()
                return False
        elif taken == self._somebody_waits:
            # Whoever else waits on says so again; without the sign it only takes longer.
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0 if taken else 1)
        return taken

    def try_acquire(self) -> bool:
        """Takes the lock if it is free; raises OSError."""
        while True:
            if self._descriptor < 0:
                self._descriptor = disk.open_or_create(self._path)
                self._inode = os.fstat(self._descriptor).st_ino
            taken = native().lock(self._descriptor, blocking=False)
            if self.is_current():
                return taken
            # The file was deleted or replaced: the lock others see is another one.
            self.close()

    def is_current(self) -> bool:
        """Whether the path still leads to the file that was locked."""
        try:
            status = os.stat(self._path, follow_symlinks=False)
        except FileNotFoundError:
            return False
        self._somebody_waits = status.st_size > 0
        return status.st_ino == self._inode

    def release(self) -> None:
        """Gives the lock back."""
        if self._descriptor >= 0:
            native().unlock(self._descriptor)

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; a forked child does so without unlocking for its parent."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _held(self, timeout: float) -> OutsideMissing:
        holder = holder_of(self._inode)
        return OutsideMissing(
            f"Another process is writing to the store{holder}; it was not free within {timeout:g} seconds.",
            "Try again when it has finished.",
        )


def _forget_in_child() -> None:
    # A lock goes on as long as any process has the descriptor: a child must not prolong it.
    for file in list(_files):
        file.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)


@contextmanager
def alone(home: str, timeout: float) -> Iterator[None]:
    """Keeps every writer and every merge of a store away, without opening it: it may be damaged.

    Raises OutsideMissing when a lock does not become free, OSError.
    """
    # The order is that of a merge, which holds the first while it asks for the second.
    files = [LockFile(os.path.join(home, name)) for name in ("compact.lock", "store.lock")]
    try:
        for file in files:
            file.acquire(timeout)
        yield
    finally:
        for file in reversed(files):
            file.close()


def holder_of(inode: int) -> str:
    """` (process 12: modelops run …)` for who holds a lock on the file, or nothing."""
    try:
        lines = disk.read("/proc/locks").decode().splitlines()
    except OSError:
        return ""
    for line in lines:
        words = line.split()
        if "->" in words or len(words) < 6 or words[5].rpartition(":")[2] != str(inode):
            continue
        try:
            command = disk.read(f"/proc/{int(words[4])}/cmdline")
        except (OSError, ValueError):
            return f" (process {words[4]})"
        text = command.replace(b"\0", b" ").decode("utf-8", "replace").strip()
        return f" (process {words[4]}: {text[:200]})"
    return ""
