"""What fast means here: each row is a bar that is held or not, worked out from the figures of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.benchmarks.calls import writes_and_syncs
from tests.benchmarks.drawing import told

OURS, SQLITE, TINY, MLFLOW, RAW = "modelops", "SQLite WAL FULL", "TinyDB", "MLflow", "raw append + sync"
PYTHON = "bare Python with json"
Figures = dict[str, Any]
_SLOW_SYNC = 1e-3


class Bar(NamedTuple):
    """One row: what is compared, what it is held to, what was measured, and whether it holds."""

    what: str
    held_to: str
    measured: str
    holds: bool


def at_most(what: str, limit: float, ratio: float) -> Bar:
    """A ratio that must not be above a limit."""
    return Bar(what, f"≤ {limit:g}×", f"{ratio:.2f}×", ratio <= limit)


def at_least(what: str, limit: float, ratio: float) -> Bar:
    """A ratio that must not be below a limit."""
    return Bar(what, f"≥ {limit:,g}×", f"{ratio:,.3g}×", ratio >= limit)


def within(what: str, limit: float, seconds: float) -> Bar:
    """A time that must not be above a limit."""
    return Bar(what, f"≤ {told(limit)}", told(seconds), seconds <= limit)


def bars(parts: dict[str, Figures]) -> list[Bar]:
    """Every bar that the figures allow to be worked out."""
    sizes = parts.get("sizes", {})
    found = [*_single(sizes), *_against_tinydb(sizes), *_against_mlflow(sizes), *_refresh(sizes), *_growth(sizes)]
    if "4" in parts.get("writers", {}):
        four = parts["writers"]["4"][OURS]
        found.append(Bar("4 writers at once: documents lost", "0", f"{four['lost']:.0f}", not four["lost"]))
        found.append(within("4 writers at once: the worst wait of a call", 0.1, four["worst wait"]))
    if parts.get("past"):
        past = parts["past"]
        what = f"history of any document after {past['changes']:,} changes"
        found.append(within(what, 1.0, max(past["history, worst"], past["history, first asked"])))
    if OURS in parts.get("calls", {}):
        writes, syncs = writes_and_syncs(parts["calls"][OURS])
        says = f"{writes:.2g} write, {syncs:.2g} sync"
        found.append(Bar("calls of a commit", "1 write, 1 sync", says, max(writes, syncs) <= 1.1))
    return found


def _nearest(sizes: Figures, wanted: int) -> tuple[str, Figures]:
    """The figures of the largest size up to the one that a bar speaks of."""
    fitting = [size for size in sizes if int(size) <= wanted]
    size = max(fitting or sizes, key=int)
    return f"{int(size):,}", sizes[size]


def _single(sizes: Figures) -> Iterator[Bar]:
    if not sizes:
        return
    size, figures = _nearest(sizes, 10_000)
    insert = figures["insert"]
    limit = 1.2 if insert[RAW] >= _SLOW_SYNC else 1.6
    yield at_most(f"durable insert at {size}, against raw append and sync", limit, insert[OURS] / insert[RAW])
    yield at_most(f"durable insert at {size}, against SQLite", 0.9, insert[OURS] / insert[SQLITE])
    size, figures = _nearest(sizes, 100_000)
    for row, limit in (("get by id", 1.0), ("get by unique name", 1.25)):
        yield at_most(f"{row} at {size}, against SQLite", limit, figures[row][OURS] / figures[row][SQLITE])
    scan = figures["scan 1 %"]
    yield at_most(f"scan on a nested text at {size}, against SQLite", 0.4, scan[OURS] / scan[SQLITE])
    if "scan, decoded" in figures:
        yield at_most("the same over decoded documents", 0.6, figures["scan, decoded"] / scan[SQLITE])
        weight = figures["bytes in memory a document"]
        yield Bar("memory of a decoded document", "≤ 1,500 B", f"{weight:,.0f} B", weight <= 1500)


def _against_tinydb(sizes: Figures) -> Iterator[Bar]:
    for wanted, least in (("10000", 1_000), ("100000", 10_000)):
        insert = sizes.get(wanted, {}).get("insert", {})
        if TINY in insert:
            bar = at_least(f"insert at {int(wanted):,}, against stock TinyDB", least, insert[TINY] / insert[OURS])
            # Nothing that is durable can be faster than that.
            yield bar._replace(measured=f"{bar.measured} (a bare append and sync: {insert[TINY] / insert[RAW]:,.3g}×)")
    process = sizes.get("100000", {}).get("process", {})
    if TINY in process:
        yield at_least("one-shot lookup at 100,000, against stock TinyDB", 20, process[TINY] / process[OURS])


def _against_mlflow(sizes: Figures) -> Iterator[Bar]:
    with_mlflow = [size for size, figures in sizes.items() if MLFLOW in figures["insert"]]
    if not with_mlflow:
        return
    size = max(with_mlflow, key=int)
    figures = sizes[size]

    def all_of_it(name: str) -> float:
        return float(int(size) * (figures["insert"][name] + figures["get by id"][name]) + figures["scan 1 %"][name])

    what = f"create, get and search of {int(size):,} records, against MLflow"
    yield at_least(what, 50, all_of_it(MLFLOW) / all_of_it(OURS))
    process = figures["process"]
    yield at_least("one-shot lookup, against MLflow", 15, process[MLFLOW] / process[OURS])


def _refresh(sizes: Figures) -> Iterator[Bar]:
    if sizes:
        size, figures = _nearest(sizes, 100_000)
        for name, limit in (("idle", 5e-6), ("after a write", 1e-4), ("across a compaction", 1e-3)):
            yield within(f"a reader's refresh at {size}, {name}", limit, figures["refresh"][name])


def _growth(sizes: Figures) -> Iterator[Bar]:
    small, large = (min(sizes, key=int), max(sizes, key=int)) if sizes else ("", "")
    if small == large:
        return
    ratios = [sizes[size]["insert"][OURS] / sizes[size]["insert"][RAW] for size in (large, small)]
    grown = f"at {int(large):,} as at {int(small):,}"
    yield at_most(f"durable insert {grown}, each against raw append and sync", 1.2, ratios[0] / ratios[1])
    process = [sizes[size]["process"][OURS] / sizes[size]["process"][PYTHON] for size in (large, small)]
    yield at_most(f"one-shot lookup {grown}, each against a bare Python", 1.1, process[0] / process[1])
