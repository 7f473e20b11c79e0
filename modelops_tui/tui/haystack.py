"""The lower-cased text of every document, in which plain words are looked for.

It holds texts only, and never knows which of them are on the screen.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind, Reader
from modelops_tui.services.texts import folded, texts_of

_AT_ONCE = 200


class RememberingReader:
    """A reader that asks for each document once; for one pass over many documents, then thrown away."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, str], Document | None] = {}

    def get(self, kind: str, id: str) -> Document | None:
        """The document with this id, or None."""
        place = (kind, id)
        if place not in self._known:
            self._known[place] = self._reader.get(kind, id)
        return self._known[place]

    def find(self, kind: str, term: str) -> list[Document]:
        """The documents that have this lookup term."""
        return self._reader.find(kind, term)


class Haystack:
    """The texts of one kind's documents in their order; what did not change is not read again."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.texts: list[str] = []
        self.labels: list[str] = []
        self._known: dict[str, tuple[Document, str, str]] = {}

    def forget(self) -> None:
        """Drops every text, because names that documents refer to have changed."""
        self._known = {}

    def build(self, documents: Sequence[Document], reader: Reader) -> None:
        """Brings the texts up to these documents. It takes seconds for 100,000, so call it in a thread."""
        remembering = RememberingReader(reader)
        known, fresh = self._known, {}
        for number, document in enumerate(documents):
            id = document["id"]
            former = known.get(id)
            if former is None or former[0] is not document:
                label = label_of(self.kind, document, remembering)
                former = (document, label, text_of(self.kind, label, document, remembering))
                if number % _AT_ONCE == 0:
                    # The screen's thread must not wait for this one.
                    time.sleep(0)
            fresh[id] = former
        self._known = fresh
        self.labels = [item[1] for item in fresh.values()]
        self.texts = [item[2] for item in fresh.values()]


def text_of(kind: Kind, label: str, document: Document, reader: Reader) -> str:
    """Every text of a document as words are looked for in it, a line each."""
    return folded("\n".join([label, *(text for _, text in texts_of(kind, document, reader))]))
