"""Three-way merge of one document, field by field: what only one side changed is taken. It decides no clash."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, NamedTuple

from modelops_tui.entities.field import Document, FieldType
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.scalars import Text
from modelops_tui.entities.structures import Entries, FreeMap, Group, Items, Snapshot
from modelops_tui.services.syncing.bodies import STAMPS, alike
from modelops_tui.store.rules import shape_problems

Path = tuple[str, ...]
# What was sealed as one comes from one side as one; the header of a chest vouches for its owner too.
SEALED_TOGETHER = {"treasure-chest": ("entries", "header", "owner"), "user": ("public_key", "fingerprint")}
NEVER_FALLS = {("artifact", "next_number")}


class Clash(NamedTuple):
    """One place that both sides changed in different ways."""

    path: Path
    base: Any
    mine: Any
    theirs: Any


def merge(kind: Kind, base: Document | None, mine: Document, theirs: Document) -> tuple[Document, list[Clash]]:
    """The merged body, mine where both sides differ, and every such place."""
    merged, clashes = _merge(kind, base or {}, mine, theirs, deep=True)
    if shape_problems(kind, merged) and not shape_problems(kind, mine):
        # Halves that fit on their own may not fit together: then each field is wholly one side's.
        merged, clashes = _merge(kind, base or {}, mine, theirs, deep=False)
    return merged, clashes


def _merge(kind: Kind, base: Document, mine: Document, theirs: Document, *, deep: bool) -> tuple[Document, list[Clash]]:
    merged: Document = {name: theirs[name] for name in STAMPS if name in theirs}
    merged["updated_at"] = max(str(mine.get("updated_at")), str(theirs.get("updated_at")))
    clashes: list[Clash] = []
    together = _together(kind, mine, theirs)
    for name in [*theirs, *(name for name in mine if name not in theirs)]:
        if name in STAMPS or name in together:
            continue
        item = kind.by_name.get(name)
        type_ = item.type if item is not None and deep else None
        b, m, t = base.get(name), mine.get(name), theirs.get(name)
        if (kind.name, name) in NEVER_FALLS:
            value: Any = max(m or 0, t or 0)
        elif deep:
            value = _value(type_, (name,), b, m, t, clashes)
        else:
            value = _whole((name,), b, m, t, clashes)
        if value is not None:
            merged[name] = value
    if together:
        _take_together(together, base, mine, theirs, merged, clashes)
    return merged, clashes


def _together(kind: Kind, mine: Document, theirs: Document) -> tuple[str, ...]:
    names = SEALED_TOGETHER.get(kind.name, ())
    # The owner of a chest that was never sealed is a field like any other.
    return names if any(side.get(name) for side in (mine, theirs) for name in names[:2]) else ()


def joinable(kind: Kind, body: Document, other: Document) -> Document:
    """What of a body may go into another document: not what was sealed for its own id, or stands for its own key."""
    names = _together(kind, body, other)
    return {name: value for name, value in body.items() if name not in names}


def _take_together(
    names: tuple[str, ...], base: Document, mine: Document, theirs: Document, merged: Document, clashes: list[Clash]
) -> None:
    b, m, t = ({name: side[name] for name in names if side.get(name) is not None} for side in (base, mine, theirs))
    merged.update(_whole(names[:1], b, m, t, clashes) or {})


def _whole(path: Path, b: Any, m: Any, t: Any, clashes: list[Clash]) -> Any:
    if alike(m, t) or alike(t, b):
        return m
    if alike(m, b):
        return t
    clashes.append(Clash(path, b, m, t))
    return m


def _value(type_: FieldType | None, path: Path, b: Any, m: Any, t: Any, clashes: list[Clash]) -> Any:
    if alike(m, t) or alike(t, b):
        return m
    if alike(m, b):
        return t
    if isinstance(type_, Items) and type_.distinct:
        return merged_set(b or [], m or [], t or [])
    if isinstance(type_, Items) and type_.distinct_by and isinstance(m, list) and isinstance(t, list):
        return _keyed(type_, path, b or [], m, t, clashes)
    if isinstance(m, dict) and isinstance(t, dict) and isinstance(b, dict | None) and not isinstance(type_, Snapshot):
        return _map(type_, path, b or {}, m, t, clashes)
    if isinstance(type_, Text) and isinstance(b, str) and isinstance(m, str) and isinstance(t, str) and type_.lines:
        text = merged_lines(b, m, t)
        if text is not None:
            return text
    clashes.append(Clash(path, b, m, t))
    return m


def inner_type(type_: FieldType | None, name: str) -> FieldType | None:
    """The type of what stands under `name` inside a value of this type, where it is declared."""
    if isinstance(type_, Entries):
        return type_.of
    if isinstance(type_, Group):
        return next((item.type for item in type_.fields if item.name == name), None)
    if isinstance(type_, Items):
        return type_.of
    return FreeMap() if isinstance(type_, FreeMap) else None


def _map(
    type_: FieldType | None,
    path: Path,
    b: Mapping[str, Any],
    m: Mapping[str, Any],
    t: Mapping[str, Any],
    clashes: list[Clash],
) -> dict[str, Any]:
    merged = {}
    for name in [*t, *(name for name in m if name not in t)]:
        value = _value(inner_type(type_, name), (*path, name), b.get(name), m.get(name), t.get(name), clashes)
        # In a free map an empty value is a value; what one side took out is gone.
        if value is not None or (name in m and name in t) or (name not in b and (name in m or name in t)):
            merged[name] = value
    return merged


def merged_set(b: list[Any], m: list[Any], t: list[Any]) -> list[Any]:
    """A list without order of meaning: in their order, with my additions, without what either side took out."""
    kept = [item for item in t if item in m or item not in b]
    return kept + [item for item in m if item not in t and item not in b]


def _keyed(type_: Items, path: Path, b: list[Any], m: list[Any], t: list[Any], clashes: list[Clash]) -> list[Any]:
    by = type_.distinct_by
    was, mine, theirs = ({str(item.get(by)): item for item in side} for side in (b, m, t))
    merged = []
    for name in [*theirs, *(name for name in mine if name not in theirs)]:
        value = _value(type_.of, (*path, name), was.get(name), mine.get(name), theirs.get(name), clashes)
        if value is not None:
            merged.append(value)
    return merged


def merged_lines(b: str, m: str, t: str) -> str | None:
    """Text with the changed lines of both sides, or None where they changed the same or neighbouring lines."""
    base = b.splitlines(keepends=True)
    hunks = sorted({*_hunks(base, m), *_hunks(base, t)})
    for before, after in pairwise(hunks):
        if after[0] <= before[1]:
            return None
    for start, end, lines in reversed(hunks):
        base[start:end] = lines
    return "".join(base)


def _hunks(base: list[str], text: str) -> list[tuple[int, int, tuple[str, ...]]]:
    other = text.splitlines(keepends=True)
    codes = SequenceMatcher(None, base, other, autojunk=False).get_opcodes()
    return [(i1, i2, tuple(other[j1:j2])) for tag, i1, i2, j1, j2 in codes if tag != "equal"]


def value_at_path(kind: Kind, document: Mapping[str, Any], path: Path) -> Any:
    """The value at a clash's path."""
    together = SEALED_TOGETHER.get(kind.name, ())
    if path == together[:1]:
        return {name: document[name] for name in together if document.get(name) is not None}
    item = kind.by_name.get(path[0])
    type_, value = (item.type if item is not None else None), document.get(path[0])
    for name in path[1:]:
        if isinstance(value, list) and isinstance(type_, Items):
            value = next((one for one in value if str(one.get(type_.distinct_by)) == name), None)
        else:
            value = value.get(name) if isinstance(value, dict) else None
        type_ = inner_type(type_, name)
    return value


def with_value(kind: Kind, document: Document, path: Path, value: Any) -> Document:
    """The document with another value at a clash's path; None takes it out."""
    together = SEALED_TOGETHER.get(kind.name, ())
    if path == together[:1]:
        return {**{name: old for name, old in document.items() if name not in together}, **(value or {})}
    item = kind.by_name.get(path[0])
    return _put(item.type if item is not None else None, document, path, value)


def _put(type_: FieldType | None, whole: Document, path: Path, value: Any) -> Document:
    changed = dict(whole)
    if len(path) > 1:
        value = _put_inside(type_, changed.get(path[0]), path[1:], value)
    if value is None:
        changed.pop(path[0], None)
    else:
        changed[path[0]] = value
    return changed


def _put_inside(type_: FieldType | None, inside: Any, path: Path, value: Any) -> Any:
    if isinstance(type_, Items) and type_.distinct_by:
        items = {str(one.get(type_.distinct_by)): one for one in inside or []}
        return list(_put(type_.of, items, path, value).values())
    return _put(inner_type(type_, path[0]), inside if isinstance(inside, dict) else {}, path, value)
