"""Whatever laptops do, in whatever order, and wherever they are stopped: nothing is lost and all come to the same."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sync.driving import run_for
from tests.sync.machine import SyncMachine, WireMachine, counted

SECONDS = float(os.environ.get("MODELOPS_SYNC_SECONDS", "45"))
SETTINGS = settings(
    max_examples=15,
    stateful_step_count=30,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_steps_that_hypothesis_draws() -> None:
    run_state_machine_as_test(SyncMachine, settings=SETTINGS)


Record = Callable[[str, object], None]


def test_random_work_on_a_few_laptops(record_property: Record) -> None:
    with counted() as counts:
        record_property("random work", f"in memory, {run_for(2, SyncMachine, 30)}: {counts()}")


@pytest.mark.slow
@pytest.mark.parametrize("steps", [15, 60])
def test_random_work_for_a_long_time(record_property: Record, steps: int) -> None:
    with counted() as counts:
        record_property("random work", f"in memory, {run_for(SECONDS / 2, SyncMachine, steps)}: {counts()}")


@pytest.mark.slow
def test_random_work_on_a_real_server_through_a_faulty_network(server_port: int, record_property: Record) -> None:
    WireMachine.port = server_port
    with counted() as counts:
        record_property("random work", f"on a server, {run_for(SECONDS, WireMachine, 30)}: {counts()}")
