"""Values as one short line each, by the type of their field. It never looks further than one reference away."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from modelops_tui.entities.field import FieldType
from modelops_tui.entities.granting import Instance
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Reader
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.entities.scalars import (
    OBJECT_ID,
    Anything,
    Boolean,
    Choice,
    FileName,
    InsidePath,
    Number,
    PortMapping,
    RepositoryLink,
    Slug,
    Text,
    Time,
)
from modelops_tui.entities.sealed_form import SEALED_WORD
from modelops_tui.entities.structures import (
    Entries,
    FreeMap,
    Group,
    Items,
    KeyText,
    Reference,
    Sealed,
    SecretPlace,
    Snapshot,
)
from modelops_tui.present.moments import relative_time

NOTHING = "–"
LONGEST = 200
LONGEST_MAP = 60
SHOWN_ITEMS = 3
_NAMING_FIELDS = ("name", "state", "user", "field", "number")


class Sight(NamedTuple):
    """What a value is read with: other documents, and the time that counts as now."""

    reader: Reader
    now: datetime | None = None


def brief(type_: FieldType, value: Any, sight: Sight) -> str:
    """A value of a field of `type_` as one short line; nothing reads as a dash. It may hold control signs."""
    if value is None or value == "":
        return NOTHING
    return BRIEF[type(type_)](type_, value, sight)


def plain(value: Any) -> str:
    """Any JSON value as text: text as it is, the rest as JSON."""
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict | list):
        return compact_json(value)
    return str(value)


def compact_json(value: Any, longest: int = LONGEST) -> str:
    """A JSON value without line breaks, cut with `…` when it has more than `longest` characters."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return text if len(text) <= longest else text[: longest - 1] + "…"


def label_of_id(kind_name: str, id: str, reader: Reader) -> str:
    """What the document that a reference points at is called; its id where it is not to be seen."""
    kind = BY_NAME[kind_name]
    target = reader.get(kind_name, id)
    return label_of(kind, target, reader) if target is not None else id


def copy_label(copy: Mapping[str, Any]) -> str:
    """What a frozen copy is called: the key that its origin had when it was taken."""
    origin = copy.get("origin")
    key = origin.get("key") if isinstance(origin, dict) else None
    return str(key or copy.get("name") or compact_json(dict(copy)))


def _plain(_type: FieldType, value: Any, _sight: Sight) -> str:
    return plain(value)


def _time(_type: FieldType, value: Any, sight: Sight) -> str:
    return relative_time(str(value), sight.now)


def _reference(type_: Any, value: Any, sight: Sight) -> str:
    return label_of_id(type_.kind, str(value), sight.reader)


def _instance(_type: FieldType, value: Any, sight: Sight) -> str:
    return instance_label(str(value), sight.reader)


def instance_label(id: str, reader: Reader) -> str:
    """What a permission is for by its key, in quotes where that holds what separates; the id where it is gone."""
    found = (kind.name for kind in KINDS if reader.get(kind.name, id) is not None) if OBJECT_ID.match(id) else iter(())
    kind = next(found, None)
    text = label_of_id(kind, id, reader) if kind is not None else id
    return f'"{text}"' if ":" in text or "," in text else text


def _snapshot(_type: FieldType, value: Any, _sight: Sight) -> str:
    return copy_label(value) if isinstance(value, dict) else plain(value)


def _sealed(_type: FieldType, _value: Any, _sight: Sight) -> str:
    return SEALED_WORD


def _items(type_: Any, value: Any, sight: Sight) -> str:
    if not isinstance(value, list):
        return plain(value)
    shown = [brief(type_.of, item, sight) for item in value[:SHOWN_ITEMS]]
    more = f", … +{len(value) - SHOWN_ITEMS}" if len(value) > SHOWN_ITEMS else ""
    return ", ".join(shown) + more if shown else NOTHING


def _entries(_type: Any, value: Any, _sight: Sight) -> str:
    if not isinstance(value, dict):
        return plain(value)
    names = list(value)
    more = f", … +{len(names) - SHOWN_ITEMS}" if len(names) > SHOWN_ITEMS else ""
    return ", ".join(names[:SHOWN_ITEMS]) + more if names else NOTHING


def _free_map(_type: FieldType, value: Any, _sight: Sight) -> str:
    """The single values of a map, those of its metrics first, as `auc 0.931, loss 0.2`; else the map as JSON."""
    if not isinstance(value, dict) or not value:
        return plain(value) if value else NOTHING
    metrics = value.get("metrics")
    parts = [metrics] if isinstance(metrics, dict) else [value, *(part for part in value.values() if _is_map(part))]
    singles = [(name, item) for part in parts for name, item in part.items() if not isinstance(item, dict | list)]
    if not singles:
        return compact_json(value, LONGEST_MAP)
    text = ", ".join(f"{name} {plain(item)}" for name, item in singles)
    return text if len(text) <= LONGEST_MAP else text[: LONGEST_MAP - 1] + "…"


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


def _group(type_: Any, value: Any, sight: Sight) -> str:
    if not isinstance(value, dict):
        return plain(value)
    if "state" in value and "progress" in value:
        return _task(value)
    types = {item.name: item.type for item in type_.fields}
    for name in _NAMING_FIELDS:
        if name in types and value.get(name) is not None:
            return brief(types[name], value[name], sight)
    pairs = [f"{name}={brief(types[name], item, sight)}" for name, item in value.items() if name in types]
    return " ".join(pairs) or NOTHING


def _secret_place(type_: Any, value: Any, sight: Sight) -> str:
    if not isinstance(value, dict):
        return plain(value)
    chest, entry = (brief(item.type, value.get(item.name), sight) for item in type_.fields)
    return f"{chest}/{entry}"


def _task(value: Mapping[str, Any]) -> str:
    progress = value.get("progress")
    unfinished = value.get("state") in ("RUNNING", "FAILED", "CANCELLED")
    share = f" {progress:.0%}" if unfinished and isinstance(progress, int | float) and progress else ""
    return f"{value.get('state')}{share}"


BRIEF: dict[type[FieldType], Callable[[Any, Any, Sight], str]] = {
    Text: _plain,
    Slug: _plain,
    Boolean: _plain,
    Number: _plain,
    Time: _time,
    Choice: _plain,
    RepositoryLink: _plain,
    InsidePath: _plain,
    FileName: _plain,
    PortMapping: _plain,
    Anything: _plain,
    Reference: _reference,
    Instance: _instance,
    Snapshot: _snapshot,
    Sealed: _sealed,
    KeyText: _sealed,
    FreeMap: _free_map,
    Items: _items,
    Entries: _entries,
    Group: _group,
    SecretPlace: _secret_place,
}
