"""Columns and cells of a kind, for lists on the command line and on the screen. It never draws them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from modelops_tui.entities.field import Document, FieldType, unknown_field
from modelops_tui.entities.keys import has_key, label_of
from modelops_tui.entities.kind import ENVELOPE, Kind, Reader
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.scalars import Anything, Choice, Number, Time
from modelops_tui.entities.structures import Entries, FreeMap, Group, Items, Reference
from modelops_tui.errors import WrongUse
from modelops_tui.present.brief import NOTHING, Sight, brief
from modelops_tui.present.moments import local_time
from modelops_tui.present.terminal import visible

ANYTHING = Anything()
ENVELOPE_TYPES: dict[str, FieldType] = {item.name: item.type for item in ENVELOPE}

_TONES = {
    "FINISHED": "good",
    "SUCCESS": "good",
    "REUSED": "good",
    "PUBLISHED": "good",
    "active": "good",
    "RUNNING": "busy",
    "PREPARED": "busy",
    "FAILED": "bad",
    "CANCELLED": "bad",
    "disabled": "bad",
    "deleted": "dim",
    "archived": "dim",
    "SKIPPED": "dim",
    "SANDBOX": "dim",
}


class Column(NamedTuple):
    """A column of a list: its name as it is asked for, its title, and where it stands (`left` or `right`)."""

    name: str
    title: str
    align: str


class Cell(NamedTuple):
    """One value of a list: safe text in one line, and its tone (``, `good`, `bad`, `busy` or `dim`)."""

    text: str
    tone: str


def columns_of(kind: Kind, names: Sequence[str] = ()) -> tuple[Column, ...]:
    """The columns called `names`, or those that the kind declares, with its key (or id) first.

    A name is `key`, a field, a computed field or a path into one (`details.auc`). Raises WrongUse for any other.
    """
    chosen = names or ("key" if has_key(kind) else "id", *kind.columns)
    return tuple(
        Column(name, _title(name, asked=name not in kind.columns), _align(column_type(kind, name))) for name in chosen
    )


def column_type(kind: Kind, name: str) -> FieldType:
    """The type of the values in a column; raises WrongUse where the kind has no such field."""
    if name == "key":
        return ANYTHING
    first, _, rest = name.partition(".")
    type_ = _field_type(kind, first)
    if type_ is None:
        known = {"key", *ENVELOPE_TYPES, *kind.by_name, *kind.computed_by_name}
        raise WrongUse(
            f"{first!r} {unknown_field(first, known)}", f"Columns of {kind.name}: {', '.join(sorted(known))}."
        )
    return _type_inside(type_, rest) if rest else type_


def _field_type(kind: Kind, name: str) -> FieldType | None:
    if name in kind.by_name:
        return kind.by_name[name].type
    if name in kind.computed_by_name:
        return kind.computed_by_name[name].type
    return ENVELOPE_TYPES.get(name)


def _type_inside(type_: FieldType, path: str) -> FieldType:
    if isinstance(type_, Group):
        first, _, rest = path.partition(".")
        inner = {item.name: item.type for item in type_.fields}.get(first)
        if inner is None:
            raise WrongUse(f"{first!r} {unknown_field(first, {item.name for item in type_.fields})}")
        return _type_inside(inner, rest) if rest else inner
    if isinstance(type_, Entries):
        _, _, rest = path.partition(".")
        return _type_inside(type_.of, rest) if rest else type_.of
    if isinstance(type_, Reference):
        return column_type(BY_NAME[type_.kind], path)
    return ANYTHING


def _title(name: str, *, asked: bool) -> str:
    # Who asks for a path knows it; a list of ours is read by its last word.
    return (name if asked else name.rpartition(".")[2]).replace("_", " ")


def _align(type_: FieldType) -> str:
    return "right" if isinstance(type_, Number) else "left"


def raw_value(kind: Kind, document: Document, name: str, reader: Reader) -> Any:
    """The value at a column's path, computed when it is a computed field; None where there is none."""
    first, _, rest = name.partition(".")
    if first in kind.computed_by_name and first not in kind.by_name:
        value = kind.computed_by_name[first].compute(document, reader)
    else:
        value = document.get(first)
    return _inside(_field_type(kind, first), value, rest, reader)


def _inside(type_: FieldType | None, value: Any, path: str, reader: Reader) -> Any:
    """The value at `path` inside one, through a reference to the document it points at."""
    if not path or value is None:
        return value
    if isinstance(type_, Reference):
        other = BY_NAME[type_.kind]
        target = reader.get(other.name, str(value))
        if target is None:
            return None
        return label_of(other, target, reader) if path == "key" else raw_value(other, target, path, reader)
    if isinstance(type_, Items) and isinstance(value, list):
        return [_inside(type_.of, item, path, reader) for item in value]
    first, _, rest = path.partition(".")
    inner = {item.name: item.type for item in type_.fields}.get(first) if isinstance(type_, Group) else None
    if isinstance(type_, Entries):
        inner = type_.of
    return _inside(inner, value.get(first) if isinstance(value, dict) else None, rest, reader)


def cell(
    kind: Kind,
    document: Document,
    column_name: str,
    reader: Reader,
    now: datetime | None = None,
    *,
    whole: bool = False,
) -> Cell:
    """One cell of a list; times are told as distances from `now`, or with `whole` as local times.

    Raises WrongUse for a column that the kind does not have.
    """
    if column_name == "key":
        return Cell(visible(label_of(kind, document, reader)), "")
    type_ = column_type(kind, column_name)
    value = raw_value(kind, document, column_name, reader)
    if isinstance(type_, Time) and whole and isinstance(value, str):
        return Cell(visible(local_time(value)), "")
    text = visible(brief(type_, value, Sight(reader, now)))
    return Cell(text, "dim" if text == NOTHING else tone_of(type_, value))


def tone_of(type_: FieldType, value: Any) -> str:
    """The tone of a value: how good or bad the state is that it tells, empty for most."""
    if isinstance(type_, Group) and isinstance(value, dict):
        return _TONES.get(str(value.get("state")), "")
    if isinstance(type_, Choice) or (isinstance(value, str) and value.isupper()):
        return _TONES.get(str(value), "")
    return "dim" if isinstance(type_, FreeMap) else ""
