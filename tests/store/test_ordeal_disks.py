"""Full, failing and read-only disks: a write either happens or is told not to have happened, and nothing is lost."""

from __future__ import annotations

import errno
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from names_schema import added, opened
from ordeal import Budget, State, applied, empty, found, look, next_operation, perform, seed, small_journals

from modelops_tui.errors import Damaged, OutsideMissing
from modelops_tui.services import upkeep
from modelops_tui.store import copying
from modelops_tui.store.store import Store

CALLS = ("write", "pwrite", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "open", "mkdir", "utime")
CODES = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


class Failing:
    """Lets the system refuse the n-th call of one kind, or that and all later ones."""

    def __init__(self, patch: pytest.MonkeyPatch, name: str, at: int, code: int, *, lasting: bool) -> None:
        self.calls = 0
        real = getattr(os, name)

        def call(*words, **options):
            self.calls += 1
            if self.calls == at or (lasting and self.calls > at):
                if name in ("write", "pwrite") and len(words[1]) > 1 and code != errno.EIO and self.calls == at:
                    return real(words[0], bytes(words[1])[: len(bytes(words[1]).rstrip()) // 2], *words[2:])
                raise OSError(code, os.strerror(code))
            return real(*words, **options)

        patch.setattr(os, name, call)


def attempted(store: Store, state: State, operation: list) -> tuple[list[State], bool]:
    """Tries an operation; what may be found after it, and whether it was refused."""
    try:
        perform(store, operation)
    except OutsideMissing as failure:
        assert not isinstance(failure, Damaged), failure.says
        if "may be there or not" in failure.hint:
            return [state, applied(state, operation)], True
        return [state], True
    return [applied(state, operation)], False


def failures(home: Path, rounds: Iterator[int], number: int, tried: Callable) -> None:
    chance = random.Random(number)
    state, refused, count = empty(), 0, 0
    with small_journals():
        for turn in rounds:
            name, code, at = chance.choice(CALLS), chance.choice(CODES), chance.randrange(1, 12)
            lasting = chance.random() < 0.3
            where = (number, turn, name, errno.errorcode[code], at, lasting)
            with pytest.MonkeyPatch.context() as patch:
                try:
                    store = opened(home)
                    failing = Failing(patch, name, at, code, lasting=lasting)
                    for _ in range(4):
                        operation = next_operation(chance, state)
                        may, was_refused = attempted(store, state, operation)
                        refused += was_refused
                        if was_refused and len(may) > 1:
                            break
                        state = may[0]
                        if not lasting:
                            assert found(store) == state, where
                    if chance.random() < 0.3:
                        store.compact()
                    count += failing.calls >= at
                except OutsideMissing:
                    refused += 1
                finally:
                    patch.undo()
                    store.close()
            state = look(home, may, where)
            if len(state["training"]) > 40:
                with opened(home) as cleaner, cleaner.transaction("ada", "clean") as tx:
                    for kind, documents in state.items():
                        for id in list(documents)[5:]:
                            tx.remove(kind, id)
                            del documents[id]
    tried("seed", number)
    tried("failing calls", count)
    tried("refused writes", refused)
    assert refused or count


def test_a_disk_that_fails_at_any_call_loses_nothing(home: Path, tried) -> None:
    failures(home, iter(range(60)), seed(), tried)


@pytest.mark.slow
def test_a_disk_that_fails_at_any_call_loses_nothing_for_long(home: Path, tried) -> None:
    failures(home, Budget().rounds(), seed(), tried)


@pytest.mark.parametrize("code", CODES)
def test_a_write_that_can_neither_be_made_nor_taken_back_says_so(store: Store, home: Path, monkeypatch, code) -> None:
    added(store, name="a")

    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", refuse)
        patch.setattr(os, "ftruncate", refuse)
        with pytest.raises(OutsideMissing) as caught:
            added(store, name="b")
    assert "may be there or not" in caught.value.hint
    store.refresh()
    seen = [one["name"] for one in store.documents("training").values()]
    assert seen == [one["name"] for one in opened(home).documents("training").values()]
    added(store, name="c")
    assert opened(home).verify() == []


STEPS = ("write", "fsync", "rename", "open", "utime", "unlink", "ftruncate")


@pytest.mark.parametrize("code", CODES, ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize("name", STEPS)
def test_a_compaction_that_fails_at_any_of_its_steps_leaves_the_store_whole(
    home: Path, monkeypatch, name: str, code: int, tried
) -> None:
    """Segments, indexes, the new journal, the MANIFEST, the move to the history, merging: each step in turn."""
    ids = set()
    with small_journals(10**6), opened(home) as store:
        for number in range(6):
            ids.add(added(store, name=f"n{number}", x="y" * 200)["id"])
            if number % 2:
                store.compact()
        at = 0
        while True:
            at += 1
            if not store.compaction_trouble:
                # What could not be compacted waits: with more to write at each turn the last step would never come.
                ids.add(added(store, name=f"turn {at}")["id"])
            with monkeypatch.context() as patch:
                failing = Failing(patch, name, at, code, lasting=False)
                store.compact()
            for reached in (store, opened(home)):
                assert set(reached.ids("training")) == ids and reached.verify() == [], at
            if failing.calls < at:
                break
        store.compact()
        assert store.compaction_trouble == "" and len(list(home.glob("training.*.jsonl"))) == 1
        assert sum(1 for _ in store.changes()) == store.sequence
    tried("failing steps of compactions", at)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 700 KB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_space(small_disk: Path, tried) -> None:
    number = seed()
    chance = random.Random(number)
    home = small_disk / "home"
    state, full = empty(), 0
    with small_journals(20_000):
        store = opened(home)
        size = 700
        for _ in range(8):
            refused = 0
            while refused < 3:
                operation = next_operation(chance, state)
                for write in operation:
                    if write[0] != "remove":
                        write[3]["x"] = "z" * 3000
                may, was_refused = attempted(store, state, operation)
                assert len(may) == 1
                state = may[0]
                refused += was_refused
            full += 1
            assert look(home, [state], (number, full)) == state
            assert found(store) == state
            size += 300
            subprocess.run(["mount", "-o", f"remount,size={size}k", str(small_disk)], check=True)
            operation = next_operation(chance, state)
            perform(store, operation)
            state = applied(state, operation)
            store.compact()
            assert store.compaction_trouble == ""
        assert look(home, [state], number) == state
        store.close()
    tried("seed", number)
    tried("full disks", full)
    assert full == 8


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_backup_onto_a_full_disk_leaves_nothing_half_done(home: Path, small_disk: Path) -> None:
    with opened(home) as store:
        for number in range(40):
            added(store, name=f"n{number}", x="y" * 20_000)
        store.compact()
        before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
        with pytest.raises(OutsideMissing, match="disk is full"):
            upkeep.backup(home, small_disk / "backup")
        assert list(small_disk.iterdir()) == []
        assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
        subprocess.run(["mount", "-o", "remount,size=9m", str(small_disk)], check=True)
        assert upkeep.prove(upkeep.backup(home, small_disk / "backup")) == []


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_restore_onto_a_full_disk_leaves_what_was_there(home: Path, small_disk: Path, tmp_path: Path) -> None:
    with opened(home) as store:
        for number in range(40):
            added(store, name=f"n{number}", x="y" * 20_000)
        store.compact()
        copying.back_up(home, tmp_path / "backup")
    small = small_disk / "home"
    with opened(small) as store:
        added(store, name="there")
        with pytest.raises(OSError, match="No space"):
            copying.restore(small, tmp_path / "backup", "ada")
        store.refresh()
        for reached in (store, opened(small)):
            assert [one["name"] for one in reached.documents("training").values()] == ["there"]
            assert reached.verify() == []
        subprocess.run(["mount", "-o", "remount,size=9m", str(small_disk)], check=True)
        added(store, name="goes on")
        copying.restore(small, tmp_path / "backup", "ada")
        store.refresh()
        assert store.count("training") == 40 and store.verify() == []


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_read_only_file_system_is_read(small_disk: Path) -> None:
    with opened(small_disk / "home") as store:
        document = added(store, name="a")
        store.compact()
        added(store, name="b")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    store = opened(small_disk / "home")
    assert store.get("training", document["id"]) == document and store.count("training") == 2
    assert len(list(store.history("training", document["id"]))) == 1 and store.verify() == []
    with pytest.raises(OutsideMissing, match="Read-only"):
        added(store, name="c")
    store.close()
