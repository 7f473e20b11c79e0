"""Names and numbers that both sides gave: each keeps what it is called here, and the clash is told. It asks nobody."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from modelops_tui.entities.artifacts import is_published, revisions_of
from modelops_tui.entities.field import Document, clean_fields
from modelops_tui.entities.graph import pointing_kinds
from modelops_tui.entities.kind import Kind, Unique, pointer_term
from modelops_tui.entities.leaving import travelling
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.entities.scalars import Slug, Text
from modelops_tui.entities.structures import Entries, Group, Items, Reference
from modelops_tui.services.syncing.bodies import Key, same_body, to_local
from modelops_tui.services.syncing.books import Books, base_of, conflict_of, head_body, is_open, local_body
from modelops_tui.services.syncing.landing import HERE
from modelops_tui.services.syncing.merging import joinable, merge
from modelops_tui.services.syncing.sealed_parts import waits_for_key
from modelops_tui.store.rules import StoredForm
from modelops_tui.store.transaction import Transaction

# Two documents of these kinds with the same unique values are the same thing, found twice.
FOUND_TWICE = frozenset(
    ("artifact-content", "subscription", "lock", "step", "checkout", "component", "component-version")
)
# Who came first has it: the other's is gone.
FIRST_COME = frozenset(("lock",))


class Collisions:
    """Settles the unique values of the documents that a batch brought in, inside its transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.books = Books(transaction)
        self.notes: list[str] = []

    def settle(self, keys: Iterable[Key]) -> None:
        """Looks at every one of these documents, and frees provisional names that are needed no more."""
        keys = list(keys)
        artifacts = {self._artifact_of(key) for key in keys if key[0] == "artifact-revision"}
        for artifact in sorted(artifacts - {None}, key=str):
            self._renumber(str(artifact))
        queue = deque(keys)
        for _ in range(20 * len(keys) + 1000):
            if not queue:
                break
            key = queue.popleft()
            document = self.transaction.get(*key)
            if document is None:
                continue
            for rule in BY_NAME[key[0]].unique:
                queue.extend(self._settle_one(key, rule))
        self.release()

    def _settle_one(self, key: Key, rule: Unique) -> list[Key]:
        document = self.transaction.get(*key)
        mark = rule.mark(document) if document is not None else None
        others = self.transaction.find(key[0], mark) if mark is not None else []
        other = next((item for item in others if item["id"] != key[1]), None)
        if other is None or mark is None:
            return []
        other_key = (key[0], str(other["id"]))
        theirs, mine = (other_key, key) if self._is_there_with(other_key, rule, mark) else (key, other_key)
        if key[0] in FOUND_TWICE:
            return [*self.unify(mine, theirs), theirs]
        self._call_otherwise(theirs, rule, mine)
        return [theirs]

    def _is_there_with(self, key: Key, rule: Unique, mark: str) -> bool:
        body = head_body(self.transaction, key)
        return body is not None and rule.mark(body) == mark

    def _call_otherwise(self, theirs: Key, rule: Unique, mine: Key) -> None:
        kind = BY_NAME[theirs[0]]
        document = self.transaction.get(*theirs)
        assert document is not None
        for name in reversed(rule.fields):
            for value in _other_names(document.get(name)):
                candidate = {**document, name: value}
                if not _fits(kind, candidate, name):
                    break
                if self._is_free(kind, candidate):
                    self._give_provisional_name(theirs, candidate, name, mine)
                    return
        self.notes.append(f"the {kind.title} {theirs[1]} has the same {' and '.join(rule.fields)} as {mine[1]}")

    def _give_provisional_name(self, key: Key, candidate: Document, field: str, other: Key) -> None:
        head = head_body(self.transaction, key) or {}
        former = (conflict_of(self.transaction, key) or {}).get("taken") or {}
        self.books.ensure_base(key)
        self.transaction.adopt(*key, candidate)
        taken = {
            "field": field,
            "theirs": former.get("theirs", head.get(field)),
            "provisional": candidate[field],
            "other": other[1],
        }
        self.books.note_conflict(key, taken=taken)

    def _is_free(self, kind: Kind, document: Document) -> bool:
        marks = [rule.mark(document) for rule in kind.unique]
        return not any(
            other["id"] != document["id"] for mark in marks if mark for other in self.transaction.find(kind.name, mark)
        )

    def release(self) -> None:
        """Gives documents their names of the remote back where these have become free, or were changed by hand."""
        for key, conflict in list(self.books.conflicts()):
            taken = conflict.get("taken")
            document = self.transaction.get(*key)
            if document is None and waits_for_key(conflict):
                self._bring_back_unseen(key)
            elif not is_open(self.transaction, conflict):
                if document is None or not conflict.get("sealed"):
                    self.books.drop_conflict(key)
            elif document is None or not taken:
                continue
            elif document.get(taken["field"]) != taken["provisional"]:
                self.books.note_conflict(key, taken=None)
            else:
                renamed = {**document, taken["field"]: taken["theirs"]}
                if self._is_free(BY_NAME[key[0]], renamed):
                    self.transaction.adopt(*key, renamed)
                    self.books.note_conflict(key, taken=None)
                    self._drop_base_if_clean(key)

    def _bring_back_unseen(self, key: Key) -> None:
        """A chest that was removed here before anybody here could see what had changed there."""
        body = (base_of(self.transaction, key) or {}).get("body")
        self.books.drop_conflict(key)
        if body is not None:
            self.transaction.adopt(*key, to_local(BY_NAME[key[0]], key[1], body, None))
            self.books.note_conflict(key, deleted=HERE)
            for rule in BY_NAME[key[0]].unique:
                self._settle_one(key, rule)

    def _drop_base_if_clean(self, key: Key) -> None:
        record = base_of(self.transaction, key)
        clean = record is not None and same_body(record.get("body"), local_body(self.transaction, key))
        if clean and conflict_of(self.transaction, key) is None:
            self.books.drop_base(key)

    def _artifact_of(self, key: Key) -> str | None:
        document = self.transaction.get(*key)
        return str(document.get("artifact")) if document is not None else None

    def _renumber(self, artifact_id: str) -> None:
        """Gives revisions that were published here meanwhile the next free numbers; the first waits for its author."""
        artifact = self.transaction.get("artifact", artifact_id)
        if artifact is None:
            return
        highest, unsent = 0, []
        for revision in revisions_of(artifact, self.transaction):
            if not is_published(revision):
                continue
            head = head_body(self.transaction, ("artifact-revision", revision["id"]))
            if head is None:
                unsent.append(revision)
            else:
                highest = max(highest, head.get("number") or 0)
        unsent.sort(key=lambda item: (item.get("number") or 0, str(item["id"])))
        if not unsent or (unsent[0].get("number") or 0) > highest:
            return
        moved: dict[int, int] = {}
        for offset, revision in enumerate(unsent, start=1):
            was, now = revision.get("number") or 0, highest + offset
            moved[was] = now
            changed = {**revision, "number": now, "renumbered_from": revision.get("renumbered_from") or was}
            self.transaction.adopt("artifact-revision", revision["id"], changed)
        first = unsent[0]
        was = first.get("renumbered_from") or first.get("number")
        self.books.note_conflict(("artifact-revision", first["id"]), number={"was": was, "now": highest + 1})
        self._raise_next_number(artifact, highest + len(unsent) + 1)
        self._repin(artifact_id, moved)

    def _raise_next_number(self, artifact: Document, least: int) -> None:
        if (artifact.get("next_number") or 1) < least:
            self.books.ensure_base(("artifact", artifact["id"]))
            self.transaction.adopt("artifact", artifact["id"], {**artifact, "next_number": least})

    def _repin(self, artifact_id: str, moved: dict[int, int]) -> None:
        for descriptor in self.transaction.find("deployment-descriptor", pointer_term(artifact_id)):
            key = ("deployment-descriptor", str(descriptor["id"]))
            number = descriptor.get("revision_number")
            head = head_body(self.transaction, key) or {}
            # A pin that the remote knows means its own revision of that number.
            if base_of(self.transaction, key) is not None and number in moved and head.get("revision_number") != number:
                self.transaction.adopt(*key, {**descriptor, "revision_number": moved[number]})

    def unify(self, mine: Key, theirs: Key) -> list[Key]:
        """Makes one document of two: every pointer at `mine` points at `theirs`, which takes what mine had more.

        Gives the documents whose pointers changed.
        """
        kind = BY_NAME[mine[0]]
        own, other = self.transaction.get(*mine), self.transaction.get(*theirs)
        assert own is not None and other is not None
        changed = [key for key, item in list(self._pointing(mine)) if self._repoint(key, item, mine[1], theirs[1])]
        self.books.ensure_base(mine)
        self.books.ensure_base(theirs)
        if kind.name in FIRST_COME:
            self.notes.append(f"the {kind.title} {own.get('name', mine[1])} was given to somebody else first")
        else:
            body = travelling(kind, other)
            merged, clashes = merge(kind, None, joinable(kind, travelling(kind, own), body), body)
            document = to_local(kind, theirs[1], {**body, **merged}, {**own, **other})
            self.transaction.adopt(*theirs, document)
            fields = [{"path": list(clash.path), "base": None, "theirs": clash.theirs} for clash in clashes]
            if fields:
                self.books.note_conflict(theirs, fields=fields)
        self.books.move_credentials(mine, theirs)
        self.transaction.remove(*mine)
        self.books.drop_conflict(mine)
        record = base_of(self.transaction, mine)
        if record is not None and record.get("body") is None:
            self.books.drop_base(mine)
        self._drop_base_if_clean(theirs)
        return changed

    def _pointing(self, target: Key) -> Iterator[tuple[Key, Document]]:
        if target[0] == "user":
            for kind in KINDS:
                for document in list(self.transaction.documents(kind.name).values()):
                    yield (kind.name, str(document["id"])), document
            return
        for kind in pointing_kinds(target[0]):
            for document in self.transaction.find(kind.name, pointer_term(target[1])):
                yield (kind.name, str(document["id"])), document
        for document in list(self.transaction.documents("permission").values()):
            yield ("permission", str(document["id"])), document

    def _repoint(self, key: Key, document: Document, old: str, new: str) -> bool:
        changed = dict(document)
        for item in BY_NAME[key[0]].pointing_fields:
            if document.get(item.name) is not None:
                changed[item.name] = repointed(item.type, document[item.name], old, new)
        if document.get("created_by") == old:
            changed["created_by"] = new
        if key[0] == "permission" and old in (document.get("instances") or []):
            changed["instances"] = [new if item == old else item for item in document["instances"]]
        if changed == document:
            return False
        self.books.ensure_base(key)
        self.transaction.adopt(*key, changed)
        return True


def repointed(type_: Any, value: Any, old: str, new: str) -> Any:
    """The value with every pointer at `old` made one at `new`; lists hold it once."""
    if isinstance(type_, Reference):
        return new if value == old else value
    if isinstance(type_, Items) and isinstance(value, list):
        items = [repointed(type_.of, item, old, new) for item in value]
        return [item for number, item in enumerate(items) if not type_.distinct or item not in items[:number]]
    if isinstance(type_, Entries) and isinstance(value, dict):
        return {name: repointed(type_.of, item, old, new) for name, item in value.items()}
    if isinstance(type_, Group) and isinstance(value, dict):
        types = {item.name: item.type for item in type_.fields}
        return {name: repointed(types[name], item, old, new) if name in types else item for name, item in value.items()}
    return value


def _other_names(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        for number in range(2, 1000):
            yield f"{value[:56]}-{number}"


def _fits(kind: Kind, document: Document, name: str) -> bool:
    item = kind.by_name[name]
    if not isinstance(item.type, Slug | Text):
        return False
    door = StoredForm(importing=True)
    clean_fields((item,), {name: document[name]}, "", door)
    return not door.problems
