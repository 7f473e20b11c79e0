"""What may be decided about a conflict, and who wrote the two sides of it. It decides nothing and changes nothing."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from modelops_tui.entities.artifacts import revisions_of
from modelops_tui.entities.field import FieldType
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.scalars import Anything, Text
from modelops_tui.entities.structures import Items
from modelops_tui.services.home import Home
from modelops_tui.services.records import input_form
from modelops_tui.services.syncing.as_seen import fitted, type_at
from modelops_tui.services.syncing.bodies import Key
from modelops_tui.services.syncing.books import base_of
from modelops_tui.services.syncing.conflicting import Conflict, FieldConflict
from modelops_tui.services.syncing.landing import THERE
from modelops_tui.services.syncing.merging import SEALED_TOGETHER, Path, value_at_path
from modelops_tui.services.syncing.resolving import Value
from modelops_tui.store.bases import CONFLICT

Nature = Literal["fields", "removed there", "removed here", "name", "number"]
_RECENT = 50


class Sides(NamedTuple):
    """Who wrote the two sides of a conflict and when: login names and stored UTC times, empty where nobody knows."""

    mine_by: str
    mine_at: str
    theirs_by: str
    theirs_at: str


def nature(home: Home, conflict: Conflict) -> Nature:
    """What is to be decided first about a conflict."""
    record = home.store.get(CONFLICT, conflict.id) or {}
    if record.get("deleted"):
        return "removed there" if record["deleted"] == THERE else "removed here"
    if record.get("number"):
        return "number"
    return "name" if record.get("taken") else "fields"


def sides_of(home: Home, conflict: Conflict) -> Sides:
    """Who wrote mine and theirs, as the history and the books tell it."""
    # Of two that are called the same, mine is the other one.
    recent = list(home.store.history(conflict.kind, conflict.other or conflict.document, limit=_RECENT))
    mine = next((entry for entry in recent if "sync" not in entry.marks), None)
    head = (base_of(home.store, _key(conflict)) or {}).get("body") or {}
    by, at = (home.user_name(mine.by), mine.at) if mine is not None else ("", "")
    return Sides(by, at, conflict.who, str(head.get("updated_at") or ""))


def twin_of(home: Home, conflict: Conflict) -> str:
    """The id of the document that has the same name here, or the same number there; empty where there is none."""
    number = (home.store.get(CONFLICT, conflict.id) or {}).get("number")
    mine = home.names.get(conflict.kind, conflict.document)
    if not number or mine is None:
        return conflict.other
    others = revisions_of({"id": mine.get("artifact")}, home.names)
    return next((str(item["id"]) for item in others if item.get("number") == number["was"]), "")


def takes_both(conflict: Conflict, field: FieldConflict) -> bool:
    """Whether mine and theirs of a field can both be kept, one after the other."""
    if isinstance(field.mine, list) and isinstance(field.theirs, list):
        return True
    item = BY_NAME[conflict.kind].by_name.get(field.path.split(".")[0])
    lines = isinstance(item.type, Text | Items) and getattr(item.type, "lines", True) if item is not None else False
    return bool(lines) and isinstance(field.mine, str) and isinstance(field.theirs, str)


def takes_a_value(conflict: Conflict, field: FieldConflict) -> bool:
    """Whether a person may give a value of their own for a field: not for what a program or the vault sets."""
    name = field.path.split(".")[0]
    item = BY_NAME[conflict.kind].by_name.get(name)
    return item is not None and not item.set_by and name not in SEALED_TOGETHER.get(conflict.kind, ())


def value_in(home: Home, conflict: Conflict, field: FieldConflict) -> tuple[FieldType, Any]:
    """The type of a field in conflict and my value as it is typed in, with references as keys."""
    kind = BY_NAME[conflict.kind]
    document = home.read(kind, conflict.document)
    value = value_at_path(kind, input_form(home, kind, document), _path(home, conflict, field))
    return type_at(conflict, field.path) or Anything(), value


def value_from(home: Home, conflict: Conflict, field: FieldConflict, typed: Any) -> Value:
    """The choice that a typed value means. Raises Invalid with what is wrong with it."""
    if typed is None:
        return Value(None)
    return Value(fitted(home, type_at(conflict, field.path) or Anything(), typed, field.path))


def _key(conflict: Conflict) -> Key:
    return conflict.kind, conflict.document


def _path(home: Home, conflict: Conflict, field: FieldConflict) -> Path:
    record = home.store.get(CONFLICT, conflict.id) or {}
    known = (tuple(item["path"]) for item in record.get("fields") or [])
    return next((path for path in known if ".".join(path) == field.path), tuple(field.path.split(".")))
