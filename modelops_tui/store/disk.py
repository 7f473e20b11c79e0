"""The few file operations the store is built on: private files, durable writes, atomic replacement.

It never follows a symbolic link when it writes, and never knows what the bytes mean.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

from modelops_tui.errors import OutsideMissing

Item = TypeVar("Item")

_PRIVATE = os.O_CLOEXEC | os.O_NOFOLLOW
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def make_folder(path: str) -> None:
    """Makes a folder only its owner may enter, whatever the umask; an existing one is left."""
    try:
        os.makedirs(path, mode=0o700)
    except FileExistsError:
        if os.path.isdir(path):
            return
        raise
    os.chmod(path, 0o700)


def create(path: str) -> int:
    """Creates a file that must not exist, readable by its owner alone; gives its descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _PRIVATE, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


def open_or_create(path: str) -> int:
    """Opens a file for reading and writing, creating it privately when missing."""
    while True:
        try:
            return os.open(path, os.O_RDWR | _PRIVATE)
        except FileNotFoundError:
            pass
        try:
            return create(path)
        except FileExistsError:
            continue


def open_to_write(path: str) -> int:
    """Opens an existing file for reading and writing."""
    return os.open(path, os.O_RDWR | _PRIVATE)


def cut(path: str, length: int) -> None:
    """Makes a file that is longer so long, durably."""
    descriptor = open_to_write(path)
    try:
        if os.fstat(descriptor).st_size > length:
            os.ftruncate(descriptor, length)
            sync(descriptor)
    finally:
        os.close(descriptor)


def open_to_read(path: str, flags: int = os.O_RDONLY) -> int:
    """Opens a file for reading; a pipe in its place keeps nobody waiting. Raises OSError."""
    return os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK)


def read(path: str) -> bytes:
    """All bytes of a file; raises OSError."""
    return b"".join(chunks(path, 1 << 24))


def chunks(path: str, size: int = 1 << 20) -> Iterator[bytes]:
    """The bytes of a file in pieces; raises OSError."""
    with open(path, "rb", buffering=0, opener=open_to_read) as file:
        while chunk := file.read(size):
            yield chunk


def is_plain(path: str) -> bool:
    """Whether a file is there that is neither a folder, a link, a pipe nor a device."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def write_all(descriptor: int, data: bytes) -> None:
    """Writes every byte; a short write is carried on so that the reason shows as OSError."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += _some(os.write(descriptor, memoryview(data)[written:]))


def write_at(descriptor: int, offset: int, data: bytes, least: int) -> None:
    """Writes bytes at an offset, at least the first `least` of them; carried on like `write_all`."""
    written = os.pwrite(descriptor, data, offset)
    while written < least:
        written += _some(os.pwrite(descriptor, memoryview(data)[written:least], offset + written))


def _some(written: int) -> int:
    if written == 0:
        raise OSError(errno.EIO, "nothing more could be written")
    return written


def sync(descriptor: int) -> None:
    """Waits until the file and its length are on the medium."""
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def sync_data(descriptor: int) -> None:
    """Waits until the bytes and the length of the file are on the medium."""
    if sys.platform == "darwin":
        sync(descriptor)
    else:
        os.fdatasync(descriptor)


def sync_folder(path: str) -> None:
    """Waits until the names in a folder are on the medium."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_new(path: str, chunks: Iterable[bytes]) -> None:
    """Writes a file durably; what a crashed process left under that name is replaced."""
    remove(path)
    descriptor = create(path)
    try:
        for chunk in chunks:
            write_all(descriptor, chunk)
        sync(descriptor)
    except BaseException:
        os.close(descriptor)
        remove(path)
        raise
    os.close(descriptor)


def make_empty(path: str) -> None:
    """Makes an empty file; there is nothing in it to sync, its name is safe with its folder."""
    remove(path)
    os.close(create(path))


def replace(folder: str, name: str, data: bytes) -> None:
    """Puts a file in place of another in one step, durably."""
    temporary = os.path.join(folder, f"{name}.{os.getpid()}.new")
    write_new(temporary, (data,))
    try:
        # A file system counts time in ticks of milliseconds, and gives the number of a removed file again: who looks
        # for a change by both would miss the last of three files that came within a tick.
        os.utime(temporary, ns=(time.time_ns(), time.time_ns()))
        os.rename(temporary, os.path.join(folder, name))
    except OSError:
        remove(temporary)
        raise
    sync_folder(folder)


def remove(path: str) -> None:
    """Removes a file; one that is not there is fine."""
    with suppress(FileNotFoundError):
        os.unlink(path)


def unreadable(error: OSError, name: str) -> OutsideMissing:
    """The failure a person reads when the system would not let `name` be read."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    return OutsideMissing(f"The store cannot read {error.filename or name}: {reason}.")


def readable(items: Iterator[Item], what: str = "history") -> Iterator[Item]:
    """The items of something that is read while it is told; raises OutsideMissing when the disk does not give it."""
    try:
        yield from items
    except OSError as error:
        raise unreadable(error, what) from error


def uncertain(error: OSError, name: str) -> OutsideMissing:
    """The failure a person reads when a write failed and could not be taken back either."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    return OutsideMissing(
        f"The store could not write {name} ({reason}), nor take back what it had begun.",
        "The change may be there or not: look, when the disk works again, before repeating it.",
    )


def outside(error: OSError, name: str) -> OutsideMissing:
    """The failure a person reads when the system would not write `name`."""
    if error.errno in _FULL:
        return OutsideMissing(
            f"The disk is full: {name} could not be written; nothing was changed.",
            "Free some space, then try again.",
        )
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno == errno.ELOOP:
        reason = "it is a symbolic link, which is never followed"
    return OutsideMissing(f"The store could not write {name}: {reason}; nothing was changed.")
