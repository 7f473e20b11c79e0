"""`python -m tests.benchmarks`: measures, prints the tables, and keeps figures, picture and README in step."""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from modelops_tui.store.surroundings import file_system_of
from tests.benchmarks import calls, company, past, report, sizes
from tests.benchmarks.mlflow_contender import MlflowSqlite

# Each has a NAME, and `measure(folder, sizes, rounds, say)` gives its figures. A further part is one more here.
PARTS = (sizes, company, calls, past)
_FULL, _QUICK = 300, 20


def measured(folder: Path, chosen: argparse.Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """The figures of every part that was asked for."""
    results: dict[str, Any] = {"machine": machine(folder), "parts": {}}
    wanted = [int(size) for size in chosen.sizes.split(",")]
    for part in PARTS:
        if chosen.parts and part.NAME not in chosen.parts.split(","):
            continue
        begun = time.monotonic()
        place = folder / part.NAME
        place.mkdir()
        results["parts"][part.NAME] = part.measure(place, wanted, _QUICK if chosen.quick else _FULL, say)
        shutil.rmtree(place)
        say(f"[{part.NAME}: {time.monotonic() - begun:.0f} s]")
    return results


def machine(folder: Path) -> str:
    """What the figures were measured on, without anything that names it."""
    system = f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"
    kind = file_system_of(str(folder)) or _file_system(folder)
    return f"{platform.machine()}, {system}, {kind}, Python {platform.python_version()}"


def _file_system(folder: Path) -> str:
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except FileNotFoundError:
        return "a local disk"
    return max((len(place), kind) for place, kind in mounts if folder.is_relative_to(place))[1]


def main() -> None:
    """Reads the options and measures."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    options.add_argument("--sizes", default="1000,10000,100000,1000000", help="documents, separated by commas")
    options.add_argument("--parts", default="", help=f"some of {', '.join(part.NAME for part in PARTS)}")
    options.add_argument("--quick", action="store_true", help="few rounds, to see that all of it works")
    options.add_argument("--folder", type=Path, help="where the stores are made: a folder on the disk to measure")
    options.add_argument("--sync", action="store_true", help="sync against bare pymongo, in place of the store")
    options.add_argument("--faces", action="store_true", help="commands and the app, in place of the store")
    options.add_argument("--json", type=Path, help="with --sync or --faces: file for the figures")
    options.add_argument("--mlflow", default="", help="a Python that has MLflow installed")
    options.add_argument("--save", action="store_true", help="keep the figures, draw them, and renew the README")
    options.add_argument("--draw", action="store_true", help="measure nothing: draw what was kept")
    chosen = options.parse_args()
    if chosen.sync:
        from tests.benchmarks import syncing

        syncing.run(chosen.sizes, chosen.quick, chosen.folder, chosen.json)
        return
    if chosen.faces:
        from tests.benchmarks import faces

        faces.run(chosen.sizes, chosen.quick, chosen.folder, chosen.json)
        return
    if chosen.draw:
        report.draw()
        return
    MlflowSqlite.python = chosen.mlflow or (sys.executable if find_spec("mlflow") else "")
    folder = Path(tempfile.mkdtemp(prefix="store-benchmark-", dir=chosen.folder)).resolve()
    begun = time.monotonic()
    try:
        results = measured(folder, chosen, lambda text: print(text, flush=True))
    finally:
        shutil.rmtree(folder)
    print(report.told_bars(results))
    print(f"\n{results['machine']}; all of it took {time.monotonic() - begun:.0f} s")
    if chosen.save:
        report.save(results)


if __name__ == "__main__":
    main()
