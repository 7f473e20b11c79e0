"""Bodies of documents: when two are the same, and how one becomes a document of this home again. It stores nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.leaving import travelling
from modelops_tui.entities.scalars import OBJECT_ID

Key = tuple[str, str]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
STAMPS = frozenset(("created_at", "updated_at", "created_by"))


def alike(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same, whatever the order of their names (1, 1.0 and true differ)."""
    if one is other:
        return True
    if one != other:
        return False
    if isinstance(one, str) or one is None:
        return type(one) is type(other)
    return canonical(one) == canonical(other)


def canonical(value: Any) -> bytes:
    """The bytes of a JSON value with its names in order."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def fields_of(body: Mapping[str, Any]) -> Document:
    """The part of a body that counts as content: who wrote it when does not, nor does an empty value."""
    return {name: value for name, value in body.items() if name not in STAMPS and value is not None}


def same_body(one: Document | None, other: Document | None) -> bool:
    """Whether two bodies have the same content, or both are absent."""
    if one is None or other is None:
        return one is other
    return alike(fields_of(one), fields_of(other))


def body_problem(body: Any) -> str:
    """What keeps a value from being a body that can be taken in, as the end of a sentence; empty when nothing does."""
    if not isinstance(body, dict):
        return "is not a document"
    for name in ("created_at", "updated_at"):
        if not isinstance(body.get(name), str) or not TIME.match(body[name]):
            return f"has no proper {name}"
    if not isinstance(body.get("created_by"), str) or not OBJECT_ID.match(body["created_by"]):
        return "has no proper created_by"
    return ""


def to_local(kind: Kind, id: str, body: Document, local: Document | None) -> Document:
    """The document that a body makes here: what never leaves this machine stays as it is in `local`."""
    document: Document = {"id": id}
    document.update((name, value) for name, value in body.items() if value is not None)
    if local is None:
        return document
    known = travelling(kind, local)
    for name, value in local.items():
        if name in ("id", "rev"):
            continue
        if name not in known:
            document[name] = value
        elif name in document and value is not known[name] and alike(known[name], document[name]):
            # A frozen copy that did not change keeps the local fields inside it.
            document[name] = value
    return document
