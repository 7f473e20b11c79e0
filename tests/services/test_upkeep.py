"""A home is backed up, restored, compacted and measured as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelops_tui.errors import Damaged, NotFound, Refused
from modelops_tui.services import upkeep
from modelops_tui.services.doctor import examine
from modelops_tui.services.history import changes
from modelops_tui.store.rules import Rules
from modelops_tui.store.store import Store


def test_a_restore_under_an_open_home_is_noticed(desk, tmp_path: Path) -> None:
    folder = desk.home.folder
    desk.new("project", "kept")
    upkeep.backup(folder, tmp_path / "backup")
    assert upkeep.prove(tmp_path / "backup") == [] == examine(tmp_path / "backup")
    desk.new("project", "later")
    former = upkeep.restore(folder, tmp_path / "backup", desk.home.user["id"])
    assert "project" in desk.home.refresh()
    assert desk.keys("project") == ["kept"]
    desk.new("project", "after")
    assert sorted(desk.keys("project")) == ["after", "kept"]
    assert examine(folder) == []
    assert former is not None and upkeep.stats(former).documents["project"] == 2


def test_a_home_is_restored_where_there_was_none(desk, tmp_path: Path) -> None:
    desk.new("project", "kept")
    upkeep.backup(desk.home.folder, tmp_path / "backup")
    assert upkeep.restore(tmp_path / "new", tmp_path / "backup") is None
    assert upkeep.stats(tmp_path / "new").documents["project"] == 1
    assert examine(tmp_path / "new") == []


def test_a_backup_is_read_but_never_written(desk, tmp_path: Path) -> None:
    desk.new("project", "kept")
    backup = upkeep.backup(desk.home.folder, tmp_path / "backup")
    with Store.open(backup, Rules()) as store:
        assert store.count("project") == 1
        for _ in range(2):
            with pytest.raises(Refused, match="is a backup") as told, store.transaction("0" * 24, "add") as tx:
                tx.insert("project", {"name": "late"})
            assert "store restore" in told.value.hint
        with pytest.raises(Refused, match="is a backup"):
            store.limit_history(days=3)
        with pytest.raises(Refused, match="is a backup"):
            store.compact()
    assert upkeep.prove(backup) == []
    assert upkeep.restore(tmp_path / "new", backup) is None


def test_a_damaged_backup_is_refused_before_anything_is_copied(desk, tmp_path: Path) -> None:
    backup = upkeep.backup(desk.home.folder, tmp_path / "backup")
    (backup / "MANIFEST").write_bytes(b"{}")
    with pytest.raises(Damaged):
        upkeep.restore(desk.home.folder, backup)
    assert [path.name for path in tmp_path.iterdir() if "before" in path.name] == []
    with pytest.raises(NotFound):
        upkeep.restore(desk.home.folder, tmp_path)
    with pytest.raises(Refused):
        upkeep.backup(desk.home.folder, backup)


def test_figures_tell_documents_and_bytes(desk) -> None:
    desk.new("project", "one")
    before = upkeep.stats(desk.home.folder)
    assert before.documents["project"] == 1 and before.journal_bytes and not before.segment_bytes
    assert before.transactions == desk.home.store.sequence
    after = upkeep.compact(desk.home.folder)
    assert after.documents == before.documents and after.segment_bytes and after.index_bytes
    assert not after.journal_bytes and after.history_bytes > before.history_bytes
    assert after.segments["project"] == 1


def test_the_limits_of_the_history_are_kept(desk) -> None:
    folder = desk.home.folder
    assert upkeep.set_history_limits(folder, megabytes=5) == (5 << 20, 0)
    assert upkeep.set_history_limits(folder, days=3) == (5 << 20, 3)
    assert upkeep.stats(folder).limits == (5 << 20, 3)


def test_a_purged_document_is_gone_from_every_file(desk) -> None:
    project = desk.new("project", "quite-secret")
    desk.set("project", "quite-secret", name="still-secret")
    done = upkeep.purge_document(desk.home.store, "project", project["id"], desk.home.user["id"])
    assert done.writes == 3
    folder = desk.home.folder
    assert not any(b"secret" in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert examine(folder) == []


def test_the_name_of_somebody_unknown_is_not_looked_for_in_the_whole_past_at_every_line(desk, monkeypatch) -> None:
    for number in range(5):
        with desk.home.store.transaction("f" * 24, "by a stranger") as tx:
            tx.insert("project", {"name": f"p{number}"})
    asked: list[str] = []
    real = Store.history

    def seen(store: Store, kind: str, id: str, limit: int | None = None):
        asked.append(kind)
        return real(store, kind, id, limit)

    monkeypatch.setattr(Store, "history", seen)
    assert [one.by for one in changes(desk.home, limit=5)] == ["ffffffff"] * 5
    assert asked == []
