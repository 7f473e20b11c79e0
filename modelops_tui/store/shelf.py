"""One kind as it stands now: its segments, what was written since, and what is decoded already.

It never follows the journal by itself and never writes.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from heapq import merge
from types import MappingProxyType

from modelops_tui.store.codec import Document, collector_paused, encode
from modelops_tui.store.identity import is_id
from modelops_tui.store.manifest import SegmentEntry
from modelops_tui.store.overlay import Overlay
from modelops_tui.store.schema import Schema, terms_of, terms_version
from modelops_tui.store.segment import Segment

_MISSING: Document = {}


class Shelf:
    """The documents of one kind. Segments are opened when first needed."""

    def __init__(self, home: str, kind: str, schema: Schema) -> None:
        self.kind = kind
        self.overlay = Overlay()
        self.count = 0
        self._home = home
        self._schema = schema
        self._entries: tuple[SegmentEntry, ...] = ()
        self._open: list[Segment] | None = None
        self._decoded: dict[str, Document] | None = None
        self._pending: dict[str, Document | None] = {}

    def terms(self, document: Document) -> Iterable[str]:
        """The lookup terms of a document of this kind."""
        return terms_of(self._schema, self.kind, document)

    def settle(self, entries: tuple[SegmentEntry, ...], *, empty: bool) -> None:
        """Takes new segments with the same content; `empty` when they hold the overlay too."""
        if entries != self._entries:
            former = {one.entry.file: one for one in self._open or ()}
            self._entries = entries
            self._open = None
            if entries and all(entry.file in former for entry in entries):
                self._open = [former[entry.file] for entry in entries]
        if empty:
            self.overlay = Overlay()

    def apply(self, id: str, document: Document | None, change: int) -> None:
        """Takes one write; `change` is what it adds to the count."""
        self.overlay.put(id, document)
        self.count += change
        if self._decoded is not None:
            self._pending[id] = document

    @property
    def segments(self) -> list[Segment]:
        """The open segments, oldest first; raises FileNotFoundError, Damaged."""
        if self._open is None:
            version = terms_version(self._schema)
            # No method of the shelf, which holds them: a circle that was frozen would keep files open for ever.
            terms = partial(terms_of, self._schema, self.kind)
            self._open = [Segment(self._home, entry, terms, version) for entry in self._entries]
        return self._open

    def get(self, id: str) -> Document | None:
        """The document, or None."""
        found = self.overlay.documents.get(id, _MISSING)
        if found is not _MISSING:
            return found
        if self._decoded is not None:
            found = self._pending.get(id, _MISSING)
            return self._decoded.get(id) if found is _MISSING else found
        if not is_id(id):
            return None
        for segment in reversed(self.segments):
            row = segment.index.row(id)
            if row >= 0:
                return None if segment.index.gone[row] else segment.document(row)
        return None

    def ever(self, id: str) -> bool:
        """Whether a document with this id is or was here."""
        if id in self.overlay.documents:
            return True
        return any(segment.index.row(id) >= 0 for segment in self.segments)

    def _at(self, segment: Segment, row: int) -> Document:
        """The document of a row, the same one that `documents` gives where that was asked for before."""
        if self._decoded is not None:
            document = self.documents().get(segment.index.id(row))
            if document is not None:
                return document
        return segment.document(row)

    def _superseded(self, id: str, position: int) -> bool:
        if id in self.overlay.documents:
            return True
        return any(one.index.row(id) >= 0 for one in self.segments[position + 1 :])

    def find(self, term: str) -> list[Document]:
        """The documents that have the term, in id order."""
        found = self.overlay.find(term, self.terms)
        for position, segment in enumerate(self.segments):
            for row in segment.index.rows_of_term(term):
                document = self._at(segment, row)
                if not self._superseded(document["id"], position) and term in self.terms(document):
                    found.append(document)
        if len(found) > 1:
            found.sort(key=lambda one: str(one["id"]))
        return found

    def ids(self, prefix: str = "") -> list[str]:
        """The ids that begin with the prefix, in order."""
        if prefix and not is_id(prefix.ljust(24, "0")):
            return []
        states = {}
        for segment in self.segments:
            index = segment.index
            for row in index.span(prefix):
                states[index.id(row)] = not index.gone[row]
        for id, document in self.overlay.documents.items():
            if id.startswith(prefix):
                states[id] = document is not None
        return sorted(id for id, live in states.items() if live)

    def leading(self) -> Iterator[str]:
        """The ids in order, worked out one at a time, so that the first few cost what they are."""
        newest = len(self.segments)
        streams = [_states(segment, newest - position) for position, segment in enumerate(self.segments)]
        overlay = sorted((id, 0, document is not None) for id, document in self.overlay.documents.items())
        last = ""
        for id, _, live in merge(*streams, overlay):
            if id != last and live:
                yield id
            last = id

    def documents(self) -> Mapping[str, Document]:
        """Every document by id, in id order, as of now: a later write makes a new mapping."""
        if self._decoded is None:
            self._decoded = self._decode()
            self._pending = {}
        elif self._pending:
            self._decoded = _merged(self._decoded, self._pending)
            self._pending = {}
        return MappingProxyType(self._decoded)

    def _decode(self) -> dict[str, Document]:
        with collector_paused():
            documents: dict[str, Document] = {}
            users: dict[str, str] = {}
            ordered = True
            for segment in self.segments:
                ordered = ordered and not documents
                for document in segment.documents():
                    if "rev" in document:
                        documents[document["id"]] = _sharing(document, users)
                    else:
                        documents.pop(document["id"], None)
            if not ordered:
                documents = dict(sorted(documents.items()))
            if self.overlay.documents:
                documents = _merged(documents, self.overlay.documents)
        if len(documents) > 1000:
            gc.freeze()
        return documents

    def scan(self, needle: bytes) -> Iterator[Document]:
        """The documents whose bytes hold the needle, as of now."""
        # After a compaction what is decoded may be older than the segments: `documents` brings it up to date.
        decoded = {} if self._decoded is None else self.documents()
        return _scan(needle, list(self.segments), dict(self.overlay.documents), decoded)


def _states(segment: Segment, age: int) -> Iterator[tuple[str, int, bool]]:
    index = segment.index
    for row in index.span(""):
        yield index.id(row), age, not index.gone[row]


def _scan(
    needle: bytes,
    segments: list[Segment],
    overlay: dict[str, Document | None],
    decoded: Mapping[str, Document],
) -> Iterator[Document]:
    for position, segment in enumerate(segments):
        newer = segments[position + 1 :]
        for row in segment.rows_with(needle):
            if segment.index.gone[row]:
                continue
            document = decoded.get(segment.index.id(row)) if decoded else None
            if document is None:
                document = segment.document(row)
            id = document["id"]
            if id in overlay or (newer and any(one.index.row(id) >= 0 for one in newer)):
                continue
            yield document
    for document in overlay.values():
        if document is not None and needle in encode(document):
            yield document


def _sharing(document: Document, users: dict[str, str]) -> Document:
    """The document with texts in memory once that very many have: it weighs a tenth less."""
    by, made = document.get("created_by"), document.get("created_at")
    if by is not None:
        document["created_by"] = users.setdefault(by, by)
    if made is not None and made == document.get("updated_at"):
        document["updated_at"] = made
    return document


def _merged(documents: dict[str, Document], changes: Mapping[str, Document | None]) -> dict[str, Document]:
    merged = dict(documents)
    last = next(reversed(merged), "")
    ordered = True
    for id, document in changes.items():
        if document is None:
            merged.pop(id, None)
            continue
        if id not in merged:
            ordered = ordered and id > last
            last = id
        merged[id] = document
    return merged if ordered else dict(sorted(merged.items()))
