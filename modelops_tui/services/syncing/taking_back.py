"""Deciding a conflict so that the decision can be taken back, as long as nothing came after it.

It knows only decisions of this process, and never takes back what somebody else may have seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.errors import Refused
from modelops_tui.services import history
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.bodies import Key, alike
from modelops_tui.services.syncing.books import Reading, base_of, conflict_of, outbox_of, state_of
from modelops_tui.services.syncing.chest_resolving import THEIRS
from modelops_tui.services.syncing.choices import nature
from modelops_tui.services.syncing.conflicting import SAME, Conflict, show_conflict
from modelops_tui.services.syncing.going_along import went_along
from modelops_tui.services.syncing.resolving import resolve
from modelops_tui.store.bases import BASE, CONFLICT, book_id

_LATER = "The record itself can be edited; that goes out with the next sync."
_RECENT = 200


@dataclass(frozen=True, slots=True)
class _Seen:
    """A document with its books, and the commit that this home was synced up to."""

    checkpoint: int
    document: Document | None
    base: Document | None
    conflict: Document | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A conflict that was decided here, with how it stood before and after; `says` is why it cannot be taken back."""

    conflict: Conflict
    before: _Seen
    after: _Seen
    removal: str = ""
    says: str = ""


def decide(home: Home, conflict: Conflict, choice: Any = None, fields: Mapping[str, Any] | None = None) -> Decision:
    """Does what was decided about a conflict as it was shown, and gives what `take_back` needs.

    Raises as `resolve` does, and Refused for a conflict that has other sides by now: nobody decides about what they
    have not seen.
    """
    if show_conflict(home, conflict.id).fields != conflict.fields:
        raise Refused("This conflict has changed since it was shown.", "Look at it again, then decide.")
    way, key = nature(home, conflict), (conflict.kind, conflict.document)
    before, along = _seen(home.store, key), went_along(home, key)
    resolve(home, conflict.id, choice, fields)
    after = _seen(home.store, key)
    removal = says = ""
    if way == "name":
        says = "The two are one now." if choice == SAME else "One of the two was renamed; rename it back by hand."
    elif way == "number" and choice == THEIRS:
        says = "The revision is dropped."
    elif after.document is None:
        removal = f"resolve {conflict.kind} {conflict.label}: remove it"
    elif along:
        says = "What went along with it came back too; remove it by hand."
    elif before.document is None or after.document["rev"] > before.document["rev"] + 1:
        says = "The record was changed meanwhile."
    return Decision(conflict, before, after, removal, says)


def take_back(home: Home, decision: Decision) -> None:
    """Puts a document and its conflict back as they were before a decision.

    Raises Refused, saying why, when that cannot be or anything came after it.
    """
    if decision.says:
        raise Refused(f"That cannot be taken back: {decision.says[0].lower()}{decision.says[1:]}")
    if decision.removal:
        _undo_removal(home, decision.removal)
        return
    key = (decision.conflict.kind, decision.conflict.document)
    home.catch_up()
    with home.store.transaction(
        home.user["id"], f"take back: {key[0]} {decision.conflict.label}", {"sync": "resolve"}
    ) as transaction:
        now = _seen(transaction, key)
        if now.checkpoint != decision.before.checkpoint or outbox_of(transaction) is not None:
            raise Refused("That cannot be taken back: a sync came after it.", _LATER)
        if not _same(now, decision.after):
            raise Refused("That cannot be taken back: the record was changed since.", _LATER)
        before = decision.before
        assert before.document is not None and before.conflict is not None
        transaction.adopt(*key, before.document)
        # The books keep when they were written, and by whom: that tells who made the other side.
        if before.base is not None:
            transaction.adopt(BASE, book_id(*key), before.base)
        transaction.adopt(CONFLICT, book_id(*key), before.conflict)
    home.catch_up()


def _seen(reader: Reading, key: Key) -> _Seen:
    state = state_of(reader) or {}
    return _Seen(int(state.get("checkpoint") or 0), reader.get(*key), base_of(reader, key), conflict_of(reader, key))


def _same(one: _Seen, other: _Seen) -> bool:
    pairs = ((one.document, other.document), (one.base, other.base), (one.conflict, other.conflict))
    return all(alike(left, right) for left, right in pairs)


def _undo_removal(home: Home, says: str) -> None:
    for record in home.store.changes(limit=_RECENT):
        if record.by == home.user["id"] and record.says == says:
            history.undo(home, record.seq)
            return
    raise Refused("That cannot be taken back: too much happened since.", "See the changes: modelops changes")
