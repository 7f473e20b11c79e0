"""Frozen copies: how one is taken and how far its origin has moved on since. A copy never refreshes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Reader
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.structures import Reference, Snapshot


class Drift(NamedTuple):
    """One difference between a frozen copy and its living origin."""

    path: str
    then: Any
    now: Any


def take(kind_name: str, document: Document, reader: Reader, at: str) -> Document:
    """A frozen copy of a document: its origin, the time `at`, and the fields that its kind keeps in copies."""
    kind = BY_NAME[kind_name]
    copy: Document = {
        "origin": {"kind": kind_name, "id": document["id"], "key": label_of(kind, document, reader)},
        "taken_at": at,
    }
    for name in kind.snapshot:
        if name in kind.computed_by_name:
            value = kind.computed_by_name[name].compute(document, reader)
            type_ = kind.computed_by_name[name].type
        else:
            value, type_ = document.get(name), kind.by_name[name].type
        value = _frozen(kind_name, type_, value, reader, at)
        if value is not None:
            copy[name] = value
    return copy


def _frozen(kind_name: str, type_: Any, value: Any, reader: Reader, at: str) -> Any:
    if isinstance(type_, Reference) and isinstance(value, str) and BY_NAME[type_.kind].snapshot:
        target = reader.get(type_.kind, value)
        return take(type_.kind, target, reader, at) if target is not None else None
    if isinstance(type_, Snapshot) and type_.kind == kind_name and isinstance(value, dict):
        return label_of_copy(value)
    return value


def label_of_copy(copy: Document) -> str:
    """A frozen copy as one line: its origin's key at the time, and the time."""
    time = str(copy.get("taken_at") or "").replace("T", " ")[:19]
    return f"{(copy.get('origin') or {}).get('key')}:{time}"


def drift(copy: Document, reader: Reader) -> list[Drift] | None:
    """How a frozen copy differs from its living origin: empty when not at all, None when the origin is gone."""
    origin = copy.get("origin") or {}
    kind = BY_NAME.get(str(origin.get("kind")))
    living = reader.get(kind.name, str(origin.get("id"))) if kind is not None else None
    if kind is None or living is None:
        return None
    now = take(kind.name, living, reader, str(copy.get("taken_at")))
    return list(_copy_differences(copy, now, ""))


def _copy_differences(then: Document, now: Document, path: str) -> Iterator[Drift]:
    yield from _differences(_held(then), _held(now), path)


def _held(copy: Document) -> Document:
    return {name: value for name, value in copy.items() if name not in ("taken_at", "origin")}


def _differences(then: Document, now: Document, path: str) -> Iterator[Drift]:
    for name in [*then, *(name for name in now if name not in then)]:
        here = f"{path}.{name}" if path else name
        old, new = then.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            # In a map that a person fills, these two names are as good as any other.
            is_copy = all("taken_at" in one and isinstance(one.get("origin"), dict) for one in (old, new))
            yield from (_copy_differences if is_copy else _differences)(old, new, here)
        elif old != new:
            yield Drift(here, old, new)
