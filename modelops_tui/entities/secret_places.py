"""Where documents name a chest's entry instead of keeping a secret. It reads pointers only, never a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelops_tui.entities.field import Document, FieldType, child_path
from modelops_tui.entities.graph import pointing_kinds
from modelops_tui.entities.kind import Kind, Reader, pointer_term
from modelops_tui.entities.structures import Entries, Group, Items, SecretPlace

Naming = tuple[str, Document, str]


def users_of_entry(chest: str, entry: str, reader: Reader) -> Iterator[Naming]:
    """Every document that names the entry of the chest (an id), as (kind name, document, path)."""
    for kind in pointing_kinds("treasure-chest"):
        for document in reader.find(kind.name, pointer_term(chest)):
            for path, place in secret_places(kind, document):
                if place.get("chest") == chest and place.get("entry") == entry:
                    yield kind.name, document, path


def secret_places(kind: Kind, document: Document) -> Iterator[tuple[str, Document]]:
    """Every `{chest, entry}` in a document, with its path."""
    for item in kind.pointing_fields:
        yield from _places(item.type, document.get(item.name), item.name)


def _places(type_: FieldType, value: Any, path: str) -> Iterator[tuple[str, Document]]:
    if isinstance(type_, SecretPlace):
        if isinstance(value, dict):
            yield path, value
    elif isinstance(type_, Group) and isinstance(value, dict):
        for item in type_.fields:
            yield from _places(item.type, value.get(item.name), child_path(path, item.name))
    elif isinstance(type_, Items) and isinstance(value, list):
        for index, part in enumerate(value):
            yield from _places(type_.of, part, f"{path}[{index}]")
    elif isinstance(type_, Entries) and isinstance(value, dict):
        for name, part in value.items():
            yield from _places(type_.of, part, child_path(path, name))
