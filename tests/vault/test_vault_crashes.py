"""Whatever step a kill interrupts, one state that works is left: the old one or the new one."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modelops_tui import open_home
from modelops_tui.errors import Failure, VaultFailure
from modelops_tui.services import chest_sharing, chests, vault
from modelops_tui.services.home import Home
from tests.vault.conftest import PASSPHRASE, Person, Sit, Surroundings, derive_each_key_once

pytestmark = pytest.mark.slow

# Every way in which a step reaches the disk.
CALLS = ("open", "write", "fsync", "fdatasync", "rename", "replace", "unlink", "mkdir", "fchmod", "ftruncate", "close")
MOST_STEPS = 400


@pytest.fixture(autouse=True)
def keys_are_derived_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a key at every step."""
    derive_each_key_once(monkeypatch)


def killed_at(step: int, act: Callable[[], Any]) -> bool:
    """Does `act` in a child that is killed before its call number `step`; whether it came that far."""
    child = os.fork()
    if child == 0:
        try:
            _kill_before(step)
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _kill_before(step: int) -> None:
    left = [step]
    for name in CALLS:
        genuine = getattr(os, name)

        def counted(*arguments: Any, _genuine: Any = genuine, **options: Any) -> Any:
            left[0] -= 1
            if left[0] <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return _genuine(*arguments, **options)

        setattr(os, name, counted)


def fresh(folder: Path, name: str, like: Person | None = None) -> Person:
    """Somebody at a home in this process, with the unlocked key of `like` where one is given."""
    home: Home = open_home(folder, name)
    person = Person(home, Surroundings(folder, {}))
    if like is not None:
        person.outside.vault._here = dict(like.outside.vault._here)
    return person


def each_step(template: Path, tmp_path: Path, act: Callable[[Path], Any]) -> Iterator[Path]:
    """A copy of a home after `act` was killed at its first, second, … step, and at last after a whole one."""
    for step in range(1, MOST_STEPS):
        folder = tmp_path / f"step-{step}"
        shutil.copytree(template, folder)
        interrupted = killed_at(step, lambda folder=folder: act(folder))  # type: ignore[misc]
        yield folder
        shutil.rmtree(folder)
        if not interrupted:
            assert step > 10, "nothing was interrupted"
            return
    raise AssertionError("it never came to its end")


def opens(person: Person, passphrase: str) -> bool:
    try:
        vault.unlock(person.home, passphrase)
    except VaultFailure:
        return False
    return True


def test_init_leaves_a_vault_or_the_way_to_one(sit: Sit, tmp_path: Path) -> None:
    template = sit("ada").home.folder
    outcomes = set()
    for folder in each_step(template, tmp_path, lambda folder: vault.init_vault(fresh(folder, "ada").home, PASSPHRASE)):
        ada = fresh(folder, "ada")
        published = "public_key" in (ada.home.store.get("user", ada.id) or {})
        outcomes.add((vault.vault_status(ada.home).fingerprint != "", published))
        if not published:
            vault.init_vault(ada.home, PASSPHRASE)
        vault.unlock(ada.home, PASSPHRASE)
        box = ada.chest(db={"password": "s3cret"})
        assert chests.reveal(ada.home, box, "db") == "s3cret"
        assert vault.vault_status(ada.home).trouble == ""
        ada.home.close()
    assert outcomes == {(False, False), (True, False), (True, True)}


def test_a_vault_whose_init_was_interrupted_opens_for_its_passphrase_too(sit: Sit, tmp_path: Path) -> None:
    for folder in each_step(
        sit("ada").home.folder, tmp_path, lambda folder: vault.init_vault(fresh(folder, "ada").home, PASSPHRASE)
    ):
        ada = fresh(folder, "ada")
        if vault.vault_status(ada.home).fingerprint:
            vault.unlock(ada.home, PASSPHRASE)
            assert vault.vault_status(ada.home).trouble == ""
        ada.home.close()


def test_change_passphrase_leaves_exactly_one_passphrase_that_opens(ada: Person, tmp_path: Path) -> None:
    box = ada.chest(db={"password": "s3cret"})
    outcomes = set()
    for folder in each_step(
        ada.home.folder,
        tmp_path,
        lambda folder: vault.change_passphrase(fresh(folder, "ada").home, PASSPHRASE, "the new passphrase"),
    ):
        person = fresh(folder, "ada")
        which = (opens(person, PASSPHRASE), opens(person, "the new passphrase"))
        assert sum(which) == 1
        outcomes.add(which)
        assert chests.reveal(person.home, box, "db") == "s3cret"
        person.home.close()
    assert len(outcomes) == 2


def test_recover_leaves_a_passphrase_or_a_recovery_text_that_works(ada: Person, tmp_path: Path) -> None:
    text = ada.recovery_text
    for folder in each_step(
        ada.home.folder,
        tmp_path,
        lambda folder: vault.recover(fresh(folder, "ada").home, text, "the new passphrase"),
    ):
        person = fresh(folder, "ada")
        assert opens(person, PASSPHRASE) != opens(person, "the new passphrase")
        person.home.close()


@pytest.mark.parametrize("verb", ["share", "unshare", "rotate", "put", "reveal"])
def test_a_chest_is_as_it_was_or_as_it_should_be(ada: Person, bob: Person, tmp_path: Path, verb: str) -> None:
    box = ada.chest(db={"password": "s3cret", "user": "me"}, other={"value": "x"})
    if verb == "unshare":
        chest_sharing.share(ada.home, box, bob.id)
    acts: dict[str, Callable[[Person], Any]] = {
        "share": lambda person: chest_sharing.share(person.home, box, bob.id),
        "unshare": lambda person: chest_sharing.unshare(person.home, box, bob.id),
        "rotate": lambda person: chest_sharing.rotate(person.home, box),
        "put": lambda person: chests.put(person.home, box, "db", {"password": "the next"}),
        "reveal": lambda person: chests.reveal(person.home, box, "db", "password"),
    }
    before = ada.document(box)
    outcomes = set()
    for folder in each_step(ada.home.folder, tmp_path, lambda folder: acts[verb](fresh(folder, "ada", ada))):
        person, other = fresh(folder, "ada", ada), fresh(folder, "bob", bob)
        now = person.document(box)
        outcomes.add(now["rev"] - before["rev"])
        assert chests.check(person.home, box) == []
        new = verb == "put" and now != before
        assert chests.reveal(person.home, box, "db", "password") == ("the next" if new else "s3cret")
        # Bob's document says who can open it, and that is so.
        listed = bob.id in [item.user for item in chest_sharing.holders(other.home, box)]
        try:
            assert chests.reveal(other.home, box, "other") == "x" and listed
        except Failure:
            assert not listed
        person.home.close()
        other.home.close()
    assert outcomes == {0, 1}
