"""Backups while others write, and restoring one under those who have the store open."""

from __future__ import annotations

from pathlib import Path

import pytest
from names_schema import added, bytes_of, names, opened, renamed

from modelops_tui.errors import Damaged, NotFound, Refused
from modelops_tui.store import copying
from modelops_tui.store.store import Store


def test_a_backup_is_a_home_with_the_same_content(store: Store, home: Path, tmp_path: Path) -> None:
    document = added(store, name="a")
    store.compact()
    renamed(store, document, "b")
    (home / "blobs" / "ab").mkdir(parents=True)
    (home / "blobs" / "ab" / "cd").write_bytes(b"blob")
    with (home / "journal.1.jsonl").open("ab") as file:
        file.write(b"torn")
    copying.back_up(home, tmp_path / "backup")
    assert copying.prove_backup(tmp_path / "backup") == []
    copy = opened(tmp_path / "backup")
    assert names(copy) == ["b"] and len(list(copy.history("training", document["id"]))) == 2
    assert (tmp_path / "backup" / "blobs" / "ab" / "cd").read_bytes() == b"blob"
    assert copy.verify() == []
    with pytest.raises(Refused, match="exists already"):
        copying.back_up(home, tmp_path / "backup")
    with pytest.raises(Refused, match="inside"):
        copying.back_up(home, home / "backup")
    with pytest.raises(NotFound):
        copying.back_up(tmp_path / "nothing", tmp_path / "other")


def test_a_backup_taken_during_compactions_is_whole(store: Store, home: Path, tmp_path, monkeypatch) -> None:
    for number in range(5):
        added(store, name=f"n{number}")
        store.compact()
    real, turns = copying._copy_segment, [0]

    def slow(*words) -> None:
        if turns[0] < 6:
            turns[0] += 1
            added(store, name=f"during-{turns[0]}")
            store.compact()
        real(*words)

    monkeypatch.setattr(copying, "_copy_segment", slow)
    copying.back_up(home, tmp_path / "backup")
    assert turns == [6]
    assert names(opened(tmp_path / "backup")) == names(store)
    assert copying.prove_backup(tmp_path / "backup") == [] == opened(tmp_path / "backup").verify()


def test_damage_is_not_carried_into_a_backup(store: Store, home: Path, tmp_path: Path) -> None:
    added(store, name="aaaa")
    store.compact()
    segment = next(home.glob("training.*.jsonl"))
    segment.write_bytes(segment.read_bytes().replace(b"aaaa", b"bbbb"))
    with pytest.raises(Damaged, match="checksum"):
        copying.back_up(home, tmp_path / "backup")
    assert list(tmp_path.glob("*backup*")) == []


@pytest.mark.parametrize("later", ["more", "less", "compacted", "damaged"])
def test_a_restore_is_noticed_by_who_has_the_store_open(store: Store, home: Path, tmp_path, later: str) -> None:
    first = added(store, name="first")
    store.compact()
    added(store, name="second")
    copying.back_up(home, tmp_path / "backup")
    reader, sleeper = opened(home), opened(home)
    len(reader.documents("training"))
    if later == "less":
        with store.transaction("ada", "remove") as tx:
            tx.remove("training", first["id"])
    else:
        added(store, name="third")
    if later == "compacted":
        store.compact()
    reader.refresh()
    if later == "damaged":
        (home / "MANIFEST").write_bytes(b"{")
    copying.restore(home, tmp_path / "backup", "ada")
    assert "training" in reader.refresh()
    for reached in (reader, sleeper, store, opened(home)):
        reached.refresh()
        assert names(reached) == ["first", "second"]
        assert reached.get("training", first["id"]) == first
    added(store, name="after")
    for reached in (reader, sleeper, opened(home)):
        reached.refresh()
        assert names(reached) == ["after", "first", "second"]
        assert reached.verify() == []
    assert next(one for one in store.changes() if one.marks.get("restored")).by == "ada"
    store.compact()
    assert len(list(home.glob("*.jsonl"))) == 2


def test_a_damaged_backup_is_not_restored(store: Store, home: Path, tmp_path: Path) -> None:
    added(store, name="aaaa")
    copying.back_up(home, tmp_path / "backup")
    journal = next((tmp_path / "backup").glob("journal.*"))
    journal.write_bytes(journal.read_bytes().replace(b"aaaa", b"bbbb"))
    before = bytes_of(home)
    with pytest.raises(Damaged, match="is damaged"):
        copying.restore(home, tmp_path / "backup", "ada")
    assert bytes_of(home) == before
    with pytest.raises(NotFound):
        copying.restore(home, tmp_path, "ada")
