"""Two of one name turn out to be one: users with a vault each, or chests; what is sealed is sealed anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modelops_tui import open_home
from modelops_tui.errors import Refused, VaultFailure
from modelops_tui.ports import VaultLocked
from modelops_tui.services import chest_sharing, chests, sync, vault
from modelops_tui.services.home import Home
from tests.sync.chest_laptops import ChestLaptop
from tests.sync.conftest import meet
from tests.sync.memory_remote import Shared
from tests.vault.conftest import PASSPHRASE

Open = Callable[..., ChestLaptop]


@pytest.fixture
def open_chests(tmp_path: Path) -> Iterator[Open]:
    shared = Shared()
    homes: list[Home] = []

    def open_one(folder: str, user: str = "ada", *, with_vault: bool = True) -> ChestLaptop:
        homes.append(open_home(tmp_path / folder, user))
        laptop = ChestLaptop(homes[-1], shared)
        sync.add_remote(laptop.home, "team", "mongodb://localhost/team")
        if with_vault:
            vault.init_vault(laptop.home, PASSPHRASE)
            laptop.unlock()
        return laptop

    yield open_one
    for home in homes:
        home.close()


@pytest.fixture
def work(open_chests: Open) -> ChestLaptop:
    """The laptop that meets the remote first."""
    return open_chests("work")


@pytest.fixture
def home(open_chests: Open) -> ChestLaptop:
    """The other laptop of a person of the same name."""
    return open_chests("home")


def bring_vault(source: ChestLaptop, onto: ChestLaptop) -> None:
    """The folder `vault` of one registry comes into the other."""
    shutil.copytree(source.home.folder / "vault", onto.home.folder / "vault", dirs_exist_ok=True)


def test_one_person_with_two_vaults_keeps_the_one_of_the_remote_and_every_chest(
    work: ChestLaptop, home: ChestLaptop
) -> None:
    work.new("treasure-chest", "office")
    work.put("db", "at work", "office")
    work.sync()
    home.new("treasure-chest", "private")
    home.put("wifi", "at home", "private")
    home.sync()
    former = home.id
    home.resolve(home.only_conflict().id, "same")
    assert home.id == work.id != former
    meet(home, work)
    assert work.everything("private") == {"wifi": "at home"} and work.everything("office") == {"db": "at work"}
    assert work.chest("private")["owner"] == work.id and work.holders("private") == {"ada"}
    # Here the other vault has to come first, and the program says so.
    with pytest.raises(VaultFailure, match="another machine") as told:
        vault.init_vault(home.home, PASSPHRASE)
    assert "folder 'vault'" in told.value.hint
    bring_vault(work, home)
    home.unlock()
    assert home.everything("private") == {"wifi": "at home"} and home.everything("office") == {"db": "at work"}
    home.put("wifi", "changed", "private")
    meet(home, work)
    assert work.everything("private") == {"wifi": "changed"}
    assert work.sync().nothing_new and home.sync().nothing_new


def test_deciding_that_two_are_one_needs_the_vault_open(work: ChestLaptop, home: ChestLaptop) -> None:
    work.sync()
    home.new("treasure-chest", "private")
    home.put("wifi", "at home", "private")
    home.sync()
    home.lock()
    before = home.written()
    with pytest.raises(VaultLocked):
        home.resolve(home.only_conflict().id, "same")
    assert home.written() == before
    home.unlock()
    home.resolve(home.only_conflict().id, "same")
    meet(home, work)
    assert work.everything("private") == {"wifi": "at home"}


def test_chests_are_not_handed_to_somebody_without_a_vault(open_chests: Open, home: ChestLaptop) -> None:
    work = open_chests("work", with_vault=False)
    work.sync()
    home.new("treasure-chest", "private")
    home.put("wifi", "at home", "private")
    home.sync()
    before = home.written()
    with pytest.raises(Refused, match="has none there") as told:
        home.resolve(home.only_conflict().id, "same")
    assert home.written() == before and "vault init" in told.value.hint
    vault.init_vault(work.home, PASSPHRASE)
    work.unlock()
    work.sync()
    home.sync()
    home.resolve(home.only_conflict().id, "same")
    meet(home, work)
    assert work.everything("private") == {"wifi": "at home"}


def test_a_vault_that_nothing_is_sealed_for_gives_way(open_chests: Open, home: ChestLaptop) -> None:
    work = open_chests("work", with_vault=False)
    work.sync()
    home.sync()
    home.resolve(home.only_conflict().id, "same")
    assert home.conflicts() == [] and not home.get("user", "ada").get("public_key")
    vault.init_vault(home.home, PASSPHRASE)
    meet(home, work)
    assert work.get("user", "ada")["public_key"] == home.get("user", "ada")["public_key"]


def test_two_people_of_one_name_each_keep_their_vault(work: ChestLaptop, home: ChestLaptop) -> None:
    work.sync()
    home.new("treasure-chest", "private")
    home.put("wifi", "at home", "private")
    home.sync()
    home.resolve(home.only_conflict().id, "mine=ada-2")
    meet(home, work)
    assert home.everything("private") == {"wifi": "at home"}
    with pytest.raises(VaultFailure, match="not sealed for you"):
        work.everything("private")
    chest_sharing.share(home.home, home.chest_id("private"), work.id)
    meet(home, work)
    assert work.everything("private") == {"wifi": "at home"}


def test_a_colleague_goes_on_opening_what_is_handed_over(
    open_chests: Open, work: ChestLaptop, home: ChestLaptop
) -> None:
    work.sync()
    carol = home.new("user", "carol", roles=["administrator"])
    ada = home.id
    home.home.act_as(carol["id"])
    vault.init_vault(home.home, PASSPHRASE)
    home.unlock()
    home.new("treasure-chest", "carols")
    home.put("token", "t", "carols")
    home.share(ada, "carols")
    home.sync()
    conflict = next(item.id for item in home.conflicts() if item.kind == "user")
    with pytest.raises(Refused, match="who alone can hand them over"):
        home.resolve(conflict, "same")
    home.home.act_as(ada)
    home.resolve(conflict, "same")
    meet(home, work)
    assert work.everything("carols") == {"token": "t"} and work.holders("carols") == {"ada", "carol"}
    home.home.act_as(carol["id"])
    assert home.everything("carols") == {"token": "t"}


def test_a_chest_that_its_owner_cannot_open_any_more_is_not_handed_over(work: ChestLaptop, home: ChestLaptop) -> None:
    work.sync()
    home.new("treasure-chest", "private")
    home.put("wifi", "at home", "private")
    shutil.rmtree(home.home.folder / "vault")
    home.lock()
    vault.forget_key(home.home)
    vault.init_vault(home.home, PASSPHRASE)
    home.unlock()
    home.sync()
    before = home.chest("private")
    with pytest.raises(VaultFailure, match="private is sealed for another key"):
        home.resolve(home.only_conflict().id, "same")
    assert home.chest("private") == before


@pytest.fixture
def pair(open_chests: Open, work: ChestLaptop) -> tuple[ChestLaptop, ChestLaptop]:
    """Two laptops of one person, with one vault."""
    work.sync()
    other = open_chests("other", with_vault=False)
    other.sync()
    other.resolve(other.only_conflict().id, "same")
    meet(other, work)
    bring_vault(work, other)
    other.unlock()
    return work, other


def test_two_chests_of_one_name_become_one_with_the_entries_of_both(pair: tuple[ChestLaptop, ChestLaptop]) -> None:
    work, other = pair
    for one, value in ((work, "at work"), (other, "at home")):
        one.new("treasure-chest", "keys")
        one.put("db", value, "keys")
        one.put("same", "the same", "keys")
    work.put("one", "1", "keys")
    other.put("two", "2", "keys")
    work.sync()
    other.sync()
    conflict = other.only_conflict()
    other.lock()
    with pytest.raises(VaultLocked):
        other.resolve(conflict.id, "same")
    other.unlock()
    other.resolve(conflict.id, "same")
    assert other.everything("keys") == {"db": "at home", "same": "the same", "one": "1", "two": "2"}
    (field,) = other.only_conflict().fields
    assert (field.path, field.base, field.theirs) == ("entries.db", None, "sealed, version 1")
    other.resolve("keys", "theirs")
    meet(other, work)
    assert work.everything("keys") == {"db": "at work", "same": "the same", "one": "1", "two": "2"}
    assert work.sync().nothing_new and other.sync().nothing_new and other.books() == (0, 0)


def test_a_chest_that_nobody_sealed_takes_in_one_that_was(pair: tuple[ChestLaptop, ChestLaptop]) -> None:
    work, other = pair
    work.new("treasure-chest", "keys", desc="empty")
    other.new("treasure-chest", "keys")
    other.put("two", "2", "keys")
    work.sync()
    other.sync()
    other.resolve(other.only_conflict().id, "same")
    meet(other, work)
    assert work.everything("keys") == {"two": "2"} and work.chest("keys")["desc"] == "empty"


def test_an_empty_chest_gives_way_to_one_that_was_sealed_there(pair: tuple[ChestLaptop, ChestLaptop]) -> None:
    work, other = pair
    other.new("treasure-chest", "keys", desc="empty")
    work.new("treasure-chest", "keys")
    work.put("two", "2", "keys")
    work.sync()
    other.sync()
    other.lock()
    other.resolve(other.only_conflict().id, "same")
    other.unlock()
    meet(other, work)
    assert work.everything("keys") == other.everything("keys") == {"two": "2"}
    assert work.chest("keys")["desc"] == "empty"


def test_chests_for_different_people_stay_two(open_chests: Open, work: ChestLaptop) -> None:
    bob = open_chests("bob", "bob")
    meet(work, bob)
    for one in (work, bob):
        one.new("treasure-chest", "keys")
        one.put("db", "x", "keys")
    work.share(bob.id, "keys")
    work.sync()
    bob.sync()
    conflict = bob.only_conflict()
    with pytest.raises(Refused, match="for different people"):
        bob.resolve(conflict.id, "same")
    # Whoever may see the secrets of both is asked first.
    chest_sharing.share(bob.home, bob.chest_id("keys"), work.id)
    bob.resolve(conflict.id, "same")
    meet(bob, work)
    assert work.everything("keys") == bob.everything("keys") == {"db": "x"}
    work.new("treasure-chest", "more")
    work.put("db", "x", "more")
    bob.new("treasure-chest", "more")
    bob.put("db", "y", "more")
    work.sync()
    bob.sync()
    with pytest.raises(VaultFailure, match="not sealed for you"):
        bob.resolve(bob.only_conflict().id, "same")
    bob.resolve(bob.only_conflict().id, "mine=more-of-bob")
    meet(bob, work)
    assert bob.everything("more-of-bob") == {"db": "y"} and work.everything("more") == {"db": "x"}


def test_two_new_keys_of_one_user_are_one_choice(pair: tuple[ChestLaptop, ChestLaptop]) -> None:
    work, other = pair
    for one in pair:
        one.new("treasure-chest", f"of-{one.home.folder.name}")
        shutil.rmtree(one.home.folder / "vault")
        one.lock()
        vault.forget_key(one.home)
        vault.init_vault(one.home, PASSPHRASE)
        one.unlock()
    work.sync()
    other.sync()
    (field,) = other.only_conflict().fields
    assert field.path == "public_key" and set(field.mine) == {"public_key", "fingerprint"}
    other.put("x", "sealed for mine", "of-other")
    other.resolve("ada", "theirs")
    meet(other, work)
    known = [one.get("user", "ada") for one in pair]
    assert known[0]["public_key"] == known[1]["public_key"]
    assert all(one["fingerprint"] == vault.vault_status(work.home).fingerprint for one in known)
    # What was sealed for the key that gave way still opens with its vault, and says that it is not the current one.
    assert "not the one of this vault" in vault.vault_status(other.home).trouble
    assert other.reveal("x", "of-other") == "sealed for mine"
    assert [one.current for one in chest_sharing.holders(other.home, other.chest_id("of-other"))] == [False]
    assert "share the chest again" in chests.check(other.home, other.chest_id("of-other"))[0].says
