"""The store: what is written stays written, and everybody sees it.

It never knows what a kind means; the schema it was opened with does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from modelops_tui.errors import Damaged, Invalid, Problem
from modelops_tui.store.codec import Document, collector_paused
from modelops_tui.store.disk import outside, readable, unreadable
from modelops_tui.store.identity import time_text
from modelops_tui.store.journal import make_line
from modelops_tui.store.manifest import Dropped, Limits, Manifest, save
from modelops_tui.store.opening import open_reader
from modelops_tui.store.reading import Reader
from modelops_tui.store.schema import Schema
from modelops_tui.store.shelf import Shelf

if TYPE_CHECKING:
    from modelops_tui.store.compaction import Merger
    from modelops_tui.store.history import Entry, History, TransactionRecord
    from modelops_tui.store.table import StoreTable
    from modelops_tui.store.transaction import Transaction
    from modelops_tui.store.writing import Writer

JOURNAL_LIMIT = 1 << 20
# Who a note of the store itself is by: no user has this id.
SYSTEM = "0" * 24
_TRIES = 5
_Result = TypeVar("_Result")


class Store:
    """An open store. Reading takes no lock; every method may be called from any thread.

    Documents handed out are shared: copy one before changing it.
    """

    def __init__(self, home: Path, reader: Reader, lock_timeout: float) -> None:
        self.home = home
        self.schema = reader.schema
        self.lock_timeout = lock_timeout
        self.compaction_trouble = ""
        self._limit = JOURNAL_LIMIT
        self._merging: threading.Thread | None = None
        self._merge_again = False
        self._reader = reader

    @classmethod
    def open(cls, home: Path, schema: Schema, *, create: bool = True, lock_timeout: float = 10.0) -> Store:
        """Opens the store in a folder; `lock_timeout` in seconds is how long a write waits.

        Raises NotFound when there is none and `create` is false, Damaged, Refused for a format
        of a newer program, OutsideMissing when it cannot be made.
        """
        home = Path(home)
        return cls(home, open_reader(str(home), schema, create, lock_timeout), lock_timeout)

    def close(self) -> None:
        """Closes its files, after a merge that is under way; documents already handed out stay good."""
        if self._merging is not None:
            self._merging.join()
        if "_writer" in vars(self):
            self._writer.close()
        self._reader.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @cached_property
    def _writer(self) -> Writer:
        # Who only reads does not load what writing needs.
        from modelops_tui.store.writing import Writer

        # Two threads that ask at once get the same one.
        writer: Writer = vars(self).setdefault("_writer", Writer(str(self.home), self._reader, self.lock_timeout))
        return writer

    @property
    def manifest(self) -> Manifest:
        """The MANIFEST as last seen."""
        return self._reader.manifest

    @property
    def sequence(self) -> int:
        """The number of the last transaction seen."""
        return self._reader.place.sequence

    def refresh(self) -> frozenset[str]:
        """Takes in what others wrote; the kinds changed since the last refresh, own writes too.

        Raises Damaged.
        """
        with self._reader.lock:
            self._reader.catch_up()
            changed = frozenset(self._reader.changed)
            self._reader.changed.clear()
            return changed

    def refresh_view(self) -> None:
        """Takes in what others wrote, and leaves what `refresh` will tell as it is."""
        with self._reader.lock:
            self._reader.catch_up()

    def _read(self, kind: str, question: Callable[[Shelf], _Result]) -> _Result:
        with self._reader.lock:
            for _ in range(_TRIES):
                try:
                    return question(self._reader.shelf(kind))
                except FileNotFoundError as error:
                    # A compaction removed a file that this process had not opened yet.
                    missing = error
                    self._reader.catch_up()
                except OSError as error:
                    raise unreadable(error, kind) from error
            raise Damaged(
                f"{missing.filename} is missing, but the MANIFEST lists it.",
                "See what can be done: modelops doctor",
            ) from missing

    def get(self, kind: str, id: str) -> Document | None:
        """The document, or None; raises Damaged."""
        return self._read(kind, lambda shelf: shelf.get(id))

    def find(self, kind: str, term: str) -> list[Document]:
        """The documents that have this lookup term, in id order; raises Damaged."""
        return self._read(kind, lambda shelf: shelf.find(term))

    def ever(self, kind: str, id: str) -> bool:
        """Whether a document with this id is or was in the kind; raises Damaged."""
        return self._read(kind, lambda shelf: shelf.ever(id))

    def kinds(self) -> list[str]:
        """The kinds that documents were ever written of, those of other versions of the program too."""
        with self._reader.lock:
            return sorted(self._reader.shelves)

    def count(self, kind: str) -> int:
        """How many documents the kind has."""
        with self._reader.lock:
            return self._reader.shelf(kind).count

    def ids(self, kind: str) -> list[str]:
        """The ids of the kind, in order; raises Damaged."""
        return self._read(kind, lambda shelf: shelf.ids())

    def first(self, kind: str, most: int, skip: Callable[[Document], bool]) -> list[Document]:
        """The first `most` documents in id order that `skip` does not pass over; decodes few more. Raises Damaged."""

        def take(shelf: Shelf) -> list[Document]:
            found = (shelf.get(id) for id in shelf.leading())
            return list(islice((one for one in found if one is not None and not skip(one)), most))

        return self._read(kind, take)

    def find_ids_prefix(self, kind: str, prefix: str) -> list[str]:
        """The ids that begin with these hex digits, in order; raises Damaged."""
        return self._read(kind, lambda shelf: shelf.ids(prefix))

    def documents(self, kind: str) -> Mapping[str, Document]:
        """Every document by id, in id order, as of now; raises Damaged.

        The mapping never changes: ask again after a refresh or a write.
        """
        return self._read(kind, lambda shelf: shelf.documents())

    def scan_bytes(self, kind: str, needle: bytes) -> Iterator[Document]:
        """The documents whose JSON bytes hold the needle, to be looked at again by the caller."""
        return self._read(kind, lambda shelf: shelf.scan(needle))

    def transaction(
        self,
        by: str,
        says: str,
        marks: Mapping[str, Any] | None = None,
        at: str | None = None,
    ) -> Transaction:
        """A transaction for `with`: user id, a sentence for the history, further marks, a time; raises Invalid."""
        from modelops_tui.store.transaction import Transaction

        return Transaction(self, by, says, marks or {}, at)

    @property
    def last_at(self) -> str:
        """The time of the last transaction seen."""
        return self._reader.place.at

    def begin(self) -> str:
        """Enters a transaction; gives the time of the last one."""
        self._writer.begin()
        return self.last_at

    def finish(self, transaction: Transaction, keep: bool) -> None:
        """Commits or drops a transaction, and compacts when the journal has grown."""
        grown = False
        try:
            if keep:
                self.schema.check(transaction)
                self._commit(transaction)
                grown = self._reader.place.offset > self._limit
                if grown:
                    self.compact_journal()
        finally:
            transaction.close()
            self._writer.end()
        if grown:
            self._merge_beside()

    def _commit(self, transaction: Transaction) -> None:
        records = transaction.records()
        if not records:
            return
        with self._reader.lock:
            self._append(transaction, records)
            try:
                self._apply(transaction, records)
            except BaseException:
                # It is on disk whatever stopped us here: the next look takes it in.
                self._reader.distrust()
                raise
            transaction.sequence = self._reader.place.sequence

    def _append(self, transaction: Transaction, records: list[dict[str, Any]]) -> None:
        place = self._reader.place
        record = {
            "seq": place.sequence + 1,
            "at": transaction.at,
            "by": transaction.by,
            "says": transaction.says,
            "writes": records,
            **transaction.marks,
        }
        line, chain = make_line(record, place.chain)
        self._writer.append(line)
        self._advance(len(line), chain, transaction.at)

    def note(self, by: str, says: str, marks: Mapping[str, Any]) -> None:
        """Writes a transaction that changes no document, as a record of what was done to the store itself.

        The caller is inside `exclusively`; raises OutsideMissing.
        """
        with self._reader.lock:
            note = self.transaction(by, says, marks, max(time_text(), self._reader.place.at))
            self._append(note, [])

    def exclusively(self) -> AbstractContextManager[None]:
        """Holds the writer's lock for work on the files themselves; raises as a transaction does."""
        return self._writer.exclusively()

    def _advance(self, length: int, chain: int, at: str) -> None:
        place = self._reader.place
        place.move_behind(length)
        place.chain = chain
        place.sequence += 1
        place.at = at

    def _apply(self, transaction: Transaction, records: list[dict[str, Any]]) -> None:
        for record in records:
            kind, id = record["kind"], record["id"]
            change = (record["document"] is not None) - (record["was"] is not None)
            self._reader.shelf(kind).apply(id, transaction.get(kind, id), change)
            self._reader.changed.add(kind)

    def compact_journal(self) -> None:
        """Makes segments of the journal, inside `exclusively`; what kept it is in `compaction_trouble`."""
        from modelops_tui.store.compaction import attempt, compact_journal

        former = self.manifest.dropped
        with collector_paused():
            self.compaction_trouble = attempt(lambda: compact_journal(self._reader))
        dropped = self.manifest.dropped
        if dropped is not None and dropped != former:
            says = f"let go of the history up to transaction {dropped.last}, as its limits ask"
            self.compaction_trouble = self.compaction_trouble or attempt(
                lambda: self.note(SYSTEM, says, {"history_dropped": dropped._asdict()})
            )
        # What could not be done now is not tried again at every write.
        after = self._reader.place.offset if self.compaction_trouble else 0
        self._limit = after + JOURNAL_LIMIT

    def _merge_beside(self) -> None:
        # Nobody who writes waits for a merge; `close` does, so that short programs merge too.
        self._merge_again = True
        if self._merging is None or not self._merging.is_alive():
            self._merging = threading.Thread(target=self._merge_on, name="modelops-merge", daemon=True)
            self._merging.start()

    def _merge_on(self) -> None:
        while self._merge_again:
            self._merge_again = False
            self._merge()

    def _merge(self, *, everything: bool = False) -> None:
        from modelops_tui.store.compaction import attempt

        merger = self.merger()
        trouble = attempt(lambda: merger.run(everything=everything))
        self.compaction_trouble = self.compaction_trouble or trouble

    def merger(self) -> Merger:
        """What merges the segments of this store."""
        from modelops_tui.store.compaction import Merger

        return Merger(self._reader, self.schema, self._writer.exclusively)

    def compact(self) -> None:
        """Makes one segment a kind of everything; what kept it is in `compaction_trouble`.

        Raises OutsideMissing when the lock does not become free.
        """
        if self._merging is not None:
            self._merging.join()
        with self._writer.exclusively():
            self.compact_journal()
        self._merge(everything=True)

    def limit_history(self, *, bytes: int | None = None, days: int | None = None) -> None:
        """Sets how much history is kept, in bytes and in days; 0 means without end. A compaction applies it.

        Raises Invalid for a negative number, OutsideMissing.
        """
        if min(bytes or 0, days or 0) < 0:
            raise Invalid("A limit of the history is not negative.")
        with self._writer.exclusively():
            old = self.manifest.limits
            limits = Limits(old.bytes if bytes is None else bytes, old.days if days is None else days)
            self._save(self.manifest.changed(limits=limits))
            self._reader.catch_up()

    @property
    def history_dropped(self) -> Dropped | None:
        """What was let go of the history because of its limits, if anything."""
        return self.manifest.dropped

    def recount(self, kind: str) -> int:
        """Counts the documents of a kind anew and keeps the number; raises Damaged, OutsideMissing."""
        with self._writer.exclusively(), self._reader.lock:
            wrong = self.count(kind) - len(self.ids(kind))
            counts = {**self.manifest.counts, kind: self.manifest.counts.get(kind, 0) - wrong}
            self._save(self.manifest.changed(counts=counts))
            self._reader.distrust()
            self._reader.catch_up()
            return self.count(kind)

    def _save(self, manifest: Manifest) -> None:
        try:
            save(str(self.home), manifest)
        except OSError as error:
            raise outside(error, "MANIFEST") from error

    def _past(self) -> History:
        from modelops_tui.store.history import History

        with self._reader.lock:
            return History(str(self.home), self._reader.records(), self.manifest.history)

    def history(self, kind: str, id: str, limit: int | None = None) -> Iterator[Entry]:
        """Every change of one document, newest first, `limit` at most; raises Damaged, OutsideMissing."""
        return islice(readable(self._past().of_document(kind, id)), limit)

    def changes(self, before: int | None = None, limit: int | None = None) -> Iterator[TransactionRecord]:
        """Transactions with a number below `before`, newest first; raises Damaged, OutsideMissing."""
        return islice(readable(self._past().transactions(before)), limit)

    def changes_by(self, by: str) -> Iterator[TransactionRecord | range]:
        """What one user did, newest first, and between it the numbers of what others did; raises as `changes` does."""
        return readable(self._past().by_author(by))

    def has_written(self, by: str) -> bool:
        """Whether the history holds a transaction of this user id; raises Damaged."""
        return self._past().names_author(by)

    def verify(self) -> list[Problem]:
        """Reads every file and says what is not as it was written: file, then sentence."""
        from modelops_tui.store.verification import verify

        self.refresh_view()
        return verify(str(self.home), self.schema)

    def table(self, kind: str, by: str = "") -> StoreTable:
        """The kind as a TinyDB table with string ids, writing as the user `by`."""
        from modelops_tui.store.table import StoreTable

        return StoreTable(self, kind, by)
