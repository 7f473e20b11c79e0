"""Whatever is done to the files of a home: no traceback, nobody waits for ever, and a repair leaves a whole store.

What a repair cannot have back it says; what it replaces it keeps. A copy of the home from before is always there.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modelops_tui import open_home
from modelops_tui.errors import Failure
from modelops_tui.services.doctor import Report, examine, repair
from modelops_tui.services.doctor_files import UNPROVEN
from modelops_tui.store import store as store_module
from tests.services.hostility import HARMS, can_be_harmed, foreign

USER = "ada"
_REPAIRS = 4


def grown(folder: Path, user: str) -> Path:
    """A home with segments of several sizes, former journals, and something in the journal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_module, "JOURNAL_LIMIT", 3000)
        home = open_home(folder, user)
        for number in range(30):
            with home.store.transaction(home.user["id"], "add") as tx:
                project = tx.insert("project", {"name": f"{user}-p{number}"})
                tx.insert("model", {"name": f"{user}-m{number}"})
            if number % 3 == 0:
                with home.store.transaction(home.user["id"], "set") as tx:
                    tx.update("project", project["id"], {"desc": "x" * 50})
        home.close()
    home = open_home(folder, user)
    for name in ("last", "very-last"):
        with home.store.transaction(home.user["id"], "add") as tx:
            tx.insert("project", {"name": f"{user}-{name}"})
    home.close()
    assert examine(folder) == []
    return folder


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("grown")
    return grown(folder / "mine", USER), grown(folder / "theirs", "bob")


@contextmanager
def nobody_waits(seconds: int = 60) -> Iterator[None]:
    """Fails where something waits for a pipe that nobody writes to."""

    def stop(*_: object) -> None:
        raise TimeoutError

    former = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)


def looked_at(folder: Path) -> dict[str, dict]:
    """Everything of a home, read as a program would; what is damaged is told in a sentence."""
    home = open_home(folder, USER, create=False)
    try:
        found = {kind: dict(home.store.documents(kind)) for kind in home.store.kinds()}
        for document in found["project"].values():
            list(home.store.history("project", document["id"]))
        list(home.store.changes())
        return found
    finally:
        home.close()


def repaired(folder: Path) -> Report:
    """What was done by as many repairs as an operator has patience for, and what is left then."""
    report = repair(folder, examine(folder), "0" * 24)
    for _ in range(_REPAIRS):
        if not any(fault.repairable for fault in report.left):
            break
        done = report.done
        report = repair(folder, report.left, "0" * 24)
        report.done[:0] = done
    assert not [fault for fault in report.left if fault.repairable], report
    return report


def harmed(folder: Path, names: list[str], homes: tuple[Path, Path], chance: random.Random, what: str) -> None:
    known = {**HARMS, "foreign": foreign(homes[1])}
    for name in names:
        files = sorted(one for one in folder.rglob(what) if can_be_harmed(one))
        if files:
            known[name](chance.choice(files), chance)


def ordeal(homes: tuple[Path, Path], tmp_path: Path, names: list[str], chance: random.Random, what: str = "*") -> bool:
    """Harms a copy and repairs it; whether all of it could be repaired."""
    folder = tmp_path / "home"
    shutil.copytree(homes[0], folder)
    before = looked_at(folder)
    harmed(folder, names, homes, chance, what)
    with nobody_waits():
        try:
            looked_at(folder)
        except Failure as failure:
            assert failure.says
        report = repaired(folder)
        if not report.left:
            after = looked_at(folder)
            if not any(UNPROVEN in done for done in report.done):
                assert_nothing_made_up(before, after)
            home = open_home(folder, USER, create=False)
            with home.store.transaction(home.user["id"], "go on") as tx:
                tx.insert("project", {"name": "afterwards"})
            home.store.compact()
            assert home.store.compaction_trouble == "" and home.store.verify() == []
            home.close()
            assert examine(folder) == []
    return not report.left


def assert_nothing_made_up(before: dict[str, dict], after: dict[str, dict]) -> None:
    """What is there after a repair was there before, at one time or another."""
    for kind, documents in after.items():
        for id, document in documents.items():
            was = before.get(kind, {}).get(id)
            assert was is not None, (kind, id)
            assert document == was or document["rev"] < was["rev"], (document, was)


FILES = ["MANIFEST", "journal.*.jsonl", "project.*.jsonl", "*.idx", "*.lock", "user.*.jsonl"]


@pytest.mark.slow
@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("harm", ["flip", "empty", "gone", "folder", "link", "pipe", "exchanged", "foreign"])
def test_harm_to_one_file_is_repaired_or_told(homes, tmp_path: Path, harm: str, what: str) -> None:
    ordeal(homes, tmp_path, [harm], random.Random(f"{harm} {what}"), what)


def rounds(homes, tmp_path: Path, number: int, tried: Callable, enough: Callable[[int], bool]) -> None:
    chance, turn, whole = random.Random(number), 0, 0
    while not enough(turn):
        turn += 1
        names = chance.choices([*HARMS, "foreign"], k=chance.choice([1, 1, 2, 3]))
        place = tmp_path / str(turn)
        place.mkdir()
        try:
            whole += ordeal(homes, place, names, chance)
        except BaseException as error:
            error.add_note(f"seed {number}, turn {turn}: {names}")
            raise
        shutil.rmtree(place)
    tried("seed", number)
    tried("harmed homes", turn)
    tried("harmed homes repaired whole", whole)


def _seed() -> int:
    return int(os.environ.get("MODELOPS_ORDEAL_SEED") or random.SystemRandom().randrange(1 << 32))


def test_any_harm_is_repaired_or_told(homes, tmp_path: Path, tried) -> None:
    rounds(homes, tmp_path, _seed(), tried, lambda turn: turn >= 12)


@pytest.mark.slow
def test_any_harm_is_repaired_or_told_for_long(homes, tmp_path: Path, tried) -> None:
    end = time.monotonic() + float(os.environ.get("MODELOPS_ORDEAL_SECONDS") or 20)
    rounds(homes, tmp_path, _seed(), tried, lambda turn: time.monotonic() > end)
