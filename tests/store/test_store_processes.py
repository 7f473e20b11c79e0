"""Many processes and threads: one writer at a time, nothing lost, nobody waits for ever."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from names_schema import added, opened

from modelops_tui.errors import Failure, OutsideMissing
from modelops_tui.store.store import Store

_HERE = Path(__file__).parent
_START = """
import sys
from pathlib import Path
from names_schema import added, opened
from modelops_tui.errors import Refused
home = Path(sys.argv[1])
"""


def started(script: str, home: Path, *words: str) -> subprocess.Popen[str]:
    """A Python process that has the helpers of these tests."""
    folders = [str(_HERE), str(_HERE.parent.parent)]
    return subprocess.Popen(
        [sys.executable, "-c", _START + script, str(home), *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
    )


def test_eight_processes_lose_nothing_and_one_wins_each_name(home: Path) -> None:
    script = """
for number in range(25):
    for name in (f"own-{sys.argv[2]}-{number}", f"shared-{number}"):
        try:
            added(store, name=name)
            print(name)
        except Refused:
            pass
"""
    processes = [started("store = opened(home)" + script, home, str(n)) for n in range(8)]
    names = [name for one in processes for name in one.communicate(timeout=60)[0].split()]
    assert [one.returncode for one in processes] == [0] * 8
    store = opened(home)
    assert sorted(names) == sorted(one["name"] for one in store.documents("training").values())
    assert sum(name.startswith("shared") for name in names) == 25
    assert len(names) == 8 * 25 + 25
    assert store.verify() == []


def killed_rounds(home: Path, rounds: int, limit: int) -> None:
    """Kills a process that writes and compacts, at random moments; looks at what it left."""
    script = """
import modelops_tui.store.store as module
module.JOURNAL_LIMIT = int(sys.argv[3])
store = opened(home)
print("ready", flush=True)
number = 0
while True:
    number += 1
    with store.transaction("ada", "pair") as tx:
        for half in "ab":
            tx.insert("training", {"name": f"{sys.argv[2]}-{number}-{half}", "x": "y" * 300})
    print(f"{sys.argv[2]}-{number}", flush=True)
"""
    acknowledged: set[str] = set()
    for turn in range(rounds):
        process = started(script, home, str(turn), str(limit))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(random.uniform(0.0, 0.12))
        process.kill()
        acknowledged.update(line for line in process.communicate()[0].split("\n")[:-1])
        store = opened(home)
        names = {one["name"] for one in store.documents("training").values()}
        assert {f"{pair}-{half}" for pair in acknowledged for half in "ab"} <= names
        assert {name[:-1] for name in names if name.endswith("a")} == {
            name[:-1] for name in names if name.endswith("b")
        }
        assert store.count("training") == len(names)
        assert store.verify() == []
        store.close()
    store = opened(home)
    store.compact()
    assert store.compaction_trouble == ""
    assert len(list(home.glob("training.*.jsonl"))) == 1
    assert len(list(home.glob("journal.*"))) == 1
    assert not list(home.glob("*.merging*")) and not list(home.glob("*.new"))
    assert sum(1 for _ in store.changes()) == store.sequence


def test_a_killed_writer_leaves_whole_transactions(home: Path) -> None:
    killed_rounds(home, 6, 8_000)


@pytest.mark.slow
def test_a_killed_writer_leaves_whole_transactions_for_long(home: Path) -> None:
    killed_rounds(home, 150, 8_000)


def test_a_lock_that_is_held_names_its_holder(home: Path) -> None:
    store = opened(home, lock_timeout=0.2)
    document = added(store, name="a")
    script = """
store = opened(home)
with store.transaction("ada", "long") as tx:
    print("holding", flush=True)
    sys.stdin.readline()
    import time; time.sleep(30)
"""
    holder = started(script, home)
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        assert store.get("training", document["id"]) == document
        assert store.refresh() == {"training"}
        begun = time.monotonic()
        with pytest.raises(OutsideMissing) as caught:
            added(store, name="b")
        assert time.monotonic() - begun < 5
        if sys.platform == "linux":
            assert f"process {holder.pid}: " in caught.value.says
    finally:
        holder.kill()
        holder.communicate()
    added(store, name="b")


def test_a_deleted_lock_file_is_made_again(store: Store, home: Path) -> None:
    added(store, name="a")
    (home / "store.lock").unlink()
    added(store, name="b")
    assert (home / "store.lock").exists()


def test_a_lock_file_replaced_during_a_write_stops_the_write(store: Store, home: Path) -> None:
    with pytest.raises(OutsideMissing, match="replaced"), store.transaction("ada", "add") as tx:
        tx.insert("training", {"name": "a"})
        (home / "store.lock").unlink()
        (home / "store.lock").touch()
    assert store.count("training") == opened(home).count("training") == 0
    added(store, name="b")


def test_a_forked_child_does_not_hold_its_parents_lock(store: Store, home: Path) -> None:
    store.lock_timeout = 0.1
    quick = opened(home, lock_timeout=0.1)
    with store.transaction("ada", "add") as tx:
        tx.insert("training", {"name": "parent"})
        child = os.fork()
        if child == 0:
            outcome = 0
            try:
                tx.__exit__(None, None, None)
            except Failure:
                outcome += 1
            try:
                added(quick, name="child")
            except OutsideMissing:
                outcome += 2
            os._exit(outcome)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
        with pytest.raises(OutsideMissing):
            added(quick, name="other")
    assert [one["name"] for one in opened(home).documents("training").values()] == ["parent"]


def test_a_forked_child_makes_other_ids(store: Store) -> None:
    added(store, name="a")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, added(store, name="child")["id"].encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 24).decode()[8:18] != added(store, name="parent")["id"][8:18]
    os.close(read)
    os.close(write)
    assert store.count("training") == 3


def test_threads_write_and_read_together(store: Store) -> None:
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(20):
                document = added(store, name=f"{number}-{turn}")
                assert store.get("training", document["id"]) == document
                assert store.find("training", f"name:{number}-{turn}") == [document]
                assert document["id"] in store.documents("training")
                store.refresh()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert store.count("training") == 80


def test_a_commit_is_one_write_and_one_sync(store: Store, monkeypatch) -> None:
    added(store, name="a")
    calls: list[str] = []
    for name in ("write", "pwrite", "fdatasync", "fsync", "open", "rename", "ftruncate"):
        real = getattr(os, name)

        def counted(*arguments, real=real, name=name, **options):
            calls.append(name)
            return real(*arguments, **options)

        monkeypatch.setattr(os, name, counted)
    with store.transaction("ada", "many") as tx:
        for number in range(50):
            tx.insert("training", {"name": f"n{number}"})
    assert calls == ["pwrite", "fdatasync"]
    calls.clear()
    assert store.refresh() == {"training"}
    assert calls == []


def test_reading_never_opens_a_file_for_writing(store: Store, home: Path, monkeypatch) -> None:
    document = added(store, name="a")
    store.compact()
    with store.transaction("ada", "set") as tx:
        tx.update("training", document["id"], {"name": "b"})
    real = os.open
    flags: list[int] = []

    def seen(path, flag, *rest, **options):
        flags.append(flag)
        return real(path, flag, *rest, **options)

    monkeypatch.setattr(os, "open", seen)
    other = opened(home)
    other.refresh()
    assert other.get("training", document["id"])["name"] == "b"
    assert len(list(other.history("training", document["id"]))) == 2
    assert other.find("training", "name:b") and other.documents("training")
    assert flags and not any(flag & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) for flag in flags)


def test_a_medium_that_cannot_be_written_is_read(store: Store, home: Path, monkeypatch) -> None:
    document = added(store, name="a")
    store.compact()
    next(home.glob("*.idx")).unlink()
    real = os.open

    def read_only(path, flag, *rest, **options):
        if flag & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        return real(path, flag, *rest, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", read_only)
        other = opened(home)
        assert other.get("training", document["id"]) == document
        assert len(list(other.history("training", document["id"]))) == 1
        with pytest.raises(OutsideMissing, match="Read-only"):
            added(other, name="b")
    assert not list(home.glob("training*.idx"))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_read(store: Store, home: Path) -> None:
    document = added(store, name="a")
    store.compact()
    next(home.glob("*.idx")).unlink()
    files = [path for path in home.rglob("*") if path.is_file()]
    for path in files:
        path.chmod(0o400)
    home.chmod(0o500)
    try:
        assert opened(home).get("training", document["id"]) == document
        with pytest.raises(OutsideMissing):
            added(opened(home), name="b")
    finally:
        home.chmod(0o700)
        for path in files:
            path.chmod(0o600)


def test_reading_needs_neither_tinydb_nor_the_lock_library(store: Store, home: Path) -> None:
    document = added(store, name="a")
    script = """
store = opened(home, create=False)
assert store.get("training", sys.argv[2])
heavy = {"tinydb", "filelock", "asyncio", "textual", "modelops_tui.store.compaction"}
print(sorted(heavy & set(sys.modules)))
"""
    assert started(script, home, document["id"]).communicate()[0] == "[]\n"
