"""What sync tells and is told, in the words of people: labels for ids, values for texts. It changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from modelops_tui.entities.field import FieldType
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.scalars import read_json
from modelops_tui.entities.structures import FreeMap
from modelops_tui.errors import Invalid, WrongUse
from modelops_tui.services.home import Home
from modelops_tui.services.intake import Intake
from modelops_tui.services.syncing.books import base_of
from modelops_tui.services.syncing.chest_resolving import MINE, THEIRS, is_sealed
from modelops_tui.services.syncing.conflicting import BOTH, Conflict
from modelops_tui.services.syncing.merging import inner_type
from modelops_tui.services.syncing.resolving import Value
from modelops_tui.services.syncing.unsent import Held
from modelops_tui.store.identity import time_text


class HeldSeen(NamedTuple):
    """A change that waits, with the label of its document; a removed one is called as the remote has it."""

    kind: str
    id: str
    label: str
    says: str


def held_seen(home: Home, held: Iterable[Held]) -> list[HeldSeen]:
    """What waits, as the user may see it."""
    return [HeldSeen(item.kind, item.id, _label(home, item), item.says) for item in held]


def _label(home: Home, held: Held) -> str:
    document = home.names.get(held.kind, held.id)
    if document is None:
        there = (base_of(home.store, (held.kind, held.id)) or {}).get("body")
        document = {**there, "id": held.id} if there is not None else None
    return label_of(BY_NAME[held.kind], document, home.names) if document is not None else held.id


def type_at(conflict: Conflict, path: str) -> FieldType | None:
    """The type of what stands at a dotted path of a conflict, where it is declared."""
    first, *rest = path.split(".")
    field = BY_NAME[conflict.kind].by_name.get(first)
    type_ = field.type if field is not None else None
    for name in rest:
        type_ = inner_type(type_, name) if not isinstance(type_, FreeMap) else None
    return type_


def read_choice(home: Home, conflict: Conflict, text: str) -> tuple[str, Any]:
    """The place and the choice that `PATH=mine`, `PATH=theirs`, `PATH=both` or `PATH=VALUE` mean.

    A value is read by the type of its field, or as JSON; a reference may be a key; text in JSON's quotes is that text,
    so that `"mine"` can be meant too. Raises WrongUse for no place of the conflict, Invalid for a value that does not
    fit.
    """
    paths = sorted((field.path for field in conflict.fields), key=len, reverse=True)
    path = next((path for path in paths if text.startswith(f"{path}=")), None)
    if path is None:
        known = ", ".join(reversed(paths)) or "none"
        raise WrongUse(f"{text!r} names no place of this conflict.", f"Its places: {known}. Write PATH=mine or so.")
    words = text[len(path) + 1 :]
    if words in (MINE, THEIRS, BOTH):
        return path, words
    if is_sealed(conflict.kind, path.split(".")):
        # A secret that was typed there must not be told again by whatever would refuse it.
        raise WrongUse(
            f"{path} is sealed: it takes mine or theirs.", "Then put another value in without writing it out."
        )
    return path, Value(_read(home, conflict, path, words) if words else None)


def _read(home: Home, conflict: Conflict, path: str, text: str) -> Any:
    type_ = type_at(conflict, path)
    value = _quoted(text)
    if value is None:
        value = type_.read(text) if type_ is not None else read_json(text)
    return value if type_ is None or value is None else fitted(home, type_, value, path)


def fitted(home: Home, type_: FieldType, value: Any, path: str) -> Any:
    """The stored form of a value for a place of this type. Raises Invalid with what is wrong with it."""
    door = Intake(home.names, time_text(), may_read=home.may_read)
    cleaned = type_.clean(value, path, door)
    if door.problems:
        raise Invalid("This value does not fit.", door.problems)
    return cleaned


def _quoted(text: str) -> str | None:
    if not text.startswith('"'):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, str) else None
