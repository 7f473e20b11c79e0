"""The documents of one kind as they are to be listed: loaded, filtered, sorted. It runs in threads, paints nothing."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.structures import Reference
from modelops_tui.errors import WrongUse
from modelops_tui.services.filtering import Filter, order_of, sort_reader
from modelops_tui.services.home import Home
from modelops_tui.services.map_places import absent_place, map_places
from modelops_tui.services.texts import folded
from modelops_tui.tui.haystack import Haystack, RememberingReader

_EXPRESSION = re.compile(r"""[=<>~!"'()\[\]]|\b(and|or|not|in|like)\b""")


@dataclass(frozen=True, slots=True)
class Wish:
    """How the person wants the list: what it must hold, by which column it is sorted, whether all is shown."""

    text: str = ""
    sort: str = ""
    descending: bool = False
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The documents of a kind and the positions to list, in order; `wrong` says what a filter lacks."""

    wish: Wish
    documents: Sequence[Document] = ()
    order: Sequence[int] = field(default=())
    wrong: str = ""


class RecordList:
    """One kind's documents. Every method may be called from any thread; one works at a time."""

    def __init__(self, home: Home, kind: Kind) -> None:
        self.home = home
        self.kind = kind
        self._documents: Sequence[Document] = ()
        self._haystack = Haystack(kind)
        self._searchable = False
        self._last = Arrangement(Wish())
        self._working = threading.RLock()

    def load(self, wish: Wish, *, names_changed: bool = False) -> Arrangement:
        """Reads the documents as they are now and arranges them; up to half a second for 100,000."""
        with self._working:
            self._documents = self.home.documents(self.kind)
            if names_changed:
                self._haystack.forget()
            self._searchable = False
            self._last = Arrangement(Wish())
            return self.arrange(wish)

    def prepare(self) -> None:
        """Makes the first filter quick, by getting the texts ready before they are asked for."""
        with self._working:
            self._texts()

    def arrange(self, wish: Wish) -> Arrangement:
        """The documents that fit the wish, in its order; a filter with a mistake gives the last list and says what."""
        with self._working:
            last = self._last
            try:
                order = self._order(wish)
            except WrongUse as mistake:
                says = f"{mistake.says}\n{mistake.hint}" if mistake.hint else mistake.says
                former = last.order if last.documents is self._documents else self._shown(wish)
                return Arrangement(wish, self._documents, former, says)
            why = "" if order else self.why_nothing(wish.text)
            self._last = Arrangement(wish, self._documents, order, why)
            return self._last

    def fitting(self, wish: Wish, most: int) -> list[Document]:
        """At most so many documents that fit a wish; what is listed stays what was arranged last."""
        with self._working:
            places = self._fitting(self._shown(wish), wish.text)
            return [self._documents[place] for place in places[:most]]

    def places_inside(self) -> list[str]:
        """The places inside free maps that the first documents have, such as `details.metrics.auc`."""
        return map_places(self.kind, self._documents)

    def why_nothing(self, text: str) -> str:
        """What a filter that nothing fits may have meant, as a sentence, or empty."""
        with self._working:
            return absent_place(self.home, self.kind, text) if text.strip() and not is_words(text) else ""

    def _order(self, wish: Wish) -> Sequence[int]:
        last = self._last
        same = last.documents is self._documents and (last.wish.sort, last.wish.descending) == (
            wish.sort,
            wish.descending,
        )
        same = same and last.wish.deprecated == wish.deprecated
        if same and is_words(wish.text) and is_words(last.wish.text) and wish.text.startswith(last.wish.text):
            return self._holding(last.order, wish.text)
        return self._sorted(self._fitting(self._shown(wish), wish.text), wish)

    def _shown(self, wish: Wish) -> Sequence[int]:
        documents = self._documents
        if wish.deprecated or "deprecated" not in self.kind.by_name or "deprecated" in wish.text:
            return range(len(documents))
        return [place for place, item in enumerate(documents) if not item.get("deprecated")]

    def _fitting(self, order: Sequence[int], text: str) -> Sequence[int]:
        if not text.strip():
            return order
        if is_words(text):
            return self._holding(order, text)
        matches, documents = Filter(self.home, self.kind, text).matches, self._documents
        return [place for place in order if matches(documents[place])]

    def _holding(self, order: Sequence[int], text: str) -> Sequence[int]:
        words = sorted(folded(text).split(), key=len, reverse=True)
        if not words:
            return order
        texts = self._texts()
        for word in words:
            order = [place for place in order if word in texts[place]]
        return order

    def _texts(self) -> list[str]:
        if not self._searchable:
            self._haystack.build(self._documents, self.home.readable)
            self._searchable = True
        return self._haystack.texts

    def _sorted(self, order: Sequence[int], wish: Wish) -> Sequence[int]:
        if not wish.sort:
            return order
        read, documents = self._sort_reader(wish.sort), self._documents
        values = {place: read(documents[place]) for place in order}
        return sorted(order, key=values.__getitem__, reverse=wish.descending)

    def _sort_reader(self, column: str) -> Callable[[Mapping[str, Any]], tuple[int, Any]]:
        names = RememberingReader(self.home.names)
        if column == "key":
            return lambda document: order_of(label_of(self.kind, dict(document), names))
        item = self.kind.by_name.get(column) or self.kind.computed_by_name.get(column)
        if item is not None and isinstance(item.type, Reference):
            return _by_label(item.type.kind, sort_reader(self.home, self.kind, column), names)
        return sort_reader(self.home, self.kind, column)


def _by_label(
    kind: str, read: Callable[[Mapping[str, Any]], tuple[int, Any]], names: RememberingReader
) -> Callable[[Mapping[str, Any]], tuple[int, Any]]:
    """A sort key that puts references in the order of what is shown for them."""

    def label(document: Mapping[str, Any]) -> tuple[int, Any]:
        there, id = read(document)
        target = names.get(kind, str(id)) if there else None
        return order_of(label_of(BY_NAME[kind], target, names)) if target is not None else (there, str(id))

    return label


def is_words(text: str) -> bool:
    """Whether a filter is plain words, without any sign or word of the expression language."""
    return _EXPRESSION.search(text) is None
