"""A backup takes the vault along, sealed and private, and its chests open where it is restored."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from modelops_tui import open_home
from modelops_tui.errors import Refused
from modelops_tui.services import chests, upkeep, vault
from tests.vault.conftest import PASSPHRASE, Person, Sit, Surroundings
from tests.vault.test_threats_store import CANARY, assert_clean
from tests.vault.test_unlock_agent import agents as agents


def test_a_backup_opens_with_the_same_passphrase_and_holds_no_secret(ada: Person, sit: Sit, tmp_path: Path) -> None:
    box = ada.chest(db={"password": CANARY})
    upkeep.backup(ada.home.folder, tmp_path / "backup")
    record = tmp_path / "backup" / "vault" / f"{ada.id}.json"
    assert stat.S_IMODE(record.stat().st_mode) == 0o600 and stat.S_IMODE(record.parent.stat().st_mode) == 0o700
    with pytest.raises(Refused, match="is a backup"):
        upkeep.set_history_limits(tmp_path / "backup", days=1)
    upkeep.restore(tmp_path / "restored", tmp_path / "backup")
    again = sit("ada", "restored")
    again.unlock()
    assert chests.reveal(again.home, box, "db") == CANARY
    assert_clean(tmp_path, secrets=(CANARY, PASSPHRASE))


def test_a_restored_registry_opens_with_its_passphrase_of_now(ada: Person, sit: Sit, tmp_path: Path) -> None:
    box = ada.chest(db={"password": "then"})
    upkeep.backup(ada.home.folder, tmp_path / "backup")
    chests.put(ada.home, box, "db", {"password": "now"})
    upkeep.restore(ada.home.folder, tmp_path / "backup", ada.id)
    again = sit("ada")
    again.unlock()
    assert chests.reveal(again.home, box, "db") == "then"


def test_a_backup_is_made_while_the_agents_socket_lies_in_the_home(
    agents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    home = open_home(agents / "home", "ada")
    ada = Person(home, Surroundings(home.folder, {}, agent=True))
    vault.init_vault(ada.home, PASSPHRASE)
    status = vault.unlock(ada.home, PASSPHRASE, 300).unlocked
    try:
        assert status is not None and status.kept_by == "agent" and list((home.folder / "run").glob("*.sock"))
        upkeep.backup(home.folder, tmp_path / "backup")
        assert upkeep.prove(tmp_path / "backup") == []
        assert not list((tmp_path / "backup").rglob("*.sock*"))
    finally:
        vault.lock(ada.home)
        home.close()
