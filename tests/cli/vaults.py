"""A registry whose users have vaults, opened by a passphrase file as a script does, at the lowest cost allowed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modelops_tui import open_home
from modelops_tui.adapters import vault_cost
from modelops_tui.entities.builtin import ADMINISTRATOR, builtin_id
from modelops_tui.entities.registry import kind_named
from modelops_tui.services import chests, records, vault
from tests.cli.conftest import USER, Call

FLOOR = vault_cost.Cost("argon2id", {"memory_kib": 19456, "iterations": 2, "lanes": 1})
PASSPHRASE = "correct horse battery"
Source = Callable[[str], None]


def passphrase_file(folder: Path, text: str) -> Path:
    file = folder / "passphrase"
    file.write_text(text + "\n")
    file.chmod(0o600)
    return file


@pytest.fixture(scope="session", name="vault_template")
def vault_template_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keeper has a vault and the chest `box`; bob has a vault; carol has none."""
    folder = tmp_path_factory.mktemp("vaults") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vault_cost, "best_cost", lambda: FLOOR)
        patch.setenv("MODELOPS_PASSPHRASE_FILE", str(passphrase_file(folder.parent, PASSPHRASE)))
        keeper = open_home(folder, USER)
        for name in ("bob", "carol"):
            values = {"name": name, "roles": [builtin_id("role", ADMINISTRATOR)]}
            records.create(keeper, kind_named("user"), values)
        vault.init_vault(keeper, PASSPHRASE)
        bob = open_home(folder, "bob")
        vault.init_vault(bob, PASSPHRASE)
        bob.close()
        box = records.create(keeper, kind_named("treasure-chest"), {"name": "box"})["id"]
        chests.put_many(
            keeper, box, {"db": {"user": "me", "password": "s3cret of db"}, "token": {"value": "s3cret token"}}
        )
        keeper.close()
    return folder


@pytest.fixture(autouse=True, name="own_vault_surroundings")
def own_vault_surroundings_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A short runtime folder of its own for the agent's socket, cheap derivation, and no passphrase of anybody."""
    folder = tempfile.mkdtemp(prefix="mo-")
    monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
    monkeypatch.delenv("MODELOPS_PASSPHRASE_FILE", raising=False)
    monkeypatch.delenv("MODELOPS_PASSPHRASE_COMMAND", raising=False)
    monkeypatch.setattr(vault_cost, "best_cost", lambda: FLOOR)
    yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(name="script")
def script_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Gives the passphrase of a script."""

    def give(text: str) -> None:
        monkeypatch.setenv("MODELOPS_PASSPHRASE_FILE", str(passphrase_file(tmp_path, text)))

    return give


@pytest.fixture(name="locked")
def locked_fixture(call: Call, vault_template: Path, tmp_path: Path) -> Call:
    """Calls the command line on the registry with vaults, with nobody who knows a passphrase."""
    shutil.copytree(vault_template, tmp_path / "home")
    return call


@pytest.fixture(name="chest")
def chest_fixture(locked: Call, script: Source) -> Call:
    """The same, with the passphrase of a script."""
    script(PASSPHRASE)
    return locked
