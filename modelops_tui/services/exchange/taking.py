"""One original document on its way in: what was read of it, what points where, and what has no place here.

Whatever is not read ends in `kept`, so that nothing is lost. It never writes to the registry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.wording import a
from modelops_tui.errors import Refused
from modelops_tui.services.exchange.forms import ABSENT, Pair
from modelops_tui.services.exchange.values import is_empty, plain, pointed, time_text_of

Resolve = Callable[[str, str], str | None]


@dataclass(slots=True)
class Original:
    """A document of an original database: where it stands, its id there as text, its kind and its id here."""

    collection: str
    key: str
    kind: str
    id: str
    raw: Mapping[str, Any]
    context: dict[str, Any] = field(default_factory=dict)


class Surroundings(Protocol):
    """What the translation of one document may know of the others."""

    me: str

    def find(self, kind: str, key: str) -> str | None:
        """The id here of what has this id or key there, or None where it is not taken and not here."""

    def look(self, kind: str, id: str) -> Document:
        """The document with this id here, taken before or there already; an empty one where there is none."""

    def alive(self, id: str) -> bool:
        """Whether the document with this id here is not refused."""


class Taking:
    """The translation of one original document.

    `fields` grows into the document here; `kept` holds what has no place, by dotted name, as JSON.
    """

    def __init__(self, original: Original, surroundings: Surroundings) -> None:
        self.original = original
        self.raw = original.raw
        self.me = surroundings.me
        self.look = surroundings.look
        self.alive = surroundings.alive
        self.fields: Document = {}
        self.sources: dict[str, str] = {}
        self.kept: dict[str, Any] = {}
        self.notes: list[str] = []
        self.renamed: set[str] = set()
        self._resolve = surroundings.find
        self._seen: set[str] = {"_id", "_cls"}

    def read(self, *names: str) -> Any:
        """The first value that says something under one of these names; all of them count as read."""
        self._seen.update(names)
        return next((self.raw[name] for name in names if not is_empty(self.raw.get(name))), None)

    def keep(self, path: str, value: Any) -> None:
        """Puts away a value that has no place here."""
        if not is_empty(value):
            self.kept[path] = plain(value)

    def note(self, says: str) -> None:
        """Tells something in the report."""
        self.notes.append(says)

    def find(self, kind: str, value: Any) -> str | None:
        """The id here of what a reference names, or None; says nothing."""
        text = pointed(value)
        return self._resolve(kind, text) if text else None

    def pointer(self, kind: str, value: Any, path: str) -> str | None:
        """The id here of what a reference names; one that leads nowhere is told and gives None."""
        found = self.find(kind, value)
        if found is None:
            self.note(f"{path} points at {a(kind)} that is not there: {pointed(value) or plain(value)}.")
        return found

    def needed(self, ours: str, kind: str, *names: str) -> str:
        """Sets the pointer `ours` that the document cannot be without. Raises Refused when it leads nowhere."""
        value = self.read(*names)
        found = self.find(kind, value)
        if found is None:
            says = f"points at {a(kind)} that is not there: {pointed(value)}" if value is not None else "is missing"
            raise Refused(f"{names[0]} {says}.")
        self.fields[ours] = found
        return found

    def pairs(self, pairs: Iterable[Pair]) -> None:
        """Reads the fields that stand for each other here and there; what does not fit is kept."""
        for pair in pairs:
            value = self.read(pair.theirs, *pair.also)
            if value is None:
                continue
            taken = pair.form.take(value, self, pair.theirs)
            if taken is ABSENT:
                self.keep(pair.theirs, value)
            elif pair.ours:
                self.put(pair.ours, taken, pair.theirs)
            elif taken:
                self.keep(pair.theirs, value)

    def put(self, ours: str, value: Any, theirs: str) -> None:
        """Sets a field and remembers where its value stood."""
        self.fields[ours] = value
        self.sources[ours] = theirs

    def times(self, made: tuple[str, ...], written: tuple[str, ...]) -> None:
        """Reads when the document was made and last written; each stands in for the other where it is missing."""
        begin, end = time_text_of(self.read(*made)), time_text_of(self.read(*written))
        if begin or end:
            self.fields["created_at"] = begin or end
            self.fields["updated_at"] = max(begin or "", end or "")

    def drop(self, ours: str, says: str) -> bool:
        """Takes a field out again because its value is not taken here; whether there was one with a source."""
        if ours not in self.fields or ours not in self.sources:
            return False
        theirs = self.sources.pop(ours)
        value = self.fields.pop(ours)
        self.keep(theirs, self.raw.get(theirs, value))
        self.note(f"{theirs} {says}")
        return True

    def fields_of(self, kind: Kind) -> Document:
        """The fields of the kind that were read so far, without the stamps of the document."""
        return {name: value for name, value in self.fields.items() if name in kind.by_name}

    def finish(self, system: str) -> Document:
        """The document as `load` takes it, with its origin. What was never read goes into the origin, too."""
        for name, value in self.raw.items():
            if name not in self._seen and value not in (False, 0):
                self.keep(str(name), value)
        origin: Document = {"system": system, "collection": self.original.collection, "id": self.original.key}
        if self.kept:
            origin["kept"] = self.kept
        return {"kind": self.original.kind, "id": self.original.id, **self.fields, "origin": origin}
