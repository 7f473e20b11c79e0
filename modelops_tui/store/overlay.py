"""What was written since the segments: documents in memory, with their lookup terms.

It never reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from modelops_tui.store.codec import Document

Terms = Callable[[Document], Iterable[str]]


class Overlay:
    """Documents by id, None for a removed one; terms are worked out when first asked for."""

    __slots__ = ("_by_term", "_fresh", "documents")

    def __init__(self) -> None:
        self.documents: dict[str, Document | None] = {}
        self._by_term: dict[str, dict[str, None]] = {}
        self._fresh: dict[str, None] = {}

    def put(self, id: str, document: Document | None) -> None:
        """Sets the newest state of one document."""
        self.documents[id] = document
        if document is not None:
            self._fresh[id] = None

    def find(self, term: str, terms: Terms) -> list[Document]:
        """The live documents that have this term."""
        for id in self._fresh:
            document = self.documents[id]
            if document is not None:
                for one in terms(document):
                    self._by_term.setdefault(one, {})[id] = None
        self._fresh.clear()
        found = []
        for id in self._by_term.get(term, ()):
            document = self.documents[id]
            # An id stays under its former terms; the document itself decides.
            if document is not None and term in terms(document):
                found.append(document)
        return found
