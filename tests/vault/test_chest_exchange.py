"""Two registries share a chest by what each exports for the other, sealed all the way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modelops_tui.entities.builtin import ADMINISTRATOR, builtin_id
from modelops_tui.errors import Invalid, Refused, VaultFailure, WrongUse
from modelops_tui.services import chest_exchange, chest_sharing, chests, loading, vault
from tests.vault.conftest import Person, Sit


def travelled(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As a file would bring them."""
    text = json.dumps(documents)
    assert "s3cret" not in text
    return json.loads(text)  # type: ignore[no-any-return]


@pytest.fixture
def eve(sit: Sit) -> Person:
    """The first user of another home."""
    return sit("eve", "other").with_vault("eves own passphrase")


@pytest.fixture
def shared(ada: Person, eve: Person) -> str:
    """A chest of ada's that eve has by loading an export."""
    loading.load(ada.home, travelled([chest_exchange.card(eve.home)]))
    box = ada.chest(db={"password": "s3cret"})
    chest_sharing.share(ada.home, box, eve.id)
    loading.load(eve.home, travelled(chest_exchange.export_chest(ada.home, box, eve.id)))
    return box


def test_two_homes_share_a_chest_by_loading_each_others_exports(ada: Person, eve: Person, shared: str) -> None:
    assert chests.reveal(eve.home, shared, "db") == "s3cret"
    chests.put(eve.home, shared, "new", {"value": "by eve, s3cret"})
    chest_exchange.import_chest(ada.home, travelled(chest_exchange.export_chest(eve.home, shared, ada.id)))
    assert chests.reveal(ada.home, shared, "new") == "by eve, s3cret"
    assert "revealed" not in str(chest_exchange.export_chest(eve.home, shared, ada.id))


def test_the_removed_one_opens_nothing_that_was_sealed_after(ada: Person, eve: Person, shared: str) -> None:
    chest_sharing.unshare(ada.home, shared, eve.id)
    chests.put(ada.home, shared, "db", {"password": "s3cret, the next"})
    with pytest.raises(Refused, match="never in clear"):
        chest_exchange.export_chest(ada.home, shared, eve.id)
    stolen = travelled(chest_exchange.export_chest(ada.home, shared, ada.id))
    with pytest.raises(VaultFailure):
        chest_exchange.import_chest(eve.home, stolen)
    chest = next(item for item in stolen if item["kind"] == "treasure-chest")
    with pytest.raises(VaultFailure):
        eve.outside.vault.open_chest(chest, eve.id)
    assert chests.reveal(eve.home, shared, "db") == "s3cret"


def test_an_import_is_an_import_only_once(ada: Person, eve: Person, shared: str) -> None:
    export = travelled(chest_exchange.export_chest(ada.home, shared, eve.id))
    sequence = eve.home.store.sequence
    chest_exchange.import_chest(eve.home, export)
    assert eve.home.store.sequence == sequence
    fresh = travelled(chest_exchange.export_chest(ada.home, shared, eve.id))
    assert fresh == export


def test_what_changed_on_both_sides_is_not_overwritten(ada: Person, eve: Person, shared: str) -> None:
    chests.put(ada.home, shared, "db", {"password": "s3cret of ada"})
    chests.put(eve.home, shared, "db", {"password": "s3cret of eve"})
    with pytest.raises(Refused, match=": db"):
        chest_exchange.import_chest(eve.home, travelled(chest_exchange.export_chest(ada.home, shared, eve.id)))
    assert chests.reveal(eve.home, shared, "db") == "s3cret of eve"


def test_an_older_export_does_not_replace_a_newer_chest(ada: Person, eve: Person, shared: str) -> None:
    old = travelled(chest_exchange.export_chest(ada.home, shared, eve.id))
    chest_sharing.rotate(ada.home, shared)
    chest_exchange.import_chest(eve.home, travelled(chest_exchange.export_chest(ada.home, shared, eve.id)))
    with pytest.raises(Refused, match="newer"):
        chest_exchange.import_chest(eve.home, old)


def test_a_tampered_import_changes_nothing(ada: Person, eve: Person, shared: str) -> None:
    chests.put(ada.home, shared, "one", {"value": "s3cret 1"})
    chests.put(ada.home, shared, "two", {"value": "s3cret 2"})
    export = travelled(chest_exchange.export_chest(ada.home, shared, eve.id))
    entries = export[-1]["entries"]
    entries["one"]["fields"], entries["two"]["fields"] = entries["two"]["fields"], entries["one"]["fields"]
    with pytest.raises(VaultFailure):
        chest_exchange.import_chest(eve.home, export)
    del entries["two"]
    with pytest.raises(VaultFailure):
        chest_exchange.import_chest(eve.home, export)
    assert [item.entry for item in chests.entry_names(eve.home, shared)] == ["db"]


def test_an_import_needs_the_vault_unlocked_only_to_replace(ada: Person, eve: Person, shared: str) -> None:
    chests.put(ada.home, shared, "db", {"password": "s3cret, the next"})
    export = travelled(chest_exchange.export_chest(ada.home, shared, eve.id))
    vault.lock(eve.home)
    with pytest.raises(VaultFailure, match="locked"):
        chest_exchange.import_chest(eve.home, export)
    eve.unlock("eves own passphrase")
    chest_exchange.import_chest(eve.home, export)
    assert chests.reveal(eve.home, shared, "db") == "s3cret, the next"


def test_a_key_that_was_swapped_on_the_way_is_told(ada: Person, eve: Person, shared: str, sit: Sit) -> None:
    mallory = sit("mallory", "third").with_vault("mallorys passphrase")
    card = {**chest_exchange.card(mallory.home), "id": ada.id, "name": "ada"}
    export = travelled(chest_exchange.export_chest(ada.home, shared, eve.id))
    with pytest.raises(VaultFailure, match="another public key"):
        chest_exchange.import_chest(eve.home, [card, export[-1]])


def test_an_import_takes_a_chest_and_people_and_nothing_else(ada: Person, eve: Person, shared: str) -> None:
    export = travelled(chest_exchange.export_chest(ada.home, shared, eve.id))
    for wrong in ([], export[:-1], [*export, export[-1]], [*export, {"kind": "project", "name": "x"}], [{}]):
        with pytest.raises(WrongUse):
            chest_exchange.import_chest(eve.home, wrong)


@pytest.mark.parametrize("known", [True, False])
def test_people_who_come_with_a_chest_get_no_role_by_it(
    ada: Person, eve: Person, shared: str, sit: Sit, known: bool
) -> None:
    third = eve if known else sit("zoe", "third")
    export = travelled(chest_exchange.export_chest(ada.home, shared, eve.id))
    role = {"id": "f" * 24, "kind": "user", "name": "mallory", "roles": [builtin_id("role", ADMINISTRATOR)]}
    owner = {**next(item for item in export if item["kind"] == "user"), "roles": role["roles"]}
    own = {**chest_exchange.card(eve.home), "roles": role["roles"]}
    chest = next(item for item in export if item["kind"] == "treasure-chest")
    chest_exchange.import_chest(third.home, travelled([role, owner, *([] if known else [own]), chest]))
    people = {user["name"]: user["roles"] for user in third.home.store.documents("user").values()}
    assert people.pop(third.home.user["name"]) and people["mallory"] == []
    assert not any(people.values())


@pytest.mark.parametrize(
    "change",
    [
        {"header": "x"},
        {"header": {"epoch": "x"}},
        {"entries": {"db": "x"}},
        {"entries": {"db": {"version": "x"}}},
        {"entries": {"db": {"version": 1}}},
        {"entries": [1]},
    ],
    ids=str,
)
def test_a_chest_that_lost_its_form_on_the_way_is_refused_in_words(
    ada: Person, eve: Person, shared: str, change: dict[str, Any]
) -> None:
    chests.put(ada.home, shared, "db", {"password": "s3cret, the next"})
    export = travelled(chest_exchange.export_chest(ada.home, shared, eve.id))
    chest = next(item for item in export if item["kind"] == "treasure-chest")
    with pytest.raises(VaultFailure, match="tampered"):
        chest_exchange.import_chest(eve.home, [*export[:-1], {**chest, **change}])
    assert chests.reveal(eve.home, shared, "db") == "s3cret"


def test_a_card_gives_no_rights(ada: Person, eve: Person, shared: str) -> None:
    loaded = ada.home.store.get("user", eve.id)
    assert loaded is not None and not loaded.get("roles")


def test_loading_takes_sealed_values_and_no_others(ada: Person) -> None:
    box = ada.chest(db={"password": "s3cret"})
    entry = ada.document(box)["entries"]["db"]
    for value in ("clear", "", 5, entry["fields"]["password"] + "====", entry["fields"]["password"][:-4], "A" * 184):
        wrong = {"kind": "treasure-chest", "name": "b", "owner": ada.id, "header": ada.document(box)["header"]}
        wrong["entries"] = {"db": {**entry, "fields": {"password": value}}}
        with pytest.raises(Invalid) as refused:
            loading.load(ada.home, [wrong])
        assert "entries.db.fields.password" in str(refused.value.problems)
