"""What of a document may be sent: nothing that is private, and no pointer at it. It sends nothing itself."""

from __future__ import annotations

from typing import Any

from modelops_tui.entities.artifacts import is_published, revisions_of
from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Kind, pointer_term
from modelops_tui.entities.leaving import travelling
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.sealed_form import sealed_form_problem
from modelops_tui.entities.structures import NULLIFY, Reference, Sealed
from modelops_tui.services.sight import POINTS_AT_HIDEABLE, remove_ids
from modelops_tui.services.syncing.books import Reading, base_of

# What is public stays public though the last thing that made it so is gone.
STAYS_PUBLIC = frozenset(("artifact", "artifact-content"))


def outgoing(kind: str, document: Document, reader: Reading) -> Document | None:
    """The body to send, or None for a document that never leaves this machine.

    Left out are local fields and pointers at what is private; a document that cannot be without such a pointer is
    private too.
    """
    if is_private(kind, document, reader):
        return None
    body = travelling(BY_NAME[kind], document)
    if kind == "treasure-chest" and not _sealed_throughout(BY_NAME[kind], body):
        return None
    if kind not in POINTS_AT_HIDEABLE:
        return body
    return _without_private_pointers(BY_NAME[kind], body, reader)


def is_private(kind: str, document: Document, reader: Reading) -> bool:
    """Whether a document is for its owner alone: a sandbox and what belongs to it, or a group that is not shared."""
    if kind == "checkout":
        return True
    if kind == "artifact-revision":
        return not is_published(document)
    if kind == "group":
        return not document.get("shared")
    if kind in STAYS_PUBLIC:
        if _is_sent(kind, str(document["id"]), reader):
            return False
        if kind == "artifact":
            return not any(is_published(revision) for revision in revisions_of(document, reader))
        users = reader.find("artifact-revision", pointer_term(str(document["id"])))
        return not any(is_published(revision) for revision in users)
    return False


def _is_sent(kind: str, id: str, reader: Reading) -> bool:
    record = base_of(reader, (kind, id))
    return record is None or record.get("body") is not None


def _sealed_throughout(kind: Kind, body: Document) -> bool:
    return not any(sealed_form_problem(place.value) for place in kind.places(body) if isinstance(place.type, Sealed))


def _without_private_pointers(kind: Kind, body: Document, reader: Reading) -> Document | None:
    hidden: set[str] = set()
    for place in kind.references(body):
        assert isinstance(place.type, Reference)
        if place.type.kind not in PRIVATE_KINDS:
            continue
        target = reader.get(place.type.kind, str(place.value))
        if target is not None and is_private(place.type.kind, target, reader):
            if place.type.on_removal is not NULLIFY:
                return None
            hidden.add(str(place.value))
    if not hidden:
        return body
    cut: Document = dict(body)
    for item in kind.pointing_fields:
        value: Any = remove_ids(item.type, cut.get(item.name), hidden)
        if value is None:
            cut.pop(item.name, None)
        else:
            cut[item.name] = value
    return cut


PRIVATE_KINDS = frozenset(("artifact", "artifact-revision", "artifact-content", "group", "checkout"))
