"""Keys that begin with what was typed, found without reading everything. It makes nothing and guesses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import candidates, has_key, label_of, unquoted
from modelops_tui.entities.kind import Kind, pointer_term
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.structures import split_outside_quotes
from modelops_tui.services.home import Home

# Reading more documents than this takes longer than somebody who pressed a key waits.
MOST_READ = 2000


def documents_beginning(home: Home, kind: Kind, text: str) -> Iterator[tuple[str, Document]]:
    """The documents of a kind whose key begins with `text`, with that key; none where there are too many to read."""
    for document in _documents(home, kind, text) or ():
        key = label_of(kind, document, home.names) if has_key(kind) else str(document["id"])
        if key.startswith(text):
            yield key, document


def keys_beginning(home: Home, kind: Kind, text: str) -> Iterator[str]:
    """The keys of a kind that begin with `text`, or the parents' keys where those of the kind are too many."""
    parent = BY_NAME[kind.parent_kind] if kind.parent_field else None
    if _documents(home, kind, text) is None and parent is not None and home.count(parent) <= MOST_READ:
        yield from (key + kind.key_sign for key in keys_beginning(home, parent, text))
    else:
        yield from (key for key, _ in documents_beginning(home, kind, text))


def _documents(home: Home, kind: Kind, text: str) -> Iterator[Document] | None:
    """The documents that may have a key beginning so; None where there are too many."""
    parts = split_outside_quotes(text, kind.key_sign)
    if kind.parent_field and len(parts) > 1:
        return _nested(home, kind, kind.key_sign.join(parts[:-1]), parts[-1])
    return iter(home.documents(kind)) if home.count(kind) <= MOST_READ else None


def _nested(home: Home, kind: Kind, above: str, begun: str) -> Iterator[Document]:
    for parent in candidates(BY_NAME[kind.parent_kind], above, home.names):
        for document in islice(_children(home, kind, parent, begun), MOST_READ):
            if document.get(str(kind.parent_field)) == parent["id"]:
                yield document


def _children(home: Home, kind: Kind, parent: Document, begun: str) -> Iterator[Document]:
    """The documents of a parent; where a name was begun, only those whose bytes hold that beginning are read."""
    if begun.strip('"') and kind.name_field:
        beginning = json.dumps(unquoted(begun).strip('"'), ensure_ascii=False)[:-1]
        return home.holding(kind, f'"{kind.name_field}":{beginning}')
    return iter(home.names.find(kind.name, pointer_term(parent["id"])))
