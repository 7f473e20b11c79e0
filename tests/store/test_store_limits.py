"""How much history is kept: what is beyond its limits is let go, and that is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from names_schema import added, names, opened, renamed

from modelops_tui.errors import Invalid
from modelops_tui.store.store import Store


def test_history_beyond_its_size_is_let_go_and_told(store: Store, home: Path) -> None:
    document = added(store, name="first")
    store.limit_history(bytes=3000)
    for number in range(30):
        renamed(store, document, f"{number}-" + "y" * 100)
        store.compact()
    entries = store.manifest.history
    assert sum(entry.bytes for entry in entries) <= 3000 and entries
    dropped = store.history_dropped
    assert dropped is not None and dropped.last == entries[0].first - 1 == dropped.transactions
    assert {one.name for one in (home / "history").glob("*.jsonl")} == {entry.file for entry in entries}
    notes = [one for one in store.changes() if "history_dropped" in one.marks]
    assert notes and "let go of the history up to transaction" in notes[0].says
    assert [entry.seq for entry in store.history("training", document["id"])][-1] >= entries[0].first
    assert opened(home).verify() == []
    assert opened(home).get("training", document["id"])["name"].startswith("29-")


def test_history_beyond_its_age_is_let_go(store: Store) -> None:
    for year in ("2001", "2002"):
        with store.transaction("ada", "old", at=f"{year}-01-01T00:00:00.000Z") as tx:
            tx.insert("training", {"name": year})
        store.compact()
    store.limit_history(days=30)
    store.compact()
    assert store.history_dropped is None
    added(store, name="today")
    store.compact()
    assert store.history_dropped is not None and store.history_dropped.last == 2
    assert names(store) == ["2001", "2002", "today"]


def test_nothing_is_let_go_by_default(store: Store) -> None:
    assert store.manifest.limits == (1 << 30, 0)
    with pytest.raises(Invalid):
        store.limit_history(days=-1)
