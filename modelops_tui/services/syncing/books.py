"""What a home remembers of its remote: how far it is, what is unsent, under way or in conflict. It decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Protocol

from modelops_tui.entities.builtin import builtins
from modelops_tui.entities.field import Document
from modelops_tui.entities.leaving import travelling
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.errors import NotFound
from modelops_tui.services.syncing.bodies import Key, alike
from modelops_tui.services.syncing.commits import FOUNDATION
from modelops_tui.services.syncing.merging import value_at_path
from modelops_tui.services.syncing.sealed_parts import trouble_of
from modelops_tui.store.bases import (
    BASE,
    BOOKS,
    CONFLICT,
    NEVER_SENT,
    OUTBOX,
    OUTBOX_ID,
    STATE,
    STATE_ID,
    book_id,
    never_sent,
    put,
    put_base,
)
from modelops_tui.store.store import Store
from modelops_tui.store.transaction import Transaction


class Reading(Protocol):
    """What both a store and a transaction answer."""

    def get(self, kind: str, id: str) -> Document | None:
        """The document, or None."""

    def find(self, kind: str, term: str) -> list[Document]:
        """The documents that have this lookup term."""


def state_of(reader: Reading) -> Document | None:
    """What is known of the remote itself, or None in a home that has none."""
    return reader.get(STATE, STATE_ID)


def demand_state(reader: Reading) -> Document:
    """What is known of the remote itself; raises NotFound in a home that has none."""
    state = state_of(reader)
    if state is None:
        raise NotFound("This registry has no remote.", "Name one: modelops remote add NAME mongodb://HOST/DATABASE")
    return state


def outbox_of(reader: Reading) -> Document | None:
    """The commit that is under way, or None."""
    return reader.get(OUTBOX, OUTBOX_ID)


def base_of(reader: Reading, key: Key) -> Document | None:
    """The base record of a document: with `body` when the remote holds it; None for a document without edits."""
    record = reader.get(BASE, book_id(*key))
    if record is None and never_sent(reader, *key) and reader.get(*key) is not None:
        return {"kind": key[0], "document": key[1]}
    return record


def base_records(reader: Store | Transaction) -> Iterator[Document]:
    """The base record of every document that has one."""
    explicit = reader.documents(BASE).values()
    yield from explicit
    stretches = (state_of(reader) or {}).get(NEVER_SENT)
    if stretches:
        named = {key_of_record(record) for record in explicit}
        for kind, id in never_sent_keys(reader, stretches):
            if (kind, id) not in named:
                yield {"kind": kind, "document": id}


def never_sent_keys(reader: Store | Transaction, stretches: Mapping[str, str]) -> Iterator[Key]:
    """The documents that lie in the stretches of which none was sent, with those that have a base all the same."""
    for kind, after in stretches.items():
        for id in reader.documents(kind):
            if id > after:
                yield kind, id


def conflict_of(reader: Reading, key: Key) -> Document | None:
    """The conflict of a document, or None."""
    return reader.get(CONFLICT, book_id(*key))


def local_body(reader: Reading, key: Key) -> Document | None:
    """What could travel of a document as it is here, or None where there is none."""
    document = reader.get(*key)
    return travelling(BY_NAME[key[0]], document) if document is not None else None


def head_body(reader: Reading, key: Key) -> Document | None:
    """What the remote holds of a document, as far as this home took it in."""
    record = base_of(reader, key)
    return local_body(reader, key) if record is None else record.get("body")


def key_of_record(record: Document) -> Key:
    """The document that a record of the books is about."""
    return str(record["kind"]), str(record["document"])


def conflict_records(reader: Store | Transaction) -> list[Document]:
    """Every open conflict, the oldest first: whoever removed the document, or wrote what is there, has decided."""
    found = [item for item in reader.documents(CONFLICT).values() if is_open(reader, item)]
    return sorted(found, key=lambda item: (str(item["created_at"]), str(item["id"])))


def is_open(reader: Reading, record: Document) -> bool:
    """Whether a conflict is still one."""
    document = reader.get(*key_of_record(record))
    if document is None:
        return False
    parts = (record.get("deleted"), record.get("taken"), record.get("number"), trouble_of(record))
    return any(parts) or bool(open_fields(record, document))


def open_fields(record: Document, document: Document) -> list[Document]:
    """The clashes of a conflict where the document does not hold what is there."""
    kind = BY_NAME[str(record["kind"])]
    fields: list[Document] = record.get("fields") or []
    return [item for item in fields if not alike(value_at_path(kind, document, tuple(item["path"])), item["theirs"])]


def merge_base(record: Document, key: Key) -> Document | None:
    """What two sides are compared with: what the remote held, else what every home began with."""
    body: Document | None = record.get("body")
    return body if body is not None else builtin_bodies().get(key)


@cache
def builtin_bodies() -> dict[Key, Document]:
    """What every home has from the start."""
    return {(kind, document["id"]): document for kind, document in builtins()}


class Books:
    """The records of sync, written in the transaction that also writes the documents."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction

    def set_state(self, **changes: Any) -> None:
        """Changes what is known of the remote."""
        state = state_of(self.transaction) or {"checkpoint": 0, "hash": FOUNDATION, "views": True}
        if "checkpoint" in changes:
            changes["synced_at"] = self.transaction.at
        state = {name: value for name, value in {**state, **changes}.items() if value is not None}
        put(self.transaction, STATE, STATE_ID, state)

    def move_credentials(self, old: Key, new: Key) -> None:
        """Has the remote log in with another treasure chest, where it did so with the old one."""
        state = state_of(self.transaction)
        if old[0] == "treasure-chest" and state is not None and state.get("chest") == old[1]:
            self.set_state(chest=new[1])

    def set_base(self, key: Key, body: Document | None) -> None:
        """Remembers what the remote holds of a document that is, or may be, edited here."""
        put_base(self.transaction, *key, body)

    def ensure_base(self, key: Key) -> None:
        """Keeps the base of a document that is about to be changed here."""
        if self.transaction.get(BASE, book_id(*key)) is None:
            known = base_of(self.transaction, key) is None
            self.set_base(key, local_body(self.transaction, key) if known else None)

    def drop_base(self, key: Key) -> None:
        """Forgets the base: the document is as the remote has it."""
        self._remove(BASE, book_id(*key))

    def name_never_sent(self) -> None:
        """Gives each document that was never sent a base of its own: from now on they come and go one by one."""
        stretches = (state_of(self.transaction) or {}).get(NEVER_SENT)
        if stretches is None:
            return
        for key in never_sent_keys(self.transaction, stretches):
            self.ensure_base(key)
        self.set_state(**{NEVER_SENT: None})

    def set_outbox(self, fields: Document) -> None:
        """Makes a commit durable before it is sent."""
        put(self.transaction, OUTBOX, OUTBOX_ID, fields)

    def drop_outbox(self) -> None:
        """Forgets the commit that was under way."""
        self._remove(OUTBOX, OUTBOX_ID)

    def note_conflict(self, key: Key, **parts: Any) -> None:
        """Adds to the conflict of a document, or takes a part away with None; without parts it is gone."""
        former = conflict_of(self.transaction, key)
        kept = {name: value for name, value in (former or {}).items() if name in CONFLICT_PARTS}
        kept.update(parts)
        kept = {name: value for name, value in kept.items() if value}
        if kept:
            put(self.transaction, CONFLICT, book_id(*key), {"kind": key[0], "document": key[1], **kept})
        elif former is not None:
            self._remove(CONFLICT, book_id(*key))

    def drop_conflict(self, key: Key) -> None:
        """Forgets the conflict of a document."""
        self._remove(CONFLICT, book_id(*key))

    def conflicts(self) -> Iterator[tuple[Key, Document]]:
        """Every conflict with its document, which may be gone."""
        for record in list(self.transaction.documents(CONFLICT).values()):
            yield key_of_record(record), record

    def forget_everything(self) -> None:
        """Removes every record: the home has no remote any more."""
        for book in BOOKS:
            for id in list(self.transaction.documents(book)):
                self.transaction.remove(book, id)

    def _remove(self, book: str, id: str) -> None:
        if self.transaction.get(book, id) is not None:
            self.transaction.remove(book, id)


# fields: [{path, base, theirs}]; deleted: here|there; taken: {field, theirs, provisional, other}; number: {was, now};
# sealed: {former} or {base, trouble}, of which only trouble is a conflict.
CONFLICT_PARTS = ("fields", "deleted", "taken", "number", "sealed")
