"""Strict YAML with line numbers: values mean what they mean in JSON. It takes no name twice, no tags, no bombs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from modelops_tui.errors import Invalid
from modelops_tui.present.notation import DEEPEST, MOST_NODES

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})\Z")
_BROKEN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_TAGS = frozenset(
    ("!", *(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map")))
)
_MISSING = object()


def read_values(text: str, name: str) -> Iterator[tuple[int, Any]]:
    """The documents of a YAML text, or the items of its lists, each with its line.

    `no`, `1:30` and dates stay text. Raises Invalid with the line of a mistake.
    """
    try:
        for builder in _documents(text, name):
            if isinstance(builder.value, list):
                yield from zip(builder.item_lines, builder.value, strict=True)
            elif builder.value is not None:
                yield builder.line, builder.value
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Invalid(f"{name}, line {line}: this is no YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise Invalid(f"{name}: this is no YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise Invalid(f"{name}: the document is nested too deeply.") from error


def _documents(text: str, name: str) -> Iterator[_Builder]:
    builder = _Builder(name)
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.DocumentStartEvent):
            builder = _Builder(name)
        elif isinstance(event, yaml.DocumentEndEvent):
            yield builder
        else:
            builder.take(event)


class _Open:
    """A list or map that is being read, the anchor it has, and how many values it holds so far."""

    def __init__(self, value: Any, anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: Any = _MISSING
        self.nodes = 1


class _Builder:
    """Builds the value of one document from the parser's events, without ever calling itself."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.value: Any = None
        self.line = 1
        self.item_lines: list[int] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0

    def take(self, event: Any) -> None:
        """Takes the next event; raises Invalid for what is not taken."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.AliasEvent):
            name = str(event.anchor)
            if name not in self._anchors:
                self._refuse(line, f"the alias *{name} stands for nothing that is complete here.")
            value, nodes = self._anchors[name]
            self._put(value, nodes, line)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            self._check_tag(event.tag, line)
            if len(self._open) >= DEEPEST:
                self._refuse(line, f"the document is nested more than {DEEPEST} levels deep.")
            self._note_line(line)
            value = [] if isinstance(event, yaml.SequenceStartEvent) else {}
            self._open.append(_Open(value, event.anchor))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            closed = self._open.pop()
            if closed.anchor:
                self._anchors[closed.anchor] = (closed.value, closed.nodes)
            self._put(closed.value, closed.nodes, line, noted=True)

    def _scalar(self, event: Any, line: int) -> None:
        within = self._open[-1] if self._open else None
        if within is not None and isinstance(within.value, dict) and within.key is _MISSING:
            if event.value in within.value:
                self._refuse(line, f"the name {event.value!r} is there twice.")
            within.key = event.value
            return
        plain = event.implicit[0] and not event.style
        value = meaning(event.value) if plain else event.value
        if event.tag and not (plain or event.implicit[1]):
            value = self._tagged(event.tag, event.value, line)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._put(value, 1, line)

    def _tagged(self, tag: str, text: str, line: int) -> Any:
        self._check_tag(tag, line)
        return text if tag in ("!", "tag:yaml.org,2002:str") else meaning(text)

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag and tag not in _TAGS:
            self._refuse(line, f"the tag {tag} is not taken.")

    def _note_line(self, line: int) -> None:
        if not self._open:
            self.line = line
        elif len(self._open) == 1 and isinstance(self._open[0].value, list):
            self.item_lines.append(line)

    def _put(self, value: Any, nodes: int, line: int, *, noted: bool = False) -> None:
        self._nodes += nodes if not noted else 1
        if self._nodes > MOST_NODES:
            self._refuse(line, f"the document holds more than {MOST_NODES:,} values.")
        if not noted:
            self._note_line(line)
        if not self._open:
            self.value = value
            return
        within = self._open[-1]
        within.nodes += nodes
        if isinstance(within.value, list):
            within.value.append(value)
        elif within.key is _MISSING:
            self._refuse(line, "a name must be plain text.")
        else:
            within.value[within.key] = value
            within.key = _MISSING

    def _refuse(self, line: int, says: str) -> None:
        raise Invalid(f"{self.name}, line {line}: {says}")


def meaning(text: str) -> Any:
    """What plain text in a YAML file means: nothing, true, false, a number as in JSON, or the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.match(text):
        number = int(text)
        return number if -(2**63) <= number < 2**63 else text
    if _BROKEN.match(text) and ("." in text or "e" in text.lower()):
        value = float(text)
        return value if value not in (float("inf"), float("-inf")) else text
    return text
