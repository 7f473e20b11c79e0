"""The tests would notice if sync were wrong: random work catches every planted fault, always with the same seeds."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.sync import mutants
from tests.sync.conftest import Opener
from tests.sync.driving import drive
from tests.sync.machine import SyncMachine
from tests.sync.memory_remote import Shared
from tests.sync.mutants import MUTANTS, Mutant
from tests.sync.test_offline import test_history_that_is_gone_stops_everything_and_a_reclone_goes_on as begin_anew

SEEDS = 400
STEPS = 30


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
@pytest.mark.slow
def test_a_planted_fault_is_caught(
    mutant: Mutant, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    mutant(monkeypatch)
    began = time.monotonic()
    for seed in range(SEEDS):
        try:
            drive(SyncMachine, seed, STEPS)
        except Exception as failure:
            how = (str(failure).splitlines() or [""])[0][:60]
            record_property("random work", f"caught by seed {seed} in {time.monotonic() - began:.1f} s: {how}")
            return
    pytest.fail(f"{SEEDS} runs noticed nothing")


def test_a_fault_in_beginning_anew_is_caught(
    open_laptop: Opener, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody begins anew in random work, so that a test of its own must notice."""
    mutants.what_a_new_log_lacks_counts_as_sent(monkeypatch)
    with pytest.raises(AssertionError):
        begin_anew(open_laptop("ada"), open_laptop("bob"), shared, "emptied")


@pytest.mark.slow
def test_without_a_fault_the_same_seeds_find_nothing() -> None:
    for seed in range(80):
        drive(SyncMachine, seed, STEPS)
