"""The MANIFEST: which files make up the store, and where its journal begins.

It never holds a document; it is only ever replaced as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import orjson

from modelops_tui.errors import Damaged, Refused
from modelops_tui.store import disk
from modelops_tui.store.codec import DecodeError, decode
from modelops_tui.store.journal import Place

NAME = "MANIFEST"
# A folder that holds this is a backup: the file says what every other one was when it was copied.
BACKUP_LISTING = "BACKUP.json"
FORMAT = 1
# A program with a lower number cannot even read what this one writes.
OLDEST_READER = 1
_DOCTOR = "See what can be done: modelops doctor"
_OWN = frozenset(
    (
        *("format", "oldest_reader", "store", "epoch", "sequence", "chain", "at", "kinds", "journal"),
        *("history", "history_limits", "history_dropped", "retired"),
    )
)


class SegmentEntry(NamedTuple):
    """One segment file: its lines, its bytes, their CRC-32, how many lines are removals."""

    file: str
    lines: int
    bytes: int
    crc: int
    gone: int


class HistoryEntry(NamedTuple):
    """One former journal in history/: file, first and last sequence, first chain, bytes, time it ends."""

    file: str
    first: int
    last: int
    chain: int
    bytes: int = 0
    until: str = ""


class Limits(NamedTuple):
    """How much history is kept, in bytes and in days; 0 means without end."""

    bytes: int = 1 << 30
    days: int = 0


class Dropped(NamedTuple):
    """What was let go of the history: up to which transaction, how many in all, and when last."""

    last: int
    transactions: int
    at: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of the store at one moment. `sequence`, `chain`, `at` stand before the journal.

    `retired` are files that left the store not long ago and may still be there, for readers that have them open.
    """

    store: str
    epoch: int = 0
    sequence: int = 0
    chain: int = 0
    at: str = ""
    journal: str = "journal.0.jsonl"
    counts: dict[str, int] = field(default_factory=dict)
    segments: dict[str, tuple[SegmentEntry, ...]] = field(default_factory=dict)
    history: tuple[HistoryEntry, ...] = ()
    limits: Limits = field(default_factory=Limits)
    dropped: Dropped | None = None
    retired: tuple[str, ...] = ()
    format: int = FORMAT
    oldest_reader: int = OLDEST_READER
    more: dict[str, Any] = field(default_factory=dict)

    def changed(self, **changes: Any) -> Manifest:
        """A manifest with some values changed."""
        return replace(self, **changes)

    def retiring(self, home: str, names: Iterable[str]) -> Manifest:
        """A manifest with more files retired, and without those that are gone by now."""
        kept = [name for name in self.retired if any(os.path.lexists(path) for path in _places(home, name))]
        return replace(self, retired=(*kept, *names))

    def beginning(self) -> Place:
        """Where the journal begins, for reading it from its first line on."""
        return Place(self.journal, self.chain, self.sequence, self.at)

    def files(self) -> set[str]:
        """The names of every segment file."""
        return {entry.file for entries in self.segments.values() for entry in entries}


def _places(home: str, name: str) -> tuple[str, str]:
    return os.path.join(home, name), os.path.join(home, "history", name)


class OldFormatError(Exception):
    """The store was written by an older program: it has to be migrated before it is read."""

    def __init__(self, home: str, format: int, raw: dict[str, Any]) -> None:
        super().__init__(home, format)
        self.home = home
        self.format = format
        self.raw = raw


def load(home: str) -> Manifest:
    """Reads the MANIFEST; raises FileNotFoundError, Damaged, OldFormatError, or Refused for a newer format."""
    data = disk.read(os.path.join(home, NAME))
    try:
        raw = decode(data)
        theirs = raw["format"]
        if isinstance(theirs, int) and theirs > FORMAT and raw.get("oldest_reader", theirs) > FORMAT:
            raise Refused(
                f"The store in {home} has format {theirs}; this program reads up to {FORMAT}.",
                "Use a newer modelops.",
            )
        if isinstance(theirs, int) and theirs < FORMAT:
            raise OldFormatError(home, theirs, raw)
        return _parse(raw)
    except (DecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        path = os.path.join(home, NAME)
        raise Damaged(f"{path} is not what was written: {error!r}.", _DOCTOR) from error


def save(home: str, manifest: Manifest) -> None:
    """Puts the MANIFEST in place durably; raises OSError."""
    data = orjson.dumps(_raw(manifest), option=orjson.OPT_INDENT_2)
    disk.replace(home, NAME, data + b"\n")


def _parse(raw: dict[str, Any]) -> Manifest:
    kinds = raw["kinds"]
    return Manifest(
        store=raw["store"],
        epoch=int(raw["epoch"]),
        sequence=int(raw["sequence"]),
        chain=int(raw["chain"], 16),
        at=str(raw.get("at", "")),
        journal=_plain(raw["journal"]),
        counts={kind: int(one["count"]) for kind, one in kinds.items()},
        segments={kind: tuple(map(_segment, one["segments"])) for kind, one in kinds.items()},
        history=tuple(map(_history, raw.get("history", ()))),
        limits=_limits(raw.get("history_limits", {})),
        dropped=_dropped(raw.get("history_dropped")),
        retired=tuple(map(_plain, raw.get("retired", ()))),
        format=int(raw["format"]),
        oldest_reader=int(raw.get("oldest_reader", raw["format"])),
        more={name: value for name, value in raw.items() if name not in _OWN},
    )


def _segment(raw: dict[str, Any]) -> SegmentEntry:
    return SegmentEntry(
        _plain(raw["file"]),
        int(raw["lines"]),
        int(raw["bytes"]),
        int(raw["crc"], 16),
        int(raw["gone"]),
    )


def _history(raw: dict[str, Any]) -> HistoryEntry:
    chain = int(raw.get("chain", "0"), 16)
    file, first, last = _plain(raw["file"]), int(raw["first"]), int(raw["last"])
    return HistoryEntry(file, first, last, chain, int(raw.get("bytes", 0)), str(raw.get("until", "")))


def _limits(raw: dict[str, Any]) -> Limits:
    return Limits(int(raw.get("bytes", Limits().bytes)), int(raw.get("days", Limits().days)))


def _dropped(raw: dict[str, Any] | None) -> Dropped | None:
    return None if raw is None else Dropped(int(raw["last"]), int(raw["transactions"]), str(raw["at"]))


def _plain(name: str) -> str:
    # A name with a slash would let a copied store reach outside its home.
    if "/" in name or name in ("", ".", ".."):
        raise ValueError(f"{name!r} is not a file name")
    return name


def _raw(manifest: Manifest) -> dict[str, Any]:
    return {
        "format": manifest.format,
        "oldest_reader": manifest.oldest_reader,
        "store": manifest.store,
        "epoch": manifest.epoch,
        "sequence": manifest.sequence,
        "chain": f"{manifest.chain:08x}",
        "at": manifest.at,
        "kinds": {
            kind: {
                "count": manifest.counts.get(kind, 0),
                "segments": [{**one._asdict(), "crc": f"{one.crc:08x}"} for one in entries],
            }
            for kind, entries in manifest.segments.items()
        },
        "journal": manifest.journal,
        "history": [{**one._asdict(), "chain": f"{one.chain:08x}"} for one in manifest.history],
        "history_limits": manifest.limits._asdict(),
        "history_dropped": None if manifest.dropped is None else manifest.dropped._asdict(),
        "retired": manifest.retired,
        **manifest.more,
    }
