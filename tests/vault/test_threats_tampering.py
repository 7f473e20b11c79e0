"""Threat: a token or header that is tampered with, truncated, swapped or replayed; weak parameters.

Promise: it is refused, and the rest stays readable.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from modelops_tui.adapters import vault_cost
from modelops_tui.errors import Failure, NotFound, VaultFailure
from modelops_tui.services import chest_sharing, chests, vault
from tests.vault.conftest import PASSPHRASE, Person

Chest = dict[str, Any]


@pytest.fixture
def box(ada: Person, bob: Person) -> str:
    """A chest of two entries that is shared."""
    made = ada.chest(db={"password": "s3cret", "user": "me"}, other={"value": "x"})
    chest_sharing.share(ada.home, made, bob.id)
    return made


def readable(person: Person, chest: Chest) -> dict[str, str | None]:
    """What each value of the chest says, None where it is refused. Raises VaultFailure where all of it is."""
    opened = person.outside.vault.open_chest(chest, person.id)
    found: dict[str, str | None] = {}
    for place in ("db.password", "db.user", "other.value"):
        entry, field = place.split(".")
        try:
            found[place] = opened.value(entry, field)
        except VaultFailure:
            found[place] = None
    return found


WHOLE: dict[str, str | None] = {"db.password": "s3cret", "db.user": "me", "other.value": "x"}


def flips(data: bytes) -> Iterator[bytes]:
    """The bytes with each one changed in turn, in four ways; two of them make - and _ to the other signs of base64."""
    for place in range(len(data)):
        for mask in (0x01, 0x20, ord("-") ^ ord("+"), ord("_") ^ ord("/")):
            yield data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]


@pytest.mark.slow
def test_tampered_header_every_byte_changed_in_turn_refuses_the_chest(ada: Person, box: str) -> None:
    chest_sharing.rotate(ada.home, box)
    chest = ada.document(box)
    data = orjson.dumps(chest["header"])
    assert "lineage" in chest["header"]
    tried = 0
    for changed in flips(data):
        try:
            header = orjson.loads(changed)
        except ValueError:
            # No JSON any more: the store's own checksums refuse the line before anybody sees a header.
            continue
        tried += 1
        with pytest.raises(VaultFailure) as refused:
            readable(ada, {**chest, "header": header})
        assert refused.value.code == 8
    assert tried > len(data)


@pytest.mark.slow
def test_tampered_entries_every_byte_changed_in_turn_are_refused_and_the_rest_stays_readable(
    ada: Person, box: str
) -> None:
    chest = ada.document(box)
    data = orjson.dumps(chest["entries"])
    alone = whole = 0
    for changed in flips(data):
        try:
            entries = orjson.loads(changed)
        except ValueError:
            continue
        try:
            found = readable(ada, {**chest, "entries": entries})
        except VaultFailure:
            whole += 1
            continue
        alone += 1
        assert list(found.values()).count(None) == 1, "one token changed, one value refused"
        assert {place: value for place, value in found.items() if value is not None}.items() <= WHOLE.items()
    tokens = sum(len(token) for entry in chest["entries"].values() for token in entry["fields"].values())
    assert alone > tokens and whole > 300


@pytest.mark.slow
def test_tampered_identity_record_every_byte_changed_in_turn_opens_nothing(
    ada: Person, bob: Person, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[Any, bytes] = {}
    genuine = vault_cost.derived

    def derived(passphrase: str, cost: Any, salt: bytes) -> bytes:
        place = (passphrase, repr(cost), salt)
        if place not in known:
            # A real derivation for the genuine record; for others anything that is not its key will do.
            known[place] = genuine(passphrase, cost, salt) if not known else bytes([len(known) % 256]) * 32
        return known[place]

    monkeypatch.setattr(vault_cost, "derived", derived)
    file = ada.home.folder / "vault" / f"{ada.id}.json"
    before = file.read_bytes()
    vault.unlock(ada.home, PASSPHRASE)
    vault.lock(ada.home)
    for changed in flips(before):
        file.write_bytes(changed)
        with pytest.raises(VaultFailure) as refused:
            vault.unlock(ada.home, PASSPHRASE)
        assert refused.value.code == 8
        file.with_suffix(".attempts").unlink(missing_ok=True)
    assert chests.reveal(bob.home, box, "db", "password") == "s3cret"
    file.write_bytes(before)
    vault.unlock(ada.home, PASSPHRASE)


@pytest.mark.parametrize("size", [0, 1, 100, -1, -2])
def test_truncated_identity_record_opens_nothing(ada: Person, size: int) -> None:
    file = ada.home.folder / "vault" / f"{ada.id}.json"
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(VaultFailure, match="damaged"):
        vault.unlock(ada.home, PASSPHRASE)


def test_another_users_identity_record_put_in_place_of_ones_own_opens_nothing(ada: Person, bob: Person) -> None:
    folder = ada.home.folder / "vault"
    (folder / f"{ada.id}.json").write_bytes((folder / f"{bob.id}.json").read_bytes())
    with pytest.raises(VaultFailure, match="damaged"):
        vault.unlock(ada.home, "bobs own passphrase")


def test_a_lineage_that_is_left_out_or_another_ones_refuses_the_chest(ada: Person, box: str) -> None:
    other = ada.chest("other", db={"password": "x"})
    for one in (box, other):
        chest_sharing.rotate(ada.home, one)
    former = ada.document(box)
    chest_sharing.rotate(ada.home, box)
    chest = ada.document(box)
    assert readable(ada, chest) == WHOLE
    for lineage in (former["header"]["lineage"], ada.document(other)["header"]["lineage"], "", None):
        header = {**chest["header"], "lineage": lineage}
        if lineage is None:
            del header["lineage"]
        with pytest.raises(VaultFailure, match="tampered"):
            readable(ada, {**chest, "header": header})


def test_states_of_one_chest_know_each_other_and_no_other_chest(ada: Person, bob: Person, box: str) -> None:
    def marks(person: Person, chest: str) -> frozenset[str]:
        return person.outside.vault.open_chest(person.document(chest), person.id).marks()

    first = marks(ada, box)
    chest_sharing.unshare(ada.home, box, bob.id)
    chest_sharing.share(ada.home, box, bob.id)
    second = marks(ada, box)
    assert first < second == marks(bob, box)
    assert not second & marks(ada, ada.chest("other", db={"password": "x"}))
    for _ in range(33):
        chest_sharing.rotate(ada.home, box)
    assert not first & marks(ada, box) and len(marks(ada, box)) == 33


def _drop_recipient(now: Chest, _former: Chest) -> None:
    now["header"]["recipients"].pop()


def _add_recipient(now: Chest, _former: Chest) -> None:
    one = now["header"]["recipients"][1]
    now["header"]["recipients"].append({**one, "user": "f" * 24})


def _turn_recipients(now: Chest, _former: Chest) -> None:
    now["header"]["recipients"].reverse()


def _swap_wrapped_keys(now: Chest, _former: Chest) -> None:
    one, other = now["header"]["recipients"]
    one["wrapped_key"], other["wrapped_key"] = other["wrapped_key"], one["wrapped_key"]


def _drop_entry(now: Chest, _former: Chest) -> None:
    del now["entries"]["other"]


def _add_entry(now: Chest, _former: Chest) -> None:
    now["entries"]["third"] = now["entries"]["other"]


def _rename_entry(now: Chest, _former: Chest) -> None:
    now["entries"]["third"] = now["entries"].pop("other")


def _swap_entries(now: Chest, _former: Chest) -> None:
    entries = now["entries"]
    entries["db"], entries["other"] = entries["other"], entries["db"]


def _old_entry(now: Chest, former: Chest) -> None:
    now["entries"]["db"] = former["entries"]["db"]


def _old_entries(now: Chest, former: Chest) -> None:
    now["entries"] = former["entries"]


def _old_header(now: Chest, former: Chest) -> None:
    now["header"] = former["header"]


def _other_owner(now: Chest, _former: Chest) -> None:
    now["owner"] = "f" * 24


def _other_chest(now: Chest, _former: Chest) -> None:
    now["id"] = "f" * 24


def _later_epoch(now: Chest, _former: Chest) -> None:
    now["header"]["epoch"] += 1


def _no_entries(now: Chest, _former: Chest) -> None:
    now["entries"] = {}


@pytest.mark.parametrize(
    "tamper",
    [
        _drop_recipient,
        _add_recipient,
        _turn_recipients,
        _swap_wrapped_keys,
        _drop_entry,
        _add_entry,
        _rename_entry,
        _swap_entries,
        _old_entry,
        _old_entries,
        _old_header,
        _other_owner,
        _other_chest,
        _later_epoch,
        _no_entries,
    ],
    ids=lambda tamper: tamper.__name__.strip("_"),
)
def test_tampered_chest_is_told_as_such(ada: Person, box: str, tamper: Callable[[Chest, Chest], None]) -> None:
    former = ada.document(box)
    chests.put(ada.home, box, "db", {"password": "the next"})
    now = copy.deepcopy(ada.document(box))
    tamper(now, former)
    with pytest.raises(VaultFailure, match="tampered") as told:
        ada.outside.vault.open_chest(now, ada.id)
    assert told.value.hint


def _tokens_swapped(now: Chest, _former: Chest) -> None:
    fields = now["entries"]["db"]["fields"]
    fields["password"], fields["user"] = fields["user"], fields["password"]


def _token_replayed(now: Chest, former: Chest) -> None:
    now["entries"]["db"]["fields"]["password"] = former["entries"]["db"]["fields"]["password"]


def _token_truncated(now: Chest, _former: Chest) -> None:
    fields = now["entries"]["db"]["fields"]
    fields["password"] = fields["password"][:-4]


def _token_not_canonical(now: Chest, _former: Chest) -> None:
    now["entries"]["db"]["fields"]["password"] += "===="


def _token_from_elsewhere(now: Chest, _former: Chest) -> None:
    now["entries"]["db"]["fields"]["password"] = now["header"]["recipients"][0]["wrapped_key"].split(".")[1]


@pytest.mark.parametrize(
    "tamper",
    [_tokens_swapped, _token_replayed, _token_truncated, _token_not_canonical, _token_from_elsewhere],
    ids=lambda tamper: tamper.__name__.strip("_"),
)
def test_tampered_token_is_refused_alone(ada: Person, box: str, tamper: Callable[[Chest, Chest], None]) -> None:
    former = ada.document(box)
    chests.put(ada.home, box, "db", {"password": "the next"})
    now = copy.deepcopy(ada.document(box))
    tamper(now, former)
    found = readable(ada, now)
    assert found["db.password"] is None and found["other.value"] == "x"


def test_replayed_token_of_the_same_version_is_noticed(ada: Person, box: str) -> None:
    from modelops_tui.services import history

    chests.put(ada.home, box, "db", {"password": "first try"})
    former = ada.document(box)["entries"]["db"]
    history.undo(ada.home)
    chests.put(ada.home, box, "db", {"password": "second try"})
    now = copy.deepcopy(ada.document(box))
    assert now["entries"]["db"]["version"] == former["version"]
    now["entries"]["db"]["fields"]["password"] = former["fields"]["password"]
    assert readable(ada, now)["db.password"] is None


def test_swapped_tokens_under_a_header_that_a_holder_made_for_them_are_noticed(ada: Person, box: str) -> None:
    chest = ada.document(box)
    forger = ada.outside.vault.open_chest(chest, ada.id)
    there = chest["entries"]["db"]
    swapped = {part: {"password": there[part]["user"], "user": there[part]["password"]} for part in ("fields", "seals")}
    forger._entries["db"] = {**there, **swapped}
    found = readable(ada, {**chest, **forger.sealed()})
    assert found == {"db.password": None, "db.user": None, "other.value": "x"}


def test_tampering_by_way_of_the_store_is_told_and_changes_no_other_chest(ada: Person, box: str) -> None:
    safe = ada.chest("safe", a={"value": "1"})
    entries = dict(ada.document(box)["entries"])
    del entries["other"]
    with ada.home.writing("tamper") as transaction:
        transaction.update("treasure-chest", box, {"entries": entries})
    for act in (
        lambda: chests.reveal(ada.home, box, "db", "password"),
        lambda: chests.put(ada.home, box, "db", {"password": "x"}),
        lambda: chests.check(ada.home, box),
        lambda: chest_sharing.rotate(ada.home, box),
    ):
        with pytest.raises(VaultFailure, match="tampered"):
            act()
    assert chests.reveal(ada.home, safe, "a") == "1"


def test_a_whole_chest_put_back_to_its_past_is_allowed(ada: Person, box: str) -> None:
    former = ada.document(box)
    chests.put(ada.home, box, "db", {"password": "the next"})
    with ada.home.writing("restore") as transaction:
        transaction.replace("treasure-chest", box, former)
    assert chests.reveal(ada.home, box, "db", "password") == "s3cret"


def test_yaml_and_json_strictness_a_name_twice_in_an_identity_record_is_refused(ada: Person) -> None:
    file = ada.home.folder / "vault" / f"{ada.id}.json"
    before = file.read_text()
    for changed in (
        before.replace('  "version": 1\n', '  "version": 1,\n  "version": 1\n'),
        before.replace("{\n", '{"user": "x",\n', 1),
        before + "\n",
        "\ufeff" + before,
        before.replace("\n", "\r\n"),
        before.replace('"version": 1', '"version": 1.0'),
        before.replace('"version": 1', '"version": 2'),
        "[" * 100_000,
        "[" * 500 + "]" * 500,
        "x" * 200_000,
    ):
        assert changed != before
        file.write_text(changed)
        with pytest.raises(VaultFailure):
            vault.unlock(ada.home, PASSPHRASE)


def test_hostile_text_as_a_name_of_an_entry_comes_in_by_no_door(ada: Person, box: str) -> None:
    for name in ("[/]", "[@click=app.quit]x", "\x1b]52;c;eA==\x07", "\u202egpj", "a" * 65, "../x", ""):
        entries = {**ada.document(box)["entries"]}
        entries[name] = entries["other"]
        with pytest.raises(Failure), ada.home.writing("around the doors") as transaction:
            transaction.update("treasure-chest", box, {"entries": entries})
    with pytest.raises(NotFound):
        chests.reveal(ada.home, box, "[/]")


def test_paths_the_id_of_a_user_never_leads_out_of_the_vault(ada: Person, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    for user in ("../../x", "/etc/passwd", "..", "x\0y", "x" * 300):
        try:
            assert ada.outside.vault.identity(user) is None
        except (VaultFailure, ValueError) as refused:
            assert "root:" not in str(refused)
