"""What an exchange did or would do, document by document. It decides nothing and prints nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Line(NamedTuple):
    """One document of the original system: its collection, its id there, and what is said of it."""

    collection: str
    id: str
    says: str


@dataclass(slots=True)
class Report:
    """The outcome of an import or export.

    `taken` are new on the other side, `replaced` are there and become other (exports only), `unchanged` are there
    and say the same, `refused` are not taken and why, `kept` names what went into `origin` for want of a place, and
    `notes` tells what was dropped, renamed or bent on the way.
    """

    system: str
    taken: list[Line] = field(default_factory=list)
    replaced: list[Line] = field(default_factory=list)
    unchanged: list[Line] = field(default_factory=list)
    refused: list[Line] = field(default_factory=list)
    kept: list[Line] = field(default_factory=list)
    notes: list[Line] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many documents or remarks each part holds."""
        return {name: len(lines) for name, lines in self._parts()}

    def values(self) -> dict[str, Any]:
        """The whole report as JSON values."""
        parts = {name: [line._asdict() for line in lines] for name, lines in self._parts()}
        return {"system": self.system, "counts": self.counts(), **parts}

    def lines(self) -> list[str]:
        """What a person should read: everything but the documents that went over without a remark."""
        told = (("not taken", self.refused), ("replaced", self.replaced), ("kept in origin", self.kept))
        found = [f"{word}  {line.collection} {line.id}: {line.says}" for word, lines in told for line in lines]
        return found + [f"note  {line.collection} {line.id}: {line.says}" for line in self.notes]

    def _parts(self) -> Iterable[tuple[str, list[Line]]]:
        names = ("taken", "replaced", "unchanged", "refused", "kept", "notes")
        return [(name, getattr(self, name)) for name in names]
