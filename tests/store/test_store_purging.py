"""A purge erases one document from every file, and records that it did."""

from __future__ import annotations

from pathlib import Path

import pytest
from names_schema import added, bytes_of, names, opened, renamed

from modelops_tui.errors import NotFound, Refused
from modelops_tui.store.purging import purge
from modelops_tui.store.store import Store


@pytest.mark.parametrize("state", ["in the journal", "in segments", "removed"])
def test_a_purged_document_is_nowhere_in_the_home(store: Store, home: Path, state: str) -> None:
    kept = added(store, name="kept")
    with store.transaction("ada", "add secret-name") as tx:
        document = tx.insert("training", {"name": "secret-name", "digest": "ab" * 32})
        tx.insert("training", {"name": "sibling"})
    renamed(store, document, "secret-other")
    if state != "in the journal":
        store.compact()
        renamed(store, document, "secret-third")
        store.compact()
    if state == "removed":
        with store.transaction("ada", "remove") as tx:
            tx.remove("training", document["id"])
    (home / "blobs" / "ab").mkdir(parents=True)
    (home / "blobs" / "ab" / ("ab" * 31)).write_bytes(b"content")
    reader = opened(home)
    done = purge(store, "training", document["id"], "ada")
    assert b"secret" not in bytes_of(home) and done.writes >= 2
    assert done.blobs == ["ab" * 32] and not (home / "blobs" / "ab" / ("ab" * 31)).exists()
    for reached in (store, reader, opened(home)):
        reached.refresh()
        assert names(reached) == ["kept", "sibling"]
        assert list(reached.history("training", document["id"])) == []
        assert len(list(reached.history("training", kept["id"]))) == 1
        assert sum(1 for _ in reached.changes()) == reached.sequence
        assert reached.verify() == []
    note = next(store.changes())
    assert note.marks["purged"] == {"kind": "training", "id": document["id"], "by": "ada", "writes": done.writes}
    with pytest.raises(Refused, match="was removed"), store.transaction("ada", "again") as tx:
        tx.insert("training", {}, id=document["id"])


def test_a_blob_that_another_document_names_is_kept(store: Store, home: Path) -> None:
    document, other = added(store, name="a", digest="ab" * 32), added(store, name="b", of=["ab" * 32])
    (home / "blobs" / "ab").mkdir(parents=True)
    (home / "blobs" / "ab" / ("ab" * 31)).write_bytes(b"content")
    assert purge(store, "training", document["id"], "ada").blobs == []
    pointing = added(store, name="c", project=other["id"])
    assert purge(store, "training", other["id"], "ada").mentions == [("training", pointing["id"])]
    with pytest.raises(NotFound):
        purge(store, "training", "f" * 24, "ada")
