"""Who refers to whom, and what a removal touches. It works on whatever reader it is given and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from modelops_tui.entities.field import Document, FieldType, Place
from modelops_tui.entities.kind import Kind, Reader, pointer_term
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.entities.structures import Entries, Group, Items, Reference, Rule


class Pointer(NamedTuple):
    """A document that points at another: its kind, itself, and the place of the pointer."""

    kind: str
    document: Document
    place: Place


class Refusal(NamedTuple):
    """Why a removal is forbidden: what would go, who points at it and stays, and under which condition."""

    target_kind: str
    target_id: str
    kind: str
    document: Document
    path: str
    while_says: str


@dataclass(slots=True)
class Effect:
    """All that a removal does: what goes (asked for or with it), whose pointers empty, and what forbids it."""

    removed: dict[str, tuple[str, Document]] = field(default_factory=dict)
    emptied: dict[str, tuple[str, Document, dict[str, Any]]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many documents of each kind go."""
        counts: dict[str, int] = {}
        for kind, _ in self.removed.values():
            counts[kind] = counts.get(kind, 0) + 1
        return counts


def reference_types(type_: FieldType) -> Iterator[Reference]:
    """Every reference type that stands inside a type."""
    if isinstance(type_, Reference):
        yield type_
    elif isinstance(type_, Items | Entries):
        yield from reference_types(type_.of)
    elif isinstance(type_, Group):
        for item in type_.fields:
            yield from reference_types(item.type)


@cache
def pointing_kinds(target: str) -> tuple[Kind, ...]:
    """The kinds that have a reference to `target` anywhere."""
    return tuple(
        kind for kind in KINDS if any(ref.kind == target for item in kind.fields for ref in reference_types(item.type))
    )


def pointers_at(kind: str, id: str, reader: Reader) -> Iterator[Pointer]:
    """Every document that points at the document `id` of `kind`, once for each place."""
    for source in pointing_kinds(kind):
        for document in reader.find(source.name, pointer_term(id)):
            for place in source.references(document):
                if place.value == id:
                    yield Pointer(source.name, document, place)


def removal(roots: Iterable[tuple[str, Document]], reader: Reader) -> Effect:
    """Works out what removing `roots` does, without doing it.

    RESTRICT counts only what would survive; a pointer that stays is emptied, or forbids the removal where its rule
    carries a condition that holds.
    """
    effect = Effect()
    queue = list(roots)
    emptied: dict[str, tuple[str, Document]] = {}
    doubts: list[Refusal] = []
    while queue:
        kind, document = queue.pop()
        if document["id"] in effect.removed:
            continue
        effect.removed[document["id"]] = (kind, document)
        for pointer in pointers_at(kind, document["id"], reader):
            type_ = pointer.place.type
            assert isinstance(type_, Reference)
            if type_.on_removal is Rule.CASCADE:
                queue.append((pointer.kind, pointer.document))
            elif type_.on_removal is Rule.RESTRICT:
                doubts.append(Refusal(kind, document["id"], pointer.kind, pointer.document, pointer.place.path, ""))
            elif type_.on_removal is Rule.NULLIFY:
                emptied[pointer.document["id"]] = (pointer.kind, pointer.document)
                if type_.restrict_while is not None and type_.restrict_while(pointer.document):
                    says = type_.while_says
                    doubts.append(
                        Refusal(kind, document["id"], pointer.kind, pointer.document, pointer.place.path, says)
                    )
    _settle(effect, emptied, doubts)
    return effect


def _settle(effect: Effect, emptied: dict[str, tuple[str, Document]], doubts: list[Refusal]) -> None:
    gone = set(effect.removed)
    effect.refusals = [doubt for doubt in doubts if doubt.document["id"] not in gone]
    for id, (kind, document) in emptied.items():
        if id in gone:
            continue
        changes: dict[str, Any] = {}
        for item in BY_NAME[kind].pointing_fields:
            old = document.get(item.name)
            new = without(item.type, old, gone)
            if new != old:
                changes[item.name] = new
        effect.emptied[id] = (kind, document, changes)
        for path, type_, target in _lost_last(BY_NAME[kind], document, changes, gone):
            target_kind = type_.kind
            effect.refusals.append(Refusal(target_kind, target, kind, document, path, "as the last one in the list"))


def _lost_last(
    kind: Kind, document: Document, changes: dict[str, Any], gone: set[str]
) -> Iterator[tuple[str, Reference, str]]:
    for name, new in changes.items():
        type_ = kind.by_name[name].type
        if isinstance(type_, Items) and isinstance(type_.of, Reference) and type_.of.restrict_last and not new:
            for target in document.get(name) or []:
                if target in gone:
                    yield name, type_.of, target


def without(type_: FieldType, value: Any, gone: set[str]) -> Any:
    """The value with every pointer at a document in `gone` taken out where its rule is NULLIFY."""
    if isinstance(type_, Reference):
        return None if value in gone and type_.on_removal is Rule.NULLIFY else value
    if isinstance(type_, Items) and isinstance(value, list):
        kept = [without(type_.of, item, gone) for item in value]
        return [item for item in kept if item is not None]
    if isinstance(type_, Entries) and isinstance(value, dict):
        pairs = {key: without(type_.of, item, gone) for key, item in value.items()}
        return {key: item for key, item in pairs.items() if item is not None}
    if isinstance(type_, Group) and isinstance(value, dict):
        types = {item.name: item.type for item in type_.fields}
        pairs = {key: without(types[key], item, gone) if key in types else item for key, item in value.items()}
        return {key: item for key, item in pairs.items() if item is not None}
    return value
