"""Power may fail after any call: what was acknowledged is found, nothing is half there, and the store goes on."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from names_schema import added, opened
from ordeal import Budget, State, applied, empty, look, next_operation, perform, seed, small_journals
from power import Event, Recorder, after_power_loss

from modelops_tui.errors import NotFound
from modelops_tui.store import copying, disk


def recorded(home: Path, chance: random.Random, operations: int) -> list[Event]:
    """The calls of a run that begins with making the store, with its operations noted."""
    recorder = Recorder(home)
    state = empty()
    home.parent.mkdir(parents=True, exist_ok=True)
    recorder.start()
    try:
        with opened(home) as store:
            recorder.note("made")
            for _ in range(operations):
                operation = next_operation(chance, state)
                recorder.note("begins", operation)
                perform(store, operation)
                recorder.note("done")
                state = applied(state, operation)
                if chance.random() < 0.1:
                    store.compact()
    finally:
        recorder.stop()
    return recorder.log


def allowed(log: list[Event]) -> list[State]:
    state, begun = empty(), None
    for event in log:
        if event[0] == "begins":
            begun = event[1]
        elif event[0] == "done" and begun is not None:
            state, begun = applied(state, begun), None
    return [state] if begun is None else [state, applied(state, begun)]


def losses(tmp_path: Path, budget: Budget, number: int, tried: Callable, *, operations: int) -> None:
    chance = random.Random(number)
    count = 0
    with small_journals():
        log: list[Event] = []
        for turn in budget.rounds():
            if turn % 300 == 0:
                shutil.rmtree(tmp_path / "home", ignore_errors=True)
                log = recorded(tmp_path / "home", chance, operations)
            end = chance.randrange(len(log) + 1)
            left = tmp_path / "left"
            after_power_loss(log[:end], chance, str(tmp_path / "home"), left)
            count += 1
            where = (number, turn, end, log[max(0, end - 3) : end])
            if ("made",) not in log[:end]:
                left.mkdir(exist_ok=True)
                opened(left).close()
            state = look(left, allowed(log[:end]), where)
            with opened(left) as store:
                operation = next_operation(chance, state)
                perform(store, operation)
                if turn % 3 == 0:
                    store.compact()
                    assert store.compaction_trouble == "", where
            look(left, [applied(state, operation)], where)
            shutil.rmtree(left)
    tried("seed", number)
    tried("power losses", count)


def test_power_may_fail_after_any_call(tmp_path: Path, tried) -> None:
    losses(tmp_path, Budget(2), seed(), tried, operations=12)


@pytest.mark.slow
def test_power_may_fail_after_any_call_for_long(tmp_path: Path, tried) -> None:
    losses(tmp_path, Budget(), seed(), tried, operations=40)


def test_the_simulator_would_notice_a_missing_sync(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(disk, "sync_data", lambda descriptor: None)
    with pytest.raises(AssertionError):
        losses(tmp_path, Budget(20), 1, lambda *_: None, operations=12)


def test_the_simulator_would_notice_a_folder_that_is_not_synced(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(disk, "sync_folder", lambda path: None)
    with pytest.raises(Exception):  # noqa: B017 – a lost MANIFEST shows in many ways
        losses(tmp_path, Budget(20), 1, lambda *_: None, operations=12)


def test_power_may_fail_during_a_restore(tmp_path: Path, tried) -> None:
    home, backup = tmp_path / "home", tmp_path / "backup"
    chance = random.Random(seed())
    recorder = Recorder(home)
    recorder.start()
    try:
        with opened(home) as store, small_journals(600):
            for number in range(6):
                added(store, name=f"n{number}", x="y" * 100)
        recorder.stop()
        copying.back_up(home, backup)
        recorder.start()
        with opened(home) as store:
            added(store, name="later")
        begun = len(recorder.log)
        copying.restore(home, backup, "ada")
    finally:
        recorder.stop()
    before = {f"n{number}" for number in range(6)}
    for end in range(begun, len(recorder.log) + 1):
        for _ in range(4):
            left = tmp_path / "left"
            after_power_loss(recorder.log[:end], chance, str(home), left)
            with opened(left) as store:
                names = {one["name"] for one in store.documents("training").values()}
                assert names in (before, before | {"later"}), end
                if end == len(recorder.log):
                    assert names == before
                assert store.verify() == [], end
                added(store, name="after")
            shutil.rmtree(left)
    tried("power losses", 4 * (len(recorder.log) - begun + 1))


def test_a_backup_that_power_interrupted_is_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    with pytest.raises(NotFound):
        copying.prove_backup(tmp_path / "half")
    assert os.listdir(tmp_path / "half") == []
