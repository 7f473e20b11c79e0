"""A process killed at any moment, or before, in and after any call to the system, leaves whole transactions."""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from names_schema import added, opened
from ordeal import Budget, State, applied, empty, found, look, next_operation, perform, seed, small_journals

from modelops_tui.store import copying
from modelops_tui.store.purging import purge

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
CALLS = ("write", "pwrite", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "open", "mkdir", "utime", "link")
_write, _kill = os.write, os.kill


def die() -> None:
    _kill(os.getpid(), signal.SIGKILL)


class Killer:
    """Counts the calls that reach the system; at the n-th kills the process before, in the middle of, or after it."""

    def __init__(self, at: int, mode: str) -> None:
        self.calls = 0
        self._at, self._mode = at, mode

    def install(self) -> None:
        for name in CALLS:
            setattr(os, name, self._wrapped(name, getattr(os, name)))

    def _wrapped(self, name: str, real: Callable) -> Callable:
        def call(*words, **options):
            self.calls += 1
            if self.calls != self._at:
                return real(*words, **options)
            try:
                if self._mode == "in" and name in ("write", "pwrite"):
                    real(words[0], bytes(words[1])[: len(bytes(words[1]).rstrip()) // 2], *words[2:])
                elif self._mode != "before":
                    real(*words, **options)
            finally:
                die()

        return call


def forked(work: Callable[[int], None]) -> tuple[list[dict], bool]:
    """Runs work in a child with a pipe; the messages it sent, and whether it was killed."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(read)
            work(write)
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    chunks = []
    while chunk := os.read(read, 1 << 16):
        chunks.append(chunk)
    os.close(read)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), status
    return [json.loads(line) for line in b"".join(chunks).splitlines()], status != 0


def worked(home: Path, state: State, chance: random.Random, operations: int, killer: Killer | None) -> Callable:
    """A child's work: operations announced before and acknowledged after, compactions among them."""

    def work(pipe: int) -> None:
        def tell(what: dict) -> None:
            _write(pipe, json.dumps(what).encode() + b"\n")

        current = state
        if killer is not None:
            killer.install()
        with opened(home) as store:
            for _ in range(operations):
                operation = next_operation(chance, current)
                tell({"begins": operation})
                perform(store, operation)
                tell({"done": True})
                current = applied(current, operation)
                if chance.random() < 0.1:
                    store.compact()
        tell({"calls": killer.calls if killer else 0})

    return work


def allowed(state: State, messages: list[dict]) -> list[State]:
    """What may be found: all that was acknowledged, and one more if it was begun."""
    begun = None
    for message in messages:
        if "begins" in message:
            begun = message["begins"]
        elif "done" in message and begun is not None:
            state, begun = applied(state, begun), None
    return [state] if begun is None else [state, applied(state, begun)]


def crash_rounds(home: Path, budget: Budget, number: int, tried: Callable) -> None:
    chance = random.Random(number)
    state, crashes = empty(), 0
    with small_journals():
        for turn in budget.rounds():
            killer = Killer(chance.randrange(1, 120), chance.choice(("before", "in", "after")))
            messages, killed = forked(worked(home, state, random.Random(chance.random()), 12, killer))
            state = look(home, allowed(state, messages), (number, turn))
            crashes += killed
            if len(state["training"]) > 60:
                shutil.rmtree(home)
                state = empty()
    tried("seed", number)
    tried("crashes at calls", crashes)
    assert crashes


def test_a_kill_at_a_random_call_leaves_whole_transactions(home: Path, tried) -> None:
    crash_rounds(home, Budget(1.5), seed(), tried)


@pytest.mark.slow
def test_a_kill_at_a_random_call_leaves_whole_transactions_for_long(home: Path, tried) -> None:
    crash_rounds(home, Budget(), seed(), tried)


@pytest.mark.slow
def test_a_kill_at_a_random_moment_leaves_whole_transactions_for_long(home: Path, tried) -> None:
    number = seed()
    chance, state, crashes = random.Random(number), empty(), 0
    with small_journals():
        for turn in Budget().rounds():
            read, write = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(read)
                try:
                    worked(home, state, random.Random(chance.random()), 100_000, None)(write)
                finally:
                    os._exit(1)
            os.close(write)
            select.select([read], [], [], 5)
            time.sleep(chance.uniform(0, 0.06))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            chunks = []
            while chunk := os.read(read, 1 << 16):
                chunks.append(chunk)
            os.close(read)
            lines = b"".join(chunks).split(b"\n")[:-1]
            state = look(home, allowed(state, [json.loads(line) for line in lines]), (number, turn))
            crashes += 1
            if len(state["training"]) > 200:
                shutil.rmtree(home)
                state = empty()
    tried("seed", number)
    tried("crashes at moments", crashes)


def prepared(home: Path) -> dict[str, str]:
    """A store with segments, history and a journal; the ids of three documents."""
    with small_journals(1000), opened(home) as store:
        documents = {name: added(store, name=name, x="y" * 300)["id"] for name in ("keep", "secretive", "more")}
        with store.transaction("ada", "set") as tx:
            tx.update("training", documents["secretive"], {"x": "z"})
    return documents


def backed_up(home: Path) -> Path:
    backup = home.parent / "backup"
    if not backup.exists():
        copying.back_up(home, backup)
    return backup


def limited(home: Path) -> None:
    with opened(home) as store:
        store.limit_history(bytes=1)
        added(store, name="l")
        store.compact()


TASKS: dict[str, Callable[[Path, dict[str, str]], object]] = {
    "open": lambda home, ids: opened(home.parent / "fresh"),
    "write": lambda home, ids: added(opened(home), name="new"),
    "compact": lambda home, ids: opened(home).compact(),
    "limit": lambda home, ids: (
        opened(home).limit_history(bytes=1),
        added(opened(home), name="l"),
        opened(home).compact(),
    ),
    "purge": lambda home, ids: purge(opened(home), "training", ids["secretive"], "ada"),
    "restore": lambda home, ids: copying.restore(home, home.parent / "backup", "ada"),
    "backup": lambda home, ids: copying.back_up(home, home.parent / "backup 2"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "mode", ["before", pytest.param("in", marks=pytest.mark.slow), pytest.param("after", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("task", TASKS)
def test_a_kill_at_each_call_of_a_task_is_harmless(tmp_path: Path, task: str, mode: str, tried) -> None:
    ids = prepared(tmp_path / "origin" / "home")
    backed_up(tmp_path / "origin" / "home")
    at = 0
    while True:
        at += 1
        folder = tmp_path / "turn"
        shutil.copytree(tmp_path / "origin", folder)

        def work(pipe: int, home: Path = folder / "home", at: int = at) -> None:
            Killer(at, mode).install()
            TASKS[task](home, ids)

        _, killed = forked(work)
        with opened(folder / "home") as store:
            names = {one["name"] for one in store.documents("training").values()}
            assert {"keep", "more"} <= names, at
            assert store.verify() == [], at
            assert ("secretive" in names) or task == "purge", at
            added(store, name="after")
            store.compact()
            assert store.compaction_trouble == "", at
            if task == "purge":
                purge(store, "training", ids["secretive"], "ada")
                assert store.get("training", ids["secretive"]) is None
        with opened(folder / "home") as store:
            assert store.verify() == [] and store.find("training", "name:after"), at
            assert not list((folder / "home").glob("*.merging*")), at
        with opened(folder / "fresh") as fresh:
            added(fresh, name="first")
        if task == "purge":
            everything = b"".join(one.read_bytes() for one in (folder / "home").rglob("*") if one.is_file())
            assert b"secretive" not in everything, at
        if task == "backup" and (folder / "backup 2").exists():
            assert copying.prove_backup(folder / "backup 2") == [], at
        shutil.rmtree(folder)
        if not killed:
            break
    tried("crashes at named calls", at - 1)
    assert at > 2


def test_what_a_killed_child_wrote_is_what_the_model_says(home: Path) -> None:
    """The check itself can fail: a model that lacks one document is noticed."""
    with opened(home) as store:
        perform(store, next_operation(random.Random(1), empty()))
        state = found(store)
    look(home, [state], "whole")
    del state["training"][next(iter(state["training"]))]
    with pytest.raises(AssertionError):
        look(home, [state], "lacking")
