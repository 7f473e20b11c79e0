"""Which document here has the same unique values. It never decides whether two things are the same."""

from __future__ import annotations

from typing import Any

from modelops_tui.entities.kind import Reader
from modelops_tui.entities.registry import BY_NAME


def document_with(reader: Reader, kind: str, **values: Any) -> str | None:
    """The id of the document of `kind` with exactly these unique values, or None."""
    if any(value is None for value in values.values()):
        return None
    for rule in BY_NAME[kind].unique:
        mark = rule.mark(values)
        for document in reader.find(kind, mark) if mark else ():
            if all(document.get(name) == value for name, value in values.items()):
                return str(document["id"])
    return None
