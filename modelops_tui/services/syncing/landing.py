"""Takes the changes of commits into this home, inside one transaction: clean documents follow, edited ones merge.

It never drops an edit made here, and never leaves a pointer that points at nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.entities.graph import pointers_at
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.structures import KEEP, Reference
from modelops_tui.services.syncing.bodies import Key, same_body, to_local
from modelops_tui.services.syncing.books import CONFLICT_PARTS, Books, base_of, conflict_of, local_body, merge_base
from modelops_tui.services.syncing.merging import Clash, merge, value_at_path
from modelops_tui.services.syncing.sealed_parts import (
    CHEST,
    Holders,
    entry_clashes,
    is_entry,
    meet,
    nobody_holds,
    removed_there,
    unmerged,
    with_sealed,
)
from modelops_tui.store.transaction import Transaction

HERE, THERE = "here", "there"
_FOLLOWS = object()


class Landing:
    """One batch of changes on its way in. `after` is what documents become here, `bases` what the remote holds.

    `holders` tells who of this home can open a chest.
    """

    def __init__(self, transaction: Transaction, holders: Holders = nobody_holds) -> None:
        self.transaction = transaction
        self.holders = holders
        self.books = Books(transaction)
        self.after: dict[Key, Document | None] = {}
        self.notes: list[str] = []
        self._bases: dict[Key, Any] = {}
        self._conflicts: dict[Key, dict[str, Any]] = {}

    def land(self, changes: Iterable[tuple[Key, Document | None]]) -> list[Key]:
        """Takes the changes in and gives the documents that were written."""
        for key, theirs in changes:
            self._take(key, theirs)
        self._keep_pointers_whole()
        written = self._write()
        for key, base in self._bases.items():
            if base is _FOLLOWS:
                self.books.drop_base(key)
            else:
                self.books.set_base(key, base)
        for key, parts in self._conflicts.items():
            self.books.note_conflict(key, **parts)
        return written

    def _take(self, key: Key, theirs: Document | None) -> None:
        record = base_of(self.transaction, key)
        mine = local_body(self.transaction, key)
        if record is None and key[0] == CHEST and mine is not None and theirs is not None:
            record = {"body": mine}
        if record is None:
            self.after[key] = theirs
        elif theirs is None:
            self._take_removal(key, record, mine)
        elif mine is None:
            self._take_edit_of_removed(key, record, theirs)
        else:
            self._merge(key, record, mine, theirs)

    def _take_removal(self, key: Key, record: Document, mine: Document | None) -> None:
        conflict = conflict_of(self.transaction, key) or {}
        taken = conflict.get("taken")
        if mine is not None and taken and mine.get(taken["field"]) == taken["provisional"]:
            mine = {**mine, taken["field"]: taken["theirs"]}
        if mine is not None and not same_body(mine, unmerged(record.get("body"), conflict)):
            self._keep_mine(key)
        else:
            self.after[key] = None
            self._bases[key] = _FOLLOWS
            self._conflicts[key] = dict.fromkeys(CONFLICT_PARTS)

    def _take_edit_of_removed(self, key: Key, record: Document, theirs: Document) -> None:
        self._bases[key] = theirs
        if same_body(theirs, record.get("body")):
            return
        self.after[key] = theirs
        self._conflicts[key] = {"deleted": HERE, "fields": None, "sealed": None}

    def _merge(self, key: Key, record: Document, mine: Document, theirs: Document) -> None:
        kind = BY_NAME[key[0]]
        conflict = conflict_of(self.transaction, key) or {}
        merged, clashes = merge(kind, merge_base(record, key), mine, theirs)
        taken = conflict.get("taken")
        parts: dict[str, Any] = {}
        if key[0] == CHEST:
            sealed, parts["sealed"] = meet(conflict.get("sealed"), record.get("body"), mine, theirs, self.holders)
            merged, clashes = with_sealed(merged, sealed), [one for one in clashes if one.path != ("entries",)]
        parts["fields"] = self._open_fields(key, conflict, clashes, merged, theirs)
        if key[0] == CHEST:
            others = [item for item in parts["fields"] if not is_entry(item)]
            parts["fields"] = others + entry_clashes(conflict.get("fields") or (), sealed, theirs)
        if taken:
            parts["fields"] = [item for item in parts["fields"] if item["path"] != [taken["field"]]]
            parts["taken"] = {**taken, "theirs": theirs.get(taken["field"])}
        if conflict.get("deleted") == THERE:
            parts["deleted"] = None
        self._conflicts[key] = parts
        self.after[key] = merged
        followed = same_body(merged, theirs) and not parts["fields"] and conflict.get("deleted") != HERE
        self._bases[key] = _FOLLOWS if followed else theirs

    def _open_fields(
        self, key: Key, conflict: Document, clashes: list[Clash], merged: Document, theirs: Document
    ) -> list[dict[str, Any]]:
        kind = BY_NAME[key[0]]
        found = {tuple(item["path"]): item["base"] for item in conflict.get("fields") or []}
        for clash in clashes:
            found.setdefault(clash.path, clash.base)
        still = []
        for path, base in found.items():
            there = value_at_path(kind, theirs, path)
            if there not in (base, value_at_path(kind, merged, path)):
                still.append({"path": list(path), "base": base, "theirs": there})
        return still

    def _is_there(self, key: Key) -> bool:
        return (self.after[key] if key in self.after else self.transaction.get(*key)) is not None

    def _body(self, key: Key) -> Document | None:
        return self.after[key] if key in self.after else local_body(self.transaction, key)

    def _keep_pointers_whole(self) -> None:
        queue = deque(self.after)
        while queue:
            key = queue.popleft()
            body = self.after[key]
            if body is None:
                if self._still_needed(key):
                    self._keep_removed_there(key)
                    queue.append(key)
                continue
            for target in self._targets(key, body):
                if not self._is_there(target) and self._bring_back(target):
                    queue.append(target)

    def _targets(self, key: Key, body: Document) -> Iterable[Key]:
        for place in BY_NAME[key[0]].references(body):
            assert isinstance(place.type, Reference)
            if place.type.on_removal is not KEEP:
                yield place.type.kind, str(place.value)

    def _still_needed(self, key: Key) -> bool:
        for pointer in pointers_at(*key, self.transaction):
            source = (pointer.kind, str(pointer.document["id"]))
            body = self._body(source)
            if body is not None and key in self._targets(source, body):
                return True
        return False

    def _keep_removed_there(self, key: Key) -> None:
        self.after[key] = local_body(self.transaction, key)
        if self.after[key] is None:
            del self.after[key]
            return
        self._keep_mine(key)

    def _keep_mine(self, key: Key) -> None:
        """Keeps a document that was removed there, and has a person decide."""
        mine, sealed = local_body(self.transaction, key), None
        record = base_of(self.transaction, key) or {"body": mine}
        if key[0] == CHEST:
            waiting = (conflict_of(self.transaction, key) or {}).get("sealed")
            sealed = removed_there(waiting, record.get("body"), mine)
        self._bases[key] = None
        self._conflicts[key] = {"deleted": THERE, "fields": None, "sealed": sealed}

    def _bring_back(self, key: Key) -> bool:
        """Brings back what was removed on one side and is pointed at from the other; False when nobody has it."""
        if self.transaction.get(*key) is not None:
            self._keep_removed_there(key)
            return True
        base = self._bases.get(key)
        record = base_of(self.transaction, key) or {}
        body = base if isinstance(base, dict) else record.get("body")
        if key in self.after or body is None:
            self.notes.append(f"something points at the {key[0]} {key[1]}, which nobody has any more")
            return False
        self.after[key] = body
        self._bases[key] = body
        self._conflicts[key] = {"deleted": HERE, "fields": None}
        return True

    def _write(self) -> list[Key]:
        written = []
        for key, body in self.after.items():
            local = self.transaction.get(*key)
            if body is None:
                if local is not None:
                    self.transaction.remove(*key)
                    written.append(key)
            elif local is None or not same_body(local_body(self.transaction, key), body):
                self.transaction.adopt(*key, to_local(BY_NAME[key[0]], key[1], body, local))
                written.append(key)
        return written
