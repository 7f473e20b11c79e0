"""What is done to a home as a whole: backups, restoring one, compacting, figures, purging, taking over edits.

It never decides who may do it, and never touches a home that is not named.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from modelops_tui.errors import OutsideMissing, Problem
from modelops_tui.store import copying, disk
from modelops_tui.store.adopting import adopt
from modelops_tui.store.identity import time_text
from modelops_tui.store.lock import alone
from modelops_tui.store.manifest import BACKUP_LISTING, Dropped, Limits, load
from modelops_tui.store.purging import Purged, purge
from modelops_tui.store.rules import Rules
from modelops_tui.store.store import Store


@dataclass(frozen=True, slots=True)
class Figures:
    """A home in numbers: bytes on disk by what they are for, documents and segments by kind, and its history."""

    documents: dict[str, int] = field(default_factory=dict)
    segments: dict[str, int] = field(default_factory=dict)
    segment_bytes: int = 0
    index_bytes: int = 0
    journal_bytes: int = 0
    history_bytes: int = 0
    blob_bytes: int = 0
    other_bytes: int = 0
    transactions: int = 0
    format: int = 0
    epoch: int = 0
    history_from: int = 1
    limits: Limits = field(default_factory=Limits)
    dropped: Dropped | None = None


@contextmanager
def _told(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk.outside(error, str(error.filename or place)) from error


def backup(home: Path, target: Path) -> Path:
    """One consistent copy of a home, while others may go on writing, as a new folder that is itself a home.

    Gives the folder. Raises NotFound, Refused when it exists or lies in the home, Damaged, OutsideMissing.
    """
    with _told(target):
        copying.back_up(home, target)
    return target


def prove(backup: Path) -> list[Problem]:
    """What in a backup is not as it was copied: file, then sentence; raises NotFound for another folder."""
    return copying.prove_backup(backup)


def restore(home: Path, backup: Path, by: str = "") -> Path | None:
    """Puts the content of a backup in the place of what the home holds, seen at once by who has it open.

    Gives the folder where the former content was copied to, None when there was none. Raises NotFound, Refused,
    Damaged for a damaged backup (then nothing was changed), OutsideMissing.
    """
    problems = copying.prove_backup(backup)
    former = None
    if not problems and home.is_dir() and any(home.iterdir()):
        former = copy_as_it_is(home, f"before-restore-{time_text().replace(':', '')}")
    with _told(home):
        copying.restore(home, backup, by or "0" * 24)
    return former


def copy_as_it_is(home: Path, name: str) -> Path:
    """A plain copy of a home beside it, damaged files and all; gives the folder. Raises Refused, OutsideMissing."""
    target = home.resolve().with_name(f"{home.resolve().name}.{name}")
    with _told(target), alone(str(home), 10.0):
        copying.copy_folder(home, target)
    return target


def release(home: Path) -> bool:
    """Makes a backup a registry like any other, which may be written; whether it was one. Raises OutsideMissing."""
    listing = home / BACKUP_LISTING
    with _told(home):
        was = os.path.lexists(listing)
        disk.remove(str(listing))
    return was


def compact(home: Path) -> Figures:
    """Makes one segment of each kind and removes what is no longer needed; the figures after it.

    Raises NotFound, Damaged, OutsideMissing when something kept it from being done.
    """
    with Store.open(home, Rules(), create=False) as store:
        store.compact()
        if store.compaction_trouble:
            raise OutsideMissing(store.compaction_trouble)
    return stats(home)


def set_history_limits(home: Path, megabytes: int | None = None, days: int | None = None) -> Limits:
    """Sets how much history is kept; 0 means without end. What goes is told by `stats` and in the changes.

    Raises Invalid, NotFound, OutsideMissing.
    """
    with Store.open(home, Rules(), create=False) as store:
        store.limit_history(bytes=None if megabytes is None else megabytes << 20, days=days)
        return store.manifest.limits


def purge_document(store: Store, kind: str, id: str, by: str) -> Purged:
    """Erases a document for good, from history and blobs too; backups are not reached. Raises as `purge` does."""
    return purge(store, kind, id, by)


def adopt_edit(home: Path, file: str, by: str) -> list[str]:
    """Takes over a segment that was edited by hand; the ids that changed. Raises as `adopt` does."""
    return adopt(home, Rules(), file, by)


def stats(home: Path) -> Figures:
    """The home in numbers; raises NotFound, Damaged, Refused."""
    with Store.open(home, Rules(), create=False) as store:
        documents = {kind: store.count(kind) for kind in store.kinds()}
        transactions = store.sequence
    manifest = load(str(home))
    sizes = dict.fromkeys(("segment", "index", "journal", "history", "blob", "other"), 0)
    for folder, _, names in os.walk(home):
        top = os.path.relpath(folder, home).partition(os.sep)[0]
        for name in names:
            sizes[_what(top, name)] += _size(Path(folder, name))
    return Figures(
        documents={kind: count for kind, count in documents.items() if count},
        segments={kind: len(entries) for kind, entries in manifest.segments.items() if entries},
        **{f"{what}_bytes": size for what, size in sizes.items()},
        transactions=transactions,
        format=manifest.format,
        epoch=manifest.epoch,
        history_from=manifest.dropped.last + 1 if manifest.dropped else 1,
        limits=manifest.limits,
        dropped=manifest.dropped,
    )


def _what(top: str, name: str) -> str:
    if top == "history":
        return "history"
    if top == "blobs":
        return "blob"
    if top != ".":
        return "other"
    if name.endswith(".idx"):
        return "index"
    if name.startswith("journal."):
        return "journal"
    return "segment" if name.endswith(".jsonl") else "other"


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0
