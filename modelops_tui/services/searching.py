"""Finding text in every document of every kind, the best hits first. It reads only what the user may read."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind, Reader
from modelops_tui.entities.registry import KINDS
from modelops_tui.errors import WrongUse
from modelops_tui.services.home import Home
from modelops_tui.services.texts import folded, has_computed_text, texts_of
from modelops_tui.store.codec import encode

EXCERPT = 60
# What JSON escapes, and exponents, which it writes in another way than people see them.
_WRITTEN_OTHERWISE = re.compile(r'["\\\x00-\x1f]|\de[+-]?\d')
TITLE_FIELDS = frozenset(("name", "title", "path", "tag", "version", "message", "display_name"))


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that holds the words: where the first is, the text around it, and how well it fits (0 to 100)."""

    kind: Kind
    id: str
    label: str
    field: str
    excerpt: str
    score: int


def search(home: Home, text: str, limit: int = 50) -> list[Hit]:
    """The documents that hold every word of `text`, in any case and with or without accents, the best first.

    Raises WrongUse for no words.
    """
    words = folded(text).split()
    if not words:
        raise WrongUse("Say what to search for.", "modelops search WORD…")
    best: list[tuple[int, int, Kind, Document, str, str]] = []
    count = 0
    for kind in KINDS:
        documents: Iterable[Document] = home.documents(kind)
        if not has_computed_text(kind):
            documents = _promising(documents, words)
        for document in documents:
            found = _score(kind, document, words, home.readable)
            if found is None:
                continue
            count += 1
            entry = (found[0], -count, kind, document, found[1], found[2])
            if len(best) < limit:
                heapq.heappush(best, entry)
            elif entry[:2] > best[0][:2]:
                heapq.heapreplace(best, entry)
    return [
        Hit(kind, document["id"], label_of(kind, document, home.names), field, excerpt, score)
        for score, _, kind, document, field, excerpt in sorted(best, key=lambda entry: entry[:2], reverse=True)
    ]


def _promising(documents: Iterable[Document], words: list[str]) -> Iterator[Document]:
    """The documents that may hold all the words, told by their bytes: most hold none, and are soon done with."""
    needles = [word.encode() for word in words if not _WRITTEN_OTHERWISE.search(word)]
    for document in documents:
        line = encode(document)
        # Words are compared without accents, and bytes tell of none only where there are none.
        if not line.isascii() or _holds_all(line.lower(), needles):
            yield document


def _holds_all(line: bytes, needles: list[bytes]) -> bool:
    return all(needle in line for needle in needles)


def _score(kind: Kind, document: Document, words: list[str], reader: Reader) -> tuple[int, str, str] | None:
    left = set(words)
    score, where, excerpt = 0, "", ""
    for path, text in texts_of(kind, document, reader):
        plain = folded(text)
        for word in words:
            at = plain.find(word)
            if at < 0:
                continue
            left.discard(word)
            value = _weight(path, plain, word, at)
            if value > score:
                score, where, excerpt = value, path, _around(text, at)
    return (score, where, excerpt) if not left else None


def _weight(path: str, folded: str, word: str, at: int) -> int:
    whole = folded == word
    begins = at == 0
    weight = 60 if path in TITLE_FIELDS else 40 if path in ("desc", "description", "tags") else 20
    return weight + (40 if whole else 20 if begins else 0)


def _around(text: str, at: int) -> str:
    start = max(0, at - EXCERPT // 3)
    piece = text[start : start + EXCERPT]
    return ("…" if start else "") + piece + ("…" if start + EXCERPT < len(text) else "")
