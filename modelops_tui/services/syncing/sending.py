"""Makes a commit durable here before it is sent, and takes note of it once it is there. It talks to no remote."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from secrets import token_hex
from typing import NamedTuple

from modelops_tui.entities.field import Document
from modelops_tui.ports_remote import LogEntry, LogHead, ViewChange
from modelops_tui.services.sight import POINTS_AT_HIDEABLE
from modelops_tui.services.syncing.bodies import Key, same_body
from modelops_tui.services.syncing.books import Books, base_of, key_of_record, local_body, outbox_of, state_of
from modelops_tui.services.syncing.commits import MOST_BYTES, SCHEMA, Changes, chained, encoded, packed, unpack
from modelops_tui.store.bases import BASE, NEVER_SENT
from modelops_tui.store.transaction import Transaction


class Prepared(NamedTuple):
    """A commit that is in the outbox; `changes` is None where its content would have to be unpacked first."""

    entry: LogEntry
    changes: Changes | None = None


def make_commit(transaction: Transaction, changes: Changes, user: str, client: str) -> tuple[Prepared, Changes]:
    """Writes a commit of these changes into the outbox; gives it, and the changes that did not fit any more."""
    state = state_of(transaction)
    assert state is not None
    parts: list[bytes] = []
    size = 0
    for key, body in changes:
        if size > MOST_BYTES:
            break
        parts.append(encoded(key, body))
        size += len(parts[-1])
    changes, left = changes[: len(parts)], changes[len(parts) :]
    z = packed(parts)
    prev = str(state["hash"])
    head = LogHead(
        int(state["checkpoint"]) + 1,
        token_hex(12),
        prev,
        chained(prev, z),
        str(state["replica"]),
        user,
        SCHEMA,
        client,
        len(changes),
        summary(changes),
        transaction.at,
    )
    Books(transaction).set_outbox({"head": list(head), "z": b64encode(z).decode()})
    return Prepared(LogEntry(head, z), changes), left


def summary(changes: Changes) -> str:
    """A commit in a few words: how many documents of each kind it writes and removes."""
    counts: dict[str, int] = {}
    removed = 0
    for (kind, _), body in changes:
        if body is None:
            removed += 1
        else:
            counts[kind] = counts.get(kind, 0) + 1
    parts = [f"{count} {kind}" for kind, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    if removed:
        parts.append(f"{removed} removed")
    return ", ".join(parts[:6]) + (", …" if len(parts) > 6 else "")


def commit_in(outbox: Document) -> LogEntry:
    """The commit that an outbox holds."""
    return LogEntry(LogHead(*outbox["head"]), b64decode(outbox["z"]))


def acknowledge(transaction: Transaction, entry: LogEntry, unchanged: Changes | None = None) -> list[ViewChange]:
    """Takes note that the commit of the outbox is the remote's; documents changed meanwhile stay unsent.

    `unchanged` is its content, given where nothing was written since it was made. Gives what the views show of it.
    """
    books = Books(transaction)
    n, by = entry.head.n, entry.head.user
    stretches = dict((state_of(transaction) or {}).get(NEVER_SENT) or {})
    named = {key_of_record(record) for record in transaction.documents(BASE).values()} if stretches else None
    views: list[ViewChange] = []
    for key, sent in unpack(entry) if unchanged is None else unchanged:
        fresh = named is not None and key not in named and key[0] in stretches
        record = None if fresh else base_of(transaction, key)
        known = not fresh and (record is None or record.get("body") is not None)
        views.append(ViewChange(*key, sent, n, by, known))
        whole = unchanged is not None and sent is not None and key[0] not in POINTS_AT_HIDEABLE
        if not whole and not same_body(local_body(transaction, key), sent):
            books.set_base(key, sent)
        elif record is not None:
            books.drop_base(key)
        if key[0] in stretches:
            stretches[key[0]] = max(stretches[key[0]], key[1])
    books.drop_outbox()
    books.set_state(checkpoint=n, hash=entry.head.hash, views=False, never_sent=stretches or None)
    return views


def is_own(transaction: Transaction, entry: LogEntry) -> bool:
    """Whether a commit of the log is the one that the outbox holds."""
    outbox = outbox_of(transaction)
    return outbox is not None and LogHead(*outbox["head"]).cid == entry.head.cid


def finish(transaction: Transaction, keys: Sequence[Key]) -> None:
    """Forgets the bases of documents that are as the remote has them."""
    books = Books(transaction)
    for key in keys:
        if base_of(transaction, key) is not None:
            books.drop_base(key)
