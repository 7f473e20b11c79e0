"""A store that has seen very many changes: how soon it tells the past of one document, and the newest of all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.contenders import Ours, made_up
from tests.benchmarks.drawing import told
from tests.benchmarks.turns import timed

NAME = "past"
_DOCUMENTS, _TOGETHER, _LOOKED_AT = 20_000, 100, 40
Figures = dict[str, Any]


def measure(folder: Path, sizes: list[int], rounds: int, say: Callable[[str], None]) -> Figures:
    """A store with as many changes as the largest store has documents."""
    changes = max(sizes)
    ours = Ours(folder)
    with _no_waiting_for_the_disk():
        made = _changed(ours, changes)
        ours.close()
    fresh = Ours(folder)
    first = timed(lambda: list(fresh.store.history("training", made[0])))
    step = max(1, len(made) // _LOOKED_AT)
    times = sorted(timed(lambda id=id: list(fresh.store.history("training", id))) for id in made[::step])
    newest = timed(lambda: list(fresh.store.changes(limit=50)))
    result = {
        "changes": changes,
        "former journals": len(fresh.store.manifest.history),
        "history, first asked": first,
        "history, median": times[len(times) // 2],
        "history, worst": times[-1],
        "newest 50 changes": newest,
    }
    fresh.close()
    say("\n".join(lines(result)))
    return result


@contextmanager
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Making the store is not what is measured."""
    real = os.fsync, os.fdatasync
    os.fsync = os.fdatasync = lambda descriptor: None
    try:
        yield
    finally:
        os.fsync, os.fdatasync = real


def _changed(ours: Ours, changes: int) -> list[str]:
    documents = min(_DOCUMENTS, max(20, changes // 10))
    ids: list[str] = []
    done = 0
    while done < changes:
        with ours.store.transaction("0" * 24, "change") as tx:
            for _ in range(_TOGETHER):
                if len(ids) < documents:
                    ids.append(tx.insert("training", made_up(done))["id"])
                else:
                    tx.update("training", ids[done * 7919 % documents], {"state": f"s{done}"})
                done += 1
    return ids


def lines(result: Figures) -> list[str]:
    """The figures as text."""
    parts = (f"{name} {told(value)}" for name, value in result.items() if isinstance(value, float))
    return [f"\n{result['changes']:,} changes in {result['former journals']} former journals: {', '.join(parts)}"]
