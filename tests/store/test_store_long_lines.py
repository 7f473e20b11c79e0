"""A transaction of very many writes is read only as far as is asked for, and tells the same as when read whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from names_schema import opened

from modelops_tui.errors import Damaged
from modelops_tui.store import history, long_line
from modelops_tui.store.store import Store

FORGED = {"kind": "training", "id": "f" * 24, "rev": 1, "document": {"id": "f" * 24}, "was": None, "new": []}


@pytest.fixture
def past(store: Store, home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Transactions of many writes in the history, among them documents that hold what looks like writes; their ids."""
    monkeypatch.setattr(history, "LONG", 200)
    with store.transaction("ada", 'says "writes":[ and more', {"load": True}) as tx:
        ids = [tx.insert("training", {"name": f"n{number} é"})["id"] for number in range(20)]
        ids.append(tx.insert("project", {"name": "holder", "copies": [{}, FORGED, FORGED, {}]})["id"])
        ids.append(tx.insert("training", {"name": "between"})["id"])
        twin = {**FORGED, "id": ids[3]}
        ids.append(tx.insert("training", {"name": "last", "copies": [{}, twin, {**FORGED, "kind": "project"}]})["id"])
    with store.transaction("bob", "second") as tx:
        for id in ids[:20]:
            tx.update("training", id, {"depth": 1})
        tx.remove("training", ids[-1])
    store.compact()
    return ids


def told(home: Path) -> list[tuple]:
    return [
        (record.seq, record.at, record.by, record.says, dict(record.marks), list(record.writes))
        for record in opened(home).changes()
    ]


def test_a_long_line_tells_the_same_as_a_short_one(home: Path, past: list[str], monkeypatch) -> None:
    as_long = told(home)
    named = [[(write.kind, write.id, write.read()) for write in record.named()] for record in opened(home).changes()]
    monkeypatch.setattr(history, "LONG", 1 << 40)
    assert as_long == told(home)
    assert named == [[(entry.kind, entry.id, entry) for entry in record[-1]] for record in as_long]
    assert [record[4] for record in as_long] == [{}, {"load": True}]


def test_what_only_looks_like_a_write_is_nobodys_history(home: Path, past: list[str]) -> None:
    store = opened(home)
    assert list(store.history("training", "f" * 24)) == []
    assert [entry.seq for entry in store.history("training", past[3])] == [2, 1]
    assert [entry.after is None for entry in store.history("training", past[-1])] == [True, False]
    assert [entry.after["name"] for entry in store.history("project", past[20])] == ["holder"]


def test_one_document_is_read_without_decoding_the_others(store: Store, home: Path, monkeypatch) -> None:
    monkeypatch.setattr(history, "LONG", 200)
    with store.transaction("ada", "many") as tx:
        ids = [tx.insert("training", {"name": f"n{number}"})["id"] for number in range(100)]
    store.compact()
    decoded = []
    whole = long_line.decode
    monkeypatch.setattr(long_line, "decode", lambda data: decoded.append(len(data)) or whole(data))
    assert next(opened(home).history("training", ids[50])).after["name"] == "n50"
    length = next((home / "history").glob("*.jsonl")).stat().st_size
    assert 0 < sum(decoded) < length / 20


def test_damage_inside_a_long_line_is_told(home: Path, past: list[str]) -> None:
    path = next((home / "history").glob("*.jsonl"))
    path.write_bytes(path.read_bytes().replace(b'"name":"n7', b'"name":\x00"n7'[:10], 1))
    with pytest.raises(Damaged):
        [list(record.writes) for record in opened(home).changes()]
