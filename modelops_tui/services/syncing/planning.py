"""In which order what is unsent goes, so that the remote is whole after every commit. It sends nothing."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple, TypeVar

from modelops_tui.entities.field import Document
from modelops_tui.entities.graph import reference_types
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.entities.structures import Reference
from modelops_tui.services.syncing.bodies import Key
from modelops_tui.services.syncing.books import key_of_record, state_of
from modelops_tui.services.syncing.commits import Changes
from modelops_tui.services.syncing.outgoing import outgoing
from modelops_tui.store.bases import BASE, NEVER_SENT
from modelops_tui.store.store import Store
from modelops_tui.store.transaction import Transaction

_Node = TypeVar("_Node", bound=Hashable)
Heads = Mapping[Key, Document | None]


class Batch(NamedTuple):
    """What goes in one commit; `private` were passed over, and the books hold nothing of them yet."""

    changes: Changes
    private: Sequence[Key] = ()


def in_batches(changes: dict[Key, Document | None], heads: Heads, most: int) -> list[Changes]:
    """The changes in batches of about `most`, each of which leaves the remote whole after the ones before."""
    if len(changes) <= most:
        return [list(changes.items())] if changes else []
    batches: list[Changes] = [[]]
    for group in in_order(changes, _needs(changes, heads)):
        if batches[-1] and len(batches[-1]) + len(group) > most:
            batches.append([])
        batches[-1].extend((key, changes[key]) for key in group)
    return batches


class FirstPush:
    """What a remote lacks that knows only what this home sent it first, worked out bit by bit.

    Such a remote will look as this home does, which is whole already: only the order matters. `books` says what was
    sent so far; nothing but that may be written until the last batch was taken.
    """

    def __init__(self, books: Store | Transaction, documents: Store | Transaction) -> None:
        self._documents = documents
        self._after: Mapping[str, str] = (state_of(books) or {}).get(NEVER_SENT) or {}
        self._named: dict[str, set[str]] = {}
        for record in books.documents(BASE).values():
            kind, id = key_of_record(record)
            self._named.setdefault(kind, set()).add(id)
        self._private: list[Key] = []

    def batches(self, most: int) -> Iterator[Batch]:
        """All of it, in the order in which it must go."""
        changes: Changes = []
        for kinds in kinds_in_order():
            for group in self._one_by_one(kinds[0]) if goes_by_id(kinds[0]) else self._together(kinds):
                if changes and len(changes) + len(group) > most:
                    yield self._batch(changes)
                    changes = []
                changes.extend(group)
        if changes:
            yield self._batch(changes)

    def _batch(self, changes: Changes) -> Batch:
        private, self._private = self._private, []
        return Batch(changes, private)

    def _body(self, key: Key) -> Document | None:
        document = self._documents.get(*key)
        return outgoing(key[0], document, self._documents) if document is not None else None

    def _one_by_one(self, kind: str) -> Iterator[Changes]:
        named = self._named.get(kind, set())
        for id in self._ids(kind, named):
            body = self._body((kind, id))
            if body is not None:
                yield [((kind, id), body)]
            elif id not in named:
                self._private.append((kind, id))

    def _ids(self, kind: str, named: set[str]) -> list[str]:
        after = self._after.get(kind)
        if after is None:
            return sorted(named)
        known = self._documents.ids(kind) if isinstance(self._documents, Store) else self._documents.documents(kind)
        return [id for id in known if id > after or id in named]

    def _together(self, kinds: list[str]) -> Iterator[Changes]:
        keys = ((kind, id) for kind in kinds for id in sorted(self._named.get(kind, ())))
        bodies = {key: body for key in keys if (body := self._body(key)) is not None}
        for group in in_order(bodies, _needs(bodies, {})):
            yield [(key, bodies[key]) for key in group]

    def __len__(self) -> int:
        """About how many documents still go, with those that never leave."""
        kinds = self._after.keys() | self._named.keys()
        return sum(self._count(kind, self._named.get(kind, set())) for kind in kinds)

    def _count(self, kind: str, named: set[str]) -> int:
        if self._after.get(kind) == "" and isinstance(self._documents, Store):
            return self._documents.count(kind)
        return len(self._ids(kind, named))


@cache
def kinds_in_order() -> list[list[str]]:
    """The kinds, each after all that it points at; those that point around in a circle are together."""
    return list(in_order(_kind_needs(), _kind_needs()))


@cache
def goes_by_id(kind: str) -> bool:
    """Whether documents of a kind may be sent in the order of their ids: none of them points at another of them."""
    return [kind] in kinds_in_order() and kind not in _kind_needs()[kind]


@cache
def _kind_needs() -> dict[str, list[str]]:
    needs = {
        kind.name: [ref.kind for item in kind.pointing_fields for ref in reference_types(item.type)] for kind in KINDS
    }
    needs["deployment-descriptor"].append("artifact-revision")
    return needs


def _needs(changes: Heads, heads: Heads) -> dict[Key, list[Key]]:
    """What of the changes must not come later than each of them."""
    needs: dict[Key, list[Key]] = {key: [] for key in changes}
    names: dict[tuple[str, str], Key] = {}
    known = ((key, head) for key in changes if (head := heads.get(key)) is not None)
    for key, head in known:
        kind = BY_NAME[key[0]]
        names.update(((key[0], mark), key) for rule in kind.unique if (mark := rule.mark(head)))
        for target in _pointed(kind, head):
            if changes.get(target, head) is None:
                needs[target].append(key)
    for key, body in changes.items():
        if body is None:
            continue
        kind = BY_NAME[key[0]]
        needs[key].extend(target for target in _pointed(kind, body) if changes.get(target) is not None)
        for mark in (rule.mark(body) for rule in kind.unique):
            holder = names.get((key[0], mark)) if mark else None
            if holder is not None and holder != key:
                needs[key].append(holder)
    _add_needs_of_numbers(changes, needs)
    return needs


def _add_needs_of_numbers(changes: Heads, needs: dict[Key, list[Key]]) -> None:
    revisions: dict[str, list[tuple[int, Key]]] = {}
    for key, body in changes.items():
        if body is not None and key[0] == "artifact-revision":
            revisions.setdefault(str(body.get("artifact")), []).append((body.get("number") or 0, key))
    for ordered in map(sorted, revisions.values()):
        for (_, lower), (_, higher) in pairwise(ordered):
            needs[higher].append(lower)
    for key, body in changes.items():
        # A descriptor is pinned to a number, which must not mean another revision meanwhile.
        if body is not None and key[0] == "deployment-descriptor":
            needs[key].extend(pinned for _, pinned in revisions.get(str(body.get("artifact")), ()))


def _pointed(kind: Kind, body: Document) -> Iterator[Key]:
    for item in kind.pointing_fields:
        value = body.get(item.name)
        if isinstance(item.type, Reference):
            if value is not None:
                yield item.type.kind, str(value)
        elif value is not None:
            for place in item.type.walk(value, item.name):
                if isinstance(place.type, Reference):
                    yield place.type.kind, str(place.value)


def in_order(keys: Iterable[_Node], needs: Mapping[_Node, list[_Node]]) -> Iterator[list[_Node]]:
    """What needs each other together, and after all else that it needs (Tarjan's algorithm without recursion)."""
    number: dict[_Node, int] = {}
    low: dict[_Node, int] = {}
    stack: list[_Node] = []
    on_stack: set[_Node] = set()
    for start in keys:
        if start in number:
            continue
        work = [(start, iter(needs[start]))]
        number[start] = low[start] = len(number)
        stack.append(start)
        on_stack.add(start)
        while work:
            key, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[key])
                if low[key] == number[key]:
                    yield _popped(stack, on_stack, key)
            elif following not in number:
                number[following] = low[following] = len(number)
                stack.append(following)
                on_stack.add(following)
                work.append((following, iter(needs[following])))
            elif following in on_stack:
                low[key] = min(low[key], number[following])


def _popped(stack: list[_Node], on_stack: set[_Node], last: _Node) -> list[_Node]:
    group = []
    while True:
        key = stack.pop()
        on_stack.discard(key)
        group.append(key)
        if key == last:
            return group
