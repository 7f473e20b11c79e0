"""Turns the journal into segments, merges segments, and clears away what is no longer listed.

It never fails the write that set it off, and any moment it is killed at leaves a whole store. Only what must be is done
while writers wait: a former journal is moved, and its index made, by the merge that follows beside them.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

from modelops_tui.errors import Damaged, Failure
from modelops_tui.store import disk, manifest
from modelops_tui.store.history import write_history_index
from modelops_tui.store.identity import time_text
from modelops_tui.store.lock import LockFile
from modelops_tui.store.manifest import Dropped, HistoryEntry, Manifest, SegmentEntry
from modelops_tui.store.merging import merge, suffix_to_merge
from modelops_tui.store.reading import Reader
from modelops_tui.store.schema import Schema, terms_of, terms_version
from modelops_tui.store.segment import Segment, write_segment

_OURS = re.compile(r"(?P<kind>.+)\.\d+\.jsonl(\.idx)?")
# A reader that still maps a removed file would pay for freeing it: it is left for a while.
GRACE_SECONDS = 60.0
_DAY = 86_400_000_000_000
_INDEX_NEW = re.compile(r"(MANIFEST|.*\.idx)\.(\d+)\.new")


def compact_journal(reader: Reader) -> None:
    """Makes segments of what the journal holds. The caller holds the writer's lock.

    Raises OSError with the store as it was.
    """
    place, old = reader.place, reader.manifest
    if not place.lines:
        return
    home, epoch = reader.home, old.epoch + 1
    version = terms_version(reader.schema)
    segments, counts = dict(old.segments), dict(old.counts)
    for kind, shelf in sorted(reader.shelves.items()):
        changed = sorted(shelf.overlay.documents.items())
        if changed:
            name = f"{kind}.{epoch}.jsonl"
            path = os.path.join(home, name)
            entry = write_segment(path, name, changed, shelf.terms, version)
            segments[kind] = (*segments.get(kind, ()), entry)
        counts[kind] = shelf.count
    past = HistoryEntry(old.journal, old.sequence + 1, place.sequence, old.chain, place.offset, place.at)
    history, dropped = within_limits(old, (*old.history, past), place.at)
    let_go = [entry.file for entry in old.history if entry not in history]
    new = old.retiring(home, let_go).changed(
        epoch=epoch,
        sequence=place.sequence,
        chain=place.chain,
        at=place.at,
        journal=f"journal.{epoch}.jsonl",
        counts=counts,
        segments=segments,
        history=history,
        dropped=dropped,
    )
    disk.make_empty(os.path.join(home, new.journal))
    # A MANIFEST must never be on the medium before the names it lists.
    disk.sync_folder(home)
    manifest.save(home, new)
    with reader.lock:
        reader.catch_up()


def within_limits(
    manifest: Manifest, history: tuple[HistoryEntry, ...], now: str
) -> tuple[tuple[HistoryEntry, ...], Dropped | None]:
    """The history that its limits let stay, and what was let go in all. The newest journal always stays."""
    limits, start = manifest.limits, 0
    if limits.bytes:
        total = sum(entry.bytes for entry in history)
        while start < len(history) - 1 and total > limits.bytes:
            total -= history[start].bytes
            start += 1
    if limits.days:
        # The clock may be ahead by mistake: the last transaction's time bounds what it may take away.
        oldest = min(time_text(time.time_ns() - limits.days * _DAY), now)
        while start < len(history) - 1 and history[start].until < oldest:
            start += 1
    if not start:
        return history, manifest.dropped
    before = manifest.dropped.transactions if manifest.dropped else 0
    lost = sum(entry.last - entry.first + 1 for entry in history[:start])
    return history[start:], Dropped(history[start - 1].last, before + lost, now)


def unlisted_files(home: str, current: Manifest, schema: Schema, grace: float | None = None) -> list[str]:
    """Files of the store that it does not list, as paths in the home, but those of the last `grace` seconds."""
    seconds = GRACE_SECONDS if grace is None else grace
    segments = current.files()
    past = {entry.file for entry in current.history}
    indexes = {name + ".idx" for name in past}
    kept = {
        "": segments | {name + ".idx" for name in segments} | {current.journal} | past,
        "history": past | indexes,
    }
    kinds = {"journal", *schema.kinds, *current.segments}
    found = []
    for folder, keep in kept.items():
        names = {"journal"} if folder else kinds
        top = os.path.join(home, folder)
        for name in sorted(os.listdir(top)) if os.path.isdir(top) else ():
            ours = _OURS.fullmatch(name)
            unlisted = ours and ours["kind"] in names and name not in keep
            path = os.path.join(top, name)
            # What is no file is none of ours: it is for the doctor to look at.
            if ((unlisted and _is_old(path, seconds)) or _is_left_over(name)) and not os.path.isdir(path):
                found.append(os.path.join(folder, name))
    return found


def clear(home: str, current: Manifest, schema: Schema, grace: float | None = None) -> None:
    """Removes files no longer listed. Under the writer's lock, so that nothing new is taken for old.

    A file that something happened to in the last `grace` seconds stays; None means the usual time.
    """
    for name in unlisted_files(home, current, schema, grace):
        disk.remove(os.path.join(home, name))


def move_to_history(home: str, current: Manifest) -> None:
    """Moves former journals to history/ and indexes them, for a caller who holds compact.lock; raises OSError."""
    for entry in current.history:
        path = os.path.join(home, entry.file)
        if not os.path.exists(path):
            continue
        folder = os.path.join(home, "history")
        disk.make_folder(folder)
        # What goes into the history is what was written, without room behind it.
        disk.cut(path, entry.bytes)
        os.rename(path, os.path.join(folder, entry.file))
        disk.sync_folder(folder)
        write_history_index(os.path.join(folder, entry.file))


def _is_old(path: str, seconds: float) -> bool:
    try:
        return abs(time.time() - os.stat(path).st_mtime) >= seconds
    except FileNotFoundError:
        return False


def _is_left_over(name: str) -> bool:
    found = _INDEX_NEW.fullmatch(name)
    if found is None:
        return False
    try:
        os.kill(int(found[2]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


class Merger:
    """Merges segments while others go on writing; one at a time among all processes."""

    def __init__(
        self,
        reader: Reader,
        schema: Schema,
        exclusively: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._reader = reader
        self._home = reader.home
        self._schema = schema
        self._exclusively = exclusively
        self._grace: float | None = None

    def run(self, *, everything: bool = False) -> None:
        """Merges what is worth it, or each kind into one and clears at once; leaves it when another process does.

        Raises OSError, Failure.
        """
        lock = LockFile(os.path.join(self._home, "compact.lock"))
        try:
            if not lock.try_acquire():
                return
            self.run_alone(everything=everything)
        finally:
            lock.close()

    def run_alone(self, *, everything: bool) -> None:
        """Merges as `run` does, for a caller who holds compact.lock."""
        self._grace = 0.0 if everything else None
        self._remove_unfinished()
        current = manifest.load(self._home)
        move_to_history(self._home, current)
        with self._exclusively():
            clear(self._home, self._reader.manifest, self._schema, self._grace)
        for kind, entries in current.segments.items():
            start = 0 if everything and len(entries) > 1 else suffix_to_merge(entries)
            if start < len(entries):
                self._merge(kind, entries[start:])

    def _remove_unfinished(self) -> None:
        for name in os.listdir(self._home):
            if name.endswith((".merging", ".merging.idx")):
                disk.remove(os.path.join(self._home, name))

    def _merge(self, kind: str, inputs: tuple[SegmentEntry, ...]) -> None:
        version = terms_version(self._schema)
        segments = [
            Segment(self._home, entry, lambda one: terms_of(self._schema, kind, one), version) for entry in inputs
        ]
        for segment in segments:
            # Copied bytes get a new checksum: damage must not be sealed in by it.
            if segment.troubles():
                raise segment.damage(0, "its checksum differs")
        path = os.path.join(self._home, f"{kind}.merging")
        entry = merge(segments, path, version)
        with self._exclusively():
            self._put_in_place(kind, inputs, entry, path)

    def _put_in_place(self, kind: str, inputs: tuple[SegmentEntry, ...], entry: SegmentEntry, path: str) -> None:
        old = self._reader.manifest
        listed = old.segments.get(kind, ())
        start = listed.index(inputs[0]) if inputs[0] in listed else len(listed)
        end = start + len(inputs)
        if listed[start:end] != inputs:
            disk.remove(path)
            disk.remove(path + ".idx")
            return
        epoch = old.epoch + 1
        name = f"{kind}.{epoch}.jsonl"
        os.rename(path + ".idx", os.path.join(self._home, name + ".idx"))
        os.rename(path, os.path.join(self._home, name))
        disk.sync_folder(self._home)
        merged = (*listed[:start], entry._replace(file=name), *listed[end:])
        left = old.retiring(self._home, [entry.file for entry in inputs])
        new = left.changed(epoch=epoch, segments={**old.segments, kind: merged})
        manifest.save(self._home, new)
        with self._reader.lock:
            self._reader.catch_up()
        for entry in inputs:
            # From now on it is a file that left the store: its grace begins.
            with suppress(FileNotFoundError):
                os.utime(os.path.join(self._home, entry.file))
        # On a disk that is nearly full the next merge needs the space.
        clear(self._home, new, self._schema, self._grace)


def attempt(work: Callable[[], None]) -> str:
    """Does compaction work; what kept it from being done, or nothing."""
    try:
        work()
    except OSError as error:
        return disk.outside(error, error.filename or "a segment").says
    except Damaged as damage:
        return damage.says
    except Failure as failure:
        return failure.says
    return ""
