"""Threat: file modes, the umask, links; somebody else on this machine. Promise: 0700 and 0600, no link followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelops_tui.errors import VaultFailure
from modelops_tui.services import chests, vault
from tests.vault.conftest import PASSPHRASE, Person, Sit


@pytest.fixture(params=[0o000, 0o077, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(file.lstat().st_mode) for file in folder.iterdir()}


def test_file_modes_hold_whatever_the_umask(sit: Sit, umask: int, own_vault_surroundings: Path) -> None:
    ada = sit("ada", agent=True)
    vault.init_vault(ada.home, PASSPHRASE)
    with pytest.raises(VaultFailure):
        vault.unlock(ada.home, "not the passphrase")
    vault.unlock(ada.home, PASSPHRASE)
    chests.put(ada.home, ada.chest(), "db", {"password": "x"})
    vault.change_passphrase(ada.home, PASSPHRASE, "a whole new passphrase")
    folder = ada.home.folder / "vault"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes(folder) == {0o600}
    status = vault.vault_status(ada.home).unlocked
    assert status is not None
    if status.kept_by == "agent":
        assert modes(own_vault_surroundings / "modelops") == {0o600}
    vault.lock(ada.home)


def test_file_modes_a_record_that_others_may_read_is_refused_and_says_how_to_close_it(ada: Person) -> None:
    file = ada.home.folder / "vault" / f"{ada.id}.json"
    for mode in (0o644, 0o640, 0o602):
        file.chmod(mode)
        with pytest.raises(VaultFailure, match="other people") as refused:
            vault.unlock(ada.home, PASSPHRASE)
        assert "chmod 600" in refused.value.hint
    file.chmod(0o600)
    vault.unlock(ada.home, PASSPHRASE)


def test_file_modes_a_folder_that_was_opened_is_closed_again(ada: Person) -> None:
    folder = ada.home.folder / "vault"
    folder.chmod(0o755)
    vault.unlock(ada.home, PASSPHRASE)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_file_modes_a_passphrase_file_that_others_may_read_is_refused(sit: Sit, tmp_path: Path) -> None:
    sit("ada").with_vault()
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE)
    file.chmod(0o644)
    script = sit("ada", environment={"MODELOPS_PASSPHRASE_FILE": str(file)})
    with pytest.raises(VaultFailure, match="other people"):
        script.chest(db={"password": "x"})


def test_links_a_record_that_is_a_link_is_never_followed(ada: Person, tmp_path: Path) -> None:
    file = ada.home.folder / "vault" / f"{ada.id}.json"
    elsewhere = tmp_path / "elsewhere.json"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    for act in (
        lambda: vault.unlock(ada.home, PASSPHRASE),
        lambda: vault.change_passphrase(ada.home, PASSPHRASE, "a whole new passphrase"),
        lambda: vault.init_vault(ada.home, PASSPHRASE),
    ):
        with pytest.raises(VaultFailure, match="symbolic link"):
            act()
    assert elsewhere.read_bytes() == before


def test_links_a_vault_folder_that_is_a_link_is_never_followed(sit: Sit, tmp_path: Path) -> None:
    ada = sit("ada")
    (tmp_path / "elsewhere").mkdir()
    (ada.home.folder / "vault").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VaultFailure, match="symbolic link"):
        vault.init_vault(ada.home, PASSPHRASE)
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("name", ["{}.json.new", "{}.attempts"])
def test_links_where_a_temporary_file_would_be_is_replaced_and_not_followed(
    ada: Person, tmp_path: Path, name: str
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    link = ada.home.folder / "vault" / name.format(ada.id)
    link.unlink(missing_ok=True)
    link.symlink_to(victim)
    with pytest.raises(VaultFailure):
        vault.unlock(ada.home, "not the passphrase")
    vault.change_passphrase(ada.home, PASSPHRASE, "a whole new passphrase")
    assert victim.read_text() == "precious"
    vault.unlock(ada.home, "a whole new passphrase")


@pytest.mark.parametrize("what", ["folder", "pipe"])
def test_links_a_record_that_is_no_plain_file_is_refused_at_once(ada: Person, what: str) -> None:
    file = ada.home.folder / "vault" / f"{ada.id}.json"
    file.unlink()
    file.mkdir() if what == "folder" else os.mkfifo(file, 0o600)
    with pytest.raises(VaultFailure):
        vault.unlock(ada.home, PASSPHRASE)


def test_links_the_lock_of_the_agent_is_never_followed(sit: Sit, own_vault_surroundings: Path, tmp_path: Path) -> None:
    from modelops_tui.adapters.agent_channel import socket_place

    ada = sit("ada", agent=True)
    folder, name = socket_place(ada.home.folder)
    (folder / f"{name}.lock").symlink_to(tmp_path / "made-by-a-link")
    vault.init_vault(ada.home, PASSPHRASE)
    status = vault.unlock(ada.home, PASSPHRASE).unlocked
    assert status is not None and status.kept_by == "process"
    assert not (tmp_path / "made-by-a-link").exists()


def test_a_full_disk_changes_nothing(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    file = ada.home.folder / "vault" / f"{ada.id}.json"
    before = file.read_bytes()
    genuine = os.fsync

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VaultFailure, match="nothing was changed"):
        vault.change_passphrase(ada.home, PASSPHRASE, "a whole new passphrase")
    monkeypatch.setattr(os, "fsync", genuine)
    assert file.read_bytes() == before
    vault.change_passphrase(ada.home, PASSPHRASE, "a whole new passphrase")


def test_a_new_record_that_does_not_come_back_from_the_disk_never_replaces_one_that_works(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = os.write

    def bent(descriptor: int, data: bytes) -> int:
        return genuine(descriptor, bytes(data).replace(b'"lanes": 1', b'"lanes": 2'))

    monkeypatch.setattr(os, "write", bent)
    with pytest.raises(VaultFailure):
        vault.change_passphrase(ada.home, PASSPHRASE, "a whole new passphrase")
    monkeypatch.setattr(os, "write", genuine)
    vault.unlock(ada.home, PASSPHRASE)
    assert [file.name for file in (ada.home.folder / "vault").iterdir()] == [f"{ada.id}.json"]


def test_two_who_change_a_record_at_once_never_lose_one_silently(
    ada: Person, monkeypatch: pytest.MonkeyPatch, sit: Sit
) -> None:
    from modelops_tui.adapters import vault_identity

    again = sit("ada")
    genuine = vault_identity.under_passphrase
    once = [True]

    def in_between(*arguments: object) -> object:
        made = genuine(*arguments)  # type: ignore[arg-type]
        if once.pop() if once else False:
            vault.change_passphrase(again.home, PASSPHRASE, "the others new passphrase")
        return made

    monkeypatch.setattr(vault_identity, "under_passphrase", in_between)
    with pytest.raises(VaultFailure, match="meanwhile"):
        vault.change_passphrase(ada.home, PASSPHRASE, "a whole new passphrase")
    vault.unlock(ada.home, "the others new passphrase")


def test_somebody_else_on_this_machine_sees_nothing_in_a_home_of_mode_0700(ada: Person) -> None:
    assert stat.S_IMODE(ada.home.folder.stat().st_mode) == 0o700
