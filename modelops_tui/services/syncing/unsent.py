"""What is unsent, and what of it may go now. It sends nothing and changes no document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from modelops_tui.entities.field import Document
from modelops_tui.entities.graph import pointers_at
from modelops_tui.entities.kind import Kind, pointer_term
from modelops_tui.entities.leaving import travelling
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.structures import KEEP, Reference
from modelops_tui.services.syncing.bodies import Key, same_body
from modelops_tui.services.syncing.books import Reading, base_records, conflict_records, key_of_record
from modelops_tui.services.syncing.outgoing import outgoing
from modelops_tui.services.syncing.sealed_parts import waits_for_key
from modelops_tui.store.bases import CONFLICT
from modelops_tui.store.store import Store
from modelops_tui.store.transaction import Transaction


class Held(NamedTuple):
    """A change that waits, and why."""

    kind: str
    id: str
    says: str


@dataclass(slots=True)
class Unsent:
    """The books looked through: changes to send, private and finished records, and what waits with its reason."""

    changes: dict[Key, Document | None] = field(default_factory=dict)
    heads: dict[Key, Document | None] = field(default_factory=dict)
    private: int = 0
    finished: list[Key] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    apart: bool = False


def look_through(reader: Store | Transaction) -> Unsent:
    """Every unsent change, without asking yet whether the remote would stay whole with it."""
    found = Unsent()
    waiting = {key_of_record(record) for record in conflict_records(reader)}
    for key in (key_of_record(record) for record in reader.documents(CONFLICT).values() if waits_for_key(record)):
        if reader.get(*key) is not None:
            waiting.add(key)
            found.held.append(Held(*key, "was changed on both sides: it waits for your vault to be unlocked"))
    for record in base_records(reader):
        key = key_of_record(record)
        head: Document | None = record.get("body")
        found.heads[key] = head
        if key in waiting:
            found.apart = True
            continue
        local = reader.get(*key)
        body = outgoing(key[0], local, reader) if local is not None else None
        if body is None and head is None:
            if local is None:
                found.finished.append(key)
            else:
                found.private += 1
        elif body is not None and head is not None and same_body(body, head):
            if local is not None and same_body(travelling(BY_NAME[key[0]], local), head):
                found.finished.append(key)
        else:
            found.changes[key] = body
    return found


class HeadWith:
    """How the remote would look with some changes: what rules and pointers are checked against."""

    def __init__(
        self, local: Reading, heads: Mapping[Key, Document | None], changes: dict[Key, Document | None]
    ) -> None:
        self.local = local
        self.heads = heads
        self.changes = changes
        self._by_term: dict[tuple[str, str], set[str]] | None = None

    def _terms(self) -> dict[tuple[str, str], set[str]]:
        if self._by_term is None:
            self._by_term = {}
            for source in (self.heads, self.changes):
                for (kind, id), body in source.items():
                    for term in BY_NAME[kind].terms(body) if body is not None else ():
                        self._by_term.setdefault((kind, term), set()).add(id)
        return self._by_term

    def get(self, kind: str, id: str) -> Document | None:
        """The document as it would be there."""
        key = (kind, id)
        if key in self.changes:
            return _whole(id, self.changes[key])
        if key in self.heads:
            return _whole(id, self.heads[key])
        return self.local.get(kind, id)

    def find(self, kind: str, term: str) -> list[Document]:
        """The documents that would be found there by this term."""
        found = [item for item in self.local.find(kind, term) if (kind, str(item["id"])) not in self.heads]
        for id in sorted(self._terms().get((kind, term), ())):
            document = self.get(kind, id)
            if document is not None and term in set(BY_NAME[kind].terms(document)):
                found.append(document)
        return found


def _whole(id: str, body: Document | None) -> Document | None:
    return {**body, "id": id} if body is not None else None


def hold_back(unsent: Unsent, local: Reading) -> None:
    """Takes out of the changes what would break the remote, with what depends on it, and says why.

    Names and pointers are whole here. So they are there, too, unless something of what is here stays behind.
    """
    head = HeadWith(local, unsent.heads, {})
    while unsent.changes:
        there = HeadWith(local, unsent.heads, unsent.changes)
        refused: dict[Key, str] = {}
        for key, body in unsent.changes.items():
            says = next(_objections(key, body, there, local), "") if unsent.apart else ""
            says = says or next(_broken_rules(key, body, there, head), "")
            if says:
                refused[key] = says
        if not refused:
            return
        unsent.apart = True
        for key, says in refused.items():
            del unsent.changes[key]
            unsent.held.append(Held(*key, says))


def _objections(key: Key, body: Document | None, there: HeadWith, local: Reading) -> Iterator[str]:
    kind = BY_NAME[key[0]]
    if body is None:
        for pointer in pointers_at(*key, there):
            if isinstance(pointer.place.type, Reference) and pointer.place.type.on_removal is not KEEP:
                yield f"is used there by a {BY_NAME[pointer.kind].title}"
        return
    document = {**body, "id": key[1]}
    yield from _missing_targets(kind, document, there, local)
    for rule in kind.unique:
        mark = rule.mark(document)
        if mark and any(other["id"] != key[1] for other in there.find(kind.name, mark)):
            yield f"has a {' and '.join(rule.fields)} that is taken there"
    yield from _waiting_revisions(kind, document, there, local)


def _broken_rules(key: Key, body: Document | None, there: HeadWith, head: HeadWith) -> Iterator[str]:
    kind = BY_NAME[key[0]]
    if body is None or not kind.checks:
        return
    document = {**body, "id": key[1]}
    before = head.get(*key)
    for check in kind.checks:
        known = {problem.says for problem in check(None, before, head)} if before is not None else set()
        for problem in check(before, document, there):
            if problem.says not in known:
                yield f"{problem.path} {problem.says}".strip()


def _missing_targets(kind: Kind, document: Document, there: HeadWith, local: Reading) -> Iterator[str]:
    for place in kind.references(document):
        assert isinstance(place.type, Reference)
        target = (place.type.kind, str(place.value))
        if there.get(*target) is None and (place.type.on_removal is not KEEP or local.get(*target) is not None):
            yield f"points at a {target[0]} that waits, or is gone there ({place.path})"
    author = str(document.get("created_by"))
    if there.get("user", author) is None and local.get("user", author) is not None:
        yield "was made by a user who waits"


def _waiting_revisions(kind: Kind, document: Document, there: HeadWith, local: Reading) -> Iterator[str]:
    for id in implied_revisions(kind.name, document, local):
        if there.get("artifact-revision", id) is None:
            revision = local.get("artifact-revision", id) or {}
            yield f"goes with revision {revision.get('number')}, which waits"


def implied_revisions(kind: str, document: Document, reader: Reading) -> Iterator[str]:
    """The ids of published revisions without which a document means something else, though it does not point at them.

    A revision follows the lower numbers, a descriptor may be pinned to a number, a commit holds copies.
    """
    if kind == "commit":
        origins = (copy.get("origin") for copy in document.get("revisions") or [] if isinstance(copy, dict))
        ids = [str(origin.get("id")) for origin in origins if isinstance(origin, dict)]
        yield from (id for id in ids if reader.get("artifact-revision", id) is not None)
    if kind not in ("artifact-revision", "deployment-descriptor"):
        return
    for other in reader.find("artifact-revision", pointer_term(str(document.get("artifact")))):
        number = other.get("number") or 0
        if number < 1 or other.get("artifact") != document.get("artifact"):
            continue
        if number == document.get("revision_number") or (document.get("number") or 0) > number:
            yield str(other["id"])
