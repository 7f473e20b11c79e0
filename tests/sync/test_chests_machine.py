"""Whatever people do with a chest they share, in whatever order: all come to the same, and nobody who is out is in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sync.chest_laptops import derived_once, make_template
from tests.sync.chest_machine import ChestMachine, totals
from tests.sync.driving import run_for
from tests.sync.test_machine import SECONDS, Record


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[ChestMachine]]:
    with derived_once():
        ChestMachine.template = make_template(tmp_path_factory.mktemp("chests") / "team", "ada", "bob", "carol")
        yield ChestMachine


def test_random_work_on_a_chest_of_three_laptops(machine: type[ChestMachine], record_property: Record) -> None:
    record_property("random work", f"a chest, {run_for(2, machine, 30)}")
    assert totals["runs"] and totals["syncs"]


@pytest.mark.slow
@pytest.mark.parametrize("steps", [15, 60])
def test_random_work_on_a_chest_for_a_long_time(
    machine: type[ChestMachine], record_property: Record, steps: int
) -> None:
    before = dict(totals)
    seeds = run_for(SECONDS / 2, machine, steps)
    told = ", ".join(f"{totals[name] - before[name]} {name}" for name in totals)
    record_property("random work", f"a chest, {seeds}: {told}")
