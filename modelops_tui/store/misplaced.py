"""What stands under a name of the store but is no file of it: folders, links, pipes, and files that were exchanged.

It never looks into a document, and throws nothing away: what must make room goes into set-aside/.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from typing import NamedTuple

from modelops_tui.errors import Damaged
from modelops_tui.store import disk, manifest
from modelops_tui.store.codec import checksum
from modelops_tui.store.manifest import SegmentEntry
from modelops_tui.store.mending import ASIDE, mending, name_aside, put_aside

_NAME = re.compile(r"MANIFEST|.+\.lock|.+\.\d+\.jsonl(\.idx)?")
_KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISLNK, "a symbolic link"), (stat.S_ISFIFO, "a pipe"))


class Odd(NamedTuple):
    """A name of the store, what stands there instead of a file, and whether a file can be copied from there."""

    name: str
    what: str
    copied: bool


def odd_entries(home: str) -> Iterator[Odd]:
    """Everything under a name of the store that is no plain file, and a history that is no folder."""
    for folder in ("", "history"):
        top = os.path.join(home, folder)
        if folder and os.path.lexists(top) and not os.path.isdir(top):
            yield Odd(folder, "not a folder", copied=False)
            continue
        for name in sorted(os.listdir(top)) if os.path.isdir(top) else ():
            path = os.path.join(top, name)
            if _NAME.fullmatch(name) and not disk.is_plain(path):
                found = Odd(os.path.join(folder, name), _kind_of(path), _leads_to_a_file(path))
                if found.what:
                    yield found


def _kind_of(path: str) -> str:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return ""
    return next((what for test, what in _KINDS if test(mode)), "a device")


def _leads_to_a_file(path: str) -> bool:
    return os.path.islink(path) and os.path.isfile(path) and not path.endswith(".lock")


def make_plain(home: str, name: str) -> str:
    """Puts a copy of what a link leads to in its place, or moves what is no file aside; what was done.

    Raises OutsideMissing.
    """
    path = os.path.join(home, name)
    try:
        if _leads_to_a_file(path):
            disk.replace(*os.path.split(path), disk.read(path))
            return "put a copy in its place"
        return f"moved to {move_aside(home, name)}"
    except OSError as error:
        raise disk.outside(error, name) from error


def move_aside(home: str, name: str) -> str:
    """Moves what stands under a name of ours into set-aside/; gives its new name. Raises OSError."""
    target = name_aside(home, name)
    os.rename(os.path.join(home, name), os.path.join(home, target))
    disk.sync_folder(os.path.join(home, ASIDE))
    return target


def holder_of(home: str, entry: SegmentEntry) -> str:
    """The name of another file that holds just what a segment held: files may have been exchanged. Else nothing."""
    for folder in ("", ASIDE):
        top = os.path.join(home, folder)
        for name in sorted(os.listdir(top)) if os.path.isdir(top) else ():
            path = os.path.join(top, name)
            fits = name != entry.file and disk.is_plain(path) and os.path.getsize(path) == entry.bytes
            if fits and checksum(disk.read(path)) == entry.crc:
                return os.path.join(folder, name)
    return ""


def put_back(home: str, file: str, timeout: float = 10.0) -> str:
    """Puts what a segment held back in its place, from where it lies; gives that name.

    Raises Damaged when it is not there any more, OutsideMissing.
    """
    with mending(home, timeout):
        for entries in manifest.load(home).segments.values():
            for entry in entries:
                source = holder_of(home, entry) if entry.file == file else ""
                if source:
                    data, path = disk.read(os.path.join(home, source)), os.path.join(home, file)
                    if os.path.exists(path):
                        put_aside(home, path)
                    disk.replace(home, file, data)
                    disk.remove(path + ".idx")
                    return source
    raise Damaged(f"What {file} held is not there any more.")
