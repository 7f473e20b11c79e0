"""Erases one document for good: from the segments, the journal, the history, what sync kept, and its own blobs.

It never erases without a record that it was done, and never reaches backups or other registries.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from mmap import mmap
from typing import TYPE_CHECKING, Any

from modelops_tui.entities.registry import KINDS
from modelops_tui.entities.wording import a
from modelops_tui.errors import NotFound, OutsideMissing
from modelops_tui.store import disk, manifest
from modelops_tui.store.bases import BASE, CONFLICT, OUTBOX, book_id
from modelops_tui.store.codec import decode, encode
from modelops_tui.store.compaction import clear
from modelops_tui.store.copying import highest_epoch, past_path
from modelops_tui.store.history import write_history_index
from modelops_tui.store.journal import Record, make_line
from modelops_tui.store.lock import LockFile
from modelops_tui.store.manifest import HistoryEntry
from modelops_tui.store.segment import map_file

if TYPE_CHECKING:
    from modelops_tui.store.store import Store

_OWN = frozenset(("sum", "seq", "at", "by", "says", "writes"))
_WORD = re.compile(r"\w+")
_ERASED = "…"
# What the program itself says in these sentences tells nothing of a document that holds the same word somewhere.
_SAYS = "add document documents into load more new put redo rename set undo"
_OUR_WORDS = frozenset(" ".join([_SAYS, *(kind.title for kind in KINDS)]).split())
_DIGEST = re.compile(rb"[0-9a-f]{64}")


@dataclass(slots=True)
class Purged:
    """What a purge did: erased writes, removed blobs, and the documents (kind, id) that still name the id."""

    writes: int = 0
    blobs: list[str] = field(default_factory=list)
    mentions: list[tuple[str, str]] = field(default_factory=list)
    digests: set[bytes] = field(default_factory=set)


def purge(store: Store, kind: str, id: str, by: str) -> Purged:
    """Erases a document, which is removed first when it is still there; the id is never given again.

    A commit that is on its way to a remote must not hold it, nor may a remote be known to: the caller sees to that.

    Raises NotFound, what the rules of removing raise, OutsideMissing when something kept it from being erased: then
    it can be asked for again.
    """
    store.refresh_view()
    if store.get(kind, id) is not None:
        with store.transaction(by, f"remove {a(kind)} to purge it") as tx:
            tx.remove(kind, id)
    elif not store.ever(kind, id):
        raise NotFound(f"There is no {kind} with the id {id}, and there never was.")
    done = Purged()
    lock = LockFile(os.path.join(str(store.home), "compact.lock"))
    try:
        lock.acquire(store.lock_timeout)
        with store.exclusively():
            store.compact_journal()
        if store.compaction_trouble:
            raise OutsideMissing(store.compaction_trouble, "Nothing was purged; try again.")
        # Only a merge of everything leaves no older line of the document behind.
        store.merger().run_alone(everything=True)
        with store.exclusively():
            _erase_history(store, kind, id, done)
            marks = {"purged": {"kind": kind, "id": id, "by": by, "writes": done.writes}}
            store.note("0" * 24, f"purged {a(kind)}", marks)
            _erase_blobs(store, done)
    except OSError as error:
        raise disk.outside(error, "the history") from error
    finally:
        lock.close()
    done.mentions = [(name, one["id"]) for name in store.kinds() for one in store.scan_bytes(name, id.encode())]
    return done


def _erase_history(store: Store, kind: str, id: str, done: Purged) -> None:
    home, old = str(store.home), store.manifest
    epoch = max(highest_epoch(home), old.epoch)
    history = []
    for entry in old.history:
        path = past_path(home, entry)
        if os.path.exists(path) and _may_hold(map_file(path), id):
            epoch += 1
            name = f"journal.{epoch}.jsonl"
            history.append(_rewritten(path, os.path.join(home, "history", name), entry, kind, id, done))
        else:
            history.append(entry)
    disk.sync_folder(os.path.join(home, "history"))
    new = old.changed(epoch=epoch, history=tuple(history))
    manifest.save(home, new)
    store.refresh_view()
    clear(home, new, store.schema, 0)


def _may_hold(data: bytes | mmap, id: str) -> bool:
    # What was once on its way to a remote is packed, so that an id cannot be seen in it.
    return any(data.find(word.encode()) >= 0 for word in (id, f'"{OUTBOX}"'))


def _rewritten(path: str, target: str, entry: HistoryEntry, kind: str, id: str, done: Purged) -> HistoryEntry:
    size, chain = 0, entry.chain

    def lines() -> Iterator[bytes]:
        nonlocal size, chain
        for former in disk.read(path).rstrip(b" ").splitlines():
            record: Record = decode(former)
            record.pop("sum")
            line, chain = make_line(_without(record, kind, id, done), chain)
            size += len(line)
            yield line

    disk.write_new(target, lines())
    write_history_index(target)
    return entry._replace(file=os.path.basename(target), bytes=size)


def _without(record: Record, kind: str, id: str, done: Purged) -> Record:
    book = book_id(kind, id)
    places = {(kind, id), (BASE, book), (CONFLICT, book)}
    # No commit is on its way, so nobody needs to know what the former ones held.
    writes = [write for write in record["writes"] if write["kind"] != OUTBOX]
    erased = [write for write in writes if (write["kind"], write["id"]) in places]
    if not erased:
        return {**record, "writes": writes}
    done.writes += sum(write["kind"] == kind for write in erased)
    for write in erased:
        done.digests.update(_DIGEST.findall(encode([write["document"], write["was"]])))
    kept = [write for write in writes if write not in erased]
    # The marks of the transaction may tell what the document was, and so may some words of its sentence.
    marks = {name: value for name, value in record.items() if name not in _OWN and isinstance(value, int)}
    head: dict[str, Any] = {name: record[name] for name in ("seq", "at", "by")}
    says = _unnamed(record["says"], erased) if kept else "purged"
    return {**head, "says": says, "writes": kept, **marks, "purged_writes": len(erased)}


def _unnamed(says: str, erased: list[Record]) -> str:
    """The sentence of a transaction without every word that the erased writes hold too."""
    texts = set(_texts([[write["id"], write["document"], write["was"]] for write in erased]))
    for text in sorted(texts, key=len, reverse=True):
        says = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", _ERASED, says, flags=re.IGNORECASE)
    words = {word.casefold() for text in texts for word in _WORD.findall(text)} - _OUR_WORDS
    return _WORD.sub(lambda word: _ERASED if word[0].casefold() in words else word[0], says)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(name)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _erase_blobs(store: Store, done: Purged) -> None:
    folder = os.path.join(str(store.home), "blobs")
    paths = {digest: os.path.join(folder, digest[:2].decode(), digest[2:].decode()) for digest in done.digests}
    wanted = {digest for digest, path in paths.items() if os.path.isfile(path)}
    for digest in wanted - _still_named(_files(store), wanted):
        disk.remove(paths[digest])
        done.blobs.append(digest.decode())


def _still_named(files: Iterable[str], digests: set[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    if digests:
        for path in files:
            data = map_file(path)
            found |= {digest for digest in digests - found if data.find(digest) >= 0}
    return found


def _files(store: Store) -> Iterator[str]:
    home, current = str(store.home), store.manifest
    for name in (*current.files(), current.journal):
        yield os.path.join(home, name)
    for entry in current.history:
        path = past_path(home, entry)
        if os.path.exists(path):
            yield path
