"""TinyDB's calls on a kind of the store."""

from __future__ import annotations

from pathlib import Path

import pytest
from names_schema import opened
from tinydb import Query, where
from tinydb.operations import delete, increment
from tinydb.table import Table

from modelops_tui.errors import Refused
from modelops_tui.store.store import Store
from modelops_tui.store.table import StoreDocument, StoreTable


@pytest.fixture
def table(store: Store) -> StoreTable:
    table = store.table("training", by="ada")
    table.insert_multiple([{"name": f"n{number}", "depth": number % 3} for number in range(6)])
    return table


def test_every_public_method_of_tinydb_is_its_own_here() -> None:
    missing = [
        name
        for name, value in vars(Table).items()
        if callable(value) and not name.startswith("_") and name not in vars(StoreTable)
    ]
    assert [name for name in missing if not name.endswith("_class")] == []


def test_documents_are_searched_with_queries(table: StoreTable) -> None:
    assert [one["name"] for one in table.search(where("depth") == 1)] == ["n1", "n4"]
    assert table.count(Query().depth > 0) == 4
    assert table.contains(where("name") == "n5") and not table.contains(where("name") == "x")
    assert table.get(where("name") == "n2")["depth"] == 2
    assert len(table) == len(table.all()) == len(list(table)) == 6


def test_an_insert_is_one_transaction_and_gives_a_text_id(table: StoreTable, store: Store) -> None:
    before = store.sequence
    id = table.insert({"name": "new"})
    assert store.sequence == before + 1
    assert store.get("training", id)["created_by"] == "ada"
    assert table.get(doc_id=id).doc_id == id
    assert [one.doc_id for one in table.get(doc_ids=[id, "0" * 24])] == [id]


def test_results_are_copies(table: StoreTable) -> None:
    id = table.insert({"name": "new", "tags": ["a"]})
    table.get(doc_id=id)["tags"].append("b")
    table.search(where("name") == "new")[0]["tags"].append("c")
    next(one for one in table if one.doc_id == id)["tags"].append("d")
    assert table.get(doc_id=id)["tags"] == ["a"]


def test_updates_take_fields_and_operations(table: StoreTable) -> None:
    assert len(table.update({"seen": True}, where("depth") == 0)) == 2
    table.update(increment("depth"), where("name") == "n0")
    table.update(delete("seen"), where("name") == "n0")
    assert {"seen"} & set(table.get(where("name") == "n0")) == set()
    assert table.get(where("name") == "n0")["depth"] == 1
    assert len(table.update({"all": 1})) == 6
    ids = table.update_multiple([({"x": 1}, where("name") == "n1"), ({"x": 2}, where("x") == 1)])
    assert len(ids) == 2 and table.get(where("name") == "n1")["x"] == 2
    assert table.update({"x": 3}, doc_ids=[ids[0], "0" * 24]) == [ids[0]]


def test_a_callable_that_raises_half_way_changes_nothing(table: StoreTable) -> None:
    before = table.all()

    def failing(document) -> None:
        document["depth"] = 99
        if document["name"] == "n3":
            raise KeyError("half way")

    with pytest.raises(KeyError):
        table.update(failing)
    assert table.all() == before


def test_upsert_changes_or_adds(table: StoreTable) -> None:
    assert len(table.upsert({"depth": 7}, where("name") == "n1")) == 1
    (id,) = table.upsert({"name": "fresh"}, where("name") == "fresh")
    assert table.upsert(StoreDocument({"depth": 8}, id)) == [id]
    assert table.get(doc_id=id)["depth"] == 8
    with pytest.raises(ValueError, match="doc_id"):
        table.upsert({"name": "x"})


def test_removal_and_truncation(table: StoreTable, store: Store) -> None:
    ids = table.remove(where("depth") == 0)
    assert len(ids) == 2 and len(table) == 4
    assert table.remove(doc_ids=ids) == []
    with pytest.raises(Refused):
        table.insert(StoreDocument({"name": "again"}, ids[0]))
    table.truncate()
    assert len(table) == 0 and table.all() == []
    with pytest.raises(RuntimeError):
        table.remove()
    with pytest.raises(RuntimeError):
        table.get()


def test_a_foreign_write_is_seen_at_once(table: StoreTable, home: Path) -> None:
    assert table.count(where("depth") == 0) == 2
    opened(home).table("training").insert({"name": "foreign", "depth": 0})
    assert table.count(where("depth") == 0) == 3
    assert len(table) == 7


def test_rules_of_the_schema_hold_here_too(table: StoreTable) -> None:
    with pytest.raises(Refused, match="taken"):
        table.insert({"name": "n1"})


def test_the_private_bridges_work(table: StoreTable) -> None:
    read = table._read_table()
    gone, kept = list(read)[:2]

    def updater(documents) -> None:
        del documents[gone]
        documents[kept]["depth"] = 50

    table._update_table(updater)
    assert not table.contains(doc_id=gone) and table.get(doc_id=kept)["depth"] == 50
