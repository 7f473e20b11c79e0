"""What the ordeals share: a seeded workload over two kinds, a model of what must be found, budgets and counts."""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from names_schema import opened

from modelops_tui.store import compaction
from modelops_tui.store import store as store_module
from modelops_tui.store.identity import new_id
from modelops_tui.store.store import Store

KINDS = ("training", "project")
State = dict[str, dict[str, dict[str, Any]]]
Operation = list[list[Any]]


def seed() -> int:
    """The seed of this run: MODELOPS_ORDEAL_SEED, else a fresh one; printed with every summary."""
    return int(os.environ.get("MODELOPS_ORDEAL_SEED") or random.SystemRandom().randrange(1 << 32))


class Budget:
    """Rounds for as long as a budget allows: MODELOPS_ORDEAL_SECONDS, or what a quick test asks for."""

    def __init__(self, seconds: float | None = None) -> None:
        self._end = time.monotonic() + (seconds or float(os.environ.get("MODELOPS_ORDEAL_SECONDS") or 20))

    def rounds(self) -> Iterator[int]:
        number = 0
        while number == 0 or time.monotonic() < self._end:
            yield number
            number += 1


@contextlib.contextmanager
def small_journals(limit: int = 2500) -> Iterator[None]:
    """Compactions every few writes, and files that leave the store at once."""
    former = store_module.JOURNAL_LIMIT, compaction.GRACE_SECONDS
    store_module.JOURNAL_LIMIT, compaction.GRACE_SECONDS = limit, 0.0
    try:
        yield
    finally:
        store_module.JOURNAL_LIMIT, compaction.GRACE_SECONDS = former


def empty() -> State:
    return {kind: {} for kind in KINDS}


def next_operation(chance: random.Random, state: State) -> Operation:
    """A few writes over both kinds: inserts in pairs, changes, removals."""
    operation: Operation = []
    taken: set[str] = set()
    for kind in KINDS:
        operation.append(["insert", kind, new_id(), {"name": str(chance.random()), "x": "y" * chance.randrange(200)}])
        for id in chance.sample(sorted(state[kind]), min(2, len(state[kind]))):
            if id in taken:
                continue
            taken.add(id)
            if chance.random() < 0.4:
                operation.append(["remove", kind, id, {}])
            else:
                operation.append(["update", kind, id, {"x": str(chance.random())}])
    return operation


def perform(store: Store, operation: Operation) -> None:
    """Does an operation as one transaction."""
    with store.transaction("ada", "ordeal") as tx:
        for verb, kind, id, fields in operation:
            if verb == "insert":
                tx.insert(kind, fields, id=id)
            elif verb == "update":
                tx.update(kind, id, fields)
            else:
                tx.remove(kind, id)


def applied(state: State, operation: Operation) -> State:
    """The state after an operation, the former one untouched."""
    after = {kind: dict(documents) for kind, documents in state.items()}
    for verb, kind, id, fields in operation:
        if verb == "remove":
            del after[kind][id]
        else:
            after[kind][id] = {**after[kind].get(id, {}), **fields}
    return after


def found(store: Store) -> State:
    """What a store holds, in the form of the model."""
    return {
        kind: {
            id: {name: one[name] for name in ("name", "x") if name in one} for id, one in store.documents(kind).items()
        }
        for kind in KINDS
    }


def look(home: Path, allowed: list[State], where: object) -> State:
    """Opens what a crash left: it must be one of the allowed states, whole, counted, found by every way."""
    with opened(home) as store:
        state = found(store)
        assert state in allowed, (where, [_difference(state, one) for one in allowed])
        for kind in KINDS:
            assert store.count(kind) == len(state[kind]), where
            assert store.ids(kind) == sorted(state[kind]), where
            for id in list(state[kind])[:3]:
                assert store.find(kind, f"name:{state[kind][id]['name']}")[0]["id"] == id, where
        assert store.verify() == [], where
        assert sum(1 for _ in store.changes()) == store.sequence, where
    return state


def _difference(one: State, other: State) -> dict[str, Any]:
    return {
        kind: {"lost": sorted(other[kind].keys() - one[kind]), "more": sorted(one[kind].keys() - other[kind])}
        for kind in KINDS
    }
