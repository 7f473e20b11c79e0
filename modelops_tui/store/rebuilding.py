"""Makes a MANIFEST and every segment anew from the journals alone, when these are all there, whatever their names.

It never works with a past that has a gap, and throws nothing away.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from modelops_tui.errors import Damaged
from modelops_tui.store import disk, manifest
from modelops_tui.store.compaction import unlisted_files
from modelops_tui.store.copying import highest_epoch
from modelops_tui.store.identity import new_id
from modelops_tui.store.journal import BrokenChainError, Place, Record, advance, is_room
from modelops_tui.store.manifest import HistoryEntry, Manifest
from modelops_tui.store.mending import States, mending, parsed, put_aside, replace_segments, take_in
from modelops_tui.store.misplaced import move_aside
from modelops_tui.store.schema import Schema


def can_rebuild(home: str) -> bool:
    """Whether the journals that are there follow each other from the first transaction on."""
    try:
        return any(True for _ in list(_whole_past(home)))
    except (BrokenChainError, Damaged):
        return False


def lists_no_other(home: str, current: Manifest) -> bool:
    """Whether every journal that is there is one that the MANIFEST knows: then it is not the MANIFEST that is wrong."""
    known = {current.journal, *(entry.file for entry in current.history), *current.retired}
    return all(name in known for _, name, _ in _journals_in_order(home))


def rebuild(home: str, schema: Schema, timeout: float = 10.0) -> int:
    """Makes the MANIFEST and every segment anew from all journals that are there; gives the last sequence.

    Raises Damaged unless the journals follow each other from the first transaction on, OutsideMissing.
    """
    with mending(home, timeout):
        try:
            pasts = list(_whole_past(home))
        except BrokenChainError as broken:
            raise broken.damage(home) from broken
        if not pasts:
            raise Damaged(f"{home} holds no journal that begins with the first transaction.", "Restore a backup.")
        states: States = {}
        for past in pasts:
            take_in(past.records, states)
            _settle_in_history(home, past)
        _put_aside_manifest(home)
        last = pasts[-1]
        epoch = highest_epoch(home) + 1
        new = Manifest(
            store=new_id(),
            epoch=epoch,
            sequence=last.entry.last,
            chain=last.chain,
            at=last.entry.until,
            journal=f"journal.{epoch}.jsonl",
            history=tuple(past.entry for past in pasts),
        )
        disk.make_empty(os.path.join(home, new.journal))
        disk.sync_folder(home)
        manifest.save(home, new)
        for kind, documents in sorted(states.items()):
            replace_segments(home, schema, manifest.load(home), kind, documents)
        _clear_former_segments(home, schema)
        return last.entry.last


class _Past(NamedTuple):
    """A journal that follows from those before it: its folder, what it tells, its last sum, whether its end is torn."""

    folder: str
    entry: HistoryEntry
    records: list[Record]
    chain: int
    torn: bool


def _whole_past(home: str) -> Iterator[_Past]:
    """Every journal from the first transaction on; raises Damaged for a gap, BrokenChainError.

    Only the end of the last one may be torn: anywhere else a line that does not follow tells that others are missing.
    """
    chain, sequence, torn = 0, 0, False
    for folder, name, data in _journals_in_order(home):
        place = Place(name, chain, sequence, "")
        records = advance(place, data)
        if torn or not records:
            raise Damaged(f"{os.path.join(home, folder, name)} does not follow from the journals before it.")
        torn = not is_room(data[place.offset :])
        entry = HistoryEntry(name, sequence + 1, place.sequence, chain, place.offset, place.at)
        chain, sequence = place.chain, place.sequence
        yield _Past(folder, entry, records, chain, torn)


def _clear_former_segments(home: str, schema: Schema) -> None:
    """Puts the segments aside that another MANIFEST listed; an index can be made again."""
    for name in unlisted_files(home, manifest.load(home), schema, 0.0):
        if name.endswith(".jsonl"):
            move_aside(home, name)
        else:
            disk.remove(os.path.join(home, name))


def _settle_in_history(home: str, past: _Past) -> None:
    path = os.path.join(home, past.folder, past.entry.file)
    if past.torn:
        put_aside(home, path)
    disk.cut(path, past.entry.bytes)
    if not past.folder:
        _to_history(home, past.entry.file)


def _put_aside_manifest(home: str) -> None:
    path = os.path.join(home, manifest.NAME)
    if os.path.exists(path):
        put_aside(home, path)


def _to_history(home: str, name: str) -> None:
    folder = os.path.join(home, "history")
    disk.make_folder(folder)
    os.rename(os.path.join(home, name), os.path.join(folder, name))
    disk.sync_folder(folder)


def _journals_in_order(home: str) -> list[tuple[str, str, bytes]]:
    found = []
    for folder in ("history", ""):
        path = os.path.join(home, folder)
        for name in os.listdir(path) if os.path.isdir(path) else ():
            ours = name.startswith("journal.") and name.endswith(".jsonl")
            if ours and disk.is_plain(os.path.join(path, name)):
                data = disk.read(os.path.join(path, name))
                record = parsed(data.partition(b"\n")[0])
                if record is not None:
                    found.append((record["seq"], folder, name, data))
    return [(folder, name, data) for _, folder, name, data in sorted(found)]
