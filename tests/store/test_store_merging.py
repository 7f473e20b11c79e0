"""Merging goes on beside the writer and beside whoever reads or proves the files meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from names_schema import NamesSchema, added, opened

from modelops_tui import open_home
from modelops_tui.services import doctor_files
from modelops_tui.store import compaction, verification
from modelops_tui.store import store as store_module
from modelops_tui.store.store import Store


def test_who_reads_does_not_pay_for_removed_files(home: Path, monkeypatch) -> None:
    monkeypatch.setattr(store_module, "JOURNAL_LIMIT", 2000)
    store = opened(home)
    for number in range(40):
        added(store, name=f"n{number}", x="y" * 100)
    store.close()
    left = {one.name for one in home.glob("training.*.jsonl")} - store.manifest.files()
    assert left, "files that left the store stay for a while"
    monkeypatch.setattr(compaction, "GRACE_SECONDS", 0.0)
    again = opened(home)
    for number in range(40, 80):
        added(again, name=f"n{number}", x="y" * 100)
    again.close()
    assert {one.name for one in home.glob("training.*.jsonl")} == opened(home).manifest.files()


def test_a_merge_does_not_keep_the_writer_waiting(home: Path, monkeypatch) -> None:
    monkeypatch.setattr(store_module, "JOURNAL_LIMIT", 2000)
    free, merging = threading.Event(), threading.Event()
    real = compaction.merge

    def slow(*words):
        merging.set()
        assert free.wait(10)
        return real(*words)

    monkeypatch.setattr(compaction, "merge", slow)
    store = opened(home)
    number = 0
    while not merging.is_set():
        number += 1
        added(store, name=f"n{number}", x="y" * 100)
    added(store, name="while it merges")
    free.set()
    store.close()
    assert store.compaction_trouble == "" and opened(home).verify() == []


def test_files_that_a_merge_removes_meanwhile_are_no_damage(store: Store, home: Path, monkeypatch) -> None:
    """What once failed an ordeal under load: the merge went by between the MANIFEST and the files it listed."""
    monkeypatch.setattr(compaction, "GRACE_SECONDS", 0.0)
    for number in range(4):
        added(store, name=f"n{number}")
        with store.exclusively():
            store.compact_journal()
    real, left = verification._segment_problems, [2]

    def merged_before(*words):
        if left[0]:
            left[0] -= 1
            added(store)
            store.compact()
        return real(*words)

    monkeypatch.setattr(verification, "_segment_problems", merged_before)
    seen = verification.look(str(home), NamesSchema(), store.manifest)
    assert seen and all("missing" in problem.says for problem in seen), "one look alone is deceived"
    left[0] = 2
    assert verification.verify(str(home), NamesSchema()) == []


def test_a_journal_that_moves_to_the_history_meanwhile_is_no_damage(store: Store, home: Path, monkeypatch) -> None:
    added(store, name="a")
    with monkeypatch.context() as patch:
        patch.setattr(compaction, "move_to_history", lambda *words: None)
        store.compact()
    real = verification._chain_problems

    def moved_before(path, place):
        if place.name.startswith("history"):
            compaction.move_to_history(str(home), store.manifest)
        return real(path, place)

    monkeypatch.setattr(verification, "_chain_problems", moved_before)
    looked_at = home / store.manifest.history[0].file
    assert looked_at.exists()
    assert verification.verify(str(home), NamesSchema()) == [] and not looked_at.exists()


@pytest.mark.parametrize("harm", ["missing", "edited"])
def test_damage_that_lasts_is_found_however_busy_the_store_is(store: Store, home: Path, monkeypatch, harm) -> None:
    added(store, name="aaaa")
    store.compact()
    segment = next(home.glob("training.*.jsonl"))
    segment.unlink() if harm == "missing" else segment.write_bytes(segment.read_bytes().replace(b"aaaa", b"bbbb"))
    busy = Store.open(home, NamesSchema())
    real = verification._segment_problems

    def written_before(*words):
        with busy.transaction("ada", "meanwhile") as tx:
            tx.insert("project", {})
        with busy.exclusively():
            busy.compact_journal()
        return real(*words)

    monkeypatch.setattr(verification, "_segment_problems", written_before)
    assert [problem.path for problem in verification.verify(str(home), NamesSchema())] == [segment.name]


def test_a_line_that_is_written_while_the_doctor_looks_is_no_torn_tail(tmp_path: Path, monkeypatch) -> None:
    home = open_home(tmp_path / "home", "ada")
    real, written = doctor_files.advance, []

    def written_before(*words):
        written.append(True)
        with home.store.transaction("0" * 24, "meanwhile") as tx:
            tx.insert("project", {"name": f"p{len(written)}"})
        return real(*words)

    monkeypatch.setattr(doctor_files, "advance", written_before)
    assert doctor_files.file_faults(tmp_path / "home") == [] and written
