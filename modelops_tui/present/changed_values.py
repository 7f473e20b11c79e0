"""Both sides of a change, as a person or a program is told them. It tells nothing that a document would not."""

from __future__ import annotations

from typing import Any

from modelops_tui.entities.field import FieldType
from modelops_tui.entities.kind import Kind, Reader
from modelops_tui.entities.structures import NOT_TOLD, Entries, Group, Items, Reference
from modelops_tui.present.brief import label_of_id
from modelops_tui.present.forms_out import by_keys, told


def told_change(kind: Kind, path: str, old: Any, new: Any, reader: Reader) -> dict[str, Any]:
    """A change of what stands at a dotted path, as programs read it: in the form that a document has."""
    type_ = type_at(kind, path)
    sides = {"old": old, "new": new}
    return {"path": path} | {
        side: value if type_ is None or value is None else told(type_, value, reader) for side, value in sides.items()
    }


def called_change(kind: Kind, path: str, old: Any, new: Any, reader: Reader) -> tuple[Any, Any]:
    """Both sides as a person reads them: what references point at by its key, what is sealed by that word."""
    then, now = _called(kind, path, old, reader), _called(kind, path, new, reader)
    # What differs and is told alike differs in what is sealed.
    return then, "sealed anew" if then == now and old != new else now


def type_at(kind: Kind, path: str) -> FieldType | None:
    """The type of what stands at a dotted path, None where nothing is declared."""
    first, *rest = path.split(".")
    item = kind.by_name.get(first)
    type_ = item.type if item is not None else None
    for name in rest:
        if isinstance(type_, Entries):
            type_ = type_.of
        elif isinstance(type_, Group):
            type_ = next((part.type for part in type_.fields if part.name == name), None)
        else:
            return None
    return type_


def _called(kind: Kind, path: str, value: Any, reader: Reader) -> Any:
    type_ = type_at(kind, path)
    if value is None:
        return None
    if isinstance(type_, Items) and isinstance(type_.of, Reference) and isinstance(value, list):
        return [label_of_id(type_.of.kind, str(id), reader) for id in value]
    if isinstance(type_, Reference) and isinstance(value, str):
        return label_of_id(type_.kind, value, reader)
    if isinstance(type_, (*NOT_TOLD, Entries, Group, Items)):
        return by_keys(told(type_, value, reader))
    return value
