"""Laptops for random work: their homes, how they are killed in the middle, and clocks and ids that can be repeated."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from modelops_tui import open_home
from modelops_tui.services.home import Home
from modelops_tui.store import identity
from modelops_tui.store import transaction as transactions
from tests.sync.places import fast_disk

HOMES = 4


class Crash(BaseException):
    """The process ends here."""


def make_templates(folder: Path) -> list[Path]:
    """Homes of four people who never met."""
    made = []
    for number in range(HOMES):
        place = folder / f"template-{number}"
        open_home(place, f"user-{number}").close()
        made.append(place)
    return made


_templates: list[Path] = []


def templates() -> list[Path]:
    if not _templates:
        folder = Path(tempfile.mkdtemp(dir=fast_disk(), prefix="modelops-templates-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _templates.extend(make_templates(folder))
    return _templates


class Replica:
    """One laptop: its folder survives a crash, its open home does not."""

    def __init__(self, folder: Path, user: str) -> None:
        self.folder = folder
        self.user = user
        self.home = open_home(folder, user)

    def reopen(self) -> None:
        self.home.close()
        self.home = open_home(self.folder, self.user)


def steady_ids() -> None:
    """Makes the ids of a world the same in every run, so that what failed once fails again."""
    identity.time = SteadyTime  # type: ignore[assignment]
    identity._process, identity._random, identity._counter = os.getpid(), b"world", 0


def usual_ids() -> None:
    """Ends that."""
    identity.time, identity._process = time, -1


class SteadyTime:
    """The time module as ids see it: no second ever passes."""

    time_ns, strftime, gmtime = time.time_ns, time.strftime, time.gmtime
    time = staticmethod(lambda: 1_800_000_000.0)


@contextlib.contextmanager
def crashing(home: Home, at: int, before: bool) -> Iterator[None]:
    """Ends the process at the n-th time that something would be written, before or after it was."""
    store = home.store
    commit = store._commit
    left = at

    def crash(transaction: Any) -> None:
        nonlocal left
        if not transaction.records():
            return
        left -= 1
        if left == 0 and before:
            raise Crash
        commit(transaction)
        if left == 0:
            raise Crash

    if at:
        store._commit = crash  # type: ignore[method-assign]
    try:
        yield
    finally:
        if at:
            del store._commit  # type: ignore[method-assign]


@contextlib.contextmanager
def clock(times: Callable[[], str]) -> Iterator[None]:
    """Makes every transaction ask another clock."""
    former = transactions.time_text
    transactions.time_text = lambda nanoseconds=None: times()  # type: ignore[assignment]
    try:
        yield
    finally:
        transactions.time_text = former
