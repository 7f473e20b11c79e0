"""Who changed what is told newest first, across compactions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from names_schema import added, opened

from modelops_tui.errors import Invalid
from modelops_tui.store import history
from modelops_tui.store.store import Store


def changed_four_times(store: Store, compacting: bool) -> str:
    """A document that was added, changed, stripped of a field, and removed."""
    id = added(store, name="a", depth=1)["id"]
    steps = [
        lambda tx: tx.update("training", id, {"depth": 2, "fresh": [1]}),
        lambda tx: tx.update("training", id, {}, without=["fresh"]),
        lambda tx: tx.remove("training", id),
    ]
    for number, step in enumerate(steps):
        if compacting:
            store.compact()
        with store.transaction("bob", f"step {number}", marks={"undoes": number}) as tx:
            step(tx)
    return id


@pytest.mark.parametrize("compacting", [False, True])
def test_every_change_is_told_with_both_images(store: Store, home: Path, compacting) -> None:
    id = changed_four_times(store, compacting)
    for index in (home / "history").glob("*.idx"):
        index.write_bytes(b"not an index")
    for reached in (store, opened(home)):
        entries = list(reached.history("training", id))
        assert [entry.seq for entry in entries] == [4, 3, 2, 1]
        assert [entry.by for entry in entries] == ["bob", "bob", "bob", "ada"]
        assert entries[0].after is None and entries[-1].before is None
        for newer, older in pairwise(entries):
            assert newer.before == older.after
        assert entries[2].before["depth"] == 1 and "fresh" not in entries[2].before
        assert entries[1].marks == {"undoes": 1}
        assert len(list(reached.history("training", id, limit=2))) == 2
        assert list(reached.history("project", id)) == []
        assert list(reached.history("training", "0" * 24)) == []


@pytest.mark.parametrize("compacting", [False, True])
def test_transactions_are_told_newest_first(store: Store, compacting) -> None:
    changed_four_times(store, compacting)
    assert [one.seq for one in store.changes()] == [4, 3, 2, 1]
    assert [one.seq for one in store.changes(before=4, limit=2)] == [3, 2]
    assert [one.says for one in store.changes(limit=1)] == ["step 2"]
    assert store.get("training", "x") is None


def test_a_mark_does_not_take_a_name_of_the_store(store: Store) -> None:
    with pytest.raises(Invalid):
        store.transaction("ada", "add", marks={"seq": 3})


def test_a_removal_and_a_restoration_in_one_transaction_are_one_change(store: Store) -> None:
    document = added(store, name="a")
    with store.transaction("ada", "swap") as tx:
        tx.remove("training", document["id"])
        tx.insert("training", {"name": "b"}, id=document["id"], restoring=True)
        assert len(tx.changes()) == 1
    entry = next(store.history("training", document["id"]))
    assert (entry.before["name"], entry.after["name"], entry.after["rev"]) == ("a", "b", 2)
    assert store.count("training") == 1


def test_what_one_user_did_is_told_without_decoding_what_others_did_meanwhile(store: Store, monkeypatch) -> None:
    for user, count in (("ada", 2), ("bob", 5), ("bob", 5), ("ada", 1), ("bob", 3)):
        for _ in range(count):
            with store.transaction(user, "add") as tx:
                tx.insert("training", {"name": str(tx.at) + str(store.sequence)})
        store.compact()
    with store.transaction("bob", "add") as tx:
        tx.insert("training", {"name": "last"})
    decoded: list[int] = []
    real = history._Former.record

    def counted(former, line: int):
        decoded.append(line)
        return real(former, line)

    monkeypatch.setattr(history._Former, "record", counted)
    told = list(store.changes_by("ada"))
    assert [one.seq for one in told if not isinstance(one, range)] == [13, 2, 1]
    assert [one for one in told if isinstance(one, range)] == [
        range(17, 18),
        range(14, 17),
        range(8, 13),
        range(3, 8),
    ]
    assert len(decoded) == 3


def test_indexes_of_former_journals_that_were_exchanged_are_made_anew(store: Store, home: Path) -> None:
    for names in (["a", "b" * 40], ["b" * 40, "a"]):
        for name in names:
            with store.transaction("ada", "add") as tx:
                tx.insert("training", {"name": f"{name} {len(store.documents('training'))}"})
        store.compact()
    one, other = sorted((home / "history").glob("*.idx"))
    assert one.with_suffix("").stat().st_size == other.with_suffix("").stat().st_size
    was = one.read_bytes(), other.read_bytes()
    one.write_bytes(was[1])
    other.write_bytes(was[0])
    assert [change.seq for change in opened(home).changes()] == [4, 3, 2, 1]
    assert (one.read_bytes(), other.read_bytes()) == was
