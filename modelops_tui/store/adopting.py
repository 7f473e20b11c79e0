"""Takes over what a person wrote into a segment by hand, as a transaction of theirs that passes every rule.

It never takes a line it cannot read, and never an edit of what was changed through the program since.
"""

from __future__ import annotations

import os
from pathlib import Path

from modelops_tui.errors import Damaged, Invalid, Problem, Refused
from modelops_tui.store import disk, manifest
from modelops_tui.store.codec import DecodeError, Document, decode, same
from modelops_tui.store.door import check_document
from modelops_tui.store.identity import is_id
from modelops_tui.store.index import unpack
from modelops_tui.store.lock import alone
from modelops_tui.store.manifest import SegmentEntry
from modelops_tui.store.mending import history_is_whole, remembered, replace_segments, set_right
from modelops_tui.store.schema import Schema
from modelops_tui.store.segment import map_file
from modelops_tui.store.store import Store
from modelops_tui.store.transaction import Transaction


def adopt(home: Path, schema: Schema, file: str, by: str) -> list[str]:
    """Takes over an edited segment; the ids of the documents that changed by it.

    Where the history tells what was there, the edit becomes a transaction; else the edited lines become the truth,
    with a note. Raises Invalid for lines that cannot be stored, what the rules raise, Damaged, OutsideMissing.
    """
    current = manifest.load(str(home))
    kind, entry, newer = _listed(current, file)
    edited = read_edited(str(home / file), kind)
    superseded = _ids_of(str(home), newer, kind)
    if not history_is_whole(str(home), current):
        return _take_as_truth(home, schema, kind, entry, edited, superseded, by)
    states = remembered(str(home), current).get(kind, {})
    # Without its index a removed line cannot be told from one that was never there.
    own = (_indexed_ids(str(home), entry) or set()) | set(edited)
    set_right(str(home), schema, kind)
    with Store.open(home, schema, create=False) as store, store.transaction(by, f"took over edits of {file}") as tx:
        for id in sorted(own - superseded):
            _apply(tx, kind, id, edited.get(id), states.get(id))
        return [change.id for change in tx.changes()]


def _listed(current: manifest.Manifest, file: str) -> tuple[str, SegmentEntry, tuple[SegmentEntry, ...]]:
    for kind, entries in current.segments.items():
        for number, entry in enumerate(entries):
            if entry.file == file:
                return kind, entry, entries[number + 1 :]
    raise Refused(f"{file} is not a segment of this store.")


def read_edited(path: str, kind: str) -> dict[str, Document | None]:
    """The documents of an edited segment in any order; a byte-order mark, CRLF and empty lines do not matter.

    Raises Invalid with every line that cannot be taken.
    """
    problems: list[Problem] = []
    found: dict[str, Document | None] = {}
    for number, line in enumerate(disk.read(path).removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        text = line.strip()
        if not text:
            continue
        place = f"line {number}"
        try:
            document = decode(text)
        except DecodeError as error:
            problems.append(Problem(place, f"It is not JSON: {error}."))
            continue
        id = document.get("id") if isinstance(document, dict) else None
        if not is_id(id) or id in found:
            problems.append(Problem(place, "Its id is missing, not an id, or there twice."))
            continue
        gone = document.get("gone") is True and "rev" not in document
        problems += [Problem(f"{place}: {one.path}", one.says) for one in check_document(kind, document)]
        found[str(id)] = None if gone else document
    if problems:
        raise Invalid(f"{os.path.basename(path)} holds lines that cannot be taken over.", problems)
    return found


def _ids_of(home: str, entries: tuple[SegmentEntry, ...], kind: str) -> set[str]:
    ids: set[str] = set()
    for entry in entries:
        listed = _indexed_ids(home, entry)
        ids |= set(read_edited(os.path.join(home, entry.file), kind)) if listed is None else listed
    return ids


def _indexed_ids(home: str, entry: SegmentEntry) -> set[str] | None:
    """The ids a segment was written with, as its index tells; None when that is lost."""
    try:
        index = unpack(memoryview(map_file(os.path.join(home, entry.file + ".idx"))), entry.bytes, entry.crc, None)
    except FileNotFoundError:
        return None
    return None if index is None else {index.id(row) for row in range(len(index.high))}


def _apply(tx: Transaction, kind: str, id: str, edited: Document | None, before: Document | None) -> None:
    now = tx.get(kind, id)
    if (edited is None and before is None) or (edited is not None and before is not None and same(edited, before)):
        return
    if now is not None and (before is None or not same(now, before)):
        raise Refused(f"{kind} {id} was changed through the program since: its edit cannot be taken over.")
    if edited is None:
        tx.remove(kind, id)
    elif now is None:
        tx.insert(kind, edited, id=id, restoring=True)
    else:
        tx.replace(kind, id, edited)


def _take_as_truth(
    home: Path,
    schema: Schema,
    kind: str,
    entry: SegmentEntry,
    edited: dict[str, Document | None],
    superseded: set[str],
    by: str,
) -> list[str]:
    with alone(str(home), 10.0):
        current = manifest.load(str(home))
        states: dict[str, Document | None] = {}
        for one in current.segments[kind]:
            path = str(home / one.file)
            states.update(edited if one.file == entry.file else read_edited(path, kind))
        for id, document in edited.items():
            if document is not None and "rev" not in document:
                raise Damaged(f"{entry.file}: {id} has no rev.", "Give it one, or restore a backup.")
        replace_segments(str(home), schema, current, kind, states)
    changed = sorted(edited.keys() - superseded)
    with Store.open(home, schema, create=False) as store, store.exclusively():
        store.note("0" * 24, f"took over {entry.file} as it was edited", {"adopted": {"file": entry.file, "by": by}})
    return changed
