"""What a shared remote is known to hold of each edited document, kept in the same transaction as the edit.

It never reaches a remote, and keeps nothing in a home that has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from modelops_tui.entities.field import Document
from modelops_tui.entities.leaving import travelling
from modelops_tui.entities.registry import BY_NAME

if TYPE_CHECKING:
    from modelops_tui.store.transaction import Transaction


class Getting(Protocol):
    """What both a store and a transaction answer."""

    def get(self, kind: str, id: str) -> Document | None:
        """The document, or None."""


STATE, BASE, OUTBOX, CONFLICT = "sync-state", "sync-base", "sync-outbox", "sync-conflict"
BOOKS = frozenset((STATE, BASE, OUTBOX, CONFLICT))
# {kind: id} in the state: documents of this kind with a higher id and without a base were never sent.
NEVER_SENT = "never_sent"
STATE_ID = "0" * 23 + "1"
OUTBOX_ID = "0" * 23 + "2"


def book_id(kind: str, id: str) -> str:
    """The id under which the books keep what concerns one document: two kinds may use the same id."""
    from hashlib import sha256

    return sha256(f"{kind}/{id}".encode()).hexdigest()[:24]


class StateReader(Protocol):
    """What a store, a transaction and a gate to a store all answer."""

    def get(self, kind: str, id: str) -> Document | None:
        """The document, or None."""


def remote_using(reader: StateReader, chest: str, entry: str = "") -> str:
    """The name of the remote that logs in with a treasure chest (an id), or with this entry of it; empty for none."""
    state = reader.get(STATE, STATE_ID)
    if state is None or state.get("chest") != chest or entry not in ("", state.get("entry")):
        return ""
    return str(state["name"])


def put(transaction: Transaction, book: str, id: str, fields: Mapping[str, Any]) -> None:
    """Writes one record of the books, new or in place of the one that is there."""
    if transaction.get(book, id) is None:
        transaction.insert(book, fields, id=id, envelope={"rev": 1}, restoring=True)
    else:
        transaction.replace(book, id, fields)


def put_base(transaction: Transaction, kind: str, id: str, body: Document | None) -> None:
    """Keeps what the remote holds of a document, None for nothing."""
    fields: Document = {"kind": kind, "document": id}
    if body is not None:
        fields["body"] = body
    put(transaction, BASE, book_id(kind, id), fields)


def never_sent(reader: Getting, kind: str, id: str) -> bool:
    """Whether a document that is here is one of the many of which the state says at once that none was ever sent."""
    state = reader.get(STATE, STATE_ID)
    after = state.get(NEVER_SENT, {}).get(kind) if state is not None else None
    return after is not None and id > after


def keep_bases(transaction: Transaction) -> None:
    """Keeps the base of every document that this transaction is the first to change since it was synced."""
    if transaction.get(STATE, STATE_ID) is None:
        return
    for change in transaction.changes():
        if change.kind in BOOKS or transaction.get(BASE, book_id(change.kind, change.id)) is not None:
            continue
        if never_sent(transaction, change.kind, change.id):
            # The state says so already of all that lie there.
            continue
        kind = BY_NAME[change.kind]
        before = travelling(kind, change.before) if change.before is not None else None
        if before is not None and change.after is not None:
            after = travelling(kind, change.after)
            if {**before, "updated_at": ""} == {**after, "updated_at": ""}:
                # Only what never leaves has changed.
                continue
        put_base(transaction, change.kind, change.id, before)
