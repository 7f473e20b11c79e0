"""How an expression looks into a document. It never follows a reference by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, runtime_checkable

from modelops_tui.entities.expression_tree import FieldPath

Reader = Callable[[Mapping[str, Any]], Any]

_INDEX = re.compile(r"\[(-?[0-9]+)\]")


class Look(Protocol):
    """What the caller knows about documents: references, computed fields, searchable text."""

    def value(self, document: Mapping[str, Any], path: FieldPath) -> Any:
        """The JSON value at `path`, None where there is none.

        A part `[0]` counts into a list; a name that meets a list reads it from every element
        and gives one flat list of what it found.
        """

    def haystack(self, document: Mapping[str, Any]) -> str:
        """The text in which plain words are looked for, in any case."""


@runtime_checkable
class PreparingLook(Protocol):
    """A Look that can work out a path once, for many documents; `compile` prefers this."""

    def reader(self, path: FieldPath) -> Reader:
        """A function that does what `value` does for this one path."""


class PlainLook:
    """Walks nested maps and lists; a missing field reads as None. The haystack is every text."""

    def value(self, document: Mapping[str, Any], path: FieldPath) -> Any:
        """The value at `path`, None where there is none."""
        return _walk(document, [(part, _index(part)) for part in path])

    def reader(self, path: FieldPath) -> Reader:
        """A function that reads `path`, quick as long as it meets nothing but maps."""
        if type(self).value is not PlainLook.value:
            # A look built upon this one that sees more must not be passed by.
            return lambda document: self.value(document, path)
        first, rest = path[0], path[1:]
        steps = [(part, _index(part)) for part in path]
        if not rest:
            return lambda document: document.get(first)

        def read(document: Mapping[str, Any]) -> Any:
            value = document.get(first)
            for name in rest:
                if type(value) is not dict:
                    return None if value is None else _walk(document, steps)
                value = value.get(name)
            return value

        return read

    def haystack(self, document: Mapping[str, Any]) -> str:
        """Every text and number of the document, a line each."""
        found: list[str] = []
        waiting: list[Any] = [document]
        while waiting:
            value = waiting.pop()
            if isinstance(value, Mapping):
                waiting.extend(value.values())
            elif isinstance(value, list):
                waiting.extend(value)
            elif isinstance(value, str | int | float) and not isinstance(value, bool):
                found.append(str(value))
        return "\n".join(reversed(found))


def reader_of(look: Look, path: FieldPath) -> Reader:
    """The quickest way `look` offers to read `path`."""
    if isinstance(look, PreparingLook):
        return look.reader(path)
    value = look.value
    return lambda document: value(document, path)


def _index(part: str) -> int | None:
    found = _INDEX.fullmatch(part)
    return int(found.group(1)) if found else None


def _walk(document: Any, steps: Iterable[tuple[str, int | None]]) -> Any:
    values, spread = [document], False
    for name, index in steps:
        reached: list[Any] = []
        for value in values:
            if isinstance(value, Mapping):
                reached.append(value.get(name))
            elif not isinstance(value, list):
                reached.append(None)
            elif index is not None:
                reached.append(value[index] if -len(value) <= index < len(value) else None)
            else:
                spread = True
                reached.extend(_named(element, name) for element in _flat(value))
        values = reached
    if not spread:
        return values[0]
    return [each for value in values for each in (value if isinstance(value, list) else [value])]


def _named(element: Any, name: str) -> Any:
    return element.get(name) if isinstance(element, Mapping) else None


def _flat(values: list[Any]) -> list[Any]:
    flat: list[Any] = []
    waiting = list(reversed(values))
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        else:
            flat.append(value)
    return flat
