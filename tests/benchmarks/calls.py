"""What one durable insert asks of the system, as strace counts it; nothing where there is no strace."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.contenders import Lmdb, Ours, Sqlite, Tiny, installed
from tests.benchmarks.turns import ROOT, environment

NAME = "calls"
_FEW, _MORE = 40, 140
_SYNCS = ("fsync", "fdatasync", "msync", "sync_file_range")
_WRITES = ("write", "pwrite64", "writev", "pwritev")
Figures = dict[str, Any]
_INSERT = """
import sys
from pathlib import Path
from tests.benchmarks import contenders
one = getattr(contenders, sys.argv[1])(Path(sys.argv[2]))
for number in range(int(sys.argv[3])):
    one.insert(contenders.made_up(number))
"""


def measure(folder: Path, sizes: list[int], rounds: int, say: Callable[[str], None]) -> Figures:
    """Calls of an insert into a small store: what a hundred more inserts ask for, divided by a hundred."""
    results: Figures = {}
    if shutil.which("strace"):
        for kind in (Ours, Sqlite, Lmdb, Tiny):
            if kind in installed():
                few, more = (_counted(folder, kind.__name__, number) for number in (_FEW, _MORE))
                counts = {name: (more[name] - few.get(name, 0)) / (_MORE - _FEW) for name in more}
                results[kind.label] = {name: round(count, 2) for name, count in counts.items() if count >= 0.05}
        say("\n".join(lines(results)))
    return results


def _counted(folder: Path, kind: str, number: int) -> dict[str, int]:
    place, report = folder / f"{kind}-{number}", folder / f"{kind}-{number}.calls"
    place.mkdir()
    trace = ["strace", "-f", "-c", "-U", "name,calls", "-o", str(report)]
    call = [*trace, sys.executable, "-c", _INSERT, kind, str(place), str(number)]
    subprocess.run(call, check=True, cwd=ROOT, env=environment())
    rows = (line.split() for line in report.read_text().splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit() and row[0] != "total"}


def writes_and_syncs(counts: dict[str, float]) -> tuple[float, float]:
    """How many of the calls write, and how many wait for the disk."""
    return sum(counts.get(name, 0) for name in _WRITES), sum(counts.get(name, 0) for name in _SYNCS)


def lines(results: Figures) -> list[str]:
    """The figures as text."""
    found = ["\nCalls of the system for one durable insert"]
    for name, counts in results.items():
        writes, syncs = writes_and_syncs(counts)
        most = sorted(counts.items(), key=lambda item: -item[1])
        told = ", ".join(f"{call} {count:g}" for call, count in most)
        found.append(f"  {name:<20} {writes:g} writes, {syncs:g} syncs, {sum(counts.values()):.0f} in all: {told}")
    return found
