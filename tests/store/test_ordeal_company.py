"""Many at once: stopped and killed holders, races for names, readers against compaction, forks, moved homes."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from names_schema import added, opened
from ordeal import Budget, seed, small_journals
from test_store_processes import started

from modelops_tui.errors import NotFound, OutsideMissing, Refused
from modelops_tui.store import copying, disk
from modelops_tui.store.lock import LockFile
from modelops_tui.store.store import Store

_HOLD = """
store = opened(home)
with store.transaction("ada", "long") as tx:
    tx.insert("training", {"name": "never"})
    print("holding", flush=True)
    import time; time.sleep(60)
"""


def test_a_stopped_holder_is_named_and_a_killed_one_lets_go(home: Path) -> None:
    store = opened(home, lock_timeout=0.2)
    added(store, name="a")
    holder = started(_HOLD, home)
    assert holder.stdout is not None and holder.stdout.readline() == "holding\n"
    holder.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(OutsideMissing, match=f"process {holder.pid}" if os.path.exists("/proc/locks") else ""):
            added(store, name="b")
        assert store.count("training") == opened(home).count("training") == 1
    finally:
        holder.kill()
        holder.communicate()
    added(store, name="b")
    assert opened(home).count("training") == 2


def test_a_lock_file_that_is_a_folder_or_a_link_is_told(home: Path, tmp_path: Path) -> None:
    opened(home).close()
    (home / "store.lock").unlink(missing_ok=True)
    (home / "store.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutsideMissing):
        added(opened(home), name="a")
    assert not (tmp_path / "elsewhere").exists()
    (home / "store.lock").unlink()
    (home / "store.lock").mkdir()
    with pytest.raises(OutsideMissing):
        added(opened(home), name="a")
    (home / "store.lock").rmdir()
    added(opened(home), name="a")


def test_exactly_one_wins_a_name_when_it_becomes_free(home: Path, tried) -> None:
    """One renames A to B while another renames B to C, and others want both names at once."""
    script = """
import time
store = opened(home)
while not (home / "go").exists():
    time.sleep(0.001)
for number in range(20):
    mine = store.find("training", f"name:{sys.argv[2]}-{number}")
    try:
        with store.transaction("ada", "rename") as tx:
            for one in tx.find("training", f"name:{sys.argv[2]}-{number}"):
                tx.update("training", one["id"], {"name": f"{sys.argv[3]}-{number}"})
                break
            else:
                tx.insert("training", {"name": f"{sys.argv[3]}-{number}"})
        print(number, flush=True)
    except Refused:
        print("refused", flush=True)
"""
    with opened(home) as store:
        for number in range(20):
            added(store, name=f"A-{number}")
            added(store, name=f"B-{number}")
    words = [("A", "B"), ("B", "C"), ("X", "B"), ("Y", "C")]
    racers = [started(script, home, *pair) for pair in words]
    (home / "go").touch()
    assert [one.communicate(timeout=60) and one.returncode for one in racers] == [0] * 4
    with opened(home) as store:
        names = [one["name"] for one in store.documents("training").values()]
        assert len(names) == len(set(names))
        assert {f"C-{number}" for number in range(20)} <= set(names)
        assert store.verify() == []
    tried("races", 40)


def readers_against_compaction(home: Path, budget: Budget, tried) -> None:
    """Readers that open, sleep and map while a writer writes and compacts all the time."""
    faults: list[BaseException] = []
    stop = threading.Event()
    looks = [0]
    with small_journals(3000):
        writer = opened(home)
        added(writer, name="first", n=0)

        def read(pause: float, again: bool) -> None:
            try:
                reader, last = opened(home), 0
                while not stop.is_set():
                    if again:
                        reader = opened(home)
                    reader.refresh()
                    count = reader.count("training")
                    # A look that finds a file gone takes in what is new, so more may be there than was counted.
                    assert count >= last and len(reader.documents("training")) >= count
                    assert reader.find("training", "name:first")[0]["n"] >= 0
                    for id in reader.ids("training")[-3:]:
                        assert reader.get("training", id) is not None
                    next(iter(reader.changes()))
                    last, looks[0] = count, looks[0] + 1
                    time.sleep(pause)
            except BaseException as fault:
                faults.append(fault)

        threads = [
            threading.Thread(target=read, args=words)
            for words in ((0.0, False), (0.0, True), (0.05, False), (0.15, False))
        ]
        for thread in threads:
            thread.start()
        for number in budget.rounds():
            with writer.transaction("ada", "both") as tx:
                tx.insert("training", {"name": f"n{number}", "x": "y" * 100})
                tx.update("training", tx.find("training", "name:first")[0]["id"], {"n": number})
            if number % 40 == 39:
                writer.compact()
            time.sleep(0.001)
            if faults:
                break
        stop.set()
        for thread in threads:
            thread.join()
        writer.close()
        epoch = writer.manifest.epoch
    assert faults == []
    assert opened(home).verify() == []
    tried("reads against compaction", looks[0])
    tried("compactions and merges", epoch)


def test_readers_do_not_mind_compactions(home: Path, tried) -> None:
    readers_against_compaction(home, Budget(1.5), tried)


@pytest.mark.slow
def test_readers_do_not_mind_compactions_for_long(home: Path, tried) -> None:
    tried("seed", seed())
    readers_against_compaction(home, Budget(), tried)


def test_four_writers_wait_no_longer_than_a_tenth_of_a_second_for_each_other(home: Path, tried) -> None:
    """Here only that all arrive and nobody starves; the figure itself is a benchmark."""
    script = """
import time
store = opened(home)
worst = 0.0
for number in range(100):
    begun = time.perf_counter()
    added(store, name=f"{sys.argv[2]}-{number}")
    worst = max(worst, time.perf_counter() - begun)
print(worst)
"""
    writers = [started(script, home, str(number)) for number in range(4)]
    worst = [float(one.communicate(timeout=60)[0]) for one in writers]
    assert opened(home).count("training") == 400
    assert max(worst) < 5


def test_a_home_may_be_moved_while_it_is_open(store: Store, home: Path) -> None:
    first = added(store, name="a")
    moved = home.parent / "späces 'and' \"quotes\" \u2028 \n🗄"
    home.rename(moved)
    with pytest.raises((NotFound, OutsideMissing)):
        added(store, name="b")
    with opened(moved) as there:
        assert there.get("training", first["id"]) == first
        added(there, name="c")
        there.compact()
        assert there.compaction_trouble == ""
    moved.rename(home)
    store.refresh()
    assert store.count("training") == 2
    added(store, name="d")
    assert opened(home).verify() == []


def test_no_two_files_differ_by_case_only(store: Store, home: Path) -> None:
    for name in ("a", "b"):
        added(store, name=name)
        store.compact()
    names = [path.relative_to(home).as_posix().casefold() for path in home.rglob("*")]
    assert len(names) == len(set(names))


def test_ten_thousand_operations_are_one_transaction(store: Store, home: Path) -> None:
    with store.transaction("ada", "much") as tx:
        ids = [tx.insert("training", {"name": f"n{number}"})["id"] for number in range(4000)]
        for id in ids[:3000]:
            tx.update("training", id, {"x": 1})
        for id in ids[:3000]:
            tx.remove("training", id)
    assert store.sequence == 1
    store.close()
    with opened(home) as again:
        assert again.ids("training") == sorted(ids[3000:])
        assert again.verify() == []


def test_a_clock_that_jumps_back_between_processes_does_not_disorder_the_past(store: Store, home: Path, monkeypatch):
    added(store, name="a")
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() - 10**9 * 86_400 * 365)
    other = opened(home)
    added(other, name="b")
    other.compact()
    added(other, name="c")
    times = [one.at for one in other.changes()]
    assert times == sorted(times, reverse=True)
    assert other.verify() == []


@pytest.mark.slow
def test_a_soak_keeps_descriptors_and_memory_constant(home: Path, tried) -> None:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc")
    descriptors, memory = [], []
    written = 0
    with small_journals(20_000), opened(home) as store, opened(home) as reader:
        id = added(store, name="soaked", n=0)["id"]
        for number in Budget().rounds():
            with store.transaction("ada", "soak") as tx:
                tx.update("training", id, {"n": number, "x": "y" * 300})
            reader.refresh()
            assert reader.get("training", id)["n"] == number
            reader.documents("training")
            written += 1
            if number % 200 == 0:
                if number == 200:
                    store.limit_history(bytes=200_000)
                descriptors.append(len(os.listdir("/proc/self/fd")))
                memory.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4)
    half = len(memory) // 2
    assert max(descriptors[half:]) <= max(descriptors[:half]) + 2
    assert max(memory[half:]) <= max(memory[:half]) + 8_000, memory
    tried("soaked writes", written)


def test_a_stale_name_is_refused_not_overwritten(store: Store, home: Path) -> None:
    added(store, name="a")
    with pytest.raises(Refused):
        added(opened(home), name="a")


def test_who_has_waited_goes_first(home: Path) -> None:
    """Three that write without a pause do not starve a fourth that wants one write now and then."""
    busy = """
store = opened(home)
print("ready", flush=True)
number = 0
while True:
    number += 1
    added(store, name=f"{sys.argv[2]}-{number}")
"""
    with opened(home) as store:
        writers = [started(busy, home, str(number)) for number in range(3)]
        try:
            for one in writers:
                assert one.stdout is not None and one.stdout.readline() == "ready\n"
            waits = []
            for number in range(40):
                begun = time.perf_counter()
                added(store, name=f"now and then {number}")
                waits.append(time.perf_counter() - begun)
        finally:
            for one in writers:
                one.kill()
                one.communicate()
    assert max(waits) < 2, waits


def test_a_sign_of_a_waiter_that_died_delays_nobody_for_long(store: Store, home: Path) -> None:
    added(store, name="a")
    (home / "store.lock").write_bytes(b"x")
    begun = time.perf_counter()
    added(store, name="b")
    assert time.perf_counter() - begun < 1
    assert (home / "store.lock").stat().st_size == 0
    quick = opened(home, lock_timeout=0)
    (home / "store.lock").write_bytes(b"x")
    added(quick, name="c")


def test_a_restore_under_writers_keeps_all_that_is_written_after_it(home: Path, tmp_path: Path) -> None:
    """What was acknowledged before the restore goes with it; what is begun after it stays."""
    busy = """
import time
store = opened(home)
number = 0
while True:
    number += 1
    begun, name = time.monotonic(), f"{sys.argv[2]}-{number}"
    added(store, name=name)
    print(begun, name, flush=True)
"""
    with opened(home) as store:
        for number in range(20):
            added(store, name=f"kept-{number}")
    copying.back_up(home, tmp_path / "backup")
    writers = [started(busy, home, str(number)) for number in range(2)]
    for one in writers:
        assert one.stdout is not None and one.stdout.readline()
    restored = 0.0
    for _ in range(4):
        time.sleep(0.15)
        copying.restore(home, tmp_path / "backup", "ada")
        restored = time.monotonic()
    time.sleep(0.3)
    for one in writers:
        one.send_signal(signal.SIGSTOP)
    acknowledged: list[list[str]] = []
    for one in writers:
        one.kill()
        # What stands behind the last line end was cut off by the kill.
        whole = one.communicate()[0].rpartition("\n")[0]
        acknowledged += [line.split() for line in whole.splitlines()]
    with opened(home) as store:
        names = {one["name"] for one in store.documents("training").values()}
        after = {name for begun, name in acknowledged if float(begun) > restored}
        assert after and after <= names
        assert {f"kept-{number}" for number in range(20)} <= names
        assert store.verify() == []


def test_a_manifest_that_is_replaced_twice_between_two_looks_is_seen(store: Store, home: Path, monkeypatch) -> None:
    """On a quick disk three of them may come within one tick of its clock, the last with the number of the first."""
    real, tick = disk.write_new, 1_700_000_000_000_000_000

    def within_a_tick(path: str, chunks) -> None:
        real(path, chunks)
        os.utime(path, ns=(tick, tick))

    monkeypatch.setattr(disk, "write_new", within_a_tick)
    other = opened(home)
    for turn in range(20):
        for days in (turn % 7 + 1, turn % 7 + 2):
            store.limit_history(days=days)
        other.refresh()
        assert other.manifest.limits.days == days, turn


@pytest.mark.parametrize("error", [OSError(errno.EIO, "no"), KeyboardInterrupt()])
def test_a_lock_is_given_back_when_something_stops_who_has_just_taken_it(home: Path, monkeypatch, error) -> None:
    store, other = opened(home), opened(home, lock_timeout=0.2)

    def stopped(file: LockFile) -> bool:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(LockFile, "is_current", stopped)
        with pytest.raises(OutsideMissing if isinstance(error, OSError) else KeyboardInterrupt):
            added(store, name="a")
    added(other, name="b")
    added(store, name="c")
    assert opened(home).count("training") == 2


def test_a_child_that_was_forked_while_a_thread_read_reads_on(store: Store, home: Path) -> None:
    added(store, name="a")
    reader, held, done = opened(home), threading.Event(), threading.Event()

    def read() -> None:
        with reader._reader.lock:
            held.set()
            done.wait(20)

    thread = threading.Thread(target=read)
    thread.start()
    held.wait(20)
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        reader.refresh()
        os._exit(0 if reader.count("training") == 1 and reader.verify() == [] else 1)
    done.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
