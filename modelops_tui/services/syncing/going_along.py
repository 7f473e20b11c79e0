"""What went along with a document whose removal is in question: it comes back where the document is kept.

It reads the history of this home and never brings back what was removed at another time.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelops_tui.entities.field import Document
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.structures import CASCADE, KEEP, Reference, Rule
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.bodies import Key
from modelops_tui.services.syncing.books import Books, conflict_of
from modelops_tui.services.syncing.landing import HERE
from modelops_tui.services.syncing.sealed_parts import CHEST
from modelops_tui.store.history import Entry, TransactionRecord
from modelops_tui.store.transaction import Transaction


def went_along(home: Home, key: Key) -> list[Entry]:
    """What was removed in one transaction with a document, because it belongs to it, and is not there now.

    Only of a document whose conflict is a removal; a chest is never among them, since who has its key is to be asked.
    """
    record = conflict_of(home.store, key) or {}
    if not record.get("deleted"):
        return []
    removal = _own_removal(home, key) if record["deleted"] == HERE else _landing(home, record)
    if removal is None:
        return []
    removed = {
        (entry.kind, entry.id): entry
        for entry in removal.writes
        if entry.after is None and entry.kind in BY_NAME and entry.kind != CHEST
    }
    return [removed[one] for one in _belonging(removed, key) if home.store.get(*one) is None]


def along_words(home: Home, key: Key) -> str:
    """How many went along, as the end of a sentence; empty for none."""
    count = len(went_along(home, key))
    return f"; {count} that went along come{'s' * (count == 1)} back where it is kept" if count else ""


def bring_back(transaction: Transaction, entries: list[Entry]) -> None:
    """Makes documents anew as they were, under their own ids. Raises Invalid where a name was given again since."""
    for entry in entries:
        assert entry.before is not None
        Books(transaction).ensure_base((entry.kind, entry.id))
        transaction.adopt(entry.kind, entry.id, entry.before)


def _own_removal(home: Home, key: Key) -> TransactionRecord | None:
    removed = next((entry for entry in home.store.history(*key) if entry.after is None), None)
    return next(home.store.changes(removed.seq + 1, 1), None) if removed is not None else None


def _landing(home: Home, record: Document) -> TransactionRecord | None:
    """The transaction that took the removal in: the one that noted the conflict."""
    times = (record.get("updated_at", ""), record["created_at"])
    for one in home.store.changes():
        if one.at in times and "sync" in one.marks and any(entry.after is None for entry in one.writes):
            return one
        if one.at < record["created_at"]:
            break
    return None


def _belonging(removed: dict[Key, Entry], key: Key) -> list[Key]:
    """What goes with `key`, with what goes with that, and whatever these point at."""
    found: dict[Key, None] = {}
    grown = True
    while grown:
        fresh = [one for one in removed if one not in found and _goes_with(removed[one], {key, *found})]
        needed = [
            there
            for one in fresh
            for there, rule in _targets(removed[one])
            if rule is not KEEP and there in removed and there not in found
        ]
        grown = bool(fresh)
        found.update(dict.fromkeys((*fresh, *needed)))
    return list(found)


def _goes_with(entry: Entry, owners: set[Key]) -> bool:
    return any(rule is CASCADE and there in owners for there, rule in _targets(entry))


def _targets(entry: Entry) -> Iterator[tuple[Key, Rule]]:
    for place in BY_NAME[entry.kind].references(entry.before or {}):
        assert isinstance(place.type, Reference)
        yield (place.type.kind, str(place.value)), place.type.on_removal
