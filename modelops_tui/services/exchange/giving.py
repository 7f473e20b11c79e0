"""One document on its way out, in the form an original database has it. It reads only and writes nothing.

What was kept in the origin comes back only where the field is one of the contract and still says the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Reader
from modelops_tui.services.exchange.forms import ABSENT, Pair
from modelops_tui.services.exchange.taking import Original, Taking
from modelops_tui.services.exchange.values import typed


class Giving:
    """The translation of one document, written into `out` field by field."""

    def __init__(self, system: str, document: Document, reader: Reader) -> None:
        self.system = system
        self.document = document
        self.reader = reader
        self.out: dict[str, Any] = {}
        self.notes: list[str] = []
        origin = document.get("origin") or {}
        kept = origin.get("kept") if origin.get("system") == system else None
        self.kept: dict[str, Any] = typed(kept) if isinstance(kept, dict) else {}

    def note(self, says: str) -> None:
        """Tells something in the report."""
        self.notes.append(says)

    def get(self, kind: str, id: Any) -> Document:
        """A document that this one points at; an empty one where it is not there."""
        return self.reader.get(kind, str(id)) or {}

    def pairs(self, pairs: Iterable[Pair]) -> None:
        """Writes the fields that stand for each other here and there."""
        for pair in pairs:
            value = self._value(pair)
            if value is not ABSENT:
                self.out[pair.theirs] = value

    def _value(self, pair: Pair) -> Any:
        nothing = pair.empty() if callable(pair.empty) else pair.empty
        if pair.local:
            return nothing
        value = self.document.get(pair.ours) if pair.ours else None
        kept = self.kept.get(pair.theirs)
        if kept is not None and pair.form.restores:
            there = self._read_again(pair, kept)
            if not pair.ours and there is not ABSENT:
                return pair.form.give(there, self, pair.theirs)
            if there is not ABSENT and (there == value or pair.form.same(there, value, self.document)):
                return kept
        if value is None or value in ([], {}, ""):
            return nothing
        return pair.form.give(value, self, pair.theirs)

    def _read_again(self, pair: Pair, kept: Any) -> Any:
        nothing = Original("", "", "", self.document["id"], {})
        return pair.form.take(kept, Taking(nothing, _NOTHING), pair.theirs)


class _Nothing:
    """Surroundings in which there is nothing, for reading a value again that points nowhere."""

    me = ""

    def find(self, *_: str) -> str | None:
        """Nothing."""

    def look(self, *_: str) -> Document:
        """Nothing."""
        return {}

    def alive(self, *_: str) -> bool:
        """Nothing is."""
        return False


_NOTHING = _Nothing()
