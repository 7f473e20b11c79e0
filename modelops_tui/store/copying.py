"""Copies a store while others go on writing, proves a copy, and puts a copy in the place of a store.

It takes no lock to copy, and never lets half a copy or half a restore be seen.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import orjson

from modelops_tui.errors import Damaged, NotFound, Problem, Refused
from modelops_tui.store import disk, manifest
from modelops_tui.store.codec import DecodeError, checksum, decode
from modelops_tui.store.identity import time_text
from modelops_tui.store.journal import Place, advance, make_line
from modelops_tui.store.lock import alone
from modelops_tui.store.manifest import HistoryEntry, Manifest, SegmentEntry
from modelops_tui.store.tail import read_journal

LISTING = manifest.BACKUP_LISTING
_TRIES = 20
_STORE_FILE = re.compile(r"(MANIFEST|.+\.(\d+)\.jsonl(\.idx)?)")
_PASSING = re.compile(r".*\.lock|.*\.merging(\.idx)?|.*\.\d+\.new|BACKUP\.json")


def copy_folder(source: Path, target: Path) -> None:
    """A plain copy of a home that nobody writes to meanwhile; raises OSError, Refused when the target exists."""
    with _appearing(target) as folder:
        _copy_tree(source, folder, skip_store=False)


def back_up(home: Path, target: Path) -> Manifest:
    """One consistent copy of a store and of what lies beside it, as a folder that is itself a home.

    Raises NotFound, Damaged when a file is not what was written, Refused when the target exists, OSError.
    """
    if target.resolve().is_relative_to(home.resolve()):
        raise Refused("A backup cannot lie inside the registry it is of.", "Name a folder elsewhere.")
    with _appearing(target) as folder:
        copied = _copy_store(str(home), str(folder))
        _copy_tree(home, folder, skip_store=True)
        _write_listing(folder, copied)
    return copied


class _appearing:  # noqa: N801 – it reads as a word of the with statement
    """A folder that appears under its name when everything in it is on the medium."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._folder = target.with_name(f".{target.name}.{os.getpid()}.partial")

    def __enter__(self) -> Path:
        if self._target.exists() or self._target.is_symlink():
            raise Refused(f"{self._target} exists already.", "Name a folder that does not exist yet.")
        disk.make_folder(str(self._target.parent))
        shutil.rmtree(self._folder, ignore_errors=True)
        disk.make_folder(str(self._folder))
        return self._folder

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            return
        for folder, _, _ in os.walk(self._folder):
            disk.sync_folder(folder)
        os.rename(self._folder, self._target)
        disk.sync_folder(str(self._target.parent))


def _copy_store(home: str, folder: str) -> Manifest:
    disk.make_folder(os.path.join(folder, "history"))
    copied: set[str] = set()
    for attempt in range(_TRIES):
        current = _load(home)
        try:
            for entry in (entry for entries in current.segments.values() for entry in entries):
                if entry.file not in copied:
                    _copy_segment(home, folder, entry, entry.file)
                    copied.add(entry.file)
            for past in current.history:
                if past.file not in copied:
                    disk.write_new(os.path.join(folder, "history", past.file), disk.chunks(past_path(home, past)))
                    copied.add(past.file)
            data, _ = whole_journal(home, current)
            disk.write_new(os.path.join(folder, current.journal), (data,))
        except FileNotFoundError as error:
            # A compaction went by: what is copied already is as good in the new MANIFEST.
            if attempt == _TRIES - 1:
                raise Damaged(f"{error.filename} is missing, but the MANIFEST lists it.") from error
            continue
        for name in copied - current.files() - {past.file for past in current.history}:
            for place in (name, name + ".idx", os.path.join("history", name)):
                disk.remove(os.path.join(folder, place))
        manifest.save(folder, current)
        return current
    raise Damaged(f"The MANIFEST of {home} changed at every look.")


def _load(home: str) -> Manifest:
    try:
        return manifest.load(home)
    except FileNotFoundError as error:
        raise NotFound(f"There is no store in {home}.") from error
    except manifest.OldFormatError as old:
        raise Refused(f"The store in {home} has format {old.format}.", "Open it once, so that it is migrated.") from old


def past_path(home: str, entry: HistoryEntry) -> str:
    """Where a former journal lies: a compaction that was stopped may not have moved it yet."""
    path = os.path.join(home, "history", entry.file)
    return path if os.path.exists(path) else os.path.join(home, entry.file)


def whole_journal(home: str, current: Manifest) -> tuple[bytes, Place]:
    """The journal without a torn tail, and the place behind it; raises BrokenChainError, FileNotFoundError."""
    place = current.beginning()
    data = read_journal(os.path.join(home, current.journal))
    advance(place, data)
    return data[: place.offset], place


def _copy_segment(home: str, folder: str, entry: SegmentEntry, name: str) -> None:
    path, crc, size = os.path.join(home, entry.file), 0, 0

    def proven() -> Iterator[bytes]:
        nonlocal crc, size
        for chunk in disk.chunks(path):
            crc, size = checksum(chunk, crc), size + len(chunk)
            yield chunk

    disk.write_new(os.path.join(folder, name), proven())
    if (crc, size) != (entry.crc, entry.bytes):
        raise Damaged(f"{path} is not what was written: its checksum differs.", "See: modelops doctor")
    if os.path.exists(path + ".idx"):
        disk.write_new(os.path.join(folder, name + ".idx"), disk.chunks(path + ".idx"))


def _copy_tree(source: Path, target: Path, *, skip_store: bool) -> None:
    for folder, folders, names in os.walk(source):
        relative = os.path.relpath(folder, source)
        top = relative == "."
        if top and skip_store:
            folders[:] = [name for name in folders if name != "history"]
        if top or not skip_store or names or folders:
            disk.make_folder(str(target / relative))
        for name in names:
            if _PASSING.fullmatch(name) or (top and skip_store and _STORE_FILE.fullmatch(name)):
                continue
            _copy_file(os.path.join(folder, name), target / relative / name)


def _copy_file(source: str, target: Path) -> None:
    if os.path.islink(source):
        with_same_name = target.is_symlink() or target.exists()
        if not with_same_name:
            target.symlink_to(os.readlink(source))
        return
    if not os.path.isfile(source):
        return
    temporary = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        disk.write_new(str(temporary), disk.chunks(source))
    except FileNotFoundError:
        # It was there a moment ago: a run cleared it away.
        return
    temporary.rename(target)


def _digest(path: str) -> str:
    total = hashlib.sha256()
    for chunk in disk.chunks(path):
        total.update(chunk)
    return total.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(place, name)
            if name != LISTING and not name.endswith(".idx") and os.path.isfile(path) and not os.path.islink(path):
                yield os.path.relpath(path, folder), path


def _write_listing(folder: Path, copied: Manifest) -> None:
    files = {name: {"bytes": os.path.getsize(path), "sha256": _digest(path)} for name, path in _files(folder)}
    listing = {"of": copied.store, "made_at": time_text(), "epoch": copied.epoch, "files": files}
    disk.write_new(str(folder / LISTING), (orjson.dumps(listing, option=orjson.OPT_INDENT_2) + b"\n",))


def prove_backup(backup: Path) -> list[Problem]:
    """Reads every file of a backup and says what is not as it was copied; raises NotFound for another folder."""
    try:
        listed = decode(disk.read(str(backup / LISTING)))["files"]
    except FileNotFoundError as error:
        raise NotFound(f"{backup} is not a backup: it has no {LISTING}.") from error
    except (DecodeError, KeyError, TypeError) as error:
        return [Problem(LISTING, f"It is not what was written: {error!r}.")]
    problems = []
    for name, expected in listed.items():
        path = str(backup / name)
        if not os.path.isfile(path):
            problems.append(Problem(name, "It is missing."))
        elif _digest(path) != expected["sha256"]:
            problems.append(Problem(name, "It is not what was copied: its checksum differs."))
    return problems


def restore(home: Path, backup: Path, by: str, lock_timeout: float = 10.0) -> int:
    """Puts the content of a proven backup in the place of a store; gives the new sequence.

    The files get new names, so that the present MANIFEST stays true until the new one replaces it. Who has the store
    open reads everything anew: a note in the journal makes its chain another one. Raises Damaged, Refused,
    OutsideMissing, OSError.
    """
    problems = prove_backup(backup)
    if problems:
        raise Damaged(f"The backup {backup} is damaged: {problems[0].path}: {problems[0].says}", "Use another backup.")
    source = _load(str(backup))
    for folder in (home, home / "history"):
        disk.make_folder(str(folder))
    with alone(str(home), lock_timeout):
        _copy_tree(backup, home, skip_store=True)
        return _put_in_place(str(home), str(backup), source, by)


def _put_in_place(home: str, backup: str, source: Manifest, by: str) -> int:
    epoch = max(highest_epoch(home), source.epoch)
    segments: dict[str, tuple[SegmentEntry, ...]] = {}
    for kind, entries in source.segments.items():
        for entry in entries:
            epoch += 1
            name = f"{kind}.{epoch}.jsonl"
            _copy_segment(backup, home, entry, name)
            segments[kind] = (*segments.get(kind, ()), entry._replace(file=name))
    history = []
    for past in source.history:
        epoch += 1
        name = f"journal.{epoch}.jsonl"
        disk.write_new(os.path.join(home, "history", name), disk.chunks(past_path(backup, past)))
        history.append(past._replace(file=name))
    epoch += 1
    journal = f"journal.{epoch}.jsonl"
    data, place = whole_journal(backup, source)
    at = max(place.at, time_text())
    says = f"restored what the registry was at {place.at}"
    note = {"seq": place.sequence + 1, "at": at, "by": by, "says": says, "writes": [], "restored": True}
    disk.write_new(os.path.join(home, journal), (data, make_line(note, place.chain)[0]))
    disk.sync_folder(os.path.join(home, "history"))
    disk.sync_folder(home)
    new = source.changed(epoch=epoch, segments=segments, history=tuple(history), journal=journal, retired=())
    manifest.save(home, new.retiring(home, _present_files(home)))
    return place.sequence + 1


def _present_files(home: str) -> list[str]:
    """The files that a MANIFEST lists which is about to be replaced; none when it cannot be read."""
    try:
        current = manifest.load(home)
    except (FileNotFoundError, Damaged, Refused, manifest.OldFormatError):
        return []
    return [*current.files(), *(entry.file for entry in current.history), current.journal, *current.retired]


def highest_epoch(home: str) -> int:
    """The highest number that a file name of the store has, whether it is listed or not."""
    folders = (home, os.path.join(home, "history"))
    names = [name for folder in folders if os.path.isdir(folder) for name in os.listdir(folder)]
    numbers = [int(found[2]) for found in map(_STORE_FILE.fullmatch, names) if found and found[2]]
    return max(numbers, default=0)
