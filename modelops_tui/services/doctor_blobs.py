"""The blobs of a home: whether each holds what its name says, and whether those that documents name are there.

It never reads a blob into memory as a whole, and repairs nothing: bytes that are gone cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

from modelops_tui.errors import Damaged
from modelops_tui.services.doctor import Fault
from modelops_tui.store.rules import Rules
from modelops_tui.store.store import Store

_BACKUP = "Put the file back from a backup."
_KEEPERS = ("dataset", "model-version")


def blob_faults(home: Path) -> list[Fault]:
    """Every fault of the blobs; a home without a folder for them keeps none."""
    folder = home / "blobs"
    if not folder.is_dir():
        return []
    faults, there = [], set()
    for path in sorted(folder.glob("??/*")):
        expected = path.parent.name + path.name
        if not path.is_file() or len(expected) != 64:
            continue
        there.add(expected)
        with path.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
        if found != expected:
            says = f"Its bytes have the SHA-256 {found[:12]}…, not the one it is named by."
            faults.append(Fault("blob", str(path.relative_to(home)), says, False, _BACKUP))
    for place, digest in _named(home):
        if digest not in there:
            says = f"The file {digest[:12]}… that it keeps is not in the blob store."
            faults.append(Fault("blob-missing", place, says, False, _BACKUP))
    return faults


def _named(home: Path) -> Iterator[tuple[str, str]]:
    try:
        with Store.open(home, Rules(), create=False) as store:
            for content in store.documents("artifact-content").values():
                yield f"artifact-content {content['id']}", str(content.get("sha256"))
            for kind in _KEEPERS:
                for document in store.documents(kind).values():
                    if document.get("stored") is not False:
                        for file in document.get("files") or ():
                            yield f"{kind} {document['id']}", str(file.get("sha256"))
    except Damaged:
        # The files' own faults were told already.
        return
