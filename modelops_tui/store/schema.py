"""What the store asks of whoever knows the kinds.

It never holds a rule itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from modelops_tui.store.codec import Document

if TYPE_CHECKING:
    from modelops_tui.store.transaction import Transaction


class Change(NamedTuple):
    """What a transaction does to one document: None before an insert, None after a removal."""

    kind: str
    id: str
    before: Document | None
    after: Document | None


class Schema(Protocol):
    """The kinds, the terms a document is looked up by, and the rules of a transaction.

    An optional attribute `terms_version` (text) is written into every index: when it changes,
    indexes made with other terms are made anew.
    """

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of all kinds."""
        ...

    def terms(self, kind: str, document: Document) -> Iterable[str]:
        """Every term the document can be found by: unique keys, its name, ids it refers to."""
        ...

    def check(self, transaction: Transaction) -> None:
        """Called once, under the lock, just before a commit; may write more, or raise Failure."""
        ...


def terms_of(schema: Schema, kind: str, document: Document) -> Iterable[str]:
    """The terms of a document; none for a kind that only another version of the program knows."""
    return schema.terms(kind, document) if kind in schema.kinds else ()


def terms_version(schema: Schema) -> str:
    """The version text of a schema's terms, empty when it has none."""
    return str(getattr(schema, "terms_version", ""))
