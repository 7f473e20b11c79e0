"""Documents as people read them in MongoDB: real dates, references as ObjectIds, names that no operator can hide in.

It never reaches a server.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from bson import ObjectId

from modelops_tui.entities.field import Document, FieldType
from modelops_tui.entities.kind import ENVELOPE
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.scalars import OBJECT_ID, Time
from modelops_tui.entities.structures import Entries, FreeMap, Group, Items, Reference, Snapshot

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
_ENVELOPE = {item.name: item.type for item in ENVELOPE}
_CONTAINERS = frozenset((dict, list))
_LOOKED_INTO = frozenset((dict, list, str))
_ESCAPED = {"%": "%25", ".": "%2E", "$": "%24", "\0": "%00"}
_BACK = {escaped: sign for sign, escaped in _ESCAPED.items()}


def collection_of(kind: str) -> str:
    """The collection of a kind: its name without signs that a shell would take for its own."""
    return kind.replace("-", "_")


def to_view(kind: str, id: str, body: Document | None, seq: int, by: str) -> dict[str, Any]:
    """The document that a view shows; one that was removed keeps only the mark of it."""
    sync: dict[str, Any] = {"seq": seq, "by": _object_id(by)}
    shown: dict[str, Any] = {"_id": ObjectId(id)}
    if body is None:
        sync["del"] = True
    else:
        types = _types_of(kind)
        for name, value in body.items():
            shown[safe_name(name)] = _to_bson(types.get(name), value) if type(value) in _LOOKED_INTO else value
    shown["_sync"] = sync
    return shown


@cache
def _types_of(kind: str) -> dict[str, FieldType]:
    return {**_ENVELOPE, **{item.name: item.type for item in BY_NAME[kind].fields}}


@cache
def _parts_of(type_: Group) -> dict[str, FieldType]:
    return {item.name: item.type for item in type_.fields}


def from_view(document: dict[str, Any]) -> tuple[str, Document | None, int, str]:
    """The id, body, commit and author that a view shows."""
    sync = document.get("_sync") if isinstance(document.get("_sync"), dict) else {}
    assert isinstance(sync, dict)
    id, seq, by = str(document.get("_id")), int(sync.get("seq") or 0), str(sync.get("by"))
    if sync.get("del"):
        return id, None, seq, by
    body = {name: value for name, value in document.items() if name not in ("_id", "_sync")}
    return id, _from_bson(body), seq, by


@lru_cache(maxsize=4096)
def safe_name(name: str) -> str:
    """A field name that holds no sign with a meaning for the server; one of the document's own is written `_` twice."""
    escaped = re.sub(r"[%.$\0]", lambda match: _ESCAPED[match[0]], name)
    return f"%5F{escaped[1:]}" if escaped in ("_id", "_sync") else escaped


def plain_name(name: str) -> str:
    """The name behind a safe one."""
    return re.sub(r"%(25|2E|24|00|5F)", lambda match: _BACK.get(match[0], "_"), name)


def _object_id(text: Any) -> Any:
    return _pointer(text) if isinstance(text, str) else text


@lru_cache(maxsize=4096)
def _pointer(text: str) -> Any:
    return ObjectId(text) if OBJECT_ID.match(text) else text


def _to_bson(type_: FieldType | None, value: Any) -> Any:
    form = type(value)
    if form is str:
        if isinstance(type_, Reference):
            return _object_id(value)
        return to_moment(value) if isinstance(type_, Time) else value
    if form is list:
        inner = type_.of if isinstance(type_, Items) else None
        return [_to_bson(inner, item) for item in value]
    if form is not dict or not value:
        return value
    if type_ is None or isinstance(type_, FreeMap):
        return _free_to_bson(value)
    if isinstance(type_, Snapshot):
        return _copy_to_bson(type_.kind, value)
    if isinstance(type_, Entries):
        return {safe_name(name): _to_bson(type_.of, item) for name, item in value.items()}
    types = _parts_of(type_) if isinstance(type_, Group) else {}
    return {safe_name(name): _to_bson(types.get(name), item) for name, item in value.items()}


def _free_to_bson(value: Any) -> Any:
    """A value whose parts nobody declared: only the names in it are made safe."""
    if type(value) is dict:
        return {
            safe_name(name): _free_to_bson(item) if type(item) in _CONTAINERS else item for name, item in value.items()
        }
    return [_free_to_bson(item) if type(item) in _CONTAINERS else item for item in value]


def _copy_to_bson(kind: str, copy: dict[str, Any]) -> dict[str, Any]:
    """A frozen copy: its origin's id points there, and the copies inside are read by their own kinds."""
    types = _types_of(kind)
    shown: dict[str, Any] = {}
    for name, value in copy.items():
        if name == "origin" and isinstance(value, dict):
            shown[name] = {safe_name(part): _object_id(item) if part == "id" else item for part, item in value.items()}
        elif name == "taken_at" and isinstance(value, str):
            shown[name] = to_moment(value)
        elif isinstance(value, dict) and isinstance(value.get("origin"), dict):
            inner = str(value["origin"].get("kind"))
            shown[safe_name(name)] = _copy_to_bson(inner, value) if inner in BY_NAME else _to_bson(None, value)
        else:
            shown[safe_name(name)] = _to_bson(types.get(name), value)
    return shown


@lru_cache(maxsize=4096)
def to_moment(text: str) -> Any:
    """The date that stored UTC text means; other text stays as it is."""
    if not MOMENT.match(text):
        return text
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


def from_moment(value: Any) -> str:
    """A date as stored UTC text, empty for what is no date."""
    return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z" if isinstance(value, datetime) else ""


def _from_bson(value: Any) -> Any:
    if isinstance(value, dict):
        return {plain_name(name): _from_bson(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_from_bson(item) for item in value]
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, datetime):
        return from_moment(value)
    # Whole numbers of 64 bits come back as a type of their own.
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value
