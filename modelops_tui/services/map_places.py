"""Places inside maps that nobody declared, such as `details.metrics.auc`: which there are, and which one was meant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.structures import FreeMap
from modelops_tui.services.filtering import Filter, field_type
from modelops_tui.services.home import Home

LOOKED_THROUGH, MOST_PLACES = 200, 40
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w-]*\Z")


def map_places(kind: Kind, documents: Sequence[Document]) -> list[str]:
    """The places inside free maps that the first documents have, in order of their names."""
    return sorted(_counted(kind, documents))[:MOST_PLACES]


def _counted(kind: Kind, documents: Sequence[Document]) -> Counter[str]:
    free = [item.name for item in kind.fields if isinstance(item.type, FreeMap)]
    first = documents[:LOOKED_THROUGH]
    found = (place for document in first for name in free for place in _places(document.get(name), name))
    return Counter(islice(found, LOOKED_THROUGH * MOST_PLACES))


def absent_place(home: Home, kind: Kind, where: str) -> str:
    """A place inside a map that an expression asks for and no document has, as a sentence; empty when there is none.

    Such an expression is no mistake, since anything may stand in a map, but mostly something else was meant.
    """
    fitting = Filter(home, kind, where)
    documents = home.documents(kind)
    for path in fitting.expression.paths():
        if len(path) < 2 or not isinstance(field_type(kind, path[0]), FreeMap):
            continue
        read = fitting.look.reader(path)
        if not any(read(document) is not None for document in documents):
            place = ".".join(path)
            near = _nearest(path, [place for place, _ in _counted(kind, documents).most_common()])
            return f"No {kind.title} has {place}." + (f" Did you mean {near}?" if near else "")
    return ""


def nothing_fits(home: Home, kind: Kind, where: str) -> str:
    """Tells that no document fulfils an expression, and which place it may have meant."""
    return absent_place(home, kind, where) or f"No {kind.title} fulfils that."


def _nearest(path: Sequence[str], places: Sequence[str]) -> str:
    """The place that ends as the path does, or nearly so; of several the first."""
    from difflib import get_close_matches

    ends = [place.rpartition(".")[2] for place in places]
    near = get_close_matches(path[-1], ends, n=1)
    return places[ends.index(near[0])] if near else ""


def _places(value: Any, place: str) -> Iterator[str]:
    """The places of the values in a map, those of a list counting as one."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if _PLAIN_NAME.match(name):
                yield from _places(inner, f"{place}.{name}")
    elif "." in place:
        yield place
