"""A kind as a TinyDB table: TinyDB's own calls at the cost of the journal, with text ids.

It differs from TinyDB on purpose: ids are never given twice, results are copies that carry the
envelope, and every call is one transaction. It never reads or writes but through the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NoReturn

from tinydb.queries import QueryLike
from tinydb.table import Document as TinyDocument
from tinydb.table import Table

from modelops_tui.store.codec import Document

if TYPE_CHECKING:
    from modelops_tui.store.store import Store
    from modelops_tui.store.transaction import Transaction

Fields = Mapping[str, Any] | Callable[[MutableMapping[str, Any]], None]


class StoreDocument(TinyDocument):
    """A copy of a stored document; `doc_id` is its id, a text."""

    doc_id: str  # type: ignore[assignment]

    def __init__(self, value: Mapping[str, Any], doc_id: str) -> None:
        dict.__init__(self, value)
        self.doc_id = doc_id


class _NoStorage:
    """Stands where TinyDB expects a storage; a table of a store has none of its own."""

    def read(self) -> NoReturn:
        """Refuses: the store reads."""
        raise NotImplementedError("a table of a store has no storage of its own")

    def write(self, data: Any) -> NoReturn:
        """Refuses: the store writes."""
        raise NotImplementedError("a table of a store has no storage of its own")

    def close(self) -> None:
        """Has nothing to close."""


class StoreTable(Table):
    """One kind of a store. Reads show what others wrote before the call.

    Writes raise what `Schema.check` raises, Invalid, Refused, OutsideMissing, Damaged.
    """

    document_class = StoreDocument  # type: ignore[assignment]
    document_id_class = str  # type: ignore[assignment]

    def __init__(self, store: Store, kind: str, by: str = "") -> None:
        super().__init__(_NoStorage(), kind)  # type: ignore[arg-type]
        self._store = store
        self._by = by

    def __repr__(self) -> str:
        return f"<StoreTable name={self.name!r}, total={len(self)}, home={str(self._store.home)!r}>"

    def _documents(self) -> Mapping[str, Document]:
        self._store.refresh_view()
        return self._store.documents(self.name)

    def _copy(self, document: Document) -> StoreDocument:
        return StoreDocument(deepcopy(document), document["id"])

    def _matching(self, documents: Mapping[str, Document], cond: QueryLike | None) -> Iterator[Document]:
        return (one for one in documents.values() if cond is None or cond(one))

    def _write(self, what: str) -> Transaction:
        return self._store.transaction(self._by, f"{what} {self.name}")

    def insert(self, document: Mapping[str, Any]) -> str:  # type: ignore[override]
        """Adds a document, under its `doc_id` when it is a table document; gives its id."""
        return self.insert_multiple((document,))[0]

    def insert_multiple(  # type: ignore[override]
        self, documents: Iterable[Mapping[str, Any]]
    ) -> list[str]:
        """Adds documents in one transaction; gives their ids."""
        with self._write("insert") as tx:
            return [self._insert(tx, document) for document in documents]

    def _insert(self, tx: Transaction, document: Mapping[str, Any]) -> str:
        if not isinstance(document, Mapping):
            raise ValueError("Document is not a Mapping")
        id = getattr(document, "doc_id", None)
        return str(tx.insert(self.name, dict(document), id=id)["id"])

    def all(self) -> list[StoreDocument]:  # type: ignore[override]
        """Every document."""
        return list(self)

    def search(self, cond: QueryLike) -> list[StoreDocument]:  # type: ignore[override]
        """The documents a query matches."""
        return [self._copy(one) for one in self._matching(self._documents(), cond)]

    def get(  # type: ignore[override]
        self,
        cond: QueryLike | None = None,
        doc_id: str | None = None,
        doc_ids: list[str] | None = None,
    ) -> StoreDocument | list[StoreDocument] | None:
        """One document by query or id, or those of several ids."""
        if doc_id is not None:
            self._store.refresh_view()
            found = self._store.get(self.name, doc_id)
        elif doc_ids is not None:
            self._store.refresh_view()
            several = (self._store.get(self.name, id) for id in sorted(set(doc_ids)))
            return [self._copy(one) for one in several if one is not None]
        elif cond is not None:
            found = next(self._matching(self._documents(), cond), None)
        else:
            raise RuntimeError("You have to pass either cond or doc_id or doc_ids")
        return None if found is None else self._copy(found)

    def contains(  # type: ignore[override]
        self, cond: QueryLike | None = None, doc_id: str | None = None
    ) -> bool:
        """Whether a document has the id, or the query matches one."""
        if cond is None and doc_id is None:
            raise RuntimeError("You have to pass either cond or doc_id")
        return self.get(cond, doc_id) is not None

    def update(  # type: ignore[override]
        self,
        fields: Fields,
        cond: QueryLike | None = None,
        doc_ids: Iterable[str] | None = None,
    ) -> list[str]:
        """Changes the documents of a query or of some ids, or all; gives their ids."""
        with self._write("update") as tx:
            ids = self._chosen(tx, cond, doc_ids)
            for id in ids:
                self._change(tx, id, fields)
        return ids

    def update_multiple(  # type: ignore[override]
        self, updates: Iterable[tuple[Fields, QueryLike]]
    ) -> list[str]:
        """Changes with several pairs of fields and query, in one transaction."""
        pairs = list(updates)
        changed = []
        with self._write("update") as tx:
            for id in list(tx.documents(self.name)):
                for fields, cond in pairs:
                    document = tx.get(self.name, id)
                    if document is not None and cond(document):
                        self._change(tx, id, fields)
                        changed.append(id)
        return changed

    def _chosen(self, tx: Transaction, cond: QueryLike | None, doc_ids: Iterable[str] | None) -> list[str]:
        if doc_ids is not None:
            return [id for id in doc_ids if tx.get(self.name, id) is not None]
        return [one["id"] for one in self._matching(tx.documents(self.name), cond)]

    def _change(self, tx: Transaction, id: str, fields: Fields) -> None:
        if not callable(fields):
            tx.update(self.name, id, fields)
            return
        copy = deepcopy(tx.get(self.name, id) or {})
        fields(copy)
        tx.replace(self.name, id, copy)

    def upsert(  # type: ignore[override]
        self, document: Mapping[str, Any], cond: QueryLike | None = None
    ) -> list[str]:
        """Changes what matches, or adds the document when nothing does, in one transaction."""
        id = getattr(document, "doc_id", None)
        if id is None and cond is None:
            raise ValueError(
                "If you don't specify a search query, you must specify a doc_id. Hint: use a table.Document object."
            )
        with self._write("upsert") as tx:
            ids = self._chosen(tx, cond, None if id is None else [id])
            for one in ids:
                self._change(tx, one, dict(document))
            return ids or [self._insert(tx, document)]

    def remove(  # type: ignore[override]
        self, cond: QueryLike | None = None, doc_ids: Iterable[str] | None = None
    ) -> list[str]:
        """Takes away the documents of a query or of some ids; gives their ids."""
        if cond is None and doc_ids is None:
            raise RuntimeError("Use truncate() to remove all documents")
        with self._write("remove") as tx:
            ids = list(dict.fromkeys(self._chosen(tx, cond, doc_ids)))
            for id in ids:
                tx.remove(self.name, id)
        return ids

    def truncate(self) -> None:
        """Takes away every document."""
        with self._write("truncate") as tx:
            for id in list(tx.documents(self.name)):
                tx.remove(self.name, id)

    def count(self, cond: QueryLike) -> int:
        """How many documents a query matches."""
        return sum(1 for _ in self._matching(self._documents(), cond))

    def clear_cache(self) -> None:
        """Does nothing: no result is kept."""

    def __len__(self) -> int:
        self._store.refresh_view()
        return self._store.count(self.name)

    def __iter__(self) -> Iterator[StoreDocument]:
        return (self._copy(one) for one in self._documents().values())

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return {id: deepcopy(one) for id, one in self._documents().items()}

    def _update_table(self, updater: Callable[[dict[Any, Any]], None]) -> None:
        with self._write("update") as tx:
            former = tx.documents(self.name)
            table: dict[str, Any] = {id: deepcopy(one) for id, one in former.items()}
            updater(table)
            for id in former.keys() - table.keys():
                tx.remove(self.name, id)
            for id, document in table.items():
                if id in former:
                    tx.replace(self.name, id, document)
                else:
                    tx.insert(self.name, document, id=id)
