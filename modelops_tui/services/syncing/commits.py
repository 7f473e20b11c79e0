"""Commits of the shared log: how their content is packed, chained and checked. It trusts nothing that it unpacks."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.entities.leaving import travelling
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.scalars import OBJECT_ID
from modelops_tui.errors import Refused
from modelops_tui.ports_remote import LogEntry, LogHead
from modelops_tui.services.syncing.bodies import Key, body_problem
from modelops_tui.store.codec import DecodeError, decode, encode

FORMAT = 1
SCHEMA = 1
MIN_READER = 1
MIN_WRITER = 1
MOST_DOCUMENTS = 1000
# How many commits are read at once.
PAGE = 20
MOST_BYTES = 4 * 1024 * 1024
# One document may be as large as the store takes; nothing that unpacks to more was packed by this program.
MOST_UNPACKED = 64 * 1024 * 1024
FOUNDATION = "0" * 64

Changes = list[tuple[Key, Document | None]]


class HistoryGone(Refused):
    """The remote no longer holds the history that this home was synced with."""

    def __init__(self, says: str) -> None:
        super().__init__(says, "Nothing was written. Begin anew from what is there: modelops sync reclone")


def pack(changes: Iterable[tuple[Key, Document | None]]) -> bytes:
    """The compressed content of a commit."""
    return packed([encoded(key, body) for key, body in changes])


def encoded(key: Key, body: Document | None) -> bytes:
    """One change as the content of a commit holds it."""
    return encode([f"{key[0]}/{key[1]}", body])


def packed(parts: Iterable[bytes]) -> bytes:
    """The compressed content of a commit that is made of these changes."""
    return zlib.compress(b"[" + b",".join(parts) + b"]", 6)


def chained(prev: str, z: bytes) -> str:
    """The hash of a commit: over the hash of the one before and its own content."""
    return sha256(bytes.fromhex(prev) + z).hexdigest()


def unpack(entry: LogEntry) -> Changes:
    """The changes of a commit. Raises Refused for content that this program cannot or must not take in."""
    n = entry.head.n
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(entry.z, MOST_UNPACKED)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise broken(n, "it is cut off, or larger than any commit can be")
        content = decode(data)
    except (zlib.error, DecodeError) as error:
        raise broken(n, "its content cannot be read") from error
    if not isinstance(content, list):
        raise broken(n, "it holds no list of changes")
    return [_change(n, item) for item in content]


def _change(n: int, item: Any) -> tuple[Key, Document | None]:
    if not isinstance(item, list) or len(item) != 2 or not isinstance(item[0], str):
        raise broken(n, "a change in it has no name")
    kind, _, id = item[0].partition("/")
    if not OBJECT_ID.match(id):
        raise broken(n, "a change in it has no id")
    if kind not in BY_NAME:
        raise Refused(
            f"Commit {n} of the remote holds a {kind[:40]!r}, which this program does not know.",
            "Update modelops, then sync again.",
        )
    body = item[1]
    if body is None:
        return (kind, id), None
    says = body_problem(body)
    if says:
        raise broken(n, f"the {kind} {id} in it {says}")
    # Nobody else decides about what is this machine's alone.
    return (kind, id), travelling(BY_NAME[kind], body)


def broken(n: int, says: str) -> Refused:
    """The refusal of a commit."""
    return Refused(
        f"Commit {n} of the remote is not valid: {says}.",
        "Nothing of it was taken in. Ask whoever runs the remote: modelops sync verify",
    )


def check_chain(after: int, prev: str, heads: Sequence[LogHead]) -> None:
    """Raises HistoryGone unless the commits follow number `after`, whose hash is `prev`, without a gap."""
    for head in heads:
        if head.n != after + 1:
            raise HistoryGone(f"The remote has commit {head.n} where {after + 1} should be: history is missing.")
        if head.prev != prev:
            raise HistoryGone(f"Commit {head.n} of the remote does not follow the history that this home knows.")
        after, prev = head.n, head.hash


def check_content(entry: LogEntry) -> None:
    """Raises Refused when the content of a commit is not what its hash says."""
    try:
        right = chained(entry.head.prev, entry.z) == entry.head.hash
    except ValueError:
        right = False
    if not right:
        raise broken(entry.head.n, "its content is not what its hash says")
