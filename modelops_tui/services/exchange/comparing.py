"""Whether two documents say the same to an original system: what has no place there does not count."""

from __future__ import annotations

from typing import Any, Final

from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Reader
from modelops_tui.services.exchange.giving import Giving
from modelops_tui.services.exchange.systems import GIVE
from modelops_tui.services.exchange.values import plain

# Writing a document changes these and nothing that it says.
STAMPS: Final = frozenset(("modified", "created_at", "updated_at", "createdAt", "updatedAt"))


def as_given(system: str, kind: str, document: Document, reader: Reader) -> dict[str, Any]:
    """The document as it is written for the system, as JSON and without the times of its making and writing."""
    giving = Giving(system, document, reader)
    GIVE[system](kind, document, giving)
    return {name: plain(value) for name, value in giving.out.items() if name not in STAMPS}


def differences(system: str, kind: str, here: Document, coming: Document, reader: Reader) -> list[str]:
    """The names of the fields there in which a document here and one on its way in differ."""
    ours = as_given(system, kind, here, reader)
    theirs = as_given(system, kind, {**here_stamps(here), **coming}, reader)
    return [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]


def here_stamps(here: Document) -> Document:
    """The times of a document, for one that brings none of its own."""
    return {name: here[name] for name in ("created_at", "updated_at") if name in here}
