"""What of a document may leave this machine by its declaration. It never asks what else exists or who may see it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from modelops_tui.entities.field import Document, FieldType
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.structures import Entries, Group, Items, Snapshot

# The id travels beside the body, and a revision counts the writes of one store only.
NOT_IN_BODY = ("id", "rev")


def travelling(kind: Kind, document: Mapping[str, Any]) -> Document:
    """The body of a document without its local fields, in frozen copies neither."""
    local, careful = _rules_of(kind.name)
    body = {name: value for name, value in document.items() if name not in local}
    for name, type_ in careful:
        if body.get(name) is not None:
            body[name] = _cleared(type_, body[name])
    return body


@cache
def _rules_of(name: str) -> tuple[frozenset[str], tuple[tuple[str, FieldType], ...]]:
    kind = BY_NAME[name]
    local = frozenset((*NOT_IN_BODY, *(item.name for item in kind.fields if item.local)))
    careful = tuple((item.name, item.type) for item in kind.fields if not item.local and _holds_local(item.type))
    return local, careful


def _holds_local(type_: FieldType) -> bool:
    if isinstance(type_, Snapshot):
        return True
    if isinstance(type_, Items | Entries):
        return _holds_local(type_.of)
    return isinstance(type_, Group) and any(item.local or _holds_local(item.type) for item in type_.fields)


def _cleared(type_: FieldType, value: Any) -> Any:
    if isinstance(type_, Snapshot):
        return without_local(value)
    if isinstance(type_, Items) and isinstance(value, list):
        return [_cleared(type_.of, item) for item in value]
    if isinstance(type_, Entries) and isinstance(value, dict):
        return {key: _cleared(type_.of, item) for key, item in value.items()}
    if isinstance(type_, Group) and isinstance(value, dict):
        fields = {item.name: item for item in type_.fields}
        return {
            name: _cleared(fields[name].type, item) if name in fields else item
            for name, item in value.items()
            if name not in fields or not fields[name].local
        }
    return value


def without_local(copy: Any) -> Any:
    """A frozen copy without the local fields of its kind, down into the copies that it holds."""
    if isinstance(copy, list):
        return [without_local(item) for item in copy]
    if not isinstance(copy, dict) or not isinstance(copy.get("origin"), dict):
        return copy
    kind = BY_NAME.get(str(copy["origin"].get("kind")))
    fields = kind.by_name if kind is not None else {}
    return {name: without_local(value) for name, value in copy.items() if name not in fields or not fields[name].local}
