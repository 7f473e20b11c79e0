"""Steps of random work: Hypothesis draws them to make a failure small, a seed alone to get further in a while."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from random import Random
from secrets import randbelow
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

_Method = TypeVar("_Method", bound=Callable[..., Any])
Spaces = dict[str, Sequence[Any]]


class Machine(Protocol):
    """What can be driven."""

    beginnings: Spaces

    def open(self, **arguments: Any) -> None: ...

    def everything_holds(self) -> None: ...

    def close(self) -> None: ...

    def teardown(self) -> None: ...


def step(**spaces: Sequence[Any]) -> Callable[[_Method], _Method]:
    """Makes a method a step of a machine, whose arguments are drawn from these."""

    def mark(method: _Method) -> _Method:
        made: _Method = rule(**strategies(spaces))(method)
        made.spaces = spaces  # type: ignore[attr-defined]
        return made

    return mark


def steps_of(machine: Any) -> dict[str, Spaces]:
    """Each step of a machine by its name, with what its arguments are drawn from."""
    names = [name for part in reversed(type(machine).__mro__) for name in vars(part)]
    methods = {name: getattr(type(machine), name) for name in names}
    return {name: method.spaces for name, method in methods.items() if hasattr(method, "spaces")}


def strategies(spaces: Spaces) -> dict[str, st.SearchStrategy[Any]]:
    """The same spaces for Hypothesis."""
    return {name: st.sampled_from(list(space)) for name, space in spaces.items()}


def drive(make: Callable[[], Any], seed: int, steps: int) -> None:
    """One run of so many steps, the same for the same seed. A failure tells what was done."""
    random = Random(seed)
    machine: Machine = make()
    told: list[str] = []

    def do(name: str, spaces: Spaces) -> None:
        arguments = {key: random.choice(space) for key, space in spaces.items()}
        told.append(f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})")
        getattr(machine, name)(**arguments)

    try:
        try:
            do("open", machine.beginnings)
            known = steps_of(machine)
            for _ in range(steps):
                name = random.choice(list(known))
                do(name, known[name])
                machine.everything_holds()
        except BaseException:
            machine.close()
            raise
        machine.teardown()
    except BaseException as failure:
        failure.add_note(f"seed {seed}, {steps} steps:\n" + "\n".join(told))
        raise


def run_for(seconds: float, make: Callable[[], Any], steps: int, most: int = 10**9) -> str:
    """Runs until the time is over; gives the seeds it used, of which MODELOPS_SYNC_SEED may name the first."""
    first = int(os.environ.get("MODELOPS_SYNC_SEED", randbelow(10**6)))
    end = time.monotonic() + seconds
    runs = 0
    while runs < most and (not runs or time.monotonic() < end):
        drive(make, first + runs, steps)
        runs += 1
    return f"seeds {first} to {first + runs - 1}, {steps} steps each"
