"""Documents as programs read them: references told with their keys, nothing secret. It never shortens a value."""

from __future__ import annotations

from typing import Any

from modelops_tui.entities.field import Document, FieldType
from modelops_tui.entities.keys import key_of, label_of
from modelops_tui.entities.kind import ENVELOPE, Kind, Reader
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.sealed_form import SEALED_WORD
from modelops_tui.entities.structures import NOT_TOLD, Entries, Group, Items, Reference, Snapshot

NEVER_SHOWN = frozenset(("password_verifier",))
_CREATED_BY = next(item.type for item in ENVELOPE if item.name == "created_by")
_STAMPS = ("id", "rev", "created_at", "updated_at", "created_by")


def document_form(kind: Kind, document: Document, reader: Reader) -> dict[str, Any]:
    """A document with its kind, key, envelope, fields and computed values, as every output form tells it.

    A document without a key has a `label` instead. A computed value is left out where it has none.
    """
    key = key_of(kind, document, reader)
    form: dict[str, Any] = {"kind": kind.name, "id": document["id"], "key": key}
    if key is None:
        form["label"] = label_of(kind, document, reader)
    for name in ("rev", "created_at", "updated_at"):
        if document.get(name) is not None:
            form[name] = document[name]
    if document.get("created_by") is not None:
        form["created_by"] = told(_CREATED_BY, document["created_by"], reader)
    for item in kind.fields:
        value = document.get(item.name)
        if value is not None and item.name not in NEVER_SHOWN:
            form[item.name] = told(item.type, value, reader)
    known = {*kind.by_name, *_STAMPS, *NEVER_SHOWN}
    form.update({name: value for name, value in document.items() if name not in known})
    for computed in kind.computed:
        if computed.name not in kind.by_name:
            value = computed.compute(document, reader)
            if value is not None:
                form[computed.name] = told(computed.type, value, reader)
    return form


def told(type_: FieldType, value: Any, reader: Reader) -> Any:
    """A stored value as it is told: a reference as kind, id and key; what is sealed as the word `sealed`."""
    if isinstance(type_, Reference):
        return told_reference(type_.kind, value, reader)
    if isinstance(type_, NOT_TOLD):
        return SEALED_WORD
    if isinstance(type_, Items) and isinstance(value, list):
        return [told(type_.of, item, reader) for item in value]
    if isinstance(type_, Entries) and isinstance(value, dict):
        return {name: told(type_.of, item, reader) for name, item in value.items()}
    if isinstance(type_, Group) and isinstance(value, dict):
        types = {item.name: item.type for item in type_.fields}
        return {name: told(types[name], item, reader) if name in types else item for name, item in value.items()}
    if isinstance(type_, Snapshot) and isinstance(value, dict):
        return {name: item for name, item in value.items() if name not in NEVER_SHOWN}
    return value


def told_reference(kind_name: str, id: Any, reader: Reader) -> Any:
    """A pointer as `{kind, id, key}`; the key is null where the target has none or is not to be seen."""
    if not isinstance(id, str):
        return id
    kind = BY_NAME[kind_name]
    target = reader.get(kind_name, id)
    key = key_of(kind, target, reader) if target is not None else None
    return {"kind": kind_name, "id": id, "key": key}


def by_keys(value: Any) -> Any:
    """A told value with every reference in it as the key of its document alone, the id where there is none."""
    if isinstance(value, list):
        return [by_keys(item) for item in value]
    if isinstance(value, dict):
        if value.keys() == {"kind", "id", "key"}:
            return value["key"] or value["id"]
        return {name: by_keys(item) for name, item in value.items()}
    return value
