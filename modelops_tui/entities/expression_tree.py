"""The checked tree of an expression and how it is written. It never reads a document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

FieldPath = tuple[str, ...]
Value = str | int | float | bool | None | datetime

_BARE = re.compile(r"[\w-]+|\[-?[0-9]+\]")


class Path(NamedTuple):
    """A value inside the document; a part like `[0]` counts into a list."""

    parts: FieldPath

    def __str__(self) -> str:
        return written_path(self.parts)


class Literal(NamedTuple):
    """A value in the expression itself, as it was written from character `start` on.

    A time is held as an aware datetime, everything else as its JSON value.
    """

    value: Value
    written: str
    start: int

    def __str__(self) -> str:
        return self.written


class Listing(NamedTuple):
    """The bracketed values on the right of `in`."""

    items: tuple[Path | Literal, ...]

    def __str__(self) -> str:
        return "[" + ", ".join(str(item) for item in self.items) + "]"


Operand = Path | Literal | Listing


class Truth(NamedTuple):
    """A bare path: there, and not false, zero or empty."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


class Comparison(NamedTuple):
    """Two operands and what stands between them.

    `instants` says that texts on both sides are read as points in time.
    """

    left: Path | Literal
    operator: str
    right: Operand
    instants: bool

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


class Not(NamedTuple):
    """The opposite of a node."""

    node: Node

    def __str__(self) -> str:
        if isinstance(self.node, Every | Either):
            return f"not ({self.node})"
        return f"not {self.node}"


class Every(NamedTuple):
    """All of the nodes hold."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " and ".join(f"({node})" if isinstance(node, Either) else str(node) for node in self.nodes)


class Either(NamedTuple):
    """At least one of the nodes holds."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " or ".join(str(node) for node in self.nodes)


class Words(NamedTuple):
    """Plain words that must all occur, folded for comparison, and the text they came from."""

    folded: tuple[str, ...]
    written: str

    def __str__(self) -> str:
        return self.written


Node = Truth | Comparison | Not | Every | Either | Words


def equalities(node: Node) -> list[tuple[FieldPath, Any]]:
    """The `path == value` pairs that every match of `node` fulfils, times left out."""
    if isinstance(node, Every):
        return [pair for part in node.nodes for pair in equalities(part)]
    if not isinstance(node, Comparison) or node.operator != "==" or node.instants:
        return []
    sides = (node.left, node.right)
    for path, literal in (sides, sides[::-1]):
        if isinstance(path, Path) and isinstance(literal, Literal):
            return [(path.parts, literal.value)]
    return []


def paths(node: Node) -> Iterator[FieldPath]:
    """Every path that a node reads, in the order of its text."""
    if isinstance(node, Every | Either):
        for part in node.nodes:
            yield from paths(part)
    elif isinstance(node, Not):
        yield from paths(node.node)
    elif isinstance(node, Truth):
        yield node.path.parts
    elif isinstance(node, Comparison):
        for side in (node.left, *(node.right.items if isinstance(node.right, Listing) else (node.right,))):
            if isinstance(side, Path):
                yield side.parts


def written_path(parts: FieldPath) -> str:
    """The path as it is typed: dots, list places, and quotes where a part needs them."""
    words: list[str] = []
    for part in parts:
        escaped = part.replace("\\", "\\\\").replace('"', '\\"')
        word = part if _BARE.fullmatch(part) else f'"{escaped}"'
        words.append(word if word.startswith("[") or not words else "." + word)
    return "".join(words)
