"""Threat: a disk that is full or may only be read while keys and secrets change. Promise: said, and nothing is lost.

On a file system of its own. What cannot be written down as seen is not shown.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from modelops_tui.errors import Failure
from modelops_tui.services import chest_running, chest_sharing, chests, vault
from tests.vault.conftest import PASSPHRASE, Person, Sit

pytestmark = [pytest.mark.root, pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")]
NEW = "a whole new passphrase"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "home"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1400k", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Takes every byte that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x")
    return filler


def changes(ada: Person, bob: Person, box: str) -> dict[str, Callable[[], Any]]:
    """Every change of keys and secrets."""
    return {
        "put": lambda: chests.put(ada.home, box, "large", {"value": "x" * 20_000}),
        "share": lambda: chest_sharing.share(ada.home, box, bob.id),
        "rotate": lambda: chest_sharing.rotate(ada.home, box),
        "passphrase": lambda: vault.change_passphrase(ada.home, PASSPHRASE, NEW),
        "recovery": lambda: vault.renew_recovery(ada.home, PASSPHRASE),
    }


@pytest.mark.parametrize("name", ["put", "share", "rotate", "passphrase", "recovery"])
def test_a_full_disk_leaves_keys_and_secrets_as_they_were(disk: Path, sit: Sit, name: str) -> None:
    ada = sit("ada").with_vault()
    bob = sit("bob").with_vault()
    box = ada.chest(db={"password": "s3cret"})
    filler = fill(disk)
    with pytest.raises(Failure, match=r"[Ff]ull|No space") as told:
        # A journal may have room for a small change or two in its last block.
        for _ in range(50):
            changes(ada, bob, box)[name]()
    assert "nothing was changed" in told.value.says
    filler.unlink()
    vault.lock(ada.home)
    with suppress(Failure):
        vault.unlock(ada.home, NEW)
        pytest.fail("the new passphrase opens, though it was refused")
    ada.unlock()
    assert chests.reveal(ada.home, box, "db") == "s3cret" and chests.check(ada.home, box) == []
    again = sit("ada")
    again.unlock()
    changes(again, bob, box)[name]()
    assert chests.reveal(again.home, box, "db") == "s3cret"


def test_a_disk_that_is_only_read_shows_no_secret_whose_showing_it_could_not_keep(disk: Path, sit: Sit) -> None:
    ada = sit("ada").with_vault()
    bob = sit("bob").with_vault()
    box = ada.chest(db={"password": "s3cret"})
    for one in (ada, bob):
        one.home.close()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    ada = sit("ada")
    ada.unlock()
    tries = changes(ada, bob, box) | {
        "reveal": lambda: chests.reveal(ada.home, box, "db"),
        "run": lambda: chest_running.run_with(ada.home, box, ["true"]),
    }
    for act in tries.values():
        with pytest.raises(Failure, match="Read-only"):
            act()
    assert chests.check(ada.home, box) == [], "what is not shown to anybody works"
    assert [item.entry for item in chests.entry_names(ada.home, box)] == ["db"]
