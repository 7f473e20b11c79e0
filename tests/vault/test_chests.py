"""Secrets go into a chest sealed, come out on purpose and on record, and leave no other way."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from modelops_tui.adapters import vault_header
from modelops_tui.entities.registry import kind_named
from modelops_tui.errors import Invalid, NotFound, NotPermitted, Refused, VaultFailure, WrongUse
from modelops_tui.ports import VaultLocked
from modelops_tui.services import chest_sharing, chests, history, records, removing, vault
from modelops_tui.store.rules import Rules
from tests.vault.conftest import Person, Sit

CHEST = kind_named("treasure-chest")


def test_what_is_put_in_comes_out_again(ada: Person) -> None:
    box = ada.chest(db={"user": "me", "password": "p wörd\n\t\x00\U0001f511"}, token={"value": "t"})
    assert chests.reveal(ada.home, box, "db", "password") == "p wörd\n\t\x00\U0001f511"
    assert chests.reveal(ada.home, box, "token") == "t"
    assert [tuple(item) for item in chests.entry_names(ada.home, box)] == [
        ("db", ("password", "user"), 1),
        ("token", ("value",), 1),
    ]
    assert chests.check(ada.home, box) == []


def test_putting_changes_the_named_fields_only(ada: Person) -> None:
    box = ada.chest(db={"user": "me", "password": "old"})
    chests.put(ada.home, box, "db", {"password": "new"})
    assert chests.reveal(ada.home, box, "db", "password") == "new"
    assert chests.reveal(ada.home, box, "db", "user") == "me"
    assert ada.document(box)["entries"]["db"]["version"] == 2
    chests.put(ada.home, box, "db", {"password": None})
    assert chests.reveal(ada.home, box, "db") == "me"
    chests.put(ada.home, box, "db", {"user": None})
    assert chests.entry_names(ada.home, box) == []


def test_the_field_that_is_meant_without_a_name(ada: Person) -> None:
    box = ada.chest(one={"key": "k"}, two={"value": "v", "x": "y"}, three={"a": "1", "b": "2"})
    assert chests.reveal(ada.home, box, "one") == "k"
    assert chests.reveal(ada.home, box, "two") == "v"
    with pytest.raises(WrongUse, match="several"):
        chests.reveal(ada.home, box, "three")
    with pytest.raises(NotFound):
        chests.reveal(ada.home, box, "four")
    with pytest.raises(NotFound):
        chests.reveal(ada.home, box, "one", "value")


def test_a_value_that_cannot_be_kept_is_refused_without_being_quoted(ada: Person) -> None:
    box = ada.chest()
    for value in ("", "c4nary" * 20_000, "c4nary\ud800"):
        with pytest.raises(Invalid) as refused:
            chests.put(ada.home, box, "db", {"password": value})
        assert "c4nary" not in f"{refused.value.says}{refused.value.problems}{refused.value.hint}"
    chests.put(ada.home, box, "db", {"password": "\x01" * 65536})
    assert chests.reveal(ada.home, box, "db") == "\x01" * 65536


@pytest.mark.parametrize("name", ["", "a.b", "a b", "-a", "[/]", "é", "x" * 65, "a\n", "../a", "\x1b]52;c;x\x07"])
def test_a_name_is_plain(ada: Person, name: str) -> None:
    box = ada.chest()
    with pytest.raises(WrongUse):
        chests.put(ada.home, box, name, {"password": "x"})
    with pytest.raises(WrongUse):
        chests.put(ada.home, box, "db", {name: "x"})


def test_several_entries_go_in_all_or_none(ada: Person) -> None:
    box = ada.chest()
    with pytest.raises(Invalid):
        chests.put_many(ada.home, box, {"a": {"value": "1"}, "b": {"value": ""}})
    assert "entries" not in ada.document(box)


def test_a_reveal_is_in_the_history_without_its_value(ada: Person) -> None:
    box = ada.chest(db={"password": "c4nary"})
    for _ in range(2):
        chests.reveal(ada.home, box, "db")
    steps = history.history(ada.home, CHEST, box)
    assert [step.says for step in steps[:2]] == ["reveal db.password of treasure-chest box"] * 2
    assert {step.by for step in steps} == {"ada"}
    assert "c4nary" not in repr(steps)
    assert ada.document(box)["revealed"]["times"] == 2


def test_a_reveal_that_fails_leaves_no_record_and_no_value(ada: Person) -> None:
    box = ada.chest(db={"password": "s3cret"})
    sequence = ada.home.store.sequence
    with pytest.raises(NotFound):
        chests.reveal_many(ada.home, box, [("db", "password"), ("db", "nothing")])
    assert ada.home.store.sequence == sequence


def test_undo_takes_back_a_put_and_passes_over_reveals(ada: Person) -> None:
    box = ada.chest(db={"password": "old"})
    chests.put(ada.home, box, "db", {"password": "new"})
    chests.reveal(ada.home, box, "db")
    assert history.undo(ada.home).says == "undo: put db into treasure-chest box"
    assert chests.reveal(ada.home, box, "db") == "old"
    assert history.redo(ada.home).says == "redo: put db into treasure-chest box"
    assert chests.reveal(ada.home, box, "db") == "new"
    assert ada.document(box)["revealed"]["times"] == 3
    assert len([step for step in history.history(ada.home, CHEST, box) if step.says.startswith("reveal")]) == 3


def test_the_document_around_the_secrets_stays_ordinary(ada: Person) -> None:
    box = ada.chest(db={"password": "s3cret"})
    records.change(ada.home, CHEST, box, {"desc": "for the database"})
    records.rename(ada.home, CHEST, box, "chest-2")
    assert chests.reveal(ada.home, box, "db") == "s3cret"
    assert [item["name"] for item in records.select(ada.home, CHEST, 'desc ~ "database"')] == ["chest-2"]


def test_a_sealed_chest_does_not_change_its_owner(ada: Person, bob: Person) -> None:
    empty = ada.chest("empty")
    records.change(ada.home, CHEST, empty, {"owner": "bob"})
    box = ada.chest(db={"password": "s3cret"})
    with pytest.raises(Invalid):
        records.change(ada.home, CHEST, box, {"owner": "bob"})
    assert chests.reveal(ada.home, box, "db") == "s3cret"


def test_only_the_owner_seals_a_chest_first(ada: Person, bob: Person) -> None:
    box = ada.chest()
    with pytest.raises(NotPermitted):
        chests.put(bob.home, box, "db", {"password": "x"})


def test_an_entry_that_documents_name_stays(ada: Person) -> None:
    box = ada.chest(db={"password": "s3cret"}, other={"value": "x"})
    ada.new("deployment-service-address", "edge", host="h", port=1, password={"chest": "box", "entry": "db"})
    assert chests.entry_users(ada.home, box, "db") == [("deployment-service-address", "edge", "password")]
    for remove in (
        lambda: chests.remove_entry(ada.home, box, "db"),
        lambda: chests.put(ada.home, box, "db", {"password": None}),
    ):
        with pytest.raises(Refused, match="deployment-service-address edge"):
            remove()
    chests.remove_entry(ada.home, box, "other")
    plan = removing.plan_removal(ada.home, [(CHEST, box)])
    with pytest.raises(Refused):
        removing.remove(ada.home, plan)
    address = kind_named("deployment-service-address")
    records.change(ada.home, address, records.find_one(ada.home, address, "edge")["id"], {"password": None})
    chests.remove_entry(ada.home, box, "db")


def test_an_undo_does_not_take_away_an_entry_that_is_named_since(ada: Person) -> None:
    ada.chest(one={"value": "x"})
    box = records.find_one(ada.home, CHEST, "box")["id"]
    chests.put(ada.home, box, "db", {"password": "s3cret"})
    grace = ada.home
    with grace.writing("by another hand") as transaction:
        transaction.by = "f" * 24
        transaction.insert(
            "deployment-service-address",
            {"name": "edge", "host": "h", "port": 1, "password": {"chest": box, "entry": "db"}},
        )
    with pytest.raises(Refused, match="edge"):
        history.undo(ada.home)


def test_a_damaged_entry_can_be_removed_or_put_anew(ada: Person) -> None:
    box = ada.chest(db={"password": "s3cret", "user": "me"}, ok={"value": "fine"})
    _swap_fields(ada, box)
    assert [problem.path for problem in chests.check(ada.home, box)] == ["db.password", "db.user"]
    assert chests.reveal(ada.home, box, "ok") == "fine"
    with pytest.raises(VaultFailure, match=r"db\.user"):
        chests.put(ada.home, box, "db", {"password": "again"})
    chests.put(ada.home, box, "db", {"password": "again", "user": "me"})
    assert chests.reveal(ada.home, box, "db", "password") == "again"
    _swap_fields(ada, box)
    chests.remove_entry(ada.home, box, "db")


def _swap_fields(person: Person, box: str) -> None:
    entries = dict(person.document(box)["entries"])
    fields = entries["db"]["fields"]
    swapped = {"password": fields["user"], "user": fields["password"]}
    with person.home.writing("tamper") as transaction:
        entries["db"] = {**entries["db"], "fields": swapped}
        transaction.update("treasure-chest", box, {"entries": entries})


@pytest.mark.parametrize(
    ("permissions", "may_put", "may_reveal"),
    [
        ([{"category": "treasure-chest", "actions": ["read"]}], False, False),
        ([{"category": "treasure-chest", "actions": ["read", "reveal"]}], False, True),
        ([{"category": "treasure-chest", "actions": ["read", "write"]}], True, False),
        ([{"category": "user"}], False, False),
    ],
)
def test_what_a_recipient_may_do_is_what_they_are_permitted(
    ada: Person, sit: Sit, permissions: list[dict[str, Any]], may_put: bool, may_reveal: bool
) -> None:
    from modelops_tui.services import chest_sharing

    box = ada.chest(db={"password": "s3cret"})
    bob = sit("bob", permissions=permissions).with_vault("bobs own passphrase")
    chest_sharing.share(ada.home, box, bob.id)
    for allowed, act in (
        (may_put, lambda: chests.put(bob.home, box, "new", {"value": "x"})),
        (may_reveal, lambda: chests.reveal(bob.home, box, "db")),
    ):
        if allowed:
            act()
        else:
            with pytest.raises(NotPermitted):
                act()
    with pytest.raises(NotPermitted):
        chest_sharing.unshare(bob.home, box, ada.id)


def test_an_administrator_who_is_no_recipient_opens_nothing(ada: Person, bob: Person) -> None:
    box = ada.chest(db={"password": "s3cret"})
    with pytest.raises(VaultFailure, match="not sealed for you"):
        chests.reveal(bob.home, box, "db")


def test_a_permission_for_one_chest_reveals_that_one_only(ada: Person, sit: Sit) -> None:
    from modelops_tui.services import chest_sharing

    one, two = ada.chest("one", db={"password": "1"}), ada.chest("two", db={"password": "2"})
    rules: list[dict[str, Any]] = [
        {"category": "treasure-chest", "actions": ["read"]},
        {"category": "treasure-chest", "actions": ["reveal"], "instances": [one]},
    ]
    bob = sit("bob", permissions=rules).with_vault("bobs own passphrase")
    for box in (one, two):
        chest_sharing.share(ada.home, box, bob.id)
    assert chests.reveal(bob.home, one, "db") == "1"
    with pytest.raises(NotPermitted, match=f"treasure-chest:reveal:{two}"):
        chests.reveal(bob.home, two, "db")


def test_a_chest_needs_a_vault_and_says_so(sit: Sit) -> None:
    ada = sit("ada")
    with pytest.raises(VaultFailure, match="no vault") as missing:
        ada.chest(db={"password": "x"})
    assert "vault init" in missing.value.hint
    vault.init_vault(ada.home, "correct horse battery")
    with pytest.raises(VaultLocked):
        chests.put(ada.home, records.find_one(ada.home, CHEST, "box")["id"], "db", {"password": "x"})


def test_two_people_who_change_a_chest_at_once_lose_nothing(ada: Person, sit: Sit) -> None:
    box = ada.chest(db={"password": "s3cret"})
    again = sit("ada")
    again.unlock()
    chests.put(ada.home, box, "one", {"value": "1"})
    chests.put(again.home, box, "two", {"value": "2"})
    chests.put(ada.home, box, "three", {"value": "3"})
    assert [item.entry for item in chests.entry_names(ada.home, box)] == ["db", "one", "three", "two"]
    assert chests.check(ada.home, box) == []


def test_a_chest_takes_no_more_than_it_can_be_opened_with(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_header, "MOST_ENTRIES", 3)
    monkeypatch.setattr(vault_header, "MOST_SEALED_BYTES", 200_000)
    box = ada.chest(one={"value": "1"}, two={"value": "2"})
    with pytest.raises(VaultFailure, match=r"would have 4 entries; it has room for 3"):
        chests.put_many(ada.home, box, {"three": {"value": "3"}, "four": {"value": "4"}})
    chests.put(ada.home, box, "three", {"value": "x" * 60_000})
    with pytest.raises(VaultFailure, match="bytes of sealed values") as refused:
        chests.put(ada.home, box, "two", {"value": "x" * 60_000, "more": "x" * 60_000})
    assert refused.value.code == 4
    assert chests.reveal(ada.home, box, "two") == "2" and chests.check(ada.home, box) == []


def test_a_chest_is_shared_with_no_more_people_than_it_can_be_opened_with(
    ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = ada.chest(one={"value": "1"})
    monkeypatch.setattr(vault_header, "MOST_RECIPIENTS", 1)
    with pytest.raises(VaultFailure, match="recipients"):
        chest_sharing.share(ada.home, box, bob.id)
    assert chests.reveal(ada.home, box, "one") == "1"


def test_a_value_that_lost_its_form_keeps_others_from_being_put_until_it_is_mended(ada: Person) -> None:
    box = ada.chest(db={"user": "me", "password": "p"}, other={"value": "x"})
    entries = copy.deepcopy(ada.document(box)["entries"])
    token = entries["db"]["fields"]["user"]
    entries["db"]["fields"]["user"] = token[:50] + "*" + token[51:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rules, "check", lambda *_: None)
        with ada.home.writing("spoil") as transaction:
            transaction.update("treasure-chest", box, {"entries": entries})
    with pytest.raises(VaultFailure, match=r"db\.user of .* was tampered with") as refused:
        chests.put(ada.home, box, "more", {"value": "x"})
    assert refused.value.code == 8 and "remove-entry" in refused.value.hint
    assert chests.reveal(ada.home, box, "other") == "x"
    chests.put(ada.home, box, "db", {"user": "me again"})
    chests.put(ada.home, box, "more", {"value": "x"})
    assert chests.reveal(ada.home, box, "db", "user") == "me again"
