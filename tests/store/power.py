"""A power-loss simulator: records what a program asks of the file system, and makes what a disk may hold after it.

It is stricter than real file systems: a name is safe only after its folder was synced, bytes only after their file
was; everything else may be there, be missing, be torn, be zeros, or be there in some sectors, each on its own.
"""

from __future__ import annotations

import itertools
import os
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_NAMES = ("open", "close", "write", "pwrite", "ftruncate", "fsync", "fdatasync", "rename", "unlink", "mkdir", "link")
_SECTOR = 512
Event = tuple[Any, ...]


class Recorder:
    """Records the calls that change files under a folder, between `start` and `stop`."""

    def __init__(self, home: Path) -> None:
        self.home = str(home)
        self.log: list[Event] = []
        self._real: dict[str, Callable] = {name: getattr(os, name) for name in _NAMES}
        self._files: dict[int, tuple[str, int]] = {}
        self._paths: dict[int, str] = {}
        self._serials: dict[int, int] = {}
        self._fresh = itertools.count(1)
        self._lock = threading.RLock()

    def start(self) -> None:
        for name in _NAMES:
            setattr(os, name, self._recording(name))

    def stop(self) -> None:
        for name, real in self._real.items():
            setattr(os, name, real)

    def note(self, *what: Any) -> None:
        with self._lock:
            self.log.append(what)

    def _recording(self, name: str) -> Callable:
        real, record = self._real[name], getattr(self, f"_after_{name}")

        def call(*words: Any, **options: Any) -> Any:
            # The order in the log is the order of the calls, whichever thread they come from.
            with self._lock:
                before = self._before(name, words)
                result = real(*words, **options)
                record(result, before, *words)
                return result

        return call

    def _before(self, name: str, words: tuple[Any, ...]) -> Any:
        if name == "open" and self._ours(words[0]):
            return os.path.lexists(words[0])
        if name == "write" and words[0] in self._files:
            return os.fstat(words[0]).st_size
        return None

    def _ours(self, path: Any) -> bool:
        return isinstance(path, str) and (path == self.home or path.startswith(self.home + "/"))

    def _after_open(self, result: int, existed: Any, path: Any, flags: int, *rest: Any) -> None:
        if self._ours(path):
            status = os.fstat(result)
            self._paths[result] = path
            if os.path.isdir(path):
                self._files[result] = ("folder", 0)
                return
            if not existed:
                # The system gives the number of a removed file to a new one; the log must not.
                self._serials[status.st_ino] = next(self._fresh)
                self.note("create", path, self._serials[status.st_ino])
            self._files[result] = ("file", self._serials[status.st_ino])

    def _after_close(self, result: None, before: Any, descriptor: int) -> None:
        self._files.pop(descriptor, None)

    def _after_write(self, result: int, size: Any, descriptor: int, data: Any) -> None:
        if descriptor in self._files:
            inode = self._files[descriptor][1]
            # What is written without an offset is written from the end on.
            self.note("write", inode, size, bytes(memoryview(data)[:result]))

    def _after_pwrite(self, result: int, before: Any, descriptor: int, data: Any, offset: int) -> None:
        if descriptor in self._files:
            self.note("write", self._files[descriptor][1], offset, bytes(memoryview(data)[:result]))

    def _after_ftruncate(self, result: None, before: Any, descriptor: int, length: int) -> None:
        if descriptor in self._files:
            self.note("truncate", self._files[descriptor][1], length)

    def _synced(self, descriptor: int) -> None:
        if descriptor in self._files:
            what, inode = self._files[descriptor]
            if what == "folder":
                self.note("sync folder", self._paths[descriptor])
            else:
                self.note("sync", inode)

    def _after_fsync(self, result: None, before: Any, descriptor: int) -> None:
        self._synced(descriptor)

    def _after_fdatasync(self, result: None, before: Any, descriptor: int) -> None:
        self._synced(descriptor)

    def _after_rename(self, result: None, before: Any, source: Any, target: Any) -> None:
        if self._ours(target):
            self.note("rename", source, target)

    def _after_link(self, result: None, before: Any, source: Any, target: Any) -> None:
        if self._ours(target):
            self.note("link", source, target)

    def _after_unlink(self, result: None, before: Any, path: Any) -> None:
        if self._ours(path):
            self.note("unlink", path)

    def _after_mkdir(self, result: None, before: Any, path: Any, *rest: Any) -> None:
        if self._ours(path):
            self.note("mkdir", path)


def after_power_loss(log: list[Event], chance: random.Random, home: str, target: Path) -> None:
    """Makes in `target` one of the states that the disk may be in when power fails at the end of the log."""
    names, inodes = _kept_names(log, chance), _kept_bytes(log, chance)
    for path, inode in names.items():
        place = target / os.path.relpath(path, home)
        place.parent.mkdir(parents=True, exist_ok=True)
        if inode is None:
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.write_bytes(inodes.get(inode, b""))


def _kept_names(log: list[Event], chance: random.Random) -> dict[str, int | None]:
    """The names that are there: all that were synced, any of the others."""
    synced: dict[str, int] = {}
    for number, event in enumerate(log):
        if event[0] == "sync folder":
            synced[event[1]] = number
    keeping = chance.choice((0.0, 0.5, 0.5, 1.0))
    names: dict[str, int | None] = {}
    for number, event in enumerate(log):
        what = event[0]
        if what not in ("create", "rename", "unlink", "mkdir", "link"):
            continue
        folders = {os.path.dirname(path) for path in event[1:] if isinstance(path, str)}
        safe = any(synced.get(folder, -1) > number for folder in folders)
        if not safe and chance.random() >= keeping:
            continue
        if what == "create":
            names[event[1]] = event[2]
        elif what == "mkdir":
            names[event[1]] = None
        elif what == "unlink":
            names.pop(event[1], None)
        elif event[1] in names:
            names[event[2]] = names[event[1]]
            if what == "rename":
                del names[event[1]]
    return names


def _kept_bytes(log: list[Event], chance: random.Random) -> dict[int, bytes]:
    """What each file holds: all that was synced, and of the rest any of nothing, a part, zeros, or other parts only."""
    synced = {event[1]: number for number, event in enumerate(log) if event[0] == "sync"}
    contents: dict[int, bytearray] = {}
    fate: dict[int, str] = {}
    for number, event in enumerate(log):
        if event[0] not in ("write", "truncate"):
            continue
        inode, how = event[1], "all"
        content = contents.setdefault(inode, bytearray())
        if number > synced.get(inode, -1):
            how = fate.setdefault(inode, chance.choice(("nothing", "all", "some", "torn", "zeros", "holes")))
            if how == "nothing" or (how == "some" and chance.random() < 0.5):
                continue
            event = _spoilt(event, how, chance)
        if event[0] == "truncate":
            del content[event[2] :]
            content.extend(b"\0" * (event[2] - len(content)))
        else:
            for offset, data in _sectors(event, chance) if how == "holes" else [event[2:]]:
                content.extend(b"\0" * (offset - len(content)))
                content[offset : offset + len(data)] = data
    return {inode: bytes(content) for inode, content in contents.items()}


def _sectors(event: Event, chance: random.Random) -> Iterator[tuple[int, bytes]]:
    """Those sectors of a write that reached the disk: each may have, whatever became of the others."""
    _, _, offset, data = event
    place = 0
    while place < len(data):
        length = min(_SECTOR - (offset + place) % _SECTOR, len(data) - place)
        if chance.random() < 0.5:
            yield offset + place, data[place : place + length]
        place += length


def _spoilt(event: Event, how: str, chance: random.Random) -> Event:
    if event[0] == "write" and how == "torn":
        return (*event[:3], event[3][: chance.randrange(len(event[3]) + 1)])
    if event[0] == "write" and how == "zeros":
        cut = chance.randrange(len(event[3]) + 1)
        return (*event[:3], event[3][:cut] + b"\0" * (len(event[3]) - cut))
    return event
