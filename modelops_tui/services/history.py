"""Who changed what, and taking it back: undo writes the opposite as a new transaction, history is never rewritten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.errors import Refused
from modelops_tui.services.home import Home
from modelops_tui.services.own_changes import (
    DOCTOR,
    PURGED,
    REDOES,
    RESTORED,
    UNDOES,
    last_to_redo,
    last_to_undo,
    missing_files,
    next_to_undo,
    own_to_undo,
    standing_author,
)
from modelops_tui.services.sight import HIDEABLE
from modelops_tui.store.history import Entry, Named, TransactionRecord

STAMPS = frozenset(("rev", "updated_at", "id", "created_at", "created_by"))
TRACES = {"treasure-chest": ("revealed",)}
OPPOSITE = {"made": "removed", "removed": "made", "changed": "changed"}
Difference = tuple[str, Any, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one document: its number, time, the login name of who made it, and field by field what."""

    sequence: int
    at: str
    by: str
    says: str
    action: str
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """One transaction as a person may see it: entries are (kind name, id, label, made|changed|removed).

    They are the first of `count` where only some were asked for.
    """

    sequence: int
    at: str
    by: str
    says: str
    entries: list[tuple[str, str, str, str]]
    count: int


def history(home: Home, kind: Kind, id: str, limit: int | None = None) -> list[Step]:
    """Every change of a document that the user may see, the newest first."""
    steps = []
    for entry in home.store.history(kind.name, id):
        if not _sees(home, entry):
            continue
        differences = list(differences_of(_shown(entry.before), _shown(entry.after)))
        steps.append(Step(entry.seq, entry.at, home.user_name(entry.by), entry.says, action_of(entry), differences))
        if limit is not None and len(steps) >= limit:
            break
    return steps


def changes(home: Home, limit: int = 50, before: int | None = None, shown: int | None = None) -> list[ChangeSet]:
    """The transactions of the store that the user may see, the newest first, with `shown` entries each at most."""
    found: list[ChangeSet] = []
    for record in home.store.changes(before=before):
        if len(found) >= limit:
            break
        seen = _as_seen(home, record, shown)
        if seen is not None:
            found.append(seen)
    return found


def gaps(home: Home, oldest: int = 1, before: int | None = None) -> list[str]:
    """A sentence for each part of the past, from transaction `oldest` to the one before `before`, that is not there:
    what was let go of, and what stood in files that are missing."""
    missing = missing_files(home)
    says, expected = [], 1
    manifest = home.store.manifest
    parts = [(one.first, one.last, one.file) for one in manifest.history]
    for first, last, file in [*parts, (manifest.sequence + 1, manifest.sequence, "")]:
        if first > expected:
            gone = f"Transactions {expected} to {first - 1} are not in the history any more: they were let go of."
            begins = f"The history begins at transaction {first}: what was before was let go of."
            says.append((expected, first - 1, begins if expected == 1 else gone))
        if file in missing:
            text = f"history/{file} is missing: transactions {first} to {last} cannot be told. {DOCTOR}"
            says.append((first, last, text))
        expected = last + 1
    return [text for first, last, text in says if last >= oldest and (before is None or first < before)]


def undo(home: Home, number: int | None = None, shown: int | None = None) -> ChangeSet:
    """Takes back the acting user's last transaction, or their own one with this number, by its opposite.

    Of its entries `shown` at most are told. Raises Refused when there is none, when it is another's, when it was
    purged, or when a later change or a rule forbids it, and NotFound for a number that the history does not hold.
    """
    target = last_to_undo(home) if number is None else own_to_undo(home, number)
    if target is None:
        raise Refused("There is nothing of yours to undo.")
    try:
        return _opposite(home, target, f"undo: {_plain(target.says)}", {UNDOES: target.seq}, shown)
    except Refused as refused:
        other = next_to_undo(home, target) if number is None else None
        if other is None:
            raise
        way = f"take back another change of yours: modelops undo {other.seq} (numbers as in modelops changes)"
        hint = f"{refused.hint} – or {way}" if refused.hint else way.capitalize()
        raise Refused(refused.says, hint) from refused


def redo(home: Home, shown: int | None = None) -> ChangeSet:
    """Does again what the acting user undid last. Raises Refused when there is nothing, or a rule forbids it."""
    target = last_to_redo(home)
    if target is None:
        raise Refused("There is nothing of yours to redo.")
    return _opposite(home, target, f"redo: {_plain(target.says)}", {REDOES: target.seq}, shown)


def action_of(entry: Entry) -> str:
    """What a write did to its document."""
    if entry.before is None:
        return "made"
    return "removed" if entry.after is None else "changed"


def is_birth(step: Step) -> bool:
    """Whether there was nothing of the document before this step."""
    return step.action == "made" and not step.says.startswith(("undo: ", "redo: "))


def differences_of(before: Document | None, after: Document | None, path: str = "") -> Iterator[Difference]:
    """The differences between two states of a document, down into its maps, as (path, old, new)."""
    old, new = before or {}, after or {}
    for name in [*old, *(name for name in new if name not in old)]:
        if not path and name in STAMPS:
            continue
        here = f"{path}.{name}" if path else name
        was, is_now = old.get(name), new.get(name)
        if isinstance(was, dict) and isinstance(is_now, dict):
            yield from differences_of(was, is_now, here)
        elif was != is_now:
            yield here, was, is_now


def _shown(document: Document | None) -> Document | None:
    if document is None or "password_verifier" not in document:
        return document
    return {name: value for name, value in document.items() if name != "password_verifier"}


def _sees(home: Home, entry: Entry) -> bool:
    state = entry.after if entry.after is not None else entry.before
    if state is None or entry.kind not in BY_NAME:
        return False
    kind = BY_NAME[entry.kind]
    return home.sight.sees(entry.kind, state) and home.may("read", kind, entry.id)


def _sees_named(home: Home, write: Named) -> bool:
    """As `_sees`, and a write is decoded only where what it holds decides."""
    if write.kind in HIDEABLE:
        return _sees(home, write.read())
    return write.kind in BY_NAME and home.may("read", BY_NAME[write.kind], write.id)


def _as_seen(home: Home, record: TransactionRecord, shown: int | None) -> ChangeSet | None:
    writes = list(record.named())
    seen = [write for write in writes if _sees_named(home, write)]
    if not seen:
        return None
    names = _Then(home, seen)
    entries = [
        (write.kind, write.id, names.label(write.kind, write.id), action_of(write.read())) for write in seen[:shown]
    ]
    known = len(seen) == len(writes) or record.by == home.user["id"]
    says = record.says if known else f"{len(seen)} changes"
    return ChangeSet(record.seq, record.at, home.user_name(record.by), says, entries, len(seen))


class _Then:
    """A reader in which what was removed is still there, so that keys can be told in full."""

    def __init__(self, home: Home, writes: Iterable[Named]) -> None:
        self.names = home.names
        self._home = home
        self._then = {(write.kind, write.id): write.read for write in writes}

    def get(self, kind: str, id: str) -> Document | None:
        """The document as it is, else as the transaction knew it, else as it was when it was removed."""
        return self.names.get(kind, id) or self._former(kind, id)

    def _former(self, kind: str, id: str) -> Document | None:
        read = self._then.get((kind, id))
        entry = read() if read is not None else next(self._home.store.history(kind, id, 1), None)
        if entry is None or (read is None and not _sees(self._home, entry)):
            return None
        return entry.after or entry.before

    def find(self, kind: str, term: str) -> list[Document]:
        """The documents that have this lookup term now."""
        return self.names.find(kind, term)

    def label(self, kind: str, id: str) -> str:
        """What a document is called."""
        return label_of(BY_NAME[kind], self.get(kind, id) or {"id": id}, self)


def _plain(says: str) -> str:
    return says.removeprefix("undo: ").removeprefix("redo: ")


def _refuse_lost(target: TransactionRecord) -> None:
    if PURGED in target.marks:
        raise Refused(
            f"Cannot take that back: transaction {target.seq} wrote a document that was purged since.",
            "What was purged is gone for good.",
        )
    if RESTORED in target.marks:
        raise Refused(
            f"Cannot take that back: transaction {target.seq} restored a backup.",
            "The copy that was made before it is a registry itself: modelops --home COPY",
        )


def _opposite(home: Home, target: TransactionRecord, says: str, marks: dict[str, Any], shown: int | None) -> ChangeSet:
    _refuse_lost(target)
    writes = list(target.writes)
    for entry in writes:
        action = "delete" if entry.before is None else "create" if entry.after is None else "write"
        home.demand(action, BY_NAME[entry.kind], entry.id)
        _refuse_share(home, entry)
    with home.writing(says, marks) as transaction:
        for entry in reversed(writes):
            now = transaction.get(entry.kind, entry.id)
            _refuse_if_changed(home, target, entry, now)
            if entry.before is None:
                transaction.remove(entry.kind, entry.id)
            elif now is None:
                envelope = {name: entry.before[name] for name in ("rev", "created_at", "updated_at", "created_by")}
                fields = {name: value for name, value in entry.before.items() if name not in (*envelope, "id")}
                envelope["rev"] += 1
                transaction.insert(entry.kind, fields, id=entry.id, envelope=envelope, restoring=True)
            else:
                transaction.replace(
                    entry.kind, entry.id, {**_without_traces(entry, entry.before), **_traces(entry, now)}
                )
        expected = {(entry.kind, entry.id) for entry in writes}
        sequence, at = home.store.sequence + 1, transaction.at
    # The books of sync are no records.
    more = [one for one in transaction.changes() if one.kind in BY_NAME and (one.kind, one.id) not in expected]
    done = _as_seen(home, target, shown)
    entries = [(kind, id, label, OPPOSITE[action]) for kind, id, label, action in done.entries] if done else []
    entries += [(change.kind, change.id, change.id[:8], "removed") for change in more]
    count = len(more) + (done.count if done else 0)
    return ChangeSet(sequence, at, str(home.user.get("name")), says, entries[:shown], count)


def _refuse_if_changed(home: Home, target: TransactionRecord, entry: Entry, now: Document | None) -> None:
    if entry.after is None and now is not None:
        raise Refused(f"Cannot take that back: {_named(home, entry)} is there again.")
    if entry.after is not None and now is None:
        raise Refused(f"Cannot take that back: {_named(home, entry)} was removed since.")
    if entry.after is None or now is None:
        return
    if any(differences_of(_without_traces(entry, entry.after), _without_traces(entry, now))):
        who = home.user_name(standing_author(home, target, entry.kind, entry.id))
        raise Refused(
            f"Cannot take that back: {who} changed {_named(home, entry)} since.",
            f"See what changed: modelops {entry.kind} history {entry.id}",
        )


def _named(home: Home, entry: Entry) -> str:
    names = _Then(home, [Named(entry.kind, entry.id, lambda: entry)])
    return f"{entry.kind} {names.label(entry.kind, entry.id)}"


def _refuse_share(home: Home, entry: Entry) -> None:
    """Raises Refused where somebody who could open a chest would be out by name alone, its key still in their hands."""
    before, after = ((state or {}).get("header") or {} for state in (entry.before, entry.after))
    if entry.kind != "treasure-chest" or not before or before.get("epoch") != after.get("epoch"):
        return
    known = {one["user"] for one in before["recipients"]}
    let_in = [home.user_name(one["user"]) for one in after["recipients"] if one["user"] not in known]
    if let_in:
        name = _named(home, entry)
        raise Refused(
            f"Cannot take that back: {', '.join(let_in)} has the key of {name} since.",
            f"Keep them out of what comes: modelops {entry.kind} unshare {entry.id} --with {let_in[0]}",
        )


def _traces(entry: Entry, document: Document) -> Document:
    return {name: document[name] for name in TRACES.get(entry.kind, ()) if name in document}


def _without_traces(entry: Entry, document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in TRACES.get(entry.kind, ())}
