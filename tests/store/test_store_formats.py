"""Formats and versions: older stores are migrated, and programs of two versions work side by side."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from names_schema import NamesSchema, added, names, opened, renamed

from modelops_tui.errors import Damaged, Refused
from modelops_tui.store import manifest, migrations
from modelops_tui.store.journal import make_line
from modelops_tui.store.store import Store


def test_an_older_format_is_migrated_after_a_backup(store: Store, home: Path, monkeypatch) -> None:
    document = added(store, name="a")
    store.close()

    def work(folder: str, raw: dict) -> dict:
        return {**raw, "more_of_format_2": True}

    monkeypatch.setattr(manifest, "FORMAT", 2)
    monkeypatch.setattr(migrations, "STEPS", (migrations.Step(1, "adds a mark", work),))
    reached = opened(home)
    assert reached.manifest.format == 2 and reached.manifest.more == {"more_of_format_2": True}
    assert reached.get("training", document["id"]) == document
    backup = home.parent / "a home.format-1-backup"
    assert json.loads((backup / "MANIFEST").read_text())["format"] == 1
    assert opened(home).manifest.format == 2


def test_a_migration_that_fails_leaves_the_old_store(store: Store, home: Path, monkeypatch) -> None:
    added(store, name="a")
    before = (home / "MANIFEST").read_bytes()

    def work(folder: str, raw: dict) -> dict:
        raise OSError(28, "full")

    with monkeypatch.context() as patch:
        patch.setattr(manifest, "FORMAT", 2)
        patch.setattr(migrations, "STEPS", (migrations.Step(1, "fails", work),))
        with pytest.raises(Exception, match="disk is full"):
            opened(home)
    assert (home / "MANIFEST").read_bytes() == before
    assert names(opened(home)) == ["a"]


def test_a_format_nobody_wrote_is_damaged(store: Store, home: Path) -> None:
    text = (home / "MANIFEST").read_text()
    (home / "MANIFEST").write_text(text.replace('"format": 1', '"format": 0'))
    with pytest.raises(Damaged, match="format 0"):
        opened(home)
    with pytest.raises(Refused, match="while it was open"):
        store.refresh()


def test_an_older_program_keeps_kinds_and_fields_it_does_not_know(store: Store, home: Path) -> None:
    class Newer(NamesSchema):
        kinds = ("training", "project", "hologram")
        terms_version = "2"

    newer = Store.open(home, Newer())
    with newer.transaction("ada", "new kind") as tx:
        hologram = tx.insert("hologram", {"name": "h", "depth": 3})
    older = opened(home)
    added(older, name="a")
    older.compact()
    assert older.compaction_trouble == ""
    with newer.transaction("ada", "set") as tx:
        tx.update("hologram", hologram["id"], {"depth": 4})
    older.refresh()
    renamed(older, next(iter(older.documents("training").values())), "b")
    older.compact()
    assert older.compaction_trouble == "" and older.verify() == []
    reached = Store.open(home, Newer())
    assert reached.get("hologram", hologram["id"])["depth"] == 4
    assert [one["id"] for one in reached.find("hologram", "name:h")] == [hologram["id"]]


def test_a_program_that_knows_no_room_in_the_journal_and_one_that_does_take_turns(store: Store, home: Path) -> None:
    """The older one takes the room for a torn tail: it cuts it off and adds its line at the end."""
    added(store, name="a")
    for number in range(4):
        journal = next(home.glob("journal.*.jsonl"))
        lines = journal.read_bytes().rstrip(b" ")
        document = {"id": f"{number:024x}", "rev": 1, "name": f"old-{number}"}
        write = {"kind": "training", "id": document["id"], "rev": 1, "document": document, "was": None, "new": []}
        record = {"seq": store.sequence + 1, "at": store._reader.place.at, "by": "bob", "says": "", "writes": [write]}
        os.truncate(journal, len(lines))
        with journal.open("ab") as file:
            file.write(make_line(record, store._reader.place.chain)[0])
        added(store, name=f"new-{number}")
        assert store.sequence == 2 * number + 3
    assert len(names(opened(home))) == 9 and opened(home).verify() == []
