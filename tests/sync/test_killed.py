"""Killing a laptop or the server at any moment loses nothing that was acknowledged, and the next sync goes on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from secrets import randbelow

import pytest

from modelops_tui.adapters.mongo_remote import open_mongo_remote
from modelops_tui.errors import OutsideMissing
from modelops_tui.ports_remote import RemoteAddress
from modelops_tui.services import sync
from tests.sync.conftest import Laptop, Opener
from tests.sync.preloaded import Preloaded, is_alive, kill
from tests.sync.wire import server_process

# How often either side is killed: a hundred times, and on for as long as the budget allows.
KILLS = int(os.environ.get("MODELOPS_SYNC_KILLS", "100"))
SECONDS = float(os.environ.get("MODELOPS_SYNC_SECONDS", "45"))

WORKER = """
import sys
from pathlib import Path
from modelops_tui import open_home
from modelops_tui.adapters.mongo_remote import open_mongo_remote
from modelops_tui.ports_remote import RemoteAddress
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services import records, sync
folder, user, uri, first = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
home = open_home(Path(folder), user)
remote = open_mongo_remote(RemoteAddress(uri, "team"))
project = records.find_one(home, BY_NAME["project"], "iris")["id"]
print("ready", flush=True)
number = first
while True:
    number += 1
    records.change(home, BY_NAME["project"], project, {"desc": str(number)})
    records.create(home, BY_NAME["training"], {"notebook": "n.ipynb"}, f"iris:t{number}")
    print("written", number, flush=True)
    sync.sync(home, remote)
    print("sent", number, flush=True)
"""
LOADED = ("modelops_tui", "modelops_tui.adapters.mongo_remote", "modelops_tui.services.sync", "pymongo")


def address(port: int) -> str:
    return f"mongodb://127.0.0.1:{port}/?directConnection=true"


def rounds() -> Iterator[int]:
    """The number of each round, from one on."""
    end = time.monotonic() + SECONDS
    number = 0
    while number < KILLS or time.monotonic() < end:
        number += 1
        yield number


class Worker:
    """A laptop's own process, which edits and syncs until it is killed."""

    def __init__(self, loaded: Preloaded, words: list[str], told: Path) -> None:
        told.unlink(missing_ok=True)
        self.told = told
        self.pid = loaded.start(WORKER, words, told)
        while not (told.exists() and "ready" in told.read_text()):
            assert is_alive(self.pid), told.read_text()
            time.sleep(0.001)

    def kill(self) -> dict[str, int]:
        """Ends it; gives the last number that it had written, and the last that was acknowledged to it."""
        kill(self.pid)
        # What is torn was not told.
        lines = self.told.read_text().rpartition("\n")[0].splitlines()
        return {word: int(number) for word, _, number in (line.partition(" ") for line in lines) if number}


@pytest.mark.slow
def test_a_laptop_that_is_killed_at_any_moment_goes_on(
    open_laptop: Opener, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("MODELOPS_SYNC_SEED", randbelow(10**6)))
    random = Random(seed)
    loaded = Preloaded(*LOADED)
    number = done = 0
    with server_process(tmp_path / "server", "--sync-on-commit") as server:
        uri = address(server.port)
        ada, bob = open_laptop("ada"), open_laptop("bob")
        ada.new("project", "iris", desc="0")
        for laptop in (ada, bob):
            laptop.remote = open_mongo_remote(RemoteAddress(uri, "team"))
            laptop.sync()
        for number in rounds():  # noqa: B007 – told at the end
            worker = Worker(loaded, [str(ada.home.folder), "ada", uri, str(done)], tmp_path / "told")
            time.sleep(random.random() * 0.3)
            told = worker.kill()
            bob.sync()
            ada.home.catch_up()
            now = int(ada.get("project", "iris")["desc"])
            assert told.get("written", done) <= now <= told.get("written", done) + 1
            assert int(bob.get("project", "iris").get("desc", 0)) >= told.get("sent", 0)
            assert bob.conflicts() == []
            done = now
        for laptop in (ada, bob, ada):
            laptop.sync()
        assert ada.bodies() == bob.bodies() and ada.conflicts() == []
        # The training of the last round may not have been written before the kill.
        assert ada.home.store.count("training") >= done - number
        assert sync.verify_remote(ada.home, ada.remote) == []
        for laptop in (ada, bob):
            laptop.remote.close()
    loaded.close()
    with capsys.disabled():
        print(f"\nkilled a laptop {number} times over {done} edits, seed {seed}")


@pytest.mark.slow
def test_a_server_that_is_killed_at_any_moment_loses_nothing_it_acknowledged(
    open_laptop: Opener, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("MODELOPS_SYNC_SEED", randbelow(10**6)))
    random = Random(seed)
    ada, bob = open_laptop("ada"), open_laptop("bob")
    ada.new("project", "iris")
    number = edits = 0
    with server_process(tmp_path / "server", "--sync-on-commit") as server:
        for number in rounds():
            for laptop in (ada, bob):
                laptop.remote = open_mongo_remote(RemoteAddress(address(server.port), "team", timeout=0.5))
                if number == 1:
                    laptop.sync()
            killer = threading.Timer(0.01 + random.random() * 0.3, server.kill)
            killer.start()
            try:
                while True:
                    edits += 1
                    edit(random.choice([ada, bob]), edits)
            except OutsideMissing:
                pass
            killer.join()
            server.start()
            for laptop in (ada, bob):
                laptop.remote.close()
        for laptop in (ada, bob):
            laptop.remote = open_mongo_remote(RemoteAddress(address(server.port), "team", timeout=5))
        for laptop in (ada, bob, ada, bob):
            for conflict in laptop.conflicts():
                laptop.resolve(conflict.id, "mine")
            laptop.sync()
        assert ada.bodies() == bob.bodies()
        assert ada.home.store.count("training") == edits
        assert sync.verify_remote(bob.home, bob.remote) == []
        for laptop in (ada, bob):
            laptop.remote.close()
    with capsys.disabled():
        print(f"\nkilled the server {number} times over {edits} edits, seed {seed}")


def edit(laptop: Laptop, number: int) -> None:
    laptop.new("training", f"iris:t{number}", notebook="n.ipynb")
    laptop.sync()
