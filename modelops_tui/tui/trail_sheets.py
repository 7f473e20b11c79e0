"""What the refs and history tabs say, and the lines of a comparison. It reads through services and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind
from modelops_tui.present.changed_values import called_change
from modelops_tui.present.differences import difference_lines
from modelops_tui.present.forms_out import by_keys, document_form
from modelops_tui.present.moments import full_time, local_time
from modelops_tui.present.terminal import visible
from modelops_tui.services.history import history
from modelops_tui.services.home import Home
from modelops_tui.services.links import Link, drifts, links
from modelops_tui.tui.record_sheets import fields, json_text, overview
from modelops_tui.tui.sheet import Piece, SheetLine, blank, line, title

MOST_LINKS = 2_000
MOST_STEPS = 200

SheetMaker = Callable[[Home, Kind, Document, datetime], list[SheetLine]]


def references(home: Home, kind: Kind, document: Document, _now: datetime) -> list[SheetLine]:
    """What the document points at, and what points at it; each line leads there."""
    found = links(home, kind, document)
    lines = [title(f"points at {len(found.points_to):,}")]
    lines += [_link(item) for item in found.points_to]
    lines += [blank(), title(f"pointed at by {len(found.pointed_at_by):,}")]
    lines += [_link(item) for item in found.pointed_at_by[:MOST_LINKS]]
    if len(found.pointed_at_by) > MOST_LINKS:
        lines.append(line(Piece(f"… {len(found.pointed_at_by) - MOST_LINKS:,} more", "dim")))
    return lines


def _link(item: Link) -> SheetLine:
    says = Piece(f"  {item.path}, {item.rule_says}", "dim")
    return line(
        Piece(f"{item.kind.name} ", "name"),
        Piece(item.label, "link"),
        says,
        target=(item.kind.name, item.id),
        hang=4,
    )


def changes_of(home: Home, kind: Kind, document: Document, clock: datetime) -> list[SheetLine]:
    """Every change of the document: who, when, and field by field what."""
    steps = history(home, kind, document["id"], limit=MOST_STEPS)
    lines: list[SheetLine] = []
    for step in steps:
        at = full_time(step.at, clock)
        head = (
            Piece(f"{step.action} ", "title"),
            Piece(f"{at} by {step.by}"),
            Piece(f"  {step.says}", "dim"),
        )
        lines.append(line(*head, hang=4))
        for path, old, new in step.differences:
            then, now = called_change(kind, path, old, new, home.names)
            lines += [line(f"    {text}", hang=6) for text in difference_lines(path, then, now)]
    if not lines:
        lines.append(line(Piece("Its history lies elsewhere: it was loaded or taken over.", "dim")))
    if len(steps) == MOST_STEPS:
        lines.append(line(Piece(f"… only the last {MOST_STEPS} changes", "dim")))
    return lines


SHEETS: dict[str, SheetMaker] = {
    "overview": overview,
    "fields": fields,
    "refs": references,
    "history": changes_of,
    "json": json_text,
}
"""The tabs of a document in their order; another tab is another line here."""


def compared(home: Home, kind: Kind, ones: tuple[str, str]) -> list[SheetLine]:
    """Two documents of a kind, field by field, where they differ."""
    left, right = (document_form(kind, home.read(kind, id), home.names) for id in ones)
    lines = [
        line(Piece("− ", "bad"), visible(str(left.get("key") or left["id"]))),
        line(Piece("+ ", "good"), visible(str(right.get("key") or right["id"]))),
        blank(),
    ]
    same = 0
    for name in dict.fromkeys((*left, *right)):
        if name in ("kind", "id", "key", "label", "rev", "created_at", "updated_at", "created_by"):
            continue
        pairs = _pairs(name, by_keys(left.get(name)), by_keys(right.get(name)))
        same += not pairs
        for path, old, new in pairs:
            lines += [line(text, hang=4) for text in difference_lines(path, old, new)]
    lines += [blank(), line(Piece(f"{same} fields are the same.", "dim"))]
    return lines


def _pairs(path: str, old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    if old == new:
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        found: list[tuple[str, Any, Any]] = []
        for name in dict.fromkeys((*old, *new)):
            found += _pairs(f"{path}.{name}", old.get(name), new.get(name))
        return found
    return [(path, old, new)]


def drifted(home: Home, kind: Kind, document: Document) -> list[SheetLine]:
    """Every frozen copy inside a document against its origin as it is now."""
    lines: list[SheetLine] = [title(label_of(kind, document, home.names)), blank()]
    for item in drifts(home, kind, document):
        origin = (item.origin_kind, item.origin_id) if item.drifts is not None else None
        head = (Piece(f"{item.path} ", "name"), Piece(item.origin_label, "link" if origin else ""))
        lines.append(line(*head, Piece(f"  copied {local_time(item.taken_at)}", "dim"), target=origin))
        if item.drifts is None:
            lines.append(line("    ", Piece("the origin is gone", "bad")))
        elif not item.drifts:
            lines.append(line("    ", Piece("as its origin is", "good")))
        for difference in item.drifts or []:
            for text in difference_lines(difference.path, difference.then, difference.now):
                lines.append(line(f"    {text}", hang=6))  # noqa: PERF401
    return lines
