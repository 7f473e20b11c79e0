"""Threat: a stolen store or database dump. Promise: no secret in clear anywhere, in any encoding."""

from __future__ import annotations

import base64
import gzip
import zipfile
import zlib
from pathlib import Path

import pytest

from modelops_tui.entities.registry import kind_named
from modelops_tui.errors import Failure, Invalid
from modelops_tui.services import (
    chest_exchange,
    chest_running,
    chest_sharing,
    chests,
    history,
    loading,
    records,
    removing,
    vault,
)
from tests.vault.conftest import PASSPHRASE, Person, Sit, every_file
from tests.vault.searching import Canaries, holds

CANARY = "c4nary-Zg7qPw3Lk9"
SECOND = "c4nary-T5vNx8Rm2H"
CHEST = kind_named("treasure-chest")


def assert_clean(*folders: Path, secrets: tuple[str, ...]) -> None:
    files = every_file(*folders)
    assert files
    for file, data in files.items():
        for secret in secrets:
            assert not holds(data, secret), f"{file} holds a secret"


def test_the_search_itself_finds_a_secret_in_every_form(tmp_path: Path) -> None:
    canaries = Canaries()
    secret = canaries.fresh("somewhere")
    forms = [
        secret,
        secret[::-1],
        secret.encode().hex(),
        base64.b64encode(f"x{secret}y".encode()).decode(),
        base64.urlsafe_b64encode(f'{{"password": "{secret}"}}'.encode()).decode(),
        base64.b32encode(f"abc{secret}".encode()).decode(),
    ]
    for form in forms:
        assert canaries.in_bytes(b"some " + form.encode() + b" text"), form
        assert canaries.in_bytes(gzip.compress(zlib.compress(form.encode()))), form
    assert holds(secret.encode(), secret) and not holds(b"another", secret)
    assert canaries.in_bytes(secret.encode("utf-16")) and canaries.in_text(f"│ {secret[:9]}\n  {secret[9:]} │")
    assert not canaries.in_bytes(canaries.marks[0][:-1].encode()) and not canaries.in_text("nothing of it")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / secret).write_text("")
    with zipfile.ZipFile(tmp_path / "packed", "w") as archive:
        archive.writestr("inside", secret)
    assert len(canaries.in_files(tmp_path)) == 2


def test_stolen_store_holds_no_secret_in_clear_after_everything_was_done(
    ada: Person, bob: Person, own_vault_surroundings: Path, tmp_path: Path
) -> None:
    box = ada.chest(db={"password": CANARY, "user": "me"}, other={"value": SECOND})
    chests.put(ada.home, box, "db", {"password": SECOND})
    chests.put(ada.home, box, "db", {"password": CANARY})
    chests.reveal(ada.home, box, "db", "password")
    chest_sharing.share(ada.home, box, bob.id)
    chests.reveal(bob.home, box, "other")
    chest_running.run_with(bob.home, box, ["true"])
    chest_sharing.rotate(ada.home, box)
    chest_exchange.export_chest(ada.home, box, bob.id)
    chest_sharing.unshare(ada.home, box, bob.id)
    history.undo(ada.home)
    history.redo(ada.home)
    records.rename(ada.home, CHEST, box, "renamed")
    vault.change_passphrase(ada.home, PASSPHRASE, f"{CANARY} as a passphrase")
    vault.lock(ada.home)
    ada.recovery_text = vault.recover(ada.home, ada.recovery_text, f"{SECOND} as a passphrase")
    vault.unlock(ada.home, f"{SECOND} as a passphrase")
    chests.remove_entry(ada.home, box, "other")
    ada.home.store.compact()
    removing.remove(ada.home, removing.plan_removal(ada.home, [(CHEST, box)]))
    history.undo(ada.home)
    ada.home.store.compact()
    texts = (CANARY, SECOND, ada.recovery_text, ada.recovery_text.replace("-", ""))
    assert_clean(tmp_path, own_vault_surroundings, secrets=texts)
    assert chests.reveal(ada.home, box, "db", "password") == CANARY


def test_stolen_store_holds_no_secret_when_a_door_was_tried_that_takes_none(ada: Person, tmp_path: Path) -> None:
    box = ada.chest()
    secret = {"db": {"fields": {"password": CANARY}, "version": 1, "key_epoch": 1, "seals": {"password": "x"}}}
    tries = (
        lambda: records.change(ada.home, CHEST, box, {"entries": secret}),
        lambda: records.create(ada.home, CHEST, {"name": "b", "entries": secret}),
        lambda: loading.load(ada.home, [{"kind": CHEST.name, "name": "b", "owner": ada.id, "entries": secret}]),
        lambda: chest_exchange.import_chest(
            ada.home, [{"kind": CHEST.name, "id": "f" * 24, "name": "b", "owner": ada.id, "entries": secret}]
        ),
    )
    for attempt in tries:
        with pytest.raises(Failure) as refused:
            attempt()
        problems = getattr(refused.value, "problems", ())
        assert CANARY not in f"{refused.value.says}{refused.value.hint}{problems}"
    with pytest.raises(Invalid) as refused, ada.home.writing("around the doors") as transaction:
        transaction.update(CHEST.name, box, {"entries": secret})
    assert CANARY not in str(refused.value.problems)
    assert_clean(tmp_path, secrets=(CANARY,))


def test_stolen_store_holds_no_clear_value_that_was_slipped_into_a_sealed_chest(ada: Person, tmp_path: Path) -> None:
    box = ada.chest(db={"password": "x"})
    entries = dict(ada.document(box)["entries"])
    for value in (CANARY, CANARY * 20, base64.urlsafe_b64encode(CANARY.encode() * 9).decode(), {"deep": CANARY}, 5):
        slipped = {**entries, "db": {**entries["db"], "fields": {"password": value}}}
        with pytest.raises(Invalid) as refused, ada.home.writing("around the doors") as transaction:
            transaction.update(CHEST.name, box, {"entries": slipped})
        assert "entries.db.fields.password" in str(refused.value.problems)
        slipped = {**entries, "db": {**entries["db"], "seals": {"password": value}}}
        with pytest.raises(Invalid), ada.home.writing("around the doors") as transaction:
            transaction.update(CHEST.name, box, {"entries": slipped})
        assert not holds(str(refused.value.problems).encode(), CANARY)
    assert_clean(tmp_path, secrets=(CANARY,))


def test_stolen_vault_folder_holds_neither_passphrase_nor_private_key(sit: Sit, tmp_path: Path) -> None:
    ada = sit("ada")
    vault.init_vault(ada.home, f"{CANARY} and more")
    vault.unlock(ada.home, f"{CANARY} and more")
    private = bytes(ada.outside.vault._here[ada.id].key)
    for data in every_file(tmp_path).values():
        assert not holds(data, CANARY)
        assert private not in data and private.hex().encode() not in data
        assert base64.urlsafe_b64encode(private)[:-2] not in data
