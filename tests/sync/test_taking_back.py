"""Decisions taken back at random moments of random work: every invariant of sync holds, and all come to the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import cycle
from random import Random
from typing import Any

import pytest

from modelops_tui.errors import Invalid, NotFound, Refused
from modelops_tui.services import sync
from modelops_tui.services.home import Home
from tests.sync.memory_remote import MemoryRemote, Shared
from tests.sync.world import World

FIRST = int(os.environ.get("MODELOPS_SYNC_SEED", "0"))
SEEDS = range(FIRST, FIRST + 6)
STEPS = 80
totals = {"taken back": 0, "refused": 0}


class DecidingWorld(World):
    """A world in which people change their minds."""

    def __init__(self, count: int) -> None:
        shared = Shared()
        super().__init__(count, lambda _: MemoryRemote(shared), lambda: MemoryRemote(shared))
        self.decisions: list[tuple[Home, sync.Decision, set[tuple[str, str | None]]]] = []

    def pairs(self) -> set[tuple[str, str | None]]:
        return {(token, parent) for token, parents in self.parents.items() for parent in parents}

    def resolve(self, number: int, index: int, choice: str) -> None:
        """Decides as before, and remembers what that made of values that had not been seen."""
        count, before = len(self.decisions), self.pairs()
        super().resolve(number, index, choice)
        if len(self.decisions) > count:
            home, decision, _ = self.decisions[-1]
            self.decisions[-1] = (home, decision, self.pairs() - before)

    def take_back(self) -> None:
        """Takes the last decision back: mine has not seen theirs after all."""
        if not self.decisions:
            return
        home, decision, seen = self.decisions.pop()
        key = (decision.conflict.kind, decision.conflict.document)
        try:
            sync.take_back(home, decision)
        except (Refused, Invalid, NotFound):
            totals["refused"] += 1
            return
        totals["taken back"] += 1
        if decision.removal:
            self.chosen_back.add(key)
        else:
            assert key in {(item.kind, item.document) for item in sync.conflicts(home)}
        for token, parent in seen:
            self.parents[token].discard(parent)


@pytest.fixture
def deciding(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[DecidingWorld]]:
    """Worlds whose decisions can be taken back."""
    worlds: list[DecidingWorld] = []

    def decide(home: Home, id: str, choice: Any) -> None:
        decision = sync.decide(home, sync.show_conflict(home, id), choice)
        worlds[-1].decisions.append((home, decision, set()))

    monkeypatch.setattr(sync, "resolve", decide)
    yield worlds
    for world in worlds:
        world.close()


def work(world: DecidingWorld, random: Random) -> None:
    """One step of random work."""
    number = random.randrange(len(world.replicas))
    found = world.documents(number, "model", "project")
    key = random.choice(found) if found else None
    what = random.choice(("make", "edit", "edit", "edit", "sync", "sync", "remove", "resolve", "resolve", "take back"))
    if what == "make":
        world.make(number, random.choice(("model", "project")), random.choice("abcd"))
    elif what == "edit" and key is not None:
        world.edit(number, key)
    elif what == "remove" and key is not None and random.random() < 0.2:
        world.remove(number, key)
    elif what == "resolve":
        world.resolve(number, random.randrange(8), random.choice(("mine", "theirs", "both")))
        if random.random() < 0.5:
            world.take_back()
    elif what == "take back":
        world.take_back()
    else:
        world.sync(number)


def test_changing_ones_mind_about_conflicts_breaks_nothing(deciding: list[DecidingWorld]) -> None:
    for seed in SEEDS:
        random = Random(seed)
        world = DecidingWorld(random.choice((2, 3)))
        deciding.append(world)
        for name in "ab":
            world.make(0, "project", name)
            world.make(0, "model", name)
        for number in (*range(len(world.replicas)), 0):
            world.sync(number)
        for _ in range(STEPS):
            work(world, random)
            world.check_log()
            world.check_homes()
        world.settle(cycle(("mine", "theirs", "both")).__next__)
        world.check_at_rest()
        print(f"seed {seed}: {totals} by now, {world.conflicts_met} conflicts here")
    assert totals["taken back"]
