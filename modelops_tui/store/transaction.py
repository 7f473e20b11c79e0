"""A transaction: reads that see its own writes, and the writes that are kept or dropped together.

It never touches a file; the store commits it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any

from modelops_tui.entities.wording import a, an
from modelops_tui.errors import Failure, Invalid, NotFound, Problem, Refused
from modelops_tui.store.codec import Document, Encoded, EncodeError, collector_paused, encode, same
from modelops_tui.store.door import admit, check_document
from modelops_tui.store.identity import is_id, new_id, time_text
from modelops_tui.store.overlay import Overlay
from modelops_tui.store.schema import Change as Change
from modelops_tui.store.schema import terms_of

if TYPE_CHECKING:
    from modelops_tui.store.store import Store

ENVELOPE = ("id", "rev", "created_at", "updated_at", "created_by")
_STAMPS = {"rev", "updated_at"}
_OWN_NAMES = ("sum", "seq", "at", "by", "says", "writes")
_TIME = "2026-11-21T23:53:00.123Z"
_SHORT = 10_000
_MANY = 1_000


def _refuse_odd(by: str, says: str, marks: Mapping[str, Any], at: str | None) -> None:
    problems = check_document("transaction", {**marks, "by": by, "says": says, "at": at})
    problems += [Problem(name, "The store uses it.") for name in marks if name in _OWN_NAMES]
    if at is not None and (len(at) != len(_TIME) or at[10] != "T" or at[-1] != "Z"):
        problems.append(Problem("at", f"It is not a time such as {_TIME}."))
    if problems:
        raise Invalid("The transaction holds values that cannot be stored.", problems)


def _unchanged(document: Document, current: Document) -> bool:
    """Whether both are written with the same bytes; what cannot be written is a change, for the door to refuse."""
    if len(document) != len(current) or document != current or list(document) != list(current):
        return False
    try:
        return all(same(value, current[name]) for name, value in document.items())
    except (EncodeError, RecursionError):
        return False


class _Draft:
    """The state of one written document: as stored, and as it will be."""

    __slots__ = ("after", "before", "data", "id", "kind")

    def __init__(self, kind: str, id: str, before: Document | None) -> None:
        self.kind = kind
        self.id = id
        self.before = before
        self.after: Document | None = before
        self.data = b""

    def record(self) -> dict[str, Any] | None:
        """The write as the journal keeps it, None when nothing changes."""
        before, after = self.before, self.after
        if after is None:
            if before is None:
                return None
            return self._write(before["rev"], None, before, [])
        if before is None:
            return self._write(after["rev"], Encoded(self.data), None, [])
        was = {name: value for name, value in before.items() if name not in after or not same(value, after[name])}
        new = [name for name in after if name not in before]
        if not new and was.keys() <= _STAMPS:
            return None
        return self._write(after["rev"], Encoded(self.data), was, new)

    def _write(self, rev: int, document: Any, was: Any, new: list[str]) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "id": self.id,
            "rev": rev,
            "document": document,
            "was": was,
            "new": new,
        }


class Transaction:
    """All or nothing over any kinds. Made by `Store.transaction`, used with `with`."""

    def __init__(self, store: Store, by: str, says: str, marks: Mapping[str, Any], at: str | None) -> None:
        """Takes what the history will tell of it; raises Invalid for what cannot be stored."""
        if marks or at is not None or not (by.isascii() and says.isascii() and len(says) < _SHORT):
            _refuse_odd(by, says, marks, at)
        self.by = by
        self.says = says
        self.marks = dict(marks)
        self.at = at or ""
        self.sequence = 0
        self._asked_at = at
        self._store = store
        self._process = 0
        self._open = False
        self._drafts: dict[str, dict[str, _Draft]] = {}
        self._written: dict[str, Overlay] = {}
        self._merged: dict[str, Mapping[str, Document]] = {}
        self._left_to_write = _MANY
        self._pause: AbstractContextManager[None] | None = None

    def __enter__(self) -> Transaction:
        """Takes the lock and everything others wrote; raises OutsideMissing, Damaged, Failure."""
        last = self._store.begin()
        self._process = os.getpid()
        self._open = True
        # A clock that goes back must not put a later transaction before an earlier one.
        self.at = max(self._asked_at or time_text(), last)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commits, unless the body raised; raises what `Schema.check` raises, OutsideMissing."""
        if os.getpid() != self._process:
            self.close()
            if error is None:
                raise Failure("A transaction cannot be finished by a forked process.")
            return
        self._store.finish(self, error is None)

    def close(self) -> None:
        """Ends it; what is done with it afterwards is a fault."""
        self._open = False
        pause, self._pause = self._pause, None
        if pause is not None:
            pause.__exit__(None, None, None)

    def _draft(self, kind: str, id: str) -> _Draft:
        draft = self._drafts.get(kind, {}).get(id)
        return draft or _Draft(kind, id, self._store.get(kind, id))

    def _set(self, draft: _Draft, document: Document | None, data: bytes) -> None:
        if not self._open:
            raise Failure("A transaction was used after its end.")
        self._left_to_write -= 1
        if not self._left_to_write:
            # What is written stays until the end: looking for garbage in it would only take more and more time.
            self._pause = collector_paused()
            self._pause.__enter__()
        draft.after = document
        draft.data = data
        self._drafts.setdefault(draft.kind, {})[draft.id] = draft
        if draft.kind not in self._written:
            self._written[draft.kind] = Overlay()
        self._written[draft.kind].put(draft.id, document)
        self._merged.pop(draft.kind, None)

    def get(self, kind: str, id: str) -> Document | None:
        """The document as this transaction sees it, or None."""
        written = self._written.get(kind)
        if written is not None and id in written.documents:
            return written.documents[id]
        return self._store.get(kind, id)

    def find(self, kind: str, term: str) -> list[Document]:
        """The documents that have the term, as this transaction sees them."""
        found = self._store.find(kind, term)
        written = self._written.get(kind)
        if written is None:
            return found
        own = written.find(term, lambda document: terms_of(self._store.schema, kind, document))
        return [one for one in found if one["id"] not in written.documents] + own

    def documents(self, kind: str) -> Mapping[str, Document]:
        """Every document by id, own writes in, own removals out."""
        written = self._written.get(kind)
        if written is None:
            return self._store.documents(kind)
        if kind not in self._merged:
            merged = dict(self._store.documents(kind))
            for id, document in written.documents.items():
                if document is None:
                    merged.pop(id, None)
                else:
                    merged[id] = document
            self._merged[kind] = MappingProxyType(dict(sorted(merged.items())))
        return self._merged[kind]

    def holding(self, kind: str, text: str) -> Iterator[Document]:
        """The documents of a kind that hold `text` in their JSON, as this transaction sees them."""
        written = self._written[kind].documents if kind in self._written else {}
        needle = text.encode()
        for document in self._store.scan_bytes(kind, needle):
            if document["id"] not in written:
                yield document
        for own in written.values():
            if own is not None and needle in encode(own):
                yield own

    def wrote_before(self, user: str) -> bool:
        """Whether the history holds a transaction in this user's name; raises Damaged."""
        return self._store.has_written(user)

    def insert(
        self,
        kind: str,
        fields: Mapping[str, Any],
        *,
        id: str | None = None,
        envelope: Mapping[str, Any] | None = None,
        restoring: bool = False,
    ) -> Document:
        """A new document; raises Invalid, and Refused when the id exists or existed.

        `envelope` may set rev, created_at, updated_at, created_by, and further fields of its own.
        """
        if id is None:
            id = new_id()
            draft = _Draft(kind, id, None)
        else:
            draft = self._draft(kind, self._fresh_id(kind, id, restoring))
        given = envelope or {}
        document: Document = {
            "id": id,
            "rev": given.get("rev", 1),
            "created_at": given.get("created_at", self.at),
            "updated_at": given.get("updated_at", self.at),
            "created_by": given.get("created_by", self.by),
        }
        if draft.before is not None:
            document["rev"] = draft.before["rev"] + 1
        elif restoring and "rev" not in given:
            document["rev"] = self._next_revision(kind, id)
        own = dict(document)
        document.update(given)
        document.update(fields)
        # Whatever names the fields have, they do not reach the envelope.
        document.update(own)
        checked, data = admit(kind, document)
        self._set(draft, checked, data)
        return checked

    def _next_revision(self, kind: str, id: str) -> int:
        # A restored document must not fit a revision somebody remembers from before its removal.
        if not self._store.ever(kind, id):
            return 1
        last = next(self._store.history(kind, id, limit=1), None)
        return 1 if last is None or last.before is None else int(last.before["rev"]) + 1

    def _fresh_id(self, kind: str, id: str, restoring: bool) -> str:
        if not is_id(id):
            raise Refused(f"{id!r} is not an id: 24 digits of 0-9 and a-f.")
        if self.get(kind, id) is not None:
            raise Refused(f"{an(kind)} with the id {id} exists already.")
        written = self._written.get(kind)
        existed = written is not None and id in written.documents
        if not restoring and (existed or self._store.ever(kind, id)):
            raise Refused(f"The id {id} belonged to {a(kind)} that was removed.")
        return id

    def update(
        self,
        kind: str,
        id: str,
        changes: Mapping[str, Any],
        *,
        without: Iterable[str] = (),
        if_rev: int | None = None,
    ) -> Document:
        """Sets some fields and takes others away; every other field stays as it is.

        Changing nothing writes nothing. Raises NotFound, Refused for a stale rev, Invalid.
        """
        draft = self._draft(kind, id)
        current = self._current(draft, if_rev)
        document = {**current, **changes}
        for name in without:
            if name in ENVELOPE:
                raise Refused(f"The field {name} cannot be taken away.")
            document.pop(name, None)
        if document["id"] != id:
            raise Refused(f"The id of {a(kind)} cannot be changed.")
        return self._renew(draft, current, document)

    def replace(self, kind: str, id: str, document: Mapping[str, Any]) -> Document:
        """Puts a whole document in place of the stored one, whose rev goes on.

        Raises NotFound, Invalid.
        """
        draft = self._draft(kind, id)
        current = self._current(draft, None)
        whole: Document = {name: current[name] for name in ENVELOPE if name in current}
        whole.update(document)
        whole["id"] = id
        return self._renew(draft, current, whole)

    def adopt(self, kind: str, id: str, document: Mapping[str, Any]) -> Document:
        """Puts a whole document as it is, new or in place of the stored one: only its rev is the store's own.

        Raises Invalid, Refused for what is no id.
        """
        if self.get(kind, id) is None:
            given = {name: document[name] for name in ENVELOPE if name in document and name != "rev"}
            if not self._store.ever(kind, id):
                given["rev"] = 1
            return self.insert(kind, document, id=id, envelope=given, restoring=True)
        draft = self._draft(kind, id)
        current = self._current(draft, None)
        checked, _ = admit(kind, {"id": id, "rev": 0, **document})
        checked["rev"] = draft.before["rev"] + 1 if draft.before else current["rev"]
        self._set(draft, checked, encode(checked))
        return checked

    def _renew(self, draft: _Draft, current: Document, document: Document) -> Document:
        document["rev"] = current["rev"]
        document["updated_at"] = current["updated_at"]
        if _unchanged(document, current):
            return current
        document["rev"] = draft.before["rev"] + 1 if draft.before else current["rev"]
        document["updated_at"] = max(self.at, str(current["updated_at"]))
        checked, data = admit(draft.kind, document)
        self._set(draft, checked, data)
        return checked

    def remove(self, kind: str, id: str, if_rev: int | None = None) -> None:
        """Takes a document away; raises NotFound, Refused for a stale rev."""
        draft = self._draft(kind, id)
        self._current(draft, if_rev)
        self._set(draft, None, b"")

    def _current(self, draft: _Draft, if_rev: int | None) -> Document:
        current = draft.after
        if current is None:
            raise NotFound(f"There is no {draft.kind} with the id {draft.id}.")
        if if_rev is not None and current["rev"] != if_rev:
            raise Refused(
                f"The {draft.kind} was changed meanwhile: its revision is {current['rev']}, not {if_rev}.",
                "Look at it again, then repeat the change.",
            )
        return current

    def changes(self) -> list[Change]:
        """What it does so far, one change a document."""
        return [
            Change(draft.kind, draft.id, draft.before, draft.after)
            for drafts in self._drafts.values()
            for draft in drafts.values()
            if draft.after is not draft.before
        ]

    def records(self) -> list[dict[str, Any]]:
        """Its writes as the journal keeps them."""
        records = []
        for drafts in self._drafts.values():
            for draft in drafts.values():
                record = draft.record()
                if record is not None:
                    records.append(record)
        return records
