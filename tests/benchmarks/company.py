"""Several processes that write at once: how long the unluckiest call waits, and whether anything is lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.contenders import Ours, Sqlite
from tests.benchmarks.drawing import told
from tests.benchmarks.turns import ROOT, environment

NAME = "writers"
WRITERS = (4, 8)
_TURNS = 3
Figures = dict[str, Any]
_WRITER = """
import sys, time
from pathlib import Path
from tests.benchmarks import contenders
one = getattr(contenders, sys.argv[1])(Path(sys.argv[2]))
mine, each = int(sys.argv[3]), int(sys.argv[4])
one.insert(contenders.made_up(99_000_000 + mine))
print("ready", flush=True)
sys.stdin.readline()
worst, begun = 0.0, time.perf_counter()
for number in range(each):
    start = time.perf_counter()
    one.insert(contenders.made_up(100_000_000 + mine * 1_000_000 + number))
    worst = max(worst, time.perf_counter() - start)
print(worst, time.perf_counter() - begun)
"""


def measure(folder: Path, sizes: list[int], rounds: int, say: Callable[[str], None]) -> Figures:
    """Each number of writers with each store, in turns."""
    results: Figures = {}
    for writers in WRITERS:
        found: dict[str, list[dict[str, float]]] = {kind.label: [] for kind in (Ours, Sqlite)}
        for turn in range(_TURNS):
            for kind in (Ours, Sqlite):
                place = folder / f"{kind.__name__}-{writers}-{turn}"
                found[kind.label].append(_together(place, kind, writers, min(500, 2 * rounds)))
                shutil.rmtree(place)
        results[str(writers)] = {name: _summed(runs) for name, runs in found.items()}
        say("\n".join(lines({str(writers): results[str(writers)]})))
    return results


def _summed(runs: list[dict[str, float]]) -> dict[str, float]:
    ordered = sorted(run["seconds"] for run in runs)
    return {
        "worst wait": max(run["worst wait"] for run in runs),
        "seconds": ordered[len(ordered) // 2],
        "lost": sum(run["lost"] for run in runs),
    }


def _together(folder: Path, kind: type[Ours] | type[Sqlite], writers: int, each: int) -> dict[str, float]:
    folder.mkdir()
    kind(folder).close()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, kind.__name__, str(folder), str(number), str(each)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(),
        )
        for number in range(writers)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    results = [[float(word) for word in process.communicate()[0].split()] for process in processes]
    last = kind(folder)
    lost = writers * (each + 1) - len(last.ids())
    last.close()
    return {"worst wait": max(one[0] for one in results), "seconds": max(one[1] for one in results), "lost": lost}


def lines(results: Figures) -> list[str]:
    """The figures as text."""
    found = []
    for writers, stores in results.items():
        for name, figures in stores.items():
            waits = f"worst wait {told(figures['worst wait'])}, all in {told(figures['seconds'])}"
            found.append(f"  {writers} writers, {name:<16} {waits}, {figures['lost']:.0f} lost")
    return found
