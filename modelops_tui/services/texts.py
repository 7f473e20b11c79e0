"""The texts of a document in which words are looked for, by both faces alike. What is sealed is never among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unicodedata import combining, normalize

from modelops_tui.entities.field import Document, FieldType
from modelops_tui.entities.kind import Kind, Reader
from modelops_tui.entities.scalars import FileName, InsidePath, Slug, Text
from modelops_tui.entities.sealed_form import sealed_form_problem
from modelops_tui.entities.structures import Entries, FreeMap, Group, Items, Reference, Sealed, Snapshot

_DIGEST = re.compile(r"[0-9a-f]{24,}\Z")
_TEXTUAL = (Text, Slug, InsidePath, FileName)
_NOT_LOOKED_AT = frozenset(("taken_at",))
# Keys, signatures and what they are checked against are the vault's alone.
_VAULTS_OWN = frozenset(("header", "seals", "public_key", "password_verifier"))


def folded(text: str) -> str:
    """Text as words are compared: in lower case and without accents."""
    if text.isascii():
        return text.lower()
    return "".join(sign for sign in normalize("NFKD", text.casefold()) if not combining(sign))


def has_computed_text(kind: Kind) -> bool:
    """Whether some of the texts of a kind stand in no document, but are worked out."""
    return any(isinstance(computed.type, _TEXTUAL) for computed in kind.computed)


def texts_of(kind: Kind, document: Document, reader: Reader) -> Iterator[tuple[str, str]]:
    """Every text, number and name of a map entry in a document with its path, and its computed texts.

    Pointers, digests and what the vault sealed are left out.
    """
    for item in kind.fields:
        value = document.get(item.name)
        if value is not None and item.name not in _VAULTS_OWN:
            yield from _inside(item.type, value, item.name)
    for computed in kind.computed:
        if isinstance(computed.type, _TEXTUAL):
            value = computed.compute(document, reader)
            if isinstance(value, str):
                yield computed.name, value
    for name, value in document.items():
        # Fields of a newer program, and where a document came from.
        if name not in kind.by_name and name not in ("id", "rev", "created_at", "updated_at", "created_by"):
            yield from _inside(None, value, name)


def _inside(type_: FieldType | None, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(type_, Sealed | Reference) or value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if not _DIGEST.match(value) and (len(value) < 80 or sealed_form_problem(value)):
            yield path, value
    elif isinstance(value, dict):
        yield from _mapped(type_, value, path)
    elif isinstance(value, list):
        for item in value:
            yield from _inside(type_.of if isinstance(type_, Items) else None, item, path)
    else:
        yield path, str(value)


def _mapped(type_: FieldType | None, value: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    types = {item.name: item.type for item in type_.fields} if isinstance(type_, Group) else {}
    # The names of declared fields are nobody's words; those of a map are.
    named = isinstance(type_, Entries | FreeMap) or (type_ is None and "origin" not in value)
    inner = type_.of if isinstance(type_, Entries) else None
    for name, item in value.items():
        own = isinstance(type_, Group) and name in _VAULTS_OWN
        if own or name in _NOT_LOOKED_AT or (isinstance(type_, Snapshot) and name == "origin"):
            continue
        here = f"{path}.{name}"
        if named:
            yield here, str(name)
        yield from _inside(types.get(name, inner), item, here)
