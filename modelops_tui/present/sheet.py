"""One document as a sheet that people read: every field, nothing cut, copies with their drift. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from modelops_tui.entities.field import Document, FieldType
from modelops_tui.entities.granting import Instance
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind, Reader
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.scalars import Time
from modelops_tui.entities.sealed_form import SEALED_WORD
from modelops_tui.entities.snapshots import Drift
from modelops_tui.entities.structures import NOT_TOLD, Entries, Group, Items, Reference, Snapshot
from modelops_tui.present.brief import Sight, brief, copy_label, instance_label, label_of_id, plain
from modelops_tui.present.cells import tone_of
from modelops_tui.present.differences import difference_lines
from modelops_tui.present.forms_out import NEVER_SHOWN
from modelops_tui.present.moments import local_time, relative_time
from modelops_tui.present.tables import painted
from modelops_tui.present.terminal import visible

_SHORT = 72
_INDENT = "  "


def sheet_lines(
    kind: Kind,
    document: Document,
    reader: Reader,
    drifts: Mapping[str, Sequence[Drift] | None] | None = None,
    *,
    colours: bool = False,
) -> Iterator[str]:
    """The lines of a document's sheet; `drifts` tells by path how copies differ from their origins (None: gone)."""
    yield painted(f"{kind.name} {visible(label_of(kind, document, reader))}", "head", colours)
    sheet = _Sheet(reader, drifts or {})
    pairs = [*_fields(kind, document, reader), *_envelope(document, reader)]
    width = max((len(name) for name, _, _ in pairs), default=0)
    for name, type_, value in pairs:
        lines = list(sheet.lines(type_, value, name))
        head = f"{_INDENT}{name.ljust(width)}  "
        blank = " " * len(head)
        for number, line in enumerate(lines):
            tone = tone_of(type_, value) if type_ is not None else "dim"
            yield (blank if number else head) + painted(line, tone, colours)


def _fields(kind: Kind, document: Document, reader: Reader) -> Iterator[tuple[str, FieldType | None, Any]]:
    for item in kind.fields:
        value = document.get(item.name)
        if value not in (None, "", [], {}) and item.name not in NEVER_SHOWN:
            yield item.name, item.type, value
    for computed in kind.computed:
        value = computed.compute(document, reader)
        if value not in (None, "", [], {}):
            yield computed.name, computed.type, value


def _envelope(document: Document, reader: Reader) -> Iterator[tuple[str, None, str]]:
    by = label_of_id("user", str(document.get("created_by")), reader)
    yield "id", None, str(document["id"])
    yield "rev", None, str(document.get("rev"))
    yield "created", None, f"{_time(document.get('created_at'))} by {by}"
    yield "updated", None, _time(document.get("updated_at"))
    if isinstance(document.get("origin"), dict):
        yield "origin", None, plain(document["origin"])


def _time(value: Any) -> str:
    text = str(value)
    near = relative_time(text)
    local = local_time(text)
    return f"{local} ({near})" if near not in (text, local[:10]) else local


class _Sheet:
    """Turns values into lines by the type of their field."""

    def __init__(self, reader: Reader, drifts: Mapping[str, Sequence[Drift] | None]) -> None:
        self.reader = reader
        self.drifts = drifts

    def lines(self, type_: FieldType | None, value: Any, path: str) -> Iterator[str]:
        """The lines of one value, safe to show."""
        if isinstance(type_, Items) and isinstance(value, list):
            items = [list(self.lines(type_.of, item, f"{path}[{at}]")) for at, item in enumerate(value)]
            yield from _listed(items)
        elif isinstance(type_, Snapshot) and isinstance(value, dict):
            yield from self._copy(value, path)
        elif isinstance(type_, Group) and isinstance(value, dict):
            types = {item.name: item.type for item in type_.fields}
            yield from self._mapped(value, types, path)
        elif isinstance(type_, Entries) and isinstance(value, dict):
            yield from self._mapped(value, dict.fromkeys(value, type_.of), path)
        elif isinstance(value, dict):
            yield from self._mapped(value, {}, path)
        elif isinstance(value, list):
            yield from _listed([list(self.lines(None, item, path)) for item in value])
        else:
            yield from visible(self._single(type_, value), multiline=True).split("\n")

    def _single(self, type_: FieldType | None, value: Any) -> str:
        if isinstance(type_, Reference):
            return label_of_id(type_.kind, str(value), self.reader)
        if isinstance(type_, Instance):
            return instance_label(str(value), self.reader)
        if isinstance(type_, NOT_TOLD):
            return SEALED_WORD
        if isinstance(type_, Time):
            return _time(value)
        return value if isinstance(value, str) else plain(value)

    def _mapped(self, value: Mapping[str, Any], types: Mapping[str, FieldType], path: str) -> Iterator[str]:
        pairs = [
            (visible(name), list(self.lines(types.get(name), item, f"{path}.{name}"))) for name, item in value.items()
        ]
        single = ", ".join(f"{name}: {lines[0]}" for name, lines in pairs if lines)
        nested = any(isinstance(item, dict) and item for item in value.values())
        if not nested and all(len(lines) <= 1 for _, lines in pairs) and len(single) <= _SHORT:
            yield single or "nothing"
            return
        for name, lines in pairs:
            if len(lines) == 1:
                yield f"{name}: {lines[0]}"
            else:
                yield f"{name}:"
                yield from (_INDENT + line for line in lines)

    def _copy(self, copy: Mapping[str, Any], path: str) -> Iterator[str]:
        taken = _time(copy.get("taken_at"))
        yield visible(f"{copy_label(copy)} (copy of {taken})")
        yield from (_INDENT + line for line in self._frozen(copy))
        if path not in self.drifts:
            return
        drifts = self.drifts[path]
        if drifts is None:
            yield "origin gone"
            return
        for drift in drifts:
            yield from (f"drifted: {line}" for line in difference_lines(drift.path, drift.then, drift.now))

    def _frozen(self, copy: Mapping[str, Any]) -> Iterator[str]:
        kind = BY_NAME.get(str((copy.get("origin") or {}).get("kind")))
        if kind is None:
            return
        for item in kind.fields:
            value = copy.get(item.name)
            if value in (None, "", [], {}) or item.name in NEVER_SHOWN or item.name in kind.key:
                continue
            text = visible(brief(item.type, value, Sight(self.reader, None)))
            yield f"{item.name}: {text}"


def _listed(items: Iterable[list[str]]) -> Iterator[str]:
    known = [lines for lines in items if lines]
    single = ", ".join(lines[0] for lines in known)
    if all(len(lines) == 1 for lines in known) and len(single) <= _SHORT:
        yield single or "nothing"
        return
    for lines in known:
        yield f"- {lines[0]}"
        yield from (_INDENT + line for line in lines[1:])
