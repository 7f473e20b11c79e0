"""Keys: what people type and read instead of ids. It looks through a reader and knows nothing of who is asking."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from modelops_tui.entities.artifacts import latest_revision, path_term
from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Kind, Reader, child_term, name_term
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.scalars import OBJECT_ID, shown
from modelops_tui.entities.structures import Reference, split_outside_quotes

ID_PREFIX = re.compile(r"[0-9a-f]{6,24}\Z")
KEYED_BY_RULE = ("artifact", "artifact-revision")
SEPARATORS = ':/#@"'


class Finder(Reader, Protocol):
    """A reader that also finds documents by the first digits of their id."""

    def prefixed(self, kind: str, prefix: str) -> list[Document]:
        """The documents whose id begins with `prefix`."""


def has_key(kind: Kind) -> bool:
    """Whether documents of the kind are called by a key; others are called by their id."""
    return bool(kind.key) or kind.name in KEYED_BY_RULE


def quoted(part: str) -> str:
    """A part of a key as it is written: in double quotes when it holds a sign that separates parts."""
    if part and not any(sign in part for sign in SEPARATORS) and part == part.strip():
        return part
    return '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquoted(part: str) -> str:
    """A part of a key as it is meant."""
    if len(part) > 1 and part.startswith('"') and part.endswith('"'):
        return re.sub(r"\\(.)", r"\1", part[1:-1])
    return part


def key_of(kind: Kind, document: Document, reader: Reader) -> str | None:
    """The key of a document as it is written, or None where its kind or the moment has none."""
    if kind.name == "artifact":
        return _artifact_key(document, reader)
    if kind.name == "artifact-revision":
        # By the path that the artifact has now: two revisions of different artifacts may have had the same path.
        artifact = reader.get("artifact", str(document.get("artifact")))
        above = _artifact_key(artifact, reader) if artifact is not None else None
        return f"{above}@{document.get('number') or 0}" if above else None
    if not kind.key:
        return None
    name = document.get(kind.key[-1])
    if name is None:
        return None
    if not kind.parent_field:
        return quoted(str(name))
    parent = reader.get(kind.parent_kind, str(document.get(kind.parent_field)))
    above = key_of(BY_NAME[kind.parent_kind], parent, reader) if parent is not None else "?"
    return f"{above}{kind.key_sign}{quoted(str(name))}"


def called_by(kind: Kind, document: Document) -> Document:
    """What of a document its key or label is made of, and nothing else."""
    names = {"id", *kind.key, *(kind.label if isinstance(kind.label, tuple) else ())}
    if kind.name in KEYED_BY_RULE:
        names |= {"project", "artifact", "path", "number", "state", "owner", "deleted"}
    return {name: value for name, value in document.items() if name in names}


def label_of(kind: Kind, document: Document, reader: Reader) -> str:
    """What a document is called where people read: its key, else its label, else the start of its id."""
    key = key_of(kind, document, reader)
    if key is not None:
        return key
    if isinstance(kind.label, tuple):
        parts = [_label_part(kind, name, document.get(name), reader) for name in kind.label]
        return " ".join(part for part in parts if part) or str(document["id"])[:8]
    return kind.label(document) if kind.label is not None else str(document["id"])[:8]


def _label_part(kind: Kind, name: str, value: object, reader: Reader) -> str:
    field = kind.by_name.get(name)
    if field is not None and isinstance(field.type, Reference) and isinstance(value, str):
        target = reader.get(field.type.kind, value)
        return label_of(BY_NAME[field.type.kind], target, reader) if target is not None else ""
    return "" if value is None else shown(value)


def _path(revision: Document) -> str:
    path = str(revision.get("path") or "")
    return quoted(path) if any(sign in path for sign in ':#@"') else path


def _artifact_key(artifact: Document, reader: Reader) -> str | None:
    latest = latest_revision(artifact, reader)
    project = reader.get("project", str(artifact.get("project")))
    # The path of a removed artifact is free for another one.
    return f"{project.get('name')}/{_path(latest)}" if latest and project and not latest.get("deleted") else None


def candidates(kind: Kind, text: str, reader: Finder) -> list[Document]:
    """The documents of `kind` that `text` may mean: by key first, else by id or by the first digits of one."""
    found = by_key(kind, text, reader)
    if found:
        return found
    id = text.lower()
    if OBJECT_ID.match(id):
        document = reader.get(kind.name, id)
        return [document] if document is not None else []
    return reader.prefixed(kind.name, id) if ID_PREFIX.match(id) else []


def by_key(kind: Kind, text: str, reader: Finder) -> list[Document]:
    """The documents of `kind` whose key is `text`; leading parts may be left out."""
    if kind.name == "artifact":
        return _artifacts_at(text, reader)
    if kind.name == "artifact-revision":
        return _revisions_at(text, reader)
    if not kind.name_field and kind.name != "step":
        return []
    whole = _named(kind, unquoted(text), reader)
    if whole or not kind.parent_field:
        return whole
    parts = split_outside_quotes(text, kind.key_sign)
    if len(parts) < 2:
        return []
    name = unquoted(parts[-1])
    parents = candidates(BY_NAME[kind.parent_kind], kind.key_sign.join(parts[:-1]), reader)
    return [
        document
        for parent in parents
        for document in reader.find(kind.name, child_term(parent["id"], name))
        if str(document.get(kind.key[-1])) == name
    ]


def _named(kind: Kind, name: str, reader: Reader) -> list[Document]:
    found = reader.find(kind.name, name_term(name))
    same = [document for document in found if str(document.get(kind.key[-1])) == name]
    return same or (found if kind.key_ignores_case else [])


def _artifacts_at(text: str, reader: Finder) -> list[Document]:
    project_text, sign, path = text.partition("/")
    projects = [one["id"] for one in _named(BY_NAME["project"], unquoted(project_text), reader)] if sign else []
    return _with_path(unquoted(path), projects, reader) or _with_path(unquoted(text), None, reader)


def _with_path(path: str, projects: Sequence[str] | None, reader: Finder) -> list[Document]:
    """The artifacts that have this path now, in these projects, or in any where none are named."""
    found: dict[str, Document] = {}
    for revision in reader.find("artifact-revision", path_term(path)):
        artifact = reader.get("artifact", str(revision.get("artifact")))
        if artifact is None or (projects is not None and artifact.get("project") not in projects):
            continue
        latest = latest_revision(artifact, reader)
        if latest is not None and latest.get("path") == path and not latest.get("deleted"):
            found[artifact["id"]] = artifact
    return list(found.values())


def _revisions_at(text: str, reader: Finder) -> list[Document]:
    above, sign, number = text.rpartition("@")
    if not sign or not number.isdigit():
        return []
    return [
        revision
        for artifact in candidates(BY_NAME["artifact"], above, reader)
        for revision in reader.find("artifact-revision", f"to {artifact['id']}")
        if revision.get("artifact") == artifact["id"] and (revision.get("number") or 0) == int(number)
    ]
