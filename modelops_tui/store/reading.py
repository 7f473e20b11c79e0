"""Keeps the shelves current: reads the MANIFEST and follows the journal, without any lock.

It never writes, and never guesses when the files contradict each other.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any
from weakref import WeakSet

from modelops_tui.errors import Damaged, Refused
from modelops_tui.store import disk
from modelops_tui.store import manifest as manifests
from modelops_tui.store.journal import BrokenChainError, Place, advance, is_room
from modelops_tui.store.manifest import Manifest
from modelops_tui.store.schema import Schema
from modelops_tui.store.shelf import Shelf
from modelops_tui.store.tail import Tail, read_journal

_TRIES = 8
_readers: WeakSet[Reader] = WeakSet()


class Reader:
    """The store as this process last saw it. Whoever calls it holds `lock`."""

    def __init__(self, home: str, schema: Schema) -> None:
        """Reads the MANIFEST and the journal; raises FileNotFoundError, Damaged, Refused."""
        self.home = home
        self.lock = threading.RLock()
        self.schema = schema
        self.changed: set[str] = set()
        self.shelves: dict[str, Shelf] = {}
        self._manifest_path = os.path.join(home, manifests.NAME)
        self._tail: Tail | None = None
        self._load()
        self.changed.clear()
        _readers.add(self)

    def close(self) -> None:
        """Closes the journal; the next look opens it again."""
        if self._tail is not None:
            self._tail.close()
            self._tail = None

    def shelf(self, kind: str) -> Shelf:
        """The shelf of a kind, an empty one when nothing was ever written to it."""
        shelf = self.shelves.get(kind)
        if shelf is None:
            shelf = self.shelves[kind] = Shelf(self.home, kind, self.schema)
        return shelf

    def _load(self) -> None:
        for attempt in range(_TRIES):
            try:
                self._load_once()
                return
            except FileNotFoundError as error:
                # Between the two reads a compaction may have swapped the files.
                if attempt == _TRIES - 1:
                    if not os.path.exists(self._manifest_path):
                        raise
                    raise self._missing(error) from error
            except BrokenChainError as broken:
                # A line may be looked at while it is being written or cut back.
                if attempt == _TRIES - 1:
                    raise broken.damage(self.home) from broken
            time.sleep(0.001 * attempt)

    def _missing(self, error: FileNotFoundError) -> Damaged:
        return Damaged(
            f"{error.filename} is missing, but the MANIFEST lists it.",
            "See what can be done: modelops doctor",
        )

    def _load_once(self) -> None:
        stamp = self._stamp()
        manifest = manifests.load(self.home)
        place = manifest.beginning()
        data = read_journal(os.path.join(self.home, manifest.journal))
        records = advance(place, data)
        shelves = self._shelves_of(manifest)
        self.changed.update(self.shelves, shelves)
        self.shelves = shelves
        self._settle(stamp, manifest, place)
        self._begin_journal()
        self.journal_size = len(data)
        self._behind = not is_room(data[place.offset :])
        for record in records:
            self._apply(record)

    def _shelves_of(self, manifest: Manifest) -> dict[str, Shelf]:
        shelves = {}
        for kind, entries in manifest.segments.items():
            shelf = shelves[kind] = Shelf(self.home, kind, self.schema)
            shelf.settle(entries, empty=True)
            shelf.count = manifest.counts.get(kind, 0)
        return shelves

    def _settle(self, stamp: tuple[int, ...], manifest: Manifest, place: Place) -> None:
        self.manifest = manifest
        self.place = place
        self._seen = stamp

    def _begin_journal(self) -> None:
        self.close()
        self.journal_path = os.path.join(self.home, self.manifest.journal)
        self.journal_size = 0
        self._behind = self._distrusted = False

    def _stamp(self) -> tuple[int, ...]:
        status = os.stat(self._manifest_path)
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _apply(self, record: dict[str, Any]) -> None:
        for write in record["writes"]:
            document = write["document"]
            change = (document is not None) - (write["was"] is not None)
            self.shelf(write["kind"]).apply(write["id"], document, change)
            self.changed.add(write["kind"])

    def records(self) -> list[dict[str, Any]]:
        """The transactions of the journal as far as it was read; raises Damaged."""
        place = self.manifest.beginning()
        for folder in ("", "history"):
            path = os.path.join(self.home, folder, self.manifest.journal)
            try:
                data = read_journal(path)[: self.place.offset]
                return advance(place, data)
            except FileNotFoundError:
                continue
            except BrokenChainError as broken:
                raise broken.damage(self.home) from broken
        return []

    def cut(self) -> None:
        """Takes note that the caller cut off what stood behind the last line."""
        self._behind = False
        self.journal_size = self.place.offset

    def after_fork(self) -> None:
        """Makes a child of this process read anew: a thread that is not there any more may have been in the middle."""
        self.lock = threading.RLock()
        self.distrust()

    def distrust(self) -> None:
        """Makes the next look read everything anew."""
        self._distrusted = True

    def catch_up(self) -> bool:
        """Takes in what others wrote; True when more than room stands behind the last whole transaction.

        Raises Damaged, Refused for a store of an older format, OutsideMissing when the system does not let it be read.
        """
        for attempt in range(_TRIES):
            try:
                if self._stamp() != self._seen:
                    self._swap()
                if not self._is_current():
                    self._follow()
                return self._behind
            except FileNotFoundError as error:
                if attempt == _TRIES - 1:
                    raise self._missing(error) from error
                self._seen = ()
                time.sleep(0.001 * attempt)
            except manifests.OldFormatError as old:
                raise Refused(
                    f"The store was replaced by one of format {old.format} while it was open.", "Open it anew."
                ) from old
            except OSError as error:
                self.distrust()
                raise disk.unreadable(error, self.home) from error
            except BaseException:
                # Half of a transaction may have been taken in.
                self.distrust()
                raise
        return False

    def _is_current(self) -> bool:
        tail = self._tail
        return tail is not None and not self._distrusted and tail.is_there() and tail.is_at(self.place)

    def _follow(self) -> None:
        if self._distrusted or (self._tail is not None and not self._tail.is_there()):
            self._load()
        if not (self.tail.holds(self.place) and self._read_on(self.tail)):
            self._load()

    @property
    def tail(self) -> Tail:
        """The journal, open; raises FileNotFoundError."""
        if self._tail is None:
            self._tail = Tail(self.journal_path)
        return self._tail

    def _read_on(self, tail: Tail) -> bool:
        """Takes in the lines behind the last one; False when they do not follow from it."""
        for _ in range(_TRIES):
            place = self.place.copy()
            data = tail.read_lines(place.offset)
            try:
                records = advance(place, data)
            except BrokenChainError:
                # A line is not read in one piece while it is written, but the one behind it may be.
                continue
            self.journal_size = max(self.journal_size, self.place.offset + len(data))
            self._behind = not is_room(data[place.offset - self.place.offset :])
            self.place = place
            for record in records:
                self._apply(record)
            return True
        return False

    def _swap(self) -> None:
        stamp = self._stamp()
        manifest = manifests.load(self.home)
        former = self.manifest
        if manifest.store != former.store or manifest.epoch < former.epoch:
            self._load()
            return
        same_journal = manifest.journal == former.journal
        if not same_journal and not self._reach(manifest):
            self._load()
            return
        for kind in {*manifest.segments, *self.shelves}:
            entries = manifest.segments.get(kind, ())
            self.shelf(kind).settle(entries, empty=not same_journal)
        self._settle(stamp, manifest, self.place if same_journal else manifest.beginning())
        if not same_journal:
            self._begin_journal()

    def _reach(self, manifest: Manifest) -> bool:
        """Reads the former journals up to where the new one begins, to keep what is decoded."""
        if self.place.sequence < manifest.sequence:
            for entry in manifest.history:
                if entry.file == self.place.name and entry.last == manifest.sequence:
                    for folder in ("history", ""):
                        try:
                            former = Tail(os.path.join(self.home, folder, entry.file))
                        except FileNotFoundError:
                            continue
                        if not self._read_on(former):
                            return False
                        break
        place = self.place
        return place.sequence == manifest.sequence and place.chain == manifest.chain


def _read_anew_in_child() -> None:
    for reader in list(_readers):
        reader.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_read_anew_in_child)
