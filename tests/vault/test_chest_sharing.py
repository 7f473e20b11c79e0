"""A chest opens for who it is shared with, and for nobody who was kept out of what was sealed since."""

from __future__ import annotations

import pytest

from modelops_tui.adapters.vault_chest import FernetChest
from modelops_tui.adapters.vault_header import read_header
from modelops_tui.adapters.vault_wrapping import Binding, unwrap
from modelops_tui.errors import NotFound, NotPermitted, Refused, VaultFailure
from modelops_tui.services import chest_sharing, chests, history, vault
from tests.vault.conftest import Person, Sit


def test_two_users_of_one_home_share_a_chest_and_the_removed_one_is_out(ada: Person, bob: Person) -> None:
    box = ada.chest(db={"password": "old"})
    shared = chest_sharing.share(ada.home, box, bob.id)
    assert (shared.name, shared.fingerprint) == ("bob", vault.vault_status(bob.home).fingerprint)
    assert chests.reveal(bob.home, box, "db") == "old"
    chests.put(bob.home, box, "db", {"password": "by bob"})
    assert chests.reveal(ada.home, box, "db") == "by bob"
    former = ada.document(box)
    out = chest_sharing.unshare(ada.home, box, bob.id)
    assert "Change the credentials themselves too" in out.advice and "bob" in out.advice
    with pytest.raises(VaultFailure):
        chests.reveal(bob.home, box, "db")
    chests.put(ada.home, box, "db", {"password": "after"})
    now = ada.document(box)
    # Not even with the wrapped key that bob kept.
    kept = former["header"]["recipients"][1]
    for header in (
        {**now["header"], "recipients": [*now["header"]["recipients"], kept]},
        {**now["header"], "recipients": [kept]},
        former["header"],
    ):
        with pytest.raises(VaultFailure):
            bob.outside.vault.open_chest({**now, "header": header}, bob.id)
    assert now["header"]["epoch"] == 2 and now["entries"]["db"]["key_epoch"] == 2
    # Nor with the chest key itself that bob could have kept.
    private = bytes(bob.outside.vault._here[bob.id].key)
    key = unwrap(kept["wrapped_key"], Binding(box, 1, bob.id), private)
    assert FernetChest(former, key, read_header(former)).value("db", "password") == "by bob"
    with pytest.raises(VaultFailure):
        FernetChest(now, key, read_header(now)).value("db", "password")


def test_sharing_again_changes_nothing_for_who_has_it(ada: Person, bob: Person) -> None:
    box = ada.chest(db={"password": "x"})
    for _ in range(2):
        chest_sharing.share(ada.home, box, bob.id)
    assert [(item.name, item.owner, item.current) for item in chest_sharing.holders(ada.home, box)] == [
        ("ada", True, True),
        ("bob", False, True),
    ]


def test_sharing_with_a_fingerprint_takes_that_key_only(ada: Person, bob: Person) -> None:
    box = ada.chest(db={"password": "x"})
    with pytest.raises(VaultFailure, match="fingerprint"):
        chest_sharing.share(ada.home, box, bob.id, vault.vault_status(ada.home).fingerprint)
    chest_sharing.share(ada.home, box, bob.id, vault.vault_status(bob.home).fingerprint.lower().replace("-", " "))


def test_sharing_with_nobody_who_could_open_it_is_refused(ada: Person, sit: Sit) -> None:
    box = ada.chest(db={"password": "x"})
    sit("carol")
    carol = ada.home.store.find("user", "name carol")[0]["id"]
    with pytest.raises(Refused, match="no vault"):
        chest_sharing.share(ada.home, box, carol)
    with pytest.raises(NotFound):
        chest_sharing.share(ada.home, box, "f" * 24)
    with pytest.raises(Refused, match="anyway"):
        chest_sharing.unshare(ada.home, box, carol)
    with pytest.raises(Refused, match="owns"):
        chest_sharing.unshare(ada.home, box, ada.id)


def test_a_public_key_that_is_none_is_refused(ada: Person, bob: Person) -> None:
    box = ada.chest(db={"password": "x"})
    sequence = ada.home.store.sequence
    for number, key in enumerate(("AAAA", "é", "A" * 43 + "=", "x" * 44)):
        with ada.home.writing("tamper") as transaction:
            transaction.update("user", bob.id, {"public_key": key})
        with pytest.raises(VaultFailure, match="no public key"):
            chest_sharing.share(ada.home, box, bob.id)
        assert ada.home.store.sequence == sequence + number + 1


def test_only_the_owner_or_an_administrator_of_chests_shares(ada: Person, sit: Sit) -> None:
    box = ada.chest(db={"password": "x"})
    rules = [{"category": "treasure-chest", "actions": ["read", "write", "reveal"]}]
    bob = sit("bob", permissions=rules).with_vault("bobs own passphrase")
    chest_sharing.share(ada.home, box, bob.id)
    for act in (
        lambda: chest_sharing.share(bob.home, box, bob.id),
        lambda: chest_sharing.unshare(bob.home, box, bob.id),
        lambda: chest_sharing.rotate(bob.home, box),
    ):
        with pytest.raises(NotPermitted):
            act()
    with ada.home.writing("make bob an administrator of chests") as transaction:
        role = bob.home.user["roles"][0]
        transaction.insert("permission", {"role": role, "category": "treasure-chest", "actions": ["admin"]})
    bob.home.refresh()
    chest_sharing.rotate(bob.home, box)


def test_a_rotation_keeps_values_and_people_and_changes_every_key(ada: Person, bob: Person) -> None:
    box = ada.chest(db={"password": "x", "user": "me"}, other={"value": "y"})
    chest_sharing.share(ada.home, box, bob.id)
    former = ada.document(box)
    chest_sharing.rotate(ada.home, box)
    now = ada.document(box)
    assert now["header"]["epoch"] == former["header"]["epoch"] + 1
    assert {entry["key_epoch"] for entry in now["entries"].values()} == {2}
    tokens = {token for entry in former["entries"].values() for token in entry["fields"].values()}
    assert not tokens & {token for entry in now["entries"].values() for token in entry["fields"].values()}
    assert [chests.reveal(one.home, box, "db", "user") for one in (ada, bob)] == ["me", "me"]


def test_rotating_all_takes_the_chests_one_owns(ada: Person, bob: Person) -> None:
    mine, empty = ada.chest("mine", a={"value": "1"}), ada.chest("empty")
    theirs = bob.chest("theirs", a={"value": "2"})
    chest_sharing.share(bob.home, theirs, ada.id)
    assert [item["id"] for item in chest_sharing.rotate_all(ada.home)] == [mine]
    assert "header" not in ada.document(empty) and ada.document(theirs)["header"]["epoch"] == 1
    with pytest.raises(Refused):
        chest_sharing.rotate(ada.home, empty)


def test_a_rotation_with_a_damaged_entry_changes_nothing_and_names_it(ada: Person) -> None:
    box = ada.chest(db={"password": "x"}, bad={"value": "y"})
    entries = dict(ada.document(box)["entries"])
    entries["bad"] = {**entries["bad"], "fields": {"value": entries["db"]["fields"]["password"]}}
    with ada.home.writing("tamper") as transaction:
        transaction.update("treasure-chest", box, {"entries": entries})
    with pytest.raises(VaultFailure, match=r"bad\.value"):
        chest_sharing.rotate(ada.home, box)
    assert ada.document(box)["header"]["epoch"] == 1
    chests.remove_entry(ada.home, box, "bad")
    chest_sharing.rotate(ada.home, box)


def test_a_rotation_never_wraps_for_a_key_that_was_slipped_in(ada: Person, bob: Person, sit: Sit) -> None:
    box = ada.chest(db={"password": "x"})
    chest_sharing.share(ada.home, box, bob.id)
    mallory = sit("mallory").with_vault("mallorys passphrase")
    key = mallory.home.store.get("user", mallory.id)
    assert key is not None
    with mallory.home.writing("swap bobs key") as transaction:
        transaction.update("user", bob.id, {"public_key": key["public_key"], "fingerprint": key["fingerprint"]})
    chest_sharing.rotate(ada.home, box)
    assert chests.reveal(bob.home, box, "db") == "x"
    assert [item.current for item in chest_sharing.holders(ada.home, box)] == [True, False]
    assert [problem.path for problem in chests.check(ada.home, box)] == ["recipients"]


def test_who_made_a_new_vault_is_told_to_be_shared_with_again(ada: Person, bob: Person) -> None:
    box = ada.chest(db={"password": "x"})
    chest_sharing.share(ada.home, box, bob.id)
    vault.lock(bob.home)
    (bob.home.folder / "vault" / f"{bob.id}.json").unlink()
    vault.forget_key(bob.home)
    bob.with_vault("another passphrase")
    with pytest.raises(VaultFailure, match="another key than yours"):
        chests.reveal(bob.home, box, "db")
    chest_sharing.share(ada.home, box, bob.id)
    assert chests.reveal(bob.home, box, "db") == "x"


def test_a_share_is_not_taken_back_by_name_alone(ada: Person, bob: Person) -> None:
    box = ada.chest(db={"password": "x"})
    chest_sharing.share(ada.home, box, bob.id)
    with pytest.raises(Refused, match="bob has the key") as refusal:
        history.undo(ada.home)
    assert "treasure-chest unshare" in refusal.value.hint
    assert "--with bob" in refusal.value.hint
    chest_sharing.unshare(ada.home, box, bob.id)
    history.undo(ada.home)
    history.redo(ada.home)
    assert ada.document(box)["header"]["epoch"] == 2


def test_taking_a_chest_back_to_its_past_is_what_undo_does(ada: Person, bob: Person) -> None:
    box = ada.chest(db={"password": "x"})
    chest_sharing.share(ada.home, box, bob.id)
    chest_sharing.unshare(ada.home, box, bob.id)
    history.undo(ada.home)
    assert chests.reveal(bob.home, box, "db") == "x"
