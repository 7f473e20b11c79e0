"""What the overview, fields and json tabs say of a document. It reads through services and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from modelops_tui.entities.field import Document, Field, FieldType
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Computed, Kind
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.structures import Entries, FreeMap, Group, Items, Reference, Snapshot
from modelops_tui.present.brief import NOTHING, Sight, brief, copy_label
from modelops_tui.present.cells import tone_of
from modelops_tui.present.differences import difference_lines
from modelops_tui.present.forms_out import NEVER_SHOWN, document_form
from modelops_tui.present.moments import full_time, local_time
from modelops_tui.present.notation import dump
from modelops_tui.present.terminal import visible
from modelops_tui.services.home import Home
from modelops_tui.services.links import SnapshotDrift, drifts
from modelops_tui.tui.sheet import Piece, SheetLine, blank, line, named, text_lines

_LONG = 60


def overview(home: Home, kind: Kind, document: Document, now: datetime) -> list[SheetLine]:
    """The document at a glance: what is filled in, frozen copies with their drift, what is computed, who and when."""
    drifted = {item.path: item for item in drifts(home, kind, document)}
    width = _name_width([*kind.by_name, *kind.computed_by_name])
    lines = [line(Piece(label_of(kind, document, home.names), "title"), Piece(f"  {kind.title}", "dim"))]
    from modelops_tui.services.sync import conflict_about

    clash = conflict_about(home, kind.name, str(document["id"]))
    if clash:
        lines.append(line(Piece(f"≠ In conflict: {clash}. C shows both sides.", "busy"), hang=2))
    for item in kind.fields:
        value = document.get(item.name)
        if value in (None, "", [], {}) or item.name in NEVER_SHOWN:
            continue
        lines += _field(home, item, value, width, drifted, now)
    for computed in kind.computed:
        if computed.name not in kind.by_name:
            lines += _computed(home, computed, document, width, now)
    lines += [blank(), *stamps(home, document, now, width)]
    return lines


def fields(home: Home, kind: Kind, document: Document, now: datetime) -> list[SheetLine]:
    """Every field with what it is for, filled in or not."""
    drifted = {item.path: item for item in drifts(home, kind, document)}
    lines: list[SheetLine] = []
    for item in kind.fields:
        if item.name in NEVER_SHOWN:
            continue
        marks = [word for word in ("required" * item.required, "fixed" * item.fixed, "local" * item.local) if word]
        if item.set_by:
            marks.append(f"set by {item.set_by}")
        says = f"{item.says} {item.type.describe()}" + (f" ({', '.join(marks)})" if marks else "")
        lines.append(line(Piece(item.name, "title"), Piece(f"  {says}", "dim"), hang=4))
        value = document.get(item.name)
        if value in (None, "", [], {}):
            lines.append(line("    ", Piece(NOTHING, "dim")))
        else:
            lines += _field(home, Field("", item.type, ""), value, 4, _below(drifted, item.name), now)
    return lines


def json_text(home: Home, kind: Kind, document: Document, _now: datetime) -> list[SheetLine]:
    """The document as programs read it."""
    return text_lines(dump(document_form(kind, document, home.readable), "json").rstrip("\n"))


def stamps(home: Home, document: Document, now: datetime, width: int) -> Iterator[SheetLine]:
    """Who made a document and when it was written."""
    author = home.user_name(str(document.get("created_by"))) if document.get("created_by") else NOTHING
    for name, text in (
        ("created_at", f" by {author}"),
        ("updated_at", f" (rev {document.get('rev')})"),
    ):
        at = str(document.get(name) or "")
        yield named(name, visible(f"{full_time(at, now)}{text}"), width=width)
    yield named("id", Piece(str(document["id"]), "dim"), width=width)


def _name_width(names: list[str]) -> int:
    return min(24, max([len(name) for name in names] + [10])) + 2


def _below(drifted: dict[str, SnapshotDrift], name: str) -> dict[str, SnapshotDrift]:
    return {path.removeprefix(name): item for path, item in drifted.items() if path.startswith(name)}


def _field(
    home: Home,
    item: Field,
    value: Any,
    width: int,
    drifted: dict[str, SnapshotDrift],
    now: datetime,
) -> list[SheetLine]:
    type_ = item.type
    if isinstance(type_, Snapshot) and isinstance(value, dict):
        return _snapshot(item.name, value, width, drifted.get(item.name))
    if isinstance(type_, Reference):
        return [_reference(home, type_, item.name, value, width)]
    if isinstance(type_, Items) and isinstance(value, list):
        return _items(home, item, type_, value, width, drifted, now)
    if isinstance(type_, Entries | FreeMap | Group) and isinstance(value, dict):
        return _map(home, item.name, type_, value, width, now)
    return _text(item.name, brief_whole(type_, value, home, now), width, tone_of(type_, value))


def brief_whole(type_: FieldType, value: Any, home: Home, now: datetime) -> str:
    """A value in full where it is text, else as lists show it."""
    return value if isinstance(value, str) and not _is_time(type_) else brief(type_, value, Sight(home.names, now))


def _is_time(type_: FieldType) -> bool:
    return type(type_).__name__ in ("Time", "Reference")


def _text(name: str, text: str, width: int, tone: str) -> list[SheetLine]:
    lines = text_lines(text)
    first = named(name, *(Piece(piece.text, tone) for piece in lines[0].pieces), width=width)
    return [first, *(named("", *item.pieces, width=width) for item in lines[1:])]


def _reference(home: Home, type_: Reference, name: str, id: Any, width: int) -> SheetLine:
    target = home.names.get(type_.kind, str(id))
    if target is None:
        return named(name, str(id), Piece(" (gone)", "bad"), width=width)
    label = label_of(BY_NAME[type_.kind], target, home.names)
    return named(name, Piece(label, "link"), width=width, target=(type_.kind, str(id)))


def _items(
    home: Home,
    item: Field,
    type_: Items,
    value: list[Any],
    width: int,
    drifted: dict[str, SnapshotDrift],
    now: datetime,
) -> list[SheetLine]:
    lines: list[SheetLine] = []
    for index, part in enumerate(value):
        name = item.name if index == 0 else ""
        if isinstance(type_.of, Reference):
            lines.append(_reference(home, type_.of, name, part, width))
        elif isinstance(type_.of, Snapshot) and isinstance(part, dict):
            lines += _snapshot(name, part, width, drifted.get(f"{item.name}[{index}]"))
        elif isinstance(type_.of, Group) and isinstance(part, dict):
            lines.append(named(name, *_group_pieces(home, type_.of, part, now), width=width))
        else:
            lines += _text(name, brief_whole(type_.of, part, home, now), width, "")
    return lines


def _group_pieces(home: Home, type_: Group, value: dict[str, Any], now: datetime) -> list[Piece]:
    types = {item.name: item.type for item in type_.fields}
    pieces: list[Piece] = []
    for name, part in value.items():
        if part in (None, "", [], {}):
            continue
        shown = brief(types[name], part, Sight(home.names, now)) if name in types else str(part)
        pieces += [
            Piece(f"{name} ", "name"),
            Piece(f"{shown}  ", tone_of(types[name], part) if name in types else ""),
        ]
    return pieces


def _map(home: Home, name: str, type_: FieldType, value: dict[str, Any], width: int, now: datetime) -> list[SheetLine]:
    if isinstance(type_, Group):
        return [named(name, *_group_pieces(home, type_, value, now), width=width)]
    lines: list[SheetLine] = []
    for path, part in _flat(value) if isinstance(type_, FreeMap) else value.items():
        inner = type_.of if isinstance(type_, Entries) else FreeMap()
        head = Piece(f"{path}  ", "name")
        if isinstance(inner, Group) and isinstance(part, dict):
            pieces = _group_pieces(home, inner, part, now)
        elif isinstance(type_, Entries):
            pieces = [Piece(brief(inner, part, Sight(home.names, now)))]
        else:
            pieces = [Piece(_scalar(part))]
        lines.append(named(name if not lines else "", head, *pieces, width=width))
    return lines


def _flat(value: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, part in value.items():
        here = f"{path}.{name}" if path else name
        if isinstance(part, dict) and part:
            yield from _flat(part, here)
        else:
            yield here, part


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.6g}"
    return dump({"": value}, "jsonl").strip()[4:-1]


def _snapshot(name: str, copy: dict[str, Any], width: int, drift: SnapshotDrift | None) -> list[SheetLine]:
    state = Piece("as its origin is", "good")
    target = None
    if drift is not None:
        target = (drift.origin_kind, drift.origin_id)
        if drift.drifts is None:
            state, target = Piece("origin gone", "bad"), None
        elif drift.drifts:
            state = Piece(f"drifted in {len(drift.drifts)}", "busy")
    taken = local_time(str(copy.get("taken_at") or ""))[:16]
    label = Piece(copy_label(copy), "link" if target else "")
    lines = [named(name, label, Piece(f"  copy of {taken}, ", "dim"), state, width=width, target=target)]
    for difference in (drift.drifts or []) if drift is not None else []:
        for text in difference_lines(difference.path, difference.then, difference.now):
            lines.append(named("", Piece(f"≠ {text}", "busy"), width=width))  # noqa: PERF401
    return lines


def _computed(home: Home, computed: Computed, document: Document, width: int, now: datetime) -> list[SheetLine]:
    value = computed.compute(document, home.readable)
    if value in (None, "", [], {}):
        return []
    return _field(home, Field(computed.name, computed.type, ""), value, width, {}, now)
