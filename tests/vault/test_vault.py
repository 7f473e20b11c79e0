"""A vault is made once, opens for its passphrase or its recovery text alone, and closes again."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from modelops_tui.adapters import vault_cost, vault_identity
from modelops_tui.adapters.vault_attempts import LONGEST_DELAY, delay_after
from modelops_tui.errors import NotPermitted, VaultFailure
from modelops_tui.ports import VaultLocked
from modelops_tui.services import chests, vault
from tests.vault.conftest import FLOOR, PASSPHRASE, Person, Sit, every_file


def record_of(person: Person) -> Path:
    return person.home.folder / "vault" / f"{person.id}.json"


def test_a_new_vault_publishes_its_key_and_is_locked(sit: Sit) -> None:
    ada = sit("ada")
    assert vault.vault_status(ada.home).fingerprint == ""
    vault.init_vault(ada.home, PASSPHRASE)
    status = vault.vault_status(ada.home)
    known = ada.home.store.get("user", ada.id)
    assert known is not None and known["fingerprint"] == status.fingerprint and len(known["public_key"]) == 44
    assert status.unlocked is None and status.trouble == ""
    assert stat.S_IMODE(record_of(ada).stat().st_mode) == 0o600


def test_a_second_init_is_refused_and_changes_nothing(ada: Person) -> None:
    before = record_of(ada).read_bytes()
    with pytest.raises(VaultFailure):
        vault.init_vault(ada.home, "another passphrase")
    assert record_of(ada).read_bytes() == before


@pytest.mark.parametrize("passphrase", ["", "short", " " * 20, "x" * 1025, "lone \ud800 surrogate"])
def test_a_bad_new_passphrase_is_refused(sit: Sit, passphrase: str) -> None:
    ada = sit("ada")
    with pytest.raises(VaultFailure):
        vault.init_vault(ada.home, passphrase)
    assert not record_of(ada).exists()


def test_unlocking_opens_chests_until_locked_again(ada: Person) -> None:
    box = ada.chest(db={"password": "s3cret"})
    assert chests.reveal(ada.home, box, "db", "password") == "s3cret"
    assert vault.lock(ada.home) and not vault.lock(ada.home)
    with pytest.raises(VaultLocked) as locked:
        chests.reveal(ada.home, box, "db", "password")
    assert locked.value.code == 8 and "vault unlock" in locked.value.hint


def test_a_vault_locks_itself_when_idle(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [5000.0]
    monkeypatch.setattr("modelops_tui.adapters.fernet_vault.seconds_since_boot", lambda: now[0])
    vault.unlock(ada.home, PASSPHRASE, 60)
    box = ada.chest(db={"password": "s3cret"})
    now[0] += 59
    chests.reveal(ada.home, box, "db")
    now[0] += 59
    chests.reveal(ada.home, box, "db")
    now[0] += 61
    with pytest.raises(VaultLocked):
        chests.reveal(ada.home, box, "db")


def test_a_wrong_passphrase_is_one_clean_sentence_and_changes_nothing(ada: Person) -> None:
    vault.lock(ada.home)
    before, sequence = record_of(ada).read_bytes(), ada.home.store.sequence
    with pytest.raises(VaultFailure) as wrong:
        vault.unlock(ada.home, "not the passphrase")
    assert wrong.value.code == 8 and wrong.value.says.count(".") == 1 and wrong.value.hint
    assert wrong.value.__cause__ is None and wrong.value.__suppress_context__
    assert record_of(ada).read_bytes() == before and ada.home.store.sequence == sequence
    assert vault.vault_status(ada.home).unlocked is None


def test_wrong_passphrases_wait_longer_and_longer_up_to_a_bound(ada: Person) -> None:
    for _ in range(8):
        with pytest.raises(VaultFailure):
            vault.unlock(ada.home, "not the passphrase")
    waited = ada.outside.clock.waited[1:]
    assert waited == [0, 0, 0, 1, 2, 4, 8, 16]
    assert delay_after(10_000) == LONGEST_DELAY
    ada.unlock()
    assert ada.outside.clock.waited[-1] == LONGEST_DELAY
    ada.unlock()
    assert ada.outside.clock.waited[-1] == 0


def test_guesses_at_the_same_time_queue_up(ada: Person) -> None:
    attempts = ada.outside.vault._attempts
    ada.outside.clock.sleep = ada.outside.clock.waited.append  # type: ignore[method-assign]
    for _ in range(7):
        attempts.begin(ada.id)
    assert ada.outside.clock.waited[-4:] == [1, 3, 7, 15]
    with pytest.raises(VaultFailure, match="Too many"):
        for _ in range(5):
            attempts.begin(ada.id)


def test_a_clock_that_was_set_back_locks_nobody_out(ada: Person) -> None:
    for _ in range(5):
        with pytest.raises(VaultFailure):
            vault.unlock(ada.home, "not the passphrase")
    ada.outside.clock.time -= 10_000_000
    ada.outside.clock.waited.clear()
    ada.unlock()
    assert sum(ada.outside.clock.waited) <= LONGEST_DELAY


def test_a_damaged_counter_is_as_good_as_none(ada: Person) -> None:
    counter = record_of(ada).with_suffix(".attempts")
    for data in (b"", b"[]", b'{"failed": -1, "at": 0}', b'{"failed": "x"}', b"\xff" * 9):
        counter.write_bytes(data)
        counter.chmod(0o600)
        ada.unlock()


def test_another_passphrase_opens_what_the_former_one_did(ada: Person) -> None:
    box = ada.chest(db={"password": "s3cret"})
    vault.change_passphrase(ada.home, PASSPHRASE, "a whole new passphrase")
    vault.lock(ada.home)
    with pytest.raises(VaultFailure):
        ada.unlock()
    ada.unlock("a whole new passphrase")
    assert chests.reveal(ada.home, box, "db") == "s3cret"
    assert [file.name for file in record_of(ada).parent.iterdir() if file.suffix != ".attempts"] == [f"{ada.id}.json"]


def test_a_passphrase_is_the_same_however_its_signs_are_composed(sit: Sit) -> None:
    ada = sit("ada")
    vault.init_vault(ada.home, "gr\u00fc\u00dfe aus k\u00f6ln")
    vault.unlock(ada.home, "gru\u0308\u00dfe aus ko\u0308ln")


def test_the_recovery_text_sets_another_passphrase_once(ada: Person) -> None:
    box = ada.chest(db={"password": "s3cret"})
    vault.lock(ada.home)
    typed = ada.recovery_text.lower().replace("-", " ").replace("o", "0")
    fresh = vault.recover(ada.home, typed, "a whole new passphrase")
    ada.unlock("a whole new passphrase")
    assert chests.reveal(ada.home, box, "db") == "s3cret"
    with pytest.raises(VaultFailure, match="not the recovery text"):
        vault.recover(ada.home, ada.recovery_text, "yet another passphrase")
    assert fresh != ada.recovery_text


def test_a_new_recovery_text_ends_the_former_one(ada: Person) -> None:
    fresh = vault.renew_recovery(ada.home, PASSPHRASE)
    with pytest.raises(VaultFailure):
        vault.recover(ada.home, ada.recovery_text, "a whole new passphrase")
    vault.recover(ada.home, fresh, "a whole new passphrase")


def test_a_mistyped_recovery_text_is_told_from_a_wrong_one(ada: Person) -> None:
    swapped = "B" if ada.recovery_text[0] != "B" else "C"
    for text in ("", "ABCDE", swapped + ada.recovery_text[1:], ada.recovery_text + "A", "é" * 40):
        with pytest.raises(VaultFailure, match="no recovery text"):
            vault.recover(ada.home, text, "a whole new passphrase")


def test_another_users_recovery_text_opens_nothing(ada: Person, bob: Person) -> None:
    with pytest.raises(VaultFailure, match="not the recovery text"):
        vault.recover(ada.home, bob.recovery_text, "a whole new passphrase")


def test_a_passphrase_comes_from_a_file_or_a_command_for_scripts(sit: Sit, tmp_path: Path) -> None:
    ada = sit("ada").with_vault()
    box = ada.chest(db={"password": "s3cret"})
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\nand more\n")
    file.chmod(0o600)
    for environment in (
        {"MODELOPS_PASSPHRASE_FILE": str(file)},
        {"MODELOPS_PASSPHRASE_COMMAND": f"/bin/cat '{file}'"},
    ):
        script = sit("ada", environment=environment)
        assert chests.reveal(script.home, box, "db") == "s3cret"
        # A script's key stays in the script.
        assert vault.vault_status(sit("ada").home).unlocked is None


@pytest.mark.parametrize(
    "environment",
    [
        {"MODELOPS_PASSPHRASE_FILE": "/nonexistent/passphrase"},
        {"MODELOPS_PASSPHRASE_FILE": "/dev/null"},
        {"MODELOPS_PASSPHRASE_COMMAND": "/bin/false"},
        {"MODELOPS_PASSPHRASE_COMMAND": "no-such-program-here"},
        {"MODELOPS_PASSPHRASE_COMMAND": "'"},
        {"MODELOPS_PASSPHRASE_COMMAND": "   "},
        {"MODELOPS_PASSPHRASE_COMMAND": "/bin/echo wrong passphrase"},
    ],
)
def test_a_script_without_a_good_passphrase_is_told(sit: Sit, environment: dict[str, str]) -> None:
    sit("ada").with_vault()
    script = sit("ada", environment=environment)
    with pytest.raises(VaultFailure) as failure:
        script.chest(db={"password": "s3cret"})
    assert failure.value.hint


def test_parameters_out_of_bounds_are_refused_before_any_work(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_work(*_: Any) -> bytes:
        raise AssertionError("the key was derived")

    monkeypatch.setattr(vault_cost, "derived", no_work)
    record = json.loads(record_of(ada).read_text())
    wrong: list[dict[str, Any]] = [
        {"memory_kib": 19455},
        {"memory_kib": 1024 * 1024 + 1},
        {"memory_kib": 2**40},
        {"iterations": 1},
        {"iterations": 21},
        {"lanes": 0},
        {"lanes": 17},
        {"lanes": True},
        {"lanes": 1.0},
        {"name": "argon2i"},
        {"salt": "AAAA"},
    ]
    scrypt = {"name": "scrypt", "n": 2**17, "r": 8, "p": 1, "salt": record["kdf"]["salt"]}
    derivations = [{**record["kdf"], **change} for change in wrong]
    derivations += [{**scrypt, **change} for change in ({"n": 2**16}, {"n": 2**21}, {"n": 200_000}, {"r": 7}, {"p": 0})]
    for derivation in derivations:
        data = json.dumps({**record, "kdf": derivation}, sort_keys=True, indent=2) + "\n"
        record_of(ada).write_text(data)
        with pytest.raises(VaultFailure):
            vault.unlock(ada.home, PASSPHRASE)


def test_scrypt_takes_the_place_of_argon2_where_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    genuine = builtins.__import__

    def without_argon2(name: str, *more: Any) -> Any:
        if name.endswith(".argon2"):
            raise ImportError(name)
        return genuine(name, *more)

    monkeypatch.setattr(builtins, "__import__", without_argon2)
    assert vault_cost.best_cost() == vault_cost.SCRYPT
    record, private, _ = vault_identity.new_record("0" * 24, PASSPHRASE, vault_cost.SCRYPT)
    assert vault_identity.open_by_passphrase(record, PASSPHRASE) == private
    with pytest.raises(VaultFailure, match="Argon2id"):
        vault_cost.derived(PASSPHRASE, FLOOR, bytes(16))


def test_new_vaults_cost_what_was_decided() -> None:
    assert vault_cost.best_cost() == ("argon2id", {"memory_kib": 65536, "iterations": 3, "lanes": 4})


def test_a_key_that_is_not_the_published_one_is_told(ada: Person, bob: Person) -> None:
    ada.home.catch_up()
    stolen = ada.home.store.get("user", bob.id)
    assert stolen is not None
    with ada.home.writing("swap the key") as transaction:
        transaction.update("user", ada.id, {"public_key": stolen["public_key"]})
    assert "not the one of this vault" in vault.vault_status(ada.home).trouble


def test_a_vault_made_elsewhere_is_not_made_again_by_accident(ada: Person) -> None:
    vault.lock(ada.home)
    with pytest.raises(VaultFailure):
        vault.forget_key(ada.home)
    record_of(ada).unlink()
    for act in (
        lambda: vault.init_vault(ada.home, PASSPHRASE),
        lambda: vault.unlock(ada.home, PASSPHRASE),
        lambda: vault.demand_unlocked(ada.home),
    ):
        with pytest.raises(VaultFailure, match="another machine") as told:
            act()
        assert "Bring the folder 'vault'" in told.value.hint
    assert "another machine" in vault.vault_status(ada.home).trouble
    vault.forget_key(ada.home)
    with pytest.raises(VaultFailure, match="no vault for you here yet"):
        vault.demand_unlocked(ada.home)
    vault.init_vault(ada.home, PASSPHRASE)


def test_a_disabled_user_unlocks_nothing(ada: Person, bob: Person) -> None:
    with ada.home.writing("disable bob") as transaction:
        transaction.update("user", bob.id, {"state": "disabled"})
    bob.home.refresh()
    with pytest.raises(NotPermitted):
        vault.unlock(bob.home, "bobs own passphrase")


def test_each_users_vault_stands_alone(ada: Person, bob: Person) -> None:
    record_of(bob).write_bytes(b"garbage")
    assert "damaged" in vault.vault_status(bob.home).trouble
    with pytest.raises(VaultFailure, match="damaged"):
        bob.unlock("bobs own passphrase")
    ada.unlock()
    assert b"correct horse" not in b"".join(every_file(ada.home.folder).values())
