"""Stores of 1,000 to 1,000,000 documents: single operations, scans, whole processes, refreshes, memory, bytes."""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.contenders import Contender, Ours, Raw, Sqlite, Tiny, installed, made_up
from tests.benchmarks.drawing import told
from tests.benchmarks.one_shot import one_shots
from tests.benchmarks.turns import Job, printed_by, processor_seconds, taking_turns, timed

NAME = "sizes"
ROWS = ("insert", "update", "get by id", "get by unique name", "scan 1 %", "process")
_MOST_DECODED = 100_000
Figures = dict[str, Any]


def measure(folder: Path, sizes: list[int], rounds: int, say: Callable[[str], None]) -> Figures:
    """The figures of each size, told as soon as they are there."""
    results: Figures = {}
    for size in sizes:
        place = folder / str(size)
        place.mkdir()
        results[str(size)] = _measured(place, size, rounds)
        shutil.rmtree(place)
        say("\n".join(lines({str(size): results[str(size)]})))
    return results


def _measured(folder: Path, size: int, rounds: int) -> Figures:
    contenders: dict[str, Contender] = {kind.label: kind(folder) for kind in installed() if kind.most >= size}
    raw, ours = Raw(folder), contenders[Ours.label]
    assert isinstance(ours, Ours)
    bulk = {name: timed(lambda one=one: one.bulk(map(made_up, range(size)))) for name, one in contenders.items()}
    # What was taken in must not reach the disk while single writes are timed.
    os.sync()
    ids = {name: one.ids() for name, one in contenders.items()}
    result: Figures = {"bulk": bulk, **_single(contenders, ids, raw, size, rounds)}
    result["insert, processor"] = _processor(contenders, size)
    result["process"] = one_shots(ids, folder)
    if size <= _MOST_DECODED:
        result["scan, decoded"] = taking_turns({Ours.label: lambda: ours.scan_decoded("team-7")}, 9, 3)[Ours.label]
        result["bytes in memory a document"] = _memory(folder, size)
    places = {Ours.label: "modelops", Sqlite.label: "sqlite", "LMDB": "lmdb", Tiny.label: "tinydb"}
    result["bytes on disk"] = {name: bytes_on_disk(folder / places[name]) for name in contenders if name in places}
    # Last, because it makes the store larger.
    result["refresh"] = _refreshes(folder, ours, rounds)
    for one in contenders.values():
        one.close()
    raw.close()
    return result


def _single(contenders: dict[str, Contender], ids: dict[str, list[str]], raw: Raw, size: int, rounds: int) -> Figures:
    numbers = iter(range(size, 10 * size + 1_000_000))
    turn = iter(range(10**9))

    def jobs(work: Callable[[str, Contender], Any]) -> dict[str, Job]:
        return {name: (lambda name=name, one=one: work(name, one)) for name, one in contenders.items()}

    def some(name: str) -> str:
        return ids[name][next(turn) * 7919 % len(ids[name])]

    def owner() -> str:
        return f"team-{next(turn) % 100}"

    limit = {raw.label: raw.insert}
    inserts = jobs(lambda name, one: one.insert(made_up(next(numbers))))
    updates = jobs(lambda name, one: one.update(some(name), f"s{next(turn)}"))
    return {
        "insert": taking_turns(inserts | limit, rounds, 5),
        "update": taking_turns(updates | limit, rounds, 4),
        "get by id": taking_turns(jobs(lambda name, one: one.get(some(name))), rounds * 10, 3),
        "get by unique name": taking_turns(
            jobs(lambda name, one: one.by_name(f"night-{next(turn) % size}")), rounds * 10, 3
        ),
        "scan 1 %": taking_turns(jobs(lambda name, one: one.scan(owner())), 9, 4),
    }


def _processor(contenders: dict[str, Contender], size: int) -> dict[str, float]:
    """The CPU seconds of an insert, which the disk has no part in, in our store and in the one it is compared with."""
    numbers = iter(range(20_000_000, 30_000_000))
    times = {Ours.label: 200, Tiny.label: max(2, 2000 // size)}
    return {
        name: processor_seconds(lambda name=name: contenders[name].insert(made_up(next(numbers))), count)
        for name, count in times.items()
        if name in contenders
    }


_DECODE = """
import gc, sys
from pathlib import Path
from tests.benchmarks.contenders import Ours
ours = Ours(Path(sys.argv[1]))
ours.get(sys.argv[2])
def own():
    # Pages of a mapped file are the system's cache, and not counted.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))
before = own()
documents = ours.store.documents("training")
gc.collect()
print((own() - before) / len(documents))
"""


def _memory(folder: Path, size: int) -> float:
    """What a decoded document weighs in a fresh process; 0 where the system does not tell."""
    return float(printed_by(_DECODE, str(folder), "0" * 24)) if os.path.exists("/proc/self/status") else 0.0


def _refreshes(folder: Path, ours: Ours, rounds: int) -> dict[str, float]:
    """Median seconds of a reader's refresh: idle, after one foreign write, across a compaction or a merge."""
    reader = Ours(folder)
    first = next(iter(reader.store.first("training", 1, lambda one: False)))["id"]
    numbers = iter(range(50_000_000, 60_000_000))
    found: dict[str, list[float]] = {"idle": [], "after a write": [], "across a compaction": []}
    for _ in range(min(rounds, 200)):
        reader.store.refresh()
        found["idle"].append(timed(reader.store.refresh))
        ours.insert(made_up(next(numbers)))
        found["after a write"].append(timed(reader.store.refresh))
    for _ in range(7):
        former = ours.store.manifest.epoch
        while ours.store.manifest.epoch == former:
            ours.insert(made_up(next(numbers)) | {"more": "m" * 20_000})
            reader.get(first)
            if ours.store.manifest.epoch == former:
                reader.store.refresh()
        found["across a compaction"].append(timed(reader.store.refresh))
    reader.close()
    return {name: statistics.median(times) for name, times in found.items()}


def bytes_on_disk(folder: Path) -> int:
    """What a contender's files take; the history counts for ours."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def lines(results: Figures) -> list[str]:
    """The figures as text: seconds, and how many times ours each takes."""
    found = []
    for size, result in results.items():
        found.append(f"\n{int(size):,} documents")
        for what in ("bulk", *ROWS, "insert, processor"):
            own = result[what][Ours.label]
            rest = ((name, value) for name, value in result[what].items() if name != Ours.label)
            others = (f"{name} {told(value)} ({value / own:.3g}×)" for name, value in rest)
            found.append(f"  {what:<20} {told(own):>9}   {', '.join(others)}")
        if "scan, decoded" in result:
            found.append(f"  {'scan, decoded':<20} {told(result['scan, decoded']):>9}")
            found.append(f"  {'memory':<20} {result['bytes in memory a document']:.0f} bytes a decoded document")
        refresh = ", ".join(f"{name} {told(value)}" for name, value in result["refresh"].items())
        found.append(f"  {'refresh':<20} {refresh}")
        disk = ", ".join(f"{name} {value / int(size):,.0f}" for name, value in result["bytes on disk"].items())
        found.append(f"  {'bytes on disk each':<20} {disk}")
    return found
