"""The two sides of a conflict as they are told: references with their keys, nothing secret. It decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Reader
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.present.differences import shown
from modelops_tui.present.forms_out import by_keys, told
from modelops_tui.present.terminal import visible
from modelops_tui.services.sync import Conflict, FieldConflict, type_at

SIDES = ("base", "mine", "theirs")


def conflict_form(conflict: Conflict, reader: Reader) -> dict[str, Any]:
    """A conflict as JSON values; `key` is what its document is called."""
    places = [
        {"path": field.path} | {side: told_side(conflict, field, getattr(field, side), reader) for side in SIDES}
        for field in conflict.fields
    ]
    return {
        "id": conflict.id,
        "kind": conflict.kind,
        "document": conflict.document,
        "key": conflict.label,
        "what": conflict.what,
        "at": conflict.at,
        "who": conflict.who,
        "other": conflict.other or None,
        "choices": list(conflict.choices),
        "fields": places,
    }


def told_side(conflict: Conflict, field: FieldConflict, value: Any, reader: Reader) -> Any:
    """A value of one side as every output form tells it."""
    if value is None:
        return None
    type_ = type_at(conflict, field.path)
    return told(type_, value, reader) if type_ is not None else value


def clash_lines(conflict: Conflict, reader: Reader) -> Iterator[str]:
    """Place by place what both sides were compared with, what is here and what is there; safe for a terminal."""
    if conflict.other:
        other = reader.get(conflict.kind, conflict.other)
        mine = label_of(BY_NAME[conflict.kind], other, reader) if other is not None else conflict.other
        yield visible(f"  made here   {mine}")
        yield visible(f"  from there  {conflict.label}, as it is called here until you decide")
    for field in conflict.fields:
        yield visible(field.path)
        for side in SIDES:
            yield f"  {side:<6}  {shown(by_keys(told_side(conflict, field, getattr(field, side), reader)))}"
