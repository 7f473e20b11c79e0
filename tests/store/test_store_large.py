"""A million documents of one kind, 38 kinds, and a transaction of ten thousand operations."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from names_schema import NamesSchema, added, opened

from modelops_tui.entities.registry import KINDS
from modelops_tui.store import manifest
from modelops_tui.store.rules import Rules
from modelops_tui.store.segment import write_segment
from modelops_tui.store.store import Store

MANY = 1_000_000
AT = "2026-11-21T23:53:00.123Z"


def million(home: Path) -> None:
    """A store with a segment of a million documents, written as a merge would leave it."""

    def documents() -> Iterator[tuple[str, dict]]:
        for number in range(MANY):
            id = f"{number:024x}"
            envelope = {"id": id, "rev": 1, "created_at": AT, "updated_at": AT, "created_by": "ada"}
            yield id, {**envelope, "name": f"n{number}", "project": f"{number % 100:024x}"}

    with opened(home) as store:
        current = store.manifest
    schema = NamesSchema()
    name = "training.1.jsonl"
    entry = write_segment(str(home / name), name, documents(), lambda one: schema.terms("training", one), "")
    whole = current.changed(epoch=1, counts={"training": MANY}, segments={"training": (entry,)})
    manifest.save(str(home), whole)


def resident() -> int:
    """The bytes that this process has in memory; 0 where the system does not tell."""
    file = Path("/proc/self/statm")
    return int(file.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if file.exists() else 0


@pytest.mark.slow
def test_a_million_documents_are_opened_searched_written_and_compacted(home: Path) -> None:
    before = resident()
    million(home)
    size = next(home.glob("training.1.jsonl")).stat().st_size
    with opened(home) as store:
        assert store.count("training") == MANY
        for number in (0, 1, 499_999, MANY - 1):
            assert store.get("training", f"{number:024x}")["name"] == f"n{number}"
            assert store.find("training", f"name:n{number}")[0]["id"] == f"{number:024x}"
        assert len(store.find("training", f"{7:024x}")) == MANY // 100
        assert next(store.scan_bytes("training", b'"n777777"'))["id"] == f"{777_777:024x}"
        assert len(store.first("training", 5, lambda one: False)) == 5
        for number in range(50):
            added(store, name=f"new-{number}")
        with store.transaction("ada", "set") as tx:
            tx.update("training", f"{5:024x}", {"name": "changed"})
            tx.remove("training", f"{6:024x}")
        with store.exclusively():
            store.compact_journal()
        store.refresh()
        entries = store.manifest.segments["training"]
        assert entries[0].bytes == size, "the large segment is left alone"
    with opened(home) as again:
        assert again.count("training") == MANY + 49
        assert again.get("training", f"{6:024x}") is None and again.find("training", "name:n6") == []
        assert again.find("training", "name:changed")[0]["rev"] == 2
        again.compact()
        assert again.compaction_trouble == "" and again.verify() == []
        assert again.count("training") == len(again.ids("training")) == MANY + 49
        assert resident() - before < 3_000_000_000


def test_all_kinds_live_in_one_store(home: Path) -> None:
    class Free(Rules):
        def check(self, transaction) -> None:
            """Lets everything pass: here it is only about the files."""

    with Store.open(home, Free()) as store:
        with store.transaction("ada", "one of each") as tx:
            made = {kind.name: tx.insert(kind.name, {"name": f"the {kind.name}"})["id"] for kind in KINDS}
        store.compact()
    assert len(KINDS) == 38 and len(list(home.glob("*.1*.jsonl"))) >= 38
    with Store.open(home, Free()) as again:
        assert {kind: again.ids(kind)[0] for kind in made} == made
        assert again.verify() == []
