"""The folder of identity records: private files, replaced in one step. It never follows a link and reads no record."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from modelops_tui.errors import VaultFailure

FOLDER = "vault"
MOST_BYTES = 64 * 1024
LOCK_SECONDS = 10.0
_SAFE = os.O_NOFOLLOW | os.O_CLOEXEC


class VaultFolder:
    """The folder `vault` of a home. Names of files are made of ids; every method raises VaultFailure."""

    def __init__(self, home: Path) -> None:
        self.path = home / FOLDER

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, None where there is none; one that others may read is refused."""
        try:
            with self._folder(make=False) as folder:
                descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | _SAFE, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._trouble(error, name) from None
        try:
            self._refuse_open_file(os.fstat(descriptor), name)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                data = file.read(MOST_BYTES + 1)
        finally:
            os.close(descriptor)
        if len(data) > MOST_BYTES:
            raise VaultFailure(
                f"{self.path / name} is larger than any identity record.", "Bring it back from a backup."
            )
        return data

    def replace(
        self, name: str, data: bytes, *, expected: bytes | None, prove: Callable[[bytes], object] | None = None
    ) -> None:
        """Puts a file in place of one that must still hold `expected` (None: there is none), durably.

        `prove` is given the bytes as they came back from the disk and raises when they do not work; only then does
        the former file go, so that whatever ends the program leaves one file that works.
        """
        fresh = f"{name}.new"
        try:
            with self._folder(make=True) as folder, self._alone(folder):
                if self.read(name) != expected:
                    raise VaultFailure("Another process changed this vault meanwhile.", "Look again, then repeat it.")
                self._write(folder, fresh, data)
                try:
                    if prove is not None:
                        prove(self.read(fresh) or b"")
                    os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
                except BaseException:
                    self._remove(folder, fresh)
                    raise
                os.fsync(folder)
        except OSError as error:
            raise self._trouble(error, name) from None

    def note(self, name: str, data: bytes) -> None:
        """Keeps a note that may get lost, such as a counter; what cannot be written is left."""
        with suppress(OSError, VaultFailure), self._folder(make=True) as folder:
            fresh = f"{name}.{os.getpid()}.new"
            self._write(folder, fresh, data, durably=False)
            os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)

    def forget(self, name: str) -> None:
        """Removes a note."""
        with suppress(OSError, VaultFailure), self._folder(make=False) as folder:
            self._remove(folder, name)

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Keeps other processes out while a note is read and written. Raises OSError where nothing can be written."""
        with self._folder(make=True) as folder, self._alone(folder):
            yield

    @contextmanager
    def _folder(self, *, make: bool) -> Iterator[int]:
        if make:
            with suppress(FileExistsError):
                self.path.mkdir(mode=0o700)
                # The umask may have taken even our own way in.
                self.path.chmod(0o700)
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | _SAFE)
        try:
            found = os.fstat(descriptor)
            if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) != 0o700:
                os.fchmod(descriptor, 0o700)
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _alone(self, folder: int) -> Iterator[None]:
        # A description of its own: the lock of another thread must keep this one out too.
        descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
        try:
            deadline = time.monotonic() + LOCK_SECONDS
            while not _taken(descriptor):
                if time.monotonic() > deadline:
                    raise VaultFailure("Another process is changing this vault.", "Try again when it has finished.")
                time.sleep(0.01)
            yield
        finally:
            os.close(descriptor)

    def _write(self, folder: int, name: str, data: bytes, *, durably: bool = True) -> None:
        self._remove(folder, name)
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE, 0o600, dir_fd=folder)
        try:
            os.fchmod(descriptor, 0o600)
            written = 0
            while written < len(data):
                written += os.write(descriptor, data[written:])
            if durably:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _remove(self, folder: int, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)

    def _refuse_open_file(self, found: os.stat_result, name: str) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise VaultFailure(f"{self.path / name} is no plain file.", "Bring it back from a backup.")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise VaultFailure(
                f"{self.path / name} may be read by other people on this machine.",
                f"Close it, and think about a new passphrase: chmod 600 {self.path / name}",
            )

    def _trouble(self, error: OSError, name: str) -> VaultFailure:
        if error.errno == errno.ELOOP or (error.errno == errno.ENOTDIR and self.path.is_symlink()):
            return VaultFailure(f"{self.path / name} is a symbolic link, which is never followed.")
        reason = os.strerror(error.errno) if error.errno else str(error)
        return VaultFailure(f"The vault's file {self.path / name} cannot be used: {reason}; nothing was changed.")


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
