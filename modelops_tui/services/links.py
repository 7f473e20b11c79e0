"""What a document points at, what points at it, and how far its frozen copies have drifted. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from modelops_tui.entities.field import Document
from modelops_tui.entities.graph import pointers_at
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.snapshots import Drift, drift
from modelops_tui.entities.structures import Reference, Rule, Snapshot
from modelops_tui.services.home import Home


class Link(NamedTuple):
    """One pointer between two documents, seen from one of them: the other end, the place, and the delete rule."""

    kind: Kind
    id: str
    label: str
    path: str
    rule_says: str


@dataclass(frozen=True, slots=True)
class Links:
    """The pointers of a document in both directions."""

    points_to: list[Link]
    pointed_at_by: list[Link]


class SnapshotDrift(NamedTuple):
    """A frozen copy and how its origin differs today; `drifts` is None when the origin is gone."""

    path: str
    origin_kind: str
    origin_id: str
    origin_label: str
    taken_at: str
    drifts: list[Drift] | None


class _Copy(NamedTuple):
    """A frozen copy: its place, its origin's kind, id and key then, when it was taken, and what it holds."""

    path: str
    origin_kind: str
    origin_id: str
    origin_label: str
    taken_at: str
    held: Document


COPY_STAYS = "a copy stays"
RULE_SAYS = {
    Rule.CASCADE: "removed with it",
    Rule.RESTRICT: "forbids its removal",
    Rule.NULLIFY: "forgets it",
    Rule.KEEP: "keeps its id",
}


def links(home: Home, kind: Kind, document: Document) -> Links:
    """Every pointer from and to a document that the user may know of."""
    outward = []
    for place in kind.references(document):
        assert isinstance(place.type, Reference)
        target = home.names.get(place.type.kind, place.value)
        other = BY_NAME[place.type.kind]
        label = label_of(other, target, home.names) if target is not None else f"{place.value} (gone)"
        outward.append(Link(other, place.value, label, place.path, RULE_SAYS[place.type.on_removal]))
    outward += [
        Link(BY_NAME[origin], id, label if home.names.get(origin, id) else f"{label} (gone)", path, COPY_STAYS)
        for path, origin, id, label, _, _ in _copies(home, kind, document)
        if origin in BY_NAME
    ]
    inward = []
    for pointer in pointers_at(kind.name, document["id"], home.names):
        assert isinstance(pointer.place.type, Reference)
        other = BY_NAME[pointer.kind]
        if not home.may_read(other.name, pointer.document["id"]):
            continue
        label = label_of(other, pointer.document, home.names)
        rule = RULE_SAYS[pointer.place.type.on_removal]
        inward.append(Link(other, pointer.document["id"], label, pointer.place.path, rule))
    return Links(outward, inward)


def drifts(home: Home, kind: Kind, document: Document) -> list[SnapshotDrift]:
    """How far each frozen copy in a document is from its living origin, of those whose origin the user may read."""
    return [
        SnapshotDrift(path, origin, id, label, taken_at, drift(copy, home.names))
        for path, origin, id, label, taken_at, copy in _copies(home, kind, document)
    ]


def _copies(home: Home, kind: Kind, document: Document) -> Iterator[_Copy]:
    for place in kind.places(document):
        if isinstance(place.type, Snapshot) and isinstance(place.value, dict):
            origin = place.value.get("origin") or {}
            name, id = str(origin.get("kind")), str(origin.get("id"))
            if home.may_read(name, id):
                label = str(origin.get("key") or id)
                yield _Copy(place.path, name, id, label, str(place.value.get("taken_at")), place.value)
