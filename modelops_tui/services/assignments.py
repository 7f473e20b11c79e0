"""Changes written as text: `field=value`, `details.lr=0.1`, `tags+=x`, `tags-=x`. It reads them and writes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from modelops_tui.entities.field import Document, FieldType, unknown_field
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.scalars import read_json
from modelops_tui.entities.structures import Entries, FreeMap, Group, Items
from modelops_tui.errors import Problem, WrongUse

ASSIGNMENT = re.compile(
    r"(?P<path>[A-Za-z_](?:\w|-(?!=))*(?:\.(?:[^\s.=+\"-]|-(?!=)|\"[^\"]*\")+|\[\d+\])*)(?P<sign>\+=|-=|=)", re.DOTALL
)
PART = re.compile(r'"([^"]*)"|\[(\d+)\]|([^.\[\]"]+)')


def read_option(kind: Kind, name: str, text: str) -> Any:
    """The value that a person meant by `--name TEXT`, read by the field's type."""
    return kind.by_name[name].type.read(text)


def read_assignments(kind: Kind, document: Document, texts: Sequence[str]) -> tuple[dict[str, Any], list[Problem]]:
    """The changed top-level fields that the assignments make of `document`, and what cannot be assigned.

    Raises WrongUse for a text that is no assignment.
    """
    changes: dict[str, Any] = {}
    problems: list[Problem] = []
    for text in texts:
        match = ASSIGNMENT.match(text)
        if match is None:
            raise WrongUse(f"{text!r} is no assignment.", "Write field=value, details.lr=0.1, tags+=x or tags-=x.")
        path = _parts(match["path"])
        name = str(path[0]).replace("-", "_")
        field = kind.by_name.get(name)
        if field is None:
            problems.append(Problem(str(path[0]), unknown_field(str(path[0]), set(kind.by_name))))
            continue
        value = changes[name] if name in changes else document.get(name)
        rest = text[match.end() :]
        try:
            changes[name] = _assigned(field.type, value, path[1:], match["sign"], rest)
        except _Misfit as misfit:
            problems.append(Problem(match["path"], str(misfit)))
    return changes, problems


class _Misfit(Exception):
    pass


def _parts(text: str) -> list[str | int]:
    parts: list[str | int] = []
    for quoted, index, plain in PART.findall(text):
        parts.append(int(index) if index else (quoted or plain))
    return parts


def _assigned(type_: FieldType | None, value: Any, path: list[str | int], sign: str, text: str) -> Any:
    if not path:
        return _leaf(type_, value, sign, text)
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        if not isinstance(value, list) or step >= len(value):
            raise _Misfit(f"has no item [{step}].")
        copy = list(value)
        copy[step] = _assigned(type_.of if isinstance(type_, Items) else None, copy[step], rest, sign, text)
        return copy
    if value is not None and not isinstance(value, dict):
        raise _Misfit(f"holds no field {step}.")
    inner: FieldType | None = None
    if isinstance(type_, Group):
        inner = next((item.type for item in type_.fields if item.name == step), None)
        if inner is None:
            raise _Misfit(unknown_field(step, {item.name for item in type_.fields}))
    elif isinstance(type_, Entries):
        inner = type_.of
    elif not isinstance(type_, FreeMap) and type_ is not None:
        raise _Misfit(f"holds no field {step}.")
    copy_map = dict(value or {})
    result = _assigned(inner, copy_map.get(step), rest, sign, text)
    if result is None:
        copy_map.pop(step, None)
    else:
        copy_map[step] = result
    return copy_map


def _leaf(type_: FieldType | None, value: Any, sign: str, text: str) -> Any:
    if sign == "=":
        if text == "":
            return None
        return type_.read(text) if type_ is not None else read_json(text)
    if value is not None and not isinstance(value, list):
        raise _Misfit(f"is no list; {sign} adds to and takes from lists.")
    if type_ is not None and not isinstance(type_, Items):
        raise _Misfit(f"is no list; {sign} adds to and takes from lists.")
    items = list(value or [])
    read = type_.read(text) if type_ is not None else [read_json(text)]
    added = read if isinstance(read, list) else [read]
    if sign == "+=":
        return items + [item for item in added if item not in items]
    return _without(items, added)


def _without(items: list[Any], taken: list[Any]) -> list[Any]:
    def named(item: Any) -> Any:
        return item.get("name") if isinstance(item, dict) else item

    gone = [named(item) for item in taken]
    missing = [str(name) for name in gone if name not in [named(item) for item in items]]
    if missing:
        raise _Misfit(f"does not hold {', '.join(missing)}.")
    return [item for item in items if named(item) not in gone]
