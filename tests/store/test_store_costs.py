"""What reading costs is counted, not timed: bytes read, documents decoded, calls of the system, locks."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from pathlib import Path

import pytest
from names_schema import added, opened

from modelops_tui.__main__ import run
from modelops_tui.bootstrap import open_home
from modelops_tui.store import history, manifest, segment
from modelops_tui.store import journal as journal_module
from modelops_tui.store.store import Store


class Counted:
    """Counts what is read from files, what is decoded, and what is locked, while it is in use."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.counts: Counter[str] = Counter()
        for name in ("read", "pread"):
            patch.setattr(os, name, self._measured(getattr(os, name), "bytes read"))
        for module in (segment, manifest, journal_module, history):
            patch.setattr(module, "decode", self._decoding(module.decode))
        for name in ("write", "pwrite", "fsync", "fdatasync", "rename", "unlink"):
            patch.setattr(os, name, self._called(getattr(os, name), "writes"))
        patch.setattr(fcntl, "flock", self._called(fcntl.flock, "locks"))

    def _measured(self, real, what: str):
        def call(*words):
            data = real(*words)
            self.counts[what] += len(data)
            return data

        return call

    def _decoding(self, real):
        def call(data):
            self.counts["decoded"] += 1
            self.counts["bytes decoded"] += len(data)
            return real(data)

        return call

    def _called(self, real, what: str):
        def call(*words, **options):
            self.counts[what] += 1
            return real(*words, **options)

        return call


def filled(home: Path, size: int) -> None:
    """A store of so many documents in a segment, of which one was changed since."""
    with opened(home) as store:
        with store.transaction("ada", "many") as tx:
            for number in range(size):
                tx.insert("training", {"name": f"n{number}", "x": "y" * 50}, id=f"{number:024x}")
        store.compact()
        with store.transaction("ada", "one") as tx:
            tx.update("training", f"{5:024x}", {"x": "z"})


def test_one_lookup_reads_and_decodes_the_same_however_large_the_store_is(tmp_path: Path) -> None:
    found = []
    for size in (200, 20_000):
        home = tmp_path / str(size)
        filled(home, size)
        with pytest.MonkeyPatch.context() as patch:
            counted = Counted(patch)
            with opened(home, create=False) as store:
                assert store.get("training", f"{100:024x}")["name"] == "n100"
                assert store.find("training", "name:n101")[0]["id"] == f"{101:024x}"
                assert store.count("training") == size
        found.append(counted.counts)
    small, large = found
    # A small segment is read as a whole, a large one is mapped: what is read may only get less.
    assert large["bytes read"] <= small["bytes read"] < 100_000
    assert large["decoded"] == small["decoded"] == 4
    assert large["bytes decoded"] < small["bytes decoded"] * 1.1
    assert not large["writes"] and not large["locks"]


@pytest.fixture
def registry(tmp_path: Path):
    def make(size: int) -> Path:
        folder = tmp_path / f"registry-{size}"
        home = open_home(folder, "ada")
        with home.store.transaction("0" * 24, "many") as tx:
            for number in range(size):
                tx.insert("project", {"name": f"p{number}"}, id=f"{number:024x}")
        home.store.compact()
        home.close()
        return folder

    return make


@pytest.mark.parametrize(
    "words",
    [["project", "show", "p50", "-o", "json"], ["project", "list", "--limit", "5"], ["status"]],
    ids=lambda words: words[1] if len(words) > 1 else words[0],
)
def test_a_command_reads_and_decodes_the_same_however_large_the_registry_is(registry, words, capsys) -> None:
    found = []
    for size in (100, 5_000):
        folder = registry(size)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TERM", "dumb")
            counted = Counted(patch)
            assert run(["--home", str(folder), "--as", "ada", *words]) == 0
        found.append(counted.counts)
        assert capsys.readouterr().out
    small, large = found
    assert large["decoded"] <= small["decoded"] + 2 and small["decoded"] < 60
    assert large["bytes read"] <= small["bytes read"] + 1000
    assert not large["writes"] and not large["locks"]


def test_a_refresh_reads_only_what_is_new(store: Store, home: Path, monkeypatch) -> None:
    with store.transaction("ada", "many") as tx:
        for number in range(2000):
            tx.insert("training", {"name": f"n{number}", "x": "y" * 100})
    reader = opened(home)
    reader.refresh()
    assert (home / "journal.0.jsonl").stat().st_size > 400_000
    counted = Counted(monkeypatch)
    reader.refresh()
    assert counted.counts["bytes read"] < 100 and not counted.counts["decoded"]
    for times in (1, 2):
        added(store, name=f"more {times}")
        counted.counts.clear()
        assert reader.refresh() == {"training"}
        assert counted.counts["decoded"] == 1 and counted.counts["bytes decoded"] < 500
        assert counted.counts["bytes read"] < 6_000
    assert reader.count("training") == 2002


def test_a_refresh_after_a_compaction_reads_no_document_again(store: Store, home: Path, monkeypatch) -> None:
    for number in range(50):
        added(store, name=f"n{number}")
    reader = opened(home)
    assert len(reader.documents("training")) == 50
    added(store, name="seen")
    reader.refresh()
    store.compact()
    counted = Counted(monkeypatch)
    reader.refresh()
    assert len(reader.documents("training")) == 51
    # The MANIFEST, and nothing of the segments.
    assert counted.counts["decoded"] == 1
    assert not counted.counts["locks"] and not counted.counts["writes"]


def test_the_history_of_one_document_decodes_only_its_own_transactions(store: Store, home: Path, monkeypatch) -> None:
    documents = [added(store, name=f"n{number}") for number in range(300)]
    for turn in range(2):
        with store.transaction("ada", "set") as tx:
            tx.update("training", documents[7]["id"], {"x": turn})
        store.compact()
    fresh = opened(home)
    counted = Counted(monkeypatch)
    assert len(list(fresh.history("training", documents[7]["id"]))) == 3
    assert counted.counts["decoded"] == 3
